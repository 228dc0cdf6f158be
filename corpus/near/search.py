"""Near duplicates: all pairs of texts that matter for which of them stay.

In: a store of texts and their ranks. Out: pairs, in order. Near means a Jaccard similarity of at least 0.8 on the sets
of lower-cased character 3-grams: MinHash finds candidates, exact comparison decides. Memory does not grow with the
texts, but for about 60 bytes each in one process at a time and as many that all share. Which of a pair goes:
survivors.py.

What is found. A pair is a candidate where two texts share one of 40 bands (0.99992 of the pairs at 0.8, more above)
and 208 of 256 bits of their sketches (0.999993 of them). All candidates are compared but in crowds, where more than 32
texts share a band. Those are gone through in order of rank, in blocks: the texts of a block that are not gone yet are
compared with each other, which decides them; those that stay are compared with all later ones that are not gone yet.
So no text is compared any more once a better-ranked near text stays for good, and the survivors are exactly those of
comparing all candidates, although most pairs of a crowd are not looked at. That holds where `is_complete` is true. It
is false where a step met so many open texts in one band's bucket that comparing them all passes PAIRS_PER_BUCKET, and
some texts there met only the best-ranked of them: then two texts that stay may be near. A text that goes always has a
better-ranked near text that stays; in a crowd it need not be the best-ranked one there is, as not all were looked at.
Clusters are connected by the pairs found: of a crowd, through the texts that stay.
"""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.near.candidates import candidates_in_crowds, candidates_of_band
from corpus.near.compare import PAIR, near_pairs_of_part
from corpus.near.folder import RANGE_BYTES, NearFolder, write_signatures
from corpus.near.minhash import NUM_BANDS
from corpus.near.signature_cache import SignatureCache
from corpus.near.survivors import NearPairs, order_of, survivors
from corpus.near.text_store import TextStore

# Runs a function on many tuples of arguments, wherever; gives what it returned, in their order.
RunTasks = Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], Iterable[Any]]
FIRST_BLOCK = 256  # texts of the first step in crowds; each further step takes twice as many


