"""What the second pass over a site needs of each page before it needs its text: a hash of the text, and its block keys.

In: pages, in the order of the first pass. Out: the same, in the same order, from a file, so that memory does not grow
with the site. A page that says nothing has no keys.
"""

import tempfile
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_HASH_BYTES = 16
_COUNT_BYTES, _KEY_BYTES = 4, 8


@dataclass(frozen=True)
class PageKeys:
    """`text_hash` stands for all that the page says; `blocks` are the keys of its blocks (boilerplate.block_key)."""

    text_hash: bytes
    blocks: Sequence[int]


class PageKeysFile:
    """Written once from begin to end, then read once."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed by close()

    def add(self, keys: PageKeys) -> None:
        self._file.write(keys.text_hash.ljust(_HASH_BYTES, b"\0"))
        self._file.write(len(keys.blocks).to_bytes(_COUNT_BYTES, "little"))
        self._file.write(array("Q", keys.blocks).tobytes())

    def read(self) -> Iterator[PageKeys]:
        self._file.seek(0)
        while text_hash := self._file.read(_HASH_BYTES):
            blocks = array("Q")
            blocks.frombytes(self._file.read(_KEY_BYTES * int.from_bytes(self._file.read(_COUNT_BYTES), "little")))
            yield PageKeys(text_hash, blocks)

    def close(self) -> None:
        self._file.close()
