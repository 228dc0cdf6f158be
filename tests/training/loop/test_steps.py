from pathlib import Path

import pytest
import torch

from foundation.errors import ConfigError
from training.bases.finding import find_base
from training.config import OptimizerConfig, ScheduleConfig, TrainingConfig
from training.evaluation.evaluate import evaluate
from training.feeding.tokens import prepare_tokens
from training.loop.steps import choose_device, count_steps, guess, learning_rate_share, make_batch, make_optimizer
from training.run import make_trainee


def test_the_learning_rate_rises_stays_and_falls() -> None:
    shares = [learning_rate_share(step, 100, ScheduleConfig()) for step in range(100)]
    assert [pytest.approx(shares[step]) for step in (0, 4, 9, 10, 30, 50, 75, 99)] == [
        0.1,
        0.5,
        1.0,
        1.0,
        1.0,
        1.0,
        0.5,
        0.02,
    ]


@pytest.mark.parametrize("schedule", [(0, 0), (0, 1), (1, 1), (0.1, 0.1)])
@pytest.mark.parametrize("num_steps", [1, 2, 7])
def test_every_schedule_stays_in_range(schedule: tuple[float, float], num_steps: int) -> None:
    chosen = ScheduleConfig(warmup=schedule[0], constant_until=schedule[1])
    assert all(0 < learning_rate_share(step, num_steps, chosen) <= 1 for step in range(num_steps))


def test_steps_follow_from_epochs_unless_given() -> None:
    assert count_steps(TrainingConfig(), 2_672_566) == 417_590
    assert count_steps(TrainingConfig(max_steps=7), 2_672_566) == 7


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ConfigError, match="write auto, cpu or cuda"):
        choose_device("tpu")


def test_only_biases_and_norms_are_spared_from_decay(bases: dict[str, Path], with_changes) -> None:
    trainee = make_trainee(find_base(str(bases["bert"])), with_changes(), torch.device("cpu"))
    decayed, spared = trainee.optimizer.param_groups
    names = {id(value): name for name, value in trainee.model.named_parameters()}
    assert (decayed["weight_decay"], spared["weight_decay"]) == (0.01, 0.0)
    assert all(names[id(value)].endswith("bias") or "LayerNorm" in names[id(value)] for value in spared["params"])
    assert not any("bias" in names[id(value)] or "LayerNorm" in names[id(value)] for value in decayed["params"])
    assert len(names) == len(decayed["params"]) + len(spared["params"])
    assert make_optimizer(trainee.model, OptimizerConfig(), torch.device("cpu")).defaults["eps"] == 1e-8


@pytest.fixture
def validation(corpus: Path, bases: dict[str, Path], with_changes, tmp_path: Path):
    trainee = make_trainee(find_base(str(bases["xlm-roberta"])), with_changes(), torch.device("cpu"))
    return trainee, prepare_tokens(corpus, "validation", trainee.tokenizer, max_length=24, cache=tmp_path)


def test_the_loss_is_that_of_transformers(validation, with_changes) -> None:
    trainee, tokens = validation
    batch = make_batch(trainee, tokens, torch.arange(10).numpy(), with_changes(), 0)
    trainee.model.eval()
    logits, labels = guess(trainee, batch)
    expected = trainee.model(**batch).loss
    torch.testing.assert_close(torch.nn.functional.cross_entropy(logits, labels), expected)


def test_scores_do_not_depend_on_the_batch_size(validation, with_changes) -> None:
    trainee, tokens = validation
    small, large = (evaluate(trainee, tokens, with_changes(eval_batch_sentences=size), name="test") for size in (7, 60))
    assert (small.num_masked, small.accuracy) == (large.num_masked, large.accuracy)
    assert small.loss == pytest.approx(large.loss, rel=1e-6)


def test_evaluation_can_be_capped(validation, with_changes) -> None:
    trainee, tokens = validation
    assert evaluate(trainee, tokens, with_changes(), name="test").num_sentences == 60
    assert evaluate(trainee, tokens, with_changes(eval_sentences=25), name="test").num_sentences == 25
