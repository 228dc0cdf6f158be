"""What a site says on many of its pages, and no page says for itself: menus, cookie texts, contact boxes.

In: the blocks of every different page of a site, and the keys that the corpus before found there. Out: the keys of
the blocks that are boilerplate. A block is known by its text without case and with every digit as 0, so that "Sidst
opdateret 1. maj 2026" is one block on all pages. Judges one site at a time; says nothing of a page's own text.
"""

import hashlib
import re
import tempfile
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.config import CorpusConfig

_DIGITS = re.compile(r"\d")
KEY_DIGITS = 16  # hex digits of a key
_KEY_BYTES = 8
_LONG_BIT = np.uint64(1)  # the last bit of a key says whether the block is long
# Words from which a block is long. Shorter ones (weekdays, "Kontakt", "Læs mere") stand on many pages for what they
# mean, and are boilerplate only where they are on a large share of them.
LONG_WORDS = 5
_HELD = 1 << 20  # keys held in memory: 8 MB; more are written to a file
_NUM_PASSES = 16  # over that file; each counts a sixteenth of the keys


@dataclass(frozen=True)
class Found:
    """A key and on how many different pages of its site it stands."""

    key: int
    num_pages: int


def block_key(text: str) -> int:
    """64 bits for a block's text, the last of which says whether it has LONG_WORDS words."""
    same = _DIGITS.sub("0", text.casefold())
    number = int.from_bytes(hashlib.blake2b(same.encode(), digest_size=_KEY_BYTES).digest(), "big")
    return number | 1 if text.count(" ") >= LONG_WORDS - 1 else number & ~1


def is_long(key: int) -> bool:
    """Whether the block has LONG_WORDS words."""
    return bool(key & 1)


def key_text(key: int) -> str:
    """As it is written in tables and configurations."""
    return f"{key:0{KEY_DIGITS}x}"


class PageFrequencies:
    """On how many different pages of a site each block stands; memory does not grow with the site."""

    def __init__(self, folder: Path) -> None:
        self.num_pages = 0
        self._seen: set[int] = set()  # hashes of pages: a page at two addresses counts once
        self._keys = array("Q")
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed by close()
        self._num_written = 0

    def add(self, keys: Collection[int]) -> None:
        """The keys of one page's blocks."""
        page = hash(tuple(keys))  # of integers: the same in every process
        if not keys or page in self._seen:
            return
        self._seen.add(page)
        self.num_pages += 1
        self._keys.extend(set(keys))
        if len(self._keys) >= _HELD:
            self._write()

    def found(self, config: CorpusConfig, carried: Collection[int]) -> list[Found]:
        """The keys that are boilerplate, in order; `carried` ones need only half of what new ones need."""
        self._write()
        least = _least_pages(self.num_pages, config)
        known = np.array(sorted(carried), dtype=np.uint64)
        return [found for keys, counts in self._counted() for found in _chosen(keys, counts, known, least)]

    def close(self) -> None:
        self._file.close()

    def _write(self) -> None:
        self._keys.tofile(self._file)
        self._num_written += len(self._keys)
        del self._keys[:]

    def _counted(self) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64]]]:
        """Keys in order with their numbers of pages, a part of them at a time."""
        num_passes = _NUM_PASSES if self._num_written > _HELD else 1
        for number in range(num_passes):
            part = list(self._part(number, num_passes))
            if part:
                keys, counts = np.unique(np.concatenate(part), return_counts=True)
                yield keys, counts

    def _part(self, number: int, num_parts: int) -> Iterator[NDArray[np.uint64]]:
        width = np.uint64(2**64 // num_parts - 1) if num_parts > 1 else np.uint64(2**64 - 1)
        first = np.uint64(number * (2**64 // num_parts))
        self._file.seek(0)
        while len(keys := np.frombuffer(self._file.read(_HELD * _KEY_BYTES), dtype=np.uint64)):
            yield keys[(keys >= first) & (keys - first <= width)]


def _least_pages(num_pages: int, config: CorpusConfig) -> tuple[int, int]:
    """Pages that a short and a long block must stand on."""
    shares = (config.boilerplate_short_share, config.boilerplate_share)
    short, long = (max(config.boilerplate_min_pages, int(np.ceil(share * num_pages))) for share in shares)
    return short, long


def _chosen(
    keys: NDArray[np.uint64], counts: NDArray[np.int64], carried: NDArray[np.uint64], least: tuple[int, int]
) -> Iterator[Found]:
    needed = np.where(keys & _LONG_BIT, least[1], least[0])
    # what was boilerplate last quarter is not let in again because it stands on a few pages less
    needed = np.where(np.isin(keys, carried), (needed + 1) // 2, needed)
    for place in np.flatnonzero(counts >= needed):
        yield Found(int(keys[place]), int(counts[place]))


def kept_keys(config: CorpusConfig) -> frozenset[int]:
    """Keys that somebody looked at and wants to keep."""
    return frozenset(int(key, 16) for key in config.keep_boilerplate)
