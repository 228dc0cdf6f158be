"""A quarter's crawl as a folder: the seam between crawler and corpus.

In: the folder of a published snapshot. Out: `SnapshotManifest`, `Capture`, the body of a capture. publishing.py writes
what is read here.
Imports nothing heavy at the top; the corpus stage reads snapshots through this module only.
"""

import datetime
import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from foundation.errors import BrokenRunError
from foundation.manifests import FileEntry, damaged_files, read_manifest

if TYPE_CHECKING:
    from foundation.progress import Meter

FORMAT_VERSION = 1
SITES_FOLDER = "sites"
CAPTURES_NAME, REQUESTS_NAME = "captures.parquet", "requests.parquet"
OPEN_SUFFIX = ".open"  # of a WARC file that a crawl has not closed


class TerminalState(enum.StrEnum):
    """How the crawl of a site ended. Only `complete` is a success."""

    COMPLETE = "complete"
    UNFINISHED = "unfinished"  # URLs wait; the crawl was stopped and goes on when it is typed again; never published
    PARTIAL = "partial"  # URLs wait, but the site stopped answering
    DEAD = "dead"  # nothing came back
    ROBOTS_CLOSED = "robots-closed"  # robots.txt allows nothing of it, or could not be had
    EMPTY = "empty"  # it answered, but with no page
    BLOCKED = "blocked"  # a wall instead of pages: a challenge, a login, or refusals


@dataclass(frozen=True, kw_only=True)
class SiteSummary:
    """A site in the manifest of a snapshot."""

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
    reservation: str | None = None  # why the whole site is reserved, though its pages may be read

    @property
    def needs_person(self) -> bool:
        """Whether somebody should look; that an area of KL has no pages any more is told, but nobody can mend it."""
        return self.state != TerminalState.COMPLETE and not (self.state == TerminalState.EMPTY and self.kind == "area")


@dataclass(frozen=True, kw_only=True)
class SnapshotManifest:
    """What a published snapshot holds. `content_sha256` is the hash over its file list and sites."""

    id: str
    quarter: str
    revision: int
    content_sha256: str
    sites: tuple[SiteSummary, ...]
    files: tuple[FileEntry, ...]


@dataclass(frozen=True, kw_only=True)
class Capture:
    """One fetch of one URL. Times are ISO 8601 in UTC; `warc_file` lies in the site's folder.

    Attributes:
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


class DamagedRecordError(Exception):
    """A WARC record cannot be read, or its body is not what the capture says; the page is dropped."""


def read_snapshot_manifest(snapshot: Path) -> SnapshotManifest:
    """Read the manifest of a published snapshot.

    Raises:
        BrokenRunError: there is none, or it cannot be read.
    """
    values = read_manifest(snapshot, kind="snapshot", help_command=f"tvaerkom snapshot publish {snapshot.name}")
    return SnapshotManifest(
        id=values["id"], quarter=values["quarter"], revision=values["revision"],
        content_sha256=values["content_sha256"],
        sites=tuple(SiteSummary(**each) for each in values["sites"]),
        files=tuple(FileEntry(**each) for each in values["files"]),
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
        complaints += damaged_files(snapshot, [entry])
    for site in manifest.sites:
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
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = snapshot / SITES_FOLDER / site / CAPTURES_NAME
    try:
        return pq.read_table(path, schema=capture_schema())
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


def capture_schema() -> Any:
    """The Arrow schema of captures.parquet (docs/reference/data-format.md)."""
    import pyarrow as pa

    time = pa.timestamp("us", tz="UTC")
    kinds = {str: pa.string(), int: pa.int64(), datetime.datetime: time}
    optional = {"outcome", "content_type", "etag", "last_modified", "withheld", "truncated"}
    return pa.schema(
        [
            pa.field(name, pa.string() if name in optional else kinds[kind], nullable=name in optional)
            for name, kind in Capture.__annotations__.items()
        ]
    )
