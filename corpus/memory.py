"""Memory of tables and arrays that are done with, given back between the steps of a build.

In: nothing. Out: a smaller process.
"""

import pyarrow as pa

from foundation.memory import trim_memory


def release_memory() -> None:
    """Arrow and the C library keep what was freed; between two large steps that is the larger of the two."""
    pa.default_memory_pool().release_unused()
    trim_memory()
