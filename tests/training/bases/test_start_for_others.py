"""A model folder as a run publishes it is a start for transformers: with only the head new, and it learns."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file

from training.bases.finding import find_base
from training.bases.loading import load_masked_model
from training.bases.start_for_others import write_start_for_others

FAMILIES = ["bert", "distilbert", "xlm-roberta"]
LABELS = ["O", "B-STED", "I-STED"]
KINDS = {
    "token": transformers.AutoModelForTokenClassification,
    "sequence": transformers.AutoModelForSequenceClassification,
}
# For the class of a sentence each family has layers of its own; the pooler of BERT is one that no MLM head uses.
HEADS = {
    ("token", "bert"): ["classifier."],
    ("token", "distilbert"): ["classifier."],
    ("token", "xlm-roberta"): ["classifier."],
    ("sequence", "bert"): ["bert.pooler.", "classifier."],
    ("sequence", "distilbert"): ["classifier.", "pre_classifier."],
    ("sequence", "xlm-roberta"): ["classifier."],
}
ANY_HEAD = ("bert.pooler.", "classifier.", "pre_classifier.")


@pytest.fixture(scope="module")
def published(bases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What a run leaves: a model loaded for training, saved as training/run.py does."""
    top = tmp_path_factory.mktemp("published")
    for family in FAMILIES:
        trained = load_masked_model(find_base(str(bases[family])), torch.device("cpu"))
        trained.model.save_pretrained(top / family)
        trained.tokenizer.save_pretrained(top / family)
    return {family: top / family for family in FAMILIES}


@pytest.mark.parametrize(("task", "family"), HEADS)
def test_only_the_head_is_new_and_a_step_of_training_runs(published, task: str, family: str) -> None:
    folder = published[family]
    model, report = KINDS[task].from_pretrained(folder, num_labels=len(LABELS), output_loading_info=True)
    new = {head for name in report["missing_keys"] for head in ANY_HEAD if name.startswith(head)}
    assert new == set(HEADS[task, family])
    assert all(name.startswith(ANY_HEAD) for name in report["missing_keys"])
    assert not report["mismatched_keys"]
    saved = load_file(folder / "model.safetensors")
    kept = model.state_dict()
    assert all(torch.equal(kept[name], saved[name]) for name in kept.keys() & saved.keys())
    assert len(kept.keys() & saved.keys()) > 20
    assert_learns(model, transformers.AutoTokenizer.from_pretrained(folder), task)


def assert_learns(model: Any, tokenizer: Any, task: str) -> None:
    texts = ["Borgeren kan søge om hjælp på rådhuset.", "Kommunen skal klage."]
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    labels = batch["input_ids"] % len(LABELS) if task == "token" else torch.tensor([0, 2])
    before = {name: values.detach().clone() for name, values in model.named_parameters()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model.train()
    loss = model(**batch, labels=labels).loss
    loss.backward()
    optimizer.step()
    assert torch.isfinite(loss)
    unmoved = [name for name, values in model.named_parameters() if torch.equal(values, before[name])]
    assert unmoved == []


def test_nothing_of_how_we_train_is_left_in_the_folder(published) -> None:
    for folder in published.values():
        assert "packed" not in (folder / "config.json").read_text()
        assert {path.suffix for path in folder.iterdir()} <= {".json", ".safetensors", ".txt"}


def test_simple_transformers_is_told_of_small_letters_only_where_they_are(published, make_base, tmp_path: Path) -> None:
    uncased = make_base("bert", words=["a", "##a"], lower=True)
    for folder in (uncased, *published.values()):
        write_start_for_others(folder, transformers.AutoTokenizer.from_pretrained(folder))
    assert json.loads((uncased / "model_args.json").read_text())["do_lower_case"] is True
    assert [folder for folder in published.values() if (folder / "model_args.json").exists()] == []
