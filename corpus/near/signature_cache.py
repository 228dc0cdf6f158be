"""Signatures kept from build to build: most sentences of a quarter are those of the quarter before.

In: keys of texts, a folder under data/cache/near. Out: the signatures of those texts that were there last time. A
folder whose files are missing, cut off or damaged holds nothing, and it may be deleted at any time: a build is the same
with and without it. Another version of the code or of Unicode has a folder of its own.
"""

import hashlib
import json
import shutil
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.cache import source_sha256
from corpus.near import minhash
from corpus.near.signature_file import SignatureFile, Signatures
from foundation.files import READ_BLOCK_BYTES, make_folder, sha256_of_text

_KEY_BYTES = 8
_SUMS, _KEYS, _PLACES = "checksums.json", "keys", "places"
_CODE = sha256_of_text(source_sha256([Path(minhash.__file__)]), unicodedata.unidata_version)[:12]


def text_keys(texts: Iterable[str]) -> NDArray[np.uint64]:
    """64 bits for each text, by its very letters. Where two met, a near duplicate might stay; nothing else hangs on it.

    Among 10 million texts two meet with probability 3 in a million.
    """
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=_KEY_BYTES).digest() for text in texts)
    return np.frombuffer(digests, dtype=np.uint64)


@dataclass(frozen=True)
class SignatureCache:
    """`folder` is named by what is in it (sentences, documents); a trial build reads it and leaves it as it is."""

    folder: Path
    is_kept: bool

    def fill(self, signatures: Signatures) -> NDArray[np.bool_]:
        """Fill in what is known of the texts that these keys name; (N,) of which texts that was."""
        is_filled = np.zeros(len(signatures.keys), dtype=bool)
        for places, there, known in self._found(signatures.keys):
            signatures.take_from(places, known, there)
            is_filled[places] = True
        return is_filled

    def keep(self, paths: Sequence[Path]) -> None:
        """Take these files of signatures over, in place of what was there."""
        target = self._place
        aside = target.with_name(f"{target.name}.new")
        shutil.rmtree(aside, ignore_errors=True)
        make_folder(aside)
        sums = [_moved(path, aside / f"{number:05}") for number, path in enumerate(paths)]
        files = [SignatureFile(aside / f"{number:05}") for number in range(len(paths))]
        keys = np.concatenate([file.keys() for file in files] or [np.zeros(0, np.uint64)])
        order = np.argsort(keys).astype(np.uint32)
        for name, column in ((_KEYS, keys[order]), (_PLACES, order)):
            column.tofile(aside / name)
            sums.append(_checksum(aside / name))
        (aside / _SUMS).write_text(json.dumps(sums))
        for old in self.folder.iterdir():
            if old != aside:
                shutil.rmtree(old, ignore_errors=True)
        aside.replace(target)

    @property
    def _place(self) -> Path:
        return self.folder / _CODE

    def _found(self, keys: NDArray[np.uint64]) -> Iterator[tuple[NDArray[Any], NDArray[Any], Signatures]]:
        """Places among the keys and places in a part of what is known, part by part."""
        try:
            sums, known, places_there = _index(self._place, (self._place / _SUMS).stat().st_mtime_ns)
            files = [SignatureFile(self._place / f"{number:05}") for number in range(len(sums))]
            found = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
            places = np.flatnonzero(known[found] == keys) if len(known) else np.zeros(0, np.int64)
            there = places_there[found[places]].astype(np.int64)
            begin = 0
            for file, expected in zip(files, sums, strict=True):
                is_here = (there >= begin) & (there < begin + file.num_texts)
                if np.any(is_here):
                    _checked(file.path, expected)
                    yield places[is_here], there[is_here] - begin, file.all()
                begin += file.num_texts
        except (OSError, ValueError, TypeError, IndexError):
            return  # what is not there is worked out


@lru_cache(maxsize=1)
def _index(folder: Path, _written_ns: int) -> tuple[list[int], NDArray[np.uint64], NDArray[np.uint32]]:
    """Checksums of the files, the keys in order, and the place of each; mapped into memory, which all workers share."""
    *sums, keys_sum, places_sum = json.loads((folder / _SUMS).read_text())
    known = _checked(folder / _KEYS, keys_sum)
    if not known.stat().st_size:  # which cannot be mapped
        return sums, np.zeros(0, np.uint64), np.zeros(0, np.uint32)
    places = np.memmap(_checked(folder / _PLACES, places_sum), dtype=np.uint32, mode="r")
    return sums, np.memmap(known, dtype=np.uint64, mode="r"), places


def _moved(path: Path, target: Path) -> int:
    checksum = _checksum(path)
    shutil.move(path, target)
    return checksum


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(READ_BLOCK_BYTES):
            checksum = zlib.crc32(block, checksum)
    return checksum


def _checked(path: Path, expected: int) -> Path:
    if _checksum(path) != expected:
        raise ValueError(f"{path}: not what was written")
    return path
