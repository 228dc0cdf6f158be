"""Danish words that decide whether a full stop ends a sentence, written from knowledge of public Danish.

In: nothing. Out: sets of words without their last full stop, in lower case unless said otherwise. A class matters
only where a capital, a digit or a § follows; before a small letter no abbreviation ends a sentence.
Does not decide: sentences.py does.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Something always follows: a name, an amount, a law, an example.
LEADING = _words("""
    adj adm adr adv advok afg afl afs akad akk amer ang angiv ank anl anm ansv anv arb arkit arr ass asst att aut bearb
    bekendtg bekg bem bet betj bev bevill bg bh bibl bibliot biol bk bkg bl bl.a borgm brdr ca cf chr cirk cirkl cit
    civ civ.ing cpr ctr cvr d d.v.s dagl dgl dipl dipl.ing dir disp distr div dobb dr dronn ds dvs dyrl e.g eftf egl
    ejd eks ekskl eksl eksp ekstraord emb enk ent etabl evt excl exkl f.eks f.ex f.o.m f.t f.v.t fagl feks fg fhv fkt
    flg fmd fom foranst forb foreg foren forf formd forr fors forsk forst forts forv fr frb frk fuldm fung fvt fys
    fysiol gd gdr geogr gg gl gn gnm gns gnsn godk gr grdl grl henh henv hft hfte hhv hist hr hrs i.e i.f.m i.f.t i.fm
    i.ft i.h.t i.st.f ib if ifb ifbm iflg ifm ift ihht iht ill incl indbet indeh indg indk indkl indreg indsk ing inkl
    insp inst instr istf j jf jfr jnf jour jr.nr jur jvf k.a kand kapt kbh kem kgl kgs kh kk konkr kons konst konstit
    kontr kst kt l landbr landinsp lb lbk lbkg lejl lekt lic ll lovbek lovbekg lovf lovg lrs lt løjtn m m.a.o m.h.p
    m.h.t matr mdl medarb medd medfl medh medl mek merc mezz mhp mht midl mods modsv modt mr mrk mrs ms mvh månedl n.b
    naturl nb ndf ndr nedenn nedenst nederl nordl nuv nærv ob oberstl obl obs odont oecon off ofl omf omg omkr omr omtr
    opg opl opr ovenn ovenst overass overl overs p p.b.v p.g.a p.s p.v.a pens perf pga pharm phil polit polyt pp pr
    priv prk prod prof proj prov præc præs ps psych psyk pæd q.v red reg regn rel repr resp rk rådg s s.k sa sagl
    sagsbeh samf samm sammenh scient sct sdr sekr selvst sign sjæll skr skt slgs sml smsat smst soc sognepr spc spec
    spl sprogv ss ssg stifts stud stv subs suppl sv sygepl såk sædv t t.o.m tandl tdl techn tekn temp teol theol
    tilbagev tilf tilg tilh till tilr tils tilst tilsv tj tjg tlgr trans trp tsk u.a uafh ubf udarb udb udbet udd udenl
    udf udg udk uds udst uegl ugtl und undt undtag univ v v.a v.h v.h.a v.hj v.hj.a v.s.a vbs vedk vedl vedr vejl vet
    vh vha viceborgm virks vs vsa zool årl økon øv øvr
""")
# With a capital, before a name: saints, parts of place names, first names. Small, kr. and th. mean something else.
NAMES = _words("""
    Alb Alfr Anth Aug Bdr Bernh Brdr Chr Edv Ferd Fr Frd Gbr Georg Gl Gust Henr Herm Hj Hr Jac Jak Joh Johs Jul Jørg
    Kgl Kgs Kn Konr Kr Laur Ll Lt Ludv Magn Mart Matth Mich Mog Mr Mrs Ms Ndr Nic Nik Ped Poul Pr Rasm Rich Rud Sct Sdr
    Sigv Skt Sr Sv Th Theod Thom Thor Ths Tr Vald Vilh Vr Wald Wilh Wm Ø Øs
""")
# Before a capital they end a sentence only where that word is hardly a name: "på dette nr. Du", but "Nr. Nebel".
BEFORE_NAMES = _words("""
    afd b.a b.sc bd bygn c/o co corp d.s.s gen gym hosp inc j.nr jr kat konc ltd m.a m.d m.sc maks max nr nto p.t ph
    ph.d pl postnr pt sr st tel telf tidl tlf udv vedt
