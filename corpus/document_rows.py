"""The documents of a corpus, and the documents among what was dropped.

In: what is joined of all sites. Out: shards of documents in order of (site, address), written a chunk at a time; rows
of what was dropped; what the next corpus is told of them.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.dedup import ids_of
from corpus.documents import GOES
from corpus.joined import Joined, ids_or_null, repeated, with_nulls
from corpus.schema import CARRY_DOCUMENT_SCHEMA, DOCUMENT_SCHEMA, DROPPED_SCHEMA, THOUSANDTHS, DropReason
from corpus.site_tables import DOCUMENTS, read_batches
from corpus.site_task import num_pages_of
from corpus.split import SIDES
from corpus.stats import Statistics
from crawler.snapshot import SiteSummary


def write_documents(
    joined: Joined, folder: Path, statistics: Statistics, drop: Callable[[pa.Table], None]
) -> list[pa.Table]:  # fmt: skip
    """Gives the documents that stay as CARRY_DOCUMENT_SCHEMA has them, in no particular order."""
    place, handed_on = 0, []
    with joined.shard_writer(folder, "documents", DOCUMENT_SCHEMA) as writer:
        for site, task in zip(joined.sites, joined.tasks, strict=True):
            statistics.pages[site.site] = num_pages_of(task.folder)
            for batch in read_batches(task.folder, DOCUMENTS):
                places = np.arange(place, place + batch.num_rows)
                place += batch.num_rows
                rows = _rows(joined, site, batch, places)
                stays = joined.stays[places]
                kept = rows.filter(pa.array(stays))
                statistics.count_documents(kept, site.site)
                writer.write(kept)
                handed_on.append(kept.select(CARRY_DOCUMENT_SCHEMA.names))
                drop(_dropped_rows(joined, rows.filter(pa.array(~stays)), places[~stays]))
    return handed_on


def _rows(joined: Joined, site: SiteSummary, batch: pa.RecordBatch, places: NDArray[np.int64]) -> pa.Table:
    documents = joined.documents
    kept = {name: batch[name] for name in DOCUMENT_SCHEMA.names if name in batch.schema.names}
    last_changed, change = batch["last_changed"], pa.nulls(batch.num_rows, pa.string())
    if joined.carry.documents is not None:
        last_changed, change = joined.carry.documents.compared(batch)
    return pa.table(
        kept
        | {
            "document_id": ids_of(batch["document"].to_numpy()),
            "site": repeated(site.site, batch),
            "area": pa.array([site.area] * batch.num_rows, type=pa.string()),
            "cluster_id": ids_or_null(documents.numbers, documents.cluster[places]),
            "split": pa.array(SIDES).take(pa.array(documents.is_validation[places].astype(np.int8))),
            "num_sentences": joined.kept_sentences[places].astype(np.int32),
            "last_changed": last_changed,
            "change": change,
            "bytes_changed": batch["last_changed"],
            "page_key": ids_of(batch["page_key"].to_numpy()),
        }
    )


def _dropped_rows(joined: Joined, rows: pa.Table, gone: NDArray[np.int64]) -> pa.Table:
    """Each with the document that stays for it; where that one goes itself, the one for which that goes."""
    documents = joined.documents
    kept = documents.kept[gone]
    is_gone = ~joined.stays[kept]
    similarity = np.where(is_gone, documents.similarity[kept], documents.similarity[gone])
    kept = np.where(is_gone, documents.kept[kept], kept)
    same, near = DropReason.DUPLICATE_DOCUMENT, DropReason.NEAR_DUPLICATE_DOCUMENT
    return with_nulls(
        {
            "level": repeated("document", rows),
            "reason": pa.array([same if each == GOES else near for each in documents.standing[gone]], pa.string()),
            "site": rows["site"], "url": rows["url"], "text": rows["text"],
            "kept_id": ids_or_null(documents.numbers, kept), "similarity": similarity / THOUSANDTHS,
        },
        DROPPED_SCHEMA,
    )  # fmt: skip
