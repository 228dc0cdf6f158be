# ruff: noqa: E501 -- a phrase book reads best with one template a line
"""Phrase books about public life: citizen service, culture, sport, budget; and sentences that suit any topic."""

from demo.topics import Topic

CITIZEN_SERVICE = Topic(
    id="borgerservice",
    label="Borgerservice",
    section="job-og-borgerservice",
    subjects=("Borgerservice {name}", "Servicepunktet {name}", "Borgerhuset {name}", "Rådhuset {name}"),
    titles=("{inst}", "Åbningstider i {inst}", "Bestil tid i {inst}"),
    headings=("Pas og kørekort", "Flytning", "Bestil tid", "Digital hjælp", "Vielser"),
    facts=(
        "{inst} på {address} i {place} holder åbent fra mandag til [torsdag|fredag], og du bliver betjent mellem kl. {time:8-10} og kl. {time:14-17}.",
        "Medarbejderne i {inst} i {place} udstedte {n:900-7800} pas i {year}, og borgerne ventede i gennemsnit {n:4-28} minutter.",
        "Et nyt sundhedskort koster {kr:200-245} kr. i {inst} i {place} og kommer med posten inden {n:5-14} dage.",
        "{inst} i {place} holder aftenåbent hver {weekday} til kl. {time:17-19}, og der er {n:3-12} betjente skranker.",
        "[Hjælp til MitID|IT-hjælp til seniorer|Hjælp til digital post] gives i {inst} i {place} {weekday} den {date} kl. {time:9-15}.",
        "På {inst} i {place} kan I blive viet i et lokale med plads til {n:12-90} gæster, og ledige tider åbner den {date}.",
        "I {year} besvarede {inst} i {place} {n:8-94}.000 opkald, og {n:71-97} procent blev taget inden for {n:2-6} minutter.",
        "Hittegods, som er afleveret i {inst} i {place}, gemmes i {n:2-12} måneder og sælges på auktion den {date}.",
    ),
    prose=(
        "Du [skal bestille tid|kan bestille tid], [før du kommer|inden du møder op], [hvis du skal have|når det gælder] [pas|kørekort|MitID|legitimationskort], og [du skal medbringe|husk] [gyldig legitimation|det gamle pas|en vielsesattest].",
        "[Flytter du|Skal du flytte], [meldes det|skal det meldes] [senest fem dage efter|tidligst {n:4-4} uger før] [flytningen|datoen], og [det sker|du gør det] [på nettet|digitalt|med MitID].",
        "[Har du svært ved|Kniber det med] [computeren|det digitale|at læse breve], [hjælper vi dig|får du en hånd] [ved skranken|i telefonen|på biblioteket], og [du kan også|det er muligt at] [give fuldmagt til en pårørende|blive fritaget for digital post].",
        "[Tiderne|De ledige tider] [frigives|bliver lagt ud] [hver {weekday}|{n:2-6} uger frem], og [afbud|aflysning] [sker|foretages] [via linket i kvitteringen|på telefonen].",
        "[Børn|Unge under 18 år] [skal følges af|skal have samtykke fra] [begge forældre|en forælder med forældremyndighed], når [der søges om pas|kortet udstedes|fingeraftryk optages].",
        "[Gebyret|Beløbet] [betales|skal betales] [med kort|ved fremmødet], og [vi tager ikke imod|det er ikke muligt at bruge] [kontanter|udenlandske checks] [længere|efter den {date}].",
        "[Skal I giftes|Ønsker I vielse], [udfyldes en erklæring|udfylder I en erklæring] [højst {n:3-4} måneder|nogle uger] før, og [vielsen|ceremonien] kan [holdes udendørs|foregå lørdag|rykkes ved sygdom].",
        "[Vi bestræber os på|Målet er], at [ingen venter|køen aldrig er] [mere end {n:10-20} minutter|længere end nødvendigt], [selv om|også når] [der er travlt|sommerferien nærmer sig].",
    ),
    fees=("Pas, voksne", "Pas, børn", "Kørekort, fornyelse", "Bopælsattest"),
)

