"""What a private run will do follows from settings and number of units alone."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from foundation.errors import BrokenRunError, ConfigError
from training.config import TrainingConfig
from training.private.accounting import PRV, Mechanism, epsilon_of
from training.private.plan import make_plan, plan_from

SIZE = 1_000_000  # weights that are learnt


@pytest.fixture
def config() -> Callable[..., TrainingConfig]:
    def make(*, epochs: int = 2, max_steps: int | None = None, **privacy: Any) -> TrainingConfig:
        chosen = {"noise_multiplier": 1.0} if "epsilon" not in privacy else {}
        return TrainingConfig.model_validate({"epochs": epochs, "max_steps": max_steps, "privacy": chosen | privacy})

    return make


@pytest.mark.parametrize(
    ("num_units", "num_trainable", "lot"),
    [
        (2_672_566, 85_800_000, 16_384),  # NB-BERT on ts1's sentences
        (327_680, 85_800_000, 16_384), (200_000, 85_800_000, 10_000),
        (2_672_566, 300_000, 1024), (400, 300_000, 20), (101, 300_000, 5),
    ],
)  # fmt: skip
def test_the_usual_lot_follows_the_noise_and_leaves_twenty_in_an_epoch(
    num_units: int, num_trainable: int, lot: int, config: Callable[..., TrainingConfig]
) -> None:
    assert make_plan(config(), num_units, num_trainable).lot == lot


def test_steps_are_as_many_as_the_epochs_take_and_a_part_of_one_counts(config: Callable[..., TrainingConfig]) -> None:
    plan = make_plan(config(lot=30, delta=1e-3), 100, SIZE)
    assert (plan.num_steps, plan.sampling_rate, plan.epsilon) == (7, 0.3, None)  # 2 x 100 / 30
    assert make_plan(config(lot=30, delta=1e-3, max_steps=5), 100, SIZE).num_steps == 5
    assert plan.mechanism() == Mechanism(noise_multiplier=1.0, sampling_rate=0.3, num_steps=7)
    assert plan.mechanism(3).num_steps == 3


def test_the_noise_keeps_the_epsilon_asked_for(config: Callable[..., TrainingConfig]) -> None:
    plan = make_plan(config(epsilon=3.0, lot=50), 1000, SIZE)
    assert (plan.delta, plan.num_steps, plan.epsilon) == (1e-3, 40, 3.0)
    assert 2.99 < epsilon_of([plan.mechanism()], plan.delta, PRV) <= 3.0


def test_the_same_in_gives_the_same_out(config: Callable[..., TrainingConfig]) -> None:
    assert make_plan(config(epsilon=3.0), 400, SIZE) == make_plan(config(epsilon=3.0), 400, SIZE)


def test_a_sentence_is_one_sentence_and_other_units_have_a_share(config: Callable[..., TrainingConfig]) -> None:
    assert make_plan(config(sentences_per_unit=4), 101, SIZE).sentences_per_unit == 1
    assert make_plan(config(sentences_per_unit=4, unit="document"), 101, SIZE).sentences_per_unit == 4


@pytest.mark.parametrize(
    ("privacy", "num_units", "expected"),
    [
        ({"lot": 101}, 100, r"privacy\.lot 101: there are only 100 units \(sentence\)"),
        ({}, 100, r"privacy\.unit sentence: there are only 100 units, and at the usual delta .* 0\.01, hardly"),
        ({"delta": 0.009}, 1000, r"privacy\.delta 0\.009: above 1 / 1,000, .*; take 0\.001, or leave it out"),
        ({"unit": "document"}, 0, r"privacy\.unit document: there is none"),
        ({"epsilon": 1e-5}, 10**6, r"privacy\.epsilon 1e-05 at delta 1e-06: less than the accountants can show"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    privacy: dict[str, Any], num_units: int, expected: str, config: Callable[..., TrainingConfig]
) -> None:
    with pytest.raises(ConfigError, match=expected):
        make_plan(config(**privacy), num_units, SIZE)


def test_settings_without_a_promise_have_no_plan() -> None:
    with pytest.raises(ConfigError, match=r"privacy\.epsilon: a private run needs it"):
        make_plan(TrainingConfig(), 200, SIZE)


def test_the_largest_delta_is_one_unit(config: Callable[..., TrainingConfig]) -> None:
    assert make_plan(config(delta=0.001), 1000, SIZE).delta == 0.001


def test_a_plan_comes_back_from_a_record(config: Callable[..., TrainingConfig]) -> None:
    plan = make_plan(config(lot=30), 200, SIZE)
    assert plan_from(json.loads(json.dumps(asdict(plan)))) == plan


@pytest.mark.parametrize("values", [{}, {"lot": 3}])
def test_a_record_that_holds_no_plan_is_said(values: dict[str, Any]) -> None:
    with pytest.raises(BrokenRunError, match=r"run\.json: `privacy` is not the plan"):
        plan_from(values)
