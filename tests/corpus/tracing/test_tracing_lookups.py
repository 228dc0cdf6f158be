"""Rows are looked up by value: all that have it, in order, without reading what cannot hold it."""

import datetime
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from corpus.tracing import lookups
from corpus.tracing.lookups import rows_where, rows_with, strings

ROOT = Path(__file__).parents[3]
COLUMNS = ("id", "text", "number")


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """Three files of two row groups, in order of their ids; every fifth text is missing."""
    paths = []
    for shard in range(3):
        numbers = range(shard * 20, shard * 20 + 20)
        table = pa.table({
            "id": [f"{number:03}" for number in numbers], "number": list(numbers),
            "text": [None if number % 5 == 0 else f"ø{number % 7}" for number in numbers],
        })  # fmt: skip
        paths.append(tmp_path / f"{shard}.parquet")
        pq.write_table(table, paths[-1], row_group_size=10)
    return paths


def test_rows_are_those_of_a_search_through_everything(shards: list[Path]) -> None:
    everything = [row for path in shards for row in pq.read_table(path).to_pylist()]
    for values in (["ø3"], ["ø0", "ø6", "none"], ["none"], []):
        expected = [row for row in everything if row["text"] in values]
        assert rows_with(shards, "text", values, COLUMNS) == expected


def test_only_groups_that_may_hold_the_value_are_read(shards: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def counted(file: Any, number: int, *rest: Any) -> Any:
        read.append(number)
        return rows_of_group(file, number, *rest)

    rows_of_group = lookups._rows_of_group
    monkeypatch.setattr(lookups, "_rows_of_group", counted)
    assert [row["number"] for row in rows_with(shards, "id", ["035"], COLUMNS)] == [35]
    assert read == [1]


def test_what_is_asked_of_a_column_is_asked_of_all_of_it(shards: list[Path]) -> None:
    found = rows_where(shards, "text", lambda texts: pc.starts_with(texts, "ø3"), ["number"])
    assert [row["number"] for row in found] == [number for number in range(60) if number % 7 == 3 and number % 5]


def test_column_that_a_table_lacks_is_none_and_is_not_found(shards: list[Path]) -> None:
    assert rows_with(shards, "id", ["007"], ["number", "kept_id"]) == [{"number": 7, "kept_id": None}]
    assert rows_with(shards, "kept_id", ["007"], ["number"]) == []
    assert rows_with([], "id", ["007"], ["number"]) == []


def test_texts_are_handed_over_as_they_are() -> None:
    texts = ["", "æøå", "a\x00b", "🙂"]
    assert strings(texts).to_pylist() == texts
    assert strings([]).to_pylist() == []


def test_times_are_those_of_the_table(tmp_path: Path) -> None:
    at = datetime.datetime(1969, 12, 31, 23, 59, 58, 7, tzinfo=datetime.UTC)
    table = pa.table({"id": ["a", "b"], "at": pa.array([at, None], pa.timestamp("us", tz="UTC"))})
    pq.write_table(table, tmp_path / "0.parquet")
    assert rows_with([tmp_path / "0.parquet"], "id", ["a", "b"], ["at"]) == [{"at": at}, {"at": None}]


def test_a_trace_loads_nothing_that_takes_longer_to_load_than_to_look(kommuneby: Any) -> None:
    row = kommuneby.rows("2020Q1", "sentences")[0]
    code = (
        "import sys, tvaerkom\ntry:\n    tvaerkom.main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(*({'pandas', 'duckdb', 'trafilatura', 'lxml', 'lingua', 'pyarrow.dataset'} & set(sys.modules)))"
    )
    words = ["--data", str(kommuneby.data), "--quiet", "corpus", "trace", row["sentence_id"]]
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[1] == f"text      {row['text']}"
    assert lines[-1] == ""
