"""Random numbers as a pure function of seed, purpose and number, the same in a resumed run.

In: the run's seed, what the numbers are for, and which epoch or step; or, for evaluation, keys of sentences. Out: a
generator (Philox, a counter-based one: Salmon et al. 2011), or one number for each token. Keeps no state; nothing about
random numbers needs to be saved in a checkpoint.
"""

import enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # of splitmix64 (Steele, Lea and Flood 2014), as the two below
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Purpose(enum.IntEnum):
    """What draws are for; each has numbers of its own. Another value would change every run: leave them."""

    ORDER = 1
    MASK = 2
    DROPOUT = 3
    EVALUATION = 4
    WEIGHTS = 5
    REPLAY = 6
    BOOTSTRAP = 7
    UNIT_MASK = 8


def generator_for(seed: int, purpose: Purpose, number: int = 0) -> np.random.Generator:
    key = np.array([seed, (int(purpose) << 56) + number], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


class StepDraws:
    """`generator_for` for one step after another, in a sixth of the time: one generator, set anew.

    What `at` gave before must not be used any more once it is called again.
    """

    def __init__(self, seed: int, purpose: Purpose) -> None:
        self._bits = np.random.Philox(key=np.array([seed, int(purpose) << 56], dtype=np.uint64))
        self._generator = np.random.Generator(self._bits)
        self._fresh: Any = self._bits.state
        self._first_key = int(purpose) << 56

    def at(self, number: int) -> np.random.Generator:
        self._fresh["state"]["key"][1] = self._first_key + number
        self._bits.state = self._fresh
        return self._generator


def torch_seed(seed: int, purpose: Purpose, number: int = 0) -> int:
    """A seed for torch's own generator."""
    return int(generator_for(seed, purpose, number).integers(2**63))


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64's last step: numbers that differ in one bit become numbers that have nothing in common."""
    values = (values ^ (values >> np.uint64(30))) * _MIX_1
    values = (values ^ (values >> np.uint64(27))) * _MIX_2
    return values ^ (values >> np.uint64(31))


def keyed_uniform(keys: NDArray[np.uint64], positions: NDArray[np.int64], stream: int) -> NDArray[np.float64]:
    """Numbers in [0, 1), each a function of its key, its position and the stream alone, in whatever company.

    Args:
        keys: (T,) for instance the sentence each token is of.
        positions: (T,) place of each token in its sentence.
        stream: tells apart what is drawn for one token; any whole number below 2**64.
    """
    start = mixed(keys + mixed(np.full(1, stream, dtype=np.uint64) + _GOLDEN))
    drawn = mixed(start + positions.astype(np.uint64) * _GOLDEN) >> np.uint64(11)
    return drawn.astype(np.float64) * 2.0**-53
