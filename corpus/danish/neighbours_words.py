"""Words that tell Danish, its neighbours, English and German apart.

In: nothing. Out: `WORDS`: for each set of languages, everyday words that are at home in just those; `LEANINGS`: words
that others have too, but use much more rarely. Written from knowledge of the languages: function words first, then
common words that a spelling sets apart (af/av, meget/mye/mykje, uge/uke). A word stands in one set only; one that is at
home everywhere tells nothing and is left out.
"""

WORDS: dict[str, str] = {
    "da": """
        af hvad meget ud op ind mod imod uden inden inde endnu hende hendes anden andet os jer jeres nogle noget nogen
        nogensinde mellem gennem igennem indtil lidt måske længe længere længst tilbage hvornår siger sige sagde siges
        havde blive bliver blevet gøre gør gøres fået gået tager tages giver givet bruge bruger bruges brugt vide
        vidste skete finde finder fundet fandt findes kender kende kendt begynde begynder begyndte begyndt spørge
        spørger spurgte spørgsmål spørgsmålet taler læse læser læs læst lægge lægger sidde sidder sætte hedder sætter
        køre kører kørte kørt købe køber købte købt rejse rejser rejste søge søger søgte søgt kræve kræver kræves
        krævet skabe skaber skabt kalder kaldte falder faldt tabe taber tabt vinde vinder vandt troede nåede tænke
        tænker tænkte tænkt boede kunnet skullet villet tilbyder fortæller fortælle hed hjælpe hjælper hjælp hjalp øge
        øger øget ændre ændrer ændret ændringer opnå opnår opnået betød ønskede mistede indeholder kigge kigger
        betaler betalt modtage modtager modtaget spiste levede virkede sidste bedst bedste ældre ældste næste højere
        højest højeste mindst rigtig rigtigt rigtige vigtig vigtigt vigtige dårligt særligt hurtigt muligt nødvendigt
        venligst stærk stærke stærkt hårdt forskellig forskellige forskelligt fælles nuværende alligevel hinanden væk
        derimod desuden efterhånden bagefter udover udenfor indenfor ovenfor nedenfor hvoraf heraf deraf derfra næppe
        netop ligesom selvom tværs værre værst idet gange dage uge uger ugen åben åbne åbent aften aftenen penge plads
        pladser vand vej veje vejen rækker bog bogen bøger arbejde arbejder arbejdet arbejdede samarbejde medarbejder
        medarbejdere pige piger pigen kvinde kvinder kvinden mænd børn børnene børns opgave opgaver ansøgning
        ansøgningen ansøge ansøger tilladelse afgørelse afgørelsen oplysninger oplysning tilmelding tilmeld vejledning
        byråd byrådet borgerservice uddannelse uddannelser virksomhed virksomheden virksomheder udvalg udvalget udgift
        udgifter indtægt indtægter skat skatter forskel forskelle sag sager hoved hovedet øje øjne øjeblik nat gade
        gader gaden kærlighed hundrede halvtreds tres halvfjerds firs halvfems mia fx vedr pga vejret forår efterår
        tøj dejlig dejligt træt bange hvid dybt højt højde udvikling udvikle udviklet uheld regering øvrigt tilfælde
        kød stykke stykker tæt tættere indhold sjov giv sgu undskyld ked udland udlandet indbyggere bønder kære sne
        skov skoven gæld grim været tage vores næsten kæreste mulighed muligheder nyt sprog sproget fejl lave laver
        lavet lavede yderligere søn ven smuk smukke møde møder mødet mødte mødt ude boet fuld fuldt fuldstændig hunde
        otte sandheden sandhed glæde glæder glædede billede billeder billedet indflydelse løbet løbe løber vælge
        vælger lejlighed lejligheden maden brugte fortsætter fortsætte hjulpet koldt hvide hvidt køkkenet køkken
        øjeblikket desværre forkert forkerte grundigt grænse grænser grænsen hellere hårde overhovedet sjældent aftale
        aftalen aftaler studerende tusind tusinde årigt ventede århundrede færdig færdige ligeledes kæmpe myndigheder
        træ træer træerne sætning spændende viden ansigt ansigtet ansigter tilsyneladende pænt præcis forældrene
        halvdelen indkomst fødder foder dertil endvidere endda sandsynligvis ihjel undgå opleve oplevelse oplever skær
        dækker dækket ejer ejendom ejendomme udenlandske indeholde udsigt indgå indgår udbud udstyr opgaven afsnit
        afstand afgift afgifter deltager deltagere deltage lægen læge tilføje anvende anvendes anvender mælk
        grøntsager sygdomme regnskab samfund selskab selskabet selskaber landskab tilgængelig tilgængelige
        forpligtelser ringede syge hovedsagelig kærester overvejer overveje sygehus sygehuset rådhuset åbningstider
        åbner åbnede krop kroppe kop tyk kat katte nemt nem kold råbte knap uhøflig grådig lykkedes borgernes ældreråd
        kommunalbestyrelsen kommunalbestyrelse byrådets sagsbehandling ansøgningsskema egenbetaling hjemmepleje
        hjemmehjælp plejehjem daginstitution daginstitutioner vuggestue vuggestuer børnehave børnehaver dagpleje
        genbrugsplads byggetilladelse sundhed sundhedsloven kørekort retningslinjer forebyggelse forebyggende
        borgmester borgmesteren drengen hidtil aftalt hjælpsom jævnligt sundhedsplejerske pædagog pædagoger
        sædvanligvis heste fugle vindue cykel cykle cykler frugt tørstig vågne vågner vågnede læste sælge sælger
        ødelægge sluttede besøg besøge besøgte legede græder svag svage rig grøn flyve flyver flyvemaskine søen bjerg
        bjerge bjerget nøjagtig nøjagtigt gæst gæster snakkede leje lejet arbejdsløs dyb dybe blød bløde sjove sjovt
        uddannet tænkning bedstemor bedstefar ugentlig ugentligt månedligt utroligt årsag årsagen årsager fødevarer
        grøntsag oplyst oplyser udføre udføres udført udfører sagsbehandler sagsbehandleren sagsbehandlere udlejning
        udlån genbrugspladsen genbrug skraldespand vejene fortov fortovet cykelsti cykelstier høringsperiode
        klagefrist tit lad marts formand formanden næstformand næstformanden bestyrelse bestyrelsen afdeling
        afdelingen hjemmeside hjemmesiden åbningstid tilmeldingsfrist skoleleder
        """,
    "da sv": "nu sig mig dig efter nej aldrig sådan haft blev taget ske undtagen tag hård betyder ej maj",
    "da en": "have end set mad sad ad",
    "da de": "gerne mit",
    "da nb": """
        jeg ikke hvis hun ham fra hvordan hvorfor hvor hvem hvilken hvilket hvilke deres være noensinde hverken spiser
        drikker holde ifølge dårlig selvfølgelig særlig flere tidligere hjem hjemme hele intet imidlertid skoler
        borgere lærer lærere hånd virkelig døde tilbud rådgivning ønsker navn bedre fortalte foregår bag nærmeste
        hjerte hjertet lederen ledere ledelsen omfatter forbindelse henvende sammen siden selv seneste svarede
        gammel derefter således læreren engang samme omkostninger smule årige mandag tirsdag lørdag søndag lukket
        medlemmer kommunen
        """,
    "da nb nn": """
        og til skal vil denne dette allerede også kunne ville fordi begge største prøve prøver billig krig krigen
        skyldes lagde svært prøvde burde byen bare snakke snakker måtte når mange andre godt store første nye før
        langt større sine rundt oppe ved sove drikke tidspunkt tidspunktet enten ønske lære kaldt spise herunder færre
        skole behandle bedt søster måltid måltider lukker løsning månedlig lærte tlf kommune
        """,
    "da nb nn de": "er der da alle januar februar adresse",
    "da nb nn en": "by her for over",
    "da nb nn sv": """
        på som det har eller om kommer stå står år tid men kan skulle gjort gav satte lagt natten regeringen var par
        han vi så går gå får få ser dag folk i tror tre ingen ny hos tung kl kr onsdag torsdag fredag
        """,
    "nb": """
        hva noen ble mye vært gjøre gjør annen fikk gitt forteller begynner spørre spurte uken uker ennå veien kjøper
        kjøpte hjelper vennligst ga trenger jenter jenta flyr sovnet likte hverandre noe gutten sykdom sykehus
        sykehuset flertall kjæreste muligheten mulighet muligheter virkelighet opplysninger fant ansiktet skitten
        sønnen vennen morsom morsomt
        """,
    "nb nn": """
        spør spørsmål spørsmålet å seg meg deg etter hadde opp inn enn si gjennom mellom annet gikk gir takk rett lett
        blitt tatt blant sterk veldig kanskje penger kjenne kjenner gjerne lenge lenger kjøpe arbeide arbeider sitte
        skjedde svarte trenge vann siste beste igjen aldri forskjell saken skje skjer hjelp hjelpe grunn mann barna
        foreldre høy høye øyne øye vei søker leser lese lest syk syke jobbe jobber ba nettopp akkurat tross hodet hode
        nesten fortsatt måte måten trygg trygt liker sint redd hvit virksomhet dersom vanskelig spesielt lete leter
        kjøre kjører kjørte åpen åpne åpent prosent viktige riktig tillit snill bøker bruke brukt slik litt likevel
        tok arbeid kvinne kvinner ulike regjering feil glede finne legge legger åtte jobben kjent bilde bildet endre
        endring endringer endret utenfor unngå utdanning desember dessverre dessuten etterpå gutt jente møte møter
        møtet kveld gate gata gater sønn venn slutt søknad søknaden søke tiltak tjeneste tjenester eiendom leilighet
        leiligheten ferdig rekke kjærlighet tilbake gjennomføre økt øke øker vite dere sykt forelder eldre sakene sak
        grunnlag grunnskole barnehage barnehagen vedtak innbyggere innbyggerne kommunestyret fylkeskommunen fylke
        innhold informasjon situasjon stasjon politikk musikk trafikk butikk plass stopp rommet drakk takket prøvd
        snakket kjøpt opplevd ganger innen nasjonale internasjonalt internasjonale oppgaver oppgave tilfeller avtale
        begrenset foreldrene bak sakte sjelden sjeldent vanligvis gutter guttene jentene menn kona hunder katter
        hester fugler trær trærne vindu vinduer sykkel eple epler våkne våknet våkner løpe løper levde tenkte tenke
        tenker leste selge selger spilte lekte gråt trøtt svak grønn stygg frykt nettside nettsiden nettverk flink
        koselig nøye tøy øyeblikk høyde utlandet hage hagen snø sjø sjøen fjell fjellet besøk besøke besøkte fortsette
        fortsetter klokka natta sola uka dører kjente gjest gjester reise reiser reiste reisen flyplass flyplassen
        utenlandske innenfor utover språket vondt greit høres tenåring sykle sykler syklet deilig utsikt inntekt
        inntekter utgift utgifter oppmerksom tilgjengelig forespørsel tillatelse tilbyr utføre utført utvalg utvalget
        saksbehandling sentrum mars formann nettsted
        """,
    "nb sv": "mer satt hennes",
    "nb nn sv": """
        bok bodde henne av mot ut ta tar bli fått gått sett nytt sa vet sitter heter hatt bra viktig sitt mitt ditt
        oss blir fram alltid bruk tusen minst språk ute inne egg vårt full sju saker kropp visste vanlig vanlige lek
        leke leker jobb katt båt båten buss bussen frukt rik svart skog natt hotell trodde liten
        """,
    "nn": """
        eit eg ho dei frå vart vere noko berre kva korleis kvifor kven òg sjølv heile saman nokon nokre meir gjer
        gjere gjekk fekk seier seie kjem vera difor sjå mykje desse dykk dykkar hennar deira gong gonger veit hjå blei
        bygd skule skulen kommunane heim heime høyrer gjeld sjølve eigen eige eigne ynskjer ikkje seinare særleg
        vanleg høgskule fylgje auka auke tenester tenesta korkje mogleg veke veker vekene åleine gamal gamalt dårleg
        dårlege vanskelege umogleg svolten trøytt vert verta verte spele ventar likar elskar elska snakkar tenkjer
        tenkje høyrde skriven kome borna guten gutane bilane husa mora kveldar åra tilbod tilbodet innbyggjarar
        innbyggjarane opplysingar opplysing fortalde trudde tru trur gløyme gløymt hugse hugsar skulda endå enno
        kvarandre hovud augo auge utanfor innanfor mellombels helsa skular lærarar elevar foreldra ungdommar kjensle
        kjensler drøyme draum draumar vatn vatnet røyr røyster måndag tysdag laurdag sundag medlemer
        """,
    "nn sv": "då sidan utan innan pengar staden medan kvinna sjuk levande spelar brukar dagar vidare såg",
    "nn de": "ein",
    "sv": """
        och att är jag inte för ett från när hon vad hur ska detta mycket upp vid två också även många något någon
        några bara första vara varit hela allt fick gör göra honom dessa olika samma vilken vilket vilka våra inom ner
        ger skall varje därför där hade måste kunde sina varför ännu bland dock människor sedan eftersom flera mina
        redan svenska väl själv säger sade säga tycker annat tillsammans mellan andra än nya stora gamla barnen
        kvinnor kvinnan månader vill alla deras till någonting tack vem vems varifrån hej finns här samtidigt nämligen
        svårt senare vanligt enligt flickan pojke pojken
        """,
    "en": """
        the of and on that be as it with this are from or you not but which he we your our these would could his they
        their has been were if more one other than its into about when who what there my she do does did don just some
        because should them only how very a us shall never always people information
        """,
    "en de": "was in an",
    "de": """
        die das und von zu ist auf im sie es für sich auch eine wir wird als oder werden sind nach aus einer einen bei
        wie aber ich einem nur wenn über bis zum dann zur daß dass durch haben immer uns etwas schon wurde gibt hier
        mir ihre kann nicht doch kein keine habe dich mich ihr ihn ihm sehr
        """,
    "da nb nn sv de": "telefon oktober",
    "da sv en": "december",
}

LEANINGS: dict[str, str] = {
    "da": """
        kun lide tog tale igen ret dog sker sidst spillede hørte syg sort vin mand enkelt kald ens lån afsted hver
        grund blot fald bent dreng én særlige uhyre danske dansk behøver hen årig
        """,
    "da nb": "lille et",
    "nb nn": "nå no slutte like kroppen læring nærheten nylig norsk norske rom laget fort hit tilgang legen mai",
    "nb nn sv": "ha",
    "nn": "kor boka høve fleire",
    "da nb nn sv": "barn min din sin den de en",
    "da sv": "butik",
    "en": "is up out",
}
