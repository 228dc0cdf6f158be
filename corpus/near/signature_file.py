"""A file of signatures: what a search for near duplicates keeps of each text of a range.

In: bands, sizes, sketches and keys of consecutive texts. Out: the same, column by column, so that one band of all
texts is read without the rest. 204 bytes a text.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from corpus.arrays import put_array
from corpus.near.minhash import NUM_BANDS, SKETCH_WORDS

_BYTES_PER_TEXT = 4 * NUM_BANDS + 4 + 8 * SKETCH_WORDS + 8


@dataclass(frozen=True, kw_only=True)
class Signatures:
    """Of N texts.

    Attributes:
        bands: (NUM_BANDS, N) uint32.
        sizes: (N,) uint32 how many different grams.
        sketches: (N, SKETCH_WORDS) uint64.
        keys: (N,) uint64 which texts these are (signature_cache.py).
    """

    bands: NDArray[np.uint32]
    sizes: NDArray[np.uint32]
    sketches: NDArray[np.uint64]
    keys: NDArray[np.uint64]

    @classmethod
    def empty(cls, num_texts: int) -> Self:
        return cls(
            bands=np.empty((NUM_BANDS, num_texts), np.uint32), sizes=np.empty(num_texts, np.uint32),
            sketches=np.empty((num_texts, SKETCH_WORDS), np.uint64), keys=np.empty(num_texts, np.uint64),
        )  # fmt: skip

    @classmethod
    def of_bytes(cls, content: bytes) -> Self:
        """From what a whole file of them holds."""
        num_texts = len(content) // _BYTES_PER_TEXT
        columns: list[NDArray[Any]] = []
        first = 0
        for kind, width in ((np.uint32, NUM_BANDS), (np.uint32, 1), (np.uint64, SKETCH_WORDS), (np.uint64, 1)):
            columns.append(np.frombuffer(content, kind, width * num_texts, first))
            first += columns[-1].nbytes
        bands, sizes, sketches, keys = columns
        return cls(
            bands=bands.reshape(NUM_BANDS, -1), sizes=sizes, sketches=sketches.reshape(-1, SKETCH_WORDS), keys=keys
        )  # fmt: skip

    def take_from(self, places: Any, other: "Signatures", places_there: Any) -> None:
        """Bands, sizes and sketches of these texts are those of the others."""
        self.bands[:, places] = other.bands[:, places_there]
        self.sizes[places] = other.sizes[places_there]
        self.sketches[places] = other.sketches[places_there]

    def write(self, path: Path) -> None:
        with path.open("wb") as file:
            for column in (self.bands, self.sizes, self.sketches, self.keys):
                put_array(file, column)


class SignatureFile:
    """Reads a file that `Signatures.write` wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.num_texts = path.stat().st_size // _BYTES_PER_TEXT

    def band(self, number: int) -> NDArray[np.uint32]:
        return self._column(np.uint32, 4 * number, 1)

    def sizes(self) -> NDArray[np.uint32]:
        return self._column(np.uint32, 4 * NUM_BANDS, 1)

    def sketches(self) -> NDArray[np.uint64]:
        return self._column(np.uint64, 4 * (NUM_BANDS + 1), SKETCH_WORDS).reshape(-1, SKETCH_WORDS)

    def keys(self) -> NDArray[np.uint64]:
        return self._column(np.uint64, 4 * (NUM_BANDS + 1) + 8 * SKETCH_WORDS, 1)

    def _column(self, kind: type[Any], bytes_before: int, width: int) -> NDArray[Any]:
        """Args: bytes_before: of each text, in the columns before this one."""
        count, offset = width * self.num_texts, bytes_before * self.num_texts
        return np.fromfile(self.path, dtype=kind, count=count, offset=offset)
