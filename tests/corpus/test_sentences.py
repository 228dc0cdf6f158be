"""Danish sentences end where a reader would end them."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.sentences import split_sentences

TREEBANK = Path(__file__).parents[2].parent / "shared/data/sentences/da_ddt_dev.jsonl"
SENTENCES_JOINED = 8
LEAST_F1 = 0.99
FINAL = ".!?…"
CLOSING = "\"'”“»«’)]"

# " | " stands where a sentence ends.
CASES = {
    "everyday": """
Kommunen har åbent i dag. | Du er velkommen.
Ring til os, hvis du har spørgsmål! | Vi svarer hurtigt.
Har du brug for hjælp? | Så kontakt Borgerservice.
Ja! | Nej. | Måske?
Virkelig?! | Ja.
Åbningstider
Du kan f.eks. søge om tilskud til medicin.
Medbring legitimation, f.eks. MitID eller pas.
Det gælder bl.a. Nordby og Sandvig.
Undtaget er f.eks. A-kasser, dvs. foreninger for ledige.
Kommunen (dvs. Borgerservice) svarer inden fem dage.
Støtte gives iht. Serviceloven og evt. Sundhedsloven.
Der ydes tilskud efter bl.a. Lov om social service § 112.
Mødet holdes d. 3. marts 2025 kl. 19.00 i byrådssalen.
Mødet er den 3. marts. | Tilmelding er nødvendig.
Tilmelding senest d. 15. august 2024. | Deltagelse er gratis.
Kurset varer fra den 1.-3. maj 2025.
Vi holder lukket d. 24.12. | God jul!
Sagen blev behandlet den 12.05.2024. | Afgørelsen kom senere.
Skt. Hans holdes på stranden den 23. juni. | Båltalen begynder kl. 20.
Sct. Knuds Skole har 400 elever. | Den blev bygget i 1950.
Skolen åbnede i 2024. | Den har 300 elever.
Vi holder åbent kl. 10-15. | Onsdag er der lukket.
Mødet er kl. 19. | Alle er velkomne.
Kom kl. 9.30. | Vi starter til tiden.
Kl. 10: Kaffe. | Kl. 11: Oplæg.
Åbent man., tirs. og ons. kl. 9-12.
Åbent hverdage (man.-fre.) kl. 8-16.
Prisen er 1.250 kr. | Beløbet opkræves hver måned.
Prisen er 1.250 kr. pr. måned.
Det koster 45 kr. for børn og 90 kr. for voksne. | Billetter købes ved indgangen.
Prisen er 500 kr. ekskl. moms.
Ydelsen er 2.500 kr./md. | Den udbetales bagud.
Det koster ca. 3,5 mio. kr. at bygge hallen.
Budgettet er på 2,3 mia. kr. | Det er mere end sidste år.
Renten er 4 pct. | Lånet løber i ti år.
Prisen er 12 kr. pr. stk. | Betal ved kassen.
Opsigelsesvarslet er 3 mdr. | Derefter ophører aftalen.
Turen tager 45 min. | Husk madpakke.
Der er min. 2 voksne pr. 10 børn.
Støtten er maks. 500 kr. om året. | Søg inden 1. juni.
Afstanden er 3 km. | Turen tager en time.
Se servicelovens § 83, stk. 2. | Klagefristen er fire uger.
Efter § 11, stk. 3, nr. 1, i lov om social service kan du få støtte.
Jf. lovens § 5 skal kommunen svare skriftligt.
Reglerne står i § 3. | De gælder for alle.
Reglerne står i kap. 4 og bilag 2. | De gælder fra 1. januar 2025.
Fristen følger af bekendtgørelse nr. 1234 af 5. maj 2020. | Klag skriftligt.
Støtten gælder f.o.m. 1. juli t.o.m. 31. december.
Se punkt 3.2. | Det er vigtigt.
Se punkt 3.2.1 i bilaget.
Se bilag nr. 3. | Det er vedlagt.
Sagsnr. 12.34.56-P19-1-24 er afsluttet.
Betal til reg.nr. 0000 og kontonr. 0000000.
Kommunens CVR-nr. 00000000 står på regningen.
Vi tilbyder kaffe, te, kage m.m. | Alle er velkomne.
Der er plads til cykler, barnevogne mv. | Parkering er gratis.
Der er plads til cykler, barnevogne mv. i kælderen.
Børn, unge osv. kan deltage gratis.
Du skal have fuldmagt, pas el.lign. | Ellers kan vi ikke hjælpe.
Medbring pas, kørekort o.lign. som legitimation.
Det er aftalt med Arbejdstilsynet m.fl. | Aftalen gælder i to år.
Kommunen, regionen m.fl. har aftalt det.
H.C. Andersens Boulevard er spærret. | Brug omkørslen.
Skolen ligger på H. C. Ørsteds Vej i centrum.
Formanden hedder A. B. Testesen. | Hun træffes om tirsdagen.
Hr. og fru Testesen flyttede. | Huset er solgt.
Prof. Testesen holder foredrag om bl.a. H.C. Andersen.
Cand.mag. Bo Testesen er ny leder.
Ph.d. Anna Testesen forsker i ældres hverdag.
Send ansøgningen til Borgerservice, att. Anna Testesen.
Afd. Vest og afd. Øst slås sammen.
Du hører fra os. | Mvh. Borgerservice
Du finder os på 1. sal til venstre.
Lejligheden ligger på 3. tv. i opgang B.
Byen voksede efter 2. Verdenskrig.
I 3. kvartal faldt ledigheden.
Det sker hvert 4. år i byen.
Skolen har 0.-9. klasse og SFO. | Den ligger i midtbyen.
Kontakt os på tlf. 00 00 00 00. | Vi har åbent alle hverdage.
"Vi er glade for resultatet," siger borgmesteren. | "Det er godt for byen."
Hun sagde: "Kom ind." | Så gik vi.
»Kan I høre mig?« spurgte han.
»Det er godt.« | Sådan lød svaret.
”Det haster!” råbte hun.
'Det er svært,' siger hun. | 'Men det går.'
(Se også side 4.) | Læs mere om reglerne.
Læs mere på www.kommuneby.test. | Her finder du skemaet.
Skriv til post@kommuneby.test. | Vi svarer inden fem dage.
Se https://www.kommuneby.test/borger/a.b/c?d=1.2 for mere.
1. Udfyld skemaet.
2. Send det til os. | Vi svarer inden en uge.
- Husk madpakke. | - Husk regntøj.
Der er kommet nyt tag på skolen. | 12 elever hjalp til.
Børnehaven er for børn i alderen 3-6 år. | Vuggestuen er for de mindste.
Er du under 18 år? | Så skal en forælder skrive under.
Du får svar inden for 8 uger … | Hvis ikke, så ring.
Det tager ca. 2-3 uger. | Du får besked i Digital Post.
Firmaet Test & Søn A/S bygger skolen. | Den står klar i 2026.
Vandværket er et a.m.b.a. med egen bestyrelse.
Kun ca. 10 % af eleverne går i skole. | Resten cykler.
""",
    "abbreviation": """
