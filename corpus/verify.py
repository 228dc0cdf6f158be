"""Whether a corpus is what its manifest says, and what its tables promise each other.

In: a corpus folder. Out: a sentence for each difference. Changes nothing. Reads a part of a table at a time.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corpus.carry import CARRY_FILE
from corpus.config import CorpusConfig, config_of
from corpus.dedup import ids_of, numbers_of
from corpus.personal_data import count_cpr, unmasked_kinds
from corpus.schema import SPLITS, read_corpus_manifest, shard_paths
from foundation.manifests import MANIFEST_NAME, damaged_files

_BATCH_ROWS = 10_000
# Of a million hashes some have digits that look like a telephone number.
_HASH_COLUMNS = frozenset(
    {"sentence_id", "document_id", "cluster_id", "kept_id", "capture_id", "text_sha256", "page_key", "key"}
)
_HASH = re.compile(r"[0-9a-f]{16}|[0-9a-f]{64}")
_MAX_NAMED = 5  # rows that are named of one complaint; more say nothing new


def verify_corpus(folder: Path) -> list[str]:
    """Check files, then tables: ids unique, counts as recorded, provenance whole, no personal data anywhere.

    Raises:
        BrokenRunError: the folder is not a complete corpus.
    """
    manifest = read_corpus_manifest(folder)
    complaints = damaged_files(folder, manifest.files)
    named = {entry.path for entry in manifest.files} | {MANIFEST_NAME}
    complaints += [
        f"{path}: not named in the manifest; remove it"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() not in named
    ]
    if complaints:
        return complaints
    config = config_of(manifest.configuration)
    return [*_table_complaints(folder, manifest.counts), *_personal_data_complaints(folder, config)]


def _table_complaints(folder: Path, counts: dict[str, int]) -> Iterator[str]:
    documents = np.sort(np.concatenate([np.zeros(0, np.uint64), *_ids(folder / "documents", "document_id")]))
    carried, sides = _carry(folder / CARRY_FILE)
    for side, split in enumerate(SPLITS):
        number, last = 0, -1
        for path in shard_paths(folder, split):
            for batch in pq.ParquetFile(path).iter_batches(_BATCH_ROWS, columns=["sentence_id", "document_id"]):
                ids = numbers_of(batch["sentence_id"])
                number += len(ids)
                yield from _out_of_order(path, ids, last)
                yield from _orphans(path, batch, documents)
                places = np.minimum(np.searchsorted(carried, ids), max(len(carried) - 1, 0))
                is_wrong = (
                    (carried[places] != ids) | (sides[places] != side) if len(carried) else np.ones(len(ids), bool)
                )
                for identity in ids_of(ids[is_wrong][:_MAX_NAMED]).to_pylist():
                    yield f"{path}: sentence {identity} is on the other side in {CARRY_FILE}"
                last = int(ids[-1])
        if number != counts[split]:
            yield f"{folder}: {number} sentences in {split}, {counts[split]} recorded"


def _out_of_order(path: Path, ids: NDArray[np.uint64], last: int) -> Iterator[str]:
    """Sentences stand in order of their ids; that of a side is in the carry, so none stands on both."""
    before = np.concatenate([np.array([max(last, 0)], dtype=np.uint64), ids[:-1]])
    is_wrong = ids <= before
    is_wrong[0] &= last >= 0
    for identity in ids_of(ids[is_wrong][:_MAX_NAMED]).to_pylist():
        yield f"{path}: sentence {identity} stands twice, or out of order"


def _orphans(path: Path, batch: pa.RecordBatch, documents: NDArray[np.uint64]) -> Iterator[str]:
    is_orphan = ~np.isin(numbers_of(batch["document_id"]), documents)
    for row in batch.filter(pa.array(is_orphan)).to_pylist()[:_MAX_NAMED]:
        yield (
            f"{path}: sentence {row['sentence_id']} comes from a document that is not there: {row['document_id']}"
        )  # fmt: skip


def _ids(folder: Path, column: str) -> Iterator[NDArray[np.uint64]]:
    for path in sorted(folder.glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(_BATCH_ROWS, columns=[column]):
            yield numbers_of(batch[column])


def _carry(path: Path) -> tuple[NDArray[np.uint64], NDArray[np.int8]]:
    parts = [
        (numbers_of(batch["sentence_id"]), batch["split"].to_numpy(zero_copy_only=False) == SPLITS[1])
        for batch in pq.ParquetFile(path).iter_batches(_BATCH_ROWS, columns=["sentence_id", "split"])
    ]
    ids = np.concatenate([np.zeros(0, np.uint64), *(part[0] for part in parts)])
    return ids, np.concatenate([np.zeros(0, bool), *(part[1] for part in parts)]).astype(np.int8)


def _personal_data_complaints(folder: Path, config: CorpusConfig) -> Iterator[str]:
    """Look for personal data in every string of every table, those inside lists and structures too."""
    for path in sorted(folder.rglob("*.parquet")):
        found: Counter[tuple[str, str]] = Counter()
        for batch in pq.ParquetFile(path).iter_batches(_BATCH_ROWS):
            for name in batch.schema.names:
                is_hash = name in _HASH_COLUMNS
                for text in _strings(batch[name]):
                    if is_hash and _HASH.fullmatch(text):
                        continue
                    found[name, "CPR numbers"] += count_cpr(text)
                    for kind, number in unmasked_kinds(text, config).items():
                        found[name, f"values that should be masked ({kind})"] += number
        for (name, kind), number in found.items():
            if number:
                yield f"{path}: column {name} holds {number} {kind}"


def _strings(column: Any) -> Iterator[str]:
    """Every string of a column, however deep it lies."""
    kind = column.type
    if pa.types.is_struct(kind):
        for field in column.flatten():
            yield from _strings(field)
    elif pa.types.is_list(kind):
        yield from _strings(column.flatten())
    elif pa.types.is_string(kind):
        yield from filter(None, column.to_pylist())
