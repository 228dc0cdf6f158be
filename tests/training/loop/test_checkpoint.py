import os
import signal
from pathlib import Path

import pytest
import torch

from training.config import OptimizerConfig
from training.loop.checkpoint import Identity, Position, load_newest, save_checkpoint
from training.loop.interruption import interruption
from training.loop.optimizer import make_optimizer

IDENTITY = Identity(config_sha256="c", corpus_sha256="d", base_sha256="b", sentences_sha256="s")


def test_a_new_checkpoint_stays_although_damaged_ones_of_later_steps_lie_there(tmp_path: Path) -> None:
    model = torch.nn.Linear(3, 2)
    optimizer = make_optimizer(model, OptimizerConfig())
    for step in (6, 8):
        save_checkpoint(tmp_path, model, optimizer, Position(step=step), IDENTITY)
        (tmp_path / f"step-{step}" / "model.safetensors").write_bytes(b"damaged")
    assert load_newest(tmp_path, model, optimizer, IDENTITY) is None
    save_checkpoint(tmp_path, model, optimizer, Position(step=3), IDENTITY)
    assert [path.name for path in tmp_path.iterdir()] == ["step-3"]
    found = load_newest(tmp_path, model, optimizer, IDENTITY)
    assert found is not None
    assert found.step == 3


def test_a_polite_kill_may_come_twice_and_only_a_second_ctrl_c_insists() -> None:
    with interruption() as is_asked:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert is_asked()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
