# ruff: noqa: E501 -- a phrase book reads best with one template a line
"""Phrase books of KL: kinds of pages common to the eight areas, with the words of each area put in.

In: an area id. Out: the bindings that turn `KL_TOPICS` into pages about that area.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from demo.topics import Topic


@dataclass(frozen=True, kw_only=True)
class AreaWords:
    """What an area is called inside a sentence, who works there, for whom, and with what."""

    area: str
    staff: tuple[str, ...]
    target: tuple[str, ...]
    issue: tuple[str, ...]


AREA_WORDS: Mapping[str, AreaWords] = {
    "kl-beskaeftigelse-og-integration": AreaWords(
        area="beskæftigelse og integration",
        staff=("jobkonsulenter", "sagsbehandlere i jobcentrene", "integrationskonsulenter"),
        target=("ledige", "sygemeldte", "flygtninge", "unge uden uddannelse"),
        issue=("virksomhedspraktik", "danskuddannelse", "fleksjob", "mangel på arbejdskraft", "sygedagpenge"),
    ),
    "kl-boern-og-unge": AreaWords(
        area="børn og unge",
        staff=("lærere", "pædagoger", "skoleledere", "dagplejere"),
        target=("skoleelever", "små børn", "udsatte unge", "forældre"),
        issue=("minimumsnormeringer", "fravær i skolen", "tidlig indsats", "læsning", "mellemformer"),
    ),
    "kl-erhverv-og-turisme": AreaWords(
        area="erhverv og turisme",
        staff=("erhvervskonsulenter", "turistchefer", "planlæggere"),
        target=("mindre virksomheder", "iværksættere", "feriegæster", "landdistrikter"),
        issue=("kystturisme", "erhvervsservice", "bymidter", "bosætning", "lokale fødevarer"),
    ),
    "kl-klima-teknik-og-miljoe": AreaWords(
        area="klima, teknik og miljø",
        staff=("miljømedarbejdere", "byplanlæggere", "vejingeniører"),
        target=("husejere", "forsyningsselskaber", "lodsejere", "bilister"),
        issue=("klimatilpasning", "grundvand", "fjernvarme", "affaldssortering", "vedvarende energi"),
    ),
    "kl-kultur-og-fritid": AreaWords(
        area="kultur og fritid",
        staff=("bibliotekarer", "fritidskonsulenter", "museumsfolk"),
        target=("foreninger", "biblioteksgæster", "frivillige", "unge kunstnere"),
        issue=("folkeoplysning", "idrætsfaciliteter", "musikskoler", "biblioteker", "medborgerskab"),
    ),
    "kl-socialomraadet": AreaWords(
        area="det sociale område",
        staff=("socialrådgivere", "pædagoger på bosteder", "støttekontaktpersoner"),
        target=("borgere med handicap", "hjemløse", "anbragte børn", "pårørende"),
        issue=("specialtilbud", "hjemløshed", "rusmidler", "botilbud", "magtanvendelse"),
    ),
    "kl-sundhed-og-aeldre": AreaWords(
        area="sundhed og ældre",
        staff=("sygeplejersker", "social- og sundhedshjælpere", "terapeuter"),
        target=("ældre", "patienter", "borgere med demens", "pårørende"),
        issue=("faste teams", "rekruttering", "genoptræning", "forebyggelse", "det nære sundhedsvæsen"),
    ),
    "kl-oekonomi-og-administration": AreaWords(
        area="økonomi og administration",
        staff=("økonomichefer", "controllere", "digitaliseringskonsulenter"),
        target=("kommunale ledere", "skatteydere", "leverandører", "kommunalbestyrelser"),
        issue=("økonomiaftalen", "udligning", "indkøb", "digitalisering", "kunstig intelligens"),
    ),
}

_HEADINGS = ("Baggrund", "Det mener KL", "Anbefalinger", "Sådan deltager I", "Tallene bag", "De næste skridt")

_PROSE = (
    "[KL mener|KL arbejder for|KL foreslår], at [kommunerne|alle landets kommuner] [får bedre rammer for|kan styrke|skal have friere hænder til] {issue}, [så|for så] [{staff}|medarbejderne] [kan bruge mere tid på|får ro til at hjælpe] {target}.",
    "[Flere kommuner|Mange kommuner|En række kommuner] [har gode erfaringer med|er i gang med|afprøver] [nye måder at arbejde med|en ny indsats for] {issue}, og [erfaringerne|resultaterne] [samles|bliver delt] [på et netværksmøde|i et inspirationskatalog] i {month}.",
    "[Analysen|Undersøgelsen|Kortlægningen] [viser|peger på], at {n:12-88} procent af [kommunerne|{staff}] [oplever|melder om] [pres på|stigende udgifter til|mangel på viden om] {issue}.",
    "»[Vi skal|Det er afgørende at] [lytte til|inddrage|støtte] {target}, [før|når] [vi taler om|der besluttes noget om] {issue}«, [siger|udtaler] [formanden for udvalget|en af udvalgets medlemmer].",
    "[Regeringen|Folketinget|Et flertal i Folketinget] [har fremsat|behandler|ventes at vedtage] [et lovforslag|nye regler] om {issue}, jf. {paragraph} i {law}, og [KL har|kommunerne har] [afgivet høringssvar|bedt om en længere frist].",
    "[Udgifterne til|Behovet for|Interessen for] {issue} [er vokset|steg] [med ca. {n:3-38} procent|mærkbart] [siden {year}|de seneste {n:3-9} år], [især|ikke mindst] [i mindre kommuner|i de største byer|på landet].",
    "[På området|Inden for] {area} [efterlyser|savner] {staff} [klare regler|mere samarbejde|bedre data|enklere dokumentation] [om|på] {issue}.",
    "[Vejledningen|Publikationen|Materialet] [henvender sig til|er skrevet til] [{staff}|ledere og politikere] og [giver|indeholder] {n:5-24} [eksempler på|råd om|spørgsmål til arbejdet med] {issue}.",
    "[Kommunerne|De enkelte kommuner] [kan selv|skal selv] [beslutte|tilrettelægge], hvordan [arbejdet med {issue}|hjælpen til {target}] [organiseres|skal foregå], [men|blot] [loven stiller krav om|det skal ske med] [kvalitet|dokumentation|åbenhed].",
    "[Se|Læs] [også|mere i] [notatet|høringssvaret|faktaarket] om {issue}, som [KL udgav|blev sendt til kommunerne] i {month} {year}, [eller kontakt sekretariatet|og hent bilagene].",
    "[Samarbejdet|Aftalen] med [regionerne|staten|de faglige organisationer] om {issue} [gælder|løber] [frem til {next_year}|i {n:2-5} år] og [evalueres|følges] [undervejs|af et fælles udvalg].",
)

KL_TOPICS: tuple[Topic, ...] = (
    Topic(
        id="konference",
        label="Konferencer",
        section="",
        subjects=("konferencen {project}", "temadagen {project}", "topmødet {project}"),
        titles=("Konference: {project}", "Tilmeld dig {inst}"),
        headings=_HEADINGS,
        facts=(
            "{inst} om {area} holdes {weekday} den {date} {next_year} kl. {time:8-10} og har plads til {n:80-900} deltagere.",
            "Kommunerne betaler {kr:900-4800} kr. for hver deltager i {inst} om {area}, og fristen for at tilmelde sig er den {date}.",
            "Programmet for {inst} om {area} [rummer|består af] {n:6-28} oplæg og {n:4-16} workshopper om {issue}.",
            "Sidste år deltog {n:110-960} {staff} fra {n:31-89} kommuner i {inst} om {area}.",
            "Oplæggene fra {inst} om {area} bliver lagt på nettet den {date} og ligger der i {n:2-12} måneder.",
            "KL uddeler en pris på {n:10-95}.000 kr. til arbejdet med {issue} under {inst} om {area}.",
        ),
        prose=_PROSE,
    ),
    Topic(
        id="analyse",
        label="Analyser",
        section="",
        subjects=("analysen {project}", "rapporten {project}", "undersøgelsen {project}"),
        titles=("Ny analyse: {project}", "Læs {inst}"),
        headings=_HEADINGS,
        facts=(
            "{inst} om {area} er skrevet ud fra svar, som {n:41-97} kommuner har givet, og blev offentliggjort den {date} {year}.",
            "Ifølge {inst} om {area} brugte kommunerne {n:2-48} milliarder kr. på {issue} i {year}.",
            "{inst} om {area} viser, at {n:21-89} procent af alle {staff} har hørt om {issue}.",
            "I {inst} om {area} står der, at antallet af {target} steg med {n:3-29} procent på {n:2-9} år.",
            "I alt {n:900-9800} {target} svarede på de {n:12-64} spørgsmål, som {inst} om {area} er bygget på.",
            "{inst} om {area} fylder {n:28-190} sider og har {n:6-54} tabeller om {issue}.",
        ),
        prose=_PROSE,
    ),
    Topic(
        id="netvaerk",
        label="Netværk",
        section="",
        subjects=("netværket {project}", "partnerskabet {project}", "læringsforløbet {project}"),
        titles=("Netværk: {project}", "Bliv en del af {inst}"),
        headings=_HEADINGS,
        facts=(
            "{inst} om {area} samler {n:11-88} kommuner og mødes {n:3-9} gange om året, næste gang den {date}.",
            "En kommune betaler {kr:3500-28000} kr. om året for at være med i {inst} om {area}.",
            "{inst} om {area} begyndte i {year} og har siden holdt {n:12-96} møder for {staff}.",
            "Næste møde i {inst} om {area} handler om {issue} og begynder {weekday} den {date} kl. {time:9-13}.",
            "Gennem {inst} om {area} har {n:14-70} kommuner afprøvet {n:3-19} nye metoder til {issue}.",
            "Styregruppen for {inst} om {area} har {n:6-14} medlemmer og vælges igen i {month} {next_year}.",
        ),
        prose=_PROSE,
    ),
    Topic(
        id="udspil",
        label="Udspil",
        section="",
        subjects=("udspillet {project}", "debatoplægget {project}", "handleplanen {project}"),
        titles=("KL's udspil: {project}", "Om {inst}"),
        headings=_HEADINGS,
        facts=(
            "{inst} om {area} indeholder {n:8-42} forslag, og det første handler om {issue}.",
            "KL's bestyrelse godkendte {inst} om {area} den {date} {year} efter {n:2-9} måneders drøftelser.",
            "Med {inst} om {area} vil KL give {target} {n:2-14} nye rettigheder inden udgangen af {next_year}.",
            "{inst} om {area} koster efter KL's beregning {n:120-980} millioner kr. om året fra {next_year}.",
            "Siden {month} {year} har {n:24-96} af landets kommuner bakket op om {inst} om {area}.",
            "Ministeren fik overrakt {inst} om {area} {weekday} den {date} sammen med {n:14-210} høringssvar.",
        ),
        prose=_PROSE,
    ),
)
