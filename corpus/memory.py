"""Memory of tables and arrays that are done with, given back between the steps of a build.

In: nothing. Out: a smaller process.
"""

import time

import pyarrow as pa

from foundation.memory import trim_memory

_WORTHWHILE_S = 0.2  # of CPU; giving back takes some hundred microseconds


def release_memory() -> None:
    """Arrow and the C library keep what was freed; between two large steps that is the larger of the two."""
    pa.default_memory_pool().release_unused()
    trim_memory()


class Releases:
    """Gives back after tasks, however small they are: not after each, but before a worker has done much more."""

    def __init__(self) -> None:
        self._last_s = time.process_time()

    def after_task(self) -> None:
        if time.process_time() - self._last_s >= _WORTHWHILE_S:
            release_memory()
            self._last_s = time.process_time()
