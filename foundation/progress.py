"""Progress of long work: a bar on a terminal, one log line a minute elsewhere.

In: counts. Out: what a person sees. Log records go above the bar, never through it; no bar reaches a log file.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.logging import RichHandler
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

LOG_INTERVAL_S = 60.0
log = logging.getLogger(__name__)
console = Console(stderr=True)


class Meter:
    """One count that grows; `total` None where it is not known. `note` is a short text behind the bar."""

    def __init__(self, name: str, unit: str, total: int | None, bar: Progress | None) -> None:
        self.name, self.unit, self.total, self.done = name, unit, total, 0
        self._bar = bar
        self._task = bar.add_task(name, total=total, note="", unit=unit) if bar else None
        self._started = self._logged = time.monotonic()

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.show(self.done + steps, self.total, note)

    def show(self, done: int, total: int | None, note: str = "") -> None:
        self.done, self.total = done, total
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, note=note)
        elif time.monotonic() - self._logged >= LOG_INTERVAL_S:
            self._logged = time.monotonic()
            log.info("%s", self.line(note))

    def line(self, note: str = "") -> str:
        """The same numbers as the bar, as one line."""
        elapsed = max(time.monotonic() - self._started, 1e-9)
        rate = self.done / elapsed
        line = f"{self.name}: {self.done}" + (f" of {self.total}" if self.total else "") + f" {self.unit}"
        line += f", {rate:.1f} {self.unit}/s"
        if self.total and rate > 0:
            line += f", about {max(self.total - self.done, 0) / rate / 60:.0f} min left"
        return line + (f", {note}" if note else "")


@contextmanager
def progress(name: str, *, unit: str, total: int | None = None) -> Iterator[Meter]:
    """Show one piece of long work."""
    if not console.is_terminal or log.getEffectiveLevel() > logging.INFO:
        yield Meter(name, unit, total, None)
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[unit]}"),
        TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.fields[note]}"),
    )  # fmt: skip
    with Progress(*columns, console=console) as bar:
        yield Meter(name, unit, total, bar)


def configure_logging(*, quiet: bool, verbose: bool) -> None:
    """Set up logging for a command; called by tvaerkom.py only."""
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    handler: logging.Handler
    if console.is_terminal:
        handler = RichHandler(console=console, show_path=False, show_level=verbose, markup=False)
        handler.setFormatter(logging.Formatter("%(message)s"))
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for package in ("foundation", "crawler", "corpus", "training", "demo", "workflows"):
        logging.getLogger(package).setLevel(level)