Du kan få hjælp til bl.a. Rengøring og Indkøb.
Sagen er bl. a. Sundhedsudvalgets ansvar.
Der kan f. eks. Søges tilskud.
Vi samarbejder med bl.a. DGI, Røde Kors m.fl. | Se mere i kalenderen.
Kontakt evt. Jobcenter Nord.
Tilbuddet gælder ca. 100 borgere. | Det er gratis.
Bygningen rummer 3 afd. og 12 lejl. med egen have.
Ansøgningen behandles iht. Byggeloven.
Lokalplanen gælder ifm. Etape 2.
Udgiften dækkes af hhv. Region Midt og kommunen.
Mødet holdes i samarbejde m. Ældre Sagen.
Anlægget ejes p.t. Vestforsyning A/S, men det ændres.
Der er plads til 20 pers. | Tilmeld dig i dag.
Send din ansøgning vedr. § 18 midler.
Foredrag v. Museumsinspektøren.
Kontakt udv.leder i Forvaltningen.
Brev stilet til att. Borgmesterkontoret.
Du kan læse mere på side 12 ff. | Bilagene ligger bagest.
Rådet blev nedsat i feb. | Det har ni medlemmer.
Fristen er d. 15. okt. | Derefter lukker puljen.
Fristen er 15. okt. 2025 kl. 12.
Telefontid: man.-fre. kl. 9-12. | Tors. også kl. 14-17.
""",
    "closing abbreviation": """
Pladserne fordeles efter alder, adresse osv. | § 5 i regulativet gælder.
Du skal medbringe pas, kørekort mv. | Borgerservice kopierer det.
Tilskud gives til leje, el, vand osv. | Ansøg senest 1. maj.
Der er boldbaner, skaterbane, legeplads m.m. | 65-årige og ældre kommer gratis ind.
Prisen er 500 kr. | 12 elever får friplads.
Prisen er kr. 500 om måneden. | Den stiger i 2026.
Gebyret er på kr. 1.250,00. | Betal med MobilePay.
Ledigheden faldt til 3,2 pct. | 2023 var et godt år.
Ledigheden er 3 pct. af arbejdsstyrken.
Anlægget kostede 12 mio. | Halvdelen kom fra staten.
Anlægget kostede 12 mio. DKK i alt.
Kommunen ejer Vandværk A/S. | Selskabet har 12 ansatte.
Opgaven er vundet af Jensen Entreprise A/S. | Arbejdet begynder i maj.
Foreningen er et a.m.b.a. | Den har egen bestyrelse.
Borgmesteren, direktøren m.fl. | Alle var mødt op.
Vi har vafler, pølser o.l. | Kom og vær med.
Vi har vafler, pølser o. l. | Kom og vær med.
Der var dans, sang m. v. | Det varede til midnat.
Retten til orlov o.s.v. | Den følger loven.
Pris pr. stk. | Beløbet er med moms.
Der skal være min. 2 voksne og maks. 10 børn.
Gå 200 m. | Skolen ligger til venstre.
Lejemålet er på 85 kvm. | Det har altan.
Ordningen varer 6 mdr. | Den kan forlænges.
Du bor i ejendommen, 2. th. | Nøglen hentes på kontoret.
Ældrerådet har holdt møde d.d. | Referatet følger.
Gravhøjen er fra 1500 f.Kr. | Stien er mærket.
Hun er uddannet cand.mag. og ph.d. | Hun underviser i dansk.
""",
    "ordinal and date": """
