import json
import os
import pickletools
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import transformers
import yaml
from safetensors.torch import load_file

from corpus.schema import read_corpus_manifest
from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import FileEntry, damaged_files
from training import run
from training.config import TrainingConfig
from training.loop import steps as loop
from training.run import TrainingResult, train


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def finished(corpus: Path, tiny_config: TrainingConfig, cache: Path, tmp_path_factory) -> TrainingResult:
    return train(corpus, tmp_path_factory.mktemp("runs") / "small", tiny_config, cache=cache)


def weights(run_folder: Path) -> bytes:
    return (run_folder / "model" / "model.safetensors").read_bytes()


@pytest.mark.parametrize("family", ["bert", "distilbert", "xlm-roberta"])
def test_each_family_trains_and_loads_as_a_pipeline(
    family: str, bases: dict[str, Path], corpus: Path, with_changes, cache: Path, tmp_path: Path
) -> None:
    config = with_changes(base=str(bases[family]), max_steps=4)
    result = train(corpus, tmp_path / "run", config, cache=cache)
    guess = transformers.pipeline("fill-mask", model=str(result.model_folder))
    answers = guess(f"Borgeren kan {guess.tokenizer.mask_token} om hjælp.", top_k=3)
    assert len(answers) == 3
    before, after = (
        load_file(bases[family] / "model.safetensors"),
        load_file(result.model_folder / "model.safetensors"),
    )
    assert before.keys() == after.keys()
    assert any(not before[name].equal(after[name]) for name in before)
    assert str(tmp_path) not in (result.model_folder / "README.md").read_text()


def test_the_loss_falls_on_what_can_be_learnt(corpus: Path, with_changes, cache: Path, tmp_path: Path) -> None:
    config = with_changes(max_steps=200, train_batch_sentences=32)
    result = train(corpus, tmp_path / "run", config, cache=cache)
    assert result.after.loss < 0.6 * result.before.loss
    assert result.after.accuracy > 2 * result.before.accuracy + 0.1
    assert result.before.num_masked == result.after.num_masked


def test_a_run_folder_names_all_it_was_made_with(finished: TrainingResult, corpus: Path) -> None:
    folder, manifest = finished.run_folder, read_corpus_manifest(corpus)
    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "finished"
    assert (manifest.id, 1, manifest.content_sha256) == tuple(
        record["corpus"][key] for key in ("id", "revision", "content_sha256")
    )
    assert {"python", "torch", "transformers", "tvaerkom"} <= record["versions"].keys()
    assert record["hardware"]["device"] == "cpu"
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [3, 4, 6, 8]
    assert {"loss", "lr", "tokens", "tokens_per_s"} <= lines[0].keys()
    assert finished.num_steps == yaml.safe_load((folder / "config.yaml").read_text())["max_steps"]


def test_the_manifest_names_every_file(finished: TrainingResult) -> None:
    folder = finished.run_folder
    manifest = json.loads((folder / "manifest.json").read_text())
    entries = [FileEntry(**entry) for entry in manifest["files"]]
    assert manifest["kind"] == "run"
    assert damaged_files(folder, entries) == []
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there - {"manifest.json", "lock"} == {entry.path for entry in entries}


def test_the_card_names_corpus_settings_results_and_licence(finished: TrainingResult, corpus: Path) -> None:
    card = (finished.model_folder / "README.md").read_text()
    manifest = read_corpus_manifest(corpus)
    head = yaml.safe_load(card.split("---\n")[1])
    assert head["language"] == ["da"]
    assert head["pipeline_tag"] == "fill-mask"
    for expected in (
        manifest.id, manifest.content_sha256, "| optimizer.learning_rate | 0.005 |", "| transformers | 5.",
        f"{finished.before.loss:.4f}", f"{finished.after.loss:.4f}", "licence of the base",
    ):  # fmt: skip
        assert expected in card


