"""A sentence is traced to its page, and one that went to the one that stays, however it is written."""

import datetime
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from corpus.cli import app
from corpus.dedup import document_id, sentence_id
from crawler.snapshot import UrlOutcome, outcome_schema
from foundation.errors import BrokenRunError, ConfigError, TvaerkomError
from foundation.places import Places

ROOT = "http://www.nordby.kommuneby.test/"
STAYS = "Kommunen har i år tolv ledige pladser til børn i alle daginstitutionerne i byen."
GOES = "Kommunen har i år tolv ledige pladser til børn i alle daginstitutionerne i bye."
SHORT = "Vi har åbent for borgere i dag."
PHONE = "Ring til kommunens borgerservice på telefon {} hvis du har spørgsmål til din sag."
LATER = "Biblioteket udlåner også cykler, telte og symaskiner mod et lille depositum."
OTHER = "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal."
AT = datetime.datetime(2020, 1, 15, tzinfo=datetime.UTC)


def call(house: Any, *arguments: str, as_json: bool = False) -> str:
    """corpus trace as tvaerkom runs it; errors meant for the user are raised."""
    command = replace(house.command, json=as_json)
    result = CliRunner().invoke(app, ["corpus", "trace", *arguments], obj=command)
    if isinstance(result.exception, TvaerkomError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def lay_out(house: Any, response: Any, page_of: Callable[..., bytes]) -> None:
    texts = {"a": [STAYS, PHONE.format("00 00 00 00")], "b": [GOES, SHORT]}
    house.snapshot("2020Q1", [response(url=f"{ROOT}{name}", body=page_of(*each)) for name, each in texts.items()])
    house.build("2020Q1")


@pytest.fixture(scope="module")
def town(kommuneby: Any, tmp_path_factory: pytest.TempPathFactory, response: Any, page_of: Callable[..., bytes]) -> Any:
    """Two pages; to be read, never changed."""
    places = Places(tmp_path_factory.mktemp("traced"))
    house = replace(kommuneby, command=replace(kommuneby.command, places=places))
    lay_out(house, response, page_of)
    return house


@pytest.fixture
def traced(town: Any) -> Callable[[str], str]:
    return lambda text_or_id: call(town, text_or_id)


@pytest.fixture
def retraced(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[[str], str]:
    """The same in a house of the test's own."""
    lay_out(house, response, page_of)
    return lambda text_or_id: call(house, text_or_id)


@pytest.fixture
def quarter(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[..., None]:
    """Publish pages (address -> sentences) with the outcomes that a crawl would have noted, and build their corpus."""

    def publish(name: str, pages: dict[str, list[str]], *outcomes: dict[str, Any]) -> None:
        answers = [response(url=f"{ROOT}{path}", body=page_of(*texts)) for path, texts in pages.items()]
        snapshot = house.snapshot(name, answers)
        first_urls = {each["url"]: {"first_url": each["first_url"]} for each in outcomes if "first_url" in each}
        house.change_captures(name, first_urls)
        rows = [asdict(UrlOutcome(**(_NOTED | {"since": name} | each))) for each in outcomes]
        pq.write_table(pa.Table.from_pylist(rows, outcome_schema()), snapshot / "sites" / "9001" / "outcomes.parquet")
        house.build(name)

    return publish


_NOTED = {
    "reason": None, "first_url": None, "moved_to": None, "first_seen": AT, "last_changed": AT, "capture_id": "x",
    "depth": 1,
}  # fmt: skip


@pytest.mark.parametrize("text_or_id", [STAYS, STAYS.upper(), sentence_id(STAYS), f" {sentence_id(STAYS).upper()}\n"])
def test_kept_sentence_names_its_page_and_what_went_for_it(traced: Callable[[str], str], text_or_id: str) -> None:
    said = traced(text_or_id)
    assert f"{ROOT}a" in said
    assert GOES in said


@pytest.mark.parametrize("text_or_id", [GOES, GOES.upper(), sentence_id(GOES)])
def test_near_duplicate_names_the_one_that_stays(traced: Callable[[str], str], text_or_id: str) -> None:
    said = traced(text_or_id)
    assert said.startswith("left out as near_duplicate_sentence")
    assert STAYS in said


def test_sentence_as_it_stands_on_its_page_is_found_masked(traced: Callable[[str], str]) -> None:
    said = traced(PHONE.format("00 00 00 00"))
    assert PHONE.format("[telefon]") in said
    assert "00 00 00 00" not in said


def test_sentence_that_a_rule_removed_has_its_reason(traced: Callable[[str], str]) -> None:
    assert traced(SHORT).startswith("left out as few_words")


@pytest.mark.parametrize("form", ["  Vi  har åbent for borgere\ti dag.", "VI HAR ÅBENT FOR BORGERE I DAG."])
def test_sentence_that_a_rule_removed_is_found_in_another_form(traced: Callable[[str], str], form: str) -> None:
    assert traced(form).startswith("left out as few_words")


def test_first_letter_may_be_written_as_two_signs(quarter: Any, house: Any) -> None:
    quarter("2020Q1", {"a": [STAYS, "Åbent i dag."]})
    assert call(house, "A\u030abent i dag.").startswith("left out as few_words")


def test_boilerplate_is_named_with_its_key(house: Any, response: Any, page_of: Callable[..., bytes]) -> None:
    notice = "Kommunen passer godt på dine oplysninger, og du kan altid bede om at få dem at se."
    topics = ["skole", "vej", "affald", "pleje", "kultur", "idræt", "miljø", "byggeri", "valg", "børn"]
    texts = [f"Siden om {topic} fortæller om alt det, som borgerne her kan få hjælp til." for topic in topics]
    url = "http://www.nordby.kommuneby.test/{}"
    house.snapshot("2020Q1", [response(url=url.format(n), body=page_of(text, notice)) for n, text in enumerate(texts)])
    house.build("2020Q1")
    said = call(house, notice)
    with pytest.raises(ConfigError, match="neither has nor dropped"):
        call(house, "passer godt på")
    key = pq.read_table(house.corpus("2020Q1") / "boilerplate.parquet")["key"][0].as_py()
    assert said.startswith("left out as boilerplate of 9001, on 10 pages") and key in said
    assert "give the address of one" in call(house, notice, "--open")
    page = call(house, url.format(3))
    assert f"removed as boilerplate, on 10 pages, key {key}: {notice[:80]}" in page


def test_boilerplate_is_found_by_its_id_where_a_corpus_has_it_as_a_sentence(
    house: Any, response: Any, page_of: Callable[..., bytes]
) -> None:
    notice = "Kommunen passer godt på dine oplysninger, og du kan altid bede om at få dem at se."
    topics = ["skole", "vej", "affald", "pleje", "kultur", "idræt", "miljø", "byggeri", "valg", "børn"]
    texts = [f"Siden om {topic} fortæller om alt det, som borgerne her kan få hjælp til." for topic in topics]
    house.snapshot("2020Q1", [response(url=f"{ROOT}0", body=page_of(texts[0], notice))])
    house.build("2020Q1")
    house.snapshot("2020Q2", [response(url=f"{ROOT}{n}", body=page_of(text, notice)) for n, text in enumerate(texts)])
    house.build("2020Q2")
    assert sentence_id(notice) in {row["sentence_id"] for row in house.rows("2020Q1", "sentences")}
    said = call(house, sentence_id(notice), "--corpus", "2020Q2")
    assert said.startswith("left out as boilerplate of 9001, on 10 pages")


def test_sentence_of_a_corpus_of_format_1_is_traced(house: Any, retraced: Callable[[str], str]) -> None:
    for path in (house.corpus("2020Q1") / "dropped").glob("*.parquet"):
        pq.write_table(pq.read_table(path).drop_columns(["kept_id", "similarity"]), path)
    assert f"{ROOT}a" in retraced(STAYS)
    assert retraced(GOES).startswith("left out as near_duplicate_sentence")


@pytest.mark.parametrize(
    "asked", ["Denne sætning står ikke på nogen side.", "0123456789abcdef", "http://x.test/", "http://[", "\udcff", "!"]
)
def test_what_is_not_there_is_a_clear_sentence(traced: Callable[[str], str], asked: str) -> None:
    with pytest.raises(ConfigError, match="neither has nor dropped"):
        traced(asked)


def test_record_is_named_with_its_file_and_place(house: Any, retraced: Callable[[str], str]) -> None:
    house.change_captures("2020Q1", {f"{ROOT}a": {"warc_length": 321}})
    (capture,) = [row for path in house.command.places.snapshot("2020Q1").glob("sites/9001/captures.parquet")
                  for row in pq.read_table(path).to_pylist() if row["url"] == f"{ROOT}a"]  # fmt: skip
    lines = retraced(STAYS).splitlines()
    identity = document_id("9001", f"{ROOT}a")
    assert lines[:8] == [
        f"sentence  {sentence_id(STAYS)}  train  since 2020Q1",
        f"text      {STAYS}",
        "place     paragraph, sentence 2 of its page",
        f"document  {identity}  Kommuneby",
        f"address   {ROOT}a",
        f"capture   {capture['capture_id']}  fetched 2020-01-15 00:00",
        f"record    snapshots/2020Q1/sites/9001/{capture['warc_file']}  at byte {capture['warc_offset']}, 321 bytes",
        "met       1 times on 1 sites",
    ]


def test_history_tells_what_became_of_the_page_and_the_sentence(quarter: Any, house: Any) -> None:
    kept = {"outcome": "unchanged"}
    quarter("2020Q1", {"a": [STAYS], "b": [LATER], "d": [OTHER]},
            *({"url": f"{ROOT}{path}", "outcome": "new"} for path in "abd"))  # fmt: skip
    quarter(
        "2020Q2", {"a": [SHORT, PHONE.format("00 00 00 00")], "c": [LATER], "d": [OTHER]},
        {"url": f"{ROOT}a", "outcome": "changed"},
        {"url": f"{ROOT}b", "outcome": "moved", "moved_to": f"{ROOT}c", "capture_id": None},
        {"url": f"{ROOT}c", "outcome": "moved", "first_url": f"{ROOT}b"},
        {"url": f"{ROOT}d"} | kept,
    )  # fmt: skip
    quarter(
        "2020Q3", {"a": [STAYS], "c": [LATER]},
        {"url": f"{ROOT}a", "outcome": "changed"},
        {"url": f"{ROOT}b", "outcome": "moved", "moved_to": f"{ROOT}c", "capture_id": None, "since": "2020Q2"},
        {"url": f"{ROOT}c", "first_url": f"{ROOT}b"} | kept,
        {"url": f"{ROOT}d", "outcome": "gone", "reason": "status 404", "capture_id": None},
    )  # fmt: skip

    def history(text: str, *more: str) -> list[str]:
        lines = call(house, text, *more).splitlines()
        start = next(number for number, line in enumerate(lines) if line.startswith("history"))
        return [" ".join(line[8:].split()) for line in lines[start : start + 3]]

    assert history(STAYS) == [
        "2020Q1 page new sentence in the corpus (train)",
        "2020Q2 page changed sentence not in the corpus",
        "2020Q3 page changed sentence in the corpus (train)",
    ]
    assert history(LATER) == [
        "2020Q1 page new sentence in the corpus (train)",
        f"2020Q2 page moved to {ROOT}c sentence in the corpus (train)",
        "2020Q3 page unchanged sentence in the corpus (train)",
    ]
    assert history(OTHER, "--corpus", "2020Q1") == [
        "2020Q1 page new sentence in the corpus (train)",
        "2020Q2 page unchanged sentence in the corpus (train)",
        "2020Q3 page gone (status 404) sentence not in the corpus",
    ]
    assert history(f"{ROOT}b") == [
        "2020Q1 page new document in the corpus (train)",
        f"2020Q2 page moved to {ROOT}c document in the corpus (train)",
        "2020Q3 page unchanged document in the corpus (train)",
    ]
    assert f"before    {ROOT}b" in call(house, LATER)
    assert "the corpus 2020Q3 has no document of it" in call(house, f"{ROOT}d")
    for asked in (sentence_id(OTHER), OTHER):
        said = call(house, asked).splitlines()
        assert said[:3] == [
            "not in 2020Q3; last in 2020Q2",
            f"sentence  {sentence_id(OTHER)}  train  since 2020Q1",
            f"text      {OTHER}",
        ]
    assert f"{ROOT}d" in call(house, OTHER, "--open").partition("\n\n")[2]
    values = json.loads(call(house, OTHER, as_json=True))
    assert (values["kind"], values["corpus"], values["missing_from"]) == ("sentence", "2020Q2", "2020Q3")


def test_trial_is_no_quarter_of_the_history(quarter: Any, house: Any) -> None:
    quarter("2020Q1", {"a": [STAYS]}, {"url": f"{ROOT}a", "outcome": "new"})
    house.build("2020Q1-try")
    assert "2020Q1-try" not in call(house, STAYS)
    assert "history   2020Q1  page new" in call(house, STAYS, "--corpus", "2020Q1-try")


def test_snapshot_without_outcomes_and_one_that_is_not_there_are_told(
    house: Any, retraced: Callable[[str], str]
) -> None:
    assert "history   2020Q1  page not told" in retraced(STAYS)
    house.command.places.snapshot("2020Q1").rename(house.data / "away")
    said = retraced(STAYS)
    assert "history   2020Q1  no snapshot" in said
    assert "built from WARC files, which are not kept here" in said
    path = house.corpus("2020Q1") / "manifest.json"
    path.write_text(path.read_text().replace('"snapshot": "imported-', '"snapshot": "snapshot-'))
    said = call(house, STAYS)
    assert "the snapshot it was built from (snapshot-2020Q1-" in said and ") is not there" in said


def test_snapshot_of_the_same_name_that_is_another_one_is_not_taken(house: Any, retraced: Callable[[str], str]) -> None:
    path = house.command.places.snapshot("2020Q1") / "manifest.json"
    path.write_text(path.read_text().replace('"id": "imported-', '"id": "other-'))
    assert "which are not kept here" in retraced(STAYS)


def test_hostile_text_steers_no_terminal(house: Any, response: Any) -> None:
    nasty = "Kommunen\u202e har i\x9b31m år tolv ledige\u200f pladser til børn i alle daginstitutionerne i byen."
    body = f"<html><head><title>Slut\x9b2J</title></head><body><main><h1>Side</h1><p>{nasty}</p></main></body></html>"
    house.snapshot("2020Q1", [response(url=f"{ROOT}a", body=body.encode())])
    house.build("2020Q1")
    (row,) = [row for row in house.rows("2020Q1", "sentences") if "ledige" in row["text"]]
    for asked in (row["sentence_id"], f"{ROOT}a"):
        for said in (call(house, asked, "--open"), call(house, asked, "--open", as_json=True)):
            assert not set(said) & set("\x1b\x9b\u202e\u200f")
            assert "ledige" in said
    assert json.loads(call(house, row["sentence_id"], as_json=True))["text"] == row["text"]


def test_answer_for_programs_says_the_same(house: Any, retraced: Callable[[str], str]) -> None:
    kept = json.loads(call(house, STAYS, as_json=True))
    assert (kept["kind"], kept["kept"]["sentence_id"]) == ("sentence", sentence_id(STAYS))
    assert [near["text"] for near in kept["near_duplicates"]] == [GOES]
    assert kept["origin"]["record"]["file"].startswith("snapshots/2020Q1/sites/9001/")
    assert "identity" not in kept["origin"]
    assert [state["split"] for state in kept["history"]] == ["train"]
    gone = json.loads(call(house, GOES, as_json=True))
    assert (gone["kind"], gone["lost"][0]["reason"], gone["kept"]["text"]) == (
        "left out", "near_duplicate_sentence", STAYS,
    )  # fmt: skip


@pytest.mark.parametrize("table", ["sentences", "dropped"])
def test_damaged_shard_is_named(house: Any, retraced: Callable[[str], str], table: str) -> None:
    (path,) = (house.corpus("2020Q1") / table).glob("*.parquet")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BrokenRunError, match=f"{path.name}: .*; all that is wrong: tvaerkom corpus verify 2020Q1"):
        retraced(SHORT)


def test_missing_shard_is_named(house: Any, retraced: Callable[[str], str]) -> None:
    (path,) = (house.corpus("2020Q1") / "sentences").glob("*.parquet")
    path.unlink()
    with pytest.raises(BrokenRunError, match=f"{path.name}: missing"):
        retraced(STAYS)


def test_damaged_table_of_a_snapshot_is_named(house: Any, retraced: Callable[[str], str]) -> None:
    (path,) = house.command.places.snapshot("2020Q1").glob("sites/9001/captures.parquet")
    path.write_bytes(b"PAR1")
    with pytest.raises(BrokenRunError, match=r"captures\.parquet: cannot be read .* tvaerkom snapshot verify 2020Q1"):
        retraced(STAYS)


def test_there_is_no_corpus(house: Any) -> None:
    with pytest.raises(ConfigError, match="there is no corpus in"):
        call(house, STAYS)


def test_nothing_is_written(house: Any, retraced: Callable[[str], str]) -> None:
    def files() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in house.data.rglob("*")}

    before = files()
    for asked in (STAYS, GOES, sentence_id(GOES), f"{ROOT}a"):
        call(house, asked, "--open")
    assert files() == before