Skolen starter mandag d. 12. august. | Eleverne møder kl. 8.
Reglen træder i kraft d. 1.1.2026. | Den gælder alle.
Reglen gælder fra 1.1. 2026.
Reglen gælder fra 1. 1. 2026 og frem.
Festen er 1. maj. | Der er taler kl. 14.
Elever i 3.-5. klasse kan deltage. | Elever i 6.-9. klasse har eget hold.
Tilbuddet er for 3. 4. og 5. klasse.
Tilbuddet er for 10. Klassecenter Syd.
Byrådet vedtog 2. behandling af budgettet.
Møderne holdes hver måned den 15. | Tilmelding er ikke nødvendig.
Kontoret ligger på 2. sal. | Elevatoren er til højre.
Kontoret ligger på 2. Sal i gården.
I det 19. århundrede var her en mose.
Vi fejrer 1. Søndag i Advent på torvet.
Kong Frederik 10. Plads åbner i maj.
Frederik 8. byggede pavillonen. | Den står endnu.
Ansøgningsfrist: 1. marts, 1. juni og 1. oktober. | Svar gives efter fire uger.
Perioden er 1.-31. maj. | Herefter lukker skemaet.
""",
    "time": """
Mødet begynder kl. 19. | Søndag er der intet møde.
Mødet begynder kl. 19. | 12 pladser er ledige.
Vi har åbent kl. 10.00-15.00. | Lørdag er lukket.
Kl. 9.30 er der kaffe. | Kl. 10.00 begynder mødet.
Bussen kører kl. 7.15, 8.15 og 9.15. | Den holder ved skolen.
Åbningstider: Mandag kl. 10-15. | Tirsdag kl. 10-17.
Mødet er fra kl. 17 til ca. 19. | Der er aftensmad.
""",
    "law reference": """
Afgørelsen er truffet efter servicelovens § 12, stk. 2, nr. 3. | Du kan klage.
Du kan klage efter § 12 stk. 2 i loven.
Støtten gives efter §§ 83-87. | Den er gratis.
Hjælpen gives efter § 112. | § 113 gælder forbrugsgoder.
§ 1. Loven gælder alle borgere. | Stk. 2. Kommunen kan fravige reglen.
Se § 12 a. | Den gælder unge.
Se § 4, stk. 1, nr. 2, litra b. | Reglen er ny.
Se lovbekendtgørelse nr. 1089 af 16. august 2023. | Den er ændret ved lov nr. 753. | Klagefristen er uændret.
Det følger af jf. § 3, jf. § 4, stk. 1. | Byrådet beslutter det.
Efter bekendtgørelse om kloak m.v. § 5 skal du betale.
Se kap. 3 i vedtægten og bilag 2. | Kortet viser grænsen.
Jf. Forvaltningslovens § 19 skal du høres.
""",
    "initials and letters": """
Plejehjemmet ligger på H.C. Andersens Vej. | Der er parkering.
Statuen af J.F. Willumsen står i parken.
Udvalget besøger A.P. Møller Skolen og C. F. Tietgens Gård.
Formand Test T. Testesen bød velkommen. | Derefter talte direktøren.
Adressen er Postboks 10, 1024 København K. | Derfor går posten dertil.
Skriv til Rådhuset, 8000 Aarhus C. | Husk frimærke.
Museet ligger i Odense C. | Museet har gratis adgang.
Undervisningen foregår i lokale B. | Læreren hedder Test.
Mad med C-vitamin og vitamin D. | Spis varieret.
Se kortet i bilag A. | Grænsen er rød.
Se bilag A og B. | Grænsen er rød.
Han går i 9.B. | Klassen har 20 elever.
Gå ind ad port C. | Vagten viser vej.
""",
    "title": """
