"""CPR numbers and contact data are found in every form; what only looks like one is left alone. All are invented."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.config import CorpusConfig
from corpus.personal_data import (
    BLOT,
    bare_cpr,
    blotted,
    blotted_url,
    count_cpr,
    cpr_by_block,
    cpr_on_page,
    has_dropped_kind,
    masked,
    masked_blocks,
    masked_url,
    num_placeholders,
    unmasked_kinds,
)

CONFIG = CorpusConfig()

SURE = """
Mit CPR-nummer er 010101-0000.
Ring om sag 010101-0000 i dag.
Født 311299-0000, bor i Kommuneby.
010101-0000
(010101-0000)
»010101-0000«
010101-0000, 9999 Kommuneby
9999,010101-0000
CPR: 010101-0000.
cpr.nr. 0101010000
CPR-nr. 0101010000
c.p.r. 0101010000
cpr0101010000
CPR nummer 010101 0000
Personnummer: 0101010000
Personnr. 0101010000
Fødselsnummer 0101010000
Pers.nr. 0101010000
Person-id: 0101010000
CPR-nummeret på den borger, som søger, er 0101010000
0101010000 (mit cpr-nr.)
Skriv 010101 0000 i feltet.
Testvej 1 010101 0000
Sagsnr. 010101 0000
Sagsnr. 010101-0000
Skriv 010101 - 0000 i feltet.
Skriv 010101–0000 i feltet.
Skriv 010101—0000 i feltet.
Skriv 010101‑0000 i feltet.
Skriv 010101\N{NO-BREAK SPACE}0000 i feltet.
Skriv 010101\N{NARROW NO-BREAK SPACE}0000 i feltet.
Skriv 010101\N{MINUS SIGN}0000 i feltet.
Skriv 010101\N{SOFT HYPHEN}0000 i feltet.
Skriv 010101\N{HYPHEN}0000 i feltet.
Skriv 010101\N{FULLWIDTH HYPHEN-MINUS}0000 i feltet.
Skriv 01\N{ZERO WIDTH SPACE}0101-00\N{ZERO WIDTH JOINER}00 i feltet.
Skriv 01\N{SOFT HYPHEN}0101-0000 i feltet.
Skriv ０１０１０１-００００ i feltet.
Skriv ٠١٠١٠١-٠٠٠٠ i feltet.
Sagen om 290200-4000 er lukket.
Konto for CPR 0101010000
CPR/CVR-nr.: 0101010000
CPR- eller CVR-nummer 0101010000
CPR 010101.0000
CPR-nr.: 010101/0000
CPR-nr.: 01.01.01.0000
CPR-nr.: 0 1 0 1 0 1 - 0 0 0 0
CPR-nr. 0101 01 0000
Navn: A. Testesen Cpr: 010101-0000 Tlf: 00 00 00 00
cpr=010101-0000
id/010101-0000/bilag
ansøgning-010101-0000.pdf
Barn af 310125-0000.
Se CPR-010101-0000 her.
Borger 01 01 01-0000 har søgt.
Borger 01.01.01-0000 har søgt.
Borger 01-01-01-0000 har søgt.
Borger 0101 01-0000 har søgt.
Testesen010101-0000bor her.
2026-CPR-010101-0000-1
""".strip().splitlines()

BARE = """
Borger 0101010000 har søgt.
Borgeren (0101010000) har søgt.
Borgernr. 0101010000
Elevnummer 0101010000
Borger nr. 0101010000
Borger i regionen 0101010000 har søgt.
For tiden venter 0101010000 på svar.
Fakturaen til 0101010000 er sendt.
Telefonisk henvendelse fra 0101010000 i dag.
Borger ０１０１０１００００ har søgt.
Borger 010\N{ZERO WIDTH SPACE}1010000 har søgt.
Jeg hedder Testesen, 0101010000.
0101010000.
""".strip().splitlines()

LOOK_ALIKES = """
P-nr. 0101010000
P-nummer: 0101010000
P nr 0101010000
Produktionsenhed 0101010000
Produktionsenhedsnummer (P-nummer): 0101010000
Kontonr. 0101010000
Konto: 0101010000
Kontonummeret er 0101010000
Reg. 0000 konto 0101010000
Reg.nr. 0101010000
Bankkonto 0101010000
Konto i Kommuneby Bank: 0101010000
ID: 0101010000
Bruger-id 0101010000
Sagsnr. 0101010000
Sagsnummer: 0101010000
Sags-id 0101010000
Sagsnummer for byggeriet er 0101010000
Journalnr. 0101010000
J.nr. 0101010000
EAN 0101010000
EAN-nr.: 5790010101000
GLN 0101010000
EAN-lokationsnummer 0101010000
P-enhed 0101010000
FI-nummer 0101010000
Rekv.nr. 0101010000
konto 1234 0101010000
Tlf. +45 0101010000
Sag #0101010000
Ring på tlf. 0101010000
Telefon: 0101010000
Mobil 0101010000
Fakturanr. 0101010000
Ordrenummer 0101010000
ISBN 0101010000
Matrikelnummer 0101010000
Løbenr. 0101010000
CVR-nr. 0101010000
CVR-nr. 01010100
IBAN DK0001010100000000
DK50 0040 0101 0100 00
DK5000400101010000
d41d8cd98f00b204e9800998ecf8427e0101010000abcdef
ab010101-0000-4abc-8def-0123456789ab
01010101-0000-4000-8000-010101010000
/media/a0101010000b/billede.jpg
billede0101010000.jpg
0101010000.jpg
foto-010101-0000.jpg
350101-0000
011301-0000
290200-0000
300200-4000
000000-0000
1010101-0000
010101-00000
010101-000
010101-xxxx
CPR-nr. 010101-xxxx
CPR-nr. skal ikke skrives her. Ring 12 34 56 78
Åbent 010101 og 0000.
01.01.2001 - 02.01.2001
kl. 10.00-15.30
5790000000000
0,0101010000
0101010000,50
kr. 0101010000
0101010000 kr.
+0101010000
1.010101-0000
2020-010101-0000
ABC-0101010000
01.01.2001-31.12.2001
01.01.01 2001
120112 4500 1300 500
12.34.56-P19-1-24
Budgettet er 1.234.567.890 kr.
""".strip().splitlines()


@pytest.mark.parametrize("text", SURE)
def test_sure_cpr_number_is_found(text: str) -> None:
    assert (cpr_on_page(text), bare_cpr(text)) == (1, 0)


@pytest.mark.parametrize("text", BARE)
def test_bare_cpr_number_is_found_as_such(text: str) -> None:
    assert (cpr_on_page(text), bare_cpr(text)) == (0, 1)


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alike_is_left_alone(text: str) -> None:
    assert count_cpr(text) == 0
    assert blotted(text) == text


def test_number_without_modulus_11_counts_as_much_as_one_with() -> None:
    """Numbers given since 2007 fail it. 010101-0006 passes, 010101-0000 does not."""
    assert cpr_on_page("010101-0006") == cpr_on_page("010101-0000") == 1


@pytest.mark.parametrize(
    ("text", "sure", "bare"),
    [
        ("CPR-nr.\n0101010000", 1, 0),
        ("CPR-nr.:\n010101.0000", 1, 0),
        ("CPR-nr.\n\n0101010000", 1, 0),
        ("CPR-nr.\nBarn: 0101010000", 1, 0),
        ("Borger 010101-\n0000 har søgt.", 1, 0),
        ("P-nr.\n\n0101010000", 0, 0),
        ("P-nr.\n0101010000", 0, 0),
        ("Telefon\n0101010000", 0, 0),
        ("Kontakt os på tlf. 12 34 56 78 eller kom forbi\n0101010000", 0, 1),
        ("Navn\n0101010000", 0, 1),
        ("CPR-nr.\nP-nr. 0101010000", 0, 0),
        ("CPR-nr.\n\nNavn\n\n0101010000", 0, 1),
    ],
)
def test_cue_in_the_line_or_cell_before_counts(text: str, sure: int, bare: int) -> None:
    assert (cpr_on_page(text), bare_cpr(text)) == (sure, bare)


@pytest.mark.parametrize(
    "text",
    [
        "010101-0000 og 020202-0000, 030303 0000; 0404040000",
        "010101-0000,020202-0000,0303030000,0404040000",
        "010101 0000 020202 0000 030303 0000 040404-0000",
        "010101-0000/020202-0000\n0303030000\n0404040000",
    ],
)
def test_each_number_is_counted(text: str) -> None:
    assert count_cpr(text) == 4


def test_blotted_text_keeps_all_but_the_number() -> None:
    assert blotted("Sag 010101-0000: se tlf. 0101010000.") == f"Sag {BLOT}: se tlf. 0101010000."


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://www.kommuneby.test/sag?cpr=010101-0000", "http://www.kommuneby.test/sag?cpr=[cpr]"),
        ("http://www.kommuneby.test/sag?cpr=0101010000&x=%2F", "http://www.kommuneby.test/sag?cpr=[cpr]&x=%2F"),
        ("http://www.kommuneby.test/sag/010101%2D0000/a%20b", "http://www.kommuneby.test/sag/[cpr]/a%20b"),
        ("http://www.kommuneby.test/sag/010101%200000", "http://www.kommuneby.test/sag/[cpr]"),
        ("http://www.kommuneby.test/sag?q=010101+0000", "http://www.kommuneby.test/sag?q=[cpr]"),
        ("http://www.kommuneby.test/borger/%C3%A6ldre", "http://www.kommuneby.test/borger/%C3%A6ldre"),
    ],
)
def test_url_holds_no_number(url: str, expected: str) -> None:
    assert blotted_url(url) == expected


NUMBERS = st.text(alphabet="0123456789 -–./,:+\n\u200b\u00ad０abÆ", max_size=60)
WORDS = st.sampled_from([
    "cpr-nr. ", "tlf. ", "Telefon\n", "konto ", "reg. 1234 ", "CVR ", "P-nr. ", "12 34 56 78", "0101010000", "1",
    "010101-0000", "12345678", "1234 5678", "navn@kommuneby.dk", "navn(at)kommuneby.dk", "+45", "\n", " ", ". ",
    "eller ", "DK5000400440116243", "[telefon]", "[e-mail]", "[konto]", "Ring ", "mailto:", "@", "kr.",
])  # fmt: skip
MIXED = st.lists(WORDS | NUMBERS, max_size=8).map("".join)


@given(MIXED)
def test_blotted_text_holds_no_number(text: str) -> None:
    assert count_cpr(blotted(text)) == 0


SEPARATED = st.builds(
    "{}{}{}".format,
    st.sampled_from(["010101", "311299", "290204"]),
    st.sampled_from(["-", "–", " ", " - ", "\u00ad", "\u2011"]),
    st.integers(4000, 4999),
)


@given(
    SEPARATED, st.sampled_from(["", "Borger ", "(", "bor i 9999 ", "Æ"]), st.sampled_from(["", ".", ", 1", ")", " bor"])
)
def test_every_separated_number_quarantines(number: str, before: str, behind: str) -> None:
    assert cpr_on_page(f"{before}{number}{behind}") == 1


def test_block_goes_for_its_number_read_with_its_neighbours_or_alone() -> None:
    blocks = ["Navn", "0101010000", "P-nr.", "0202020000", "P-nr. 0303030000", "Borger 0404040000"]
    assert cpr_by_block(blocks) == [0, 1, 0, 1, 0, 1]


EMAILS = [
    "navn@kommuneby.dk", "for.efter-navn@a.kommuneby.dk", "NAVN@KOMMUNEBY.DK", "navn+1@kommuneby.dk",
    "mailto:navn@kommuneby.dk", "mailto:navn@kommuneby.dk?subject=Hej%20der", "navn(at)kommuneby.dk",
    "navn (at) kommuneby.dk", "navn[at]kommuneby.dk", "navn (a) kommuneby.dk", "navn[a]kommuneby.dk",
    "navn snabel-a kommuneby.dk", "navn(snabel-a)kommuneby.dk", "navn snabela kommuneby.dk", "navn @ kommuneby.dk",
    "navn(at)kommuneby(dot)dk", "navn [at] kommuneby [punktum] dk", "navn＠kommuneby.dk", "børn.unge@kommuneby.dk",
    "navn\N{SOFT HYPHEN}@kommune\N{SOFT HYPHEN}by.dk", "navn@kommuneby.dk\N{ZERO WIDTH SPACE}", "j@rådhus-øst.dk",
    "navn at kommuneby dot dk",
]  # fmt: skip


@pytest.mark.parametrize("address", EMAILS)
def test_email_address_is_masked_and_nothing_beside_it(address: str) -> None:
    found = masked(f"Skriv til {address} i dag.", CONFIG)
    assert found.text.replace("\N{ZERO WIDTH SPACE}", "") == "Skriv til [e-mail] i dag."
    assert found.counts == {"email": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("E-mail:navn@kommuneby.dk.", "E-mail:[e-mail]."),
        ("(navn@kommuneby.dk)", "([e-mail])"),
        ("<navn@kommuneby.dk>", "<[e-mail]>"),
        ("navn@kommuneby.dkTelefon", "[e-mail]Telefon"),
        ("a@kommuneby.dk, b@kommuneby.dk;c@kommuneby.dk", "[e-mail], [e-mail];[e-mail]"),
        ("navn@kommuneby.dk. Ring i dag.", "[e-mail]. Ring i dag."),
    ],
)
def test_what_stands_around_an_address_stays(text: str, expected: str) -> None:
    assert masked(text, CONFIG).text == expected


PHONES = [
    "12 34 56 78", "12\N{NO-BREAK SPACE}34\N{NO-BREAK SPACE}56\N{NO-BREAK SPACE}78", "1234 5678", "12-34-56-78",
    "+45 12 34 56 78", "+4512345678", "0045 12345678", "004512345678", "(+45) 1234 5678", "+45 123 45 678",
    "+45 12.34.56.78", "+46 70 123 45 67", "+298 123456", "１２ ３４ ５６ ７８",
]  # fmt: skip


@pytest.mark.parametrize("number", PHONES)
def test_telephone_number_is_masked_without_a_cue(number: str) -> None:
    assert masked(f"Rådhuset: {number}, åbent i dag.", CONFIG).text == "Rådhuset: [telefon], åbent i dag."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tlf. 12345678.", "Tlf. [telefon]."),
        ("Tlf.nr.: 12345678", "Tlf.nr.: [telefon]"),
        ("tlf12345678", "tlf[telefon]"),
        ("Telefonnummer 12.34.56.78", "Telefonnummer [telefon]"),
        ("Mobil 123 45 678", "Mobil [telefon]"),
        ("Mobil: 12 345 678", "Mobil: [telefon]"),
        ("Ring på 12345678 i dag", "Ring på [telefon] i dag"),
        ("Ring til Borgerservice på 12345678", "Ring til Borgerservice på [telefon]"),
        ("SMS til 12345678", "SMS til [telefon]"),
        ("T: 12345678", "T: [telefon]"),
        ("tel:+4512345678", "tel:[telefon]"),
        ("Tlf. 45 12 34 56 78", "Tlf. [telefon]"),
        ("Tlf. 12345678/87654321", "Tlf. [telefon]/[telefon]"),
        ("Tlf. 12345678 eller 87654321", "Tlf. [telefon] eller [telefon]"),
        ("Tlf. 12 34 56 78 87 65 43 21", "Tlf. [telefon] [telefon]"),
        ("Telefon\n12345678", "Telefon\n[telefon]"),
        ("CVR 12345678, tlf. 87654321", "CVR 12345678, tlf. [telefon]"),
        ("Testvej 5 12 34 56 78", "Testvej 5 [telefon]"),
        ("9999 Kommuneby 12 34 56 78", "9999 Kommuneby [telefon]"),
        ("T. 12345678", "T. [telefon]"),
        ("på nummer 12345678", "på nummer [telefon]"),
        ("Tlf. +1 202 555 0100", "Tlf. [telefon]"),
        ("MobilePay 12345678", "MobilePay [telefon]"),
    ],
)
def test_telephone_number_is_masked_behind_a_cue(text: str, expected: str) -> None:
    found = masked(text, CONFIG)
    assert found.text == expected
    assert found.counts == {"phone": expected.count("[telefon]")}


IBAN = "DK50 0040 0440 1162 43"  # the example of the national standard


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Reg.nr. 1234 kontonr. 1234567890", "Reg.nr. [konto]"),
        ("Reg. nr.: 1234, konto nr.: 1234567890.", "Reg. nr.: [konto]."),
        ("Reg. 1234 - konto 123456", "Reg. [konto]"),
        ("reg.nr. 1234 og kontonummer 0001234567", "reg.nr. [konto]"),
        ("Reg.nr. 1234 1234567890", "Reg.nr. [konto]"),
        ("Konto: 1234 1234567890", "Konto: [konto]"),
        ("konto 1234-1234567890 i dag", "konto [konto] i dag"),
        ("Kontonummer: 123 456 7890", "Kontonummer: [konto]"),
        ("Kontonr.\n1234567890", "Kontonr.\n[konto]"),
        ("Reg.nr.: 1234\nKontonr.: 1234567890", "Reg.nr.: 1234\nKontonr.: [konto]"),
        ("Kontoen i Kommuneby Bank er 1234567890.", "Kontoen i Kommuneby Bank er [konto]."),
        (f"IBAN {IBAN} SWIFT ABCDDKKK", "IBAN [konto] SWIFT ABCDDKKK"),
        (f"{IBAN.replace(' ', '')}", "[konto]"),
        (f"IBAN: {IBAN.lower()}", "IBAN: [konto]"),
        ("Indbetal på 1234-1234567890.", "Indbetal på [konto]."),
        ("Regnr. 1234 Kontonr. 1234567", "Regnr. [konto]"),
        ("Girokonto 1234567", "Girokonto [konto]"),
        ("+71 <000000000000000 +12345678<", "+71 <000000000000000 +[konto]<"),
    ],
)
def test_account_number_is_masked(text: str, expected: str) -> None:
    found = masked(text, CONFIG)
    assert (found.text, found.counts) == (expected, {"account": 1})


NO_CONTACT = """
CVR-nr. 12345678
CVR 12 34 56 78
SE-nr. 12 34 56 78
EAN-nr. 5790001234567
EAN: 5790 0012 3456 7
0012 3456 7
EAN 57 90 00 12 34 56 7
P-nr. 1012345678
Sagsnr. 12345678
Sag 2024-001234
J.nr. 24/12345
Journalnummer 1234 5678
Faktura 12345678
Prisen er 12.345.678 kr.
Prisen er 12 345 678 kr.
1234 5678 kr.
1234 5678,90
Mandag kl. 10.00-14.00
Telefontid 10.00-14.00
Ring mandag 10.00 - 14.00
Ring hverdage kl. 10.00-14.00
Telefontid: 1000-1400
Ring senest 24.12.2025
Ring den 24-12-2025
Fra 01.01.2024 til 31.12.2025
I 2024 2025 og 2026
2024 2025
2021 2022 2023 2024
12 34 56 78 90
10 20 30 40 50 60
10.20.30.40
Unge 15-16-17-18-årige
Ring 112
Ring 1813 eller 114
Lokal 1234
Matrikel 12345678
ISBN 978-87-12345-67-8
Lov nr. 1234 af 12. december 2024
Bygning 12, 3456 Kommuneby
12345678 borgere
Lokalplan 12.34.56
6 stk. @ 5.50 kr.
@kommuneby
Følg os på instagram.com/@kommuneby
navn@kommuneby
klokken 10 (at) nu
konto 5.32.30
konto 12.34.56
Side 12 34 56 78
Kontoret 12345678
Kontoret har 123456 besøg
Konto 1.234.567 kr.
DK50 0040 0440 1162 44
Kontakt os 24.12.2025
https://www.kommuneby.dk/media/12345678/plan-2024.pdf
uuid 12345678-1234-1234-1234-123456789012
[e-mail] og [telefon] og [konto]
""".strip()


@pytest.mark.parametrize("text", NO_CONTACT.splitlines())
def test_what_is_no_contact_data_stays(text: str) -> None:
    assert masked(text, CONFIG).text == text


def test_label_in_the_line_before_keeps_a_number_from_being_masked() -> None:
    assert masked("CVR-nr.\n12 34 56 78", CONFIG).counts == {}


@settings(max_examples=200)
@given(MIXED)
def test_masked_text_has_no_finding_and_masking_it_again_changes_nothing(text: str) -> None:
    found = masked(text, CONFIG)
    assert unmasked_kinds(found.text, CONFIG) == {}
    assert masked(found.text, CONFIG).text == found.text
    assert num_placeholders(found.text) == num_placeholders(text) + sum(found.counts.values())


@given(st.lists(MIXED, max_size=5))
def test_masked_blocks_have_no_finding_together_or_alone(texts: list[str]) -> None:
    blocks, _ = masked_blocks(texts, CONFIG)
    assert len(blocks) == len(texts)
    assert [unmasked_kinds(text, CONFIG) for text in [*blocks, "\n".join(blocks)]] == [{}] * (len(blocks) + 1)


@given(st.text(max_size=80))
def test_any_text_is_taken(text: str) -> None:
    assert count_cpr(blotted(text)) == 0
    assert unmasked_kinds(masked(text, CONFIG).text, CONFIG) == {}
    assert unmasked_kinds(masked_url(f"https://kommuneby.test/{text}", CONFIG), CONFIG) == {}


def test_label_and_number_in_two_cells_are_read_together() -> None:
    blocks, counts = masked_blocks(["Telefon", "12345678", "CVR", "87654321", "Kontonr.", "1234567890"], CONFIG)
    assert blocks == ["Telefon", "[telefon]", "CVR", "87654321", "Kontonr.", "[konto]"]
    assert counts == {"account": 1, "phone": 1}


def test_each_kind_is_masked_dropped_or_kept_by_itself() -> None:
    text = "Skriv til navn@kommuneby.dk eller ring 12 34 56 78; konto 1234567890."
    config = CorpusConfig(emails="keep", phones="drop")
    found = masked(text, config)
    assert found.text == "Skriv til navn@kommuneby.dk eller ring [telefon]; konto [konto]."
    assert found.counts == {"account": 1, "phone": 1}
    assert unmasked_kinds(text, config) == {"account": 1, "phone": 1}
    assert has_dropped_kind(text, config)
    assert has_dropped_kind(found.text, config)
    assert not has_dropped_kind(text, CONFIG)
    assert not has_dropped_kind("Skriv til [e-mail], konto [konto].", config)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://kommuneby.test/?mail=navn%40kommuneby.dk", "https://kommuneby.test/?mail=[e-mail]"),
        ("https://kommuneby.test/kontakt/navn@kommuneby.dk/a%2Fb", "https://kommuneby.test/kontakt/[e-mail]/a%2Fb"),
        ("https://kommuneby.test/?tlf=12345678&id=87654321", "https://kommuneby.test/?tlf=[telefon]&id=87654321"),
        ("https://kommuneby.test/?tlf=%2B4512345678", "https://kommuneby.test/?tlf=[telefon]"),
        ("https://kommuneby.test/?q=12+34+56+78", "https://kommuneby.test/?q=[telefon]"),
        ("https://kommuneby.test/nyheder/2024/12345678", "https://kommuneby.test/nyheder/2024/12345678"),
        ("https://kommuneby.test/b%C3%B8rn?a=1%202", "https://kommuneby.test/b%C3%B8rn?a=1%202"),
    ],
)
def test_url_holds_no_contact_data(url: str, expected: str) -> None:
    assert masked_url(url, CONFIG) == expected
    assert masked_url(expected, CONFIG) == expected


def test_placeholders_end_no_sentence_and_hold_no_digit() -> None:
    assert num_placeholders("[e-mail], [telefon] og [konto]") == 3
    assert not re.search(r"[.!?\d]", masked("navn@kommuneby.dk, 12 34 56 78", CONFIG).text)


HOSTILE = [
    "1",
    "0 ",
    "12 ",
    "0\u200b",
    "a.",
    "konto ",
    "DK50 ",
    "12 34 56 78, ",
    "010101 ",
    "+45 ",
    "cpr ",
    "a(at)b.",
    "nr. ",
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("part", HOSTILE)
def test_hostile_text_takes_no_more_than_its_length(part: str) -> None:
    """4,000 characters; a rule that tries each start against the whole rest would take minutes."""
    text = f"{part * (4_000 // len(part))}@ 0101010000 konto 12345678"
    assert count_cpr(blotted(text)) == 0
    assert unmasked_kinds(masked(text, CONFIG).text, CONFIG) == {}
