"""The state of a running crawl as numbers: what is done, how fast it goes, how long it takes, who is in trouble.

In: how each site stands, as it changes. Out: totals, and one line for a log. Draws nothing; display.py does.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.telling.wording import duration
from foundation.printing import printable

RATE_SPAN_S = 120.0  # long enough to be calm, short enough to show a change
MAX_NAMED = 5  # sites in trouble that a log line names
FINISHED = "finished"


@dataclass(frozen=True, kw_only=True)
class SiteProgress:
    """How one site stands; `note` is empty where all is well, "finished", or what it waits for."""

    site: str
    name: str
    num_pages: int
    waiting: int
    failed: int
    note: str

    @property
    def is_finished(self) -> bool:
        return self.note == FINISHED

    @property
    def is_troubled(self) -> bool:
        return self.note not in ("", FINISHED)

    @property
    def share_done(self) -> float:
        known = self.num_pages + self.waiting
        return 1.0 if self.is_finished else self.num_pages / known if known else 0.0


class Board:
    """All sites of one crawl."""

    def __init__(self, quarter: str, sites: Sequence[tuple[str, str]], *, now: float) -> None:
        self.quarter = quarter
        self._sites = {
            site: SiteProgress(site=site, name=name, num_pages=0, waiting=0, failed=0, note="") for site, name in sites
        }
        self._first: dict[str, SiteProgress] = {}  # as it stood when it was first heard of
        self._num_fetched = 0
        self._rates: deque[tuple[float, int]] = deque([(now, 0)])
        self._began_at = self._now = now

    def show(self, progress: SiteProgress, now: float) -> None:
        before = self._sites.get(progress.site)
        self._sites[progress.site] = progress
        if progress.site not in self._first:
            self._first[progress.site] = progress  # pages of an earlier start are no speed
        elif before:
            self._num_fetched += max(progress.num_pages - before.num_pages, 0)
        self.tick(now)

    def tick(self, now: float) -> None:
        """Time passes, also while no site says anything."""
        self._now = now
        if now - self._rates[-1][0] >= 1.0:
            self._rates.append((now, self._num_fetched))
            while self._rates[0][0] < now - RATE_SPAN_S:
                self._rates.popleft()

    @property
    def sites(self) -> list[SiteProgress]:
        return list(self._sites.values())

    @property
    def pages_per_minute(self) -> float:
        at, num_fetched = self._rates[0]
        return 60 * (self._num_fetched - num_fetched) / max(self._now - at, 1.0)

    @property
    def last_to_finish(self) -> tuple[SiteProgress, float] | None:
        """The site that takes longest at its own speed, and the seconds it takes; None before speeds are known."""
        elapsed = self._now - self._began_at
        left = [
            (each.waiting * elapsed / (each.num_pages - first.num_pages), each)
            for each in self.sites
            if each.waiting and (first := self._first.get(each.site)) and each.num_pages > first.num_pages
        ]
        if not left:
            return None
        seconds, longest = max(left, key=lambda pair: pair[0])
        return longest, seconds

    @property
    def summary(self) -> str:
        """`1200 of 5000 pages, 58 per min, about 3 h to go (Aarhus), 3 of 102 sites finished`."""
        sites = self.sites
        done = sum(each.num_pages for each in sites)
        words = [
            f"{done} of {done + sum(each.waiting for each in sites)} pages", f"{self.pages_per_minute:.0f} per min",
        ]  # fmt: skip
        if longest := self.last_to_finish:
            words.append(f"about {duration(longest[1])} to go ({printable(longest[0].name)})")
        return ", ".join([*words, f"{sum(each.is_finished for each in sites)} of {len(sites)} sites finished"])

    @property
    def line(self) -> str:
        """The summary and the sites in trouble, for a log."""
        troubled = [each for each in self.sites if each.is_troubled]
        named = "; ".join(f"{each.name}: {each.note}" for each in troubled[:MAX_NAMED])
        more = f"; and {len(troubled) - MAX_NAMED} more" if len(troubled) > MAX_NAMED else ""
        return f"crawl {self.quarter}: {self.summary}" + (printable(f"; in trouble: {named}{more}") if named else "")
