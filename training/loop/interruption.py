"""Stopping at the end of a step: Ctrl-C and a polite kill ask, a second Ctrl-C insists.

In: signals. Out: a question that the loop asks after each step. Saves nothing itself.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruption() -> Iterator[Callable[[], bool]]:
    """Give a function that is true once the user asked to stop; only the main thread may set this up."""
    asked = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        # systemd, Slurm and torchrun may send SIGTERM more than once
        if asked.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    former = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        yield asked.is_set
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
