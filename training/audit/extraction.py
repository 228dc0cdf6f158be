"""Whether hidden words can be got out of a model by asking: fill-mask extraction.

In: what a run and its base guessed of hidden words, of the training split and of the validation split; or what a twin
and its base guessed of the canaries' secrets. Out: how often all pieces of a word were guessed first, and how much more
often than can be explained without training on it. Asks no model (words.py).

Shapes: W words.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.audit.membership import MIN_DOCUMENTS, Share, cluster_weights, share_of
from training.audit.words import WordGuesses
from training.feeding.batches import Flags

_IN, _OUT = 3, 4  # keys of the draws, arbitrary


@dataclass(frozen=True, kw_only=True)
class Guessed:
    """Words, and shares of them of which every piece was guessed first; `pieces` are shares of all pieces."""

    num_words: int
    run: float
    base: float
    run_pieces: float
    base_pieces: float


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """What was found.

    Attributes:
        members, others: words of the training split, and of the validation split.
        surplus: by how much the share of words guessed whole rose for the members more than for the others.
    """

    members: Guessed
    others: Guessed
    surplus: Share


def extraction(
    members: tuple[WordGuesses, WordGuesses], others: tuple[WordGuesses, WordGuesses],
    documents: tuple[NDArray[np.uint64], NDArray[np.uint64]],
) -> Extraction | None:  # fmt: skip
    """Compare; None where there is no word of one of the two kinds.

    Args:
        members, others: guesses of the base and of the run.
        documents: (W,) of the members' words and of the others'.
    """
    if not all(len(each) for each in documents):
        return None
    rises = [run.is_exact.astype(np.float64) - base.is_exact for base, run in (members, others)]
    draws = zip(cluster_weights(documents[0], _IN), cluster_weights(documents[1], _OUT), strict=True)
    values = np.array([
        np.average(rises[0], weights=inside) - np.average(rises[1], weights=outside) for inside, outside in draws
    ])  # fmt: skip
    has_interval = min(len(np.unique(each)) for each in documents) >= MIN_DOCUMENTS
    return Extraction(members=guessed(*members), others=guessed(*others), surplus=share_of(values, has_interval))


def guessed(base: WordGuesses, run: WordGuesses, chosen: Flags | None = None) -> Guessed:
    """Count, of all words or of the chosen ones, (W,)."""
    kept = np.ones(len(base.num_pieces), np.bool_) if chosen is None else chosen
    return Guessed(
        num_words=int(kept.sum()), run=_mean(run.is_exact[kept]), base=_mean(base.is_exact[kept]),
        run_pieces=_ratio(run.num_first[kept], run.num_pieces[kept]),
        base_pieces=_ratio(base.num_first[kept], base.num_pieces[kept]),
    )  # fmt: skip


def _mean(values: Flags) -> float:
    return float(values.mean()) if len(values) else 0.0


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> float:
    return float(part.sum() / max(whole.sum(), 1))
