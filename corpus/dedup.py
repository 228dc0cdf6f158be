"""One copy of each sentence and of each text; which one stays follows from what they are, never from their order.

In: sentence occurrences of all sites, as arrays. Out: for each different sentence its survivor, and how often and on
how many sites it was met. The survivor is the occurrence with the least (site, document, position) among those in
documents that stay. Near duplicates are found elsewhere.
"""

import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from foundation.files import sha256_of_text

ID_LENGTH = 16  # hex digits of sha256: two of 10 million different sentences meet with probability 3 in a million


def normalised(text: str) -> str:
    """What makes two sentences the same: Unicode form, case and blanks do not."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def sentence_id(text: str) -> str:
    return sha256_of_text(normalised(text))[:ID_LENGTH]


def document_id(site: str, url: str) -> str:
    """`url` is the normal URL at first sight."""
    return sha256_of_text(site, url)[:ID_LENGTH]


def sentence_number(text: str) -> int:
    """The id as a number of 64 bits; numbers are in the order of ids."""
    return int(sentence_id(text), 16)


def document_number(site: str, url: str) -> int:
    return int(document_id(site, url), 16)


def text_number(text_sha256: str) -> int:
    return int(text_sha256[:ID_LENGTH], 16)


def ids_of(numbers: NDArray[np.uint64]) -> pa.StringArray:
    """Numbers as hex ids."""
    digits = numbers.astype(">u8").tobytes().hex().encode()
    offsets = np.arange(0, (len(numbers) + 1) * ID_LENGTH, ID_LENGTH, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(digits))


def numbers_of(ids: pa.StringArray | pa.ChunkedArray) -> NDArray[np.uint64]:
    """Hex ids as numbers."""
    return np.frombuffer(bytes.fromhex("".join(ids.to_pylist())), dtype=">u8").astype(np.uint64)


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """Occurrences by sentence: N sentences, in order of their number.

    Attributes:
        survivors: (N,) row of each survivor.
        removed: rows of all other occurrences, by sentence.
        num_occurrences, num_sites: (N,).
        is_all_validation: (N,) whether every document that holds the sentence is on the validation side.
    """

    survivors: NDArray[np.int64]
    removed: NDArray[np.int64]
    num_occurrences: NDArray[np.int64]
    num_sites: NDArray[np.int64]
    is_all_validation: NDArray[np.bool_]


def grouped(
    sentences: NDArray[np.uint64], sites: NDArray[np.integer], documents: NDArray[np.uint64],
    positions: NDArray[np.integer], *, standing: NDArray[np.integer], is_validation: NDArray[np.bool_],
) -> Grouped:  # fmt: skip
    """Group M occurrences.

    Args:
        standing: (M,) 0 where the document stays, more where it may go; the least is preferred.
        is_validation: (M,) side of the document.
    """
    order = np.lexsort((positions, documents, sites, standing, sentences))
    starts = _starts(sentences[order])
    is_first = np.zeros(len(order), dtype=bool)
    is_first[starts] = True
    by_site = np.lexsort((sites, sentences))
    is_new_site = _is_new(sentences[by_site]) | _is_new(sites[by_site])
    return Grouped(
        survivors=order[starts],
        removed=order[~is_first],
        num_occurrences=np.diff(starts, append=len(order)),
        num_sites=np.add.reduceat(is_new_site.astype(np.int64), starts) if len(starts) else np.zeros(0, np.int64),
        is_all_validation=np.logical_and.reduceat(is_validation[order], starts) if len(starts) else np.zeros(0, bool),
    )


def first_of_each(keys: NDArray[np.uint64], *order: NDArray[np.integer]) -> NDArray[np.int64]:
    """For each row the row of the same key that comes first in `order` (the most important array last)."""
    rows = np.lexsort((*order, keys))
    starts = _starts(keys[rows])
    group = np.cumsum(_is_new(keys[rows])) - 1
    found = np.empty(len(rows), dtype=np.int64)
    found[rows] = rows[starts][group]
    return found


def _is_new(values: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Where a value differs from the one before."""
    is_new = np.ones(len(values), dtype=bool)
    is_new[1:] = values[1:] != values[:-1]
    return is_new


def _starts(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.flatnonzero(_is_new(values))
