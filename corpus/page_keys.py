"""What a site's task needs of each page besides its text: a hash of all that it says, and the keys of its blocks.

In: pages, in the order of the first pass. Out: the same, in the same order, from a file, so that memory does not grow
with the site. A page that says nothing has no keys.
"""

import tempfile
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from corpus.boilerplate import block_key
from corpus.cache import cache_key
from corpus.page_text import PageText

_HASH_BYTES = 16
_COUNT_BYTES, _KEY_BYTES = 4, 8


@dataclass(frozen=True)
class PageKeys:
    """`text_hash` stands for all that the page says; `blocks` are the keys of its blocks (boilerplate.block_key)."""

    text_hash: bytes
    blocks: Sequence[int]

    @classmethod
    def of(cls, text: PageText) -> Self:
        return cls(hash_of(text), [block_key(block.text) for block in text.blocks])

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        blocks = array("Q")
        blocks.frombytes(content[_HASH_BYTES:])
        return cls(content[:_HASH_BYTES], blocks)

    @property
    def page_number(self) -> int:
        """64 bits for all that the page says, whatever of it is boilerplate."""
        return int.from_bytes(self.text_hash[:8], "big")

    def as_bytes(self) -> bytes:
        return self.text_hash + array("Q", self.blocks).tobytes()


def hash_of(text: PageText) -> bytes:
    """128 bits for all that a page says."""
    stated = (text.title, text.language, text.date, text.method, text.reason)
    return cache_key(*(each or "" for each in stated), *(f"{block.kind} {block.text}" for block in text.blocks))


class PageKeysFile:
    """Written once from begin to end, then read once."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed by close()

    def add(self, keys: PageKeys) -> None:
        self._file.write(len(keys.blocks).to_bytes(_COUNT_BYTES, "little"))
        self._file.write(keys.as_bytes())

    def read(self) -> Iterator[PageKeys]:
        self._file.seek(0)
        while count := self._file.read(_COUNT_BYTES):
            yield PageKeys.from_bytes(self._file.read(_HASH_BYTES + _KEY_BYTES * int.from_bytes(count, "little")))

    def close(self) -> None:
        self._file.close()