CULTURE = Topic(
    id="kultur",
    label="Kultur og bibliotek",
    section="kultur-og-politik",
    subjects=(
        "Kulturhuset {name}",
        "Biblioteket {name}",
        "Museet {name}",
        "Musikskolen {name}",
        "Teatersalen {name}",
    ),
    titles=("{inst}", "Oplev {inst}", "Det sker i {inst}"),
    headings=("Det sker", "For børn", "Lån af lokaler", "Billetter", "Historien bag"),
    facts=(
        "{inst} på {address} i {place} har åbent til kl. {time:17-21} og havde {n:6-98}.000 besøgende i {year}.",
        "[Udstillingen|Fotoudstillingen|Særudstillingen] om [havnens historie|egnens håndværkere|kvinder i landbruget] åbner i {inst} i {place} {weekday} den {date} kl. {time:13-19}.",
        "Billetten til [nytårskoncerten|børneteatret|forfatteraftenen] i {inst} i {place} koster {kr:45-320} kr., og salen rummer {n:60-540} tilskuere.",
        "{inst} i {place} stiller {n:4-46} lokaler til rådighed for foreninger, mens private skal betale {kr:150-950} kr. i timen.",
        "I {year} modtog {inst} i {place} et tilskud på {n:120-990}.000 kr., som blev bevilget af [kulturpuljen|byrådet|en lokal fond].",
        "Hver {weekday} aften kl. {time:17-19} øver koret i {inst} i {place}, og der er {n:16-84} glade sangere med.",
        "Samlingen i {inst} i {place} omfatter {n:2-78}.000 [bøger|genstande|fotografier|noder], og den ældste af dem stammer fra {y:1610-1890}.",
        "Børn mellem {n:3-6} og {n:8-12} år kan gå til [dans|billedkunst|drama|violin] i {inst} i {place} for {kr:450-1900} kr. pr. sæson.",
    ),
    prose=(
        "[Programmet|Sæsonens program] [byder på|rummer] [koncerter|foredrag|film|højtlæsning] for [alle aldre|børnefamilier|historieinteresserede], og [de fleste arrangementer|mange af aftenerne] [er gratis|kræver tilmelding|bliver hurtigt udsolgt].",
        "[Foreninger|Ildsjæle|Lokale kunstnere] kan [søge støtte|få tilskud] til [projekter|udstillinger|en festival], [når|hvis] [arrangementet er åbent for alle|mindst {n:2-5} parter er med|der foreligger et budget].",
        "[Bibliotekarerne|Personalet] [lægger|stiller] [hver måned|i {month}] [nye bøger|lydbøger|spil] [frem|på et særligt bord], og du kan [reservere|bestille] dem [hjemmefra|på nettet].",
        "[Selvbetjent åbent|Åbent uden personale] [er der|har vi] fra kl. {time:6-8} til kl. {time:20-22}, og [du låser dig ind|døren åbnes] med [sundhedskortet|en app].",
        "[Bygningen|Huset|Salen] [har været|var tidligere] [et mejeri|en skole|et pakhus|en smedje], [indtil|før] [foreningerne rykkede ind|kommunen købte den|den blev restaureret i {year}].",
        "[Skoleklasser|Børnehaver] [besøger|kommer på besøg i] [værkstedet|magasinet|studiet], hvor [de rører ved|børnene arbejder med] [gamle redskaber|instrumenter|farver og ler].",
        "»[Kulturen|Musikken|Fortællingen] [binder os sammen|giver plads til alle]«, [sagde|lød det fra] [formanden for {committee}|husets leder], da [sæsonen blev åbnet|scenen blev indviet] i {month}.",
        "[Kørestolsbrugere|Gangbesværede gæster] [har adgang|kommer ind] [ad rampen|med elevator], og [teleslynge|ledsagerbillet] [findes|tilbydes] [i salen|ved henvendelse].",
    ),
    fees=("Voksenbillet", "Børnebillet", "Sæsonkort", "Leje af sal, hverdag"),
)

