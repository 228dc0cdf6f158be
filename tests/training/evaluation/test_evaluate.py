import dataclasses
import json
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from foundation.errors import BrokenRunError
from training.bases.loading import MaskedModel
from training.evaluation.evaluate import chosen, evaluate, evaluation_record
from training.evaluation.intervals import difference, summarise
from training.evaluation.scoring import SentenceScores
from training.feeding.tokens import TokenFile


@pytest.fixture
def model(masked_model: Callable[..., MaskedModel]) -> MaskedModel:
    return masked_model("bert")


@pytest.fixture
def tokens(model: MaskedModel, token_file: Callable[..., TokenFile], sentences: Any) -> TokenFile:
    return token_file(sentences(120), model.tokenizer)


def test_sentences_are_chosen_by_their_ids_and_stay_in_order(tokens: TokenFile) -> None:
    taken = chosen(tokens, 30)
    order = np.random.default_rng(0).permutation(120)
    shuffled = dataclasses.replace(tokens, sentence_ids=tokens.sentence_ids[order])
    assert len(set(taken.tolist())) == 30
    assert (np.diff(taken) > 0).all()
    assert taken[-1] > 60  # not the first ones
    assert set(tokens.sentence_ids[taken]) == set(shuffled.sentence_ids[chosen(shuffled, 30)])
    assert set(taken) < set(chosen(tokens, 31))


def test_a_corpus_that_grew_keeps_most_of_those_chosen(tokens: TokenFile) -> None:
    smaller = dataclasses.replace(tokens, sentence_ids=tokens.sentence_ids[:100], offsets=tokens.offsets[:101])
    assert len(set(chosen(smaller, 50)) & set(chosen(tokens, 50))) > 30


@pytest.mark.parametrize("number", [None, 120, 5000])
def test_no_limit_takes_all(tokens: TokenFile, number: int | None) -> None:
    assert list(range(120)) == chosen(tokens, number).tolist()


def test_a_part_is_scored_as_among_all(model: MaskedModel, tokens: TokenFile) -> None:
    whole, part = (
        evaluate(model, tokens, num_sentences=number, precision="float32", name="test") for number in (None, 40)
    )
    taken = chosen(tokens, 40)
    assert np.array_equal(tokens.sentence_ids[taken], part.sentence_ids)
    assert part.loss_sum == pytest.approx(whole.loss_sum[taken], rel=1e-6)


def test_the_record_holds_each_set_and_the_groups_of_the_validation_split(
    model: MaskedModel, tokens: TokenFile, masked_model: Callable[..., MaskedModel]
) -> None:
    other = masked_model("bert")
    other.model.get_output_embeddings().bias.data.zero_()
    sets = {"validation": tokens, "general": dataclasses.replace(tokens, document_ids=tokens.document_ids % 2)}
    before, after = (
        {name: evaluate(each, part, num_sentences=None, precision="float32", name=name) for name, part in sets.items()}
        for each in (other, model)
    )
    record = json.loads(json.dumps(evaluation_record(before, after), allow_nan=False))
    assert {"format_version", "validation", "general"} == set(record)
    assert {"before", "after", "difference"} == set(record["general"])
    assert record["general"]["before"]["loss_low"] is None  # two documents only
    validation = record["validation"]
    assert vars(summarise(before["validation"])) == validation["before"]
    assert vars(summarise(after["validation"])) == validation["after"]
    assert vars(difference(before["validation"], after["validation"])) == validation["difference"]
    assert validation["difference"]["high"] < 0
    assert [row["name"] for row in validation["by_site"]] == ["0101", "0540", "0751"]
    assert [row["name"] for row in validation["by_area"]] == ["Børn og unge"]
    assert {"loss", "low", "high"} == set(validation["by_site"][0]["difference"])


def test_a_set_that_was_scored_once_is_left_out(make_scores: Callable[..., SentenceScores]) -> None:
    scores = make_scores([1.0, 2.0], [1, 2])
    assert {"format_version", "general"} == set(
        evaluation_record({"general": scores, "gone": scores}, {"new": scores, "general": scores})
    )


def test_a_control_set_that_changed_on_the_way_is_left_out_aloud(
    make_scores: Callable[..., SentenceScores], caplog: pytest.LogCaptureFixture
) -> None:
    scores, other = make_scores([1.0, 2.0], [1, 2]), make_scores([1.0], [1])
    with caplog.at_level(logging.WARNING, "training"):
        record = evaluation_record({"validation": scores, "general": scores}, {"validation": scores, "general": other})
    assert {"format_version", "validation"} == set(record)
    assert "control set general is left out of the evaluation: scores of 2 and of 1 sentences" in caplog.text


def test_a_validation_split_that_changed_on_the_way_is_said(make_scores: Callable[..., SentenceScores]) -> None:
    with pytest.raises(BrokenRunError, match="not the same"):
        evaluation_record({"validation": make_scores([1.0, 2.0], [1, 2])}, {"validation": make_scores([1.0], [1])})
