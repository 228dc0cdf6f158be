"""What became of each document since the corpus before, and that a page that moved stays the same document."""

import datetime
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from corpus.carried_documents import CARRIED_DOCUMENTS_FILE
from corpus.carry import read_carry
from corpus.dedup import document_id
from corpus.inspection.measuring import measure
from corpus.inspection.tables import Table, tables_of
from corpus.schema import read_corpus_manifest
from corpus.stats import read_statistics
from foundation.manifests import MANIFEST_NAME

ROOT = "http://www.nordby.kommuneby.test/"
A, B, C, D = (f"{ROOT}{name}" for name in "abcd")
TEXTS = (
    "Kommunen har i år ledige pladser til børn i alle byens daginstitutioner.",
    "Ansøgningen om tilskud til medicin skal underskrives af din egen læge.",
    "Genbrugspladsen ved havnen holder åbent hver dag undtagen nytårsdag og juleaften.",
    "Biblioteket udlåner også cykler, telte og symaskiner mod et lille depositum.",
    "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal.",
)
Q1, Q2, Q3 = (datetime.datetime(2020, month, 2, tzinfo=datetime.UTC) for month in (1, 4, 7))


@pytest.fixture
def quarter(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[..., Any]:
    """A snapshot with these pages (address -> text) and these values in their captures, and its corpus."""

    def quarter(name: str, pages: dict[str, str], **captures: dict[str, Any]) -> Any:
        house.snapshot(name, [response(url=url, body=page_of(text)) for url, text in pages.items()])
        house.change_captures(name, {f"{ROOT}{letter}": values for letter, values in captures.items()})
        return house.build(name)

    return quarter


def seen(outcome: str | None, changed: datetime.datetime, **more: Any) -> dict[str, Any]:
    return {"outcome": outcome, "last_changed": changed, "first_seen": Q1, **more}


@pytest.fixture
def documents(house: Any) -> Callable[[str], dict[str, Any]]:
    return lambda name: {row["url"].removeprefix(ROOT): row for row in house.rows(name, "documents")}


@pytest.fixture
def tables(house: Any) -> Callable[[str], dict[str, Table]]:
    """The tables of `corpus stats` by name."""
    return lambda name: {each.name: each for each in tables_of(measure(house.corpus(name), house.data / "work" / "x"))}


def test_change_is_told_by_the_main_text(quarter: Any, documents: Any, tables: Any, house: Any) -> None:
    quarter("2020Q1", dict(zip((A, B, C), TEXTS, strict=False)), **{name: seen(None, Q1) for name in "abc"})
    quarter(
        "2020Q2", {A: TEXTS[0], B: TEXTS[1], C: TEXTS[3], D: TEXTS[4]},
        a=seen("changed", Q2), b=seen("unchanged", Q1), c=seen("changed", Q2), d=seen("new", Q2),
    )  # fmt: skip
    found = documents("2020Q2")
    assert {name: row["change"] for name, row in found.items()} == {"a": "shell", "b": "none", "c": "text", "d": "new"}
    assert {name: row["last_changed"] for name, row in found.items()} == {"a": Q1, "b": Q1, "c": Q2, "d": Q2}
    statistics = read_statistics(house.corpus("2020Q2"))
    assert statistics["changes"] == {"shell": 1, "none": 1, "text": 1, "new": 1}
    assert statistics["sites"]["9001"]["changes"] == statistics["changes"]
    table = tables("2020Q2")["changes"]
    assert table.title == "Documents since corpus-2020Q1-" + read_corpus_manifest(house.corpus("2020Q1")).id[-12:]
    assert table.rows == [("new", 1), ("none", 1), ("shell", 1), ("text", 1)]
    card = (house.corpus("2020Q2") / "README.md").read_text()
    assert "1 documents are new, 1 have another text, 1 changed in their shell only, 1 not at all." in card


def test_text_that_stays_keeps_its_date_over_several_shells(quarter: Any, documents: Any) -> None:
    quarter("2020Q1", {A: TEXTS[0]}, a=seen(None, Q1))
    quarter("2020Q2", {A: TEXTS[0]}, a=seen("changed", Q2))
    quarter("2020Q3", {A: TEXTS[0]}, a=seen("unchanged", Q2))
    row = documents("2020Q3")["a"]
    assert (row["change"], row["last_changed"]) == ("none", Q1)


def test_first_corpus_knows_no_change(quarter: Any, documents: Any, tables: Any, house: Any) -> None:
    quarter("2020Q1", {A: TEXTS[0]}, a=seen("new", Q1))
    assert documents("2020Q1")["a"]["change"] is None
    statistics = read_statistics(house.corpus("2020Q1"))
    assert statistics["changes"] == {}
    assert "changes" not in tables("2020Q1")


def test_corpus_that_hands_on_no_documents_is_followed_without_changes(
    quarter: Any, documents: Any, house: Any
) -> None:
    quarter("2020Q1", {A: TEXTS[0]}, a=seen(None, Q1))
    folder = house.corpus("2020Q1")
    (folder / CARRIED_DOCUMENTS_FILE).unlink()
    manifest = json.loads((folder / MANIFEST_NAME).read_text())
    manifest["files"] = [entry for entry in manifest["files"] if entry["path"] != CARRIED_DOCUMENTS_FILE]
    (folder / MANIFEST_NAME).write_text(json.dumps(manifest))
    quarter("2020Q2", {A: TEXTS[0]}, a=seen("unchanged", Q1))
    assert documents("2020Q2")["a"]["change"] is None
    quarter("2020Q3", {A: TEXTS[0]}, a=seen("unchanged", Q1))
    assert documents("2020Q3")["a"]["change"] == "none"


def test_snapshot_that_knows_nothing_of_the_one_before_tells_of_no_shell(quarter: Any, documents: Any) -> None:
    """Archives made elsewhere, and snapshots of format 1: there every page changed when it was fetched."""
    quarter("2020Q1", {A: TEXTS[0]})
    quarter("2020Q2", {A: TEXTS[0]}, a={"last_changed": Q2})
    assert documents("2020Q2")["a"]["change"] == "none"


def test_document_that_returns_is_known(quarter: Any, documents: Any, house: Any) -> None:
    quarter("2020Q1", {A: TEXTS[0], B: TEXTS[1]}, a=seen(None, Q1), b=seen(None, Q1))
    quarter("2020Q2", {B: TEXTS[1]}, b=seen("unchanged", Q1))
    quarter("2020Q3", {A: TEXTS[0], B: TEXTS[2]}, a=seen("returned", Q3), b=seen("changed", Q3))
    row = documents("2020Q3")["a"]
    assert (row["change"], row["last_changed"]) == ("shell", Q1)
    carried = pq.read_table(house.corpus("2020Q3") / CARRIED_DOCUMENTS_FILE)["document_id"].to_pylist()
    assert carried == sorted({document_id("9001", A), document_id("9001", B)})


def test_carried_documents_are_part_of_the_carry(quarter: Any, house: Any) -> None:
    quarter("2020Q1", {A: TEXTS[0]}, a=seen(None, Q1))
    before = read_carry(house.corpus("2020Q1")).sha256
    shutil.rmtree(house.corpus("2020Q1"))
    quarter("2020Q1", {A: TEXTS[0]}, a=seen(None, Q2))  # the same sentences
    assert read_carry(house.corpus("2020Q1")).sha256 != before


def test_page_that_moved_is_the_same_document(quarter: Any, documents: Any) -> None:
    quarter("2020Q1", {A: TEXTS[0], C: TEXTS[2]}, a=seen(None, Q1), c=seen(None, Q1))
    quarter("2020Q2", {B: TEXTS[0], C: TEXTS[2]}, b=seen("moved", Q1, first_url=A), c=seen("unchanged", Q1))
    before, after = documents("2020Q1")["a"], documents("2020Q2")["b"]
    assert (after["document_id"], after["split"]) == (before["document_id"], before["split"])
    assert (before["first_url"], after["first_url"], after["change"]) == (None, A, "none")


def test_address_of_first_sight_holds_nothing_personal(quarter: Any, documents: Any) -> None:
    quarter("2020Q2", {A: TEXTS[0]}, a=seen("moved", Q1, first_url=f"{ROOT}sag/010101-0000?mail=navn@x.test"))
    assert documents("2020Q2")["a"]["first_url"] == f"{ROOT}sag/[cpr]?mail=[e-mail]"


def test_stale_page_and_orphan_are_in_the_corpus_and_one_without_body_is_not(quarter: Any, documents: Any) -> None:
    quarter(
        "2020Q2", dict(zip((A, B, C, D), TEXTS, strict=False)),
        a=seen("stale", Q1), b=seen("orphan", Q1), c=seen("gone", Q1, status=404),
        d=seen("excluded", Q1, withheld="noindex: meta robots: noindex"),
    )  # fmt: skip
    assert set(documents("2020Q2")) == {"a", "b"}


def test_snapshot_of_format_1_without_the_new_columns_is_read(
    house: Any, response: Any, page_of: Any, documents: Any
) -> None:
    snapshot = house.snapshot("2020Q1", [response(url=A, body=page_of(TEXTS[0]))])
    path: Path = snapshot / "sites/9001/captures.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["withheld", "truncated", "first_url"]), path)
    house.build("2020Q1")
    assert documents("2020Q1")["a"]["document_id"] == document_id("9001", A)


def test_outcomes_of_the_snapshot_are_in_the_statistics(house: Any, response: Any, page_of: Any) -> None:
    snapshot = house.snapshot("2020Q1", [response(url=A, body=page_of(TEXTS[0]))])
    manifest = json.loads((snapshot / MANIFEST_NAME).read_text())
    manifest["sites"][0]["outcomes"] = {"new": 1, "gone": 3}
    (snapshot / MANIFEST_NAME).write_text(json.dumps(manifest))
    house.build("2020Q1")
    statistics = read_statistics(house.corpus("2020Q1"))
    assert statistics["outcomes"] == statistics["sites"]["9001"]["outcomes"] == {"new": 1, "gone": 3}
