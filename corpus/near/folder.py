"""The working files of one search for near duplicates: arrays that tasks in other processes read.

In: a folder, and the signatures of ranges of texts. Out: arrays in order of *place*: the text's number in the order of
ranks, 0 for the best. All of it may be removed when the pairs are found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.arrays import mapped_array, write_array
from corpus.near.minhash import SKETCH_WORDS, bands, signatures_and_sizes, sketches
from corpus.near.signature_cache import SignatureCache, text_keys
from corpus.near.signature_file import SignatureFile, Signatures
from corpus.near.text_store import BLOCK_TEXTS, TextStore

RANGE_BYTES = 2_000_000  # of the texts of one file of signatures, of 4 MB where they are sentences; 0.3 s of work


def write_signatures(store: TextStore, first: int, last: int, path: Path, cache: SignatureCache | None) -> None:
    """Of the texts from `first` up to, not with, `last`; what the cache knows is not worked out."""
    found = Signatures.empty(last - first)
    found.keys[:] = text_keys(store.texts(first, last))
    is_known = np.zeros(last - first, dtype=bool) if cache is None else cache.fill(found)
    for start in range(0, last - first, BLOCK_TEXTS):
        is_unknown = ~is_known[start : start + BLOCK_TEXTS]
        places = start + np.flatnonzero(is_unknown)
        if len(places):
            texts = store.texts(first + start, first + start + len(is_unknown))
            signature, found.sizes[places] = signatures_and_sizes(compress(texts, is_unknown))
            found.bands[:, places], found.sketches[places] = bands(signature), sketches(signature)
    found.write(path)


@dataclass(frozen=True, kw_only=True)
class NearFolder:
    """Where the working files of `num_texts` texts are; `signatures` are those of consecutive ranges, in order."""

    folder: Path
    num_texts: int
    signatures: tuple[Path, ...]

    def write_order(self, order: NDArray[np.uint32]) -> None:
        """`order` holds the texts' indices, best rank first."""
        write_array(self.folder / "order", order)

    def sort_columns(self) -> None:
        """Put sizes and sketches in the order that was written; a task."""
        order, place_of = self.order(), np.empty(self.num_texts, dtype=np.uint32)
        place_of[order] = np.arange(self.num_texts, dtype=np.uint32)
        write_array(self.folder / "place_of", place_of)
        sizes = np.empty(self.num_texts, dtype=np.uint32)
        found = np.empty((self.num_texts, SKETCH_WORDS), dtype=np.uint64)
        for file, places in self._ranges(place_of):
            sizes[places], found[places] = file.sizes(), file.sketches()
        write_array(self.folder / "sizes", sizes)
        write_array(self.folder / "sketches", found)

    def keys_of_band(self, band: int) -> NDArray[np.uint64]:
        """(num_texts,) in no particular order: the key of the band above, the place below (32 bits each)."""
        keys = self._array("place_of", np.uint32).astype(np.uint64)
        for file, part in self._ranges(keys):
            part |= file.band(band).astype(np.uint64) << np.uint64(32)
        return keys

    def order(self) -> NDArray[np.uint32]:
        return self._array("order", np.uint32)

    def sizes(self) -> NDArray[np.uint32]:
        return self._array("sizes", np.uint32)

    def sketches(self) -> NDArray[np.uint64]:
        return self._array("sketches", np.uint64).reshape(self.num_texts, SKETCH_WORDS)

    def write_active(self, active: NDArray[np.bool_]) -> None:
        """Which texts, by place, the next step compares."""
        write_array(self.folder / "active", active)

    def active(self) -> NDArray[np.bool_]:
        return self._array("active", np.bool_)

    def write_crowds(self, band: int, keys: NDArray[np.uint64]) -> None:
        write_array(self.folder / f"crowds-{band:02}", keys)

    def crowds(self, band: int) -> NDArray[np.uint64]:
        """Sorted keys, as `keys_of_band` gives them, of the texts in large buckets."""
        return self._array(f"crowds-{band:02}", np.uint64)

    def parts(self) -> list[int]:
        """The parts that have candidates."""
        return sorted({int(path.name.split("-")[1]) for path in self.folder.glob("candidates-*")})

    def candidates(self, part: int) -> list[Path]:
        return sorted(self.folder.glob(f"candidates-{part:05}-*"))

    def candidates_path(self, part: int, band: int) -> Path:
        return self.folder / f"candidates-{part:05}-{band:02}"

    def pairs_path(self, part: int) -> Path:
        return self.folder / f"pairs-{part:05}"

    def take_pairs(self, part: int, kind: np.dtype[Any]) -> NDArray[Any]:
        """The pairs of a part, whose file goes; none where there is no file."""
        path = self.pairs_path(part)
        if not path.exists():
            return np.empty(0, dtype=kind)
        pairs = np.fromfile(path, dtype=kind)
        path.unlink()
        return pairs

    def _array(self, name: str, kind: type[Any]) -> NDArray[Any]:
        return mapped_array(self.folder / name, kind)

    def _ranges(self, array: NDArray[Any]) -> Sequence[tuple[SignatureFile, NDArray[Any]]]:
        files = [SignatureFile(path) for path in self.signatures]
        lasts = np.cumsum([file.num_texts for file in files], dtype=np.int64).tolist()
        parts = [array[first:last] for first, last in pairwise([0, *lasts])]
        return list(zip(files, parts, strict=True))
