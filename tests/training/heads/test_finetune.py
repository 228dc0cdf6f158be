"""Fine-tuning from files to a model: it learns, it is resumed, and others load it."""

import json
import pickletools
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers
import yaml

from foundation.errors import ConfigError
from foundation.manifests import FileEntry, damaged_files
from training.heads import publishing
from training.heads.data import read_files
from training.heads.finetune import HeadResult, finetune
from training.loop import updating
from training.run_folder import MODEL_FOLDER

FAMILIES = ["bert", "distilbert", "xlm-roberta"]
EPOCHS = {"entities": 10, "classes": 9}
GENTLY = {"entities": (), "classes": ("optimizer.learning_rate=2e-3",)}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def trained(
    entities: Path, classes: Path, bases: dict[str, Path], small_steps, cache: Path, tmp_path_factory
) -> Callable[[str, str], HeadResult]:
    """A finished run for each task and family, made once."""
    top, made = tmp_path_factory.mktemp("runs"), {}

    def run(task: str, family: str) -> HeadResult:
        if (task, family) not in made:
            folder = entities if task == "entities" else classes
            config = small_steps(task, bases[family], f"epochs={EPOCHS[task]}", *GENTLY[task])
            made[task, family] = finetune(read_files(task, [folder]), top / f"{family}-{task}", config, cache=cache)
        return made[task, family]

    return run


def weights(run_folder: Path) -> bytes:
    return (run_folder / MODEL_FOLDER / "model.safetensors").read_bytes()


@pytest.mark.parametrize("family", FAMILIES)
def test_entities_are_learnt_and_a_pipeline_finds_the_same(
    family: str, trained, tagged_sentences: Callable[..., Any]
) -> None:
    result = trained("entities", family)
    assert result.evaluation["validation"]["f1"] > 0.97
    assert result.labels == ("O", "B-ORG", "I-ORG", "B-PER", "I-PER", "B-TING", "I-TING")
    find = transformers.pipeline("token-classification", model=str(result.model_folder), ignore_labels=[])
    wrong = 0
    for words, tags in tagged_sentences(20, 1):
        text = " ".join(words)
        starts = [len(" ".join(words[:number])) + bool(number) for number in range(len(words))]
        found = find(text)
        # of the tokens of a word the first decides, as in training; a blank alone is the beginning of the next word
        said = [next(each["entity"] for each in found if each["start"] >= start - 1) for start in starts]
        wrong += said != tags
    assert wrong <= 1


@pytest.mark.parametrize("family", FAMILIES)
def test_classes_are_learnt_and_a_pipeline_says_the_same(
    family: str, trained, labelled_texts: Callable[..., Any]
) -> None:
    result = trained("classes", family)
    assert result.evaluation["validation"]["accuracy"] > 0.6  # the largest class has a third
    assert (result.labels, result.evaluation["test"]["num_examples"]) == (("bolig", "børn", "støtte"), 20)
    classify = transformers.pipeline("text-classification", model=str(result.model_folder))
    texts = labelled_texts(40, 1)  # those of the validation file
    said = [each["label"] for each in classify([text for text, _ in texts])]
    num_right = sum(label == other for label, (_, other) in zip(said, texts, strict=True))
    assert num_right / 40 == result.evaluation["validation"]["accuracy"]


def test_simple_transformers_is_told_the_labels_in_their_order(trained) -> None:
    result = trained("entities", "xlm-roberta")
    told = json.loads((result.model_folder / "model_args.json").read_text())
    settings = json.loads((result.model_folder / "config.json").read_text())
    assert told["labels_list"] == [settings["id2label"][str(number)] for number in range(len(result.labels))]
    assert (told["model_type"], told["do_lower_case"], told["max_seq_length"]) == ("xlmroberta", False, 40)


def is_pickle(path: Path) -> bool:
    try:
        return [operation.name for operation, _, _ in pickletools.genops(path.read_bytes())][-1] == "STOP"
    except Exception:  # noqa: BLE001  # whatever the reader of pickles raises, it is not a pickle
        return False


@pytest.mark.parametrize("task", ["entities", "classes"])
def test_a_run_folder_is_whole_and_named_no_folder_of_this_machine(task: str, trained, entities: Path) -> None:
    result = trained(task, "bert")
    manifest = json.loads((result.run_folder / "manifest.json").read_text())
    assert (manifest["kind"], manifest["task"]) == ("head", task)
    assert damaged_files(result.run_folder, [FileEntry(**each) for each in manifest["files"]]) == []
    there = [path for path in result.run_folder.rglob("*") if path.is_file()]
    named = {each["path"] for each in manifest["files"]} | {"manifest.json", "lock"}
    assert {path.relative_to(result.run_folder).as_posix() for path in there} == named
    assert [path for path in there if is_pickle(path)] == []
    card = (result.model_folder / "README.md").read_text()
    assert str(entities.parent.parent) not in card
    head = yaml.safe_load(card.split("---\n")[1])
    assert head["pipeline_tag"] == ("token-classification" if task == "entities" else "text-classification")
    assert "without differential privacy" in card
    scores = result.evaluation["validation"]
    assert f"{scores['f1' if task == 'entities' else 'accuracy']:.4f}" in card
    record = json.loads((result.run_folder / "run.json").read_text())
    assert (record["status"], record["labels"]) == ("finished", list(result.labels))
    assert record["data"]["num_examples"]["train"] == 120


