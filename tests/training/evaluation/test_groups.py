from collections.abc import Callable

import numpy as np
import pytest

from foundation.errors import BrokenRunError
from training.evaluation.groups import by_area, by_site
from training.evaluation.intervals import difference
from training.evaluation.scoring import SentenceScores

Make = Callable[..., SentenceScores]


@pytest.fixture
def pair(make_scores: Make) -> tuple[SentenceScores, SentenceScores]:
    """Three municipalities with documents of their own, the third with three only; two of three areas."""
    draw = np.random.default_rng(0)
    documents = np.repeat(np.arange(33), 4)
    sites = np.digitize(documents, [15, 30])
    masked = draw.integers(0, 5, len(documents))
    options = {
        "documents": documents, "num_masked": masked, "sites": sites, "areas": documents % 3, "num_top1": masked // 2,
        "site_names": ("0540", "0101", "0751", "0999"), "area_names": ("", "Sundhed", "Børn og unge"),
    }  # fmt: skip
    losses = masked * draw.random(len(documents))
    return make_scores(losses, **options), make_scores(losses * np.array([0.5, 2, 1])[sites], **options)


def test_each_site_is_what_its_own_sentences_come_to(pair: tuple[SentenceScores, SentenceScores]) -> None:
    before, after = pair
    rows = by_site(before, after)
    assert [row.name for row in rows] == ["0101", "0540", "0751"]
    for row in rows:
        own = [index for index, site in enumerate(before.sites) if before.site_names[site] == row.name]
        masked = sum(int(before.num_masked[index]) for index in own)
        assert (row.num_sentences, row.num_masked) == (len(own), masked)
        assert row.num_documents == len({int(before.document_ids[i]) for i in own if before.num_masked[i]})
        assert row.loss_before == pytest.approx(sum(before.loss_sum[index] for index in own) / masked)
        assert row.loss_after == pytest.approx(sum(after.loss_sum[index] for index in own) / masked)
        assert row.top1_before == row.top1_after == sum(before.num_top1[index] for index in own) / masked
        assert vars(difference(before.at(np.array(own)), after.at(np.array(own)))) == vars(row.difference)
    worse, better, _ = rows
    assert worse.difference.low > 0 > better.difference.high  # type: ignore[operator]


def test_a_site_of_few_documents_is_marked_and_has_no_interval(pair: tuple[SentenceScores, SentenceScores]) -> None:
    assert [row.has_few_documents for row in by_site(*pair)] == [False, False, True]
    few = by_site(*pair)[2]
    assert (few.num_documents, few.difference.low, few.difference.high) == (3, None, None)


def test_sentences_without_an_area_are_in_none(pair: tuple[SentenceScores, SentenceScores]) -> None:
    rows = by_area(*pair)
    assert [row.name for row in rows] == ["Børn og unge", "Sundhed"]
    assert [row.num_sentences for row in rows] == [44, 44]


def test_another_order_gives_the_same_rows(pair: tuple[SentenceScores, SentenceScores]) -> None:
    before, after = pair
    shuffled = after.at(np.random.default_rng(1).permutation(len(after.sentence_ids)))
    assert by_site(before, after) == by_site(before, shuffled)


def test_a_site_in_which_nothing_is_hidden_has_no_row(make_scores: Make) -> None:
    scores = make_scores([1.0, 0.0], [1, 2], num_masked=[3, 0], sites=np.array([0, 1]), site_names=("0101", "0540"))
    assert [row.name for row in by_site(scores, scores)] == ["0101"]


def test_other_sentences_cannot_be_compared(pair: tuple[SentenceScores, SentenceScores]) -> None:
    with pytest.raises(BrokenRunError, match="not the same"):
        by_site(pair[0], pair[1].at(np.arange(5)))
