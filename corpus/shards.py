"""Parquet files of a corpus: fixed rows a file and row group, in the order they are given.

In: Arrow tables of rows. Out: files such as `train-00000-of-00012.parquet`, the same bytes for the same rows, however
they were cut into tables. Holds one row group at a time. Does not order rows; who calls does.
"""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.schema import FORMAT_VERSION
from foundation.files import make_folder, written_aside

MAX_GROUP_BYTES = 32 << 20  # of texts, so that pages of megabytes do not make a group of gigabytes
PARQUET_OPTIONS: dict[str, Any] = {"compression": "zstd", "write_statistics": True}


class ShardWriter:
    """Writes rows into numbered files; they get their final names when their number is known."""

    def __init__(
        self, folder: Path, stem: str, schema: pa.Schema, *, config_sha256: str, rows_per_shard: int,
        rows_per_group: int,
    ) -> None:  # fmt: skip
        self.num_rows = 0
        self._folder, self.stem = make_folder(folder), stem
        self._schema = with_metadata(schema, config_sha256)
        self._rows_per_shard, self._rows_per_group = rows_per_shard, rows_per_group
        self._parts: list[Path] = []
        self._waiting = self._schema.empty_table()
        self._writer: pq.ParquetWriter | None = None
        self._rows_in_shard = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()

    def write(self, table: pa.Table) -> None:
        self.num_rows += table.num_rows
        self._waiting = pa.concat_tables([self._waiting, table.select(self._schema.names).cast(self._schema)])
        while size := self._full_group():
            self._write_group(size)

    def close(self) -> None:
        """Write the last rows and give all files their final names.

        A table without rows has no file: datasets cannot read a parquet file of no rows.
        """
        if self._waiting.num_rows:
            self._write_group(self._waiting.num_rows)
        self._end_shard()
        for number, part in enumerate(self._parts):
            part.replace(self._folder / f"{self.stem}-{number:05}-of-{len(self._parts):05}.parquet")

    def _full_group(self) -> int:
        """Rows of the next group, which is full by its rows or by the bytes of their texts; 0 where it is not."""
        most = min(self._rows_per_group, self._rows_per_shard - self._rows_in_shard)
        if "text" in self._schema.names and self._waiting.num_rows:
            sizes = pc.fill_null(pc.binary_length(self._waiting["text"].slice(0, most)), 0)
            ends = np.cumsum(sizes.to_numpy(), dtype=np.int64)
            if ends[-1] >= MAX_GROUP_BYTES:
                return int(np.searchsorted(ends, MAX_GROUP_BYTES)) + 1
        return most if self._waiting.num_rows >= most else 0

    def _write_group(self, size: int) -> None:
        if self._writer is None:
            self._parts.append(self._folder / f"{self.stem}-{len(self._parts):05}.part")
            self._writer = pq.ParquetWriter(self._parts[-1], self._schema, **PARQUET_OPTIONS)
        # one chunk a column, however the rows came, so that pages end at the same places
        self._writer.write_table(self._waiting.slice(0, size).combine_chunks(), row_group_size=size)
        self._waiting = self._waiting.slice(size)
        self._rows_in_shard += size
        if self._rows_in_shard == self._rows_per_shard:
            self._end_shard()

    def _end_shard(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer, self._rows_in_shard = None, 0


def with_metadata(schema: pa.Schema, config_sha256: str) -> pa.Schema:
    """Every table says by which format and configuration it was made."""
    return schema.with_metadata(
        {"tvaerkom_format_version": str(FORMAT_VERSION), "tvaerkom_config_sha256": config_sha256}
    )


def write_table(table: pa.Table, path: Path, *, rows_per_group: int) -> None:
    """One parquet file with fixed settings, so that the same table gives the same bytes."""
    write_tables([table], table.schema, path, rows_per_group=rows_per_group)


def write_tables(tables: Iterable[pa.Table], schema: pa.Schema, path: Path, *, rows_per_group: int) -> None:
    """The same from tables one after the other, each of full row groups but the last."""
    with written_aside(path) as aside, pq.ParquetWriter(aside, schema, **PARQUET_OPTIONS) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=rows_per_group)
