import errno
import hashlib
import json
import os
import pickletools
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import transformers
import yaml
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from corpus.schema import read_corpus_manifest
from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import FileEntry, damaged_files
from training import publishing, run
from training.config import TrainingConfig
from training.loop import checkpoint, driving, updating
from training.loop.processes import Group
from training.run import TrainingResult, Wishes, train
from training.run_folder import locked


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
    assert result.score("after", "loss") < 0.6 * result.score("before", "loss")
    assert result.score("after", "top1") > 2 * result.score("before", "top1") + 0.1
    assert result.score("before", "num_masked") == result.score("after", "num_masked")


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
        f"{finished.score('before', 'loss'):.4f}", f"{finished.score('after', 'loss'):.4f}", "licence of the base",
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
    assert finished.evaluation == again.evaluation
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
    result = train(corpus, tmp_path / "run", with_changes(max_steps=1), cache=cache, wishes=Wishes(fresh=True))
    assert (result.num_steps, result.already_finished) == (1, False)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not the folder of a run"):
        train(corpus, tmp_path / "thesis", with_changes(max_steps=1), cache=cache, wishes=Wishes(fresh=True))
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "mine"


PROGRAM = """
import sys, time
from pathlib import Path
from training.loop import driving
from training.config import read_config
from training.run import train
corpus, folder, cache, config, pause_s = sys.argv[1:]
original = driving.save_checkpoint
def slow_save(*arguments):
    original(*arguments)
    time.sleep(float(pause_s))  # time for the test to end the process with work undone
driving.save_checkpoint = slow_save
train(Path(corpus), Path(folder), read_config(config), cache=Path(cache))
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
    assert finished.evaluation == result.evaluation

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
        patch.setattr(publishing, "write_card", fail_in_the_end)
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


def stop_in_step(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a user presses Ctrl-C, or Slurm ends a job, in the middle of a step."""
    usual, calls = updating.Updater._attempt, []

    def attempt(*arguments):
        calls.append(1)
        if len(calls) == number:
            signal.raise_signal(signal.SIGTERM)
        return usual(*arguments)

    monkeypatch.setattr(updating.Updater, "_attempt", attempt)


