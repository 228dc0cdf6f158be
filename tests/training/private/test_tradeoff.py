"""The table of an estimate: what other lots and epochs would cost."""

import math
from dataclasses import asdict

import pytest

from training.config import TrainingConfig
from training.private.accounting import PRV, RDP, Mechanism, epsilon_of
from training.private.plan import make_plan
from training.private.tradeoff import tradeoff, tradeoff_lines

NUM_UNITS, NUM_TRAINABLE = 5000, 10_000


@pytest.fixture(scope="module")
def config() -> TrainingConfig:
    return TrainingConfig.model_validate({"epochs": 4, "privacy": {"epsilon": 4, "lot": 200}})


@pytest.fixture(scope="module")
def rows(config: TrainingConfig) -> list:
    return tradeoff(config, NUM_UNITS, NUM_TRAINABLE)


def test_rows_stand_around_what_is_asked_for(config: TrainingConfig, rows: list) -> None:
    assert [(row.lot, row.num_steps) for row in rows] == [
        (lot, math.ceil(epochs * NUM_UNITS / lot)) for lot in (50, 200, 800) for epochs in (2, 4, 8)
    ]
    (asked,) = [row for row in rows if row.is_asked]
    plan = make_plan(config, NUM_UNITS, NUM_TRAINABLE)
    assert (asked.lot, asked.num_steps, asked.epochs, asked.delta) == (plan.lot, plan.num_steps, 4.0, plan.delta)
    assert asked.noise_multiplier == pytest.approx(plan.noise_multiplier, rel=0.02)


def test_every_row_keeps_the_promise_by_its_own_numbers(rows: list) -> None:
    for row in rows:
        steps = [Mechanism(
            noise_multiplier=row.noise_multiplier, sampling_rate=row.lot / NUM_UNITS, num_steps=row.num_steps
        )]  # fmt: skip
        assert epsilon_of(steps, row.delta, PRV) <= row.epsilon_prv <= 4
        assert row.epsilon_rdp == epsilon_of(steps, row.delta, RDP) >= row.epsilon_prv
        assert row.noise_share == pytest.approx(row.noise_multiplier * math.sqrt(NUM_TRAINABLE) / row.lot)


def test_larger_lots_drown_less(rows: list) -> None:
    shares = [row.noise_share for row in rows if row.epochs == 4]
    assert shares == sorted(shares, reverse=True) and shares[0] > 3 * shares[-1]


def test_with_a_noise_asked_for_epsilon_follows() -> None:
    config = TrainingConfig.model_validate(
        {"max_steps": 30, "privacy": {"noise_multiplier": 2.0, "lot": 2000}}
    )  # fmt: skip
    rows = tradeoff(config, NUM_UNITS, NUM_TRAINABLE)
    assert [(row.lot, row.num_steps, row.noise_multiplier) for row in rows] == [
        (500, 30, 2.0), (2000, 30, 2.0), (5000, 30, 2.0),
    ]  # fmt: skip
    assert rows[0].epsilon_prv < rows[1].epsilon_prv < rows[2].epsilon_prv


def test_the_lines_explain_their_terms_and_mark_the_row_asked_for(rows: list) -> None:
    lines = tradeoff_lines(rows, "sentence", NUM_UNITS)
    assert "one sentence of 5,000" in lines[0]
    text = "\n".join(lines)
    for term in ("epsilon:", "delta:", "PRV, RDP:", "share:"):
        assert term in text
    assert len([line for line in lines if line.startswith(">")]) == 1
    assert all(f"{row.num_steps:,}" in text for row in rows)
    assert max(map(len, lines)) <= 120


def test_rows_are_plain_values(rows: list) -> None:
    assert {type(value) for value in asdict(rows[0]).values()} <= {int, float, bool}
