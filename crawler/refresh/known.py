"""What last quarter's snapshot says of each URL of a site.

In: the tables of a published snapshot. Out: `Known`, by the key of the URL; in a new frontier the same as a table, and
the URLs that are visited again. Nothing here asks a site.
"""

import datetime
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from crawler import frontier as states
from crawler.frontier import PAGE, Found, Frontier
from crawler.pages.urls import url_key
from crawler.snapshot import Capture, Outcome, UrlOutcome, read_captures, read_outcomes
from foundation.quarters import parse_quarter

ORPHAN_QUARTERS = 2  # an orphan is kept so long; Nutch and Norconex give up what nothing leads to, too
STALE_QUARTERS = 4  # what did not answer is asked for again so long
FOLLOWS = "follows"  # a fact of the frontier: which snapshot its known URLs are from


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A URL and what became of it last quarter; from `capture_id` on, the capture that holds its body, or None."""

    key: str
    url: str
    outcome: str
    reason: str | None
    since: str
    first_url: str | None
    moved_to: str | None
    first_seen: datetime.datetime | None
    last_changed: datetime.datetime | None
    depth: int
    lastmod: str | None
    capture_id: str | None = None
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    body_sha256: str | None = None
    warc_file: str | None = None
    warc_offset: int | None = None
    warc_length: int | None = None
    fetched_at: datetime.datetime | None = None
    truncated: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether it is in last quarter's snapshot with its body."""
        return self.capture_id is not None

    def is_due(self, quarter: str) -> bool:
        """Whether it is visited again, also where nothing leads to it."""
        age = quarters_between(self.since, quarter)
        if self.is_live:
            return self.outcome != Outcome.ORPHAN or age < ORPHAN_QUARTERS
        if self.outcome == Outcome.STALE:
            return age <= STALE_QUARTERS
        # a 404 may be a passing mistake and is looked at once more; a 410 is meant
        return self.outcome == Outcome.GONE and self.reason in RECHECKED and age == 1


RECHECKED = ("status 404", "soft 404")
_COLUMNS = tuple(field.name for field in fields(Known))
_TIMES = ("first_seen", "last_changed", "fetched_at")


def quarters_between(earlier: str, later: str) -> int:
    """How many quarters lie between two, trials counted as their quarter."""
    first, last = parse_quarter(earlier), parse_quarter(later)
    return (last.year - first.year) * 4 + last.quarter - first.quarter


def read_known(snapshot: Path, site: str, quarter: str) -> dict[str, Known]:
    """All that a published snapshot knows of a site's URLs, by key, in the order of its captures.

    Args:
        quarter: that of the snapshot; in one of format 1 every page counts as new in it.

    Raises:
        BrokenRunError: a table is missing or damaged.
    """
    captures = {capture.capture_id: capture for capture in read_captures(snapshot, site)}
    outcomes = read_outcomes(snapshot, site) or _outcomes_of_format_1(captures, quarter)
    return {url_key(each.url): _known(each, captures.get(each.capture_id or "")) for each in outcomes}


def remember(frontier: Frontier, snapshot: Path, site: str, previous: str, quarter: str) -> None:
    """Put what last quarter knew into a frontier that is new, and visit all of that again; once."""
    if frontier.fact(FOLLOWS) is not None:
        return
    known = read_known(snapshot, site, previous)
    with frontier.transaction():
        marks = ",".join("?" * len(_COLUMNS))
        frontier.db.executemany(f"insert into known values ({marks})", [_row(each) for each in known.values()])
        for each in known.values():
            if each.is_due(quarter):
                frontier.add([each.url], Found(priority=states.PRIORITY_KNOWN, depth=each.depth))
        frontier.set_fact(FOLLOWS, previous)


def known_url(db: sqlite3.Connection, key: str) -> Known | None:
    """What last quarter knew of one URL."""
    row = db.execute(f"select {', '.join(_COLUMNS)} from known where key = ?", (key,)).fetchone()
    if row is None:
        return None
    values = dict(zip(_COLUMNS, row, strict=True))
    times = {name: values[name] and datetime.datetime.fromisoformat(values[name]) for name in _TIMES}
    return Known(**(values | times))


def _row(known: Known) -> tuple[object, ...]:
    written = partial(datetime.datetime.isoformat, sep="T")
    values = [getattr(known, name) for name in _COLUMNS]
    return tuple(written(each) if isinstance(each, datetime.datetime) else each for each in values)


def _known(outcome: UrlOutcome, capture: Capture | None) -> Known:
    held: Mapping[str, object] = {}
    if capture is not None:
        names = [field.name for field in fields(Known) if field.name not in UrlOutcome.__annotations__]
        held = {name: getattr(capture, name) for name in names if name != "key"}
        held |= {"capture_id": capture.capture_id}
    values = {name: getattr(outcome, name) for name in UrlOutcome.__annotations__ if name != "capture_id"}
    return Known(key=url_key(outcome.url), **values, **held)  # type: ignore[arg-type]


def _outcomes_of_format_1(captures: Mapping[str, Capture], quarter: str) -> list[UrlOutcome]:
    """Of a snapshot without outcomes: each page that it keeps is new in it."""
    last = {capture.url: capture for capture in captures.values() if capture.kind == PAGE}
    return [
        UrlOutcome(
            url=capture.url, outcome=Outcome.NEW, reason=None, since=str(parse_quarter(quarter).base),
            first_url=None, moved_to=None, first_seen=capture.first_seen, last_changed=capture.last_changed,
            capture_id=capture.capture_id, depth=1,
        )
        for capture in last.values() if capture.status == 200 and capture.withheld is None
    ]  # fmt: skip
