"""What a site's crawl has still to fetch, and what it has fetched: one SQLite file a site.

In: URLs, leases, outcomes. Out: the next URL in a total order; captures and the ledger of requests.
Everything that follows from one answer is one transaction, so that a kill at any moment loses at most the request
in flight. Does not fetch, and does not decide what is in scope. Plain SQL may read it while a crawl runs
(docs/reference/frontier.md).
"""

import enum
import sqlite3
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawler.frontier_tables import TABLES
from crawler.pages.urls import host_of, url_key
from foundation.errors import BrokenRunError
from foundation.files import make_folder

FRONTIER_NAME = "frontier.db"
FORMAT_VERSION = 3
ROBOTS, TDMREP, SITEMAP, PROBE, PAGE = "robots", "tdmrep", "sitemap", "probe", "page"
WAITING, LEASED, DONE, FAILED, EXCLUDED = "waiting", "leased", "done", "failed", "excluded"
# Lower comes first: what a site says of itself, its seeds, its sitemaps' pages, the pages of last quarter, then links
# breadth first.
(PRIORITY_ROBOTS, PRIORITY_SEED, PRIORITY_SITEMAP, PRIORITY_SITEMAP_PAGE, PRIORITY_KNOWN,
 PRIORITY_LINK) = range(6)  # fmt: skip


class Asks(enum.IntEnum):
    """How a page of last quarter is asked for."""

    FOR_CHANGES = 0  # all of it only if it has changed
    PLAINLY = 1  # all of it
    TO_CONVICT = 2  # for changes once more, where the first answer was that there are none, and there are


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A URL that is being fetched by this process."""

    id: int
    key: str
    url: str
    host: str
    kind: str
    priority: int
    depth: int
    tries: int
    hops: int
    num_strange: int
    asks: Asks = Asks.FOR_CHANGES


@dataclass(frozen=True, kw_only=True)
class Found:
    """Where new URLs come from: their kind, place in the order, and the row of the page they stand on."""

    kind: str = PAGE
    priority: int
    depth: int = 0
    via: int | None = None
    hops: int = 0
    num_strange: int = 0


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How many URLs are in each state, and how many of those done were pages with status 200."""

    waiting: int
    done: int
    failed: int
    excluded: int
    num_pages: int


