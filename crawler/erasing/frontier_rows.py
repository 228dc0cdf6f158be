"""A frontier searched for what is sought, and rewritten without it.

In: a frontier.db, what is sought, and which records go. Out: the covered rows; a new file without them, in which places
in WARC files are those of the rewritten files. Knows tables by the names of their columns, so that those of older and
newer versions are read as well. The texts of robots.txt and tdmrep.json stay: they are the site's rules.
"""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from crawler.erasing.showing import EMPTY_SHA256, SiteMatcher
from crawler.frontier import broken
from foundation.applied import FRONTIER_FACT as ERASURES
from foundation.applied import ids_in_frontier, stamp_number

_KEPT_TABLES = ("robots", "tdmrep")
_ADDRESSES = ("url", "first_url", "moved_to")
_OWNERS = ("url_id", "from_id")
_OWN_PLACES = ("capture", "request")  # tables that point into the archive of the same quarter
Place = tuple[str, int]
PrimaryKey = tuple[Any, ...]


class Shift:
    """Where the bytes of a WARC file lie when some stretches of it are gone."""

    def __init__(self, removed: Mapping[int, int]) -> None:
        self._offsets = sorted(removed)
        self._gone = [0, *accumulate(removed[offset] for offset in self._offsets)]

    def new(self, place: int) -> int:
        """Of the beginning of a kept record, or the end of one."""
        return place - self._gone[bisect_left(self._offsets, place)]


@dataclass(frozen=True, kw_only=True)
class FrontierChange:
    """What becomes of a frontier.

    Attributes:
        removed: of the archive that it belongs to, or None where only places are to be shifted.
        own_shifts: of its own archive, by file; known_shifts: of the one of last quarter.
        erasures: ids to note as applied.
    """

    matcher: SiteMatcher | None = None
    removed: Callable[[Place], bool] | None = None
    own_shifts: Mapping[str, Shift] = field(default_factory=dict)
    known_shifts: Mapping[str, Shift] = field(default_factory=dict)
    erasures: Sequence[str] = ()


def frontier_places(path: Path) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The rows that name records of its archive, and the end of what is committed of each file.

    Raises:
        BrokenRunError: it is damaged.
    """
    rows = frontier_rows(path, _OWN_PLACES)
    with _opened(path) as db:
        tables = _tables(db)
        if "request" not in tables:
            return rows, {}
        ends = db.execute("select warc_file, max(warc_end) from request where warc_file is not null group by warc_file")
        return rows, dict(ends.fetchall())


def frontier_rows(path: Path, tables: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of some of its tables, as far as they tell what is covered; raises as frontier_places."""
    with _opened(path) as db:
        there = _tables(db)
        return [row for name in tables if name in there for row in _rows(db, name, there[name])]


def known_files(path: Path) -> set[str]:
    """The WARC files of last quarter that a frontier points into."""
    with _opened(path) as db:
        if "known" not in _tables(db):
            return set()
        return {row[0] for row in db.execute("select distinct warc_file from known where warc_file is not null")}


def count_covered(path: Path, matcher: SiteMatcher, removed: Callable[[Place], bool]) -> int:
    """How many rows are covered.

    Raises:
        BrokenRunError: it is damaged.
    """
    with _opened(path) as db:
        return sum(len(keys) for keys in _covered(db, matcher, removed).values())


def applied_ids(path: Path) -> list[str]:
    """The erasures that a frontier says were applied to it."""
    return ids_in_frontier(path) or []


def rewrite(path: Path, aside: Path, change: FrontierChange) -> int:
    """Write the frontier anew, with no byte of what was removed; gives how many rows went.

    Raises:
        BrokenRunError: it is damaged, or the disk is full.
    """
    aside.unlink(missing_ok=True)
    with _opened(path) as db:
        db.execute("vacuum into ?", (str(aside),))
    try:
        with closing(sqlite3.connect(aside, isolation_level=None)) as db:
            db.execute("pragma secure_delete = on")
            db.execute("begin")
            covered = _covered(db, change.matcher, change.removed) if change.matcher and change.removed else {}
            for table, keys in covered.items():
                where = " and ".join(f"{column} is ?" for column in _primary(db, table))
                if table == "url":
                    db.executemany("update url set via = null where via = ?", keys)
                db.executemany(f"delete from {table} where {where}", keys)
            for table in _OWN_PLACES:
                _shift(db, table, change.own_shifts)
            _shift(db, "known", change.known_shifts)
            _note(db, change.erasures)
            db.execute("commit")
            _number(db)
            db.execute("vacuum")
    except sqlite3.Error as error:
        raise broken(path, error) from None
    return sum(len(keys) for keys in covered.values())


def stamp_frontier(path: Path, ids: Sequence[str]) -> None:
    """Note in a frontier that nobody uses that erasures were applied to it."""
    with _opened(path, mode="rw") as db:
        _note(db, ids)
        _number(db)
        db.execute("pragma wal_checkpoint(truncate)").fetchall()


def note_obeyed(db: sqlite3.Connection, ids: Sequence[str]) -> None:
    """The same for a frontier that is just being made, by its one writer."""
    if ids:
        _note(db, ids)
        _number(db)


