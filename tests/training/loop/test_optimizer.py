from pathlib import Path

import pytest
import torch
import transformers

from foundation.errors import BrokenRunError
from training.bases.finding import find_base
from training.bases.loading import load_masked_model
from training.config import OptimizerConfig, ScheduleConfig
from training.loop.optimizer import check_memory, learning_rate_share, make_optimizer


def test_the_learning_rate_rises_stays_and_falls() -> None:
    shares = [learning_rate_share(step, 100, ScheduleConfig()) for step in range(100)]
    expected = [0.1, 0.5, 1.0, 1.0, 1.0, 1.0, 0.5, 0.02]
    assert expected == [pytest.approx(shares[step]) for step in (0, 4, 9, 10, 30, 50, 75, 99)]


def test_a_trapezoid_stays_longer_and_falls_faster() -> None:
    schedule = ScheduleConfig(warmup=0.05, constant_until=0.8)
    shares = [learning_rate_share(step, 100, schedule) for step in range(100)]
    assert [pytest.approx(shares[step]) for step in (4, 5, 79, 80, 90)] == [1.0, 1.0, 1.0, 1.0, 0.5]


@pytest.mark.parametrize("schedule", [(0, 0), (0, 1), (1, 1), (0.1, 0.1)])
@pytest.mark.parametrize("num_steps", [1, 2, 7])
def test_every_schedule_stays_in_range(schedule: tuple[float, float], num_steps: int) -> None:
    chosen = ScheduleConfig(warmup=schedule[0], constant_until=schedule[1])
    assert all(0 < learning_rate_share(step, num_steps, chosen) <= 1 for step in range(num_steps))


def test_only_biases_and_norms_are_spared_from_decay(bases: dict[str, Path]) -> None:
    model = transformers.AutoModelForMaskedLM.from_pretrained(str(bases["bert"]))
    optimizer = make_optimizer(model, OptimizerConfig())
    decayed, spared = optimizer.param_groups
    names = {id(value): name for name, value in model.named_parameters()}
    assert (decayed["weight_decay"], spared["weight_decay"]) == (0.01, 0.0)
    assert all(names[id(value)].endswith("bias") or "LayerNorm" in names[id(value)] for value in spared["params"])
    assert not any("bias" in names[id(value)] or "LayerNorm" in names[id(value)] for value in decayed["params"])
    assert len(names) == len(decayed["params"]) + len(spared["params"])
    assert optimizer.defaults["eps"] == 1e-8


def test_a_step_is_that_of_the_plain_adamw(bases: dict[str, Path]) -> None:
    """Moments made beforehand and the fused form change nothing but speed."""
    ours, plain = (transformers.AutoModelForMaskedLM.from_pretrained(str(bases["bert"])) for _ in range(2))
    decayed = [value for value in plain.parameters() if value.ndim > 1]
    rest = [value for value in plain.parameters() if value.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}]
    usual = torch.optim.AdamW(groups, lr=1e-4, fused=False, foreach=False)
    optimizer = make_optimizer(ours, OptimizerConfig(learning_rate=1e-4))
    ids = torch.arange(5, 25).view(2, 10)
    for _ in range(3):
        for model, each in ((ours, optimizer), (plain, usual)):
            model.eval()
            model(input_ids=ids, labels=ids).loss.backward()
            each.step()
            each.zero_grad()
    for ours_value, plain_value in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours_value, plain_value, rtol=0, atol=1e-6)


def test_too_little_memory_for_the_moments_is_said_before_the_first_step(
    bases: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    trainee = load_masked_model(find_base(str(bases["bert"])), torch.device("cpu"))
    check_memory(trainee)
    monkeypatch.setattr("training.loop.optimizer.free_bytes", lambda _: 1000)
    with pytest.raises(BrokenRunError, match=r"too little memory: training bert takes 0\.\d GB more, and 0\.0 GB are"):
        check_memory(trainee)