def test_the_card_of_a_licensed_base_carries_its_licence(
    bases: dict[str, Path], corpus: Path, with_changes, cache: Path, tmp_path: Path
) -> None:
    card = bases["bert"] / "README.md"
    card.write_text("---\nlicense: cc-by-4.0\n---\n")
    try:
        result = train(corpus, tmp_path / "run", with_changes(base=str(bases["bert"]), max_steps=1), cache=cache)
    finally:
        card.unlink()
    head = yaml.safe_load((result.model_folder / "README.md").read_text().split("---\n")[1])
    assert head["license"] == "cc-by-4.0"
    assert "base_model" not in head


def is_pickle(path: Path) -> bool:
    """Whether a file is a pickle, or a zip as torch.save writes it."""
    content = path.read_bytes()
    if content.startswith(b"PK") or not content:
        return bool(content)
    try:
        return [operation.name for operation, _, _ in pickletools.genops(content)][-1] == "STOP"
    except Exception:  # noqa: BLE001  # whatever the reader of pickles raises, it is not a pickle
        return False


def test_no_output_is_a_pickle(finished: TrainingResult, cache: Path) -> None:
    paths = [path for top in (finished.run_folder, cache) for path in top.rglob("*") if path.is_file()]
    assert len(paths) > 10
    assert [path for path in paths if path.suffix in {".bin", ".pt", ".pth", ".pkl"} or is_pickle(path)] == []


def test_a_finished_run_is_not_done_again(
    finished: TrainingResult, corpus: Path, tiny_config: TrainingConfig, cache: Path
) -> None:
    made = (finished.run_folder / "manifest.json").stat().st_mtime_ns
    again = train(corpus, finished.run_folder, tiny_config, cache=cache)
    assert again.already_finished
    assert (finished.before, finished.after) == (again.before, again.after)
    assert made == (finished.run_folder / "manifest.json").stat().st_mtime_ns


def test_another_configuration_is_refused_and_named(
    finished: TrainingResult, corpus: Path, with_changes, cache: Path
) -> None:
    with pytest.raises(ConfigError, match=r"\(max_steps: 8 there, 9 here\); .*--fresh"):
        train(corpus, finished.run_folder, with_changes(max_steps=9), cache=cache)


def test_another_corpus_is_refused(
    finished: TrainingResult, tiny_config: TrainingConfig, make_corpus, cache: Path, tmp_path: Path
) -> None:
    other = make_corpus(tmp_path / "2027Q1", ["Skolen kan."], ["Borgeren skal."], shards=1)
    with pytest.raises(ConfigError, match=r"begun on corpus 2026Q4 revision 1, and 2027Q1 .*--fresh"):
        train(other, finished.run_folder, tiny_config, cache=cache)


def test_fresh_starts_anew_but_removes_only_runs(corpus: Path, with_changes, cache: Path, tmp_path: Path) -> None:
    train(corpus, tmp_path / "run", with_changes(max_steps=2), cache=cache)
    result = train(corpus, tmp_path / "run", with_changes(max_steps=1), cache=cache, fresh=True)
    assert (result.num_steps, result.already_finished) == (1, False)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not the folder of a run"):
        train(corpus, tmp_path / "thesis", with_changes(max_steps=1), cache=cache, fresh=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "mine"


def test_a_loss_that_is_no_number_stops_the_run(corpus: Path, with_changes, cache: Path, tmp_path: Path) -> None:
    config = with_changes(optimizer={"learning_rate": 1.0, "epsilon": 1e-30, "beta2": 0.0}, max_steps=60)
    with pytest.raises(BrokenRunError, match="the loss is nan after step"):
        train(corpus, tmp_path / "run", config, cache=cache)


PROGRAM = """
import sys, time
from pathlib import Path
from training import run
from training.config import read_config
corpus, folder, cache, config, pause_s = sys.argv[1:]
original = run.save_checkpoint
def slow_save(*arguments):
    original(*arguments)
    time.sleep(float(pause_s))  # time for the test to end the process with work undone
run.save_checkpoint = slow_save
run.train(Path(corpus), Path(folder), read_config(config), cache=Path(cache))
"""


def start(corpus: Path, folder: Path, cache: Path, config: Path) -> subprocess.Popen[bytes]:
    arguments = [str(corpus), str(folder), str(cache), str(config), "60"]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # as in this process: sums are bit for bit the same then
    )
    deadline = time.monotonic() + 90
    while not (folder / "checkpoints" / "step-3").is_dir():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    return process


