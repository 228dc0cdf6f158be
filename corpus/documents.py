"""The documents of all sites: which are the same, which nearly, on which side of the split each is.

In: the sites' tables. Out: arrays over all documents, in order of (site, address), and for each that may go the one
that it is like. Decides about whole documents only; whether a near duplicate really goes is known when the sentences
are joined, because it stays where it says something that is said nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.dedup import first_of_each, ids_of
from corpus.memory import release_memory
from corpus.near.signature_cache import SignatureCache
from corpus.near.stage import Near, judged_documents
from corpus.near.text_store import TextWriter
from corpus.site_tables import DOCUMENTS, read_batches
from corpus.split import is_validation_document
from corpus.workers import Workers

# How a document stands: sentences are taken from the best.
STAYS, MAY_GO, GOES = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Documents:
    """D documents.

    Attributes:
        numbers: (D,) ids as numbers.
        sites: (D,) place of the site.
        standing: (D,) STAYS; MAY_GO: a near duplicate; GOES: another has the same text.
        is_validation: (D,) side of the split.
        kept: (D,) the document that it is like, itself where none; similarity 1 where the text is the same.
        similarity: (D,) in thousandths.
        cluster: (D,) the document that stands for its near duplicates, -1 where it has none.
    """

    numbers: NDArray[np.uint64]
    sites: NDArray[np.int32]
    standing: NDArray[np.int8]
    is_validation: NDArray[np.bool_]
    kept: NDArray[np.int64]
    similarity: NDArray[np.int64]
    cluster: NDArray[np.int64]


def join_documents(
    folders: Sequence[Path], work: Path, validation_share: float, workers: Workers, cache: SignatureCache
) -> Documents:
    """`folders` are the sites' working folders, in order; `work` takes the texts while they are compared."""
    numbers, sites, keys, lengths = _arrays(folders)
    first = first_of_each(keys, numbers, sites)
    is_first = first == np.arange(len(numbers))
    # a near duplicate of a text goes for the longer one: it says more
    places = np.flatnonzero(is_first)
    rank = np.empty(len(places), dtype=np.int32)
    rank[np.lexsort((numbers[places], sites[places], -lengths[places]))] = np.arange(len(places))
    texts = work / "document-texts"
    _write_texts(folders, is_first, texts)
    release_memory()
    near = judged_documents(texts, rank, workers, cache)
    return _joined(numbers, sites, first, places, near, validation_share)


def _arrays(
    folders: Sequence[Path],
) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint64], NDArray[np.int64]]:
    """Number, site, text key and length in characters of every document."""
    parts = [
        (site, batch["document"].to_numpy(), batch["text_key"].to_numpy(), pc.utf8_length(batch["text"]).to_numpy())
        for site, folder in enumerate(folders)
        for batch in read_batches(folder, DOCUMENTS, ["document", "text_key", "text"])
    ]
    numbers = np.concatenate([part[1] for part in parts] or [np.zeros(0, np.uint64)])
    sites = np.concatenate([np.full(len(part[1]), part[0], np.int32) for part in parts] or [np.zeros(0, np.int32)])
    keys = np.concatenate([part[2] for part in parts] or [np.zeros(0, np.uint64)])
    lengths = np.concatenate([part[3] for part in parts] or [np.zeros(0, np.int64)]).astype(np.int64)
    return numbers, sites, keys, lengths


def _write_texts(folders: Sequence[Path], is_first: NDArray[np.bool_], path: Path) -> None:
    """One copy of each different text."""
    place = 0
    with TextWriter(path) as writer:
        for folder in folders:
            for batch in read_batches(folder, DOCUMENTS, ["text"]):
                wanted = batch.filter(pa.array(is_first[place : place + batch.num_rows]))
                writer.extend(wanted["text"])
                place += batch.num_rows


def _joined(
    numbers: NDArray[np.uint64], sites: NDArray[np.int32], first: NDArray[np.int64], places: NDArray[np.int64],
    near: Near, validation_share: float,
) -> Documents:  # fmt: skip
    standing = np.full(len(numbers), GOES, dtype=np.int8)
    standing[places] = np.where(near.is_kept, STAYS, MAY_GO)
    kept, similarity = first.copy(), np.full(len(numbers), 1000, dtype=np.int64)
    kept[places] = np.where(near.is_kept, places, places[near.kept])
    similarity[places] = near.similarity
    cluster = np.full(len(numbers), -1, dtype=np.int64)
    cluster[places] = np.where(near.cluster >= 0, places[near.cluster], -1)
    return Documents(
        numbers=numbers, sites=sites, standing=standing, kept=kept, similarity=similarity, cluster=cluster,
        is_validation=is_validation_document(ids_of(numbers).to_pylist(), validation_share),
    )  # fmt: skip
