"""A quarter's crawl as a folder: the seam between crawler and corpus.

In: the folder of a published snapshot. Out: `SnapshotManifest`, `Capture`, the body of a capture. publishing.py writes
what is read here.
Imports nothing heavy at the top; the corpus stage reads snapshots through this module only.
"""

import datetime
import enum
import hashlib
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, get_args

from foundation.errors import BrokenRunError
from foundation.manifests import FileEntry, damaged_files, read_manifest

if TYPE_CHECKING:
    from foundation.progress import Meter

FORMAT_VERSION = 2
MANIFEST_KIND = "snapshot"
SITES_FOLDER = "sites"
CAPTURES_NAME, REQUESTS_NAME, OUTCOMES_NAME = "captures.parquet", "requests.parquet", "outcomes.parquet"
OPEN_SUFFIX = ".open"  # of a WARC file that a crawl has not closed


class TerminalState(enum.StrEnum):
    """How the crawl of a site ended. Only `complete` is a success."""

    COMPLETE = "complete"
    UNFINISHED = "unfinished"  # URLs wait; the crawl was stopped and goes on when it is typed again; never published
    PARTIAL = "partial"  # URLs wait, but the site stopped answering
    DEAD = "dead"  # nothing came back
    ROBOTS_CLOSED = "robots-closed"  # robots.txt allows nothing of it, or could not be had
    EMPTY = "empty"  # it answered, but with no page
    NOT_VISITED = "not-visited"  # the crawl of this quarter left it out; its pages are carried on
    BLOCKED = "blocked"  # a wall instead of pages: a challenge, a login, or refusals


class Outcome(enum.StrEnum):
    """What became of a URL since the quarter before (crawler/refresh/outcomes.py has the rules)."""

    NEW = "new"
    CHANGED = "changed"  # other bytes; whether only its shell changed is known once its text is (corpus stage)
    UNCHANGED = "unchanged"
    MOVED = "moved"  # the old address leads to the same page at another one; also said of the new address
    RETURNED = "returned"  # it was gone or excluded
    ORPHAN = "orphan"  # it answers, but nothing leads to it any more
    GONE = "gone"
    EXCLUDED = "excluded"  # its owner does not want it kept, or robots.txt does not let us look any more
    STALE = "stale"  # the site or the page did not answer; nobody knows


class Freshness(enum.StrEnum):
    """What of a site is published."""

    FRESH = "fresh"  # as crawled
    CARRIED = "carried"  # the pages of last quarter, without those that were taken away; for one quarter at most
    ABSENT = "absent"  # nothing


@dataclass(frozen=True, kw_only=True)
class SiteSummary:
    """A site in the manifest of a snapshot.

    Attributes:
        reservation: why the whole site is reserved, though its pages may be read.
        freshness, freshness_reason: what is published of it, and why it is not the crawl of this quarter.
        num_before, num_lost: pages that it had last quarter, and those of them that are not there any more, whether or
            not that was believed.
        is_thin: on a first crawl far fewer pages came than expected.
        accepted: why a person had it published although a gate said no.
        outcomes: how many URLs had each outcome this quarter.
        validators_off: since which quarter its 304 answers are not believed; None: they are.
        follows: the quarter with which it was compared; None on a first crawl.
        lastmod: of its sitemaps' dates, how many were right and wrong about a change.
    """

    site: str
    name: str
    official_name: str
    kind: str
    region: str | None
    area: str | None
    state: str
    reason: str | None
    num_pages: int
    num_captures: int
    robots_verdict: str | None
    robots_date: str | None
    reservation: str | None = None
    freshness: str = Freshness.FRESH
    freshness_reason: str | None = None
    num_before: int = 0
    num_lost: int = 0
    is_thin: bool = False
    accepted: str | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    validators_off: str | None = None
    lastmod: Mapping[str, int] = field(default_factory=dict)
    follows: str | None = None

    @property
    def needs_person(self) -> bool:
        """Whether somebody should look; that an area of KL has no pages any more is told, but nobody can mend it."""
        if self.accepted is not None or (self.state == TerminalState.EMPTY and self.kind == "area"):
            return False
        return self.state != TerminalState.COMPLETE or self.freshness != Freshness.FRESH


