"""Parquet files of a corpus: fixed rows a file and row group, in the order they are given.

In: rows of one table. Out: files such as `train-00000-of-00012.parquet`, the same bytes for the same rows.
Does not order rows; who calls does.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.schema import FORMAT_VERSION
from foundation.files import make_folder, written_aside


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
        self._pending: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()

    def write(self, row: dict[str, Any]) -> None:
        self._pending.append(row)
        self.num_rows += 1
        if len(self._pending) == self._rows_per_shard:
            self._flush()

    def close(self) -> None:
        """Write the last file and give all their final names.

        A table without rows has no file: datasets cannot read a parquet file of no rows.
        """
        if self._pending:
            self._flush()
        for number, part in enumerate(self._parts):
            part.replace(self._folder / f"{self.stem}-{number:05}-of-{len(self._parts):05}.parquet")

    def _flush(self) -> None:
        part = self._folder / f"{self.stem}-{len(self._parts):05}.part"
        write_table(pa.Table.from_pylist(self._pending, schema=self._schema), part, rows_per_group=self._rows_per_group)
        self._parts.append(part)
        self._pending = []


def with_metadata(schema: pa.Schema, config_sha256: str) -> pa.Schema:
    """Every table says by which format and configuration it was made."""
    return schema.with_metadata(
        {"tvaerkom_format_version": str(FORMAT_VERSION), "tvaerkom_config_sha256": config_sha256}
    )


def write_table(table: pa.Table, path: Path, *, rows_per_group: int) -> None:
    """One parquet file with fixed settings, so that the same table gives the same bytes."""
    with written_aside(path) as aside:
        pq.write_table(table, aside, row_group_size=rows_per_group, compression="zstd", write_statistics=True)
