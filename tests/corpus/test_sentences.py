"""Danish sentences end where a reader would end them."""

import json
from pathlib import Path

import pytest

from corpus.sentences import split_sentences

TREEBANK = Path(__file__).parents[3] / "shared/data/sentences/da_ddt_dev.jsonl"
SENTENCES_JOINED = 8
LEAST_F1 = 0.98
FINAL = ".!?…"
CLOSING = "\"'”“»«’)]"

# " | " stands where a sentence ends.
CASES = """
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
""".strip().splitlines()


@pytest.mark.parametrize("case", CASES)
def test_sentence_ends_where_a_reader_ends_it(case: str) -> None:
    assert split_sentences(case.replace(" | ", " ")) == case.split(" | ")


@pytest.mark.parametrize("block", ["", " ", "\n\t "])
def test_empty_block_has_no_sentence(block: str) -> None:
    assert split_sentences(block) == []


def test_casing_and_quotation_marks_are_kept() -> None:
    assert split_sentences("»KOM nu,« sagde Hun. “Ja!”") == ["»KOM nu,« sagde Hun.", "“Ja!”"]


def test_every_character_but_the_blanks_between_is_kept() -> None:
    text = " ".join(case.replace(" | ", " ") for case in CASES)
    assert " ".join(split_sentences(text)) == text


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
