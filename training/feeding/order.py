"""What an epoch is made of, and which sentences a step sees.

In: indexes of sentences by kind (all, or the changed ones with some of the others, and general Danish), and how large a
share of an epoch each is to be. Out: the sentences of each step, a pure function of seed and step, so that any step can
be made at any time, in any process. Knows no texts.
"""

from dataclasses import dataclass

import numpy as np

from training.feeding.batches import Tokens
from training.feeding.draws import Purpose, generator_for

_NONE: Tokens = np.empty(0, np.int64)


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Kinds of sentences, as indexes into one token file.

    Attributes:
        always: in every epoch.
        replayed: of these `num_replayed` are drawn anew for each epoch, so that they are not forgotten.
        general: of these, from outside the corpus, `num_general`.
    """

    always: Tokens
    replayed: Tokens
    num_replayed: int
    general: Tokens
    num_general: int

    @property
    def num_sentences(self) -> int:
        """Sentences of an epoch."""
        return len(self.always) + self.num_replayed + self.num_general

    def epoch(self, seed: int, epoch: int) -> Tokens:
        """The sentences of an epoch in their order."""
        if self.num_sentences == len(self.always):
            return self.always[generator_for(seed, Purpose.ORDER, epoch).permutation(len(self.always))]
        draw = generator_for(seed, Purpose.REPLAY, epoch)
        kinds = ((self.replayed, self.num_replayed), (self.general, self.num_general))
        drawn = [draw.choice(kind, size=number, replace=False) for kind, number in kinds]
        together = np.concatenate([self.always, *drawn])
        return together[generator_for(seed, Purpose.ORDER, epoch).permutation(len(together))]


def mix(
    always: Tokens, *, replayed: Tokens = _NONE, replay_share: float = 0.0, general: Tokens = _NONE,
    general_share: float = 0.0,
) -> Mixture:  # fmt: skip
    """Draw so many that replayed and general sentences are these shares of an epoch, or as many as there are."""
    whole = len(always) / max(1.0 - replay_share - general_share, 0.01)
    return Mixture(
        always=always, replayed=replayed, num_replayed=min(round(replay_share * whole), len(replayed)),
        general=general, num_general=min(round(general_share * whole), len(general)),
    )  # fmt: skip


def everything(num_sentences: int) -> Mixture:
    return mix(np.arange(num_sentences))


def steps_per_epoch(num_sentences: int, batch_sentences: int) -> int:
    """The last batch of an epoch may be smaller, as in the published recipe."""
    return -(-num_sentences // batch_sentences)


class BatchOrder:
    """The sentences of each step; keeps the order of the epoch it was last asked for."""

    def __init__(self, *, seed: int, mixture: Mixture, batch_sentences: int) -> None:
        self.seed, self.mixture, self.batch_sentences = seed, mixture, batch_sentences
        self.steps_per_epoch = steps_per_epoch(mixture.num_sentences, batch_sentences)
        self._epoch = -1
        self._order: Tokens = np.empty(0, np.int64)

    def sentences_of(self, step: int) -> Tokens:
        """Indexes of the sentences of a step; steps count from 0 over all epochs."""
        epoch, batch = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self.mixture.epoch(self.seed, epoch)
        return self._order[batch * self.batch_sentences : (batch + 1) * self.batch_sentences]