Overlæge dr. Testesen svarer. | Ring mellem 8 og 9.
Hr. Testesen og fr. Testesen er med. | De kommer kl. 10.
Projektleder, cand.scient.pol. Test Testesen fortæller.
Professor, dr.med. Test Testesen holder oplæg. | Alle er velkomne.
Sekr. Test Testesen og fhv. Borgmester Testesen deltog.
Lektor, ph.d. Test Testesen er vært.
Arkitekt m.a.a. Test Testesen tegnede huset.
Dronn. Margrethe og Prins Test kom forbi.
""",
    "place name": """
Turen går fra Nr. Nebel til Sdr. Omme. | Den er 40 km.
Gl. Estrup ligger ved Auning. | Der er park og museum.
Rådhuset i Kgs. Lyngby er fredet. | Det er fra 1941.
Vi tænder bål Skt. Hans aften. | Taleren er ukendt.
Toget til St. Heddinge kører hver time.
Kirken i Kr. Hyllinge får nyt tag. | Den er lukket.
Plejecentret i Ll. Skensved har 40 boliger.
Busserne kører til Ndr. Strandvej og Vr. Aaby.
Arbejdet på Chr. Winthers Vej, Fr. Bajers Plads og Th. Langs Gade er færdigt.
Skolen ligger ved Ribe Å. | Stien følger åen.
""",
    "quotation": """
»Kom nu!« siger hun. | »Vi skal af sted.«
»Kom nu!« | Hun løb ud.
»Er der mere kaffe?« spørger Test. | »Ja,« svarer Prøve.
Borgmesteren siger: »Det er godt. | Vi er glade.« | Byrådet er enigt.
Skolens motto er »Alle skal med«. | Det hænger i hallen.
Han kalder det »en god dag«.
Hun sagde: ”Vi gør det.” | Og det gjorde de.
„Vi er klar,“ siger formanden. | „Det bliver sjovt.“
"Det er rigtigt", siger han. | "Vi kan bedre."
'Hvad nu?' spurgte barnet. | 'Vi går hjem.'
Projektet »Ren By!« fortsætter. | Det slutter i maj.
Pjecen hedder »Ny i kommunen mv.« | Den er gratis.
""",
    "brackets": """
Vi holder ferielukket (uge 29 og 30). | Vi åbner igen 3. august.
Ring til os (bl.a. om aftenen). | Vi svarer.
(Husk at medbringe sundhedskort.) | Du skal møde kl. 8.
Du kan få tilskud (se § 7.) til turen.
Du betaler selv medicin (dog ikke vacciner). | (Se prislisten.) | Spørg lægen.
Byrådet (26 medl.) Testby holder møde.
Gebyret (inkl. moms mv.) er 500 kr. [Opdateret 2025.] | Det gælder alle.
Træ, papir, plast (fx poser, flasker osv.) sorteres.
""",
    "ellipsis": """
Du tænker måske … | Men det er ikke for sent.
Ja ... men hvornår?
Vi glæder os... | Kom og vær med!
Vælg mellem 1 ... 10 i listen.
Og så … var det slut. | Godt!
""",
    "address and file": """
Læs mere på www.testby.dk. | Du kan også ringe.
Læs mere på testby.dk/affald.html. | Skriv til post@testby.dk. | Vi svarer hurtigt.
Find skemaet på borger.dk. | Brug MitID.
Se dr.dk. | Der er mere.
Hent filen skema.pdf. | Udfyld den og send den.
Hent vedtægt_2.0.docx. | Gem den.
Brug version 2.1. | Den ældre virker ikke.
Se https://www.testby.dk/a?b=1.2&c=3. | Siden er ny.
Alt ligger på nettet. | www.testby.dk har det hele.
Alt ligger på nettet. | testby.dk har det hele.
""",
    "number": """
Kommunen har 45.123 indbyggere. | Tallet stiger.
Der bor 1.250.000 i regionen. | Halvdelen er i arbejde.
Skatten er 25,6. | Den er uændret.
Vandet er 1.5 m dybt.
Der kom 12. | Det var nok.
Ring på 12 34 56 78. | Vi har åbent.
Kommunen har to haller. | 12 skoler bruger dem.
""",
    "list in running text": """
Sådan gør du: 1. Søg om plads. | 2. Vent på svar. | 3. Betal.
1. Søg om plads. | 2. Vent på svar. | 3. Betal regningen.
1. Find skemaet | 2. Udfyld det | 3. Send det
1) Find skemaet. | 2) Udfyld det. | 3) Send det.
Sådan gør du: 1) Find skemaet 2) udfyld det 3) send det.
Sådan gør du: 1) Find skemaet | 2) Udfyld det | 3) Send det
Du skal a) søge om plads, b) vente på svar og c) betale.
a) Søg om plads. | b) Vent på svar. | c) Betal.
a. Søg om plads. | b. Vent på svar.
Følg trinene. | Trin 1. Søg om plads. | Trin 2. Vent på svar.
2.1. Formål med planen. | 2.2. Planens område.
Punkterne er: 1. Valg af dirigent, 2. Beretning, 3. Regnskab.
IV. Særlige regler for 2. Etape og 3. Etape.
Skolen har 1. Klasse og 2. Klasse i samme hus.
""",
    "begins small, with a digit or a §": """
