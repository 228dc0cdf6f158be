"""What a build knows of all sites together when it begins to write, and how rows are made of it.

In: the finished site tasks, the documents and verdicts over all of them, the carry. Out: `Joined`, which each writer of
tables reads, and columns that several of them need.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.carry import Carry
from corpus.config import CorpusConfig
from corpus.dedup import ids_of
from corpus.documents import GOES, Documents
from corpus.documents import STAYS as DOCUMENT_STAYS
from corpus.sentence_parts import read_unique
from corpus.shards import ShardWriter
from corpus.site_tables import DOCUMENTS, read_batches
from corpus.site_task import SiteTask
from corpus.verdicts import STAYS, Verdicts
from crawler.snapshot import SiteSummary


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What is known of all sites together; `sites` and `tasks` are in one order."""

    name: str
    config: CorpusConfig
    config_sha256: str
    sites: tuple[SiteSummary, ...]
    tasks: tuple[SiteTask, ...]
    carry: Carry
    quarter_names: tuple[str, ...]
    documents: Documents
    verdicts: Verdicts
    work: Path

    def parts(self) -> list[tuple[int, int]]:
        """First place, and the one behind the last, of the sentences of each part."""
        starts = self.verdicts.starts
        return list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))

    def places(self, numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The places of documents by their numbers."""
        found: NDArray[np.int64] = self._order[np.searchsorted(self.documents.numbers, numbers, sorter=self._order)]
        return found

    @cached_property
    def urls(self) -> pa.Array:
        """(D,) of the documents."""
        return pa.chunked_array(
            [batch["url"] for task in self.tasks for batch in read_batches(task.folder, DOCUMENTS, ["url"])],
            type=pa.string(),
        ).combine_chunks()

    @cached_property
    def kept_sentences(self) -> NDArray[np.int64]:
        """(D,) how many sentences that stay are taken from each document."""
        found = np.zeros(len(self._order), dtype=np.int64)
        for number, (first, last) in enumerate(self.parts()):
            documents = read_unique(self.work, number, ["document"])["document"].to_numpy()
            kept = documents[self.verdicts.verdict[first:last] == STAYS]
            found += np.bincount(self.places(kept), minlength=len(found))
        return found

    @cached_property
    def stays(self) -> NDArray[np.bool_]:
        """(D,) whether a document stays: a near duplicate does where a sentence is taken from it."""
        standing = self.documents.standing
        found: NDArray[np.bool_] = (standing == DOCUMENT_STAYS) | ((standing != GOES) & (self.kept_sentences > 0))
        return found

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return np.argsort(self.documents.numbers)

    def shard_writer(self, folder: Path, stem: str, schema: pa.Schema) -> ShardWriter:
        return ShardWriter(
            folder, stem, schema, config_sha256=self.config_sha256, rows_per_shard=self.config.rows_per_shard,
            rows_per_group=self.config.rows_per_group,
        )  # fmt: skip


def repeated(value: str, rows: pa.Table | pa.RecordBatch) -> pa.Array:
    return pa.repeat(pa.scalar(str(value)), rows.num_rows)


def with_nulls(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    """A table of that schema; columns that are not given are null."""
    num_rows = len(columns["level"])
    filled = {field.name: columns.get(field.name, pa.nulls(num_rows, field.type)) for field in schema}
    return pa.table(filled)


def ids_or_null(numbers: NDArray[np.uint64], places: NDArray[Any]) -> pa.Array:
    """The ids at these places; null for -1."""
    is_none = places < 0
    ids = ids_of(numbers[np.where(is_none, 0, places)]) if len(numbers) else pa.nulls(len(places), pa.string())
    return pc.if_else(pa.array(is_none), pa.scalar(None, pa.string()), ids)
