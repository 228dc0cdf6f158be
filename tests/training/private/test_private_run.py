"""A private run from corpus to model: killed and gone on with bit for bit, its key gone at the end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from foundation.errors import ConfigError
from foundation.places import Places
from training.config import TrainingConfig
from training.private.accounting import Mechanism, epsilon_of
from training.run import Wishes, train
from training.run_folder import KEY_NAME

PRIVACY = {"epsilon": 8.0, "lot": 40, "clip_norm": 0.5}


@pytest.fixture
def private(with_changes: Callable[..., TrainingConfig]) -> Callable[..., TrainingConfig]:
    return lambda **changes: with_changes(max_steps=8, privacy=PRIVACY | changes)


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model" / "model.safetensors")


def statement(run: Path) -> dict[str, Any]:
    return dict(json.loads((run / "privacy.json").read_text()))


def test_a_private_run_is_finished_stated_and_without_its_key(
    corpus: Path, tmp_path: Path, private: Callable[..., TrainingConfig]
) -> None:
    run = tmp_path / "runs" / "one"
    result = train(corpus, run, private(), cache=tmp_path / "cache")
    record = json.loads((run / "run.json").read_text())
    assert record["private"] is True  # 400 sentences, of which 11 are there twice
    assert record["privacy"]["num_units"] == 389 and result.num_steps == 8
    assert not (run / KEY_NAME).exists() and not list(run.rglob("*.key"))
    plan = record["privacy"]
    spent = [Mechanism(noise_multiplier=plan["noise_multiplier"], sampling_rate=40 / 389, num_steps=8)]
    assert 7.5 < epsilon_of(spent, plan["delta"], "prv") <= 8.0
    told = statement(run)
    assert told["epsilon"]["prv"] == pytest.approx(epsilon_of(spent, plan["delta"], "prv"))
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert {line["loss"] for line in lines if "loss" in line} == {None}
    assert "differential" in (run / "model" / "README.md").read_text()


def test_embeddings_that_are_frozen_are_those_of_the_base(
    corpus: Path, tmp_path: Path, private: Callable[..., TrainingConfig], bases: dict[str, Path]
) -> None:
    config = private().model_copy(update={"base": str(bases["bert"])})
    train(corpus, tmp_path / "runs" / "one", config, cache=tmp_path / "cache")
    before, after = load_file(bases["bert"] / "model.safetensors"), weights(tmp_path / "runs" / "one")
    assert before.keys() == after.keys()  # the head's own names, too
    resting = {name for name in before if torch.equal(before[name], after[name])}
    assert resting == {name for name in before if ".embeddings." in name}


PROGRAM = """
import sys, torch
from pathlib import Path
torch.set_num_threads(1)
sys.path.insert(0, sys.argv[1])
from training.config import TrainingConfig
from training.private import randomness
from training.run import train
randomness._write = lambda path, key: path.write_bytes(b"k" * len(key))  # the same key in both runs
config = TrainingConfig.model_validate_json(sys.argv[4])
train(Path(sys.argv[2]), Path(sys.argv[3]), config, cache=Path(sys.argv[3]).parents[1] / "cache")
"""


def begun(corpus: Path, run: Path, config: TrainingConfig) -> subprocess.Popen[bytes]:
    top = str(Path(__file__).parents[3])
    arguments = [sys.executable, "-c", PROGRAM, top, str(corpus), str(run), config.model_dump_json()]
    return subprocess.Popen(arguments, env=os.environ | {"OMP_NUM_THREADS": "1"})


@pytest.mark.slow
def test_a_killed_private_run_goes_on_bit_for_bit(
    corpus: Path, tmp_path: Path, with_changes: Callable[..., TrainingConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same key both runs draw the same lots and noise; a kill changes neither weights nor epsilon."""
    config = with_changes(max_steps=30, privacy={"noise_multiplier": 1.0, "lot": 40, "clip_norm": 0.5})
    whole, killed = tmp_path / "a" / "runs" / "one", tmp_path / "b" / "runs" / "one"
    process = begun(corpus, killed, config)
    while not list(killed.glob("checkpoints/step-*[0-9]/state.json")):
        assert process.poll() is None, "finished before it could be killed"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "model").exists()
    monkeypatch.setattr("training.private.randomness._write", lambda path, key: path.write_bytes(b"k" * len(key)))
    for run in (killed, whole):
        train(corpus, run, config, cache=run.parents[1] / "cache")
    assert json.loads((killed / "run.json").read_text())["resumed_at"]
    assert not json.loads((whole / "run.json").read_text()).get("resumed_at")
    first, second = weights(whole), weights(killed)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert statement(whole)["epsilon"] == statement(killed)["epsilon"]


def test_a_begun_run_without_its_key_is_not_gone_on_with(
    corpus: Path, tmp_path: Path, private: Callable[..., TrainingConfig]
) -> None:
    run = tmp_path / "runs" / "one"
    with pytest.raises(KeyboardInterrupt):
        train(corpus, run, private(), cache=tmp_path / "cache", wishes=Wishes(max_hours=0.0))
    (run / KEY_NAME).unlink()
    with pytest.raises(ConfigError, match=r"secret\.key: the secret key of this private run is gone"):
        train(corpus, run, private(), cache=tmp_path / "cache")


def test_other_settings_of_privacy_are_another_run(
    corpus: Path, tmp_path: Path, private: Callable[..., TrainingConfig]
) -> None:
    run = tmp_path / "runs" / "one"
    with pytest.raises(KeyboardInterrupt):
        train(corpus, run, private(), cache=tmp_path / "cache", wishes=Wishes(max_hours=0.0))
    with pytest.raises(ConfigError, match=r"privacy\.epsilon: 8\.0 there, 4\.0 here"):
        train(corpus, run, private(epsilon=4.0), cache=tmp_path / "cache")


def test_a_run_that_was_not_private_is_no_base_for_one_on_the_same_sentences(
    corpus: Path, tmp_path: Path, tiny_config: TrainingConfig, private: Callable[..., TrainingConfig]
) -> None:
    places = Places(tmp_path)
    train(corpus, places.run("open"), tiny_config, cache=places.cache)
    config = private().model_copy(update={"base": str(places.run("open") / "model")})
    with pytest.raises(ConfigError, match="open"):
        train(corpus, places.run("closed"), config, cache=places.cache)
    assert not places.run("closed").exists()


def test_private_runs_of_a_chain_add_up(
    corpus: Path, tmp_path: Path, private: Callable[..., TrainingConfig]
) -> None:  # fmt: skip
    places = Places(tmp_path)
    train(corpus, places.run("first"), private(), cache=places.cache)
    config = private().model_copy(update={"base": str(places.run("first") / "model")})
    train(corpus, places.run("second"), config, cache=places.cache)
    one, both = statement(places.run("first")), statement(places.run("second"))
    assert both["total"]["epsilon"]["prv"] > one["epsilon"]["prv"] * 1.2
