import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from foundation.command import Command
from foundation.errors import ConfigError
from foundation.places import Places
from foundation.user_settings import UserSettings
from training import extra
from training.cli import app
from training.packed.rows import RowReader


@pytest.fixture(scope="module")
def places(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Places:
    data = tmp_path_factory.mktemp("data")
    shutil.copytree(corpus, data / "corpora" / "2026Q4")
    return Places(data)


@pytest.fixture
def tvaerkom(places: Places):
    def call(*arguments: str, data: Places = places, as_json: bool = False) -> str:
        command = Command(places=data, settings=UserSettings(), register=None, json=as_json)
        result = CliRunner().invoke(app, list(arguments), obj=command)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return call


@pytest.fixture(scope="module")
def trained(places: Places) -> str:
    command = Command(places=places, settings=UserSettings(), register=None)
    arguments = ["train", "--config", "debug", "--set", "max_steps=3"]
    return CliRunner().invoke(app, arguments, obj=command, catch_exceptions=False).output


def test_train_takes_the_newest_corpus_and_says_so(trained: str, places: Places) -> None:
    assert "training on the newest corpus, 2026Q4" in trained
    assert "2026Q4-debug: trained on 2026Q4; validation loss" in trained
    assert (places.run("2026Q4-debug") / "model" / "model.safetensors").is_file()


def test_train_again_says_already_finished(trained: str, tvaerkom) -> None:
    arguments = ("train", "2026Q4", "--config", "debug", "--set", "max_steps=3")
    assert "2026Q4-debug: already finished" in tvaerkom(*arguments)
    answer = json.loads(tvaerkom(*arguments, as_json=True))
    assert (answer["corpus"], answer["base"], answer["already_finished"]) == ("2026Q4", "small", True)
    assert {"loss", "loss_low", "top1", "top5", "num_masked"} <= answer["after"].keys()


def test_estimate_says_what_it_would_take_and_trains_nothing(places: Places, tvaerkom) -> None:
    told = tvaerkom("train", "2026Q4", "--config", "debug", "--name", "e", "--estimate")
    assert "steps     20, each of" in told
    assert "fit" in told and "about 0 minutes" in told
    found = json.loads(tvaerkom("train", "2026Q4", "--config", "debug", "--name", "e", "--estimate", as_json=True))
    assert (found["num_steps"], found["num_sentences"]) == (20, 400)
    assert found["seconds_per_step"] > 0
    assert not places.run("e").exists()


def test_estimate_of_a_private_run_shows_what_lots_cost_also_where_memory_is_short(
    places: Places, tvaerkom, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("train", "2026Q4", "--config", "debug", "--set", "privacy.epsilon=8", "--name", "p", "--estimate")
    told = tvaerkom(*asked)
    assert "hides whether one sentence of 389 was there" in told
    assert len([line for line in told.splitlines() if line.startswith(">")]) == 1
    usual = RowReader.losses

    def losses(reader: RowReader, batch: Any) -> Any:
        if batch.inputs.numel() > 60:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return usual(reader, batch)

    plenty = json.loads(tvaerkom(*asked, as_json=True))
    monkeypatch.setattr(RowReader, "losses", losses)
    monkeypatch.setattr("training.private.beginning.check_clipping", lambda *_: None)  # it needs room for five
    short = json.loads(tvaerkom(*asked, as_json=True))
    assert short["physical_batch_tokens"] <= 60 < plenty["physical_batch_tokens"]
    assert not places.run("p").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["train", "autumn"], "'autumn' is not a quarter"),
        (["train", "2026Q4", "--name", "../corpora/2026Q4"], "--name ../corpora/2026Q4: letters, digits"),
        (["train", "2026Q4", "--base", "./none", "--name", "x"], "base ./none: there is no such folder"),
        (["train", "2026Q4", "--config", "quick"], "not one of changed, debug, demo, fast, private, published"),
        (["train", "2026Q4", "--base", "champion"], "champion"),
    ],
)
def test_wrong_use_is_one_sentence(trained: str, tvaerkom, arguments: list[str], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        tvaerkom(*arguments)
    assert expected in str(caught.value)


def test_no_corpus_says_what_to_run(tvaerkom, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="run: tvaerkom corpus build"):
        tvaerkom("train", data=Places(tmp_path))


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tvaerkom) -> None:
    monkeypatch.setattr(extra, "TRAIN", ("torch", "no_such_library"))
    with pytest.raises(ConfigError, match=r"\(no_such_library not installed\): pip install .*\.\[train\]"):
        tvaerkom("train")
