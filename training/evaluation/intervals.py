"""What scores of sentences come to, and how sure that is.

In: `SentenceScores` of one model, or of two on the same sentences. Out: means over all hidden tokens (ratios of sums,
so each token counts the same) with 95 % intervals. Sentences of one document are alike, so whole documents are drawn
again, 1,000 times (cluster bootstrap, percentile method: Efron and Tibshirani 1993, chapters 8 and 13). The draws have
a fixed seed: the same scores give the same interval. Asks no model.

Shapes: N sentences, D documents in which something is hidden, K sums for each.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foundation.errors import BrokenRunError
from training.evaluation.scoring import SentenceScores
from training.feeding.draws import Purpose, generator_for

NUM_RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)
MIN_DOCUMENTS = 5  # of fewer an interval would be too narrow; with one it would have no width at all
SEED = 1  # the same for all models; arbitrary
_BLOCK_DRAWS = 2_000_000  # numbers drawn at once: 16 MB
Sums = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Scores:
    """`loss` in nats per hidden token; `top1` and `top5` are shares of hidden tokens.

    The ends of an interval are None where fewer than MIN_DOCUMENTS documents have a hidden token; `num_documents`
    counts those that have one.
    """

    loss: float
    loss_low: float | None
    loss_high: float | None
    top1: float
    top1_low: float | None
    top1_high: float | None
    top5: float
    num_masked: int
    num_sentences: int
    num_documents: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Loss after minus loss before, in nats per hidden token: below 0 is better; ends as in `Scores`."""

    loss: float
    low: float | None
    high: float | None


def summarise(scores: SentenceScores) -> Scores:
    """Raises BrokenRunError where nothing is hidden in any of the sentences."""
    sums = _document_sums(scores, scores.loss_sum, scores.num_top1, scores.num_top5)
    masked, loss, top1, top5 = sums.sum(axis=0)
    resampled = _resampled(sums[:, :3])
    loss_low, loss_high = _ends(resampled[:, 1] / resampled[:, 0], len(sums))
    top1_low, top1_high = _ends(resampled[:, 2] / resampled[:, 0], len(sums))
    return Scores(
        loss=float(loss / masked), loss_low=loss_low, loss_high=loss_high,
        top1=float(top1 / masked), top1_low=top1_low, top1_high=top1_high, top5=float(top5 / masked),
        num_masked=int(masked), num_sentences=len(scores.sentence_ids), num_documents=len(sums),
    )  # fmt: skip


def difference(before: SentenceScores, after: SentenceScores) -> Difference:
    """Paired: both models are measured on the same drawn documents, so what is hard for both cancels out.

    Raises:
        BrokenRunError: they were not asked about the same tokens, or about none.
    """
    before, after = paired(before, after)
    sums = _document_sums(before, after.loss_sum - before.loss_sum)
    masked, loss = sums.sum(axis=0)
    resampled = _resampled(sums)
    low, high = _ends(resampled[:, 1] / resampled[:, 0], len(sums))
    return Difference(loss=float(loss / masked), low=low, high=high)


def paired(before: SentenceScores, after: SentenceScores) -> tuple[SentenceScores, SentenceScores]:
    """Both in order of the sentence ids. Raises BrokenRunError where sentences or numbers of hidden tokens differ."""
    before, after = (each.at(np.argsort(each.sentence_ids, kind="stable")) for each in (before, after))
    if not np.array_equal(before.sentence_ids, after.sentence_ids):
        raise BrokenRunError(
            f"scores of {len(before.sentence_ids)} and of {len(after.sentence_ids)} sentences that are not the same "
            "cannot be compared; evaluate both models on one corpus: tvaerkom evaluate A B --on NAME"
        )
    if not np.array_equal(before.num_masked, after.num_masked):
        raise BrokenRunError(
            "scores of models with different tokenizers cannot be compared token by token; compare their "
            "pseudo-log-likelihood: tvaerkom evaluate A B"
        )
    return before, after


def _document_sums(scores: SentenceScores, *values: NDArray[np.generic]) -> Sums:
    """Sums for each document, (D, 1 + K): hidden tokens, then each of the `values`, (N,); by document id."""
    is_asked = scores.num_masked > 0
    if not is_asked.any():
        raise BrokenRunError(
            f"nothing to guess in {len(scores.sentence_ids)} sentences, so no score; evaluate on more of them"
        )
    documents, places = np.unique(scores.document_ids[is_asked], return_inverse=True)
    columns = (scores.num_masked, *values)
    return np.stack([np.bincount(places, each[is_asked], minlength=len(documents)) for each in columns], axis=1)


def _resampled(sums: Sums) -> Sums:
    """Sums over drawn documents, one row for each resample; (D, K) -> (R, K)."""
    return np.concatenate([counts @ sums for counts in _draws(len(sums))])


def _draws(num_documents: int) -> Iterator[Sums]:
    """How often each document is drawn, some resamples at a time, (r, D). Depends on D alone."""
    rng = generator_for(SEED, Purpose.BOOTSTRAP)
    rows = max(_BLOCK_DRAWS // num_documents, 1)
    for first in range(0, NUM_RESAMPLES, rows):
        number = min(rows, NUM_RESAMPLES - first)
        drawn = rng.integers(num_documents, size=(number, num_documents))
        cells = drawn + np.arange(number)[:, None] * num_documents
        counts = np.bincount(cells.ravel(), minlength=number * num_documents)
        yield counts.reshape(number, num_documents).astype(np.float64)


def _ends(values: Sums, num_documents: int) -> tuple[float | None, float | None]:
    if num_documents < MIN_DOCUMENTS:
        return None, None
    low, high = np.percentile(values, PERCENTILES)
    return float(low), float(high)
