"""How much privacy noisy steps have cost: epsilon at a given delta, and the noise that keeps a promise.

In: mechanisms (Gaussian noise on Poisson samples, repeated) and delta. Out: epsilon by PRV or RDP (bounds.py), or a
noise multiplier. Holds numbers only: knows no data, no model and no settings. Loads opacus only when asked.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from foundation.errors import ConfigError

PRV, RDP = "prv", "rdp"
_MOST_POINTS, _ROUGH_POINTS = 8_000_000, 500_000  # of PRV's grid: two seconds on one core and 0.5 GB, or little
_LEAST_NOISE, _MOST_NOISE = 0.01, 1e6  # the first protects nothing, the second leaves nothing to learn
_TOLERANCE, _ROUGH_TOLERANCE = 1e-3, 1e-2
_MOST_EVALUATIONS = 12  # by PRV, for one noise; two to five are what it takes
_LEAST_EPSILON = 1e-9  # 0 has no logarithm


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """Gaussian noise on the sum of a Poisson sample, repeated.

    Attributes:
        noise_multiplier: its standard deviation, in lengths of what one unit can add to the sum.
        sampling_rate: chance of a unit to be in a sample, above 0 and up to 1.
    """

    noise_multiplier: float
    sampling_rate: float
    num_steps: int


def usual_delta(num_units: int) -> float:
    """The largest power of ten that is not above 1 / number of units."""
    return float(f"1e-{len(str(num_units - 1))}") if num_units > 1 else 1.0


def epsilon_of(
    mechanisms: Sequence[Mechanism], delta: float, accountant: str, *, is_rough: bool = False
) -> float:  # fmt: skip
    """What all the mechanisms together have spent at this delta; 0 where none took a step. Seconds, for PRV.

    PRV is the tighter one: a thousandth above what it would say with endless memory, more only where epsilon is far
    below 1 after very many steps. Where it cannot calculate, or its grid would be too coarse, the number is that of
    RDP: both are bounds, and so is the smaller one.

    Args:
        accountant: `prv` or `rdp`.
        is_rough: a tenth of the time and a few hundredths more, a tenth where steps are very many.
    """
    history = [(each.noise_multiplier, each.sampling_rate, each.num_steps) for each in mechanisms if each.num_steps]
    if not history:
        return 0.0
    from training.private.bounds import epsilon_by_prv, epsilon_by_rdp

    if accountant == RDP:
        return epsilon_by_rdp(history, delta)
    found = epsilon_by_prv(history, delta, most_points=_ROUGH_POINTS if is_rough else _MOST_POINTS)
    return min(found, epsilon_by_rdp(history, delta, is_quick=not math.isinf(found)))


def noise_for(
    epsilon: float, delta: float, *, sampling_rate: float, num_steps: int, is_rough: bool = False
) -> float:  # fmt: skip
    """The smallest noise multiplier that keeps the promise by PRV, to a thousandth (rough: a hundredth) of it.

    What it costs, `epsilon_of` says with the same `is_rough`: never more than epsilon. Begins with RDP's answer and
    goes on by secants, because PRV takes seconds each time.

    Raises:
        ConfigError: no noise can be shown to keep it.
    """
    from training.private.bounds import epsilon_by_rdp

    def by_rdp(noise: float) -> float:
        return epsilon_by_rdp([(noise, sampling_rate, num_steps)], delta, is_quick=True)

    def by_prv(noise: float) -> float:
        steps = Mechanism(noise_multiplier=noise, sampling_rate=sampling_rate, num_steps=num_steps)
        return max(epsilon_of([steps], delta, PRV, is_rough=is_rough), _LEAST_EPSILON)

    if by_rdp(_MOST_NOISE) > epsilon:
        raise ConfigError(
            f"privacy.epsilon {epsilon:g} at delta {delta:g}: less than the accountants can show with any noise; "
            "take a larger one"
        )
    return _smallest_noise(epsilon, by_rdp, by_prv, _ROUGH_TOLERANCE if is_rough else _TOLERANCE)


def _smallest_noise(
    epsilon: float, by_rdp: Callable[[float], float], by_prv: Callable[[float], float], tolerance: float
) -> float:
    """Epsilon falls at least as fast as noise grows: where it is hit to a share, so is the noise."""
    kept, broken = _noise_by_rdp(epsilon, by_rdp, start=1.0, tolerance=tolerance), _LEAST_NOISE
    spent = by_prv(kept)
    last, last_spent = kept, spent
    # a little further on, RDP is too high by about the same share
    guess = _noise_by_rdp(epsilon * by_rdp(kept) / spent, by_rdp, start=kept, tolerance=tolerance)
    for _ in range(_MOST_EVALUATIONS):
        if spent >= (1 - tolerance) * epsilon or kept / broken < 1 + tolerance:
            break
        if not broken < guess < kept:
            guess = math.sqrt(broken * kept)
        guess_spent = by_prv(guess)
        if guess_spent <= epsilon:
            kept, spent = guess, guess_spent
        else:
            broken = guess
        slope = math.log(guess_spent / last_spent) / math.log(guess / last)
        last, last_spent = guess, guess_spent
        if slope:  # a flat piece would send it out of sight
            guess *= math.exp(min(max(math.log((1 - tolerance / 2) * epsilon / guess_spent) / slope, -1.0), 1.0))
    return kept


def _noise_by_rdp(epsilon: float, by_rdp: Callable[[float], float], *, start: float, tolerance: float) -> float:
    """By doubling, then by halving the gap; the least noise where that will do."""
    kept = start
    while by_rdp(kept) > epsilon:
        kept *= 2
    broken = kept / 2
    while by_rdp(broken) <= epsilon:
        if broken < _LEAST_NOISE:
            return _LEAST_NOISE
        kept, broken = broken, broken / 2
    while kept / broken > 1 + tolerance:
        middle = math.sqrt(broken * kept)
        if by_rdp(middle) <= epsilon:
            kept = middle
        else:
            broken = middle
    return kept
