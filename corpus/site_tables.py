"""The tables that a site's task hands to the assembly: documents, sentence occurrences, losses, findings, boilerplate.

In: rows, as the task meets them. Out: Arrow IPC files in the site's working folder, written in chunks, so that memory
does not grow with the site; occurrences are in order of their sentence within each chunk, so that a part of all
sentences is read without the rest. Working state: no user reads these.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc

from corpus.schema import BLOCK_TYPE, BOILERPLATE_SCHEMA, PERSONAL_DATA_SCHEMA
from foundation.files import make_folder, sync_folder

DOCUMENTS, OCCURRENCES, DROPPED, PERSONAL_DATA, BOILERPLATE = (
    "documents", "occurrences", "dropped", "personal_data", "boilerplate",
)  # fmt: skip
BLOCK_KINDS = ("heading", "paragraph", "list", "table")
_TIME = pa.timestamp("us", tz="UTC")


def _without_site(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field for field in schema if field.name != "site"])


# Ids are numbers here, of 64 bits; tables for users have them in hex.
OCCURRENCE_SCHEMA = pa.schema(
    [
        ("sentence", pa.uint64()), ("document", pa.uint64()), ("position", pa.int32()), ("kind", pa.int8()),
        ("num_words", pa.int32()), ("num_masked", pa.int32()), ("score", pa.int16()), ("text", pa.string()),
    ]
)  # fmt: skip
DOCUMENT_SCHEMA = pa.schema(
    [
        ("document", pa.uint64()), ("text_key", pa.uint64()), ("page_key", pa.uint64()), ("url", pa.string()),
        ("title", pa.string()),
        ("language", pa.string()), ("language_score", pa.float64()), ("language_attribute", pa.string()),
        ("page_date", pa.string()), ("extraction", pa.string()), ("extraction_reason", pa.string()),
        ("text", pa.string()), ("blocks", BLOCK_TYPE), ("text_sha256", pa.string()), ("capture_id", pa.string()),
        ("fetched_at", _TIME), ("first_seen", _TIME), ("last_changed", _TIME), ("first_url", pa.string()),
        ("outcome", pa.string()),
    ]
)  # fmt: skip
LOSS_SCHEMA = pa.schema([("level", pa.string()), ("reason", pa.string()), ("url", pa.string()), ("text", pa.string())])
SCHEMAS = {
    DOCUMENTS: DOCUMENT_SCHEMA, OCCURRENCES: OCCURRENCE_SCHEMA, DROPPED: LOSS_SCHEMA,
    PERSONAL_DATA: _without_site(PERSONAL_DATA_SCHEMA), BOILERPLATE: _without_site(BOILERPLATE_SCHEMA),
}  # fmt: skip
# Places of the columns that may be long.
_TEXTS = {name: [place for place, field in enumerate(schema) if field.name in ("text", "title", "url", "first_url")]
          for name, schema in SCHEMAS.items()}  # fmt: skip
# Rows of a chunk: a few MB each. Each chunk of occurrences is searched once for each part, so these are larger.
_CHUNK_ROWS = {DOCUMENTS: 500, OCCURRENCES: 50_000, DROPPED: 20_000, PERSONAL_DATA: 20_000, BOILERPLATE: 20_000}
_CHUNK_CHARS = 32 << 20  # fewer rows where their texts are long: pages may have 10 MB, an Arrow column of text 2 GB


class SiteTables:
    """Writes the tables of one site; a file is whole when the block ends without an error."""

    def __init__(self, folder: Path) -> None:
        self._folder = make_folder(folder)
        self._columns: dict[str, list[list[Any]]] = {name: [[] for _ in schema] for name, schema in SCHEMAS.items()}
        self._num_chars: Counter[str] = Counter()
        self._writers = {name: ipc.new_file(self._path(name), schema, options=_options(name))
                         for name, schema in SCHEMAS.items()}  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            for name in SCHEMAS:
                self._flush(name)
        for writer in self._writers.values():
            writer.close()
        for name in SCHEMAS:  # what is called done is read again after a power cut
            _sync_file(Path(self._path(name)))
        sync_folder(self._folder)

    def add(self, name: str, *values: Any) -> None:
        """One row, its values in the order of the schema."""
        columns = self._columns[name]
        for column, value in zip(columns, values, strict=True):
            column.append(value)
        self._added(name, [(values[place],) for place in _TEXTS[name]])

    def extend(self, name: str, values: Sequence[Sequence[Any]]) -> None:
        """Rows, as columns in the order of the schema."""
        columns = self._columns[name]
        for column, some in zip(columns, values, strict=True):
            column.extend(some)
        self._added(name, [values[place] for place in _TEXTS[name]])

    def _added(self, name: str, texts: Sequence[Sequence[str | None]]) -> None:
        columns = self._columns[name]
        for some in texts:
            self._num_chars[name] += sum(map(len, filter(None, some)))
        if len(columns[0]) >= _CHUNK_ROWS[name] or self._num_chars[name] >= _CHUNK_CHARS:
            self._flush(name)

    def _path(self, name: str) -> str:
        return str(self._folder / f"{name}.arrow")

    def _flush(self, name: str) -> None:
        columns = self._columns[name]
        if not columns[0]:
            return
        arrays = [pa.array(column, type=field.type) for column, field in zip(columns, SCHEMAS[name], strict=True)]
        batch = pa.record_batch(arrays, schema=SCHEMAS[name])
        if name == OCCURRENCES:
            batch = batch.take(pc.sort_indices(batch["sentence"]))
        self._writers[name].write_batch(batch)
        for column in columns:
            column.clear()
        self._num_chars[name] = 0


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _options(name: str) -> Any:
    """Occurrences are mapped into memory and sliced there, which compressed ones cannot be."""
    return ipc.IpcWriteOptions(compression=None if name == OCCURRENCES else "lz4")


def read_batches(folder: Path, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """A table of a site, chunk by chunk, in the order in which it was written."""
    chosen = None if columns is None else [SCHEMAS[name].get_field_index(column) for column in columns]
    with pa.OSFile(str(folder / f"{name}.arrow")) as source:
        reader = ipc.open_file(source, options=ipc.IpcReadOptions(included_fields=chosen))
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


def read_table(folder: Path, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    schema = SCHEMAS[name] if columns is None else pa.schema([SCHEMAS[name].field(column) for column in columns])
    return pa.Table.from_batches(list(read_batches(folder, name, columns)), schema=schema)


def read_occurrences(folder: Path, first: int, last: int) -> pa.Table:
    """The occurrences of the sentences from `first` to `last` (numbers, both included)."""
    parts = []
    with pa.memory_map(str(folder / f"{OCCURRENCES}.arrow")) as source:
        reader = ipc.open_file(source)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            sentences = batch["sentence"].to_numpy()
            begin, end = np.searchsorted(sentences, np.array([first, last], dtype=np.uint64), side="left")
            end += np.searchsorted(sentences[end:], np.uint64(last), side="right")
            if end > begin:
                # copied, so that nothing of the mapped file is held
                parts.append(batch.slice(begin, end - begin).take(pa.array(np.arange(end - begin))))
        return pa.Table.from_batches(parts, schema=OCCURRENCE_SCHEMA)


def num_rows(folder: Path, name: str) -> int:
    return sum(batch.num_rows for batch in read_batches(folder, name, [SCHEMAS[name].names[0]]))
