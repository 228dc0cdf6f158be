"""Candidates: pairs of texts that share a band of their signatures and may be near by their sizes and sketches.

In: the working files and a band. Out: files of candidate pairs. Bands are independent tasks. What is near is decided
by exact comparison elsewhere (verify.py).

Of a bucket (the texts that share a band's key) of at most COMPLETE_BUCKET texts all pairs are candidates. The larger
ones are crowds: search.py says in which steps they are compared.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from corpus.arrays import put_array
from corpus.near.folder import NearFolder
from corpus.near.minhash import LEAST_AGREEING_BITS, SKETCH_BITS

COMPLETE_BUCKET = 32  # at most 15.5 pairs a text
PAIRS_PER_BUCKET = 250_000  # of one step, about: all pairs of 500 texts, 2 partners for each of 100,000
# Of one part: pairs whose worse-ranked text has one of so many places; an eighth of all, within these bounds.
FEWEST_PART_TEXTS, MOST_PART_TEXTS = 1 << 8, 1 << 14
_PAIRS_AT_A_TIME = 250_000  # some 25 MB
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


def candidates_of_band(work: NearFolder, band: int) -> bool:
    """Write the candidates of all small buckets by part, and the crowds aside; whether there are crowds."""
    keys = _not_alone(work.keys_of_band(band))
    lengths = _lengths(keys)
    is_crowd = np.repeat(lengths > COMPLETE_BUCKET, lengths)
    crowds, small = keys[is_crowd], keys[~is_crowd]
    work.write_crowds(band, crowds)
    _write_candidates(work, band, small, _num_better(_lengths(small)))
    return len(crowds) > 0


def candidates_in_crowds(work: NearFolder, band: int, boundary: int) -> bool:
    """Candidates among the active texts of the band's crowds; whether none was left out for the size of its bucket.

    A text whose place is at or above the boundary meets those of its bucket below it; with a boundary of 0, all texts
    meet each other.
    """
    keys = work.crowds(band)
    keys = keys[work.active()[keys & _LOW]]
    lengths = _lengths(keys)
    better = _num_better(lengths)
    wanted = better
    if boundary:
        is_below = (keys & _LOW) < np.uint64(boundary)
        below = np.add.reduceat(is_below, np.cumsum(lengths) - lengths) if len(keys) else lengths
        wanted = np.where(is_below, 0, np.repeat(below, lengths))
    most = np.repeat(np.maximum(PAIRS_PER_BUCKET // lengths, 1), lengths)
    _write_candidates(work, band, keys, np.minimum(wanted, most))
    return bool(np.all(wanted <= most))


def _not_alone(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted, those that share their bucket; most do not."""
    keys.sort()
    is_as_before = keys[1:] ^ keys[:-1] <= _LOW
    is_shared = np.zeros(len(keys), dtype=bool)
    is_shared[1:] = is_as_before
    is_shared[:-1] |= is_as_before
    return keys[is_shared]


def _lengths(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many texts each bucket has, of sorted keys."""
    high = (keys >> _HALF).astype(np.uint32)
    starts = np.flatnonzero(high[1:] != high[:-1]) + 1
    return np.diff(starts, prepend=0, append=len(keys)) if len(keys) else starts


def _num_better(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each text of each bucket, how many of the bucket are ranked better: they stand before it."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def _write_candidates(work: NearFolder, band: int, keys: NDArray[np.uint64], counts: NDArray[np.int64]) -> None:
    """Each text with the `counts` best-ranked of its bucket."""
    sizes, sketches = work.sizes(), work.sketches()
    for better, worse in _pairs(keys, counts):
        maybe = _may_be_near(better, worse, sizes, sketches)
        _append(work, band, worse[maybe] << _HALF | better[maybe])


def _pairs(
    keys: NDArray[np.uint64], counts: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.uint64]]]:
    """(better, worse) places of the pairs to compare, some at a time."""
    lengths = _lengths(keys)
    places, bucket_starts = keys & _LOW, np.repeat(np.cumsum(lengths) - lengths, lengths)
    ends = np.cumsum(counts)
    first, done = 0, 0
    while first < len(places):
        last = max(int(np.searchsorted(ends, done + _PAIRS_AT_A_TIME, side="right")), first + 1)
        some = counts[first:last]
        within = np.arange(some.sum()) - np.repeat(ends[first:last] - some - done, some)
        yield places[np.repeat(bucket_starts[first:last], some) + within], np.repeat(places[first:last], some)
        first, done = last, int(ends[last - 1])


def _may_be_near(
    better: NDArray[np.uint64], worse: NDArray[np.uint64], sizes: NDArray[np.uint32], sketches: NDArray[np.uint64]
) -> NDArray[np.bool_]:
    """Not if one gram set is too large to hold 0.8 of the union with the other, or too few bits of the sketches agree.

    The sizes were counted on 32-bit hashes, so a set of many thousands may have one or two more: hence 0.79.
    """
    one, other = sizes[better], sizes[worse]
    maybe = np.minimum(one, other) >= 0.79 * np.maximum(one, other)
    some = np.flatnonzero(maybe)
    differing = np.bitwise_count(sketches[better[some]] ^ sketches[worse[some]]).sum(axis=1)
    maybe[some] = differing <= SKETCH_BITS - LEAST_AGREEING_BITS
    return maybe


def _append(work: NearFolder, band: int, pairs: NDArray[np.uint64]) -> None:
    pairs.sort()
    part_texts = min(max(work.num_texts // 8, FEWEST_PART_TEXTS), MOST_PART_TEXTS)
    parts = (pairs >> _HALF) // np.uint64(part_texts)
    for part in np.unique(parts).tolist():
        first, last = np.searchsorted(parts, [part, part + 1])
        with work.candidates_path(part, band).open("ab") as file:
            put_array(file, pairs[first:last])
