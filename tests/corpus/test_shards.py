"""The same rows give the same files, however they were cut into tables."""

import hashlib
import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.schema import FORMAT_VERSION
from corpus.shards import ShardWriter, write_table

SCHEMA = pa.schema(
    [
        pa.field("text", pa.string(), nullable=False), pa.field("number", pa.int32(), nullable=False),
        pa.field("area", pa.string()), pa.field("blocks", pa.list_(pa.struct([pa.field("kind", pa.string())]))),
    ]
)  # fmt: skip


def rows_of(number: int) -> list[dict[str, Any]]:
    return [
        {
            "text": f"Sætning {place % 7} på øen.", "number": place, "area": None if place % 3 else "sundhed",
            "blocks": [{"kind": "list"}] * (place % 3),
        }
        for place in range(number)
    ]  # fmt: skip


def write(folder: Path, tables: Sequence[pa.Table], *, rows_per_shard: int = 7, rows_per_group: int = 3) -> int:
    with ShardWriter(
        folder, "train", SCHEMA, config_sha256="c0ffee", rows_per_shard=rows_per_shard, rows_per_group=rows_per_group
    ) as writer:
        for table in tables:
            writer.write(table)
    return writer.num_rows


def tables_of(number: int, cuts: Sequence[int] = ()) -> list[pa.Table]:
    """So many rows, cut at these places; each table is made of Python values, so that none is a slice of another."""
    rows, edges = rows_of(number), [0, *sorted(min(cut, number) for cut in cuts), number]
    return [pa.Table.from_pylist(rows[low:high], schema=SCHEMA) for low, high in itertools.pairwise(edges)]


def hashes_of(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@settings(max_examples=25)
@given(st.integers(0, 40), st.lists(st.integers(0, 40), max_size=8))
def test_rows_cut_into_tables_in_any_way_give_the_same_bytes(number: int, cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        whole, cut = Path(name, "whole"), Path(name, "cut")
        assert write(whole, tables_of(number)) == write(cut, tables_of(number, cuts)) == number
        assert hashes_of(cut) == hashes_of(whole)


def test_pages_of_a_large_row_group_end_at_the_same_places(tmp_path: Path) -> None:
    """Parquet ends a page when it looks, which depends on the chunks it is given."""
    texts = [f"{number} {hashlib.sha256(str(number).encode()).hexdigest() * 8}" for number in range(9000)]
    table = pa.Table.from_pylist([row | {"text": text} for row, text in zip(rows_of(9000), texts, strict=True)])
    cuts = [0, 1, 1500, 1501, 4999, 9000]
    for name, tables in (("whole", [table]), ("cut", [table.slice(a, b - a) for a, b in itertools.pairwise(cuts)])):
        write(tmp_path / name, tables, rows_per_shard=9000, rows_per_group=8000)
    assert hashes_of(tmp_path / "cut") == hashes_of(tmp_path / "whole")


def test_slices_of_one_table_give_the_bytes_of_the_whole(tmp_path: Path) -> None:
    (table,) = tables_of(20)
    write(tmp_path / "whole", [table])
    write(tmp_path / "slices", [table.slice(0, 5), table.slice(5, 0), table.slice(5, 9), table.slice(14)])
    write(tmp_path / "chunks", [pa.concat_tables([table.slice(0, 2), table.slice(2)])])
    assert hashes_of(tmp_path / "slices") == hashes_of(tmp_path / "chunks") == hashes_of(tmp_path / "whole")


@pytest.mark.parametrize(
    ("number", "groups"),
    [(0, []), (1, [[1]]), (7, [[3, 3, 1]]), (8, [[3, 3, 1], [1]]), (20, [[3, 3, 1], [3, 3, 1], [3, 3]])],
)
def test_rows_of_shards_and_row_groups_are_as_asked(tmp_path: Path, number: int, groups: list[list[int]]) -> None:
    """No rows, no file: datasets cannot read a parquet file of no rows."""
    write(tmp_path, tables_of(number))
    paths = [tmp_path / f"train-{place:05}-of-{len(groups):05}.parquet" for place in range(len(groups))]
    assert sorted(tmp_path.iterdir()) == paths
    found = [pq.ParquetFile(path).metadata for path in paths]
    assert [[each.row_group(n).num_rows for n in range(each.num_row_groups)] for each in found] == groups
    assert [row for path in paths for row in pq.read_table(path).to_pylist()] == rows_of(number)


def test_every_shard_says_its_format_and_configuration(tmp_path: Path) -> None:
    write(tmp_path, tables_of(9))
    for path in tmp_path.iterdir():
        metadata = pq.read_schema(path).metadata
        assert metadata[b"tvaerkom_config_sha256"] == b"c0ffee"
        assert metadata[b"tvaerkom_format_version"] == str(FORMAT_VERSION).encode()


def test_columns_come_in_the_order_of_the_schema(tmp_path: Path) -> None:
    (table,) = tables_of(3)
    write(tmp_path / "a", [table])
    write(tmp_path / "b", [table.select(["blocks", "area", "number", "text"])])
    assert hashes_of(tmp_path / "a") == hashes_of(tmp_path / "b")


def test_writer_that_fails_gives_no_shard_its_name(tmp_path: Path) -> None:
    """A file that looks whole is whole."""
    with (
        pytest.raises(KeyboardInterrupt),
        ShardWriter(tmp_path, "train", SCHEMA, config_sha256="", rows_per_shard=2, rows_per_group=1) as writer,
    ):
        writer.write(tables_of(5)[0])
        raise KeyboardInterrupt
    assert not list(tmp_path.glob("*.parquet"))


def test_same_table_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_table(tables_of(10)[0], tmp_path / name / "t.parquet", rows_per_group=4)
    assert (tmp_path / "a/t.parquet").read_bytes() == (tmp_path / "b/t.parquet").read_bytes()
    assert pq.read_metadata(tmp_path / "a/t.parquet").num_row_groups == 3
