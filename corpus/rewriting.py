"""Parquet files of a published corpus without some of their rows.

In: a file, and which rows of each row group go. Out: the file anew, with the same columns, metadata and settings; rows
keep their order and their row group, and a group of which nothing is left is left out. Holds one row group at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corpus.shards import PARQUET_OPTIONS

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cut:
    """What goes from one file: the rows of each row group, and values of a column that become null.

    Attributes:
        gone: for each row group (N,) whether a row goes.
        num_cleared: how many values of `column` name something that is gone, in rows that stay.
    """

    path: Path
    gone: Sequence[Mask]
    column: str | None = None
    cleared: pa.Array | None = None
    num_cleared: int = 0

    @property
    def num_gone(self) -> int:
        return int(sum(mask.sum() for mask in self.gone))

    @property
    def is_empty(self) -> bool:
        """Whether no row is left."""
        return all(mask.all() for mask in self.gone)

    @property
    def changes(self) -> bool:
        return bool(self.num_gone or self.num_cleared)


def groups_of(path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """The row groups of a file; columns that it does not have are null."""
    with pq.ParquetFile(path) as file:
        there = [name for name in columns if name in file.schema_arrow.names]
        for number in range(file.num_row_groups):
            table = file.read_row_group(number, columns=there)
            for name in columns:
                if name not in there:
                    table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
            yield table


def cut_of(path: Path, columns: Sequence[str], is_gone: Callable[[pa.Table], Mask]) -> Cut:
    """`is_gone` gives (N,) for a row group with these columns."""
    return Cut(path=path, gone=[is_gone(table) for table in groups_of(path, columns)])


def with_cleared(cut: Cut, column: str, ids: pa.Array) -> Cut:
    """The same, and what names one of these ids is null in the rows that stay."""
    num_cleared = 0
    for table, gone in zip(groups_of(cut.path, [column]), cut.gone, strict=True):
        num_cleared += int((is_in(table[column], ids) & ~gone).sum())
    return Cut(path=cut.path, gone=cut.gone, column=column, cleared=ids, num_cleared=num_cleared)


def write_cut(cut: Cut, target: Path, removed: Callable[[pa.Table], None]) -> None:
    """Write what is left; `removed` is handed the rows that go."""
    with pq.ParquetFile(cut.path) as file, pq.ParquetWriter(target, file.schema_arrow, **PARQUET_OPTIONS) as writer:
        for number, gone in enumerate(cut.gone):
            table = file.read_row_group(number)
            if gone.any():
                removed(table.filter(pa.array(gone)))
            left = _cleared(table.filter(pa.array(~gone)), cut)
            if left.num_rows:
                writer.write_table(left.combine_chunks(), row_group_size=left.num_rows)


def rows_gone(cut: Cut) -> Iterator[pa.Table]:
    """The rows of a file that go, with all their columns."""
    with pq.ParquetFile(cut.path) as file:
        for number, gone in enumerate(cut.gone):
            if gone.any():
                yield file.read_row_group(number).filter(pa.array(gone))


def is_in(column: pa.ChunkedArray, values: pa.Array) -> Mask:
    found: Mask = pc.is_in(column, value_set=values).to_numpy(zero_copy_only=False)
    return found


def _cleared(table: pa.Table, cut: Cut) -> pa.Table:
    if not cut.num_cleared or cut.column is None:
        return table
    place = table.schema.get_field_index(cut.column)
    column = table[cut.column]
    values = pc.if_else(pc.is_in(column, value_set=cut.cleared), pa.scalar(None, pa.string()), column)
    return table.set_column(place, table.schema.field(place), values)
