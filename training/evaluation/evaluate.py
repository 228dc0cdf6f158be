"""Score a model on a token file, and put what it was before and after training together.

In: a model and token files, of the validation split or of a control set; or the scores from before and after. Out:
scores of each sentence, or the content of a run's evaluation.json. Which sentences are taken, and what is hidden in
them, depends on their ids alone. Scores under different tokenizers cannot be compared. Writes no files.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from foundation.errors import BrokenRunError
from training.bases.loading import MaskedModel
from training.evaluation.groups import by_area, by_site
from training.evaluation.intervals import difference, summarise
from training.evaluation.scoring import SentenceScores, score
from training.feeding.batches import Tokens
from training.feeding.draws import mixed
from training.feeding.tokens import TokenFile

FORMAT_VERSION = 2  # of evaluation.json
VALIDATION = "validation"
log = logging.getLogger(__name__)


def chosen(tokens: TokenFile, num_sentences: int | None) -> Tokens:
    """Indexes of the sentences to score, in corpus order; None or too many: all of them.

    A sentence is in or out by its id, so a corpus that grew keeps most of those chosen before.
    """
    if num_sentences is None or num_sentences >= tokens.num_sentences:
        return np.arange(tokens.num_sentences)
    return np.sort(np.argsort(mixed(tokens.sentence_ids), kind="stable")[:num_sentences])


def evaluate(
    model: MaskedModel, tokens: TokenFile, *, num_sentences: int | None, precision: str, name: str
) -> SentenceScores:
    """Score a model; `name` is shown with the progress bar. Raises as training.evaluation.scoring.score."""
    return score(model, tokens, chosen(tokens, num_sentences), precision=precision, name=name)


def evaluation_record(before: Mapping[str, SentenceScores], after: Mapping[str, SentenceScores]) -> dict[str, Any]:
    """What evaluation.json says: for each set that was scored both times, before, after and their difference.

    For the validation split also a row for each municipality and each KL area. A control set that has other texts than
    before the training is left out with a warning: days of training are not lost for it.

    Raises:
        BrokenRunError: the validation split was another one before, or there is nothing to guess in it.
    """
    record: dict[str, Any] = {"format_version": FORMAT_VERSION}
    for name in (each for each in before if each in after):
        try:
            record[name] = _compared(before[name], after[name])
        except BrokenRunError as error:
            if name == VALIDATION:
                raise
            log.warning("control set %s is left out of the evaluation: %s", name, error)
    if VALIDATION in record:
        scores = before[VALIDATION], after[VALIDATION]
        record[VALIDATION]["by_site"] = [asdict(row) for row in by_site(*scores)]
        record[VALIDATION]["by_area"] = [asdict(row) for row in by_area(*scores)]
    return record


def _compared(before: SentenceScores, after: SentenceScores) -> dict[str, Any]:
    return {
        "before": asdict(summarise(before)), "after": asdict(summarise(after)),
        "difference": asdict(difference(before, after)),
    }  # fmt: skip