SPORT = Topic(
    id="idraet",
    label="Idræt og fritid",
    section="kultur-og-politik",
    subjects=("Idrætshallen {name}", "Svømmehallen {name}", "Idrætsparken {name}", "Fritidscentret {name}"),
    titles=("{inst}", "Brug {inst}", "Om {inst}"),
    headings=("Faciliteter", "Booking", "Foreninger", "Svømning", "Tilskud"),
    facts=(
        "{inst} på {address} i {place} har {n:2-9} baner og omklædning til {n:24-160} [personer|udøvere].",
        "Svømmeholdet for [begyndere|seniorer|babyer] i {inst} i {place} mødes hver {weekday} kl. {time:9-19} og koster {kr:350-1450} kr. pr. sæson.",
        "Hver uge træner {n:6-34} foreninger med i alt {n:300-4800} medlemmer i {inst} i {place}.",
        "Vandet i [det store bassin|træningsbassinet] i {inst} i {place} er {n:25-34} grader, og bassinet er {n:15-50} meter langt.",
        "{inst} i {place} fik i {year} nyt gulv til {n:480-990}.000 kr. og {n:40-420} nye siddepladser.",
        "Det kommunale mesterskab i [håndbold|badminton|atletik|gymnastik] afholdes i {inst} i {place} {weekday} den {date} kl. {time:9-13}.",
        "Leje af [en hal|en bane|mødelokalet] i {inst} i {place} koster {kr:120-780} kr. i timen for borgere uden forening.",
        "{inst} i {place} er lukket for offentligheden fra den {n:2-12}. til den {n:14-28}. {month}, fordi [taget|filteret|lysanlægget] skal skiftes.",
    ),
    prose=(
        "[Foreninger|Lokale klubber|Nye foreninger] [søger|booker] [haltid|baner|lokaler] [senest den {date}|gennem bookingsystemet], og [timerne fordeles|tiderne bliver fordelt] [efter antal medlemmer|så børn kommer først|af et udvalg].",
        "[Trænere|Frivillige ledere|Instruktører] kan [komme på kursus|få dækket udgifter] [i løbet af {season}|uden beregning], [når|hvis] [foreningen er godkendt|de arbejder med børn under {n:12-25} år].",
        "Tilskuddet [beregnes|gives] [pr. medlem|efter antal aktivitetstimer], jf. {paragraph} i folkeoplysningsloven, og [ansøgningen|regnskabet] [sendes ind|skal være fremme] [inden den {date}|hvert år i {month}].",
        "[Gæsterne|Brugerne|Alle] [bedes|skal] [tage bad før svømning|bruge indendørs sko|lade hallen stå ryddet], [så|for så] [vandet holder sig rent|gulvet holder længere|næste hold kan gå i gang].",
        "[Børn fra familier med få penge|Unge uden for forening] kan [få betalt|søge om] [kontingent|udstyr|en sommerlejr] [gennem fritidspas|via {office}], og [ingen|kun få] [spørger til|får at vide] hvorfor.",
        "[Løbere|Motionister|Morgenfriske svømmere] [mødes|samles] [kl. {time:6-7}|hver {weekday}|året rundt] ved [indgangen|klubhuset], [og|hvor] [alle kan være med|der bydes på kaffe bagefter].",
        "[Cafeteriet|Klublokalet|Skaterbanen] [drives|passes] af [frivillige|en forpagter|de unge selv] og [holder åbent|er åbent], [når der er kampe|på hverdage efter kl. {time:15-16}].",
        "[Naturstierne|Kunstgræsbanen|Udendørs redskaber] [kan bruges|er til fri brug] [hele døgnet|til solnedgang], og [lyset slukkes|der bliver slukket] automatisk kl. {time:21-23}.",
    ),
    fees=("Voksne, enkeltbillet", "Børn, enkeltbillet", "Klippekort, 10 ture", "Familiekort"),
)

BUDGET = Topic(
    id="budget",
    label="Budget og politik",
    section="kultur-og-politik",
    subjects=(
        "anlægspuljen {name}",
        "udviklingsplanen {name}",
        "områdefornyelsen {name}",
        "landsbypuljen {name}",
    ),
    titles=("Budget: {inst}", "Aftale om {inst}", "{inst}"),
    headings=("Aftalen kort", "Tal og tabeller", "Tidsplan", "Hvad siger partierne", "Borgernes bidrag"),
    facts=(
        "{inst} i {place} er på {n:2-88} millioner kr., og pengene skal bruges inden udgangen af {next_year}.",
        "Byrådet i {place} behandlede {inst} på mødet {weekday} den {date} {year} kl. {time:15-18}.",
        "Der kom {n:14-260} høringssvar om {inst} i {place}, og {n:52-94} procent af dem var positive.",
        "{inst} i {place} omfatter {n:6-48} projekter, og det dyreste af dem kommer til at koste {n:310-990}.000 kroner.",
        "Udgifterne til {inst} i {place} blev {n:2-19} procent [lavere|højere] end ventet i {year}.",
        "Fristen for at søge {inst} i {place} er den {date} {next_year} kl. {time:10-12}, og beløbet er højst {n:20-95}.000 kroner.",
        "En borgergruppe på {n:9-28} personer har siden {month} {year} fulgt arbejdet med {inst} i {place}.",
        "{inst} i {place} finansieres med {n:20-60} procent lån, mens kommunen selv betaler {n:2-34} millioner kroner.",
    ),
    prose=(
        "[Alle partier|Et flertal|Et bredt flertal] i {committee} [står bag|har indgået] [aftalen|forliget|budgettet], som [prioriterer|styrker] [skolerne|ældreplejen|vejene|den grønne omstilling] [i de kommende år|fra {next_year}].",
        "[Skatten|Kommuneskatten|Grundskylden] [holdes uændret|stiger ikke|sættes ned med {n:1-4} promille], [selv om|mens] [udgifterne stiger|der bliver flere ældre|anlæg bliver dyrere].",
        "[Møderne|Byrådets møder] er [åbne|offentlige], og du kan [følge dem på nettet|sidde på tilhørerpladserne|stille spørgsmål i de første {n:10-30} minutter].",
        "[Dagsordenen|Sagerne] [offentliggøres|lægges på nettet] [{n:3-6} hverdage før|i god tid], bortset fra [lukkede punkter|sager om enkeltpersoner], jf. {paragraph} i {law}.",
        "[Pengene|Midlerne|Beløbet] [fordeles|gives] til [landsbyer|boligområder|foreninger|kyststrækningen], [når|efter at] [{committee} har godkendt planen|borgerne har stemt|ansøgningerne er vurderet].",
        "»[Vi har måttet|Det har været nødvendigt at] [spare|vælge|omfordele]«, [forklarer|siger] [borgmesteren|formanden for {committee}|kommunaldirektøren], [men|og] »[velfærden|kernen] [går ikke ud over de svageste|bliver bevaret]«.",
        "[Regnskabet|Årets regnskab] [viser|ender med] [et overskud|et mindre underskud|balance], og [kassen|likviditeten] [er på|udgør] {n:4-19}.{n:100-900} kr. pr. indbygger.",
        "[Kom med forslag|Send dit forslag|Skriv dit høringssvar] [inden den {date}|senest i {month}], [så indgår det|så tages det med], [når|før] [politikerne beslutter|forhandlingerne begynder].",
    ),
)

