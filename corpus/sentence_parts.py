"""The different sentences of all sites, a part of them at a time.

In: the sites' occurrences, the documents, the carry. Out: for each part a file of its different sentences with their
survivor, numbers, side and first quarter, and a file of the occurrences that go. Each part is a task of its own, so
memory is that of one part, and parts are worked on in parallel. Near duplicates are found afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc
from numpy.typing import NDArray

from corpus.arrays import mapped_array, write_array
from corpus.carry import carried_part, looked_up
from corpus.dedup import grouped
from corpus.documents import Documents
from corpus.site_tables import OCCURRENCE_SCHEMA, read_occurrences
from corpus.split import NOT_CARRIED, sentence_sides

_ROWS_PER_PART = 200_000  # some 100 MB while a part is worked on
_LAST_NUMBER = 2**64 - 1
_UNIQUE, _REMOVED = "unique", "removed"
_REMOVED_COLUMNS = ["sentence", "site", "document", "text"]


@dataclass(frozen=True, kw_only=True)
class PartTask:
    """Sentences from `first` to `last` (numbers, both included); `this_quarter` is its place among the quarters."""

    number: int
    first: int
    last: int
    folders: tuple[Path, ...]
    work: Path
    this_quarter: int


def part_tasks(num_occurrences: int, folders: Sequence[Path], work: Path, this_quarter: int) -> list[PartTask]:
    """Parts of equal width; ids are hashes, so the parts are nearly of one size."""
    num_parts = max(1, -(-num_occurrences // _ROWS_PER_PART))
    edges = [number * (_LAST_NUMBER + 1) // num_parts for number in range(num_parts + 1)]
    return [
        PartTask(
            number=number, first=edges[number], last=edges[number + 1] - 1, folders=tuple(folders), work=work,
            this_quarter=this_quarter,
        )
        for number in range(num_parts)
    ]  # fmt: skip


def save_documents(documents: Documents, work: Path) -> None:
    """For worker processes: standing and side by number."""
    order = np.argsort(documents.numbers)
    write_array(work / "document-numbers", documents.numbers[order])
    write_array(work / "document-standing", documents.standing[order])
    write_array(work / "document-validation", documents.is_validation[order])


def write_part(task: PartTask) -> int:
    """Write the two files of a part; gives how many different sentences it has."""
    occurrences = _occurrences(task)
    standing, is_validation = _of_documents(task.work, occurrences["document"].to_numpy())
    groups = grouped(
        occurrences["sentence"].to_numpy(), occurrences["site"].to_numpy(), occurrences["document"].to_numpy(),
        occurrences["position"].to_numpy(), standing=standing, is_validation=is_validation,
    )  # fmt: skip
    unique = occurrences.take(pa.array(groups.survivors))
    quarters, carried = looked_up(
        unique["sentence"].to_numpy(), carried_part(task.work, task.first, task.last), task.this_quarter
    )
    for name, values in (
        ("num_occurrences", groups.num_occurrences.astype(np.int32)),
        ("num_sites", groups.num_sites.astype(np.int32)),
        ("side", sentence_sides(groups.is_all_validation, carried)),
        ("is_carried", carried != NOT_CARRIED),
        ("quarter", quarters),
    ):
        unique = unique.append_column(name, pa.array(values))
    _write(unique, _path(task.work, _UNIQUE, task.number))
    removed = occurrences.select(_REMOVED_COLUMNS).take(pa.array(groups.removed))
    _write(removed, _path(task.work, _REMOVED, task.number))
    return int(unique.num_rows)


def read_unique(work: Path, number: int, columns: Sequence[str] | None = None) -> pa.Table:
    """The different sentences of a part, in order."""
    return _read(_path(work, _UNIQUE, number), columns)


def read_removed(work: Path, number: int) -> pa.Table:
    """The occurrences of a part that go: sentence, site, document, text."""
    return _read(_path(work, _REMOVED, number), None)


def _occurrences(task: PartTask) -> pa.Table:
    tables = []
    for site, folder in enumerate(task.folders):
        table = read_occurrences(folder, task.first, task.last)
        if table.num_rows:
            tables.append(table.append_column("site", pa.array(np.full(table.num_rows, site, dtype=np.int32))))
    schema = OCCURRENCE_SCHEMA.append(pa.field("site", pa.int32()))
    return pa.concat_tables(tables).combine_chunks() if tables else schema.empty_table()


def _of_documents(work: Path, wanted: NDArray[np.uint64]) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    places = np.searchsorted(mapped_array(work / "document-numbers", np.uint64), wanted)
    standing = mapped_array(work / "document-standing", np.int8)[places]
    return standing, mapped_array(work / "document-validation", np.bool_)[places]


def _path(work: Path, kind: str, number: int) -> Path:
    return work / f"{kind}-{number:05}.arrow"


def _write(table: pa.Table, path: Path) -> None:
    with ipc.new_file(str(path), table.schema, options=ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)


def _read(path: Path, columns: Sequence[str] | None) -> pa.Table:
    with pa.OSFile(str(path)) as source:
        schema = ipc.open_file(source).schema
        chosen = None if columns is None else [schema.get_field_index(name) for name in columns]
        table = ipc.open_file(source, options=ipc.IpcReadOptions(included_fields=chosen)).read_all()
        return table if columns is None else table.select(list(columns))
