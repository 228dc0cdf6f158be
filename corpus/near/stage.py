"""Near duplicates among the joined texts: which stay, and for which one the others go.

In: a file of texts and their ranks. Out: `Near`, by index. The workers of the build do the tasks; the engine is
search.py. Knows neither sites nor sides: who ranks the texts decides who stays.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.near.search import NearDuplicates, near_documents, near_sentences
from corpus.near.signature_cache import SignatureCache
from corpus.near.survivors import clusters, survivors
from corpus.near.text_store import TextStore
from corpus.workers import Workers

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Near:
    """N texts.

    Attributes:
        is_kept: (N,).
        kept: (N,) the text for which it goes, itself where it stays.
        similarity: (N,) of the two, in thousandths.
        cluster: (N,) the best-ranked text of its cluster, -1 where it is near to none.
    """

    is_kept: NDArray[np.bool_]
    kept: NDArray[np.int32]
    similarity: NDArray[np.int16]
    cluster: NDArray[np.int32]


def judged_documents(texts: Path, rank: NDArray[np.int32], workers: Workers, cache: SignatureCache) -> Near:
    """`texts` is a closed text store, `rank` a different number for each text, the best least."""
    with TextStore(texts) as store:
        found = near_documents(store, texts.parent, rank=rank, run=_run_by(workers), cache=cache)
    return _judged(found, rank)


def judged_sentences(
    texts: Path, rank: NDArray[np.int32], num_fixed: int, workers: Workers, cache: SignatureCache
) -> Near:  # fmt: skip
    """The same for sentences; so many of the best-ranked stay whatever they are near to."""
    with TextStore(texts) as store:
        found = near_sentences(store, texts.parent, rank=rank, num_fixed=num_fixed, run=_run_by(workers), cache=cache)
    return _judged(found, rank)


def _judged(found: NearDuplicates, rank: NDArray[np.int32]) -> Near:
    if not found.is_complete:
        log.warning(
            "more texts of one pattern, not near to each other, than are compared in full: a few near duplicates "
            "among them may have stayed"
        )
    stayed = survivors(len(rank), found.pairs, rank)
    representative = clusters(len(rank), found.pairs, rank).astype(np.int32)
    size = np.bincount(representative, minlength=len(rank))
    return Near(
        is_kept=stayed.kept, kept=stayed.survivor.astype(np.int32), similarity=stayed.thousandths.astype(np.int16),
        cluster=np.where(size[representative] > 1, representative, -1).astype(np.int32),
    )  # fmt: skip


def _run_by(workers: Workers) -> Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], list[Any]]:
    def run(task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        results = dict(workers.run(_call, [(task, each) for each in arguments]))
        return [results[place] for place in range(len(arguments))]

    return run


def _call(task: tuple[Callable[..., Any], tuple[Any, ...]]) -> Any:
    function, arguments = task
    return function(*arguments)