@dataclass(frozen=True, kw_only=True)
class SnapshotManifest:
    """What a published snapshot holds.

    Attributes:
        content_sha256: the hash over its file list and sites, as published or as the last erasure left it.
        follows: the newest quarter with which a site of it was compared.
        erasures: ids of those that were obeyed, or applied later.
        pruned: the day on which its raw archive was removed (`tvaerkom snapshot prune`); None: it is there.
        pruned_files: what was removed then.
    """

    id: str
    quarter: str
    revision: int
    content_sha256: str
    sites: tuple[SiteSummary, ...]
    files: tuple[FileEntry, ...]
    follows: str | None = None
    erasures: tuple[str, ...] = ()
    pruned: str | None = None
    pruned_files: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Capture:
    """One fetch of one URL. `warc_file` lies in the site's folder.

    Of a page that did not change, or that is stale, the record is that of an earlier quarter, copied into this
    snapshot (`-carried-`); `fetched_at` is when the site last confirmed it.

    Attributes:
        outcome: what became of the URL (`Outcome`), on its last capture; None on others.
        first_seen, last_changed: when this page was first met, and when other bytes came.
        first_url: its address at first sight, where that was another one.
        withheld: why the body is not kept (its record is then a metadata record, and `body_sha256` is empty).
        truncated: why only a part of the body was archived or could be read: "length" at the limit of size, or what is
            wrong with its coding.
    """

    capture_id: str
    url: str
    kind: str
    status: int
    outcome: str | None
    content_type: str | None
    etag: str | None
    last_modified: str | None
    payload_digest: str
    body_sha256: str
    warc_file: str
    warc_offset: int
    warc_length: int
    fetched_at: datetime.datetime
    first_seen: datetime.datetime
    last_changed: datetime.datetime
    withheld: str | None = None
    truncated: str | None = None
    first_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class UrlOutcome:
    """A row of outcomes.parquet: what became of one URL, whether or not there is a capture of it.

    Attributes:
        since: the quarter in which this began; an orphan, stale, excluded or gone URL keeps it.
        first_url: as in `Capture`.
        moved_to: where the page went; of the new address None.
        first_seen: None of a URL that was never kept.
        capture_id: the capture in this snapshot that holds its body; None: it is not in the corpus.
        depth: links from a seed.
        lastmod: the date that the site's sitemap gave of it, as written.
    """

    url: str
    outcome: str
    reason: str | None
    since: str
    first_url: str | None
    moved_to: str | None
    first_seen: datetime.datetime | None
    last_changed: datetime.datetime | None
    capture_id: str | None
    depth: int
    lastmod: str | None = None


class DamagedRecordError(Exception):
    """A WARC record cannot be read, or its body is not what the capture says; the page is dropped."""


def read_snapshot_manifest(snapshot: Path) -> SnapshotManifest:
    """Read the manifest of a published snapshot.

    Raises:
        BrokenRunError: there is none, or it cannot be read.
    """
    values = read_manifest(snapshot, kind=MANIFEST_KIND, help_command=f"tvaerkom snapshot publish {snapshot.name}")
    return SnapshotManifest(
        id=values["id"], quarter=values["quarter"], revision=values["revision"],
        content_sha256=values["content_sha256"],
        sites=tuple(SiteSummary(**each) for each in values["sites"]),
        files=tuple(FileEntry(**each) for each in values["files"]),
        follows=values.get("follows"), erasures=tuple(values.get("erasures", ())),
        pruned=values.get("pruned", {}).get("date"), pruned_files=frozenset(values.get("pruned", {}).get("files", ())),
    )  # fmt: skip


def verify(snapshot: Path, meter: "Meter | None" = None) -> list[str]:
    """Compare a published snapshot with its manifest, and the archive of each site with its tables.

    One sentence for each thing that is wrong; `meter` counts WARC records.

    Raises:
        BrokenRunError: there is no manifest that can be read.
    """
    from crawler.warc.checking import check_site

    manifest = read_snapshot_manifest(snapshot)
    complaints = []
    for entry in manifest.files:
        if meter is not None:
            meter.advance(0, entry.path)
        if entry.path not in manifest.pruned_files:
            complaints += damaged_files(snapshot, [entry])
    for site in manifest.sites if manifest.pruned is None else ():
        complaints += check_site(snapshot / SITES_FOLDER / site.site, site.site, meter)
    return complaints


def read_captures(snapshot: Path, site: str) -> list[Capture]:
    """The captures of a site, in the order of the crawl; raises as captures_table."""
    return [Capture(**row) for row in captures_table(snapshot, site).to_pylist()]


def captures_table(snapshot: Path, site: str) -> Any:
    """The captures of a site as an Arrow table, in the order of the crawl; for sites of many pages.

    Raises:
        BrokenRunError: the table cannot be read.
    """
    return _table(snapshot / SITES_FOLDER / site / CAPTURES_NAME, capture_schema(), snapshot)


def captures_paths(snapshot: Path) -> list[Path]:
    """The captures of all sites as files, for who asks them all at once; of a site without captures there may be none.

    Raises:
        BrokenRunError: the snapshot is not published.
    """
    sites = (snapshot / SITES_FOLDER / each.site / CAPTURES_NAME for each in read_snapshot_manifest(snapshot).sites)
    return [path for path in sites if path.is_file()]


