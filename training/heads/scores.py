"""How good the answers are: entities found exactly, or texts put into the right class, and how sure that is.

In: the truth and the guesses of a split. Out: the numbers of evaluation.json. An entity is right where first word, last
word and type are (the strict reading of IOB2, iob2.py). Sentences of one unit are alike, so whole units are drawn again
for the 95 % intervals (cluster bootstrap, percentile method: Efron and Tibshirani 1993, chapters 8 and 13). Asks no
model.

Shapes: N examples, D units, K types or classes, R resamples; of each type three counts: right, guessed, true.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluation.intervals import MIN_DOCUMENTS, NUM_RESAMPLES, PERCENTILES, SEED
from training.feeding.batches import Tokens
from training.feeding.draws import Purpose, generator_for
from training.heads.config import ENTITIES
from training.heads.encoding import Questions
from training.heads.iob2 import spans_of, types_in

_RIGHT, _GUESSED, _TRUE = range(3)
_BLOCK_COUNTS = 2_000_000  # drawn at once: 16 MB
Counts = NDArray[np.float64]


def scores_of(task: str, labels: Sequence[str], questions: Questions, guesses: Tokens) -> dict[str, Any]:
    """The numbers of one split.

    Args:
        guesses: (W,) a label for each word (or text).

    Returns:
        For entities `f1`, `precision` and `recall` over all of them and `macro_f1` over types; for classes `accuracy`
        and `macro_f1`; with the ends of their intervals (`f1_low`, `f1_high`), null where there are fewer than
        MIN_DOCUMENTS units; and a row for each type or class in `by_label`.
    """
    names = types_in(labels) if task == ENTITIES else list(labels)
    count, name = (_entity_counts, "f1") if task == ENTITIES else (_class_counts, "accuracy")
    counts = _by_unit(count(labels, names, questions, guesses), questions.tokens.document_ids)
    totals, drawn = counts.sum(axis=0), np.concatenate(list(_resampled(counts)))
    is_there = totals[:, _GUESSED] + totals[:, _TRUE] > 0
    ends = partial(_ends, num_units=len(counts))
    record = {
        name: float(_micro(totals)), **ends(name, _micro(drawn)),
        "macro_f1": float(_macro(totals, is_there)), **ends("macro_f1", _macro(drawn, is_there)),
    }  # fmt: skip
    if task == ENTITIES:
        record |= _precision_and_recall(totals)
    rows = [
        {"name": each, "f1": float(_f1(totals[at])), **ends("f1", _f1(drawn[:, at])),
         **_precision_and_recall(totals[[at]]), "num_true": int(totals[at, _TRUE]),
         "num_guessed": int(totals[at, _GUESSED])}
        for at, each in enumerate(names) if is_there[at]
    ]  # fmt: skip
    return record | {
        "by_label": rows, "num_examples": len(questions.word_ends),
        "num_units": len(counts), "num_true": int(totals[:, _TRUE].sum()),
    }  # fmt: skip


def _entity_counts(labels: Sequence[str], names: Sequence[str], questions: Questions, guesses: Tokens) -> Counts:
    """(N, K, 3)"""
    number_of = {name: number for number, name in enumerate(names)}
    counts = np.zeros((len(questions.word_ends), len(names), 3))
    begin = 0
    for example, end in enumerate(questions.word_ends.tolist()):
        true, guessed = (
            set(spans_of([labels[label] for label in tags[begin:end].tolist()])) for tags in (questions.truth, guesses)
        )
        for column, spans in ((_RIGHT, true & guessed), (_GUESSED, guessed), (_TRUE, true)):
            for *_, kind in spans:
                counts[example, number_of[kind], column] += 1
        begin = end
    return counts


def _class_counts(_labels: Sequence[str], names: Sequence[str], questions: Questions, guesses: Tokens) -> Counts:
    """(N, K, 3)"""
    true, guessed = (np.eye(len(names))[each] for each in (questions.truth, guesses))
    return np.stack([true * guessed, guessed, true], axis=2)


def _by_unit(counts: Counts, units: NDArray[np.uint64]) -> Counts:
    """(N, K, 3) -> (D, K, 3)"""
    unit, places = np.unique(units, return_inverse=True)
    sums = np.zeros((len(unit), *counts.shape[1:]))
    np.add.at(sums, places, counts)
    return sums


def _resampled(counts: Counts) -> Iterator[Counts]:
    """Sums over drawn units, some resamples at a time: (D, K, 3) -> (r, K, 3)."""
    rng, number = generator_for(SEED, Purpose.BOOTSTRAP), len(counts)
    rows = max(_BLOCK_COUNTS // number, 1)
    for first in range(0, NUM_RESAMPLES, rows):
        often = rng.multinomial(number, np.full(number, 1 / number), size=min(rows, NUM_RESAMPLES - first))
        yield np.tensordot(often.astype(np.float64), counts, axes=1)


def _f1(sums: Counts) -> Counts:
    """2 right / (guessed + true), (..., 3) -> (...); 0 where there is nothing of either."""
    both = sums[..., _GUESSED] + sums[..., _TRUE]
    return np.asarray(2 * sums[..., _RIGHT] / np.maximum(both, 1))


def _micro(sums: Counts) -> Counts:
    """(..., K, 3) -> (...); of classes, each text having one, it is the share of texts that are right."""
    return _f1(sums.sum(axis=-2))


def _macro(sums: Counts, is_there: NDArray[np.bool_]) -> Counts:
    """Mean over the types that occur in the truth or in a guess."""
    return np.asarray(_f1(sums[..., is_there, :]).mean(axis=-1)) if is_there.any() else np.zeros(sums.shape[:-2])


def _precision_and_recall(sums: Counts) -> dict[str, float]:
    """Right ones of the guessed and of the true ones, (K, 3); 0 where there are none."""
    right, guessed, true = sums.sum(axis=0).tolist()
    return {"precision": right / max(guessed, 1), "recall": right / max(true, 1)}


def _ends(name: str, values: Counts, *, num_units: int) -> dict[str, float | None]:
    if num_units < MIN_DOCUMENTS:
        return {f"{name}_low": None, f"{name}_high": None}
    low, high = np.percentile(values, PERCENTILES)
    return {f"{name}_low": float(low), f"{name}_high": float(high)}
