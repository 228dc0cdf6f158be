"""Arrays come back as they were, and a full disk is said."""

from pathlib import Path

import numpy as np
import pytest

from corpus.arrays import mapped_array, write_array

FULL = Path("/dev/full")


@pytest.mark.parametrize("array", [np.arange(7, dtype=np.uint64), np.array([True, False]), np.zeros(0, np.int16)])
def test_array_comes_back(array: np.ndarray, tmp_path: Path) -> None:
    write_array(tmp_path / "array", array)
    found = mapped_array(tmp_path / "array", array.dtype.type)
    assert found.dtype == array.dtype
    assert np.array_equal(found, array)


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize("size", [1, 1000, 5000, 1_000_000])
def test_full_disk_is_an_error_for_any_size(size: int) -> None:
    with pytest.raises(OSError, match="No space"):
        write_array(FULL, np.zeros(size, np.uint32))
