"""Texts in a file, read by index, so that no process holds more of them than it works on.

In: texts, in the order that gives them their index. Out: a file of UTF-8 and beside it a file of where each
text ends. Reading is by position (no memory map), so the texts never count as memory of the process. Knows nothing of
what the texts are; a lone surrogate is an error, as it is in UTF-8.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

BLOCK_TEXTS = 4096  # texts read at a time where a range is read from end to end
BLOCK_BYTES = 4_000_000  # and at most this much of them, unless one text alone is longer
_OFFSET = np.dtype("<u8")


def _offsets_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.offsets")


class TextWriter:
    """Takes texts one after the other; the store is whole when the writer is closed."""

    def __init__(self, path: Path) -> None:
        self._texts: BinaryIO = path.open("wb")
        self._offsets: BinaryIO = _offsets_path(path).open("wb")
        self._end = 0
        self._offsets.write(_OFFSET.type(0).tobytes())

    def extend(self, texts: pa.StringArray) -> None:
        """Append texts, none of which is null; Arrow holds them as these files do."""
        if not len(texts):
            return
        _, offsets, content = texts.buffers()
        ends = np.frombuffer(offsets, np.int32, len(texts) + 1, 4 * texts.offset).astype(_OFFSET)
        self._texts.write(memoryview(content or b"")[int(ends[0]) : int(ends[-1])])
        self._offsets.write((ends[1:] - ends[0] + _OFFSET.type(self._end)).tobytes())
        self._end += int(ends[-1] - ends[0])

    def close(self) -> None:
        self._texts.close()
        self._offsets.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class TextStore:
    """The texts of a closed writer; may be sent to another process, which opens the files anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._texts = path.open("rb", buffering=0)
        self._offsets = _offsets_path(path).open("rb", buffering=0)

    def __reduce__(self) -> tuple[type["TextStore"], tuple[Path]]:
        return TextStore, (self.path,)

    def __len__(self) -> int:
        return os.fstat(self._offsets.fileno()).st_size // _OFFSET.itemsize - 1

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self):
            raise IndexError(f"{self.path} has {len(self)} texts, so none at {index}")
        return self._read(*self._ends(index, index + 1).tolist()).decode()

    def at(self, indices: Iterable[int]) -> list[str]:
        """The texts at these indices, in their order."""
        return [self._read(*self._ends(index, index + 1).tolist()).decode() for index in indices]

    def texts(self, first: int, last: int) -> Iterator[str]:
        """The texts from `first` up to, not with, `last`."""
        while first < last:
            ends = self._ends(first, min(last, first + BLOCK_TEXTS))
            fitting = int(np.searchsorted(ends, ends[0] + _OFFSET.type(BLOCK_BYTES), side="right")) - 1
            ends = ends[: max(fitting, 1) + 1]
            block, places = self._read(int(ends[0]), int(ends[-1])), (ends - ends[0]).tolist()
            for start, end in pairwise(places):
                yield block[start:end].decode()
            first += len(ends) - 1

    def ranges(self, num_bytes: int) -> list[tuple[int, int]]:
        """All texts in ranges (first, and the one behind the last) of about so many bytes."""
        ends = self._ends(0, len(self))
        edges = np.searchsorted(ends, np.arange(num_bytes, int(ends[-1]), num_bytes, dtype=_OFFSET))
        return [each for each in pairwise([0, *edges.tolist(), len(self)]) if each[0] < each[1]]

    def close(self) -> None:
        self._texts.close()
        self._offsets.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _ends(self, first: int, last: int) -> NDArray[np.uint64]:
        """Where text `first` begins, and where each from it up to `last` ends."""
        size = (last - first + 1) * _OFFSET.itemsize
        return np.frombuffer(os.pread(self._offsets.fileno(), size, first * _OFFSET.itemsize), dtype=_OFFSET)

    def _read(self, start: int, end: int) -> bytes:
        parts, descriptor = [], self._texts.fileno()
        while start < end:  # one read gives at most 2 GiB
            parts.append(os.pread(descriptor, end - start, start))
            if not parts[-1]:
                raise EOFError(f"{self.path} ends before byte {end}, which {_offsets_path(self.path)} names")
            start += len(parts[-1])
        return b"".join(parts)
