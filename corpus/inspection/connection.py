"""A DuckDB database in memory: what does not fit goes to a folder of this process, and a Ctrl-C ends it at once.

In: a folder for spilled data. Out: a connection, gone at the end with all that it spilled. Knows no tables.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from foundation.files import make_folder

MEMORY_LIMIT = "550MB"  # of DuckDB's own
INTERRUPT_EVERY_S = 0.05
T = TypeVar("T")
_open: set[duckdb.DuckDBPyConnection] = set()


@contextmanager
def connected(parent: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory; it loads no extension and asks no network. It spills below `parent`."""
    with _spill_folder(parent) as work:
        settings: dict[str, Any] = {
            "memory_limit": MEMORY_LIMIT, "temp_directory": str(work), "preserve_insertion_order": False,
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
            "python_enable_replacements": False,
        }  # fmt: skip
        connection = duckdb.connect(":memory:", config=settings)
        _open.add(connection)
        try:
            connection.execute("set timezone = 'UTC'")
            yield connection
        finally:
            _open.discard(connection)
            connection.close()


def stoppable(work: Callable[[], T]) -> T:
    """Do some work with connections that a Ctrl-C ends at once.

    It is done beside the main thread: there, DuckDB passes over a Ctrl-C that comes while it prepares a query.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            while not wait([future], timeout=INTERRUPT_EVERY_S).done:
                for connection in tuple(_open):
                    connection.interrupt()  # it ends the query at work, not one about to begin
            raise


@contextmanager
def _spill_folder(parent: Path) -> Iterator[Path]:
    """A folder of this process alone; what is left there of one that was killed is text of pages, and goes."""
    with suppress(OSError):  # who may only read the data folder can ask all that fits into memory
        for left in make_folder(parent).iterdir():
            if left.name.isdigit() and not Path("/proc", left.name).exists():
                shutil.rmtree(left)
    own = parent / str(os.getpid())
    try:
        yield own
    finally:
        if not _open:
            shutil.rmtree(own, ignore_errors=True)
            with suppress(OSError):  # others are at work
                parent.rmdir()
