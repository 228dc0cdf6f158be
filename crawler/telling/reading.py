"""A frontier read by somebody who does not crawl.

In: the folder of a frontier. Out: a connection that cannot write, and counts by reason that several reports show.
May be used while a crawl writes the same file; takes no lock that a crawl would wait for.
"""

import datetime
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.frontier import FORMAT_VERSION, FRONTIER_NAME, broken
from crawler.register import Register, Site
from foundation.errors import BrokenRunError


def begun_sites(register: Register, work: Path) -> Iterator[tuple[Site, Path]]:
    """Each site that the crawl of a quarter has begun, with the folder of its frontier."""
    for site in register.sites:
        if (work / site.id / FRONTIER_NAME).exists():
            yield site, work / site.id


@contextmanager
def frontier_read(folder: Path) -> Iterator[sqlite3.Connection]:
    """All that is read inside is of one moment, whatever a crawl commits meanwhile.

    Raises:
        BrokenRunError: the file is damaged, empty, or of another version; also where a query inside finds it so.
    """
    path = folder / FRONTIER_NAME
    db = None
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        db.execute("begin")
        _check_version(db, path)
        yield db
    except sqlite3.Error as error:
        raise broken(path, error) from None
    finally:
        if db:
            db.close()


def facts_of(db: sqlite3.Connection) -> dict[str, str]:
    """What the crawl says of itself; facts without a value are left out."""
    return dict(db.execute("select name, value from fact where value is not null"))


def urls_by_reason(db: sqlite3.Connection, state: str) -> dict[str, int]:
    """How many URLs are in a state (failed, excluded), by kind of reason; commonest first."""
    return by_kind(db.execute("select reason, count(*) from url where state = ? group by reason", (state,)))


def pages_withheld(db: sqlite3.Connection) -> dict[str, int]:
    """Pages whose body was not kept, by kind of reason."""
    return by_kind(
        db.execute(
            "select withheld, count(*) from capture where kind = 'page' and withheld is not null group by withheld"
        )
    )


def by_kind(reasons: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    """Add up counts of reasons; what stands behind a colon tells single cases apart, not kinds."""
    counts: Counter[str] = Counter()
    for reason, number in reasons:
        counts[(reason or "no reason given").partition(": ")[0]] += number
    return dict(counts.most_common())


def links_not_taken(db: sqlite3.Connection) -> dict[str, int]:
    """Distinct links that were not taken, by kind."""
    return dict(db.execute("select kind, count(*) from not_taken group by kind order by 2 desc, 1"))


def _check_version(db: sqlite3.Connection, path: Path) -> None:
    if not db.execute("select count(*) from sqlite_master").fetchone()[0]:
        raise BrokenRunError(f"{path}: empty; its crawl was stopped before it began, type the crawl again")
    version = db.execute("pragma user_version").fetchone()[0]
    if version != FORMAT_VERSION:
        raise BrokenRunError(
            f"{path}: written by another version of Tværkom (format {version}, this one has {FORMAT_VERSION})"
        )


def epoch(written: str) -> float:
    """Seconds since the epoch of a time as a frontier has it."""
    return datetime.datetime.fromisoformat(written).timestamp()
