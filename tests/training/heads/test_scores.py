"""The numbers against a slow, literal recount."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.evaluation.intervals import MIN_DOCUMENTS
from training.feeding.tokens import TokenFile
from training.heads.encoding import Questions
from training.heads.iob2 import spans_of
from training.heads.scores import scores_of

LABELS = ("O", "B-ORG", "I-ORG", "B-PER", "I-PER")


def questions_of(truth: Sequence[Sequence[int]], units: Sequence[int] | None = None) -> Questions:
    """With nothing in them but what counting needs."""
    none = np.zeros(len(truth), dtype=np.uint16)
    ends = np.cumsum([len(each) for each in truth])
    tokens = TokenFile(
        folder=Path(), tokens=np.zeros(0, np.uint32), offsets=np.zeros(len(truth) + 1, np.uint64),
        sentence_ids=np.arange(len(truth), dtype=np.uint64),
        document_ids=np.array(units if units is not None else range(len(truth)), dtype=np.uint64), sites=none,
        areas=none, site_names=("",), area_names=("",), num_skipped=0,
    )  # fmt: skip
    return Questions(
        tokens=tokens, answers=np.zeros(0, np.uint32), truth=np.concatenate([np.array(each) for each in truth]),
        word_of_place=np.zeros(0, np.int64), word_ends=ends,
    )  # fmt: skip


def ratio(right: float, of: float) -> float:
    return right / of if of else 0.0


def recount(truth: list[list[int]], guesses: list[list[int]], kind: str | None = None) -> tuple[float, float, float]:
    """Precision, recall and F1 over all entities, or those of one type."""

    def entities(sentences: list[list[int]]) -> set[Any]:
        return {(number, *span) for number, tags in enumerate(sentences)
                for span in spans_of([LABELS[tag] for tag in tags]) if kind in (None, span[2])}  # fmt: skip

    true, guessed = entities(truth), entities(guesses)
    precision, recall = ratio(len(true & guessed), len(guessed)), ratio(len(true & guessed), len(true))
    return precision, recall, ratio(2 * precision * recall, precision + recall)


def drawn(seed: int) -> tuple[list[list[int]], list[list[int]]]:
    draw = random.Random(seed)
    lengths = [draw.randrange(1, 9) for _ in range(30)]
    truth = [[draw.randrange(len(LABELS)) for _ in range(length)] for length in lengths]
    guesses = [[tag if draw.random() < 0.8 else draw.randrange(len(LABELS)) for tag in tags] for tags in truth]
    return truth, guesses


@pytest.mark.parametrize("seed", range(5))
def test_entities_are_counted_as_by_hand(seed: int) -> None:
    truth, guesses = drawn(seed)
    found = scores_of("entities", LABELS, questions_of(truth), np.concatenate(guesses))
    assert (found["precision"], found["recall"], found["f1"]) == pytest.approx(recount(truth, guesses))
    rows = {row["name"]: (row["precision"], row["recall"], row["f1"]) for row in found["by_label"]}
    assert rows["PER"] == pytest.approx(recount(truth, guesses, "PER"))
    assert rows["ORG"] == pytest.approx(recount(truth, guesses, "ORG"))
    assert found["macro_f1"] == pytest.approx((rows["PER"][2] + rows["ORG"][2]) / 2)
    assert 0 <= found["f1_low"] <= found["f1"] <= found["f1_high"] <= 1


def test_an_entity_with_a_wrong_end_is_wrong_twice() -> None:
    truth, guess = [[3, 4, 0]], [[3, 0, 0]]
    found = scores_of("entities", LABELS, questions_of(truth), np.concatenate(guess))
    assert (found["f1"], found["num_true"]) == (0.0, 1)
    assert found["by_label"][0]["num_guessed"] == 1


def test_a_split_without_entities_scores_nothing() -> None:
    found = scores_of("entities", LABELS, questions_of([[0, 0]]), np.array([0, 0]))
    assert (found["f1"], found["macro_f1"], found["by_label"]) == (0.0, 0.0, [])


def test_classes_are_counted_as_by_hand() -> None:
    draw = random.Random(0)
    truth = [draw.randrange(3) for _ in range(50)]
    guesses = [label if draw.random() < 0.6 else draw.randrange(3) for label in truth]
    found = scores_of("classes", ("a", "b", "c", "never"), questions_of([[each] for each in truth]), np.array(guesses))
    pairs = list(zip(truth, guesses, strict=True))
    assert found["accuracy"] == pytest.approx(sum(true == guess for true, guess in pairs) / len(pairs))
    expected = []
    for label in range(3):
        right = sum(true == guess == label for true, guess in pairs)
        expected.append(2 * right / (truth.count(label) + guesses.count(label)))
    assert [row["f1"] for row in found["by_label"]] == pytest.approx(expected)
    assert [row["name"] for row in found["by_label"]] == ["a", "b", "c"]
    assert found["macro_f1"] == pytest.approx(sum(expected) / 3)


def test_an_interval_is_wider_where_the_examples_are_of_few_units() -> None:
    right = [1] * 50 + [0] * 50  # of each unit all or none
    questions = questions_of([[1]] * 100, [number // 10 for number in range(100)])
    few = scores_of("classes", ("a", "b"), questions, np.array(right))
    many = scores_of("classes", ("a", "b"), questions_of([[1]] * 100), np.array(right))
    assert few["accuracy_high"] - few["accuracy_low"] > 2 * (many["accuracy_high"] - many["accuracy_low"])
    # of a share of one half, 100 draws: 0.5 +- 1.96 x 0.05
    assert (many["accuracy_low"], many["accuracy_high"]) == pytest.approx((0.402, 0.598), abs=0.02)
    assert (few["num_units"], many["num_units"]) == (10, 100)


def test_of_too_few_units_there_is_no_interval() -> None:
    truth = [[number % 2] for number in range(MIN_DOCUMENTS - 1)]
    found = scores_of("classes", ("a", "b"), questions_of(truth), np.concatenate(truth))
    assert (found["accuracy"], found["accuracy_low"], found["by_label"][0]["f1_high"]) == (1.0, None, None)
