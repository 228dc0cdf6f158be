"""CPU and memory that one page may take, so that a page that would hang or fill a worker costs itself only.

In: seconds and bytes. Out: PageTooSlowError inside the block that takes longer; and, where code in C never comes back
to hear of it, the end of the worker process by the system (SIGXCPU), which workers.py tells from other ends.
CPU seconds are counted, never the clock: a busy machine drops no page.
"""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from pathlib import Path
from types import FrameType

# The slowest of 200 real pages takes 0.3 s, the largest that a crawl keeps (10 MB) some 20 s.
MAX_PAGE_CPU_S = 60
_AGAIN_S = 1.0  # should a library swallow the first interruption
HARD_CPU_S = 2 * MAX_PAGE_CPU_S
MAX_WORKER_BYTES = 4 << 30  # address space beyond what a worker has when it begins; a 10 MB page takes 1 GB


class PageTooSlowError(Exception):
    """A page took more than its CPU seconds."""


@contextmanager
def page_limit(seconds: float = MAX_PAGE_CPU_S) -> Iterator[None]:
    """Interrupt what takes more CPU seconds than that; for the main thread of a process.

    Raises:
        PageTooSlowError: at the place where the code was; again at the end, whatever was made of it there.
    """
    is_over = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_over
        is_over = True
        raise PageTooSlowError(message)

    message = f"more than {seconds:g} s of CPU"
    before = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_S)
    try:
        yield
    except Exception as error:
        if is_over:  # a library may have made another error of it
            raise PageTooSlowError(message) from error
        raise
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if is_over:  # a library swallowed it, and what it then gave depends on where it was
        raise PageTooSlowError(message)


def limit_worker() -> None:
    """For a worker process: no memory without end, and no core file when it is ended."""
    _, hardest = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_at_most(_address_space() + MAX_WORKER_BYTES, hardest), hardest))


@contextmanager
def hard_page_limit() -> Iterator[None]:
    """For a worker process: the system ends it where the block takes HARD_CPU_S. The main process is never ended."""
    if parent_process() is None:
        yield
        return
    soft, hardest = resource.getrlimit(resource.RLIMIT_CPU)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    limit = _at_most(int(usage.ru_utime + usage.ru_stime) + HARD_CPU_S, hardest)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hardest))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hardest))


def _at_most(limit: int, hardest: int) -> int:
    """The user's own limit (ulimit) cannot be gone beyond."""
    return limit if hardest == resource.RLIM_INFINITY else min(limit, hardest)


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
