"""Canaries with labels: valid ones, that follow from the seed alone, and asked about at their secrets."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from foundation.errors import ConfigError
from training.audit.canaries import choices, coins, make_canaries
from training.audit.head_answers import answers_of
from training.audit.head_canaries import check_canaries, label_canaries
from training.bases.finding import find_base
from training.bases.loading import load_tokenizer
from training.config import TrainingConfig
from training.heads.config import head_config
from training.heads.encoding import encode
from training.heads.iob2 import complaint_about, spans_of
from training.heads.loading import load_with_head

TAGS = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
CLASSES = ("brev", "sag", "svar")


def test_entities_have_a_type_each_or_none_and_nothing_else_has_one() -> None:
    canaries = make_canaries(300, seed=2)
    labelled = label_canaries(canaries, "entities", TAGS, seed=2)
    is_secret = np.split(labelled.is_secret, np.cumsum([len(each.words) for each in labelled.examples])[:-1])
    seen = set()
    for canary, example, flags in zip(canaries, labelled.examples, is_secret, strict=True):
        name, number = (canary.text[slice(*each)] for each in (canary.name, canary.number))
        assert "".join(example.words) == canary.text.replace(" ", "")
        secret = [word for word, flag in zip(example.words, flags, strict=True) if flag]
        assert sorted(secret) == sorted([*name.split(), number])
        before = ("O", *example.labels[:-1])
        assert not any(map(complaint_about, example.labels, before))
        spans = {" ".join(example.words[first:last]): kind for first, last, kind in spans_of(example.labels)}
        assert spans.keys() <= {name, number} and example.unit is None
        seen.add((spans.get(name), spans.get(number)))
    assert seen == {(one, other) for one in (None, "LOC", "PER") for other in (None, "LOC", "PER")}


def test_texts_have_a_class_each() -> None:
    canaries = make_canaries(300, seed=2)
    labelled = label_canaries(canaries, "classes", CLASSES, seed=2)
    assert [each.words for each in labelled.examples] == [(canary.text,) for canary in canaries]
    counts = [sum(each.labels == (name,) for each in labelled.examples) for name in CLASSES]
    assert sum(counts) == 300 and min(counts) > 70 and labelled.is_secret.all()


def test_labels_are_a_function_of_the_seed_and_not_of_the_coins() -> None:
    drawn, is_in = choices(20_000, seed=3, num_choices=2), coins(20_000, seed=3)
    assert np.array_equal(drawn, choices(20_000, seed=3, num_choices=2))
    assert drawn.mean() == pytest.approx(0.5, abs=0.02)
    for column in drawn.T:
        assert np.corrcoef(column, is_in)[0, 1] == pytest.approx(0.0, abs=0.03)
    assert np.corrcoef(*drawn.T)[0, 1] == pytest.approx(0.0, abs=0.03)


def test_the_loss_of_a_canary_is_that_of_its_secrets_alone(learnt_config: TrainingConfig) -> None:
    base = find_base(learnt_config.base)
    config = head_config("entities", learnt_config.base, ("max_length=48",))
    model = load_with_head(base, config, TAGS, torch.device("cpu"))
    labelled = label_canaries(make_canaries(6, seed=2), "entities", TAGS, seed=2)
    every = encode(labelled.examples, TAGS, model.tokenizer, task="entities", max_length=48)
    found = answers_of(model, every.only(labelled.is_secret), "canaries")
    assert found.num_masked.tolist() == [3] * 6  # two words of a name, and a number
    model.model.eval()
    ends = [0, *every.word_ends]
    for place in range(6):
        asked, words = every.asked(np.array([place])), labelled.is_secret[ends[place] : ends[place + 1]]
        with torch.no_grad():
            scores = model.reader.scores(model.reader.batch(asked))[words]
        answers = torch.tensor(asked.answers[words])
        loss = float(F.cross_entropy(scores, answers, reduction="sum"))
        assert found.loss_sum[place] == pytest.approx(loss, abs=1e-5)
        assert found.num_right[place] == int((scores.argmax(dim=1) == answers).sum())


@pytest.mark.parametrize("task", ["entities", "classes"])
def test_canaries_that_cannot_be_told_apart_are_refused(task: str, bases, learnt_config: TrainingConfig) -> None:
    canaries = make_canaries(20, seed=2)
    with pytest.raises(ConfigError, match="knows no digits"):
        check_canaries(canaries, task, load_tokenizer(find_base(str(bases["bert"]))), 40)
    with pytest.raises(ConfigError, match=r"max_length 8.*--no-twin"):
        check_canaries(canaries, task, load_tokenizer(find_base(learnt_config.base)), 8)
