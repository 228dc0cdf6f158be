"""A base gets a head, and is read as transformers reads it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from foundation.errors import ConfigError
from training.bases.finding import find_base
from training.bases.loading import MaskedModel
from training.heads.encoding import encode
from training.heads.examples import Example
from training.heads.loading import load_with_head

FAMILIES = ["bert", "distilbert", "xlm-roberta"]
LABELS = ("O", "B-PER", "I-PER")
SENTENCES = ["Borgeren kan klage over en bolig", "Lægen", "Skolen skal betale for genoptræning i dag"]


def loaded(task: str, base: Path, small_steps) -> MaskedModel:
    return load_with_head(find_base(str(base)), small_steps(task, base), LABELS, torch.device("cpu"))


@pytest.mark.parametrize("task", ["entities", "classes"])
@pytest.mark.parametrize("family", FAMILIES)
def test_only_the_head_is_new_and_the_same_seed_gives_the_same_one(task, family, bases, small_steps) -> None:
    first, second = (loaded(task, bases[family], small_steps).model for _ in range(2))
    base = load_file(bases[family] / "model.safetensors")
    weights = first.state_dict()
    assert all(torch.equal(weights[name], base[name]) for name in weights.keys() & base.keys())
    assert {name.split(".")[-3 if "out_proj" in name or "classifier.dense" in name or "pooler" in name else -2]
            for name in weights.keys() - base.keys() if not name.endswith("position_ids")} <= {
        "classifier", "pre_classifier", "pooler"}  # fmt: skip
    assert all(torch.equal(each, other) for each, other in zip(first.parameters(), second.parameters(), strict=True))
    assert (first.config.id2label, first.config.label2id["I-PER"]) == (dict(enumerate(LABELS)), 2)


@pytest.mark.parametrize("task", ["entities", "classes"])
@pytest.mark.parametrize("family", FAMILIES)
def test_its_answers_are_those_of_transformers(task, family, bases, small_steps) -> None:
    trainee = loaded(task, bases[family], small_steps)
    words = [text.split() if task == "entities" else [text] for text in SENTENCES]
    examples = [Example(words=tuple(each), labels=("O",) * len(each), unit=None, line=1) for each in words]
    questions = encode(examples, LABELS, trainee.tokenizer, task=task, max_length=40)
    asked = questions.asked(np.array([2, 0, 1]))
    trainee.model.eval()
    with torch.no_grad():
        found = trainee.reader.scores(trainee.reader.batch(asked))
    kind = transformers.AutoModelForTokenClassification if task == "entities" else (
        transformers.AutoModelForSequenceClassification
    )  # fmt: skip
    plain = kind.from_pretrained(bases[family], num_labels=3).eval()
    plain.load_state_dict(trainee.model.state_dict())
    expected = []
    for number in (2, 0, 1):
        inputs = trainee.tokenizer(SENTENCES[number], return_tensors="pt")
        with torch.no_grad():
            logits = plain(**inputs).logits[0]
        firsts = [inputs.word_ids().index(word) for word in range(len(words[number]))] if task == "entities" else None
        expected.append(logits[firsts] if firsts else logits[None])
    assert torch.allclose(torch.cat(expected), found, atol=1e-6)


def test_an_unknown_family_is_padded_and_gives_the_same(bases, small_steps, monkeypatch) -> None:
    from training.heads import loading

    texts = [Example(words=(text,), labels=("O",), unit=None, line=1) for text in SENTENCES]
    answers = []
    for attention in ("packed", "sdpa"):
        monkeypatch.setattr(loading, "attention_for", lambda _type, name=attention: name)
        trainee = loaded("classes", bases["xlm-roberta"], small_steps)
        trainee.model.eval()
        asked = encode(texts, LABELS, trainee.tokenizer, task="classes", max_length=40).asked(np.arange(3))
        with torch.no_grad():
            answers.append(trainee.reader.scores(trainee.reader.batch(asked)))
    assert torch.allclose(*answers, atol=1e-6)


def test_a_base_that_has_a_head_already_is_refused(bases, small_steps, tmp_path: Path) -> None:
    loaded("entities", bases["bert"], small_steps).model.save_pretrained(tmp_path)
    for path in bases["bert"].glob("tokenizer*"):
        shutil.copy(path, tmp_path)
    with pytest.raises(ConfigError, match=r"fine-tuned already \(BertForTokenClassification\)"):
        loaded("classes", tmp_path, small_steps)


def test_a_base_that_lacks_weights_besides_a_head_is_refused(bases, small_steps, tmp_path: Path) -> None:
    shutil.copytree(bases["bert"], tmp_path / "base")
    path = tmp_path / "base" / "model.safetensors"
    weights = load_file(path)
    del weights["bert.encoder.layer.1.output.dense.weight"]
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(ConfigError, match=r"its weights lack bert\.encoder\.layer\.1\.output\.dense\.weight"):
        loaded("entities", tmp_path / "base", small_steps)


def test_sentences_longer_than_the_base_takes_are_refused(bases, small_steps) -> None:
    base = bases["bert"]
    config = small_steps("entities", base, "max_length=41")
    with pytest.raises(ConfigError, match="takes sentences of at most 40 tokens"):
        load_with_head(find_base(str(base)), config, LABELS, torch.device("cpu"))


def test_the_settings_of_a_model_say_its_labels_in_order(bases, small_steps, tmp_path: Path) -> None:
    loaded("entities", bases["xlm-roberta"], small_steps).model.save_pretrained(tmp_path)
    settings = json.loads((tmp_path / "config.json").read_text())
    assert settings["id2label"] == {"0": "O", "1": "B-PER", "2": "I-PER"}
