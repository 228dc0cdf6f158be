import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from foundation.errors import BrokenRunError
from training.evaluation import intervals
from training.evaluation.intervals import MIN_DOCUMENTS, NUM_RESAMPLES, SEED, difference, summarise
from training.evaluation.scoring import SentenceScores
from training.feeding.draws import Purpose, generator_for

Make = Callable[..., SentenceScores]


@pytest.fixture
def uneven(make_scores: Make) -> SentenceScores:
    """40 sentences of 12 documents of different sizes; in some sentences nothing is hidden."""
    draw = np.random.default_rng(0)
    masked = draw.integers(0, 6, 40)
    return make_scores(
        masked * draw.random(40) * 4, draw.integers(0, 12, 40) * 101, num_masked=masked, num_top1=masked // 3
    )


def resampled_in_a_plain_loop(documents: list[int], top: list[float], bottom: list[int]) -> tuple[float, float]:
    """95 % interval of sum(top) / sum(bottom) over drawn documents."""
    names = sorted({name for name, number in zip(documents, bottom, strict=True) if number})
    rng = generator_for(SEED, Purpose.BOOTSTRAP)
    values = []
    for _ in range(NUM_RESAMPLES):
        over = under = 0.0
        for drawn in rng.integers(len(names), size=len(names)).tolist():
            for document, value, number in zip(documents, top, bottom, strict=True):
                if document == names[drawn] and number:
                    over, under = over + value, under + number
        values.append(over / under)
    values.sort()
    return tuple(np.interp([0.025, 0.975], np.linspace(0, 1, len(values)), values).tolist())


def test_summary_and_intervals_are_those_of_a_plain_loop(uneven: SentenceScores) -> None:
    found = summarise(uneven)
    documents, masked = uneven.document_ids.tolist(), uneven.num_masked.tolist()
    assert found.loss == pytest.approx(sum(uneven.loss_sum.tolist()) / sum(masked))
    assert (found.top1, found.top5) == (uneven.num_top1.sum() / sum(masked), 1.0)
    assert (found.num_masked, found.num_sentences, found.num_documents) == (sum(masked), 40, len(set(documents)))
    expected = resampled_in_a_plain_loop(documents, uneven.loss_sum.tolist(), masked)
    assert (found.loss_low, found.loss_high) == pytest.approx(expected)
    expected = resampled_in_a_plain_loop(documents, uneven.num_top1.tolist(), masked)
    assert (found.top1_low, found.top1_high) == pytest.approx(expected)


def test_the_difference_is_that_of_a_plain_loop(uneven: SentenceScores, make_scores: Make) -> None:
    after = make_scores(uneven.loss_sum * 0.9, uneven.document_ids, num_masked=uneven.num_masked)
    changes = (after.loss_sum - uneven.loss_sum).tolist()
    found = difference(uneven, after)
    assert found.loss == pytest.approx(sum(changes) / uneven.num_masked.sum())
    expected = resampled_in_a_plain_loop(uneven.document_ids.tolist(), changes, uneven.num_masked.tolist())
    assert (found.low, found.high) == pytest.approx(expected)


def test_what_is_hard_for_both_cancels_out(make_scores: Make) -> None:
    draw = np.random.default_rng(1)
    hard = draw.random(200) * 10 + 1
    before, after = (make_scores(hard - gain, np.arange(200) // 2) for gain in (0, 0.4 + draw.random(200) * 0.01))
    alone, pair = summarise(after), difference(before, after)
    assert pair.low is not None and pair.high is not None and alone.loss_low is not None
    assert pair.low < pair.loss < pair.high < 0
    assert pair.high - pair.low < (alone.loss_high - alone.loss_low) / 50


def test_the_same_scores_in_another_order_have_the_same_intervals(uneven: SentenceScores) -> None:
    shuffled = uneven.at(np.random.default_rng(3).permutation(40))
    assert vars(summarise(shuffled)) == pytest.approx(vars(summarise(uneven)))
    assert vars(difference(uneven, shuffled)) == {"loss": 0.0, "low": 0.0, "high": 0.0}


def test_each_token_counts_the_same(make_scores: Make) -> None:
    """One document of 98 tokens with loss 1 each and one of 2 tokens with loss 11 each: 1.2, not 6."""
    assert summarise(make_scores([98.0, 22.0], [1, 2], num_masked=[98, 2])).loss == pytest.approx(1.2)


def test_draws_made_in_parts_are_the_same(uneven: SentenceScores, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = summarise(uneven)
    monkeypatch.setattr(intervals, "_BLOCK_DRAWS", 100)
    assert whole == summarise(uneven)


def test_few_documents_have_no_interval(make_scores: Make) -> None:
    many = make_scores(np.arange(10), np.arange(10) % MIN_DOCUMENTS)
    few = make_scores(np.arange(10), np.arange(10) % (MIN_DOCUMENTS - 1))
    assert None not in vars(summarise(many)).values()
    found = summarise(few)
    assert [found.loss_low, found.loss_high, found.top1_low, found.top1_high] == [None] * 4
    assert (difference(few, few).low, difference(few, few).high) == (None, None)


def test_other_sentences_cannot_be_compared(uneven: SentenceScores) -> None:
    with pytest.raises(BrokenRunError, match="scores of 40 and of 39 sentences that are not the same"):
        difference(uneven, uneven.at(np.arange(39)))


def test_other_tokenizers_cannot_be_compared(make_scores: Make) -> None:
    with pytest.raises(BrokenRunError, match="different tokenizers"):
        difference(make_scores([1.0, 2], [1, 2]), make_scores([1.0, 2], [1, 2], num_masked=[4, 5]))


def test_nothing_to_guess_is_said(make_scores: Make) -> None:
    with pytest.raises(BrokenRunError, match="nothing to guess in 3 sentences"):
        summarise(make_scores([0.0] * 3, [1, 2, 3], num_masked=[0] * 3))


def test_intervals_hold_the_truth_about_95_times_in_100(make_scores: Make) -> None:
    """Sentences of a document are alike: an interval that takes each by itself holds the truth far less often."""
    draw = np.random.default_rng(4)
    held = held_by_sentences = 0
    for _ in range(200):
        documents = np.repeat(np.arange(60), draw.integers(2, 8, 60))
        losses = 4 * (2.0 + draw.normal(0, 0.5, 60)[documents] + draw.normal(0, 0.3, len(documents)))
        found = summarise(make_scores(losses, documents))
        held += bool(found.loss_low <= 2.0 <= found.loss_high)  # type: ignore[operator]
        naive = 1.96 * (losses / 4).std() / np.sqrt(len(losses))
        held_by_sentences += bool(abs(found.loss - 2.0) <= naive)
    assert 0.90 <= held / 200 <= 0.985
    assert held_by_sentences / 200 < 0.80


def test_the_published_validation_split_takes_seconds(make_scores: Make) -> None:
    draw = np.random.default_rng(5)
    number = 54_543
    options: dict[str, Any] = {"documents": np.arange(number), "num_masked": draw.integers(0, 9, number)}
    before, after = (make_scores(draw.random(number), **options) for _ in range(2))
    started = time.monotonic()
    summarise(before)
    difference(before, after)
    assert time.monotonic() - started < 5
    tracemalloc.start()
    summarise(before)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500e6
