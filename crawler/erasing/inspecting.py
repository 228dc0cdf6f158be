"""One site's archive searched for what is sought: its WARC files record by record, and its tables.

In: an archive, and what is sought (by its own words or by hashes). Out: an `Inspection`: which stretches of which WARC
file, and how many rows of which table. Changes nothing.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from crawler.erasing.archives import Archive
from crawler.erasing.frontier_rows import frontier_places
from crawler.erasing.showing import EMPTY_SHA256, Body, SiteMatcher, body_of, count_links, location_of, shows_text
from crawler.snapshot import CAPTURES_NAME, OPEN_SUFFIX, OUTCOMES_NAME, REQUESTS_NAME, DamagedRecordError
from crawler.warc.members import Record, read_record, read_records
from crawler.warc.record_parts import RECORD_END, Flaw
from crawler.warc.records import GZIP_WBITS
from foundation.erasures import Matcher
from foundation.errors import BrokenRunError
from foundation.progress import Meter

TABLES = {CAPTURES_NAME: "capture", REQUESTS_NAME: "request", OUTCOMES_NAME: "outcome"}
_URL_COLUMNS = ("url", "first_url", "moved_to")
Place = tuple[str, int]  # final name of a WARC file, offset


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a table says of one answer."""

    body_sha256: str
    status: int


@dataclass(kw_only=True)
class Inspection:
    """What of an archive is covered.

    Attributes:
        removed: final name of a WARC file -> offset -> length of each covered record, or stretch behind what counts.
        rows: table -> how many of its rows are covered.
        payloads: the hashes of bodies that show a text that is sought.
        captures: ids of the covered captures.
        unreadable: stretches that are damaged, and so were not searched.
        num_links: links to what is sought, in pages that are not covered.
    """

    removed: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    rows: Counter[str] = field(default_factory=Counter)
    payloads: set[str] = field(default_factory=set)
    captures: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)
    num_links: int = 0

    def covers_place(self, place: Place) -> bool:
        return place[1] in self.removed.get(place[0], ())


@dataclass(frozen=True, kw_only=True)
class Depth:
    """How closely to look.

    Attributes:
        is_thorough: read every body again, whatever the tables say of it.
        needles: also count the links to what is sought, in pages that hold one of these bytes; None: do not.
    """

    is_thorough: bool = False
    needles: tuple[bytes, ...] | None = None


def inspect(archive: Archive, matcher: Matcher, meter: Meter | None, depth: Depth = Depth()) -> Inspection:
    """Search one archive.

    Raises:
        BrokenRunError: a table or the frontier cannot be read.
    """
    return _Inspector(archive, matcher, meter, depth).inspected()