def test_a_finished_run_is_not_done_again(trained, entities: Path, bases, small_steps, cache: Path) -> None:
    result = trained("entities", "bert")
    made = (result.run_folder / "manifest.json").stat().st_mtime_ns
    config = small_steps("entities", bases["bert"], "epochs=10")
    again = finetune(read_files("entities", [entities]), result.run_folder, config, cache=cache)
    assert (again.already_finished, again.evaluation) == (True, result.evaluation)
    assert made == (result.run_folder / "manifest.json").stat().st_mtime_ns


def test_other_settings_and_other_data_are_refused(
    trained, entities: Path, bases, small_steps, cache: Path, tmp_path: Path
) -> None:
    folder, data = trained("entities", "bert").run_folder, read_files("entities", [entities])
    with pytest.raises(ConfigError, match=r"other settings \(epochs: 10 there, 9 here\); .*--fresh"):
        finetune(data, folder, small_steps("entities", bases["bert"], "epochs=9"), cache=cache)
    (tmp_path / "train.conll").write_text("Skolen\tB-ORG\nkan\tO\n")
    (tmp_path / "dev.tsv").write_text("Skolen\tB-ORG\n")
    other = read_files("entities", [tmp_path])
    with pytest.raises(ConfigError, match="the data changed since this run was begun"):
        finetune(other, folder, small_steps("entities", bases["bert"], "epochs=10"), cache=cache)


@pytest.mark.parametrize("fresh", [False, True])
def test_a_run_of_a_language_model_is_left_alone(
    fresh: bool, entities: Path, bases, small_steps, cache: Path, tmp_path: Path
) -> None:
    record = tmp_path / "runs" / "run" / "run.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"name": "run"}')
    data, config = read_files("entities", [entities]), small_steps("entities", bases["bert"])
    with pytest.raises(ConfigError, match="not one of tvaerkom finetune; give the new one another --name"):
        finetune(data, record.parent, config, cache=cache, fresh=fresh)
    assert record.read_text() == '{"name": "run"}'


def test_fresh_looks_at_what_can_be_refused_before_it_throws_away(
    entities: Path, bases, small_steps, cache: Path, tmp_path: Path
) -> None:
    data, folder = read_files("entities", [entities]), tmp_path / "runs" / "run"
    finetune(data, folder, small_steps("entities", bases["bert"], "max_steps=2"), cache=cache)
    with pytest.raises(ConfigError, match=r"privacy\.lot 121"):
        config = small_steps("entities", bases["bert"], "privacy.noise_multiplier=1", "privacy.lot=121")
        finetune(data, folder, config, cache=cache, fresh=True)
    assert (folder / MODEL_FOLDER).is_dir()
    config = small_steps("entities", bases["bert"], "max_steps=1")
    assert finetune(data, folder, config, cache=cache, fresh=True).num_steps == 1


def stop_in_step(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, calls = updating.Updater._attempt, []

    def attempt(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == number:
            signal.raise_signal(signal.SIGTERM)
        return usual(*arguments)

    monkeypatch.setattr(updating.Updater, "_attempt", attempt)


@pytest.mark.parametrize("task", ["entities", "classes"])
def test_a_stopped_run_goes_on_bit_for_bit(
    task: str, entities: Path, classes: Path, bases, small_steps, cache, tmp_path: Path, monkeypatch
) -> None:
    data = read_files(task, [entities if task == "entities" else classes])
    config = small_steps(task, bases["xlm-roberta"], "max_steps=6")
    finetune(data, tmp_path / "through", config, cache=cache)
    stop_in_step(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        finetune(data, tmp_path / "stopped", config, cache=cache)
    assert (tmp_path / "stopped" / "checkpoints" / "step-3").is_dir()
    finetune(data, tmp_path / "stopped", config, cache=cache)
    assert weights(tmp_path / "through") == weights(tmp_path / "stopped")
    assert json.loads((tmp_path / "stopped" / "run.json").read_text())["resumed_at"] == [3]


def test_what_is_left_by_a_failed_publishing_is_taken_up_again(
    entities: Path, bases, small_steps, cache: Path, tmp_path: Path, monkeypatch
) -> None:
    data, config = read_files("entities", [entities]), small_steps("entities", bases["bert"], "max_steps=3")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="disk full"):
        patch.setattr(publishing, "write_head_card", fail)
        finetune(data, tmp_path / "run", config, cache=cache)
    assert not finetune(data, tmp_path / "run", config, cache=cache).already_finished
    assert (tmp_path / "run" / "manifest.json").is_file()
