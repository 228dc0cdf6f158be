"""What a site's crawl has still to fetch, and what it has fetched: one SQLite file a site.

In: URLs, leases, outcomes. Out: the next URL in a total order; captures and the ledger of requests.
Everything that follows from one answer is one transaction, so that a kill at any moment loses at most the requests
in flight. Does not fetch, and does not decide what is in scope.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawler.urls import host_of, url_key
from foundation.errors import BrokenRunError
from foundation.files import make_folder

FRONTIER_NAME = "frontier.db"
ROBOTS, SITEMAP, PAGE = "robots", "sitemap", "page"
WAITING, LEASED, DONE, FAILED, EXCLUDED = "waiting", "leased", "done", "failed", "excluded"
# Lower comes first: what a site says of itself, its seeds, its sitemaps' pages, then links breadth first.
PRIORITY_ROBOTS, PRIORITY_SEED, PRIORITY_SITEMAP, PRIORITY_SITEMAP_PAGE, PRIORITY_LINK = range(5)

_TABLES = """
create table if not exists url (
    id integer primary key, key text not null unique, url text not null, host text not null, kind text not null,
    state text not null default 'waiting', priority integer not null, depth integer not null,
    via text, tries integer not null default 0, hops integer not null default 0,
    not_before real not null default 0, status integer, reason text
);
create index if not exists next_url on url (priority, depth, id) where state = 'waiting';
create index if not exists next_due on url (not_before) where state = 'waiting';
create table if not exists capture (
    id integer primary key, url text not null, kind text not null, status integer not null, content_type text,
    etag text, last_modified text, payload_digest text not null, body_sha256 text not null,
    warc_file text not null, warc_offset integer not null, warc_length integer not null, fetched_at text not null
);
create table if not exists request (
    id integer primary key, time text not null, method text not null, url text not null, address text,
    status integer, bytes integer not null, pause_s real, robots_verdict text, error text,
    warc_file text, warc_end integer
);
create table if not exists robots (host text primary key, fetched_at text not null, verdict text not null, text text);
create table if not exists not_taken (kind text primary key, count integer not null);
create table if not exists fact (name text primary key, value text);
"""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A URL that is being fetched by this process."""

    id: int
    url: str
    host: str
    kind: str
    depth: int
    tries: int
    hops: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How many URLs are in each state, and how many of those done were pages with status 200."""

    waiting: int
    done: int
    failed: int
    excluded: int
    num_pages: int


class Frontier:
    """The table of one site. One process writes it at a time (the crawl holds a lock on the quarter)."""

    def __init__(self, folder: Path) -> None:
        """Open or make the table.

        Raises:
            BrokenRunError: the file is damaged, or the disk is full.
        """
        self.path = make_folder(folder) / FRONTIER_NAME
        self.db = sqlite3.connect(self.path, isolation_level=None)
        try:
            self.db.execute("pragma journal_mode = wal")
            self.db.execute("pragma synchronous = normal")
            self.db.executescript(_TABLES)
        except sqlite3.Error as error:
            self.db.close()
            raise BrokenRunError(
                f"{self.path}: {error}; make room if the disk is full, else restore the file from a backup; "
                "then type the same command again: nothing committed is lost"
            ) from None

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, also on kill -9."""
        self.db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self.db.execute("rollback")
            raise
        self.db.execute("commit")

    def add(
        self, urls: Iterable[str], *, kind: str = PAGE, priority: int, depth: int = 0, via: str | None = None,
        hops: int = 0,
    ) -> int:  # fmt: skip
        """Add URLs whose key is not there yet; gives how many were new."""
        before = self.db.total_changes
        self.db.executemany(
            "insert or ignore into url (key, url, host, kind, priority, depth, via, hops) values (?,?,?,?,?,?,?,?)",
            [(_key(kind, url), url, host_of(url), kind, priority, depth, via, hops) for url in urls],
        )
        return self.db.total_changes - before

    def lease(self, now: float) -> Lease | None:
        """Take the next URL whose time has come."""
        row = self.db.execute(
            "update url set state = 'leased' where id = (select id from url where state = 'waiting' and not_before <= ?"
            " order by priority, depth, id limit 1) returning id, url, host, kind, depth, tries, hops",
            (now,),
        ).fetchone()
        if row is None:
            return None
        return Lease(id=row[0], url=row[1], host=row[2], kind=row[3], depth=row[4], tries=row[5], hops=row[6])

    def next_due(self) -> float | None:
        """When the first waiting URL may be fetched (seconds since the epoch); None where none waits."""
        row: tuple[float | None] = self.db.execute("select min(not_before) from url where state = 'waiting'").fetchone()
        return row[0]

    def robots_due(self, host: str) -> float:
        """When the robots.txt of a host is tried again."""
        row = self.db.execute(
            "select max(not_before) from url where kind = 'robots' and host = ? and state = 'waiting'", (host,)
        ).fetchone()
        return row[0] or 0.0

    def settle(self, lease: Lease, state: str, *, status: int | None = None, reason: str | None = None) -> None:
        """End a lease for good."""
        self.db.execute(
            "update url set state = ?, status = ?, reason = ?, tries = tries + 1 where id = ?",
            (state, status, reason, lease.id),
        )

    def postpone(self, lease: Lease, *, not_before: float, reason: str) -> None:
        """End a lease for now."""
        self.db.execute(
            "update url set state = 'waiting', not_before = ?, reason = ?, tries = tries + 1 where id = ?",
            (not_before, reason, lease.id),
        )

    def give_back(self, lease: Lease) -> None:
        """End a lease that was not used: neither a try nor a wait."""
        self.db.execute("update url set state = 'waiting' where id = ?", (lease.id,))

    def point_to(self, lease: Lease, url: str) -> None:
        """A redirect to a twin (http to https, apex to www): the same row goes on under the new address."""
        self.db.execute(
            "update url set state = 'waiting', url = ?, host = ?, hops = hops + 1 where id = ?",
            (url, lease.host if lease.kind == ROBOTS else host_of(url), lease.id),
        )

    def begin(self) -> None:
        """A new start: what was in flight, what failed and what had to wait is fetched as if for the first time."""
        self.db.execute(
            "update url set state = 'waiting', tries = 0, not_before = 0"
            " where state in ('leased', 'failed') or (state = 'waiting' and (tries > 0 or not_before > 0))"
        )

    def count_not_taken(self, kinds: dict[str, int]) -> None:
        self.db.executemany(
            "insert into not_taken values (?, ?) on conflict (kind) do update set count = count + excluded.count",
            list(kinds.items()),
        )

    def robots(self, host: str) -> tuple[str, str, str] | None:
        """(verdict, text, time of the fetch), None before robots.txt was fetched."""
        row: tuple[str, str, str] | None = self.db.execute(
            "select verdict, text, fetched_at from robots where host = ?", (host,)
        ).fetchone()
        return row

    def set_robots(self, host: str, *, verdict: str, text: str, fetched_at: str) -> None:
        self.db.execute("insert or replace into robots values (?,?,?,?)", (host, fetched_at, verdict, text))

    def fact(self, name: str) -> str | None:
        row = self.db.execute("select value from fact where name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_fact(self, name: str, value: str | None) -> None:
        self.db.execute("insert or replace into fact values (?,?)", (name, value))

    def committed_ends(self) -> dict[str, int]:
        """WARC file name -> end of its last committed record."""
        return dict(
            self.db.execute(
                "select warc_file, max(warc_end) from request where warc_file is not null group by warc_file"
            )
        )

    def totals(self) -> Totals:
        states = dict(self.db.execute("select state, count(*) from url group by state"))
        pages = self.db.execute("select count(*) from capture where kind = 'page' and status = 200").fetchone()[0]
        return Totals(
            waiting=states.get(WAITING, 0) + states.get(LEASED, 0), done=states.get(DONE, 0),
            failed=states.get(FAILED, 0), excluded=states.get(EXCLUDED, 0), num_pages=pages,
        )  # fmt: skip


def _key(kind: str, url: str) -> str:
    """robots.txt is per host and scheme, so its twins are not one."""
    return f"robots {url}" if kind == ROBOTS else url_key(url)