""")
# Degrees and what they are in: cand.mag., dr.scient., stud.-jur.
DEGREES = (
    "cand.", "cand-", "stud.", "stud-", "dr.", "dr-", "lic.", "lic-", "mag.", "bac.", "bach.", "exam.", "med.",
    "scient.",
)  # fmt: skip
# With any word before them: viceinsp., sundhedsafd., sagsnr., mobiltlf.
SUFFIXES_BEFORE_NAMES = ("nr", "tlf", "afd", "insp", "sekr", "fmd")
# A number may follow; before a word they end a sentence: "i kap. 3", but "i dette kap. Kommunen".
BEFORE_NUMBERS = _words("""
    abs afsn apr art aug bek dec feb febr fig fre fred jan jun kap litra lok lør lørd man mand mar min mrt niv nov okt
    ons onsd pag pkt pktr postb sep sept sp spm stk str søn sønd tir tirs tirsd tor tors torsd vers vol § årg årh
""")
# They end a phrase, and so a sentence where a new one can begin.
CLOSING = _words("""
    a.m a.m.b.a am.b.a amba d.d d.m d.s d.y d.å d.æ dd e.kr e.l e.lign e.m el.l el.lign ell.lign etc f.f.m f.kr f.m
    f.m.b.a f.n ff fl fmba helligd hverd i/s ibid indb indbyg k/s kld kvt l.c lgn lign m.fl m.fl.a m.fl.st m.m m.m.m
    m.v m.v.m mf mfl mm mv n.f n.å o.a o.a.m o.desl o.dsl o.fl o.fl.a o.fl.st o.l o.lgn o.lign o.m.a o.m.m o.s.fr o.s.v
    ogl ol olgn olign op.cit osfr osv p.a p.m p.å q.e.d s.d s.m s.m.b.a s.st s.u s.v s.å smba t.h t.v tb th tv u.n u.p
    u.st u.å v.u
""")
# They end a phrase too, after their number: 500 kr., 3 stk. Before it they do not: kr. 500, min. 2 voksne.
UNITS = _words("""
    ans cl cm cm2 cm² deltag dkk dkr dl eur f g gb ggr gr ha hk hkg kg kl km km² kr kvm kw kwh l lb lbm lejl ltr m m2
    m3 mb md mdl mdr medl mg mia mill min mio ml mnd mw mwh m² m³ nm pct pers pk pkt sek skr stk t tdr tim tkr ug vær
    øre
""")
MONTHS = _words("januar februar marts april maj juni juli august september oktober november december")
# An ordinal before one of these belongs to it, also with a capital: 2. Verdenskrig, 10. Klassecenter.
AFTER_ORDINAL = _words("""
    adventssøndag behandling division etage etape generation halvdel halvleg halvår juledag klasse klassecenter
    klassecentre klassecentret klasser klasseskolen kreds kvartal limfjordsforbindelse nytårsdag parti pinsedag plads
    præmie påskedag rate reserve runde sal semester søndag udgave verden verdens verdenskrig viceborgmester viceformand
    vicepræsident årgang
""")
# A number after one of these counts or names, and its full stop ends the sentence: kl. 19., § 3., side 4.
BEFORE_CARDINAL = _words("""
    afsnit alderen artikel bane bilag blok bus bygning ca cirka dør fase fig figur gruppe hal hold højst indgang kap
    kapitel kl kr linie linje lok lokale lov maks matr min mindst model niveau nr nummer omtrent op opgang pkt port
    punkt regel rum s side sider skema spor spørgsmål stk stue tabel tlf trin type uge version zone § §§
