"""Epsilon against closed forms and against what others calculated; noise against the promise it has to keep."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import simpson
from scipy.optimize import brentq
from scipy.stats import norm

from foundation.errors import ConfigError
from training.private.accounting import PRV, RDP, Mechanism, epsilon_of, noise_for, usual_delta
from training.private.bounds import mean_loss

REFERENCE = Path(__file__).parents[4] / "shared" / "data" / "privacy" / "opacus_prv_reference.jsonl"


def gaussian(noise: float, num_steps: int, *, rate: float = 1.0) -> Mechanism:
    return Mechanism(noise_multiplier=noise, sampling_rate=rate, num_steps=num_steps)


def exact_delta(epsilon: float, mechanisms: list[Mechanism]) -> float:
    """Balle and Wang 2018, theorem 8; several Gaussians on the same data are one whose squared means add up."""
    mean = math.sqrt(sum(each.num_steps / each.noise_multiplier**2 for each in mechanisms))
    high, low = -epsilon / mean + mean / 2, -epsilon / mean - mean / 2
    return float(norm.cdf(high) - math.exp(epsilon + norm.logcdf(low)))


def exact_epsilon(delta: float, mechanisms: list[Mechanism]) -> float:
    return float(brentq(lambda epsilon: exact_delta(epsilon, mechanisms) - delta, 0, 500))


@pytest.mark.parametrize(
    ("mechanisms", "delta"),
    [
        ([gaussian(100, 10_000)], 1e-7), ([gaussian(5, 100)], 1e-5), ([gaussian(5, 100)], 1e-10),
        ([gaussian(50, 1)], 1e-7), ([gaussian(0.3, 2)], 1e-6), ([gaussian(2, 5), gaussian(9, 40)], 1e-6),
        ([gaussian(1, 1), gaussian(4, 10), gaussian(30, 500)], 1e-5),
    ],
)  # fmt: skip
def test_without_sampling_epsilon_is_that_of_the_closed_form(mechanisms: list[Mechanism], delta: float) -> None:
    exact = exact_epsilon(delta, mechanisms)
    assert exact <= epsilon_of(mechanisms, delta, PRV) <= 1.005 * exact
    assert exact <= epsilon_of(mechanisms, delta, RDP) <= 1.3 * exact
    assert exact <= epsilon_of(mechanisms, delta, PRV, is_rough=True) <= 1.03 * exact


def test_steps_count_however_they_are_divided() -> None:
    whole = [gaussian(0.6, 2000, rate=0.0015)]
    parts = [gaussian(0.6, 700, rate=0.0015), gaussian(0.6, 1, rate=0.0015), gaussian(0.6, 1299, rate=0.0015)]
    for accountant in (PRV, RDP):
        assert epsilon_of(parts, 1e-6, accountant) == pytest.approx(epsilon_of(whole, 1e-6, accountant), rel=1e-4)


def test_nothing_done_costs_nothing() -> None:
    assert epsilon_of([], 1e-5, PRV) == epsilon_of([gaussian(1, 0)], 1e-5, RDP) == 0.0


def test_epsilon_of_very_many_steps_is_not_wrapped_around_the_grid() -> None:
    """opacus's own accountant says 2.4 on a grid of so many points; dp-accounting says 8.64."""
    steps = [gaussian(0.38, 835_177, rate=64 / 2_672_566)]
    assert 8.6 < epsilon_of(steps, 1e-7, PRV, is_rough=True) <= epsilon_of(steps, 1e-7, RDP)


@pytest.mark.parametrize("noise", [0.25, 0.7, 4.0, 60.0])
@pytest.mark.parametrize("rate", [3e-5, 0.05, 1.0])
def test_the_mean_of_a_loss_is_that_of_its_integral(noise: float, rate: float) -> None:
    """By Simpson's rule, beside the trapezoid that is used."""
    x = np.linspace(-14 * noise, 14 * noise + 1, 20_001)
    ratio = np.exp((2 * x - 1) / (2 * noise**2) + (math.log(rate)))
    bell = np.exp(-(x**2) / (2 * noise**2)) / (noise * math.sqrt(2 * math.pi))
    density = (1 - rate) * bell + rate * np.exp(-((x - 1) ** 2) / (2 * noise**2)) / (noise * math.sqrt(2 * math.pi))
    expected = simpson(np.log(1 - rate + ratio) * density, x=x)
    assert mean_loss(noise, rate) == pytest.approx(expected, rel=1e-6, abs=1e-13)


