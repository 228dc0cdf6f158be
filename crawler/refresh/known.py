"""What last quarter's snapshot says of each URL of a site.

In: the tables of a published snapshot. Out: `Known`, by the key of the URL; in a new frontier the same as a table, and
the URLs that are visited again. Nothing here asks a site.
"""

import datetime
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from crawler import frontier as states
from crawler.frontier import PAGE, Found, Frontier
from crawler.pages.urls import url_key
from crawler.snapshot import Outcome, captures_table, outcome_schema, outcomes_table
from foundation.quarters import parse_quarter

if TYPE_CHECKING:
    import pyarrow

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

    def is_due(self, quarter: str, previous: str) -> bool:
        """Whether it is visited again, also where nothing leads to it; `previous`: the quarter that knows it."""
        age = parse_quarter(quarter).since(parse_quarter(self.since))
        if self.is_live:
            return self.outcome != Outcome.ORPHAN or age < ORPHAN_QUARTERS
        if self.outcome == Outcome.STALE:
            return age <= STALE_QUARTERS
        # a 404 may be a passing mistake and is looked at once more; a 410 is meant
        return self.outcome == Outcome.GONE and self.reason in RECHECKED and self.since == previous


RECHECKED = ("status 404", "soft 404")
_ROWS_AT_ONCE = 5_000
_COLUMNS = tuple(field.name for field in fields(Known))
_OF_CAPTURE = _COLUMNS[_COLUMNS.index("content_type") :]
_TIMES = ("first_seen", "last_changed", "fetched_at")


def read_known(snapshot: Path, site: str) -> dict[str, Known]:
    """All that a published snapshot knows of a site's URLs, by key; of one of format 1 every page as new in it.

    Raises:
        BrokenRunError: a table is missing or damaged.
    """
    return {each.key: each for each in iterate_known(snapshot, site)}


def iterate_known(snapshot: Path, site: str) -> Iterator[Known]:
    """The same one by one, without holding all; raises as read_known."""
    import pyarrow as pa  # a first crawl does without

    captures = captures_table(snapshot, site)
    outcomes = outcomes_table(snapshot, site)
    if outcomes is None:
        outcomes = _outcomes_of_format_1(captures, str(parse_quarter(snapshot.name).base))
    held = captures.select(["capture_id", *_OF_CAPTURE])
    joined = outcomes.append_column("row", pa.array(range(outcomes.num_rows), pa.int64())).join(
        held.append_column("held", held["capture_id"]), "capture_id", join_type="left outer"
    )
    for batch in joined.sort_by("row").to_batches(max_chunksize=_ROWS_AT_ONCE):
        for row in batch.to_pylist():
            row["capture_id"] = row.pop("held")  # an id without a capture is none
            del row["row"]
            yield Known(key=url_key(row["url"]), **row)


def remember(
    frontier: Frontier, snapshot: Path, site: str, quarter: str, facts: Mapping[str, str | None]
) -> None:  # fmt: skip
    """Put what last quarter knew into a frontier that is new, with some facts, and visit all of that again."""
    marks = ",".join("?" * len(_COLUMNS))
    previous = str(parse_quarter(snapshot.name).base)
    with frontier.transaction():
        for each in iterate_known(snapshot, site):
            frontier.db.execute(f"insert into known values ({marks})", _row(each))
            if each.is_due(quarter, previous):
                frontier.add([each.url], Found(priority=states.PRIORITY_KNOWN, depth=each.depth))
        for name, value in facts.items():
            frontier.set_fact(name, value)
        frontier.set_fact(FOLLOWS, snapshot.name)


def known_url(db: sqlite3.Connection, key: str) -> Known | None:
    """What last quarter knew of one URL."""
    row = db.execute(f"select {', '.join(_COLUMNS)} from known where key = ?", (key,)).fetchone()
    if row is None:
        return None
    values = dict(zip(_COLUMNS, row, strict=True))
    times = {name: values[name] and datetime.datetime.fromisoformat(values[name]) for name in _TIMES}
    return Known(**(values | times))


def _row(known: Known) -> tuple[object, ...]:
    values = (getattr(known, name) for name in _COLUMNS)
    return tuple(each.isoformat() if isinstance(each, datetime.datetime) else each for each in values)


def _outcomes_of_format_1(captures: "pyarrow.Table", quarter: str) -> "pyarrow.Table":
    """Of a snapshot without outcomes: each page that it keeps is new in it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    pages = captures.filter(
        (pc.field("kind") == PAGE) & (pc.field("status") == 200) & pc.field("withheld").is_null()
    )  # fmt: skip
    last = {row["url"]: row for row in pages.select(["url", "first_seen", "last_changed", "capture_id"]).to_pylist()}
    nothing = dict.fromkeys(outcome_schema().names)
    rows = [nothing | row | {"outcome": Outcome.NEW, "since": quarter, "depth": 1} for row in last.values()]
    return pa.Table.from_pylist(rows, schema=outcome_schema())
