"""How much epsilon one training run shows at least, from guesses about which canaries were in it.

In: a score for each canary and whether it was in; or counts of guesses. Out: a lower bound on epsilon. The theorem is
that of Steinke, Nasr and Jagielski 2023 (arXiv 2305.08846, theorem 5.2): if each of N canaries is in by a fair coin of
its own and training is (epsilon, delta)-private, then the number of right guesses is hardly larger than that of a
binomial variable whose chance is e^epsilon / (1 + e^epsilon). Trains nothing and knows no models.

Counts: N canaries, R guesses, V right ones.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# The shares of canaries that are guessed about, half of them as in and half as out; fixed before any score was seen.
# Each is tried with its part of the error that is allowed (Bonferroni), so that the best of them may be taken.
GUESSED_SHARES = (0.05, 0.1, 0.2, 0.4, 1.0)
CONFIDENCE = 0.95
_MAX_EPSILON = 64.0  # no number of canaries that fits on a disk could show as much
_HALVINGS = 40


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What the guesses show.

    Attributes:
        epsilon: lower bound at `confidence`; 0: they show nothing.
        num_guesses, num_right: those that it comes from.
        largest: the bound if every guess had been right: more than that this number of canaries cannot show.
    """

    epsilon: float
    num_canaries: int
    num_guesses: int
    num_right: int
    largest: float
    delta: float
    confidence: float


def bound_from_scores(
    scores: NDArray[np.float64], is_in: NDArray[np.bool_], *, delta: float, confidence: float = CONFIDENCE
) -> Bound:
    """Guess the canaries with the highest scores as in, those with the lowest as out, none between; the best bound.

    Args:
        scores: (N,) the higher, the likelier it was trained on; among equal ones the order given decides.
        is_in: (N,) what the coins said.
    """
    order = np.argsort(-scores, kind="stable")
    found = []
    for num_guesses in guess_counts(len(scores)):
        half = num_guesses // 2
        num_right = int(is_in[order[:half]].sum() + (~is_in[order[len(order) - half :]]).sum())
        found.append((_corrected(num_guesses, num_right, len(scores), delta, confidence), num_guesses, num_right))
    epsilon, num_guesses, num_right = max(found, key=lambda each: each[0])
    return Bound(
        epsilon=epsilon, num_canaries=len(scores), num_guesses=num_guesses, num_right=num_right,
        largest=largest_bound(len(scores), delta, confidence), delta=delta, confidence=confidence,
    )  # fmt: skip


def guess_counts(num_canaries: int) -> list[int]:
    """How many guesses are tried, each an even number."""
    counts = (2 * round(share * num_canaries / 2) for share in GUESSED_SHARES)
    return sorted({min(count, num_canaries - num_canaries % 2) for count in counts if count})


def largest_bound(num_canaries: int, delta: float, confidence: float = CONFIDENCE) -> float:
    """What N canaries could show at best: every guess right."""
    counts = guess_counts(num_canaries)
    return max((_corrected(count, count, num_canaries, delta, confidence) for count in counts), default=0.0)


def _corrected(num_guesses: int, num_right: int, num_canaries: int, delta: float, confidence: float) -> float:
    error = (1 - confidence) / len(GUESSED_SHARES)
    return lower_bound(num_guesses, num_right, num_canaries, delta, 1 - error)


def lower_bound(num_guesses: int, num_right: int, num_canaries: int, delta: float, confidence: float) -> float:
    """The largest epsilon that so many right guesses refute; of one choice of the number of guesses.

    Args:
        delta: of the (epsilon, delta) that is doubted.
        confidence: chance at least that the bound is not above the true epsilon.
    """
    low, high = 0.0, _MAX_EPSILON
    if p_value(num_guesses, num_right, num_canaries, low, delta) > 1 - confidence:
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if p_value(num_guesses, num_right, num_canaries, middle, delta) > 1 - confidence:
            high = middle
        else:
            low = middle
    return low


def p_value(num_guesses: int, num_right: int, num_canaries: int, epsilon: float, delta: float) -> float:
    """Chance at most of so many right guesses, or more, under (epsilon, delta)-privacy.

    The first part is the tail of the binomial distribution, the second what delta may add: 2 N delta times the largest
    of P[V - i <= binomial < V] / i.
    """
    chances = _binomial(num_guesses, 1 / (1 + math.exp(-epsilon)))
    tail = float(chances[num_right:].sum())
    if not delta or not num_right:
        return min(tail, 1.0)
    below = np.cumsum(chances[:num_right][::-1])
    return min(tail + 2 * num_canaries * delta * float((below / np.arange(1, num_right + 1)).max()), 1.0)


def _binomial(number: int, chance: float) -> NDArray[np.float64]:
    """(number + 1,) the chance of each number of hits."""
    logs, hits = _log_factorials(number), np.arange(number + 1)
    powers = hits * math.log(chance) + (number - hits) * math.log1p(-chance)
    return np.asarray(np.exp(logs[-1] - logs - logs[::-1] + powers))


@lru_cache(maxsize=8)
def _log_factorials(number: int) -> NDArray[np.float64]:
    """(number + 1,) of 0, 1, ..., number."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, number + 1)))])