""")
# A single capital after one of these, alone or as the last part of a compound, names a thing and is no initial.
BEFORE_LETTER = (
    "afdeling", "afgang", "afsnit", "alternativ", "bilag", "bilagene", "blok", "blokke", "blokken", "bygning",
    "bygningen", "bygninger", "bygningerne", "del", "delen", "fase", "felt", "figur", "fløj", "fløjen", "gruppe",
    "gruppen", "grupper", "grupperne", "hal", "hallen", "haller", "hallerne", "hepatitis", "hold", "holdene", "holdet",
    "hus", "huset", "indgang", "influenza", "kapitel", "karakteren", "kategori", "kategorien", "klasse",
    "klassen", "klasser", "kolonne", "kørekort", "lag", "linie", "linje", "liste", "listen", "lokale", "lokaler",
    "lokalerne", "lokalet", "løsning", "model", "modellen", "mærke", "niveau", "omgang", "område", "opgang", "opgange",
    "opgangen", "opgangene", "ordning", "parti", "partiet", "pavillon", "perron", "plads", "plan", "port", "prioritet",
    "pulje", "puljen", "punkt", "rum", "rute", "række", "sektion", "serie", "skema", "spor", "station", "stue",
    "stuen", "størrelse", "tabel", "terminal", "trin", "type", "typen", "typer", "typerne", "variant", "version",
    "vitamin", "zone", "zonen", "zoner", "zonerne",
)  # fmt: skip
# Numbers in letters, and other words that a unit counts.
NUMBER_WORDS = _words("to tre fire fem seks syv otte ni ti elleve tolv halv hundrede par per pr mia mio tusind")
# Towns with postal districts: 1024 København K., 8000 Aarhus C.
TOWNS = _words("""
    aabenraa aalborg aarhus brabrand esbjerg fredericia frederiksberg frederikshavn haderslev helsingør herning
    hillerød hjørring holbæk holstebro horsens hørsholm kbh kbhvn kolding københavn køge nykbg nykøbing næstved
    nørresundby odense randers ringsted risskov roskilde silkeborg slagelse svendborg sønderborg vejle viborg ålborg
    århus
""")
# Words that begin sentences, as a capital shows, and are hardly names: function words and what bodies ask of people.
STARTERS = _words("""
    Af Afgørelsen Alle Allerede Alligevel Alt Altid Andre Ansøg Ansøgningen At Bagefter Begge Beløbet Bemærk Benyt
    Bestil Betal Borgere Borgeren Byrådet Både Børn Børnene Da De Dem Den Denne Der Derefter Deres Derfor Derfra
    Derimod Dermed Derudover Desuden Desværre Det Dets Dette Din Dine Disse Dit Dog Du Efter Efterfølgende Eleverne
    Eller Ellers En Endelig Endnu Endvidere Enhver Enten Er Et Ethvert Findes Flere For Fordi Foruden Forældre Fra
    Fristen Få Får Følg Før Først Gennem Gratis Gå Gælder Ham Han Har Havde Hele Heller Hendes Hent Her Herefter Herfra
    Hermed Herudover Hos Hun Husk Hvad Hvem Hver Hverken Hvert Hvilke Hvilken Hvilket Hvis Hvor Hvordan Hvorefter
    Hvorfor Hvornår Hvorvidt I Idet Ifølge Igen Ikke Imens Imidlertid Imod Inden Indtil Ingen Intet Især Ja Jeg Kan
    Klik Kommer Kommunen Kontakt Kun Kunne Kære Lad Ligesom Læs Man Mange Med Medbring Medmindre Mellem Men Mens Mere
    Mit Må Måske Mød Mødet Nej Nogen Noget Nogle Nu Når Og Også Om Omkring Oplys Opret Overfor Parkering Prisen På
    Reglerne Ring Sagen Samme Samt Samtidig Se Selv Selvom Send Siden Skal Skriv Skulle Som Stadig Støtten Så Sådan
    Således Særlig Særligt Søg Tag Tak Tidligere Til Tilmeld Tilmelding Tilskuddet Trods Ud Uden Udfyld Udover Under
    Undtagen Ved Vedlæg Vi Vil Ville Vores Vælg Være Ydelsen Åbent Årsagen
""")
# The ends of whole Danish words: abbreviations are cut before them. After such a word a full stop ends a sentence also
# where a careless writer goes on with a small letter.
WHOLE_ENDINGS = ("a", "e", "en", "er", "es", "et", "ig", "igt", "o")
# Also in capitals they open a note: OBS. Husk.
NOTES = _words("n.b nb obs p.s ps")
CURRENCIES = frozenset({"dkk", "eur", "usd", "kr"})