Du får svar digitalt. | e-Boks er din postkasse.
Rabatten er høj. | 65-årige kan køre gratis.
Lån en maskine på skolen. | iPads udleveres i august.
Sagen er slut. | § 18 gælder ikke mere.
Vi ses i hallen. | kom og vær med.
Vi ses. | +45 12 34 56 78 er nummeret.
Vi modtager glas, metal mv. | e-Boks bruges til svar.
Vi sender det til f.eks. e-Boks eller borger.dk.
""",
    "municipal text": """
Byrådet behandler sagen på mødet den 3. | Dagsordenen er offentlig.
Det er 2. gang, at puljen uddeles. | 1. gang var i 2020.
Ældre over 65 år kan få tilskud. | 80-årige får brev fra kommunen.
Kommunen svarer inden 14 dage, jf. forvaltningslovens § 3, stk. 1, 2. pkt. | Du kan klage.
Efter lovens § 7, stk. 1, 1. pkt., skal du svare.
Opkrævning sker 4 gange årligt, hhv. 1/1, 1/4, 1/7 og 1/10. | Beløbet står på regningen.
Du kan ringe på tlf. 00 00 00 00 eller skrive til os. | Tlf.nr. står nederst.
Se lokalplan nr. 12. | Den gælder for Vestbyen.
Se lokalplan nr. 12.3. | Den gælder for Vestbyen.
Matr.nr. 12a, Testby By. | Arealet er 1.200 m². | Grunden er til salg.
Arealet er på 3 ha. | Det er fredet.
Grænsen er 50 km/t. | Kør langsomt.
Temperaturen skal være 60 gr. | Skru ikke ned.
Der var 300 deltagere (2019: 250). | Tallet stiger.
Er du i tvivl? | Spørg os!
Hvad koster det? | 500 kr. pr. måned.
Husk: Mødet er kl. 19.00! | Vi ses.
Ring 112! | Vent på hjælp.
Nej! siger borgmesteren.
»Det er sjovt!«, siger Test på 8 år. | »Jeg vil også prøve.«
Vi har brug for dig! | - Vil du være frivillig? | - Så ring til os.
Indsatsen er delt i tre: a) Forebyggelse, b) Behandling og c) Opfølgning. | Hver del har sit budget.
Kontakt: Test Testesen, tlf. 00 00 00 00, e-mail: test@testby.dk. | Kontoret har åbent kl. 9-12.
Kommunen har brugt 3,5 mio. kr. | Det er 0,5 mio. kr. mere end i 2022.
Udgiften er på 1,2 mia. kr. i 2024. | 2025-budgettet er højere.
Tilskuddet udgør 75 pct. | Resten betaler du selv.
Lejen er 4.500 kr. pr. md. | Indskuddet er 20.000 kr. | Varme betales særskilt.
Lejen er 4.500 kr./md. | Varme betales særskilt.
Formularen hedder AB123.pdf. | Den ligger på siden.
Ansøgningen skal indeholde navn, adresse, cpr-nr. mv. | Den sendes digitalt.
Sagen afgøres af Udvalget for Teknik & Miljø. | Det mødes hver mdr.
Kl. 17.30: Spisning. | Kl. 18.30: Foredrag v. Test Testesen.
Vi bor på Østre Allé 12, 3. tv. | Ring på hos Test.
Vi bor på Østre Allé 12, st. | Ring på hos Test.
Vi bor på Østre Allé 12, kld. | Ring på hos Test.
Hun er f. 1950 i Sdr. Bjert. | Hun døde i 2010.
Der er gudstjeneste 2. pinsedag kl. 10. | Pastor Testesen prædiker.
Der er lukket 1. og 2. juledag. | Vi åbner d. 27. | God jul!
Vi holder lukket d. 24.-26. december. | God jul.
Vi holder lukket i ugerne 28, 29 og 30. | Alle andre uger er der åbent.
Elever fra 7.a, 7.b og 8.c. deltager i løbet.
De er gået ud af 9. kl. | Nu går de i 10. kl. på Testskolen.
Direktør Test Testesen jr. er stoppet.
Testby Varme a.m.b.a. leverer varmen. | Prisen er faldet.
Firmaet Test & Co. leverer maden.
Foreningen N.F.S. Grundtvigs Venner holder møde.
De vandt over FC Test med 2-1. | Kampen var spændende.
Skolen modtager støtte fra EU. | Pengene bruges til mad.
Det er en VVM-pligtig sag. | Naturstyrelsen er myndighed.
Bemærk: Ordningen gælder ikke i Kbh. og på Frb.
Vandet er fra Sct. Jørgens Sø. | Det er rent.
Kommunen følger Miljøstyrelsens vejl. nr. 5/1984. | Grænsen er 35 dB. | Den gælder om natten.
Hun bor i Test by (Test Sogn). | Byen har 200 indb. | Den ligger ved fjorden.
Træffetid: tirs. og tors. 10-12. | Onsd. lukket.
Det siger lov om aktiv socialpolitik § 11, stk. 2, nr. 1-3. | Kommunen skal derfor vurdere din sag.
[Klik her.] | Så åbner siden.
Vi siger "tak for i år". | "God jul" siger vi også.
Vi anbefaler bogen "Hvad nu?". | Den kan lånes.
Det er »utroligt« ... | Sådan lyder dommen.
P.S. Husk regntøj. | Vi går ud.
OBS. Husk regntøj.
Bilag 1. Oversigt over takster. | Bilag 2. Kort.
§ 12. Kommunen fører tilsyn. | Stk. 2. Tilsynet er gratis. | § 13. Loven træder i kraft d. 1. juli.
Se Kap. 2. | Kap. 3 gælder ikke.
Turen er gratis for 0-3-årige. | 4-12-årige betaler 20 kr.
Grunden ligger i zone III. | Den er på 800 m2. | Prisen er fast.
De boede der under 2. Verdenskrig. | 1. Verdenskrig ramte også byen.
Skolen er bygget i 1950'erne. | 1960'erne bragte en ny fløj.
Kommunen fik 12 mio. kr. | § 18-puljen får 1 mio. kr.
Vi er 5. | Alle er raske.
Test i klasse 5. A. og 5. B. er færdige.
Undersøgelsen viser (jf. tabel 3), at flere cykler. | Tabel 4 viser alder.
Se fx www.testby.dk/job. | www.jobnet.dk har flere stillinger.
Ring til Test i Afd. for Børn & Unge.
Det handler om f.eks. Børn og Unge-udvalget.
Mødet ledes af bl.a. Den Sociale Investeringsfond.
Kommunen (Teknik m.v.) og regionen er enige. | De mødes d. 5. | Borgerne kan komme.
Det sker 1 gang pr. kvt. | Du får besked.
Gælder t.o.m. 31.12.2025. | Derefter ophører ordningen.
Kl. 8-16. | Fre. dog kl. 8-13.
Man kan bo på f.eks. Hotel Test. | Det koster fra kr. 700.
Se nedenfor under pkt. 4. | Pkt. 5 gælder erhverv.
Se nedenfor under pkt. 4.1.2. | Her står reglerne.
Kommunen har ca. 60.000 indb., heraf 12 pct. under 10 år.
1. januar 2026 træder loven i kraft. | 1. juli følger resten.
Loven gælder fra 1. januar. | 1. juli følger resten.
De mødes på Testvej 5. | 12 frivillige hjælper.
Søg på job.testby.dk. | Ansøgningsfristen er d. 1. i måneden.
Prisen er 20,-. | Børn er gratis.
Prisen er 20,- kr. | Børn er gratis.
Prisen er 3 x kr. 500. | Beløbet er med moms.
Det koster 2 t. | Husk kaffe.
Du kan blive ringet op mellem kl. 10 og 12. | Hold din telefon klar.
Læs om reglerne i »Lov om dagtilbud m.v.« | Loven er fra 2007.
Kommunalbestyrelsen (25 medl.). | Udvalg (7 medl.).
""",
    "degrees, letters and units": """
