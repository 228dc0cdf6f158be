"""What stands on many pages of a site is found, listed and taken out; what a page says for itself stays."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from corpus import boilerplate
from corpus.boilerplate import Found, PageFrequencies, block_key, kept_keys, key_text
from corpus.config import CorpusConfig

LONG = "Vi bruger cookies for at gøre siden bedre"
SHORT = "Læs mere"
CONFIG = CorpusConfig()


def found_on(
    folder: Path, pages: Iterable[Sequence[str]], carried: Iterable[str] = (), config: CorpusConfig = CONFIG
) -> list[Found]:
    frequencies = PageFrequencies(folder)
    for page in pages:
        frequencies.add([block_key(text) for text in page])
    found = frequencies.found(config, [block_key(text) for text in carried])
    frequencies.close()
    return found


def pages_with(text: str, num_with: int, num_pages: int) -> list[list[str]]:
    """Different pages, some of which say this too."""
    own = [f"Side {_letters(number)} handler om noget andet" for number in range(num_pages)]
    return [[each, text] if number < num_with else [each] for number, each in enumerate(own)]


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))  # digits make no difference in a key


def test_block_on_many_pages_is_found_with_its_number_of_pages(tmp_path: Path) -> None:
    assert found_on(tmp_path, pages_with(LONG, 9, 20)) == [Found(block_key(LONG), 9)]


@pytest.mark.parametrize(("num_with", "is_found"), [(7, False), (8, True)])
def test_small_site_needs_the_least_number_of_pages(tmp_path: Path, num_with: int, is_found: bool) -> None:
    assert bool(found_on(tmp_path, pages_with(LONG, num_with, 20))) == is_found


@pytest.mark.parametrize(
    ("text", "num_with", "is_found"),
    [(LONG, 19, False), (LONG, 20, True), (SHORT, 20, False), (SHORT, 299, False), (SHORT, 300, True)],
)
def test_short_and_long_blocks_have_their_own_shares(tmp_path: Path, text: str, num_with: int, is_found: bool) -> None:
    assert bool(found_on(tmp_path, pages_with(text, num_with, 1000))) == is_found


def test_shares_and_least_number_are_thresholds(tmp_path: Path) -> None:
    pages = pages_with(LONG, 3, 10)
    few = CorpusConfig(boilerplate_min_pages=2, boilerplate_share=0.3)
    assert [each.num_pages for each in found_on(tmp_path, pages, config=few)] == [3]
    assert not found_on(tmp_path, pages, config=CorpusConfig(boilerplate_min_pages=2, boilerplate_share=0.31))


def test_page_at_two_addresses_counts_once(tmp_path: Path) -> None:
    frequencies = PageFrequencies(tmp_path)
    for page in [["Kun denne side", LONG]] * 20 + pages_with(LONG, 3, 3):
        frequencies.add([block_key(text) for text in page])
    assert frequencies.num_pages == 4
    assert not frequencies.found(CONFIG, [])
    frequencies.close()


def test_block_twice_on_a_page_counts_once(tmp_path: Path) -> None:
    assert not found_on(tmp_path, [[*page, LONG] for page in pages_with(LONG, 7, 7)])


def test_page_without_blocks_is_none(tmp_path: Path) -> None:
    frequencies = PageFrequencies(tmp_path)
    frequencies.add([])
    assert frequencies.num_pages == 0
    assert frequencies.found(CONFIG, [block_key(LONG)]) == []
    frequencies.close()


@pytest.mark.parametrize(
    "twin", ["sidst opdateret den 1. maj 2026", "Sidst opdateret den 9. MAJ 1999", "SIDST OPDATERET DEN ٣. maj 2026"]
)
def test_digits_and_case_make_no_difference(twin: str) -> None:
    assert block_key(twin) == block_key("Sidst opdateret den 1. maj 2026")


@pytest.mark.parametrize("other", ["Sidst opdateret den 11. maj 2026", "Sidst opdateret den 1. juni 2026", "Sidst"])
def test_other_words_make_another_block(other: str) -> None:
    assert block_key(other) != block_key("Sidst opdateret den 1. maj 2026")


@pytest.mark.parametrize(
    ("text", "is_long"), [("", 0), ("Menu", 0), ("en to tre fire", 0), ("en to tre fire fem", 1), (LONG, 1)]
)
def test_key_says_whether_the_block_is_long(text: str, is_long: int) -> None:
    assert block_key(text) & 1 == is_long


def test_key_is_written_in_sixteen_hex_digits() -> None:
    assert key_text(10) == "000000000000000a"
    assert re.fullmatch("[0-9a-f]{16}", key_text(block_key(LONG)))
    assert kept_keys(CorpusConfig(keep_boilerplate=(key_text(block_key(LONG)),))) == {block_key(LONG)}


@pytest.mark.parametrize(("num_with", "is_found"), [(3, False), (4, True)])
def test_carried_block_needs_half(tmp_path: Path, num_with: int, is_found: bool) -> None:
    assert bool(found_on(tmp_path, pages_with(LONG, num_with, 20), carried=[LONG])) == is_found


def test_carried_key_helps_no_other_block(tmp_path: Path) -> None:
    assert not found_on(tmp_path, pages_with(LONG, 4, 20), carried=["Noget helt andet som ikke er der"])


def test_order_of_the_pages_makes_no_difference(tmp_path: Path) -> None:
    pages = [[*page, SHORT] for page in pages_with(LONG, 9, 20)]
    assert found_on(tmp_path, pages) == found_on(tmp_path, reversed(pages)) != []


def test_counts_are_right_when_keys_are_written_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first and the last key of each pass as well."""
    width = 2**64 // 16
    edges = {edge for number in range(17) for edge in (number * width - 1, number * width) if 0 <= edge < 2**64}
    pages = [[key for key in sorted(edges) if key % 7 <= number % 7] + [1000 + number] for number in range(40)]
    expected = found_keys(tmp_path, pages)
    monkeypatch.setattr(boilerplate, "_HELD", 64)
    assert found_keys(tmp_path, pages) == expected
    assert len(expected) > 20


