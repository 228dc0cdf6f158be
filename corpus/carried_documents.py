"""What became of each document since the corpus before, by its main text.

In: the documents that a corpus hands to the next: id, text, when text and bytes last changed. Out: of each document now
whether it is new, has another text, only another shell, or nothing new, and since when it has its text; and the same
written anew for the next. A document that is gone keeps its entry, so that it is known when it returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corpus.dedup import ID_LENGTH, numbers_of
from corpus.schema import CARRY_DOCUMENT_SCHEMA, Change

CARRIED_DOCUMENTS_FILE = "carry/documents.parquet"
_CHANGES = pa.array(list(Change), pa.string())
_NEW, _TEXT, _SHELL, _NONE = range(len(Change))


@dataclass(frozen=True)
class CarriedDocuments:
    """C documents in order of their ids, as CARRY_DOCUMENT_SCHEMA has them: some 100 bytes each."""

    table: pa.Table

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls(pq.read_table(path, schema=CARRY_DOCUMENT_SCHEMA).combine_chunks())

    @cached_property
    def numbers(self) -> NDArray[np.uint64]:
        return numbers_of(self.table["document_id"])

    @cached_property
    def text_keys(self) -> NDArray[np.uint64]:
        return numbers_of(pc.utf8_slice_codeunits(self.table["text_sha256"], 0, ID_LENGTH))

    @cached_property
    def page_keys(self) -> NDArray[np.uint64]:
        return numbers_of(self.table["page_key"])

    def compared(self, batch: pa.RecordBatch) -> tuple[pa.Array, pa.Array]:
        """When the main text of each document last changed, and what changed.

        Args:
            batch: with `document`, `text_key`, `page_key`, `last_changed` (of the bytes), and `outcome`, which is null
                where the snapshot does not know what the page was like before.
        """
        numbers = batch["document"].to_numpy()
        places = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        is_known = self.numbers[places] == numbers
        known = self.table.take(pa.array(places))
        knows_bytes = batch["outcome"].is_valid().to_numpy(zero_copy_only=False)
        are_newer = pc.fill_null(pc.greater(batch["last_changed"], known["bytes_changed"].combine_chunks()), False)
        has_other_bytes = knows_bytes & are_newer.to_numpy(zero_copy_only=False)
        # the text may differ for the sake of other pages, which made a block of it boilerplate meanwhile
        is_same = is_known & (
            (knows_bytes & ~has_other_bytes)
            | (self.text_keys[places] == batch["text_key"].to_numpy())
            | (self.page_keys[places] == batch["page_key"].to_numpy())
        )
        changes = np.where(has_other_bytes, _SHELL, _NONE)
        changes[~is_same] = _TEXT
        changes[~is_known] = _NEW
        last_changed = pc.if_else(pa.array(is_same), known["last_changed"].combine_chunks(), batch["last_changed"])
        return last_changed, _CHANGES.take(pa.array(changes))


def next_documents(before: CarriedDocuments | None, now: Sequence[pa.Table]) -> pa.Table:
    """The documents of this corpus as they are now, and those carried so far that it does not have; in order."""
    parts = [each.cast(CARRY_DOCUMENT_SCHEMA) for each in now]
    if before is not None:
        met = np.concatenate([np.zeros(0, np.uint64), *(numbers_of(part["document_id"]) for part in parts)])
        parts.append(before.table.filter(pa.array(~np.isin(before.numbers, met))))
    return pa.concat_tables([CARRY_DOCUMENT_SCHEMA.empty_table(), *parts]).sort_by("document_id").combine_chunks()
