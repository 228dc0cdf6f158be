"""Membership inference against plain counts, and on scores of which the truth is known."""

from dataclasses import asdict

import numpy as np
import pytest

from training.audit.membership import MIN_ABOVE, membership
from training.evaluation.scoring import SentenceScores


def scores(losses: np.ndarray, documents: np.ndarray | None = None, num_masked: int = 4) -> SentenceScores:
    number = len(losses)
    zeros = np.zeros(number, np.int64)
    return SentenceScores(
        sentence_ids=np.arange(number, dtype=np.uint64),
        document_ids=np.arange(number, dtype=np.uint64) if documents is None else documents.astype(np.uint64),
        sites=zeros.astype(np.uint16), areas=zeros.astype(np.uint16), num_masked=np.full(number, num_masked),
        loss_sum=losses * num_masked, num_top1=zeros, num_top5=zeros, site_names=("",), area_names=("",),
    )  # fmt: skip


def found_of(inside: np.ndarray, outside: np.ndarray, spread: float = 1.0, **kwargs):
    """Membership where the gains are these, whatever the sentences' own difficulty."""
    rng = np.random.default_rng(9)
    hard = [5 + spread * rng.normal(size=len(each)) for each in (inside, outside)]
    pairs = [
        (scores(each, **kwargs), scores(each - gain, **kwargs))
        for each, gain in zip(hard, (inside, outside), strict=True)
    ]
    return membership(*pairs)


def test_power_and_auc_are_those_of_a_plain_count() -> None:
    rng = np.random.default_rng(1)
    inside, outside = rng.normal(0.8, 1, 700), rng.normal(0, 1, 5000)
    found = found_of(inside, outside)
    for each in found.power:
        allowed = int(each.false_positive_rate * 5000)
        threshold = sorted(outside)[-allowed - 1]
        assert (outside > threshold).sum() == allowed
        assert each.found.value == pytest.approx(np.mean(inside > threshold), abs=1e-9)
        assert each.found.low < each.found.value < each.found.high
    plain = np.mean([np.mean(each > outside) + np.mean(each == outside) / 2 for each in inside])
    assert found.auc.value == pytest.approx(plain)
    # theory: P[N(0.8, 1) > N(0, 1)] = Phi(0.8 / sqrt 2), and P[N(0.8, 1) > 2.326]
    assert found.auc.low < 0.714 < found.auc.high
    assert found.power[1].found.low < 0.0635 < found.power[1].found.high


def test_what_no_member_gained_more_than_others_is_no_better_than_chance() -> None:
    rng = np.random.default_rng(2)
    found = found_of(rng.normal(size=5000), rng.normal(size=5000))
    assert found.auc.low < 0.5 < found.auc.high
    for each in found.power:
        assert each.found.low <= each.false_positive_rate <= each.found.high


def test_the_base_takes_off_what_makes_a_sentence_easy_by_itself() -> None:
    rng = np.random.default_rng(3)
    gains = rng.normal(0.3, 0.1, 1000), rng.normal(0.0, 0.1, 1000)
    found = found_of(*gains, spread=3.0)
    assert found.auc.value > 0.95  # the loss alone would be hidden under a spread thirty times as wide
    assert 0.45 < found.control_auc.value < 0.55


def test_a_shift_between_the_two_kinds_shows_in_the_control() -> None:
    rng = np.random.default_rng(4)
    easy, hard = 3 + rng.normal(size=1000), 5 + rng.normal(size=1000)
    same = (
        (scores(easy), scores(easy - rng.normal(0, 0.1, 1000))),
        (scores(hard), scores(hard - rng.normal(0, 0.1, 1000))),
    )
    found = membership(*same)
    assert found.control_auc.low > 0.85
    assert found.auc.low < 0.5 < found.auc.high


def test_too_few_validation_sentences_resolve_no_small_rate() -> None:
    rng = np.random.default_rng(5)
    found = found_of(rng.normal(size=300), rng.normal(size=499))
    assert [each.found for each in found.power] == [None, None]
    found = found_of(rng.normal(size=300), rng.normal(size=MIN_ABOVE * 100))
    assert [each.found is None for each in found.power] == [True, False]


def test_sentences_of_one_document_do_not_count_as_many() -> None:
    rng = np.random.default_rng(6)
    inside, outside = rng.normal(size=(50, 1)).repeat(20, axis=1).ravel(), rng.normal(size=1000)
    wide = membership(*_pairs(inside, outside, np.arange(1000) // 20))
    narrow = membership(*_pairs(inside, outside, np.arange(1000)))
    assert wide.auc.high - wide.auc.low > 2 * (narrow.auc.high - narrow.auc.low)
    few = membership(*_pairs(inside, outside, np.zeros(1000)))
    assert few.auc.low is None and few.auc.value == narrow.auc.value


def test_sentences_in_which_nothing_was_hidden_do_not_count() -> None:
    rng = np.random.default_rng(7)
    inside, outside = rng.normal(size=600), rng.normal(size=600)
    (base, run), others = _pairs(inside, outside, np.arange(600))
    base.num_masked[:100] = run.num_masked[:100] = 0
    found = membership((base, run), others)
    assert found.num_members == 500
    assert asdict(found)["auc"]["value"] == pytest.approx(np.mean([np.mean(each > outside) for each in inside[100:]]))
    base.num_masked[:] = 0
    assert membership((base, run), others) is None


def _pairs(inside: np.ndarray, outside: np.ndarray, documents: np.ndarray):
    return tuple(
        (scores(np.full(len(each), 5.0), documents), scores(5 - each, documents)) for each in (inside, outside)
    )
