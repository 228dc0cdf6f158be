"""Upper bounds of epsilon after many noisy steps, by either of opacus's two ways of accounting.

In: mechanisms as opacus writes them, and delta. Out: epsilon for two sets of data of which one has one unit more.

RDP: Renyi differential privacy (Mironov, Talwar and Zhang 2019, arXiv 1908.10530; Balle et al. 2020, arXiv 1905.09982).
PRV: privacy losses of the steps as random variables, added up on a grid (Gopi, Lee and Wutschitz 2021, arXiv
2106.02848); made of opacus's parts, put together anew. Its PRVAccountant can err to the unsafe side without a word:
after very many steps on a coarse grid the sum leaves the grid and comes in again on its other side (epsilon 2.4 instead
of 8.6 after 835,177 steps), and the mean of a loss is integrated to a few digits only. Here the grid is as wide as the
sum needs, and the mean is exact.

Shapes: X points of the numeric integral.
"""

import logging
import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from opacus.accountants import RDPAccountant
from opacus.accountants.analysis.prv import (
    Domain,
    PoissonSubsampledGaussianPRV,
    TruncatedPrivacyRandomVariable,
    compose_heterogeneous,
    discretize,
)

History = Sequence[tuple[float, float, int]]  # opacus: noise multiplier, sampling rate, steps
# opacus asks for no order above 63, with which no noise can show less than 0.26 at delta 1e-7; from 1030 on its
# binomial coefficients are infinite.
_ALL_ORDERS = (*RDPAccountant.DEFAULT_ALPHAS, 64, 80, 96, 128, 192, 256, 384, 512, 768, 1000)
_FEW_ORDERS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 256, 512, 1000)
_ERROR_SHARE = 0.001  # of epsilon: what the grid may cost, to the safe side
_MOST_ERROR = 0.5  # the authors' rule for the width is in order for less than 1
_DELTA_ERROR_SHARE = 1000  # a thousandth of delta may lie outside the grid; epsilon makes up for it
_MARGIN, _ROOM = 3.0, 1.0  # what the width has to spare, and how much of it rounding may use
_MOST_WIDTH = 600.0  # exp(709) is the largest that a float holds
_FLOAT_ERROR = 1e-14  # of delta for each step: below, what floats lose begins to show
_REACH, _NUM_POINTS = 40.0, 200_001  # of the integral: beyond 40 standard deviations a float holds nothing
log = logging.getLogger(__name__)


def epsilon_by_rdp(history: History, delta: float, *, is_quick: bool = False) -> float:
    """The best of many orders; quick: of few, all whole ones, a looser bound in a hundredth of the time."""
    orders = _FEW_ORDERS if is_quick else _ALL_ORDERS
    accountant = RDPAccountant()
    accountant.history = list(history)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the best order is the first or last one makes the bound no less true
        return max(float(accountant.get_epsilon(delta, alphas=list(orders))), 0.0)


def epsilon_by_prv(history: History, delta: float, *, most_points: int) -> float:
    """The tighter bound: above the true epsilon by a thousandth, or by what a grid of so many points costs.

    Infinite where none can be calculated: with little noise, with a delta too small for floats, where the grid would
    be too coarse.
    """
    if delta < sum(steps for _, _, steps in history) * _FLOAT_ERROR:
        return math.inf
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # logarithms of 0 at the ends of the grid, where nothing is
            return max(_on_a_grid(history, delta, most_points), 0.0)
    except (RuntimeError, ValueError, MemoryError) as fault:
        log.info("PRV cannot account for %s: %s", history, fault)
        return math.inf


def _on_a_grid(history: History, delta: float, most_points: int) -> float:
    """Raises RuntimeError or ValueError where it cannot be calculated."""
    delta_error, times = delta / _DELTA_ERROR_SHARE, [steps for _, _, steps in history]
    prvs = [PoissonSubsampledGaussianPRV(rate, noise) for noise, rate, _ in history]
    wanted_error = min(_ERROR_SHARE * epsilon_by_rdp(history, delta, is_quick=True), _MOST_ERROR)
    # Gopi et al., theorem 5.5: what rounding each loss to a point of the grid does to the sum, but for delta_error
    points_of_error = math.sqrt(sum(times) * math.log(12 / delta_error) / 2)
    least_width = _width(history, delta_error)
    width, moved = least_width, math.inf
    while moved > width - least_width + _ROOM:
        width = least_width if math.isinf(moved) else least_width + moved
        error = max(wanted_error, 2 * width * points_of_error / most_points)
        if error > _MOST_ERROR or width > _MOST_WIDTH:
            raise ValueError(f"the grid would be {width:.0f} wide and cost {error:.2g} of epsilon")
        domain = _domain(width, error / points_of_error)
        losses = [discretize(_Loss(prv, domain.t_min, domain.t_max), domain) for prv in prvs]
        moved = sum(abs(loss.domain.shifts) * steps for loss, steps in zip(losses, times, strict=True))
    total = compose_heterogeneous(losses, times)
    return float(total.compute_epsilon(delta, delta_error, error)[2])


def _width(history: History, delta_error: float) -> float:
    """Beyond it neither the sum nor one loss lies but for a share of delta_error (Gopi et al., remark 5.6)."""
    num_steps = sum(steps for _, _, steps in history)
    of_sum = epsilon_by_rdp(history, delta_error / 4, is_quick=True)
    of_one = [epsilon_by_rdp([(*each[:2], 1)], delta_error / (8 * num_steps), is_quick=True) for each in history]
    return max(of_sum, *of_one) + _MARGIN


def _domain(width: float, spacing: float) -> Any:
    """A grid from minus to plus a width, 0 on it, its points as many as a Fourier transform likes."""
    points = width / spacing + 1
    half = min(odd * 2 ** max(0, math.ceil(math.log2(points / odd))) for odd in (1, 3, 5, 9, 15))
    return Domain(t_min=-(half - 1) * spacing, t_max=half * spacing, size=2 * half)


class _Loss(TruncatedPrivacyRandomVariable):  # type: ignore[misc]  # opacus ships without types
    """The privacy loss of one step inside the grid."""

    def mean(self) -> float:
        return mean_loss(self._prv.noise_multiplier, self._prv.sample_rate)


def mean_loss(noise: float, rate: float) -> float:
    """The mean privacy loss of a step, by the trapezoid rule, which for a bell is exact to the last digits. X points.

    What lies outside a grid is too rare to move it.
    """
    x, spacing = np.linspace(-_REACH * noise, _REACH * noise + 1, _NUM_POINTS, retstep=True)
    with np.errstate(divide="ignore"):  # where every unit is in every lot, none has a chance to be absent
        loss = np.logaddexp(np.log1p(-rate), np.log(rate) + (2 * x - 1) / (2 * noise**2))
    absent, present = (np.exp(-((x - middle) ** 2) / (2 * noise**2)) for middle in (0, 1))
    density = ((1 - rate) * absent + rate * present) / (noise * math.sqrt(2 * math.pi))
    seen = density > 0
    return float(spacing * np.sum(loss[seen] * density[seen]))
