"""Before and after training, for each municipality and for each KL area.

In: scores of the same sentences by two models. Out: a row for each group. A group of few documents has no interval: one
page may decide it. A group in which nothing is hidden has no row. Asks no model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.intervals import Difference, difference, paired, summarise
from training.evaluation.scoring import SentenceScores
from training.feeding.tokens import NO_AREA


@dataclass(frozen=True, kw_only=True)
class GroupScores:
    """One group; losses in nats per hidden token, `top1_*` shares of hidden tokens.

    `has_few_documents`: too few for an interval, the ends in `difference` are None.
    """

    name: str
    num_sentences: int
    num_documents: int
    num_masked: int
    loss_before: float
    loss_after: float
    difference: Difference
    top1_before: float
    top1_after: float
    has_few_documents: bool


def by_site(before: SentenceScores, after: SentenceScores) -> list[GroupScores]:
    """In order of the site's id. Raises BrokenRunError where the sentences of both are not the same."""
    before, after = paired(before, after)
    return _rows(before, after, before.sites, before.site_names)


def by_area(before: SentenceScores, after: SentenceScores) -> list[GroupScores]:
    """In order of the area's name; sentences without an area are in none. Raises as `by_site`."""
    before, after = paired(before, after)
    return _rows(before, after, before.areas, before.area_names)


def _rows(
    before: SentenceScores, after: SentenceScores, numbers: NDArray[np.uint16], names: Sequence[str]
) -> list[GroupScores]:
    rows = []
    for name in sorted(set(names) - {NO_AREA}):
        group = np.flatnonzero(numbers == names.index(name))
        if before.num_masked[group].any():
            rows.append(_row(name, before.at(group), after.at(group)))
    return rows


def _row(name: str, before: SentenceScores, after: SentenceScores) -> GroupScores:
    first, second, change = summarise(before), summarise(after), difference(before, after)
    return GroupScores(
        name=name, num_sentences=first.num_sentences, num_documents=first.num_documents,
        num_masked=first.num_masked, loss_before=first.loss, loss_after=second.loss, difference=change,
        top1_before=first.top1, top1_after=second.top1, has_few_documents=change.low is None,
    )  # fmt: skip