def test_a_stopped_run_is_saved_at_the_step_it_was_at(
    corpus: Path, with_changes: Callable[..., TrainingConfig], cache: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    config = with_changes(max_steps=5, checkpoint_steps=100)
    stop_in_step(2, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, tmp_path / "stopped", config, cache=cache)
    assert (tmp_path / "stopped" / "checkpoints" / "step-2").is_dir()
    train(corpus, tmp_path / "stopped", config, cache=cache)
    train(corpus, tmp_path / "through", config, cache=cache)
    assert weights(tmp_path / "through") == weights(tmp_path / "stopped")
    assert json.loads((tmp_path / "stopped" / "run.json").read_text())["resumed_at"] == [2]


def test_a_run_ends_with_a_checkpoint_when_its_hours_are_up(
    corpus: Path, with_changes: Callable[..., TrainingConfig], cache: Path, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(corpus, tmp_path / "run", with_changes(max_steps=50), cache=cache, wishes=Wishes(max_hours=0))
    assert (tmp_path / "run" / "checkpoints" / "step-1").is_dir()


def test_two_processes_cannot_train_the_same_run(
    corpus: Path, tiny_config: TrainingConfig, cache: Path, tmp_path: Path
) -> None:
    with (
        locked(tmp_path / "run", Group()),
        pytest.raises(ConfigError, match="another process is training this run"),
    ):
        train(corpus, tmp_path / "run", tiny_config, cache=cache)


def test_the_last_two_checkpoints_and_the_best_are_kept(
    corpus: Path, with_changes: Callable[..., TrainingConfig], cache: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    losses = iter([3.0, 2.0, 2.5, 2.6, 2.7])
    monkeypatch.setattr(driving, "summarise", lambda _: SimpleNamespace(loss=next(losses), top1=0.1))
    config = with_changes(max_steps=10, checkpoint_steps=2, eval_steps=2, publish="best")
    kept, taken = [], driving.take_best

    def look(drive, position):
        kept.extend(sorted(path.name for path in drive.checkpoints.iterdir()))
        return taken(drive, position)

    monkeypatch.setattr(run, "take_best", look)
    result = train(corpus, tmp_path / "run", config, cache=cache)
    assert kept == ["step-10", "step-4", "step-8"]
    assert json.loads((result.run_folder / "run.json").read_text())["published_step"] == 4
    four = train(corpus, tmp_path / "four", with_changes(max_steps=10, checkpoint_steps=4), cache=cache)
    assert weights(result.run_folder) != weights(four.run_folder)


def test_a_loss_that_is_no_number_stops_and_names_its_batch(
    bases: dict[str, Path], make_corpus, with_changes, cache: Path, tmp_path: Path
) -> None:
    """A base whose 16th position is broken, and one sentence that is so long."""
    folder = shutil.copytree(bases["bert"], tmp_path / "broken")
    values = load_file(folder / "model.safetensors")
    values["bert.embeddings.position_embeddings.weight"][15] = float("nan")
    save_file(values, folder / "model.safetensors", metadata={"format": "pt"})
    texts = [f"{who} kan klage." for who in ("Skolen", "Borgeren", "Kommunen", "Byrådet")] * 10
    guilty = "Skolen kan klage over en plads i børnehaven i dag hos Borgerservice online inden maj."
    corpus = make_corpus(tmp_path / "2026Q4", [*texts[:20], guilty, *texts[20:]], ["Borgeren kan."])
    config = with_changes(base=str(folder), train_batch_sentences=1, max_steps=41, log_steps=10, mlm_probability=0.01)
    with pytest.raises(BrokenRunError) as caught:
        train(corpus, tmp_path / "run", config, cache=cache)
    assert hashlib.sha256(guilty.encode()).hexdigest()[:16] in str(caught.value)
    assert re.search(r"step \d+: the loss is nan", str(caught.value))


def test_a_full_disk_at_a_checkpoint_loses_nothing_before_it(
    finished: TrainingResult, corpus: Path, tiny_config: TrainingConfig, cache: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    usual, calls = checkpoint.save_file, []

    def full(tensors, path):
        calls.append(path)
        if len(calls) == 4:  # the moments of the second checkpoint
            raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
        usual(tensors, path)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left") as caught:
        patch.setattr(checkpoint, "save_file", full)
        train(corpus, tmp_path / "small", tiny_config, cache=cache)
    assert caught.value.errno == errno.ENOSPC
    assert [path.name for path in (tmp_path / "small" / "checkpoints").iterdir()] == ["step-3"]
    train(corpus, tmp_path / "small", tiny_config, cache=cache)
    assert weights(finished.run_folder) == weights(tmp_path / "small")


def test_control_sets_are_scored_before_and_after(
    corpus: Path, tiny_config: TrainingConfig, sentences, cache: Path, tmp_path: Path
) -> None:
    source = tmp_path / "general.txt"
    source.write_text("\n".join(sentences(30, seed=9)))
    result = train(
        corpus, tmp_path / "run", tiny_config, cache=cache, wishes=Wishes(controls={"general": str(source)})
    )
    assert {"before", "after", "difference"} <= result.evaluation["general"].keys()


def test_general_texts_are_mixed_in(
    corpus: Path, with_changes: Callable[..., TrainingConfig], cache: Path, tmp_path: Path
) -> None:
    source = tmp_path / "general.txt"
    source.write_text("\n".join(f"Hunden kan løbe {number} gange i dag." for number in range(50)))
    config = with_changes(data={"general": str(source), "general_share": 0.1}, epochs=1, max_steps=None)
    result = train(corpus, tmp_path / "run", config, cache=cache)
    facts = json.loads((result.run_folder / "run.json").read_text())["data"]
    assert (facts["num_always"], facts["num_general"], facts["sentences_per_epoch"]) == (400, 44, 444)
    assert result.num_steps == 56


def test_the_same_seed_twice_gives_the_same_weights(
    finished: TrainingResult, corpus: Path, tiny_config: TrainingConfig, cache: Path, tmp_path: Path
) -> None:
    train(corpus, tmp_path / "small", tiny_config, cache=cache)
    assert weights(finished.run_folder) == weights(tmp_path / "small")


def test_a_long_run_on_a_processor_is_asked_about(
    corpus: Path, with_changes: Callable[..., TrainingConfig], cache: Path, tmp_path: Path
) -> None:
    config, asked = with_changes(max_steps=10**9), []

    def no(hours: float) -> bool:
        asked.append(hours)
        return False

    with pytest.raises(ConfigError, match=r"would take about [\d,]+ hours on this machine's processor.*--yes"):
        train(corpus, tmp_path / "run", config, cache=cache, wishes=Wishes(may_take=no))
    assert asked[0] > 12
    assert not (tmp_path / "run" / "run.json").exists()


def test_a_typing_mistake_with_fresh_costs_no_finished_run(
    corpus: Path, with_changes: Callable[..., TrainingConfig], cache: Path, tmp_path: Path
) -> None:
    result = train(corpus, tmp_path / "run", with_changes(max_steps=2), cache=cache)
    before = weights(result.run_folder)
    for base, expected in (("./typo", "no such folder"), (str(result.model_folder), "begin with this one's model")):
        with pytest.raises(ConfigError, match=expected):
            train(corpus, tmp_path / "run", with_changes(base=base), cache=cache, wishes=Wishes(fresh=True))
        assert weights(result.run_folder) == before


def test_a_base_whose_tokenizer_changed_is_refused(
    bases: dict[str, Path], corpus: Path, with_changes: Callable[..., TrainingConfig], cache: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    base = shutil.copytree(bases["bert"], tmp_path / "base")
    config = with_changes(base=str(base), max_steps=6, checkpoint_steps=2)
    stop_in_step(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, tmp_path / "run", config, cache=cache)
    settings = json.loads((base / "tokenizer_config.json").read_text())
    (base / "tokenizer_config.json").write_text(json.dumps(settings | {"model_max_length": 77}))
    with pytest.raises(ConfigError, match="the tokenizer or configuration of base base changed since"):
        train(corpus, tmp_path / "run", config, cache=cache)


def test_a_run_that_goes_on_from_another_names_it_and_its_corpus(
    finished: TrainingResult, corpus: Path, make_corpus, with_changes, sentences, cache: Path, tmp_path: Path
) -> None:
    first = shutil.copytree(finished.run_folder, tmp_path / "runs" / "first")
    texts = ["Skolen kan klage.", "Byrådet må betale for hjælp."]
    later = make_corpus(tmp_path / "2027Q1", texts, sentences(30, seed=4))
    config = with_changes(base=str(first / "model"), max_steps=2)
    card = (train(later, tmp_path / "runs" / "second", config, cache=cache).model_folder / "README.md").read_text()
    manifest = read_corpus_manifest(corpus)
    assert "It is `first`, trained further" in card
    told = f"2026Q4, id `{manifest.id}`, revision 1, `{manifest.content_sha256}`"
    assert f"| before that, in run first | {told} |" in card
