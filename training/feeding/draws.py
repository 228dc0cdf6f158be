"""Random numbers as a pure function of seed, purpose and number, the same in a resumed run.

In: the run's seed, what the numbers are for, and which epoch or step. Out: a generator (Philox, a
counter-based one: Salmon et al. 2011). Keeps no state; nothing about random numbers needs to be saved in a
checkpoint.
"""

import enum

import numpy as np


class Purpose(enum.IntEnum):
    """What draws are for; each has numbers of its own. Another value would change every run: leave them."""

    ORDER = 1
    MASK = 2
    DROPOUT = 3
    EVALUATION = 4
    WEIGHTS = 5


def generator_for(seed: int, purpose: Purpose, number: int = 0) -> np.random.Generator:
    key = np.array([seed, (int(purpose) << 56) + number], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


def torch_seed(seed: int, purpose: Purpose, number: int = 0) -> int:
    """A seed for torch's own generator."""
    return int(generator_for(seed, purpose, number).integers(2**63))
