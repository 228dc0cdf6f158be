"""How a running crawl is shown: a live picture on a terminal, one log line a minute elsewhere, nothing with --quiet.

In: how each site stands, as often as it changes. Out: what a person sees. board.py keeps the numbers, grid.py draws.
Log records go above the picture, which is gone when the crawl ends.
"""

import logging
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import RenderableType
from rich.live import Live
from rich.text import Text

from crawler.telling.board import Board, SiteProgress
from crawler.telling.grid import picture
from foundation import progress
from foundation.printing import printable

__all__ = ["CrawlDisplay", "SiteProgress"]
REDRAWS_PER_S = 2.0
log = logging.getLogger(__name__)


class CrawlDisplay:
    """A context manager. `show` and `say` may be called from the crawl's thread at any rate."""

    def __init__(self, quarter: str, sites: Sequence[tuple[str, str]]) -> None:
        """`sites` are (id, name), in order."""
        self._board = Board(quarter, sites, now=time.monotonic())
        self._lock = threading.Lock()  # the picture is drawn by a thread of its own
        self._has_ended = threading.Event()
        self._live: Live | None = None
        self._logger: threading.Thread | None = None

    def __enter__(self) -> Self:
        if log.getEffectiveLevel() > logging.INFO:
            return self
        if progress.console.is_terminal:
            self._live = Live(
                get_renderable=self._picture, console=progress.console, refresh_per_second=REDRAWS_PER_S,
                transient=True,
            )  # fmt: skip
            self._live.start()
        else:
            self._logger = threading.Thread(target=self._log_every_minute, daemon=True)
            self._logger.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._has_ended.set()
        if self._live:
            self._live.stop()
        if self._logger:
            self._logger.join()
            log.info("%s", self._line())

    def show(self, progress: SiteProgress) -> None:
        """Remember how a site stands; it is drawn with the next picture, or told in the next line."""
        with self._lock:
            self._board.show(progress, time.monotonic())

    def say(self, sentence: str) -> None:
        """Tell something at once, above the picture."""
        if self._live:
            self._live.console.print(Text(printable(sentence)))
        else:
            log.info("%s", printable(sentence))

    def _picture(self) -> RenderableType:
        size = progress.console.size
        with self._lock:
            self._board.tick(time.monotonic())
            return picture(self._board, width=size.width, height=size.height)

    def _line(self) -> str:
        with self._lock:
            self._board.tick(time.monotonic())
            return self._board.line

    def _log_every_minute(self) -> None:
        """Also while every site rests, so that silence always means that the crawl is gone."""
        while not self._has_ended.wait(progress.LOG_INTERVAL_S):
            log.info("%s", self._line())
