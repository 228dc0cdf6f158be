"""Candidates compared exactly: a task for each part of them.

In: the texts, the working files, a part. Out: a file of the pairs that are near, by place. Pairs are compared in order,
so many at a time that the grams of their texts fit a bounded memory.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.arrays import put_array
from corpus.near.folder import NearFolder
from corpus.near.lines import are_alike_where_they_differ
from corpus.near.text_store import TextStore
from corpus.near.verify import overlaps

PAIR = np.dtype([("places", "<u8"), ("thousandths", "<u2")])  # the worse place above, the better below (32 bits each)
TEXT_GRAMS = 1_000_000  # whose sets are held at a time, of 12,000 sentences or 300 long pages
MOST_BYTES = 40_000_000  # about, of the candidates held at a time
_PAIRS_AT_A_TIME = 500_000
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


def near_pairs_of_part(store: TextStore, work: NearFolder, part: int, documents: bool) -> None:
    """Compare the candidates of a part, found in all bands, and remove their files."""
    paths = work.candidates(part)
    order, sizes = work.order(), work.sizes()
    with work.pairs_path(part).open("wb") as file:
        for candidates in _different(paths):
            for some in _chunks(candidates, sizes):
                put_array(file, _compared(store, order, some, documents=documents))
    for path in paths:
        path.unlink()


def _different(paths: Sequence[Path]) -> Iterator[NDArray[np.uint64]]:
    """Each candidate once, in order, those of as many worse texts at a time as keep memory bounded."""
    first = min(int(np.fromfile(path, dtype=np.uint64).min() >> _HALF) for path in paths)
    last = max(int(np.fromfile(path, dtype=np.uint64).max() >> _HALF) for path in paths) + 1
    step = -(-(last - first) * MOST_BYTES // (sum(path.stat().st_size for path in paths) + MOST_BYTES))
    for start in range(first, last, step):
        bounds = np.array([start, start + step], dtype=np.uint64) << _HALF
        found = (np.fromfile(path, dtype=np.uint64) for path in paths)
        yield np.unique(np.concatenate([each[(each >= bounds[0]) & (each < bounds[1])] for each in found]))


def _chunks(candidates: NDArray[np.uint64], sizes: NDArray[np.uint32]) -> Iterator[NDArray[np.uint64]]:
    """Consecutive candidates whose different texts have about TEXT_GRAMS grams."""
    while len(candidates):
        both = np.stack([candidates >> _HALF, candidates & _LOW], axis=1).ravel()[: 2 * _PAIRS_AT_A_TIME]
        texts, firsts = np.unique(both, return_index=True)
        new_grams = np.zeros(len(both), dtype=np.int64)
        new_grams[firsts] = sizes[texts]
        last = max(int(np.searchsorted(np.cumsum(new_grams), TEXT_GRAMS, side="right")) // 2, 1)
        yield candidates[:last]
        candidates = candidates[last:]


def _compared(
    store: TextStore, order: NDArray[np.uint32], candidates: NDArray[np.uint64], *, documents: bool
) -> NDArray[Any]:
    worse, better = candidates >> _HALF, candidates & _LOW
    wanted, places = np.unique(np.concatenate([better, worse]), return_inverse=True)
    texts = store.at(order[wanted].tolist())
    first, second = places[: len(better)], places[len(better) :]
    found = overlaps(texts, first, second)
    near = found.is_near
    if documents:
        for pair in np.flatnonzero(near):
            near[pair] = are_alike_where_they_differ(texts[first[pair]], texts[second[pair]])
    records = np.empty(int(near.sum()), dtype=PAIR)
    records["places"], records["thousandths"] = candidates[near], found.thousandths[near]
    return records