@pytest.fixture
def config_file(tiny_config: TrainingConfig, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(tiny_config.model_dump()))
    return path


def test_a_killed_run_goes_on_bit_for_bit(
    finished: TrainingResult,
    corpus: Path,
    tiny_config: TrainingConfig,
    config_file: Path,
    cache: Path,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "small"
    process = start(corpus, folder, cache, config_file)
    process.kill()
    process.wait()
    assert json.loads((folder / "run.json").read_text())["status"] == "running"
    half_written = folder / "checkpoints" / "step-6.tmp"
    half_written.mkdir()
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4, "loss": 9.9}\n{"ste')
    result = train(corpus, folder, tiny_config, cache=cache)
    assert weights(finished.run_folder) == weights(folder)
    assert finished.after == result.after

    def losses(run_folder: Path) -> list[tuple[int, float]]:
        lines = map(json.loads, (run_folder / "metrics.jsonl").read_text().splitlines())
        return [(line["step"], line["loss"]) for line in lines]

    assert losses(finished.run_folder) == losses(folder)


def test_a_damaged_checkpoint_is_passed_over(
    finished: TrainingResult,
    corpus: Path,
    tiny_config: TrainingConfig,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "small"

    def fail_in_the_end(*arguments):
        raise OSError("disk full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="disk full"):
        patch.setattr(run, "write_card", fail_in_the_end)
        train(corpus, folder, tiny_config, cache=cache)
    assert sorted(path.name for path in (folder / "checkpoints").iterdir()) == ["step-6", "step-8"]
    path = folder / "checkpoints" / "step-8" / "optimizer.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    train(corpus, folder, tiny_config, cache=cache)
    assert weights(finished.run_folder) == weights(folder)


def test_a_base_left_by_a_run_that_never_began_is_not_used(
    finished: TrainingResult, corpus: Path, tiny_config: TrainingConfig, bases, cache: Path, tmp_path: Path
) -> None:
    shutil.copytree(bases["bert"], tmp_path / "small" / "base")
    train(corpus, tmp_path / "small", tiny_config, cache=cache)
    assert weights(finished.run_folder) == weights(tmp_path / "small")


def test_a_run_that_never_began_leaves_nothing(corpus: Path, with_changes, cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such folder"):
        train(corpus, tmp_path / "run", with_changes(base="./none"), cache=cache)
    assert not (tmp_path / "run").exists()


def test_a_stopped_run_is_saved_at_the_step_it_was_at(
    corpus: Path, with_changes: Callable[..., TrainingConfig], cache: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    real, calls = loop.guess, []

    def interrupting(*arguments):
        calls.append(1)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return real(*arguments)

    monkeypatch.setattr(loop, "guess", interrupting)
    config = with_changes(max_steps=5, checkpoint_steps=100)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, tmp_path / "stopped", config, cache=cache)
    assert (tmp_path / "stopped" / "checkpoints" / "step-2").is_dir()
    train(corpus, tmp_path / "stopped", config, cache=cache)
    train(corpus, tmp_path / "through", config, cache=cache)
    assert weights(tmp_path / "through") == weights(tmp_path / "stopped")


def test_two_processes_cannot_train_the_same_run(
    corpus: Path, tiny_config: TrainingConfig, cache: Path, tmp_path: Path
) -> None:
    with (
        run.locked(tmp_path / "run"),
        pytest.raises(ConfigError, match="another process is training this run"),
    ):
        train(corpus, tmp_path / "run", tiny_config, cache=cache)