class _Inspector:
    def __init__(self, archive: Archive, matcher: Matcher, meter: Meter | None, depth: Depth) -> None:
        self._archive, self._meter, self._depth = archive, meter, depth
        self._matcher = SiteMatcher(matcher, archive.site)
        self._found = Inspection()
        self._covered_places: set[Place] = set()  # by what a table says
        self._known: dict[Place, Row] = {}
        self._ends: Mapping[str, int] = {}

    def inspected(self) -> Inspection:
        self._ask_tables()
        for path in self._archive.warc_files():
            self._read_file(path)
        self._follow_references()
        self._count_rows()
        return self._found

    def _ask_tables(self) -> None:
        """Which records the tables and the frontier name as those of a covered page, and what they say of others."""
        rows = [row for name in (CAPTURES_NAME, REQUESTS_NAME) for row in table_rows(self._archive.folder / name)]
        if self._archive.frontier:
            found, self._ends = frontier_places(self._archive.frontier)
            rows += found
        for row in rows:
            if row.get("warc_file") is None or row.get("warc_offset") is None:  # tables of version 0.1.0 have no places
                continue
            place = (row["warc_file"], row["warc_offset"])
            if row.get("body_sha256") is not None:
                self._known[place] = Row(body_sha256=row["body_sha256"], status=row["status"])
            if row_is_covered(self._matcher, row):
                self._covered_places.add(place)
        self._references: list[tuple[str, int, int, str, str]] = []  # file, offset, length, own id, id referred to
        self._removed_ids: set[str] = set()

    def _read_file(self, path: Path) -> None:
        name = path.name.removesuffix(OPEN_SUFFIX)
        end = self._ends.get(name) if path.suffix == OPEN_SUFFIX else None
        surplus: list[Record] = []
        is_surplus_covered = False
        with path.open("rb") as file:
            for record in read_records(path):
                is_covered = self._is_covered(file, name, record)
                if end is not None and record.offset >= end:  # of a write that was cut off; the crawl would drop it
                    surplus.append(record)
                    is_surplus_covered |= is_covered or _is_unreadable(record)
                    continue
                if _is_unreadable(record) and not is_covered:
                    self._found.unreadable.append(f"{path} at {record.offset}: {record.flaws[0]}")
                if is_covered:
                    self._remove(name, record.offset, record.length, record.fields.get("warc-record-id", ""))
                elif refers := record.fields.get("warc-refers-to") or record.fields.get("warc-concurrent-to"):
                    own_id = record.fields.get("warc-record-id", "")
                    self._references.append((name, record.offset, record.length, own_id, refers))
                if self._meter is not None:
                    self._meter.advance(1, self._archive.site)
        if is_surplus_covered:
            for record in surplus:
                self._remove(name, record.offset, record.length, "")

    def _remove(self, name: str, offset: int, length: int, record_id: str) -> None:
        self._found.removed[name][offset] = length
        if record_id:
            self._removed_ids.add(record_id)

    def _is_covered(self, file: BinaryIO, name: str, record: Record) -> bool:
        if record.kind == "warcinfo":
            return False
        place = (name, record.offset)
        addresses = (record.url, record.fields.get("warc-refers-to-target-uri", ""))
        known = self._known.get(place)
        if any(each and self._matcher.covers_url(each) for each in addresses) or place in self._covered_places:
            return True
        if _is_unreadable(record) or record.kind not in ("response", "revisit", "metadata"):
            return False
        matcher = self._matcher.matcher
        if known and not self._depth.is_thorough and not matcher.has_texts and not 300 <= known.status < 400:
            return False  # the row was asked already
        block = _block(file, record)
        if target := location_of(block, record.url):
            return self._matcher.covers_key(target)
        if record.kind != "response":
            return False
        return self._shows(body_of(block), record.url)

    def _shows(self, body: Body, url: str) -> bool:
        matcher = self._matcher.matcher
        if matcher.covers_payload(body.sha256):
            return True
        if shows_text(matcher, body, url):
            self._found.payloads.add(body.sha256)
            return True
        needles = self._depth.needles
        if needles is not None and any(needle in body.content for needle in needles):
            self._found.num_links += count_links(self._matcher, body, url)
        return False

    def _follow_references(self) -> None:
        """A request goes with its answer, and a revisit record with the record that has its body."""
        waiting = self._references
        while True:
            covered = [each for each in waiting if each[4] in self._removed_ids]
            if not covered:
                return
            waiting = [each for each in waiting if each[4] not in self._removed_ids]
            for name, offset, length, own_id, _ in covered:
                self._remove(name, offset, length, own_id)

    def _count_rows(self) -> None:
        for name in TABLES:
            for row in table_rows(self._archive.folder / name):
                if self.drops(row):
                    self._found.rows[name] += 1
                    self._found.captures |= {row["capture_id"]} if name == CAPTURES_NAME else set()
                elif name == OUTCOMES_NAME and row["capture_id"] in self._found.captures:
                    self._found.rows[name] += 1

    def drops(self, row: Mapping[str, Any]) -> bool:
        return row_is_dropped(self._matcher, self._found, row)


def row_is_covered(matcher: SiteMatcher, row: Mapping[str, Any]) -> bool:
    """Whether a row is about a page that is sought, by its addresses or its body."""
    return any(row.get(column) and matcher.covers_url(row[column]) for column in _URL_COLUMNS) or bool(
        row.get("body_sha256") and row["body_sha256"] != EMPTY_SHA256
        and matcher.matcher.covers_payload(row["body_sha256"])
    )  # fmt: skip


def row_is_dropped(matcher: SiteMatcher, found: Inspection, row: Mapping[str, Any]) -> bool:
    """Whether a row is about a page that is sought, or names a record that goes."""
    file, offset = row.get("warc_file"), row.get("warc_offset")
    is_gone = file is not None and offset is not None and found.covers_place((file, offset))
    return is_gone or row_is_covered(matcher, row)


def table_rows(path: Path) -> Iterator[dict[str, Any]]:
    """What of a table's rows tells whether they are covered; nothing where there is no table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = (*_URL_COLUMNS, "kind", "status", "withheld", "body_sha256", "warc_file", "warc_offset", "capture_id")
    try:
        if not path.exists():
            return
        with pq.ParquetFile(path) as table:
            there = [each for each in columns if each in table.schema_arrow.names]
            for batch in table.iter_batches(columns=there):
                yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise BrokenRunError(f"{path}: cannot be read ({error}); restore the file from a backup") from None


def _is_unreadable(record: Record) -> bool:
    """Whether it cannot be searched; one whose digest is wrong can."""
    return any(flaw not in (Flaw.BLOCK, Flaw.PAYLOAD) for flaw in record.flaws)


def answer_block(path: Path, offset: int) -> bytes:
    """The block of the record at a place in a WARC file.

    Raises:
        DamagedRecordError: there is none that is whole.
    """
    try:
        with path.open("rb") as file:
            record = read_record(file, offset)
            if not _is_unreadable(record):
                return _block(file, record)
    except OSError as error:
        raise DamagedRecordError(f"{path.name} at {offset}: {error}") from None
    raise DamagedRecordError(f"{path.name} at {offset}: {record.flaws[0]}")


def _block(file: BinaryIO, record: Record) -> bytes:
    """The block of a record that can be read."""
    file.seek(record.offset)
    content = zlib.decompress(file.read(record.length), GZIP_WBITS)
    start = content.find(RECORD_END) + len(RECORD_END)
    return content[start : start + int(record.fields["content-length"])]