def _note(db: sqlite3.Connection, ids: Sequence[str]) -> None:
    if not ids or "fact" not in _tables(db):
        return
    row = db.execute("select value from fact where name = ?", (ERASURES,)).fetchone()
    known = json.loads(row[0]) if row and row[0] else []
    value = json.dumps([*known, *(each for each in ids if each not in known)])
    db.execute("insert or replace into fact values (?, ?)", (ERASURES, value))


def _number(db: sqlite3.Connection) -> None:
    """The same as a number in the head of the file, which is read without opening the database."""
    if "fact" in _tables(db):
        row = db.execute("select value from fact where name = ?", (ERASURES,)).fetchone()
        db.execute(f"pragma application_id = {stamp_number(json.loads(row[0]) if row and row[0] else [])}")


def _covered(
    db: sqlite3.Connection, matcher: SiteMatcher | None, removed: Callable[[Place], bool] | None
) -> dict[str, list[PrimaryKey]]:
    """Table -> keys of the rows that go."""
    assert matcher is not None and removed is not None
    tables = _tables(db)
    urls = _rows(db, "url", tables["url"]) if "url" in tables else ()
    pages = {row["id"] for row in urls if _is_page(matcher, row)}
    covered: dict[str, list[PrimaryKey]] = {"url": [(each,) for each in sorted(pages)]} if pages else {}
    for table, columns in tables.items():
        if table == "url" or table in _KEPT_TABLES:
            continue
        primary = _primary(db, table)
        found = [
            tuple(row[column] for column in primary) for row in _rows(db, table, columns)
            if any(row.get(owner) in pages for owner in _OWNERS) or _is_row(matcher, removed, table, row)
        ]  # fmt: skip
        if found:
            covered[table] = found
    return covered


def _is_page(matcher: SiteMatcher, row: Mapping[str, Any]) -> bool:
    """Also a page that leads to one that is sought: the row says where."""
    return matcher.covers_url(row["url"]) or matcher.names_one(row["reason"] or "")


def _is_row(matcher: SiteMatcher, removed: Callable[[Place], bool], table: str, row: Mapping[str, Any]) -> bool:
    if any(row.get(column) and matcher.covers_url(row[column]) for column in _ADDRESSES):
        return True
    if row.get("key") and matcher.covers_key(row["key"]):
        return True
    body = row.get("body_sha256")
    if body and body != EMPTY_SHA256 and matcher.matcher.covers_payload(body):
        return True
    if table in _OWN_PLACES and row.get("warc_file") and removed((row["warc_file"], row.get("warc_offset") or 0)):
        return True
    told = (row[column] for column in ("reason", "value", "error") if row.get(column))
    return any(isinstance(each, str) and matcher.names_one(each) for each in told)


def _shift(db: sqlite3.Connection, table: str, shifts: Mapping[str, Shift]) -> None:
    tables = _tables(db)
    if table not in tables or not shifts:
        return
    places = [column for column in ("warc_offset", "warc_end") if column in tables[table]]
    primary = _primary(db, table)
    where = " and ".join(f"{column} is ?" for column in primary)
    for file, shift in shifts.items():
        rows = db.execute(
            f"select {', '.join((*places, *primary))} from {table} where warc_file = ?", (file,)
        ).fetchall()
        changed = [
            (*(None if place is None else shift.new(place) for place in row[: len(places)]), *row[len(places) :])
            for row in rows
        ]  # fmt: skip
        assignments = ", ".join(f"{column} = ?" for column in places)
        db.executemany(f"update {table} set {assignments} where {where}", changed)


def _tables(db: sqlite3.Connection) -> dict[str, list[str]]:
    """Table -> its columns."""
    names = [row[0] for row in db.execute("select name from sqlite_master where type = 'table' order by name")]
    return {
        name: [row[1] for row in db.execute(f"pragma table_info({name})")]
        for name in names if not name.startswith("sqlite_")
    }  # fmt: skip


def _primary(db: sqlite3.Connection, table: str) -> list[str]:
    columns = sorted((row[5], row[1]) for row in db.execute(f"pragma table_info({table})") if row[5])
    return [name for _, name in columns] or ["rowid"]


_READ = {
    "id", "url_id", "from_id", "key", "url", "first_url", "moved_to", "kind", "status", "withheld", "body_sha256",
    "warc_file", "warc_offset", "reason", "name", "value", "error",
}  # fmt: skip


def _rows(db: sqlite3.Connection, table: str, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    read = [column for column in dict.fromkeys((*_primary(db, table), *columns))
            if column in _READ or column in _primary(db, table)]  # fmt: skip
    for row in db.execute(f"select {', '.join(read)} from {table}"):
        yield dict(zip(read, row, strict=True))


@contextmanager
def _opened(path: Path, mode: str = "ro") -> Iterator[sqlite3.Connection]:
    """For a moment; a file that was killed in the middle of a write has its log of changes beside it, which is read."""
    db = None
    try:
        log = path.with_name(f"{path.name}-wal")
        if mode == "ro" and not (log.exists() and log.stat().st_size):
            mode = "ro&immutable=1"  # else SQLite would make files beside it
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
        yield db
    except sqlite3.Error as error:
        raise broken(path, error) from None
    finally:
        if db is not None:
            db.close()
