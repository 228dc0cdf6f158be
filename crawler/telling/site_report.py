"""What one site gave in a quarter, for the report of a run.

In: the site's frontier, and how many pages it had last quarter. Out: `SiteReport`. Writes nothing.
"""

import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawler.frontier import EXCLUDED, FAILED, counted
from crawler.register import Site
from crawler.shapes import paused_reason
from crawler.telling.outcome import outcome_of
from crawler.telling.reading import facts_of, frontier_read, links_not_taken, pages_withheld, urls_by_reason
from crawler.telling.standing import DAMAGED
from foundation.errors import BrokenRunError


@dataclass(frozen=True, kw_only=True)
class PausedShape:
    """A shape of URLs that gave nothing new any more, and how many URLs were passed over for its sake."""

    shape: str
    num_fetched: int
    num_novel: int
    num_passed_over: int


@dataclass(frozen=True, kw_only=True)
class SiteReport:
    """One site. Counts by reason are of URLs, those of `withheld` of pages, of `not_taken` of distinct links.

    Attributes:
        state: a TerminalState, or "damaged".
        num_pages_before: pages of the last published quarter; None where it was not in it.
        shortest_pause_s: from the end of a request to the start of the next.
        median_latency_s, p95_latency_s: of the requests that were answered.
    """

    site: str
    name: str
    state: str
    reason: str | None
    num_pages: int = 0
    num_pages_before: int | None = None
    num_requests: int = 0
    num_bytes: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    withheld: dict[str, int] = field(default_factory=dict)
    not_taken: dict[str, int] = field(default_factory=dict)
    shortest_pause_s: float | None = None
    median_latency_s: float | None = None
    p95_latency_s: float | None = None
    num_429: int = 0
    num_5xx: int = 0
    paused_shapes: tuple[PausedShape, ...] = ()
    reservation: str | None = None

    @property
    def change_percent(self) -> float | None:
        """Against last quarter: -100 where nothing is left."""
        if not self.num_pages_before:
            return None
        return 100 * (self.num_pages - self.num_pages_before) / self.num_pages_before


def site_report(site: Site, folder: Path, num_pages_before: int | None) -> SiteReport:
    """Read a frontier; a damaged one is the report's own sentence."""
    try:
        with frontier_read(folder) as db:
            return _report(db, site, num_pages_before)
    except BrokenRunError as error:
        return SiteReport(
            site=site.id, name=site.name, state=DAMAGED, reason=str(error), num_pages_before=num_pages_before
        )


def _report(db: sqlite3.Connection, site: Site, num_pages_before: int | None) -> SiteReport:
    facts, counts = facts_of(db), counted(db)
    state, reason = outcome_of(db, site, facts, counts)
    num_requests, num_bytes, shortest, num_429, num_5xx = db.execute(
        "select count(*), total(bytes), min(pause_s), total(status = 429), total(status >= 500) from request"
    ).fetchone()
    latencies = [seconds for (seconds,) in db.execute(
        "select seconds from request where status is not null and seconds is not null order by seconds"
    )]  # fmt: skip
    return SiteReport(
        site=site.id, name=site.name, state=state, reason=reason, num_pages=counts["pages"],
        num_pages_before=num_pages_before, num_requests=num_requests, num_bytes=int(num_bytes),
        failed=urls_by_reason(db, FAILED), excluded=urls_by_reason(db, EXCLUDED), withheld=pages_withheld(db),
        not_taken=links_not_taken(db), shortest_pause_s=shortest,
        median_latency_s=statistics.median(latencies) if latencies else None, p95_latency_s=_p95(latencies),
        num_429=int(num_429), num_5xx=int(num_5xx), paused_shapes=tuple(_paused_shapes(db)),
        reservation=facts.get("reservation"),
    )  # fmt: skip


def _p95(ordered: Sequence[float]) -> float | None:
    """The nearest rank: a latency that was really met."""
    return ordered[-(-95 * len(ordered) // 100) - 1] if ordered else None


def _paused_shapes(db: sqlite3.Connection) -> list[PausedShape]:
    passed_over = dict(
        db.execute("select reason, count(*) from url where state = ? group by reason", (EXCLUDED,)).fetchall()
    )
    return [
        PausedShape(shape=shape, num_fetched=num_fetched, num_novel=num_novel,
                    num_passed_over=passed_over.get(paused_reason(shape), 0))
        for shape, num_fetched, num_novel in db.execute(
            "select shape, num_fetched, num_novel from shape where is_paused order by shape"
        )
    ]  # fmt: skip
