"""A private head: clipped by unit exactly, resumed with its luck, and silent about its training data."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import transformers

from foundation.errors import ConfigError
from training.bases.finding import find_base
from training.heads.data import read_files
from training.heads.encoding import encode
from training.heads.examples import TRAIN, Data, labels_of
from training.heads.finetune import finetune
from training.heads.loading import load_with_head
from training.heads.private_course import PrivateHeadCourse, private_head_course
from training.loop.processes import Group
from training.private.beginning import private_updater
from training.run_folder import KEY_NAME, MODEL_FOLDER

FAMILIES = ["bert", "distilbert", "modernbert", "xlm-roberta"]
STEPS = ("privacy.noise_multiplier=0.05", "privacy.lot=60", "max_steps=4", "checkpoint_steps=2")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def people(tmp_path_factory, tagged_sentences, labelled_texts) -> dict[str, Data]:
    """120 examples of 60 people, by task."""
    top = tmp_path_factory.mktemp("people")
    rows: dict[str, list[dict[str, Any]]] = {
        "entities": [{"tokens": words, "tags": tags} for words, tags in tagged_sentences(120, 0)],
        "classes": [{"text": text, "label": label} for text, label in labelled_texts(120, 0)],
    }
    found = {}
    for task, examples in rows.items():
        (top / task).mkdir()
        lines = [json.dumps(row | {"unit": f"person {number % 60}"}) + "\n" for number, row in enumerate(examples)]
        for name in ("train", "validation"):
            (top / task / f"{name}.jsonl").write_text("".join(lines))
        found[task] = read_files(task, [top / task])
    return found


def explicit_sum(
    plain: Any, course: PrivateHeadCourse, units: list[int], clip_norm: float, pad: int
) -> dict[str, torch.Tensor]:
    """A loop over units: transformers' own model on padded rows, torch's gradient, shortened by hand."""
    sums = {name: torch.zeros_like(each) for name, each in plain.named_parameters()}
    for unit in units:
        examples = np.flatnonzero(course.units.of_sentence == unit)[: course.plan.sentences_per_unit]
        each = [course.questions.asked(np.array([example])) for example in examples]
        longest = max(len(one.inputs) for one in each)
        inputs = torch.tensor([[*one.inputs, *[pad] * (longest - len(one.inputs))] for one in each])
        mask = torch.tensor([[1] * len(one.inputs) + [0] * (longest - len(one.inputs)) for one in each])
        logits = plain(input_ids=inputs, attention_mask=mask).logits
        if logits.dim() == 3:
            logits = torch.cat([rows[torch.tensor(one.places)] for rows, one in zip(logits, each, strict=True)])
        answers = torch.tensor(np.concatenate([one.answers for one in each]))
        learnt = {name: parameter for name, parameter in plain.named_parameters() if parameter.requires_grad}
        gradients = torch.autograd.grad(F.cross_entropy(logits, answers), list(learnt.values()))
        length = torch.stack([gradient.norm() for gradient in gradients]).norm()
        share = min(1.0, clip_norm / (float(length) + 1e-6))
        for name, gradient in zip(learnt, gradients, strict=True):
            sums[name] += share * gradient
    return sums


@pytest.mark.parametrize("embeddings", ["frozen", "trainable"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("task", ["entities", "classes"])
def test_the_clipped_sum_is_that_of_a_loop_over_the_units(
    task: str, family: str, embeddings: str, bases, small_steps, people: dict[str, Data]
) -> None:
    data = people[task]
    config = small_steps(
        task, bases[family], "unit=person", "privacy.delta=1e-3", "privacy.noise_multiplier=1", "privacy.clip_norm=0.5",
        "privacy.sentences_per_unit=2", f"privacy.embeddings={embeddings}",
    )  # fmt: skip
    labels = labels_of(task, data.splits[TRAIN])
    trainee = load_with_head(find_base(config.base), config, labels, torch.device("cpu"))
    questions = encode(data.splits[TRAIN], labels, trainee.tokenizer, task=task, max_length=40)
    course = private_head_course(data, questions, config, trainee.model, None)
    updater = private_updater(trainee, course, Group())
    trainee.model.train()
    units = [3, 17, 40, 41]
    chosen = np.flatnonzero(np.isin(course.units.of_sentence, units))
    updater.add_clipped(course.masked(trainee.vocabulary, chosen, 0))
    kind = transformers.AutoModelForTokenClassification if task == "entities" else (
        transformers.AutoModelForSequenceClassification
    )  # fmt: skip
    plain = kind.from_pretrained(bases[family], num_labels=len(labels), attn_implementation="eager").eval()
    plain.load_state_dict(trainee.model.state_dict())
    for parameter, other in zip(plain.parameters(), trainee.model.parameters(), strict=True):
        parameter.requires_grad_(other.requires_grad)
    expected = explicit_sum(plain, course, units, 0.5, trainee.vocabulary.pad_id)
    found = {name: updater.sums[each] for name, each in trainee.model.named_parameters() if each in updater.sums}
    assert found.keys() == {name for name, each in plain.named_parameters() if each.requires_grad}
    assert max(float((found[name] - expected[name]).abs().max()) for name in found) < 1e-6
    assert torch.stack([each.norm() for each in found.values()]).norm() <= 0.5 * len(units) + 1e-5


@pytest.mark.parametrize("task", ["entities", "classes"])
def test_a_private_head_learns_and_says_nothing_of_its_training_data(
    task: str, bases, small_steps, cache, tmp_path: Path, people: dict[str, Data]
) -> None:
    config = small_steps(
        task, bases["distilbert"], "unit=person", "privacy.delta=1e-3", "privacy.noise_multiplier=0.001",
        "privacy.lot=40", "max_steps=40", "privacy.sentences_per_unit=2",
    )  # fmt: skip
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / KEY_NAME).write_bytes(b"k" * 32)  # the same luck in each test run
    result = finetune(people[task], tmp_path / "run", config, cache=cache)
    assert result.evaluation["validation"]["f1" if task == "entities" else "accuracy"] > 0.6
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    plan = record["privacy"]
    assert (record["private"], plan["unit"], plan["num_units"], plan["lot"]) == (True, "person", 60, 40)
    assert plan["sentences_per_unit"] == (2 if task == "entities" else 1)
    assert TRAIN not in record["data"]["num_examples"] and TRAIN not in record["data"]["num_cut"]
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert {line["loss"] for line in lines} == {None}
    card = (result.model_folder / "README.md").read_text()
    assert "without differential privacy" not in card
    assert "- the list of labels, and the scores on the other examples" in card
    stated = json.loads((tmp_path / "run" / "privacy.json").read_text())
    assert (stated["unit"]["name"], stated["num_units"], stated["num_steps"]) == ("person", 60, 40)
    assert "all sentences that belong to one person was among the 60 units" in card
    assert (tmp_path / "run" / "privacy.json").read_text() == (result.model_folder / "privacy.json").read_text()
    assert "privacy.json" in (tmp_path / "run" / "manifest.json").read_text()


def test_a_run_that_was_stopped_at_its_very_end_keeps_no_key(
    bases, small_steps, cache, tmp_path: Path, people: dict[str, Data], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_folder: Path) -> None:
        raise KeyboardInterrupt

    config = small_steps("entities", bases["bert"], *STEPS, "unit=person", "privacy.delta=1e-3", "privacy.lot=20")
    with monkeypatch.context() as patched:
        patched.setattr("training.publishing.remove_leftovers", stopped)
        with pytest.raises(KeyboardInterrupt):
            finetune(people["entities"], tmp_path / "run", config, cache=cache)
    assert (tmp_path / "run" / KEY_NAME).exists()
    assert finetune(people["entities"], tmp_path / "run", config, cache=cache).already_finished
    assert not (tmp_path / "run" / KEY_NAME).exists() and not (tmp_path / "run" / "checkpoints").exists()


PROGRAM = """
import sys, time
from pathlib import Path
from training.loop import driving
from training.heads.config import head_config
from training.heads.data import read_files
from training.heads.finetune import finetune
task, data, folder, cache, base, *settings = sys.argv[1:]
original = driving.save_checkpoint
def slow_save(*arguments):
    original(*arguments)
    time.sleep(60)  # time for the test to end the process with work undone
