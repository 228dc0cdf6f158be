from typing import Any

import numpy as np
import pytest

from training.evaluation.fixed_masks import masked_for_evaluation
from training.feeding.batches import Sentences
from training.feeding.masking import MaskedSentences, vocabulary_of

CLS, SEP, MASK, SIZE = 2, 3, 4, 1000
VOCABULARY = vocabulary_of(size=SIZE, special_ids=[0, 1, 2, 3, 4], mask_id=MASK, pad_id=0)
TOKENIZER = "a" * 64


def sentences_of(rows: list[np.ndarray], fixed: set[int] = frozenset({CLS, SEP})) -> Sentences:
    ids = np.concatenate(rows)
    return Sentences(
        ids=ids, lengths=np.array([len(row) for row in rows]), is_fixed=np.isin(ids, list(fixed)),
        continues_word=np.zeros(len(ids), bool),
    )  # fmt: skip


def random_rows(number: int, length: int) -> list[np.ndarray]:
    draw = np.random.default_rng(0)
    return [np.concatenate([[CLS], draw.integers(5, SIZE, length), [SEP]]) for _ in range(number)]


def mask(rows: list[np.ndarray], ids: Any, *, tokenizer: str = TOKENIZER, draw: int = 0) -> MaskedSentences:
    return masked_for_evaluation(sentences_of(rows), np.asarray(ids, np.uint64), VOCABULARY, tokenizer, draw)


def seen(masked: MaskedSentences) -> list[tuple[list[int], list[tuple[int, int]]]]:
    """For each sentence what the model sees, and place and answer of what it is to guess."""
    found, first = [], 0
    for length in masked.lengths.tolist():
        inside = (masked.places >= first) & (masked.places < first + length)
        asked = list(zip((masked.places[inside] - first).tolist(), masked.answers[inside].tolist(), strict=True))
        found.append((masked.inputs[first : first + length].tolist(), asked))
        first += length
    return found


def test_shares_over_100_000_tokens_of_neighbouring_ids() -> None:
    rows = random_rows(5000, 20)
    masked = mask(rows, np.arange(5000))
    shown = masked.inputs[masked.places]
    assert len(masked.places) / 100_000 == pytest.approx(0.15, abs=0.003)
    assert (shown == MASK).mean() == pytest.approx(0.8, abs=0.01)
    assert (shown == masked.answers).mean() == pytest.approx(0.1, abs=0.01)
    strangers = shown[(shown != MASK) & (shown != masked.answers)]
    assert len(strangers) / len(shown) == pytest.approx(0.1, abs=0.01)
    assert (strangers.min() >= 5, strangers.max() < SIZE, len(set(strangers)) > 500) == (True, True, True)


def test_each_place_and_each_sentence_is_chosen_as_often_as_chance_would() -> None:
    chosen = np.zeros((4000, 22))
    masked = mask(random_rows(4000, 20), np.arange(4000))
    chosen.reshape(-1)[masked.places] = 1
    by_place, by_sentence = chosen[:, 1:-1].mean(axis=0), chosen.sum(axis=1)
    assert np.abs(by_place - 0.15).max() < 5 * np.sqrt(0.15 * 0.85 / 4000)
    assert by_sentence.var() == pytest.approx(20 * 0.15 * 0.85, rel=0.1)
    assert (by_sentence == 0).mean() == pytest.approx(0.85**20, abs=0.01)  # a sentence may have none


def test_all_that_is_not_chosen_stays_and_answers_are_what_stood_there() -> None:
    rows = random_rows(50, 12)
    masked = mask(rows, np.arange(50))
    ids = np.concatenate(rows)
    untouched = np.setdiff1d(np.arange(len(ids)), masked.places)
    assert np.array_equal(ids[untouched], masked.inputs[untouched])
    assert np.array_equal(ids[masked.places], masked.answers)


def test_a_sentence_is_masked_the_same_in_any_order_and_company() -> None:
    rows, ids = random_rows(30, 15), np.arange(30) * 7919
    expected = seen(mask(rows, ids))
    order = np.random.default_rng(1).permutation(30)
    assert [expected[index] for index in order] == seen(mask([rows[index] for index in order], ids[order]))
    assert expected == [seen(mask([row], [number]))[0] for row, number in zip(rows, ids, strict=True)]


@pytest.mark.parametrize("cut", [3, 8, 16])
def test_a_sentence_cut_shorter_has_the_same_masks_before_the_cut(cut: int) -> None:
    rows, ids = random_rows(200, 20), np.arange(200)
    short = [np.concatenate([row[: cut - 1], [SEP]]) for row in rows]
    for (whole_inputs, whole_asked), (inputs, asked) in zip(seen(mask(rows, ids)), seen(mask(short, ids)), strict=True):
        assert whole_inputs[: cut - 1] == inputs[:-1]
        assert [each for each in whole_asked if each[0] < cut - 1] == asked


def test_fixed_tokens_are_never_chosen() -> None:
    rows = random_rows(2000, 10)
    placeholder = set(range(5, 505))
    sentences = sentences_of(rows, {CLS, SEP} | placeholder)
    masked = masked_for_evaluation(sentences, np.arange(2000, dtype=np.uint64), VOCABULARY, TOKENIZER, 0)
    assert not set(masked.answers) & ({CLS, SEP} | placeholder)
    assert len(masked.places) / (~sentences.is_fixed).sum() == pytest.approx(0.15, abs=0.01)


def test_a_sentence_of_fixed_tokens_alone_has_nothing_to_guess() -> None:
    masked = mask([np.array([CLS, SEP])], [3])
    assert (masked.places.tolist(), masked.inputs.tolist()) == ([], [CLS, SEP])


@pytest.mark.parametrize("other", [{"draw": 1}, {"tokenizer": "b" * 64}], ids=["draw", "tokenizer"])
def test_another_draw_or_tokenizer_hides_others(other: dict[str, Any]) -> None:
    rows, ids = random_rows(500, 20), np.arange(500)
    first, second = set(mask(rows, ids).places.tolist()), set(mask(rows, ids, **other).places.tolist())
    assert len(first & second) / len(first) == pytest.approx(0.15, abs=0.05)  # as two that know nothing of each other


def test_the_masks_are_those_of_earlier_versions() -> None:
    """Scores are kept for years: where this fails, scores from before cannot be compared with scores from now."""
    inputs, asked = seen(mask([np.arange(100, 140)], [0x0123456789ABCDEF]))[0]
    expected = [(1, 101), (8, 108), (10, 110), (21, 121), (26, 126), (30, 130)]
    assert (expected, [30, 4, 4, 207, 4, 663]) == (asked, [inputs[place] for place, _ in asked])