def _table(path: Path, schema: Any, snapshot: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path, schema=schema)
    except (OSError, pa.ArrowException) as error:
        raise BrokenRunError(
            f"{path}: cannot be read ({error}); run: tvaerkom snapshot verify {snapshot.name}"
        ) from None


def read_body(folder: Path, capture: Capture) -> bytes:
    """The decoded body of a capture, from the WARC file in its site's folder.

    Raises:
        DamagedRecordError: the record is missing, cut off, or has another body than was captured.
    """
    return body_at(folder / capture.warc_file, capture.warc_offset, capture.body_sha256)


def body_at(path: Path, offset: int, body_sha256: str) -> bytes:
    """The decoded body of the response record at a place in a WARC file; raises as read_body."""
    from warcio.exceptions import ArchiveLoadFailed

    place = f"{path.name} at {offset}"
    complaint = "the body is not the one captured"
    # ours reads what the crawl read; archives made elsewhere were read by FastWARC, and warcio knows more odd forms
    for read in (_body_as_crawled, _body_by_fastwarc, _body_by_warcio):
        try:
            with path.open("rb") as file:
                file.seek(offset)
                body = read(file)
        except (OSError, ValueError, AttributeError, ArchiveLoadFailed) as error:  # warcio's of an unknown coding
            complaint = str(error)
            continue
        if hashlib.sha256(body).hexdigest() == body_sha256:
            return body
    raise DamagedRecordError(f"{place}: {complaint}")


def _body_as_crawled(file: BinaryIO) -> bytes:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    from crawler.net.messages import body_of_answer

    record = next(iter(ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=False)), None)
    return b"" if record is None else body_of_answer(bytes(record.reader.read())).body


def _body_by_fastwarc(file: BinaryIO) -> bytes:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    record = next(iter(ArchiveIterator(file, record_types=WarcRecordType.response, auto_decode="all")), None)
    return b"" if record is None else bytes(record.reader.read())


def _body_by_warcio(file: BinaryIO) -> bytes:
    from warcio.archiveiterator import ArchiveIterator

    record = next(ArchiveIterator(file), None)
    return b"" if record is None or record.rec_type != "response" else bytes(record.content_stream().read())


def import_warcs(files: Sequence[Path], folder: Path, quarter: str, register: Path | None) -> Path:
    """Lay WARC files made elsewhere out as a snapshot in `folder`; raises as crawler.imported.lay_out."""
    from crawler.imported import lay_out
    from crawler.register import read_register

    return lay_out(files, folder, quarter, read_register(register))


@dataclass(frozen=True, kw_only=True)
class RegisteredSite:
    """A site of the register as those who show a corpus need it; `reason`: why it is not crawled."""

    site: str
    name: str
    kind: str
    region: str | None
    is_crawled: bool
    reason: str | None


def registered_sites(register: Path | None, differences: Mapping[str, Any]) -> list[RegisteredSite]:
    """The register's sites with the user's differences, in order of id; raises as crawler.register.read_register."""
    from crawler.register import read_register

    return [
        RegisteredSite(
            site=each.id, name=each.name, kind=each.kind, region=each.region, is_crawled=each.crawl,
            reason=None if each.crawl else each.reason,
        )
        for each in read_register(register, differences).sites
    ]  # fmt: skip


def read_outcomes(snapshot: Path, site: str) -> list[UrlOutcome]:
    """What became of each URL of a site; nothing in a snapshot of format 1. Raises as outcomes_table."""
    table = outcomes_table(snapshot, site)
    return [UrlOutcome(**row) for row in table.to_pylist()] if table is not None else []


def outcomes_table(snapshot: Path, site: str) -> Any:
    """The same as an Arrow table; None in a snapshot of format 1, which has no such table.

    Raises:
        BrokenRunError: the table cannot be read.
    """
    path = snapshot / SITES_FOLDER / site / OUTCOMES_NAME
    return _table(path, outcome_schema(), snapshot) if path.exists() else None


def capture_schema() -> Any:
    """The Arrow schema of captures.parquet (docs/reference/data-format.md)."""
    return _schema_of(Capture)


def outcome_schema() -> Any:
    """The Arrow schema of outcomes.parquet (docs/reference/data-format.md)."""
    return _schema_of(UrlOutcome)


def _schema_of(row: type) -> Any:
    """Columns named and typed as the fields of a dataclass."""
    import pyarrow as pa

    kinds = {str: pa.string(), int: pa.int64(), datetime.datetime: pa.timestamp("us", tz="UTC")}
    fields = []
    for name, kind in row.__annotations__.items():
        is_nullable = isinstance(kind, types.UnionType)
        plain = next(each for each in get_args(kind) if each is not types.NoneType) if is_nullable else kind
        fields.append(pa.field(name, kinds[plain], nullable=is_nullable))
    return pa.schema(fields)
