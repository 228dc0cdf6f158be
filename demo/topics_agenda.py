# ruff: noqa: E501 -- a phrase book reads best with one template a line
"""Phrase book of the agenda archive: items that a committee decided."""

from demo.topics import Topic

AGENDA = Topic(
    id="dagsordenspunkt",
    label="Dagsordenspunkt",
    section="",
    subjects=(
        "anlægsbevilling til {name}",
        "udbud af driften på {name}",
        "helhedsplan for {name}",
        "lånegaranti til {name}",
    ),
    titles=("Punkt: {inst}", "Beslutning om {inst}", "{inst}"),
    headings=("Resumé", "Sagsfremstilling", "Økonomi", "Indstilling", "Beslutning"),
    facts=(
        "Sagen om {inst} i {place} blev behandlet {weekday} den {date} {year} som punkt {n:2-28} på dagsordenen.",
        "Udvalget [godkendte|tiltrådte] {inst} i {place} med {n:4-9} stemmer for og {n:1-3} imod.",
        "Forvaltningen [indstiller|foreslår], at der afsættes {n:120-9800}.000 kroner til {inst} i {place} over {n:2-6} år.",
        "Høringen om {inst} i {place} gav {n:3-140} [svar|bemærkninger], og {n:2-40} af dem handlede om [trafik|støj|økonomi|tidsplanen].",
        "Udgiften til {inst} i {place} finansieres af puljen til {project} med {n:15-95} procent og resten af kassen.",
        "Næste status på {inst} i {place} forelægges udvalget {weekday} den {date} {next_year}.",
        "Et mindretal på {n:2-5} medlemmer ønskede {inst} i {place} udskudt til {month} {next_year}.",
    ),
    prose=(
        "[Sagen|Punktet] [forelægges|behandles] [til beslutning|til orientering|efter ønske fra udvalget], [fordi|da] [rammerne er ændret|fristen nærmer sig|der er kommet nye tal].",
        "[Forvaltningen har|Der er] [gennemgået|undersøgt] [flere muligheder|de økonomiske følger|de praktiske forhold] [sammen med|i dialog med] [{citizen}|de berørte parter].",
        "[Forslaget|Indstillingen] [medfører|giver] [ingen|kun få] [ændringer i|følger for] [personalet|den daglige drift|de øvrige budgetter] [i indeværende år|på kort sigt].",
        "[Der henvises til|Se også] [bilagene|det tidligere punkt|notatet], som [ligger på sagen|kan læses på rådhuset|er sendt til medlemmerne].",
        "[Efter reglerne i|Jf.] {law} {paragraph} [skal|kan] [udvalget|{committee}] [tage stilling til|godkende] [sagen|bevillingen] [inden årets udgang|på det førstkommende møde].",
        "[Ved afstemningen|Under behandlingen] [bemærkede|spurgte] [et medlem|formanden|et mindretal] [til tidsplanen|til finansieringen|til høringen], og [det blev ført til protokol|svaret følger skriftligt].",
        "[Når beslutningen er truffet|Efter mødet], [udsendes|offentliggøres] [referatet|beslutningen] [samme uge|efter {n:2-8} dage], og [alle|{citizen}] kan [læse det|følge sagen] [her på siden|i arkivet].",
    ),
)
