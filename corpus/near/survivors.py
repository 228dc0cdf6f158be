"""Which of near duplicates stay, and which belong together.

In: the pairs that are near, and the texts' ranks. Out: for each text whether it stays, for which one it went, and which
text stands for its cluster. Ranks are made of content, so the order of the texts decides nothing.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PAIRS_AT_A_TIME = 1_000_000  # as Python numbers, about 100 MB


@dataclass(frozen=True, kw_only=True, slots=True)
class NearPairs:
    """Pairs of indices, first < second, in order, no pair twice, and their similarity in 1/1000, rounded."""

    first: NDArray[np.uint32]
    second: NDArray[np.uint32]
    thousandths: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.first)

    def of(self, chosen: NDArray[np.bool_]) -> "NearPairs":
        return NearPairs(first=self.first[chosen], second=self.second[chosen], thousandths=self.thousandths[chosen])


@dataclass(frozen=True, kw_only=True, slots=True)
class Survivors:
    """By index: whether a text stays; the best-ranked near text that does; how alike the two are, in 1/1000.

    A text that stays is its own survivor.
    """

    kept: NDArray[np.bool_]
    survivor: NDArray[np.uint32]
    thousandths: NDArray[np.uint16]


def order_of(num_texts: int, rank: NDArray[Any] | None) -> NDArray[np.uint32]:
    """The indices of the texts, least rank first; without ranks in order of index."""
    if rank is None:
        return np.arange(num_texts, dtype=np.uint32)
    if len(rank) != num_texts:
        raise ValueError(f"{len(rank)} ranks for {num_texts} texts")
    order = np.argsort(rank, kind="stable")
    ordered = rank[order]
    if np.any(ordered[1:] == ordered[:-1]):
        raise ValueError("two texts have the same rank: their order would decide which of them stays")
    return order.astype(np.uint32)


def survivors(num_texts: int, pairs: NearPairs, rank: NDArray[Any] | None = None) -> Survivors:
    """A text goes if and only if a better-ranked text near it stays.

    In the words of graphs: the lexicographically first maximal independent set. So a text never goes for one that goes
    itself, and never for one that it is not near.
    """
    order = order_of(num_texts, rank)
    better, worse = _places(num_texts, pairs, order)
    by_worse = np.lexsort((better, worse))
    stays, decisive = bytearray(b"\1") * num_texts, array("q")
    for position, low, high in _as_numbers(by_worse, better, worse):
        if stays[high] and stays[low]:  # whether `low` stays is decided: its own pairs came before
            stays[high] = 0
            decisive.append(position)
    kept = np.empty(num_texts, dtype=bool)
    kept[order] = np.frombuffer(stays, dtype=bool)
    survivor, thousandths = np.arange(num_texts, dtype=np.uint32), np.full(num_texts, 1000, dtype=np.uint16)
    chosen = np.frombuffer(decisive, dtype=np.int64)
    gone = order[worse[chosen]]
    survivor[gone], thousandths[gone] = order[better[chosen]], pairs.thousandths[chosen]
    return Survivors(kept=kept, survivor=survivor, thousandths=thousandths)


def clusters(num_texts: int, pairs: NearPairs, rank: NDArray[Any] | None = None) -> NDArray[np.uint32]:
    """(num_texts,) uint32: the best-ranked text of each text's cluster, those that pairs connect, be it over others."""
    order = order_of(num_texts, rank)
    one, other = _places(num_texts, pairs, order)
    label = np.arange(num_texts, dtype=np.uint32)
    while len(one):
        low, high = np.minimum(label[one], label[other]), np.maximum(label[one], label[other])
        np.minimum.at(label, high, low)
        while np.any((shorter := label[label]) != label):
            label = shorter
        apart = label[one] != label[other]
        one, other = one[apart], other[apart]
    representative = np.empty(num_texts, dtype=np.uint32)
    representative[order] = order[label]
    return representative


def _places(
    num_texts: int, pairs: NearPairs, order: NDArray[np.uint32]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Of each pair the better place in the order, and the worse."""
    place_of = np.empty(num_texts, dtype=np.uint32)
    place_of[order] = np.arange(num_texts, dtype=np.uint32)
    one, other = place_of[pairs.first], place_of[pairs.second]
    return np.minimum(one, other), np.maximum(one, other)


def _as_numbers(
    positions: NDArray[np.int64], better: NDArray[np.uint32], worse: NDArray[np.uint32]
) -> Iterator[tuple[int, int, int]]:
    for start in range(0, len(positions), _PAIRS_AT_A_TIME):
        some = positions[start : start + _PAIRS_AT_A_TIME]
        yield from zip(some.tolist(), better[some].tolist(), worse[some].tolist(), strict=True)