driving.save_checkpoint = slow_save
finetune(read_files(task, [Path(data)]), Path(folder), head_config(task, base, settings), cache=Path(cache))
"""


@pytest.mark.slow
def test_a_killed_private_run_goes_on_bit_for_bit_and_its_key_is_gone_at_the_end(
    entities: Path, bases, small_steps, cache: Path, tmp_path: Path
) -> None:
    usual = ("max_length=40", "train_batch_examples=16", "optimizer.learning_rate=5e-3", "log_steps=10")
    arguments = ["entities", entities, tmp_path / "run", cache, bases["bert"], *usual, *STEPS]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)], stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    deadline = time.monotonic() + 90
    while not (tmp_path / "run" / "checkpoints" / "step-2").is_dir():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    data, config = read_files("entities", [entities]), small_steps("entities", bases["bert"], *STEPS)
    (tmp_path / "through").mkdir()  # the same luck once more, without a stop
    (tmp_path / "through" / KEY_NAME).write_bytes((tmp_path / "run" / KEY_NAME).read_bytes())
    for name in ("run", "through"):
        finetune(data, tmp_path / name, config, cache=cache)
        assert not (tmp_path / name / KEY_NAME).exists()
    weights = [(tmp_path / name / MODEL_FOLDER / "model.safetensors").read_bytes() for name in ("run", "through")]
    assert weights[0] == weights[1]


def test_a_column_of_units_is_not_passed_over_in_silence(
    bases, small_steps: Callable[..., Any], cache: Path, tmp_path: Path, entities: Path, people: dict[str, Data]
) -> None:
    config = small_steps("entities", bases["bert"], *STEPS)
    with pytest.raises(ConfigError, match="have a column unit: say in a word what it holds"):
        finetune(people["entities"], tmp_path / "run", config, cache=cache)
    config = small_steps("entities", bases["bert"], *STEPS, "unit=person")
    with pytest.raises(ConfigError, match="no column unit that says which person each is of"):
        finetune(read_files("entities", [entities]), tmp_path / "run", config, cache=cache)
    assert not (tmp_path / "run").exists()