Nu. | Så er det tid.
Ja. | Du kan godt.
Vi skal til kl. 16. | Kl. 17 er der mad.
Det fylder 0,5 mio. t. | Derefter falder det.
Hun er cand. scient. pol. Test Testesen fra Aarhus.
Lærer, cand. pæd. Test Testesen er vært. | Hun bor i byen.
Viceinsp. Testesen og soc.pæd. Testesen svarer.
Kontakt sundhedsafd. Nord. | De hjælper.
Dr. phil. Test Testesen og dr. h.c. Test Testesen taler.
Vi kender dr. Testesen. | Kommunen takker.
Turen går til Nykøbing F. | Bussen kører kl. 9.
Der er to krav. | a. Du er over 18 år. | b. Du bor i kommunen.
Læs mere på kommunen.org. | Siden er ny.
St. St. Blichers Vej er spærret. | Brug Søndergade.
Skriv til info@testby.no. | Vi svarer.
""",
    "notices": """
Kommunaldirektør Test P. Testesen er fratrådt. | Ny direktør er T.M. Prøvesen.
Mindesmærket for N.F.S. Grundtvig og B.S. Ingemann står i parken. | Det er fra 1850.
Skulpturen er skænket af S.A. Testesen. | Den er restaureret.
Udstillingen om P.S. Krøyer åbner d. 2. maj. | P.S. Krøyers Plads bliver spærret.
Huset er tegnet af Test C. | Her boede han til sin død.
Han hed J.P. | Alle kendte ham.
Sognepr. Test Testesen og provst Prøve Prøvesen medvirker.
Lektor Test Testesen, ph.d., holder oplæg.
Hun har en ph.d. i biologi. | Han har en ph.d. | Begge forsker.
Adv. Test Testesen repræsenterer ejeren. | Sagen føres ved Retten i Test.
Direktør, cand.jur. T. Testesen og kontorchef P. Prøvesen underskrev. | Aftalen gælder straks.
Landinsp. Testesen måler grunden op. | Det tager en dag.
Test Testesen sr. og Test Testesen jr. driver gården. | De har 100 køer.
Hr. T. Testesen bor i nr. 4. | Fr. P. Prøvesen bor i nr. 6.
Adm. dir. Test Testesen siger: »Vi er klar.« | Fabrikken åbner i maj.
Overlæge, dr. med. Test Testesen, RH, fortæller om KOL. | Alle er velkomne.
Kap. 2. Formål og opgaver.
Kst. leder Test Testesen svarer på spørgsmål.
Sygepl. Test Testesen træffes ml. kl. 8 og 9. | Weekend: ring 1813.
Vagtmester T. Test bor på 1. sal. | Hans kontor er i st.
Bibliotekar Test Testesen, Hovedbibl., anbefaler bogen. | Den kan lånes.
H. C. Lumbyes Gade og J. C. Jacobsens Gade er ensrettede. | Cykler må køre begge veje.
H.P. Hanssens Gade ligger i centrum. | Parkér på C.W. Obels Plads.
Vi har besøg af forfatteren Test A. Test. | Hun læser op.
Statens Museum og A.C. Meyers Vænge. | Begge steder er åbne.
Kontakt A. Testesen. | B. Prøvesen er på ferie.
Mail: a.testesen@testby.dk. | Tlf.: 00 00 00 00.
K. Testesen bor i Kbh. S. | Hun arbejder i Kbh. N.
Vi bruger typerne A, B og C. | Type D. udgår.
Blodtype A. | Blodtype B.
Energimærke C. | Opført 1970.
Tag linje A. | Stå af ved Test St. | Gå 200 m.
Toget holder ved Test St. og Prøve St.
Se Bilag C. | Her er tallene.
Test A/S og Prøve I/S har budt. | Vinderen bliver Test A/S.
Klubben spiller i serie B. | Holdet rykker op.
Sct. Hans Gade 4, 2. tv. | Ring på døren.
Dronning Margrethe 2. abdicerede 14. januar 2024. | Frederik 10. blev konge.
Tilbuddet gælder fra nu af og t.o.m. d. 31.12. | Derefter stiger prisen.
Kl. 10.15-11.00: Oplæg v. Test Testesen. | Kl. 11.00: Pause.
Vi holder lukket d. 5. juni (Grundlovsdag). | 6. juni har vi åbent.
Klippekort a 10 stk. koster 200 kr. | 1 klip er en tur.
Læs »Kom godt i gang (2. udg.)«. | Den er gratis.
Mødet blev hævet kl. 21.15. | Næste møde: 3. april.
Se side 4-5. | Side 6 er tom.
Se s. 4. | Se også s. 5.
Kommunen har bl.a. 3 svømmehaller, 2 skøjtehaller osv. | Alle har åbent.
Hun sagde ja. | (Det gjorde han ikke.) | Sagen er lukket.
Prisen (ca. 50 kr.) er fast. | Betal ved døren.
Prisen er fast (ca. 50 kr.). | Betal ved døren.
Oplægget (ved Test T. Test) varer 1 t. | Tag madpakke med.
Mødet (jf. pkt. 3.) udsættes. | Nyt møde d. 4. maj.
Alle børn (0-6 år) er med. | Voksne (+18) betaler.
»Kom ind.« | »Nej tak.«
»Kom ind,« sagde hun. | »Det er koldt derude.«
»Nej.« | Hun gik.
»Vi siger: 'Kom ind!'« | Sådan gør vi her.
Han råbte: »Stop!« | Bilen stoppede.
»Stop!« råbte han. | »Stop nu!«
»Kan vi nå det?« | »Ja,« sagde hun, »det kan vi.« | Det kunne de.
Er »gratis« nu også gratis? | Nej.
Se »www.testby.dk«. | Siden er ny.
Brug koden "Test1.". | Den virker.
Slå op i Karnov, bd. 2, s. 1234. | Noten er lang.
Følg med på Facebook.com/testby. | Vi er også på Instagram.
Gem filen som cv.docx eller cv.pdf. | Filen må fylde 10 MB. | Brug ikke æ, ø og å.
Vejen er spærret ml. nr. 12 og nr. 20. | Brug Testvej.
Ruten er 5,6 km. lang. | Den er afmærket.
Temp. var 12,5 grader. | I går var den 9.
Vær opmærksom på flg.: Skemaet skal underskrives. | Det skal sendes.
1.-3. maj er der festival. | 4. maj er der oprydning.
Fra 1. jan. til 31. dec. 2025. | Derefter slutter det.
Åbent 2. påskedag og 1. maj. | Lukket 24. dec.
""",
}
LINES = [pytest.param(line, id=kind) for kind, lines in CASES.items() for line in lines.strip().splitlines()]
PIECES = """
    Kommunen borger f.eks. bl.a. mv. osv. kr. nr. kl. stk. § 12 3. 1. 2. 2) a) b. H. H.C. A/S »Kom nu!« (se « ) . ..
    … ! ? - • d. 1.1.2026 pct. Du iPad www.kommune.test ordet. Ordet. [1] ." .) 500 I i. Å. K. den:
