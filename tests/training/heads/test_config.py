"""The settings of fine-tuning: described, documented, and checked."""

import re
from pathlib import Path

import pytest

from foundation.errors import ConfigError
from foundation.overrides import dotted_keys
from training.heads.config import PRIVATE, HeadConfig, head_config, loop_config

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "heads.md"


def test_every_setting_is_in_the_reference_and_no_other() -> None:
    section = REFERENCE.read_text().split("## Settings")[1].split("## The run folder")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    listed = {key for cell in cells for key in re.findall(r"`([^`]+)`", cell)}
    assert listed == set(dotted_keys(HeadConfig(task="entities", base="x").model_dump()))


def test_every_setting_is_described() -> None:
    lacking = [name for name, field in HeadConfig.model_fields.items() if not field.description]
    assert lacking == ["optimizer", "schedule", "privacy"]


def test_the_defaults_are_those_of_the_paper() -> None:
    config = head_config("entities", "x")
    assert (config.optimizer.learning_rate, config.train_batch_examples, config.epochs) == (5e-5, 32, 5)
    assert not config.privacy.is_on


def test_the_loop_is_told_the_same() -> None:
    config = head_config("classes", "x", [*PRIVATE, "train_batch_examples=7", "max_steps=9", "log_steps=3"])
    told = loop_config(config)
    assert (told.train_batch_sentences, told.max_steps, told.log_steps, told.compile) == (7, 9, 3, "off")
    assert (told.optimizer, told.schedule, told.privacy) == (config.optimizer, config.schedule, config.privacy)
    assert told.eval_steps is None


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ([*PRIVATE, "privacy.unit=document"], "name it with unit=person"),
        (["privacy.lot=500"], "these settings promise nothing without epsilon or noise_multiplier"),
        (["unit=person"], "says nothing without privacy.epsilon"),
        (["learning_rate=1"], "there is no key learning_rate"),
        (["max_length=1"], "greater than or equal to 4"),
        ([*PRIVATE, "optimizer.max_grad_norm=1"], "a private run shortens each unit's gradient: privacy.clip_norm"),
        (["schedule.warmup=0.9"], "must not be below warmup"),
    ],
)
def test_settings_that_mean_nothing_are_refused(overrides: list[str], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        head_config("entities", "base", overrides)
    assert "\n" not in str(error.value)