@pytest.mark.parametrize(
    ("noise", "rate", "num_steps", "delta"),
    [
        (0.05, 0.01, 1000, 1e-6),  # epsilon far beyond what a grid can hold
        (0.6, 0.01, 500, 1e-14),  # less than floats can tell
        (1e5, 0.01, 10, 1e-5), (1.0, 1.0, 1, 0.1),
    ],
)  # fmt: skip
def test_the_ends_have_a_number_too(noise: float, rate: float, num_steps: int, delta: float) -> None:
    steps = [gaussian(noise, num_steps, rate=rate)]
    spent = epsilon_of(steps, delta, PRV, is_rough=True)
    assert math.isfinite(spent) and 0 <= spent <= epsilon_of(steps, delta, RDP)


@pytest.mark.parametrize(
    ("epsilon", "delta", "rate", "num_steps"),
    [(8, 1e-6, 0.02, 500), (1, 1e-6, 0.02, 500), (3, 1e-3, 0.05, 8), (0.4, 1e-5, 0.2, 40), (60, 1e-5, 0.05, 200)],
)
def test_the_noise_keeps_the_promise_and_is_hardly_more_than_it_takes(
    epsilon: float, delta: float, rate: float, num_steps: int
) -> None:
    noise = noise_for(epsilon, delta, sampling_rate=rate, num_steps=num_steps)
    assert epsilon_of([gaussian(noise, num_steps, rate=rate)], delta, PRV) <= epsilon
    assert epsilon_of([gaussian(noise / 1.0015, num_steps, rate=rate)], delta, PRV) > epsilon
    rough = noise_for(epsilon, delta, sampling_rate=rate, num_steps=num_steps, is_rough=True)
    assert epsilon_of([gaussian(rough, num_steps, rate=rate)], delta, PRV, is_rough=True) <= epsilon
    assert rough == pytest.approx(noise, rel=0.02)


def test_a_promise_that_holds_without_noise_takes_the_least() -> None:
    assert noise_for(1000, 1e-2, sampling_rate=0.001, num_steps=1) <= 0.05


def test_an_epsilon_that_cannot_be_shown_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"privacy\.epsilon 1e-05 at delta 1e-06: less than the accountants can show"):
        noise_for(1e-5, 1e-6, sampling_rate=0.01, num_steps=100)


@pytest.mark.parametrize(
    ("num_units", "expected"), [(1, 1.0), (2, 0.1), (10, 0.1), (11, 0.01), (100, 0.01), (101, 1e-3), (2_672_566, 1e-7)]
)
def test_the_usual_delta_is_a_power_of_ten_not_above_one_unit(num_units: int, expected: float) -> None:
    assert usual_delta(num_units) == expected <= 1 / num_units


def references() -> list[dict[str, Any]]:
    return [json.loads(line) for line in REFERENCE.read_text().splitlines()] if REFERENCE.is_file() else []


@pytest.mark.skipif(not REFERENCE.is_file(), reason="the reference values of ../shared are not there")
@pytest.mark.parametrize("accountant", [PRV, RDP])
def test_opacus_own_reference_values_are_met_within_one_percent(accountant: str) -> None:
    rows = [row for row in references() if row["accountant"] == accountant]
    assert len(rows) == 3
    for row in rows:
        num_steps = row.get("steps") or int(row["epochs"] / row["q"])
        noise, epsilon = (
            (row["sigma"], row["value"]) if row["quantity"] == "epsilon" else (row["value"], row["epsilon"])
        )
        found = epsilon_of([gaussian(noise, num_steps, rate=row["q"])], row["delta"], accountant)
        assert found == pytest.approx(epsilon, rel=0.01), row