"""
# Each costs the same for each of its repetitions.
HOSTILE = [
    ". ",
    "? ",
    "A. ",
    "1. ",
    "1) A ",
    "f.eks. ",
    "500 kr. ",
    "A og A. ",
    "Det er. ",
    "§ 1. A",
    ".",
    ".)",
    ".[1",
    "x",
]


@pytest.mark.parametrize("case", LINES)
def test_sentence_ends_where_a_reader_ends_it(case: str) -> None:
    assert split_sentences(case.replace(" | ", " ")) == case.split(" | ")


@pytest.mark.parametrize("block", ["", " ", "\n\t "])
def test_empty_block_has_no_sentence(block: str) -> None:
    assert split_sentences(block) == []


def test_casing_and_quotation_marks_are_kept() -> None:
    assert split_sentences("»KOM nu,« sagde Hun. “Ja!”") == ["»KOM nu,« sagde Hun.", "“Ja!”"]


def test_every_character_but_the_blanks_between_is_kept() -> None:
    text = " ".join(" ".join(CASES.values()).replace(" | ", " ").split())
    assert " ".join(split_sentences(text)) == text


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES.split())).map(" ".join))
def test_nothing_is_lost_and_nothing_split_without_a_blank(block: str) -> None:
    sentences = split_sentences(block)
    assert " ".join(sentences) == block
    assert all(sentences)
    assert split_sentences(block) == sentences


@given(st.text())
def test_any_text_at_all_is_kept_but_for_its_blanks(block: str) -> None:
    assert "".join("".join(split_sentences(block)).split()) == "".join(block.split())


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_of_a_hostile_block_only(piece: str) -> None:
    short, long = (_seconds(piece * number) for number in (1_500, 12_000))
    assert long < 24 * short + 0.05  # 8 times as long; a quadratic scan would take 64 times


@pytest.mark.skipif(not TREEBANK.is_file(), reason="the Danish treebank is not there")
def test_boundaries_of_the_danish_treebank_are_found() -> None:
    sentences = [json.loads(line)["text"] for line in TREEBANK.read_text().splitlines()]
    true_positives = false_positives = missed = 0
    for start in range(0, len(sentences), SENTENCES_JOINED):
        together = sentences[start : start + SENTENCES_JOINED]
        text = " ".join(together)
        true, unmarked = _ends(together)
        found, _ = _ends(_parts(text))
        true_positives += len(found & true)
        false_positives += len(found - true - unmarked)
        missed += len(true - found)
    f1 = 2 * true_positives / (2 * true_positives + false_positives + missed)
    line = f"sentence boundaries of the Danish treebank: F1 {f1:.4f}, {false_positives} too many, {missed} missed"
    print(line)  # noqa: T201  # the figure is what a reader of `pytest -s` wants
    assert f1 >= LEAST_F1


def _seconds(block: str) -> float:
    """Of the processor, the least of two."""
    times = []
    for _ in range(2):
        begun = time.process_time()
        split_sentences(block)
        times.append(time.process_time() - begun)
    return min(times)


def _parts(text: str) -> list[str]:
    parts = split_sentences(text)
    assert " ".join(parts) == text
    return parts


def _ends(sentences: list[str]) -> tuple[set[int], set[int]]:
    """Offsets at which sentences joined by blanks end, all but the last; apart, those without a final mark."""
    marked: set[int] = set()
    unmarked: set[int] = set()
    offset = 0
    for sentence in sentences[:-1]:
        offset += len(sentence)
        (marked if sentence.rstrip(CLOSING)[-1:] in FINAL else unmarked).add(offset)
        offset += 1
    return marked, unmarked
