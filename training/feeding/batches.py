"""Sentences read from a token file, and divided into pieces that fit into memory.

In: the arrays of a token file and indexes of sentences. Out: their tokens end to end. Does not choose sentences
(order.py), nor mask (masking.py); padding is packed/'s.

Shapes: B sentences, L tokens of the longest of them, T tokens of all of them end to end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Tokens = NDArray[np.int64]
Flags = NDArray[np.bool_]
# What a word of a token file says besides its id.
CONTINUES_WORD = np.uint32(1 << 31)
IS_FIXED = np.uint32(1 << 30)  # never to be guessed: special tokens, and placeholders of personal data
ID_BITS = np.uint32((1 << 24) - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentences:
    """Tokens of some sentences end to end.

    Attributes:
        ids: (T,) int64.
        lengths: (B,) int64, tokens of each sentence.
        is_fixed: (T,) never to be hidden.
        continues_word: (T,) belongs to the word of the token before it.
    """

    ids: Tokens
    lengths: Tokens
    is_fixed: Flags
    continues_word: Flags

    @property
    def starts(self) -> Tokens:
        """(B,) where each sentence begins."""
        return np.cumsum(self.lengths) - self.lengths


def gather(tokens: NDArray[np.uint32], offsets: NDArray[np.uint64], indexes: Tokens) -> Sentences:
    """Read sentences from the arrays of a token file, in the order given."""
    starts = offsets[indexes].astype(np.int64)
    lengths = offsets[indexes + 1].astype(np.int64) - starts
    ends = lengths.cumsum()
    positions = np.arange(ends[-1] if len(ends) else 0)
    positions += (starts - (ends - lengths)).repeat(lengths)
    words = tokens[positions]
    return Sentences(
        ids=(words & ID_BITS).astype(np.int64), lengths=lengths,
        is_fixed=(words & IS_FIXED) != 0, continues_word=(words & CONTINUES_WORD) != 0,
    )  # fmt: skip


def pieces(lengths: Tokens, max_tokens: int) -> Iterator[Tokens]:
    """Cut sentences into groups of like lengths, each of at most `max_tokens` tokens; a longer sentence stands alone.

    Gives indexes into `lengths`, longest first, so that what needs most memory is met at once.
    """
    order = np.argsort(-lengths, kind="stable")
    ends = np.cumsum(lengths[order])
    first = 0
    while first < len(order):
        before = ends[first - 1] if first else 0
        last = max(int(np.searchsorted(ends, before + max_tokens, side="right")), first + 1)
        yield order[first:last]
        first = last
