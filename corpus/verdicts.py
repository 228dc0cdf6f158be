"""What becomes of each different sentence: it stays, or goes for one that it is nearly the same as.

In: the parts of the different sentences, and texts that must not be in the corpus. Out: `Verdicts`, by the place of the
sentence among all. One rule decides within a side of the split and across it: of near duplicates the best-ranked stays.

Rank, from the best: an excluded text; a carried validation sentence, a carried training one, a new training one, a new
validation one; on more sites; met more often; longer; of the lesser id. So across the split the carried one stays, of
two new ones the training one, of two carried ones the validation one; and a sentence that stayed last quarter stays,
as long as the web has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.memory import release_memory
from corpus.near.signature_cache import SignatureCache
from corpus.near.stage import judged_sentences
from corpus.near.text_store import TextWriter
from corpus.schema import DropReason
from corpus.sentence_parts import read_unique
from corpus.workers import Workers

STAYS = 0
REASONS = (
    None, DropReason.IN_EXCLUDED_FILE, DropReason.NEAR_DUPLICATE_SENTENCE, DropReason.NEAR_DUPLICATE_ACROSS_SPLIT,
)  # fmt: skip
_EXCLUDED, _SAME_SIDE, _ACROSS = 1, 2, 3
# by (is carried, side)
_CLASSES = {(True, 1): 1, (True, 0): 2, (False, 0): 3, (False, 1): 4}
# of the parts; beside them there is the length of each text in characters
_COLUMNS: dict[str, type[np.generic]] = {
    "sentence": np.uint64, "num_occurrences": np.int32, "num_sites": np.int32, "side": np.int8,
    "is_carried": np.bool_, "quarter": np.int16,
}  # fmt: skip
_LENGTH = "length"


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """N different sentences, in order of their number.

    Attributes:
        sentences: (N,) numbers.
        sides, quarters: (N,) side of the split, place of the first quarter.
        next_sides: (N,) the side that is carried on: a new sentence that went has that of the one that stayed, so that
            it never stands opposite to it later.
        verdict: (N,) STAYS, or the place of a reason in REASONS.
        kept: (N,) the sentence for which it went, itself where it stays, -1 where that was an excluded text.
        similarity: (N,) of the two, in thousandths.
        cluster: (N,) the sentence that stands for its near duplicates, -1 where there is none.
        num_near: (N,) how many went for it.
        starts: place of the first sentence of each part, and the end.
    """

    sentences: NDArray[np.uint64]
    sides: NDArray[np.int8]
    quarters: NDArray[np.int16]
    next_sides: NDArray[np.int8]
    verdict: NDArray[np.int8]
    kept: NDArray[np.int32]
    similarity: NDArray[np.int16]
    cluster: NDArray[np.int32]
    num_near: NDArray[np.int32]
    starts: NDArray[np.int64]


def judge_sentences(
    work: Path, part_sizes: Sequence[int], excluded: Sequence[str], workers: Workers, cache: SignatureCache
) -> Verdicts:
    """`work` holds the parts, of so many sentences; `excluded` are texts that nothing in the corpus may be near."""
    starts = np.cumsum([0, *part_sizes])
    total = int(starts[-1])
    columns = _gathered(work, starts, excluded)
    rank = _ranks(len(excluded), columns)
    sentences, sides, carried, quarters = (columns[name] for name in ("sentence", "side", "is_carried", "quarter"))
    del columns
    release_memory()
    near = judged_sentences(work / "sentence-texts", rank, len(excluded), workers, cache)
    kept = near.kept[:total]
    verdict = np.full(total, STAYS, dtype=np.int8)
    gone = ~near.is_kept[:total]
    by_excluded = kept >= total
    kept = np.where(by_excluded, -1, kept).astype(np.int32)
    verdict[gone] = np.where(sides[kept] == sides, _SAME_SIDE, _ACROSS)[gone]
    verdict[gone & by_excluded] = _EXCLUDED
    cluster = near.cluster[:total]
    went = kept[(verdict == _SAME_SIDE) | (verdict == _ACROSS)]
    return Verdicts(
        sentences=sentences, sides=sides, quarters=quarters, verdict=verdict, kept=kept,
        next_sides=np.where(gone & ~carried & ~by_excluded, sides[kept], sides).astype(np.int8),
        similarity=near.similarity[:total], cluster=np.where(cluster >= total, -1, cluster).astype(np.int32),
        num_near=np.bincount(went, minlength=total).astype(np.int32), starts=starts,
    )  # fmt: skip


def _gathered(work: Path, starts: NDArray[np.int64], excluded: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The columns of all parts one after the other, with the lengths of the texts; and the texts in a file."""
    columns = {name: np.empty(starts[-1], kind) for name, kind in (_COLUMNS | {_LENGTH: np.int32}).items()}
    with TextWriter(work / "sentence-texts") as writer:
        for number, (first, last) in enumerate(pairwise(starts.tolist())):
            table = read_unique(work, number, [*_COLUMNS, "text"])
            for chunk in table["text"].chunks:
                writer.extend(chunk)
            table = table.append_column(_LENGTH, pc.utf8_length(table["text"]))
            for name, column in columns.items():
                column[first:last] = table[name].to_numpy()
        writer.extend(pa.array(excluded, pa.string()))
    return columns


def _classes(carried: NDArray[np.bool_], sides: NDArray[np.int8]) -> NDArray[np.int8]:
    found = np.zeros(len(sides), dtype=np.int8)
    for (is_carried, side), number in _CLASSES.items():
        found[(carried == is_carried) & (sides == side)] = number
    return found


def _ranks(num_excluded: int, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.int32]:
    """Sentences by their columns, behind the excluded texts, which stand behind them in the file."""
    sentences = columns["sentence"]
    falling = [-columns[name] for name in (_LENGTH, "num_occurrences", "num_sites")]
    order = np.lexsort((sentences, *falling, _classes(columns["is_carried"], columns["side"])))
    rank = np.empty(len(sentences) + num_excluded, dtype=np.int32)
    rank[order] = np.arange(num_excluded, len(rank), dtype=np.int32)
    rank[len(sentences) :] = np.arange(num_excluded)
    return rank
