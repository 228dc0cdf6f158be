"""Whether a model betrays which sentences it was trained on: likelihood-ratio membership inference.

In: the loss of a run and of its base on sentences that were trained on (members) and on validation sentences, under
the same masks; of a head, on examples with their labels. Out: how many members stand out from the others, with
intervals. A sentence's score is the base's loss less the run's (Mireshghallah et al. 2022, arXiv 2203.03929): what
makes a sentence easy by itself, it is for both. Asks no model.

Shapes: N sentences, M members, V validation sentences, D documents.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FALSE_POSITIVE_RATES = (0.001, 0.01)
MIN_ABOVE = 5  # so many validation sentences must lie above a threshold, else its place is chance
MIN_DOCUMENTS = 5  # as training.evaluation.intervals
NUM_RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)
_IN, _OUT = 1, 2  # keys of the draws, arbitrary: the same scores give the same interval
Numbers = NDArray[np.float64]


class Losses(Protocol):
    """What a model made of each of N sentences (or examples), (N,) each: how many tokens were asked about, and the sum
    of their loss in nats."""

    @property
    def document_ids(self) -> NDArray[np.uint64]: ...
    @property
    def num_masked(self) -> NDArray[np.int64]: ...
    @property
    def loss_sum(self) -> NDArray[np.float64]: ...


@dataclass(frozen=True, kw_only=True)
class Share:
    """A number with its 95 % interval; the ends are None where there are too few documents for one."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class PowerAt:
    """The share of members found where so many validation sentences are taken for members.

    `found` is None where there are too few validation sentences to say.
    """

    false_positive_rate: float
    found: Share | None


@dataclass(frozen=True, kw_only=True)
class Membership:
    """What was found.

    Attributes:
        auc: chance that a member scores higher than a validation sentence; 0.5 is chance.
        control_auc: the same of the base's loss alone, which knows no members: off 0.5, the two kinds of sentences
            differ by themselves.
    """

    num_members: int
    num_others: int
    power: tuple[PowerAt, ...]
    auc: Share
    control_auc: Share


def membership(members: tuple[Losses, Losses], others: tuple[Losses, Losses]) -> Membership | None:
    """Compare; None where there is nothing to guess in one of the two kinds.

    Args:
        members, others: losses under the base and under the run, of the same sentences in the same order.
    """
    inside, outside = _Scored.of(*members), _Scored.of(*others)
    if not len(inside.gain) or not len(outside.gain):
        return None
    gain, control = _Order(inside.gain, outside.gain), _Order(-inside.base_loss, -outside.base_loss)
    rates = [rate for rate in FALSE_POSITIVE_RATES if rate * len(outside.gain) >= MIN_ABOVE]
    draws = zip(cluster_weights(inside.documents, _IN), cluster_weights(outside.documents, _OUT), strict=True)
    table = np.array([
        [*(gain.power(rate, *each) for rate in rates), gain.auc(*each), control.auc(*each)] for each in draws
    ])  # fmt: skip
    has_interval = min(len(np.unique(each.documents)) for each in (inside, outside)) >= MIN_DOCUMENTS
    shares = [share_of(column, has_interval) for column in table.T]
    found = dict(zip(rates, shares, strict=False))
    return Membership(
        num_members=len(inside.gain), num_others=len(outside.gain), auc=shares[-2], control_auc=shares[-1],
        power=tuple(PowerAt(false_positive_rate=rate, found=found.get(rate)) for rate in FALSE_POSITIVE_RATES),
    )  # fmt: skip


def gains(base: Losses, run: Losses) -> Numbers:
    """(N,) by how much a hidden token's loss is lower under the run; nan where nothing was hidden."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((base.loss_sum - run.loss_sum) / base.num_masked)


@dataclass(frozen=True, kw_only=True)
class _Scored:
    """Sentences in which something was hidden."""

    gain: Numbers
    base_loss: Numbers
    documents: NDArray[np.uint64]

    @classmethod
    def of(cls, base: Losses, run: Losses) -> "_Scored":
        asked = np.flatnonzero(base.num_masked)
        return cls(
            gain=gains(base, run)[asked], base_loss=base.loss_sum[asked] / base.num_masked[asked],
            documents=base.document_ids[asked],
        )  # fmt: skip


class _Order:
    """Members (M,) and others (V,) by their scores; what is asked takes how often each of them counts."""

    def __init__(self, inside: Numbers, outside: Numbers) -> None:
        self._inside, self._order = inside, np.argsort(outside, kind="stable")
        self._outside = outside[self._order]
        self._left, self._right = (np.searchsorted(self._outside, inside, side=side) for side in ("left", "right"))

    def power(self, rate: float, in_weights: Numbers, out_weights: Numbers) -> float:
        """Share of members above the lowest threshold that at most `rate` of the others lie above."""
        above = np.cumsum(out_weights[self._order][::-1])
        first = int(np.searchsorted(above, rate * above[-1] + 1e-9, side="right"))
        threshold = self._outside[::-1][min(first, len(above) - 1)]
        return float(in_weights[self._inside > threshold].sum() / in_weights.sum())

    def auc(self, in_weights: Numbers, out_weights: Numbers) -> float:
        """Mann and Whitney's statistic; a tie counts half."""
        below = np.concatenate([[0.0], np.cumsum(out_weights[self._order])])
        return float((in_weights * (below[self._left] + below[self._right])).sum() / (2 * in_weights.sum() * below[-1]))


def cluster_weights(documents: NDArray[np.uint64], key: int) -> Iterator[Numbers]:
    """How often each sentence counts: once, and then as often as its document is drawn (cluster bootstrap)."""
    rng = np.random.Generator(np.random.Philox(key=key))
    _, place = np.unique(documents, return_inverse=True)
    number = int(place.max()) + 1
    yield np.ones(len(documents))
    for _ in range(NUM_RESAMPLES):
        yield np.bincount(rng.integers(number, size=number), minlength=number)[place].astype(np.float64)


def share_of(values: Numbers, has_interval: bool) -> Share:
    """The first value, and where the middle 95 % of the others lie."""
    if not has_interval:
        return Share(value=float(values[0]), low=None, high=None)
    low, high = np.percentile(values[1:], PERCENTILES)
    return Share(value=float(values[0]), low=float(low), high=float(high))