def one_by_one(task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """In this process."""
    return [task(*each) for each in arguments]


@dataclass(frozen=True, kw_only=True, slots=True)
class NearDuplicates:
    """The pairs found; `is_complete`: no crowd was left of which some candidates were not compared."""

    pairs: NearPairs
    is_complete: bool


def near_sentences(
    store: TextStore, folder: Path, *, rank: NDArray[Any] | None = None, num_fixed: int = 0,
    run: RunTasks = one_by_one, cache: SignatureCache | None = None,
) -> NearDuplicates:  # fmt: skip
    """Near duplicates among the texts of a store.

    Args:
        folder: for working files, about 250 bytes a text; they are removed again.
        rank: a different number for each text, made of its content, the best least; without, the index.
        num_fixed: so many of the best-ranked texts stay whatever they are near to; pairs of two of them are not given.
        run: the tasks of one step, of which none waits for another. How many there are and what each does follows
            from the texts alone, so any number of workers finds the same.
        cache: of signatures; what is found does not depend on it.
    """
    return _near(store, folder, rank, run, cache, documents=False, num_fixed=num_fixed)


def near_documents(
    store: TextStore, folder: Path, *, rank: NDArray[Any] | None = None, run: RunTasks = one_by_one,
    cache: SignatureCache | None = None,
) -> NearDuplicates:  # fmt: skip
    """The same for texts of many lines, which must also be alike where they differ (lines.py)."""
    return _near(store, folder, rank, run, cache, documents=True)


def _near(
    store: TextStore, folder: Path, rank: NDArray[Any] | None, run: RunTasks, cache: SignatureCache | None, *,
    documents: bool, num_fixed: int = 0,
) -> NearDuplicates:  # fmt: skip
    order = order_of(len(store), rank)
    with tempfile.TemporaryDirectory(dir=folder, prefix="near-") as name:
        work = _signed(store, Path(name), run, cache)
        work.write_order(order)
        list(run(work.sort_columns, [()]))
        search = _Search(store, work, run, documents=documents, num_fixed=num_fixed)
        is_complete = search.in_crowds(search.outside_of_crowds())
        if cache is not None:
            list(run(cache.keep, [(work.signatures,)]))
        return NearDuplicates(pairs=_pairs(search.found, order), is_complete=is_complete)


def _signed(store: TextStore, folder: Path, run: RunTasks, cache: SignatureCache | None) -> NearFolder:
    ranges = store.ranges(RANGE_BYTES)
    paths = tuple(folder / f"signatures-{number:05}" for number in range(len(ranges)))
    list(run(write_signatures, [(store, *each, path, cache) for each, path in zip(ranges, paths, strict=True)]))
    return NearFolder(folder=folder, num_texts=len(store), signatures=paths)


class _Search:
    """The pairs found so far, and the steps that find more."""

    def __init__(
        self, store: TextStore, work: NearFolder, run: RunTasks, *, documents: bool, num_fixed: int
    ) -> None:  # fmt: skip
        self.store, self.work, self.run, self.documents = store, work, run, documents
        self.num_fixed = num_fixed
        self.found = np.empty(0, dtype=PAIR)

    def outside_of_crowds(self) -> list[int]:
        """Compare all small buckets; the bands that have crowds."""
        bands = range(NUM_BANDS)
        has_crowds = dict(zip(bands, self.run(candidates_of_band, [(self.work, band) for band in bands]), strict=True))
        self._compare()
        return [band for band in bands if has_crowds[band]]

    def in_crowds(self, bands: Sequence[int]) -> bool:
        """Compare the crowds of these bands; whether completely."""
        open_texts = np.zeros(self.work.num_texts, dtype=bool)  # by place: neither known to stay nor known to go
        for band in bands:
            open_texts[self.work.crowds(band) & np.uint64(0xFFFFFFFF)] = True
        is_complete, block_texts = True, FIRST_BLOCK
        while len(places := np.flatnonzero(open_texts)):
            boundary = int(places[block_texts]) if block_texts < len(places) else self.work.num_texts
            later, block = open_texts.copy(), open_texts
            later[:boundary], block[boundary:] = False, False
            is_complete &= self._step(bands, block, 0)
            kept = self._kept(boundary)
            is_complete &= self._step(bands, (block | later) & kept, boundary)
            open_texts = later & self._kept(boundary)
            block_texts *= 2
        return is_complete

    def _step(self, bands: Sequence[int], active: NDArray[np.bool_], boundary: int) -> bool:
        self.work.write_active(active)
        is_complete = all(list(self.run(candidates_in_crowds, [(self.work, band, boundary) for band in bands])))
        self._compare()
        return is_complete

    def _compare(self) -> None:
        parts = self.work.parts()
        list(self.run(near_pairs_of_part, [(self.store, self.work, part, self.documents) for part in parts]))
        found = _different([self.found, *(self.work.take_pairs(part, PAIR) for part in parts)])
        self.found = found[found["places"] >> np.uint64(32) >= np.uint64(self.num_fixed)]

    def _kept(self, boundary: int) -> NDArray[np.bool_]:
        """By place: not near a better-ranked text below the boundary that stays; what is below is decided."""
        pairs = _pairs(self.found)
        is_below = pairs.second < boundary
        kept = survivors(self.work.num_texts, pairs.of(is_below)).kept
        kept[pairs.second[kept[pairs.first] & (pairs.first < boundary)]] = False
        return kept


def _different(records: Sequence[NDArray[Any]]) -> NDArray[Any]:
    together = np.concatenate(records)
    return together[np.unique(together["places"], return_index=True)[1]]


def _pairs(records: NDArray[Any], order: NDArray[np.uint32] | None = None) -> NearPairs:
    """By index, or without an order by place."""
    better, worse = records["places"] & np.uint64(0xFFFFFFFF), records["places"] >> np.uint64(32)
    if order is not None:
        better, worse = order[better], order[worse]
    first, second = np.minimum(better, worse).astype(np.uint32), np.maximum(better, worse).astype(np.uint32)
    sequence = np.lexsort((second, first))
    return NearPairs(first=first[sequence], second=second[sequence], thousandths=records["thousandths"][sequence])
