"""A few rows of large published tables, without reading the rest.

In: parquet files, a column, the values that are looked for. Out: the rows that have them, in the order of the files.
Row groups that by their statistics cannot hold a value are passed over; of the others the one column is read, and the
rest only where it holds a value. Changes nothing, and loads neither DuckDB nor pyarrow.dataset, which take longer to
load than most lookups take.
"""

import datetime
import os
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
Rows = list[dict[str, Any]]
IsMeant = Callable[[pa.ChunkedArray], Any]  # a column -> for each of its values whether its row is looked for


@dataclass(frozen=True)
class _Group:
    """A row group; `metadata` is that of its file, so that it is read once."""

    path: Path
    metadata: pq.FileMetaData
    number: int


def rows_with(paths: Sequence[Path], column: str, values: Collection[str], columns: Sequence[str]) -> Rows:
    """The rows with one of these values in a column of texts.

    Columns that a table of an older format lacks are None; where it lacks `column`, nothing is found.
    """
    wanted = strings(values)

    def is_meant(found: pa.ChunkedArray) -> Any:
        if len(wanted) == 1:
            return pc.equal(found, wanted[0])  # a third less time
        return pc.is_in(found, value_set=wanted)

    return _rows(_groups(paths, column, values), column, is_meant, columns) if values else []


def rows_where(paths: Sequence[Path], column: str, is_meant: IsMeant, columns: Sequence[str]) -> Rows:
    """The same for a question that statistics do not answer: all of the column is read."""
    return _rows(_groups(paths, column, None), column, is_meant, columns)


def strings(values: Collection[str]) -> pa.StringArray:
    """Texts as Arrow has them; pa.array() would load pandas where it is installed: a quarter of a second."""
    encoded = [value.encode("utf-8", "replace") for value in values]
    offsets = array("i", accumulate(map(len, encoded), initial=0))
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded)))


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Turns what Arrow says of a table that it cannot read into a sentence that names the file.

    Raises:
        BrokenRunError: a file of this corpus is damaged.
    """
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        from corpus.inspection.database import readable as readable_database

        with readable_database(folder):
            raise error from None


def _rows(groups: Sequence[_Group], column: str, is_meant: IsMeant, columns: Sequence[str]) -> Rows:
    num_threads = min(os.cpu_count() or 1, len(groups))
    if num_threads < 2:
        return _rows_of(groups, column, is_meant, columns)
    size = -(-len(groups) // num_threads)
    shares = [groups[start : start + size] for start in range(0, len(groups), size)]
    with ThreadPoolExecutor(num_threads) as pool:
        found = pool.map(lambda share: _rows_of(share, column, is_meant, columns), shares)
        return [row for rows in found for row in rows]


def _groups(paths: Sequence[Path], column: str, values: Collection[str] | None) -> list[_Group]:
    """The row groups that may hold one of these values; without values all that have the column."""
    groups = []
    for path in paths:
        metadata = pq.read_metadata(path)
        place = _place(metadata, column)
        if place is not None:
            groups += [_Group(path, metadata, number) for number in range(metadata.num_row_groups)
                       if values is None or _may_hold(metadata.row_group(number).column(place), values)]  # fmt: skip
    return groups


def _place(metadata: pq.FileMetaData, column: str) -> int | None:
    if not metadata.num_row_groups:
        return None
    group = metadata.row_group(0)
    return next((each for each in range(group.num_columns) if group.column(each).path_in_schema == column), None)


def _may_hold(chunk: pq.ColumnChunkMetaData, values: Collection[str]) -> bool:
    statistics = chunk.statistics
    if statistics is None or not statistics.has_min_max:
        return statistics is None or statistics.null_count != chunk.num_values
    return any(statistics.min <= value <= statistics.max for value in values)


def _rows_of(groups: Sequence[_Group], column: str, is_meant: IsMeant, columns: Sequence[str]) -> Rows:
    found: Rows = []
    path, file = None, None
    try:
        for group in groups:
            if group.path != path:
                if file is not None:
                    file.close()
                path, file = group.path, pq.ParquetFile(group.path, metadata=group.metadata)
            found += _rows_of_group(file, group.number, column, is_meant, columns)
    finally:
        if file is not None:
            file.close()
    return found


def _rows_of_group(
    file: pq.ParquetFile, number: int, column: str, is_meant: IsMeant, columns: Sequence[str]
) -> Rows:  # fmt: skip
    values = file.read_row_group(number, columns=[column], use_threads=False)[column]
    meant = pc.indices_nonzero(is_meant(values))
    if not len(meant):
        return []
    there = [name for name in columns if name in file.schema_arrow.names]
    rows = file.read_row_group(number, columns=there, use_threads=False).take(meant)
    times = [field.name for field in rows.schema if pa.types.is_timestamp(field.type)]
    plain = pa.table({name: rows[name].cast(pa.int64()) if name in times else rows[name] for name in there}).to_pylist()
    return [dict.fromkeys(columns) | row | {name: _time(row[name]) for name in times} for row in plain]


def _time(microseconds: int | None) -> datetime.datetime | None:
    """A time as all tables have it; as_py() of Arrow would load pandas too."""
    return None if microseconds is None else _EPOCH + datetime.timedelta(microseconds=microseconds)
