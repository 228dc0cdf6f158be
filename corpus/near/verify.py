"""Exact Jaccard similarity of pairs of texts, many pairs at a time.

In: texts, and pairs of their places. Out: for each pair the numbers of grams that both have and that either has, so
that what is near is decided on integers. The gram set of a text is made once for all pairs of one call. Holds all
texts and grams of the call in memory: about 50 bytes a character.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.near.minhash import GRAM_LENGTH

NEAR_NUMERATOR, NEAR_DENOMINATOR = 4, 5  # near: a Jaccard similarity of 0.8 or more
MOST_GRAMS = 500_000  # of the pairs compared at a time
_KEY_BITS = 64
_PADDING = "\ud800"  # lengthens a text shorter than a gram; stands in no text, being no character


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlaps:
    """For each pair, in how many different grams the two meet, and how many there are in all."""

    common: NDArray[np.int64]
    union: NDArray[np.int64]

    @property
    def is_near(self) -> NDArray[np.bool_]:
        return NEAR_DENOMINATOR * self.common >= NEAR_NUMERATOR * self.union

    @property
    def thousandths(self) -> NDArray[np.uint16]:
        """The similarity in 1/1000, rounded half up; for the record, never to decide."""
        return ((2000 * self.common + self.union) // (2 * self.union)).astype(np.uint16)


def overlaps(texts: Sequence[str], first: NDArray[np.int64], second: NDArray[np.int64]) -> Overlaps:
    """Of the pairs (texts[first[k]], texts[second[k]])."""
    lowered = [text.lower().ljust(GRAM_LENGTH, _PADDING) for text in texts]
    codes = np.frombuffer("".join(lowered).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    numbers, num_characters = _numbered(codes)
    gram_bits = (num_characters**GRAM_LENGTH - 1).bit_length()
    if gram_bits + max(len(texts), len(first)).bit_length() > _KEY_BITS and len(first) > 1:
        middle = len(first) // 2  # texts of so many different characters that a key has no room for the pair
        return _joined([_of_few(texts, first[part], second[part]) for part in (slice(middle), slice(middle, None))])
    shift = np.uint64(gram_bits)
    lengths = np.array([len(text) for text in lowered])
    keys, ends = _gram_sets(numbers, np.uint64(num_characters), lengths, shift)
    sizes = np.diff(ends, prepend=0)
    values = keys & ((np.uint64(1) << shift) - np.uint64(1))
    found = []
    for some in _batches(sizes[first] + sizes[second]):
        sides = [_with_pair(values, ends, sizes, side[some], shift) for side in (first, second)]
        in_pairs = np.concatenate(sides)
        in_pairs.sort()
        twice = in_pairs[1:][in_pairs[1:] == in_pairs[:-1]] >> shift
        common = np.bincount(twice.astype(np.int64), minlength=len(first[some]))
        found.append(Overlaps(common=common, union=sizes[first[some]] + sizes[second[some]] - common))
    return _joined(found)


def _batches(num_grams: NDArray[np.int64]) -> Iterator[slice]:
    """Consecutive pairs of about MOST_GRAMS grams."""
    ends = np.cumsum(num_grams)
    first, done = 0, 0
    while first < len(ends):
        last = max(int(np.searchsorted(ends, done + MOST_GRAMS, side="right")), first + 1)
        yield slice(first, last)
        first, done = last, int(ends[last - 1])


def _joined(parts: Sequence[Overlaps]) -> Overlaps:
    return Overlaps(
        common=np.concatenate([part.common for part in parts]), union=np.concatenate([part.union for part in parts])
    )


def _of_few(texts: Sequence[str], first: NDArray[np.int64], second: NDArray[np.int64]) -> Overlaps:
    wanted, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    return overlaps([texts[place] for place in wanted], places[: len(first)], places[len(first) :])


def _numbered(codes: NDArray[np.uint32]) -> tuple[NDArray[np.uint64], int]:
    """Characters numbered from 0 in the order of their code points, and how many different ones there are."""
    is_there = np.zeros(int(codes.max()) + 1, dtype=bool)
    is_there[codes] = True
    number_of = np.cumsum(is_there, dtype=np.uint64) - np.uint64(1)
    return number_of[codes], int(number_of[-1]) + 1


def _gram_sets(
    numbers: NDArray[np.uint64], base: np.uint64, lengths: NDArray[np.int64], shift: np.uint64
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The different (text, gram) in order, as one number each, and where each text's end.

    Args:
        numbers: of the characters of all texts, each less than `base`.
    """
    keys = (numbers[:-2] * base + numbers[1:-1]) * base + numbers[2:]
    inside = np.ones(len(numbers), dtype=bool)  # grams that cross from one text into the next do not count
    inside[np.cumsum(lengths) - 1] = inside[np.cumsum(lengths) - 2] = False
    keys = keys[inside[:-2]]
    keys |= np.repeat(np.arange(len(lengths), dtype=np.uint64) << shift, lengths - (GRAM_LENGTH - 1))
    keys.sort()
    is_first = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    keys = keys[is_first]
    return keys, np.searchsorted(keys, np.arange(1, len(lengths) + 1, dtype=np.uint64) << shift)


def _with_pair(
    values: NDArray[np.uint64], ends: NDArray[np.int64], sizes: NDArray[np.int64], side: NDArray[np.int64],
    shift: np.uint64,
) -> NDArray[np.uint64]:  # fmt: skip
    """The grams of one side of all pairs, each with the number of its pair above it."""
    counts = sizes[side]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    taken: NDArray[np.uint64] = values[np.repeat((ends - sizes)[side], counts) + within]
    taken |= np.repeat(np.arange(len(side), dtype=np.uint64) << shift, counts)
    return taken