GENERAL_PROSE: tuple[str, ...] = (
    "[Læs mere om|Se også siden om] [reglerne|dine muligheder|fristerne], eller [kontakt|spørg] {office}, hvis du [er i tvivl|mangler et svar|har brug for hjælp].",
    "[{committee} i {place}|Politikerne i {place}] [besluttede|vedtog] i {month} {year}, at [området|ordningen|indsatsen] skal [evalueres|styrkes|gennemgås] [inden {next_year}|hvert {n:2-4}. år].",
    "[Vi arbejder på|Det er meningen], at [flere {citizen}|alle {citizen}] i {place} [får glæde af tilbuddet|kan bruge ordningen|kender deres muligheder].",
    "[Bemærk|Vær opmærksom på], at [reglerne ændres|priserne reguleres|siden opdateres] den {date}, og at [ældre breve|tidligere oplysninger] [derfor ikke gælder|kan være forkerte].",
    "[Henvendelser|Spørgsmål|Klager] [behandles|besvares] [som hovedregel|normalt] [inden {n:5-25} hverdage|i den rækkefølge, de kommer], [og|men] [hastesager|akutte sager] [kommer først|går forud].",
    "[Tallene|Oplysningerne] [bygger på|stammer fra] [en optælling|kommunens egne registreringer|en spørgeundersøgelse] i {month} {year}, hvor ca. {n:200-3000} {citizen} [deltog|svarede].",
    "[Siden|Ordningen|Tilbuddet] [er til|henvender sig til] {citizen}, der [bor i|arbejder i|er flyttet til] {place} [eller omegn|og de nærmeste landsbyer|i løbet af året].",
    "[Efter {paragraph} i {law}|I henhold til {paragraph} i {law}] [skal kommunen|har kommunen pligt til at] [vejlede|høre parterne|begrunde et afslag], [inden|før] [der træffes afgørelse|sagen lukkes].",
    "[I {place}|Her i kommunen] [har vi tradition for|sætter vi pris på], at {citizen} [blander sig|hjælper hinanden|tager ansvar], [også når|selv om] [hverdagen er travl|vi ikke er enige].",
    "[Du kan f.eks.|Man kan f.eks.] [ringe|skrive|møde op], og [{office}|vagten] [noterer|husker] [din henvendelse|sagens nummer], så du [slipper for at|ikke skal] [gentage dig selv|starte forfra].",
    "[Arbejdet|Udviklingen] [følges|bliver fulgt] [tæt|løbende] af {committee}, [som|der] [får en status|orienteres] {n:2-5} gange om året, bl.a. om [økonomi|kvalitet|tilfredshed].",
    "[Erfaringerne|De første erfaringer] fra {year} [viser|tyder på], at [tilfredsheden|antallet af brugere|brugen] er [steget|uændret|faldet] [med ca. {n:3-28} procent|i forhold til året før].",
)
