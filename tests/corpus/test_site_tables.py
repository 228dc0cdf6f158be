"""What is added to a site's tables is read back, whole or in parts, however many chunks it was written in."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpus import site_tables
from corpus.site_tables import (
    DOCUMENTS,
    DROPPED,
    OCCURRENCE_SCHEMA,
    OCCURRENCES,
    SCHEMAS,
    SiteTables,
    num_rows,
    read_batches,
    read_occurrences,
    read_table,
)  # fmt: skip

LARGEST = 2**64 - 1


def occurrence(sentence: int, position: int = 1, text: str = "tekst") -> tuple[Any, ...]:
    return sentence, 7, position, 1, 8, 0, 990, text


def write(folder: Path, numbers: list[int]) -> Path:
    with SiteTables(folder) as tables:
        for position, number in enumerate(numbers):
            tables.add(OCCURRENCES, *occurrence(number, position))
    return folder


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_tables, "_CHUNK_ROWS", dict.fromkeys(SCHEMAS, 10))


def test_tables_are_written_in_chunks(tmp_path: Path, small_chunks: None) -> None:
    write(tmp_path, list(range(25)))
    assert [batch.num_rows for batch in read_batches(tmp_path, OCCURRENCES)] == [10, 10, 5]
    assert num_rows(tmp_path, OCCURRENCES) == 25


def test_occurrences_are_in_order_inside_a_chunk_and_stay_so_where_equal(tmp_path: Path, small_chunks: None) -> None:
    write(tmp_path, [5, 3, 9, 3, 1, 3, LARGEST, 0, 2, 4, 8, 1])
    first, second = read_batches(tmp_path, OCCURRENCES)
    assert first["sentence"].to_pylist() == [0, 1, 2, 3, 3, 3, 4, 5, 9, LARGEST]
    assert first["position"].to_pylist() == [7, 4, 8, 1, 3, 5, 9, 0, 2, 6]
    assert second["sentence"].to_pylist() == [1, 8]


@pytest.mark.parametrize("num_parts", [1, 2, 3, 16])
def test_parts_by_range_add_up_to_the_whole(tmp_path: Path, small_chunks: None, num_parts: int) -> None:
    width = 2**64 // num_parts
    bounds = [(number * width, (number + 1) * width - 1) for number in range(num_parts)]
    bounds[-1] = (bounds[-1][0], LARGEST)
    numbers = [edge for bound in bounds for edge in bound] * 2 + [number * 10**18 for number in range(18)]
    write(tmp_path, numbers)
    parts = [read_occurrences(tmp_path, *bound) for bound in bounds]
    for (first, last), part in zip(bounds, parts, strict=True):
        assert all(first <= number <= last for number in part["sentence"].to_pylist())
    whole = sorted(row["position"] for part in parts for row in part.to_pylist())
    assert whole == list(range(len(numbers)))


def test_range_without_sentences_is_an_empty_table(tmp_path: Path, small_chunks: None) -> None:
    write(tmp_path, [1, 2, 9])
    assert read_occurrences(tmp_path, 3, 8).equals(pa.Table.from_batches([], schema=OCCURRENCE_SCHEMA))
    assert read_occurrences(tmp_path, 2, 2)["sentence"].to_pylist() == [2]


def test_site_without_rows_has_all_tables(tmp_path: Path) -> None:
    write(tmp_path, [])
    for name, schema in SCHEMAS.items():
        assert num_rows(tmp_path, name) == 0
        assert read_table(tmp_path, name).schema.equals(schema)
    assert read_occurrences(tmp_path, 0, LARGEST).num_rows == 0


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    write(tmp_path, [1, 2])
    assert read_table(tmp_path, OCCURRENCES, ["sentence", "text"]).column_names == ["sentence", "text"]
    assert read_table(tmp_path, DOCUMENTS, ["url"]).schema == pa.schema([("url", pa.string())])


def test_long_texts_make_smaller_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand dropped texts of 10 MB would fill the memory, and no column of text holds them."""
    monkeypatch.setattr(site_tables, "_CHUNK_CHARS", 1000)
    with SiteTables(tmp_path) as tables:
        for number in range(6):
            tables.add(DROPPED, "sentence", "many_words", f"http://x/{number}", "æ" * 600)
    assert [batch.num_rows for batch in read_batches(tmp_path, DROPPED)] == [2, 2, 2]


def test_hostile_texts_come_back_as_they_were(tmp_path: Path) -> None:
    texts = ["\x00", "a\x00b", "\ufeff\u202e", "\U0010ffff", "x" * 1_000_000, "", "'; DROP TABLE texts; --"]
    with SiteTables(tmp_path) as tables:
        for text in texts:
            tables.add(DROPPED, "sentence", "few_words", "http://x/" + text, text)
        tables.add(DROPPED, "page", "no_text", "http://x/" + "æ" * 10_000, None)
    assert read_table(tmp_path, DROPPED, ["text"])["text"].to_pylist() == [*texts, None]


def test_row_needs_all_its_values(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="zip"), SiteTables(tmp_path) as tables:
        tables.add(DROPPED, "sentence", "few_words")
