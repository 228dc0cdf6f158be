"""A page is traced forward to its sentences; opened, it shows what a corpus may show and nothing else."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from corpus.addresses import address_key
from corpus.cli import app
from corpus.config import CorpusConfig
from corpus.dedup import document_id, sentence_id
from corpus.extract import Block
from corpus.text_steps import work_out
from corpus.tracing.archived_pages import shown_texts
from foundation.erasures import Sought, add_erasure, text_words
from foundation.errors import ConfigError, TvaerkomError

ROOT = "http://www.nordby.kommuneby.test/"
FIRST = "Kommunen har i år tolv ledige pladser til børn i alle daginstitutionerne i byen."
SECOND = "Biblioteket udlåner også cykler, telte og symaskiner mod et lille depositum."
THIRD = "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal."
FOURTH = "Genbrugspladsen ved havnen holder åbent hver dag undtagen nytårsdag og juleaften."
PHONE = "Ring til kommunens borgerservice på telefon {} hvis du har spørgsmål til din sag."
SHORT = "Vi har åbent i dag."
CPR = "010101-0000"


def call(house: Any, *arguments: str, as_json: bool = False) -> str:
    """corpus trace as tvaerkom runs it; errors meant for the user are raised."""
    command = replace(house.command, json=as_json)
    result = CliRunner().invoke(app, ["corpus", "trace", *arguments], obj=command)
    if isinstance(result.exception, TvaerkomError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return str(result.stdout)


@pytest.fixture
def pages(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[..., None]:
    """Publish pages (path -> paragraphs) and build their corpus."""

    def publish(pages: dict[str, list[str]], **thresholds: Any) -> None:
        house.snapshot("2020Q1", [response(url=f"{ROOT}{path}", body=page_of(*texts)) for path, texts in pages.items()])
        house.build_with("2020Q1", **thresholds)

    return publish


def remove_archive(house: Any) -> None:
    """As `tvaerkom snapshot prune` leaves a snapshot."""
    snapshot = house.command.places.snapshot("2020Q1")
    for path in snapshot.glob("sites/*/*.warc.gz"):
        path.unlink()
    manifest = json.loads((snapshot / "manifest.json").read_text())
    (snapshot / "manifest.json").write_text(json.dumps(manifest | {"pruned": {"date": "2020-05-01", "files": []}}))


def numbered(said: str) -> list[str]:
    return [" ".join(line.split()) for line in said.splitlines() if line[:4].strip().isdigit()]


def test_sentences_of_a_page_stand_in_order_with_what_became_of_them(pages: Any, house: Any) -> None:
    pages({"a": [FIRST, SHORT, f"{SECOND} {PHONE.format('00 00 00 00')}"], "b": [SECOND, THIRD]})
    here, there = (document_id("9001", f"{ROOT}{path}") for path in "ab")
    second = next(row for row in house.rows("2020Q1", "sentences") if row["text"] == SECOND)
    keeper, loser = ("a", "b") if second["document_id"] == here else ("b", "a")
    assert {here, there} >= {second["document_id"]}
    lines = {path: numbered(call(house, f"{ROOT}{path}")) for path in "ab"}
    kept, gone = f"kept, train, {sentence_id(SECOND)}: {SECOND}", f"left out as duplicate_sentence: {SECOND}"
    assert lines["a"] == [
        "1 left out as few_words: Kommuneby",
        f"2 kept, train, {sentence_id(FIRST)}: {FIRST}",
        f"3 left out as few_words: {SHORT}",
        f"4 {kept if keeper == 'a' else gone}",
        f"5 kept, train, {sentence_id(PHONE.format('[telefon]'))}: {PHONE.format('[telefon]')}",
    ]
    assert lines["b"][1:] == [f"2 {kept if keeper == 'b' else gone}", f"3 kept, train, {sentence_id(THIRD)}: {THIRD}"]
    assert f"stays {sentence_id(SECOND)}, similarity 1.000, {ROOT}{keeper}" in call(house, f"{ROOT}{loser}")
    assert "personal data: phone 1" in call(house, f"{ROOT}a")


@pytest.mark.parametrize(
    "typed",
    [f"{ROOT}side/en", f"{ROOT}side/en/", f"https{ROOT[4:]}side/en", "HTTP://NORDBY.kommuneby.test/side/en#top",
     f" {ROOT}side/en ", f"{ROOT}foer"],
)  # fmt: skip
def test_address_is_found_in_every_form(house: Any, response: Any, page_of: Any, typed: str) -> None:
    house.snapshot("2020Q1", [response(url=f"{ROOT}side/en", body=page_of(FIRST))])
    house.change_captures("2020Q1", {f"{ROOT}side/en": {"first_url": f"{ROOT}foer"}})
    house.build("2020Q1")
    said = call(house, typed)
    assert f"address   {ROOT}side/en\nbefore    {ROOT}foer\n" in said
    assert said == call(house, document_id("9001", f"{ROOT}foer"))


def test_document_that_went_for_another_names_it(pages: Any, house: Any) -> None:
    pages({"a": [FIRST, SECOND], "b": [FIRST, SECOND]})
    (gone,) = [row for row in house.rows("2020Q1", "dropped") if row["level"] == "document"]
    (kept,) = house.rows("2020Q1", "documents")
    said = call(house, gone["url"])
    assert "left out as duplicate_document" in said
    assert f"  stays     {kept['document_id']}, similarity 1.000  {kept['url']}" in said
    assert numbered(said)[1:] == [
        f"2 left out as duplicate_sentence: {FIRST}", f"3 left out as duplicate_sentence: {SECOND}",
    ]  # fmt: skip


def test_page_in_another_language_has_its_reason_and_opens(pages: Any, house: Any) -> None:
    german = "Denken Sie daran, dass die Ämter an Feiertagen geschlossen sind und nicht geöffnet werden."
    pages({"a": [FIRST], "de": [german, german.replace("Ämter", "Büros")]})
    said = call(house, f"{ROOT}de", "--open")
    assert "left out as document_other_language" in said
    assert f"\n{german}\n" in said


def test_page_with_a_cpr_number_is_told_and_never_shown(pages: Any, house: Any) -> None:
    pages({"a": [FIRST], "sag": [SECOND, f"Sagen gælder {CPR} og er afsluttet af kommunen i januar."]})
    said = call(house, f"{ROOT}sag", "--open") + call(house, f"{ROOT}sag", "--open", as_json=True)
    assert "left out as cpr_on_page" in said and "personal data: cpr 1" in said
    assert "the page is not shown: the page is left out as cpr_on_page" in said
    assert CPR not in said and SECOND not in said


def test_page_that_is_erased_is_not_told(pages: Any, house: Any) -> None:
    add_erasure(house.command.places.erasures, "e1", "2020-05-01", Sought(urls=frozenset({address_key(f"{ROOT}a")})))
    pages({"a": [FIRST], "b": [SECOND]})
    for asked in (f"{ROOT}a", FIRST, sentence_id(FIRST), document_id("9001", f"{ROOT}a")):
        with pytest.raises(ConfigError, match="neither has nor dropped"):
            call(house, asked)


@pytest.mark.parametrize(
    "sought", [{"urls": frozenset({address_key(f"{ROOT}a")})}, {"texts": text_words([FIRST])}], ids=["address", "text"]
)
def test_page_that_must_be_forgotten_meanwhile_is_not_opened(pages: Any, house: Any, sought: dict[str, Any]) -> None:
    pages({"a": [FIRST, SECOND]})
    add_erasure(house.command.places.erasures, "e1", "2020-05-01", Sought(**sought))
    said = call(house, SECOND, "--open").partition("\n\n")[2]
    assert said == "the page is not shown: the page is left out as erased\n"


def test_opened_page_has_the_sentence_marked(pages: Any, house: Any) -> None:
    pages({"a": [f"{FIRST} {SECOND}", THIRD]})
    assert call(house, SECOND, "--open").partition("\n\n")[2] == (
        f"Kommuneby\n{ROOT}a\nfetched 2020-01-15 00:00, from the archive\n\n"
        f"# Kommuneby\n{FIRST} >>>{SECOND}<<<\n{THIRD}\n"
    )
    opened = json.loads(call(house, SECOND, "--open", as_json=True))["opened"]
    assert [[each["is_sought"] for each in block["sentences"]] for block in opened["blocks"]] == [
        [False], [False, True], [False],
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [SHORT, f"{ROOT}a"])
def test_page_of_what_was_left_out_opens(pages: Any, house: Any, asked: str) -> None:
    pages({"a": [FIRST, SHORT]})
    assert f"{FIRST}\n" in call(house, asked, "--open").partition("\n\n")[2]


def test_opened_page_is_masked_as_the_corpus_is(pages: Any, house: Any) -> None:
    bare = "Kontonummeret 0101010000 er et tal uden noget andet ved siden af sig her."
    pages({"a": [FIRST, PHONE.format("12 34 56 78"), f"Skriv til navn@nordby.test om {CPR[:6]}.", bare]})
    for asked in (FIRST, f"{ROOT}a"):
        said = call(house, asked, "--open")
        assert PHONE.format("[telefon]") in said
        assert "[e-mail]" in said
        assert not [each for each in ("12 34 56 78", "navn@", "0101010000") if each in said]


def test_masked_address_leads_to_its_page(pages: Any, house: Any) -> None:
    pages({"kontakt?mail=navn@nordby.test": [FIRST]})
    said = call(house, FIRST, "--open")
    assert f"address   {ROOT}kontakt?mail=[e-mail]" in said
    assert "from the archive" in said and "navn@" not in said
    assert numbered(call(house, f"{ROOT}kontakt?mail=navn@nordby.test")) == numbered(
        call(house, f"{ROOT}kontakt?mail=[e-mail]")
    )


@pytest.mark.parametrize("has_archive", [True, False])
def test_of_two_addresses_that_are_masked_alike_each_opens_its_own_page(
    pages: Any, house: Any, has_archive: bool
) -> None:
    pages({"kontakt?mail=a@nordby.test": [FIRST], "kontakt?mail=b@nordby.test": [SECOND]})
    if not has_archive:
        remove_archive(house)
    for text in (FIRST, SECOND):
        (row,) = [row for row in house.rows("2020Q1", "sentences") if row["text"] == text]
        for asked in (text, row["document_id"]):
            said = call(house, asked, "--open").partition("\n\n")[2]
            assert [each for each in (FIRST, SECOND) if each in said] == [text]


def test_boilerplate_block_is_shown_as_such(pages: Any, house: Any) -> None:
    notice = "Ring altid til kommunen på telefon 12 34 56 78 før du kommer forbi rådhuset."
    words = ["skole", "vej", "affald", "pleje", "kultur", "idræt", "miljø", "byggeri", "valg", "børn"]
    texts = [f"Siden om {word} fortæller om alt det, som borgerne her kan få hjælp til." for word in words]
    pages({word: [text, notice] for word, text in zip(words, texts, strict=True)})
    said = call(house, f"{ROOT}skole", "--open")
    masked = notice.replace("12 34 56 78", "[telefon]")
    assert f"(boilerplate) {masked}" in said
    assert "12 34" not in said


def test_removed_archive_is_said_and_the_corpus_text_is_shown(pages: Any, house: Any) -> None:
    pages({"a": [FIRST, PHONE.format("12 34 56 78")], "b": [FIRST, PHONE.format("12 34 56 78")]})
    remove_archive(house)
    reason = "the raw archive of 2020Q1 was removed on 2020-05-01"
    said = call(house, FIRST, "--open")
    assert f"\n          {reason}\n" in said
    assert said.partition("\n\n")[2].splitlines()[2:] == [
        f"fetched 2020-01-15 00:00, as the corpus has it: {reason}", "", "# Kommuneby", f">>>{FIRST}<<<",
        PHONE.format("[telefon]"),
    ]  # fmt: skip
    (kept,) = house.rows("2020Q1", "documents")
    assert f"what was removed from it as boilerplate cannot be told: {reason}" in call(house, kept["url"])
    (gone,) = [row for row in house.rows("2020Q1", "dropped") if row["level"] == "document"]
    assert PHONE.format("[telefon]") in call(house, gone["url"], "--open").partition("\n\n")[2]


def test_damaged_archive_is_said_and_the_corpus_text_is_shown(pages: Any, house: Any) -> None:
    pages({"a": [FIRST]})
    (path,) = house.command.places.snapshot("2020Q1").glob("sites/9001/*.warc.gz")
    content = path.read_bytes()
    path.unlink()  # the archive that was imported is the same file
    path.write_bytes(content[:40])
    said = call(house, FIRST, "--open")
    assert f"as the corpus has it: its record in the archive is missing or damaged ({path.name})" in said
    assert f">>>{FIRST}<<<" in said


def test_site_that_is_reserved_is_not_opened(pages: Any, house: Any) -> None:
    pages({"a": [FIRST]})
    path = house.command.places.snapshot("2020Q1") / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["sites"][0]["reservation"] = "robots.txt"
    path.write_text(json.dumps(manifest))
    assert "the page is not shown: the page is left out as reserved_site" in call(house, FIRST, "--open")


def test_a_terminal_gets_the_mark_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    from corpus.tracing import trace_cli

    monkeypatch.setattr(trace_cli.sys.stdout, "isatty", lambda: True, raising=False)
    assert trace_cli._mark("ord") == "\x1b[1m\x1b[7mord\x1b[0m"


BLOCKS = ["Telefon", "12 34 56 78", "CPR-nummer", "0101010000", "Skriv til os", "Konto", "1234 0001234567"]


@pytest.mark.parametrize("gone", [set(), {0}, {2}, {0, 2, 5}])
def test_as_much_is_masked_as_in_the_corpus(gone: set[int]) -> None:
    config = CorpusConfig()
    blocks = [Block("paragraph", text) for text in BLOCKS]
    kept = [block.text for block in work_out(None, blocks, config, gone).blocks]
    shown = shown_texts(BLOCKS, gone, config)
    assert [text for place, text in enumerate(shown) if place not in gone and text != "[cpr]"] == kept
