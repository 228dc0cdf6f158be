"""Which sentences a step sees, and how they become arrays.

In: seed, step and a token file. Out: sentence indexes, their tokens end to end, and padded arrays.
Everything is a pure function of its arguments, so any step can be made at any time, in any process. Does
not mask.

Shapes: B sentences, L tokens of the longest of them, T tokens of all of them end to end.
"""

import numpy as np
from numpy.typing import NDArray

from training.feeding.draws import Purpose, generator_for

Tokens = NDArray[np.int64]
IGNORED = -100  # a label that torch's cross_entropy leaves out


def steps_per_epoch(num_sentences: int, batch_sentences: int) -> int:
    """The last batch of an epoch may be smaller, as in the published recipe."""
    return -(-num_sentences // batch_sentences)


def epoch_order(seed: int, epoch: int, num_sentences: int) -> Tokens:
    return generator_for(seed, Purpose.ORDER, epoch).permutation(num_sentences)


class BatchOrder:
    """The sentences of each step; keeps the order of the epoch it was last asked for."""

    def __init__(self, *, seed: int, num_sentences: int, batch_sentences: int) -> None:
        self.seed, self.num_sentences, self.batch_sentences = seed, num_sentences, batch_sentences
        self.steps_per_epoch = steps_per_epoch(num_sentences, batch_sentences)
        self._epoch = -1
        self._order: Tokens = np.empty(0, np.int64)

    def sentences_of(self, step: int) -> Tokens:
        """Indexes of the sentences of a step; steps count from 0 over all epochs."""
        epoch, batch = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, epoch_order(self.seed, epoch, self.num_sentences)
        return self._order[batch * self.batch_sentences : (batch + 1) * self.batch_sentences]


def gather(tokens: NDArray[np.uint32], offsets: NDArray[np.uint64], sentences: Tokens) -> tuple[Tokens, Tokens]:
    """Read sentences from a token file.

    Returns:
        Their tokens end to end, (T,) int64, and the number of tokens of each, (B,) int64.
    """
    starts = offsets[sentences].astype(np.int64)
    lengths = offsets[sentences + 1].astype(np.int64) - starts
    first = np.cumsum(lengths) - lengths
    positions = np.arange(lengths.sum()) + np.repeat(starts - first, lengths)
    return tokens[positions].astype(np.int64), lengths


def pad(values: Tokens, lengths: Tokens, filler: int) -> Tokens:
    """(T,) tokens end to end -> (B, L), each sentence a row, `filler` behind its end."""
    rows = np.full((len(lengths), int(lengths.max())), filler, dtype=np.int64)
    rows[is_token(lengths)] = values
    return rows


def is_token(lengths: Tokens) -> NDArray[np.bool_]:
    """(B, L) true where a row holds a token, false where it is padding: the attention mask."""
    return np.asarray(np.arange(int(lengths.max())) < lengths[:, None])
