"""Signatures kept from build to build: most sentences of a quarter are those of the quarter before.

In: keys of texts, a folder under data/cache/near. Out: the signatures of those texts that were there last time. A
folder whose files are missing, cut off, damaged or just being replaced holds nothing, and it may be deleted at any
time: a build is the same with and without it. Another version of the code or of Unicode has a folder of its own.
"""

import hashlib
import json
import logging
import shutil
import tempfile
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.arrays import write_array
from corpus.cache import source_sha256
from corpus.near.signature_file import SignatureFile, Signatures
from foundation.files import READ_BLOCK_BYTES, make_folder, sha256_of_text

log = logging.getLogger(__name__)
_KEY_BYTES = 8
_SUMS, _KEYS, _PLACES = "checksums.json", "keys", "places"
_HERE = Path(__file__).parent
_SOURCES = [_HERE / name for name in ("minhash.py", "signature_file.py", "signature_cache.py", "folder.py")]
_CODE = sha256_of_text(source_sha256(_SOURCES), unicodedata.unidata_version)[:12]


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
        """Take these files of signatures over, in place of what was there; nothing where this is not to be kept."""
        if not self.is_kept:
            return
        try:
            with tempfile.TemporaryDirectory(dir=make_folder(self.folder), ignore_cleanup_errors=True) as name:
                aside = Path(name) / _CODE
                self._write(make_folder(aside), paths)
                for old in self.folder.iterdir():
                    if old != aside.parent:
                        shutil.rmtree(old, ignore_errors=True)
                aside.replace(self._place)
        except OSError as error:  # a full disk, or another build that does the same: the next build is slower
            log.warning("%s: not kept for the next build (%s)", self.folder, error)

    @property
    def _place(self) -> Path:
        return self.folder / _CODE

    def _write(self, aside: Path, paths: Sequence[Path]) -> None:
        sums = [_moved(path, aside / f"{number:05}") for number, path in enumerate(paths)]
        files = [SignatureFile(aside / f"{number:05}") for number in range(len(paths))]
        keys = np.concatenate([file.keys() for file in files] or [np.zeros(0, np.uint64)])
        order = np.argsort(keys).astype(np.uint32)
        for name, column in ((_KEYS, keys[order]), (_PLACES, order)):
            write_array(aside / name, column)
            sums.append(_checksum(aside / name))
        counts = [file.num_texts for file in files]
        (aside / _SUMS).write_text(json.dumps({"counts": counts, "sums": sums}))

    def _found(self, keys: NDArray[np.uint64]) -> Iterator[tuple[NDArray[Any], NDArray[Any], Signatures]]:
        """Places among the keys and places in a part of what is known, part by part."""
        try:
            sums, counts, known, places_there = _index(self._place, (self._place / _SUMS).stat().st_mtime_ns)
            found = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
            places = np.flatnonzero(known[found] == keys) if len(known) else np.zeros(0, np.int64)
            there = places_there[found[places]].astype(np.int64)
            begin = 0
            for number, (expected, count) in enumerate(zip(sums, counts, strict=True)):
                is_here = (there >= begin) & (there < begin + count)
                if np.any(is_here):
                    content = (self._place / f"{number:05}").read_bytes()
                    part = Signatures.of_bytes(content) if zlib.crc32(content) == expected else Signatures.empty(0)
                    mine, theirs = places[is_here], there[is_here] - begin
                    if len(part.keys) != count or np.any(part.keys[theirs] != keys[mine]):
                        return  # another build has put its own there meanwhile, or it is damaged
                    yield mine, theirs, part
                begin += count
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return  # what is not there is worked out


@lru_cache(maxsize=1)
def _index(
    folder: Path, _written_ns: int
) -> tuple[list[int], list[int], NDArray[np.uint64], NDArray[np.uint32]]:  # fmt: skip
    """Checksums and sizes of the files, the keys in order, and the place of each.

    Mapped into memory, which all workers share.
    """
    listed = json.loads((folder / _SUMS).read_text())
    *sums, keys_sum, places_sum = listed["sums"]
    known, places = _mapped(folder / _KEYS, np.uint64, keys_sum), _mapped(folder / _PLACES, np.uint32, places_sum)
    return sums, listed["counts"], known, places


def _mapped(path: Path, kind: type[Any], expected: int) -> NDArray[Any]:
    """Checked and mapped as one file, which another build may replace meanwhile."""
    with path.open("rb") as file:
        checksum = 0
        while block := file.read(READ_BLOCK_BYTES):
            checksum = zlib.crc32(block, checksum)
        if checksum != expected:
            raise ValueError(f"{path}: not what was written")
        return np.memmap(file, dtype=kind, mode="r") if file.tell() else np.empty(0, dtype=kind)


def _moved(path: Path, target: Path) -> int:
    checksum = _checksum(path)
    shutil.move(path, target)
    return checksum


def _checksum(path: Path) -> int:
    return zlib.crc32(path.read_bytes())
