"""CPR numbers are found in every form, and what only looks like one is left alone. All numbers are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.personal_data import BLOT, blotted, blotted_url, count_cpr

FOUND = """
Mit CPR-nummer er 010101-0000.
Ring om sag 010101-0000 i dag.
Født 311299-0000, bor i Kommuneby.
010101-0000
(010101-0000)
»010101-0000«
010101-0000, 9999 Kommuneby
CPR: 010101-0000.
cpr.nr. 0101010000
CPR-nr. 0101010000
CPR nummer 010101 0000
Personnummer: 0101010000
Personnr. 0101010000
Skriv 010101 0000 i feltet.
Skriv 010101 - 0000 i feltet.
Skriv 010101–0000 i feltet.
Skriv 010101—0000 i feltet.
Skriv 010101‑0000 i feltet.
Skriv 010101\N{NO-BREAK SPACE}0000 i feltet.
Skriv 010101\N{MINUS SIGN}0000 i feltet.
Skriv 010101\N{SOFT HYPHEN}0000 i feltet.
Skriv 010101\N{HYPHEN}0000 i feltet.
Borger 0101010000 har søgt.
Borgeren (0101010000) har søgt.
Sagen om 290200-4000 er lukket.
Konto for CPR 0101010000
Borger i regionen 0101010000 har søgt.
For tiden venter 0101010000 på svar.
Navn: A. Testesen Cpr: 010101-0000 Tlf: 00 00 00 00
cpr=010101-0000
id/010101-0000/bilag
Barn af 310125-0000.
Se CPR-010101-0000 her.
Borger 01 01 01-0000 har søgt.
Borger 01.01.01-0000 har søgt.
Borger 01-01-01-0000 har søgt.
""".strip().splitlines()

LOOK_ALIKES = """
P-nr. 0101010000
P-nummer: 0101010000
Produktionsenhed 0101010000
Kontonr. 0101010000
Konto: 0101010000
Reg. 0000 konto 0101010000
Bankkonto 0101010000
ID: 0101010000
Bruger-id 0101010000
Sagsnr. 0101010000
Sagsnummer: 0101010000
Journalnr. 0101010000
EAN 0101010000
EAN-nr.: 5790010101000
Ring på tlf. 0101010000
Telefon: 0101010000
Fakturanr. 0101010000
CVR-nr. 01010100
IBAN DK0001010100000000
DK50 0040 0101 0100 00
d41d8cd98f00b204e9800998ecf8427e0101010000abcdef
/media/a0101010000b/billede.jpg
billede0101010000.jpg
350101-0000
011301-0000
290200-0000
300200-4000
000000-0000
1010101-0000
010101-00000
010101-000
Åbent 010101 og 0000.
01.01.2001 - 02.01.2001
kl. 10.00-15.30
5790000000000
0,0101010000
1.010101-0000
2020-010101-0000
ABC-0101010000
01.01.2001-31.12.2001
01.01.01 2001
12.34.56-P19-1-24
Budgettet er 1.234.567.890 kr.
""".strip().splitlines()


@pytest.mark.parametrize("text", FOUND)
def test_cpr_number_is_found(text: str) -> None:
    assert count_cpr(text) == 1


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alike_is_left_alone(text: str) -> None:
    assert count_cpr(text) == 0
    assert blotted(text) == text


def test_number_without_modulus_11_counts_as_much_as_one_with() -> None:
    """Numbers given since 2007 fail it. 010101-0006 passes, 010101-0000 does not."""
    assert count_cpr("010101-0006") == count_cpr("010101-0000") == 1


def test_cue_of_another_line_says_nothing() -> None:
    assert count_cpr("Tlf.\n0101010000") == 1


def test_each_number_is_counted() -> None:
    assert count_cpr("010101-0000 og 020202-0000, 030303 0000; 0404040000") == 4


def test_blotted_text_keeps_all_but_the_number() -> None:
    assert blotted("Sag 010101-0000: se tlf. 0101010000.") == f"Sag {BLOT}: se tlf. 0101010000."


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://www.kommuneby.test/sag?cpr=010101-0000", "http://www.kommuneby.test/sag?cpr=[cpr]"),
        ("http://www.kommuneby.test/sag/010101%2D0000/a%20b", "http://www.kommuneby.test/sag/[cpr]/a%20b"),
        ("http://www.kommuneby.test/sag/010101%200000", "http://www.kommuneby.test/sag/[cpr]"),
        ("http://www.kommuneby.test/borger/%C3%A6ldre", "http://www.kommuneby.test/borger/%C3%A6ldre"),
    ],
)
def test_url_holds_no_number(url: str, expected: str) -> None:
    assert blotted_url(url) == expected


@given(st.text(alphabet="0123456789 -–.,abÆ\n", max_size=60))
def test_blotted_text_holds_no_number(text: str) -> None:
    assert count_cpr(blotted(text)) == 0