class Frontier:
    """The tables of one site."""

    def __init__(self, folder: Path) -> None:
        """Open or make the file, as its one writer: whoever opened it before cannot commit any more.

        Raises:
            BrokenRunError: the file is damaged or of another version, or the disk is full.
        """
        self.path = make_folder(folder) / FRONTIER_NAME
        self._token = uuid.uuid4().hex
        self.db = sqlite3.connect(self.path, isolation_level=None)
        try:
            self.db.execute("pragma journal_mode = wal")
            self.db.execute("pragma synchronous = normal")
            self.db.execute("pragma cache_size = -500")  # KB; the usual 2 MB for each of 102 sites are no faster
            self.db.execute("pragma wal_autocheckpoint = 0")  # checkpoint() does it, behind a sync of the archive
            self._check_version()
            self.db.executescript(TABLES)
            self.set_fact("owner", self._token)
            self._counts = self._counted()
        except sqlite3.Error as error:
            self.db.close()
            raise broken(self.path, error) from None

    def _check_version(self) -> None:
        version = self.db.execute("pragma user_version").fetchone()[0]
        is_new = not self.db.execute("select count(*) from sqlite_master").fetchone()[0]
        if not is_new and version != FORMAT_VERSION:
            self.db.close()
            raise BrokenRunError(
                f"{self.path}: written by another version of Tværkom (format {version}, this one has {FORMAT_VERSION});"
                " finish that crawl with its version, or begin the site anew with --fresh"
            )
        self.db.execute(f"pragma user_version = {FORMAT_VERSION}")

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, also on kill -9.

        Raises:
            BrokenRunError: the disk is full, the file damaged, or another process has taken the site over.
        """
        counts = self._counts.copy()
        try:
            self.db.execute("begin immediate")
            self._check_owner()
            yield
            self.db.execute("commit")
        except BaseException as error:
            if self.db.in_transaction:  # on a full disk SQLite has rolled it back itself
                self.db.execute("rollback")
            self._counts = counts
            if isinstance(error, sqlite3.Error):
                raise broken(self.path, error) from error
            raise

    def _check_owner(self) -> None:
        if self.fact("owner") != self._token:
            raise BrokenRunError(f"{self.path}: another process crawls this site now; this one stops")

    def checkpoint(self, sync_archive: Callable[[], None]) -> None:
        """Carry the log of changes into the file; the archive first, so that no row outlives its record."""
        sync_archive()
        self.db.execute("pragma wal_checkpoint(passive)").fetchone()

    def add(self, urls: Iterable[str], found: Found) -> int:
        """Add URLs whose key is not there yet; gives how many were new."""
        rows = [
            (_key(found.kind, url), url, host_of(url), found.kind, found.priority, found.depth, found.via, found.hops,
             found.num_strange)
            for url in urls
        ]  # fmt: skip
        before = self.db.total_changes
        self.db.executemany(
            "insert or ignore into url (key, url, host, kind, priority, depth, via, hops, num_strange)"
            " values (?,?,?,?,?,?,?,?,?)", rows,
        )  # fmt: skip
        num_new = self.db.total_changes - before
        self._counts[WAITING] += num_new
        return num_new

    def promote(self, urls: Sequence[str], priority: int) -> None:
        """What the site itself lists is fetched as such, also where a link led to it before."""
        self.db.executemany(
            "update url set priority = ? where key = ? and priority > ? and state = 'waiting'",
            [(priority, url_key(url), priority) for url in urls],
        )
        number = self.db.executemany(
            "update url set priority = ?, state = 'waiting', reason = null where key = ? and priority > ?"
            " and state = 'excluded' and (reason glob 'nothing new: *' or reason glob 'the parameter *')",
            [(priority, url_key(url), priority) for url in urls],
        ).rowcount
        self._counts[EXCLUDED] -= max(number, 0)
        self._counts[WAITING] += max(number, 0)

    def make_ordinary(self, urls: Iterable[str]) -> None:
        """URLs to which an ordinary page of the site leads lie behind no strange page any more."""
        self.db.executemany(
            "update url set num_strange = 0 where key = ? and num_strange > 0", [(url_key(url),) for url in urls]
        )

    def set_text_digest(self, lease: Lease, digest: int) -> None:
        self.db.execute("update url set text_digest = ? where id = ?", (digest, lease.id))

    def text_digest(self, url: str) -> int | None:
        """The digest of a page's text, None where it was not fetched."""
        row = self.db.execute("select text_digest from url where key = ?", (url_key(url),)).fetchone()
        return row[0] if row else None

    def set_listed(self, dates: Mapping[str, str | None]) -> None:
        """What the site's sitemaps list, and when they say that it last changed."""
        self.db.executemany(
            "insert or replace into listed values (?, ?)", [(url_key(url), date) for url, date in dates.items()]
        )

    def lease(self, now: float) -> Lease | None:
        """Take the next URL whose time has come."""
        row = self.db.execute(
            "update url set state = 'leased' where id = (select id from url where state = 'waiting' and not_before <= ?"
            " order by priority, depth, id limit 1)"
            " returning id, key, url, host, kind, priority, depth, tries, hops, num_strange, asks",
            (now,),
        ).fetchone()
        if row is None:
            return None
        return Lease(id=row[0], key=row[1], url=row[2], host=row[3], kind=row[4], priority=row[5], depth=row[6],
                     tries=row[7], hops=row[8], num_strange=row[9], asks=Asks(row[10]))  # fmt: skip

    def next_due(self) -> float | None:
        """When the first waiting URL may be fetched (seconds since the epoch); None where none waits."""
        row: tuple[float | None] = self.db.execute("select min(not_before) from url where state = 'waiting'").fetchone()
        return row[0]

    def due(self, kind: str, url: str) -> float | None:
        """When a robots.txt or the like that waits is tried (again); None where it does not wait."""
        row = self.db.execute(
            "select not_before from url where key = ? and state = 'waiting'", (_key(kind, url),)
        ).fetchone()
        return row[0] if row else None

    def settle(self, lease: Lease, state: str, *, status: int | None = None, reason: str | None = None) -> None:
        """End a lease for good."""
        self.db.execute(
            "update url set state = ?, status = ?, reason = ?, tries = tries + 1 where id = ?",
            (state, status, reason, lease.id),
        )
        self._counts[WAITING] -= 1
        self._counts[state] += 1

    def postpone(self, lease: Lease, *, not_before: float, reason: str) -> None:
        """End a lease for now."""
        self.db.execute(
            "update url set state = 'waiting', not_before = ?, reason = ?, tries = tries + 1 where id = ?",
            (not_before, reason, lease.id),
        )

    def give_back(self, lease: Lease) -> None:
        """End a lease that was not used: neither a try nor a wait."""
        self.db.execute("update url set state = 'waiting' where id = ?", (lease.id,))

    def forgive(self, leases: Sequence[Lease]) -> None:
        """Undo the last try of each: it was not the site that failed."""
        self.db.executemany(
            "update url set state = 'waiting', tries = max(tries - 1, 0), not_before = 0, reason = null"
            " where id = ? and state in ('waiting', 'failed')",
            [(lease.id,) for lease in leases],
        )
        self._counts = self._counted()

    def point_to(self, lease: Lease, url: str) -> None:
        """A redirect to a twin (http to https, apex to www): the same row goes on under the new address."""
        self.db.execute(
            "update url set state = 'waiting', url = ?, host = ?, hops = hops + 1 where id = ?",
            (url, lease.host if lease.kind in (ROBOTS, TDMREP) else host_of(url), lease.id),
        )

    def begin(self) -> None:
        """A new start: what was in flight, what failed and what had to wait is fetched as if for the first time."""
        self.db.execute(
            "update url set state = 'waiting', tries = 0, not_before = 0"
            " where state in ('leased', 'failed') or (state = 'waiting' and (tries > 0 or not_before > 0))"
        )
        self._counts = self._counted()

    def take_up(self, reason: str) -> None:
        """What was excluded for a reason waits again."""
        number = self.db.execute(
            "update url set state = 'waiting', reason = null where state = 'excluded' and reason = ?", (reason,)
        ).rowcount
        self._counts[EXCLUDED] -= number
        self._counts[WAITING] += number

    def ask_again(self, kind: str, url: str) -> None:
        """Let a file wait that was asked for before."""
        self.db.execute(
            "update url set state = 'waiting', tries = 0, not_before = 0 where key = ?", (_key(kind, url),)
        )
        self._counts = self._counted()

    def fetch_plainly(self, ids: Sequence[int], *, again: bool = False) -> int:
        """Let pages that were fetched wait once more, to be fetched without a condition; gives how many do.

        Args:
            again: also such as were fetched so before.
        """
        number = self.db.executemany(
            "update url set state = 'waiting', asks = ?, tries = 0, not_before = 0"
            " where id = ? and state = 'done' and (asks = ? or ?)",
            [(Asks.PLAINLY, each, Asks.FOR_CHANGES, again) for each in ids],
        ).rowcount
        self._counts[DONE] -= max(number, 0)
        self._counts[WAITING] += max(number, 0)
        return max(number, 0)

    def ask_plainly(self, lease: Lease) -> None:
        """End a lease whose answer was of no use: the same again, without a condition."""
        self.db.execute("update url set state = 'waiting', asks = ? where id = ?", (Asks.PLAINLY, lease.id))

    def ask_again_as(self, lease: Lease, asks: Asks) -> None:
        """Let a page that was just settled as done wait once more."""
        self.db.execute(
            "update url set state = 'waiting', asks = ?, tries = 0 where id = ? and state = 'done'", (asks, lease.id)
        )  # fmt: skip
        self._counts = self._counted()

    def let_stand(self, lease: Lease) -> None:
        """End a lease that was to tell something of the server: the page is as it was settled before."""
        self.db.execute("update url set state = 'done', tries = tries + 1 where id = ?", (lease.id,))
        self._counts = self._counted()

    def drop_rows(self, keys: Sequence[str]) -> None:
        """Forget that these were ever asked for."""
        self.db.executemany("delete from url where key = ?", [(key,) for key in keys])
        self._counts = self._counted()

    def hold_origin(self, origin: str, *, until: float) -> None:
        """Let all of one scheme and host wait, but its robots.txt."""
        self.db.execute(
            "update url set not_before = ? where url like ? and state = 'waiting' and kind != 'robots'",
            (until, f"{origin}/%"),
        )

    def forget_exchanges(self, request_ids: Sequence[int]) -> None:
        """Un-commit exchanges whose records did not reach the disk: their URLs wait again; the ledger stays."""
        for request_id in sorted(request_ids, reverse=True):  # back from the last, which may have followed a redirect
            url_id, url, file, offset = self.db.execute(
                "select url_id, url, warc_file, warc_offset from request where id = ?", (request_id,)
            ).fetchone()
            self.db.execute("delete from capture where warc_file = ? and warc_offset = ?", (file, offset))
            self.db.execute(  # the address too: a twin's redirect had pointed the row to another
                "update url set state = 'waiting', status = null, url = ?, host = ? where id = ?",
                (url, host_of(url), url_id),
            )
            self.db.execute(
                "update request set warc_file = null, warc_offset = null, warc_end = null where id = ?", (request_id,)
            )
        self._counts = self._counted()

    def robots(self, origin: str) -> tuple[str, str, str] | None:
        """(verdict, text, time of the fetch), None before robots.txt was fetched."""
        row: tuple[str, str, str] | None = self.db.execute(
            "select verdict, text, fetched_at from robots where origin = ?", (origin,)
        ).fetchone()
        return row

    def set_robots(self, origin: str, *, verdict: str, text: str, fetched_at: str) -> None:
        self.db.execute("insert or replace into robots values (?,?,?,?)", (origin, fetched_at, verdict, text))

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
        """From memory: to count the rows each time would cost more than the crawl."""
        counts = self._counts
        return Totals(
            waiting=counts[WAITING], done=counts[DONE], failed=counts[FAILED], excluded=counts[EXCLUDED],
            num_pages=counts["pages"],
        )  # fmt: skip

    def count_page(self, lease: Lease) -> None:
        """One more page with status 200 is kept, unless it was there before."""
        captures = self.db.execute(
            "select count(*) from capture where url_id = ? and status = 200 and withheld is null", (lease.id,)
        ).fetchone()[0]
        self._counts["pages"] += captures == 1

    def _counted(self) -> Counter[str]:
        return counted(self.db)


def counted(db: sqlite3.Connection) -> Counter[str]:
    """Rows by state (a leased one counts as waiting), and kept pages with status 200 under "pages"."""
    counts: Counter[str] = Counter(dict(db.execute("select state, count(*) from url group by state")))
    counts[WAITING] += counts.pop(LEASED, 0)
    counts["pages"] = db.execute(
        "select count(distinct url_id) from capture where kind = 'page' and status = 200 and withheld is null"
    ).fetchone()[0]
    return counts


def broken(path: Path, error: Exception) -> BrokenRunError:
    """The sentence about a frontier that cannot be used."""
    return BrokenRunError(
        f"{path}: {error}; make room if the disk is full, else restore the file from a backup, or begin the site anew "
        "with --fresh; then type the same command again: nothing committed is lost"
    )


def _key(kind: str, url: str) -> str:
    """What a site says of itself is per host and scheme, so its twins are not one."""
    return f"{kind} {url}" if kind in (ROBOTS, TDMREP) else url_key(url)
