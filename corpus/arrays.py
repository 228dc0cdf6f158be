"""Arrays in files of a build's working folder, as they are in memory.

In: arrays, paths. Out: files; the arrays again, mapped into memory, so that all processes share them. numpy's own
writers say nothing when the disk is full; these go through Python's files, which do. The reader must know the type.
"""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray


def put_array(file: BinaryIO, array: NDArray[Any]) -> None:
    """Raises OSError, at the latest when the file is closed, if not all of it could be written."""
    if array.size:
        file.write(np.ascontiguousarray(array).data)


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Raises OSError."""
    with path.open("wb") as file:
        put_array(file, array)


def mapped_array(path: Path, kind: type[Any]) -> NDArray[Any]:
    """The whole file, of one dimension."""
    if not path.stat().st_size:  # which cannot be mapped
        return np.empty(0, dtype=kind)
    return np.memmap(path, dtype=kind, mode="r")