def found_keys(folder: Path, pages: list[list[int]]) -> list[Found]:
    frequencies = PageFrequencies(folder)
    for page in pages:
        frequencies.add(page)
    found = frequencies.found(CorpusConfig(boilerplate_short_share=0.02), [])
    frequencies.close()
    return found


URL = "http://www.nordby.kommuneby.test/"
COOKIES = "Kommunen bruger cookies for at gøre siden lettere at bruge for alle borgere."
CONTACT = "Skriv til borgerservice@nordby.kommuneby.test hvis du ikke kan finde det du søger."
NUMBER = "Som eksempel på et nummer kan vi nævne 0101010000 som ingen borger har."
# Each a sentence of its own, so that no page is a near duplicate of another.
FACTS = (
    "Du kan søge om en plads i børnehaven tre måneder før du skal bruge den.",
    "Haveaffald bliver hentet hver anden mandag fra marts til november.",
    "Biblioteket har åbent for lånere med kort fra tidligt om morgenen.",
    "Hvis du flytter til en anden adresse, skal du melde det inden fem dage.",
    "Svømmehallen er lukket i juli, fordi vi gør bassinet rent og maler loftet.",
    "Elever i de ældste klasser kan låne en computer af skolen hele året.",
    "Du skal have en tilladelse, når du vil fælde træer i en fredet skov.",
    "Plejehjemmet har plads til tredive beboere og en stor sal til fester.",
    "Hunde skal føres i snor på stranden, så længe badesæsonen varer.",
    "Vejen ved havnen er spærret, mens der bliver lagt nye rør i jorden.",
)


@pytest.fixture
def site(house: Any, response: Callable[..., Any], page_of: Callable[..., bytes]) -> Any:
    """Ten pages that say something for themselves, and one that does not."""
    everywhere = (COOKIES, CONTACT, NUMBER)
    pages = [page_of(fact, *everywhere) for fact in FACTS] + [page_of(*everywhere)]
    responses = [response(url=f"{URL}{number}", body=page) for number, page in enumerate(pages)]
    for quarter in ("2020Q1", "2020Q2", "2020Q3"):
        house.snapshot(quarter, responses)
    return house


def test_boilerplate_is_listed_and_taken_out_over_three_quarters(
    site: Any, sentences: Callable[[Path], list[dict[str, Any]]]
) -> None:
    for quarter in ("2020Q1", "2020Q2", "2020Q3"):
        site.build(quarter)
        listed = {row["key"]: row for row in site.rows(quarter, "boilerplate") if row["kind"] == "paragraph"}
        assert listed.keys() == {key_text(block_key(text)) for text in (COOKIES, CONTACT, NUMBER)}
        cookies = listed[key_text(block_key(COOKIES))]
        assert (cookies["text"], cookies["num_pages"], cookies["page_share"]) == (COOKIES, 11, 1.0)
        assert {row["first_quarter"] for row in listed.values()} == {"2020Q1"}
        assert not any(row["is_kept"] for row in listed.values())
        documents = site.rows(quarter, "documents")
        assert len(documents) == len(FACTS)
        assert not [row for row in documents if COOKIES in row["text"]]
        texts = {row["text"] for row in sentences(site.corpus(quarter))}
        assert texts == set(FACTS)
        (dropped,) = [row for row in site.rows(quarter, "dropped") if row["reason"] == "only_boilerplate"]
        assert (dropped["level"], dropped["url"], dropped["text"]) == ("page", f"{URL}10", None)


def test_personal_data_in_boilerplate_is_not_written(site: Any) -> None:
    site.build("2020Q1")
    texts = {row["key"]: row["text"] for row in site.rows("2020Q1", "boilerplate")}
    assert texts[key_text(block_key(NUMBER))] == "[cpr]"
    assert texts[key_text(block_key(CONTACT))] == CONTACT.replace("borgerservice@nordby.kommuneby.test", "[e-mail]")
    for path in site.corpus("2020Q1").rglob("*.parquet"):
        assert "0101010000" not in str(pq.read_table(path).to_pylist())
        assert "borgerservice@" not in str(pq.read_table(path).to_pylist())


def test_kept_boilerplate_stays_and_is_listed_as_kept(
    site: Any, sentences: Callable[[Path], list[dict[str, Any]]]
) -> None:
    key = key_text(block_key(COOKIES))
    site.build_with("2020Q1", keep_boilerplate=(key,))
    (row,) = [row for row in site.rows("2020Q1", "boilerplate") if row["is_kept"]]
    assert row["key"] == key
    (sentence,) = [row for row in sentences(site.corpus("2020Q1")) if row["text"] == COOKIES]
    assert sentence["num_occurrences"] == 11
    assert not [row for row in site.rows("2020Q1", "dropped") if row["reason"] == "only_boilerplate"]
