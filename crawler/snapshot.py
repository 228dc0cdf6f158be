"""A quarter's crawl as a folder: the seam between crawler and corpus.

In: frontiers that are done. Out: `captures.parquet`, `requests.parquet` and the manifest; `Capture`, `read_captures`.
Imports nothing heavy at the top; the corpus stage reads snapshots through this module only.
"""

import datetime
import enum
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from crawler.frontier import Frontier
from crawler.register import Site
from foundation.errors import BrokenRunError, NeedsPersonError
from foundation.files import sha256_of_text, written_aside
from foundation.manifests import FileEntry, damaged_files, file_entries, read_manifest, write_manifest

FORMAT_VERSION = 1
SITES_FOLDER = "sites"
CAPTURES_NAME, REQUESTS_NAME = "captures.parquet", "requests.parquet"
OPEN_SUFFIX = ".open"  # of a WARC file that a crawl has not closed


class TerminalState(enum.StrEnum):
    """How the crawl of a site ended. Only `complete` is a success."""

    COMPLETE = "complete"
    PARTIAL = "partial"  # pages are still waiting: stopped by the user, or the site stopped answering
    DEAD = "dead"  # nothing came back
    ROBOTS_CLOSED = "robots-closed"  # robots.txt allows nothing of it, or could not be had
    EMPTY = "empty"  # it answered, but with no page


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


@dataclass(frozen=True, kw_only=True)
class SnapshotManifest:
    """What a published snapshot holds. `content_sha256` is the hash over its file list."""

    id: str
    quarter: str
    revision: int
    content_sha256: str
    sites: tuple[SiteSummary, ...]
    files: tuple[FileEntry, ...]


@dataclass(frozen=True, kw_only=True)
class Capture:
    """One fetch of one URL. Times are ISO 8601 in UTC; `warc_file` lies in the site's folder."""

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


class DamagedRecordError(Exception):
    """A WARC record cannot be read, or its body is not what the capture says; the page is dropped."""


def terminal_state(frontier: Frontier, site: Site) -> tuple[TerminalState, str | None]:
    """How a site stands, and why."""
    totals = frontier.totals()
    stopped = frontier.fact("stopped")
    answered = frontier.db.execute("select count(*) from request where status is not null").fetchone()[0]
    unreachable = frontier.db.execute("select count(*) from robots where verdict = 'unreachable'").fetchone()[0]
    forbidden = frontier.db.execute("select count(*) from url where reason = 'robots.txt'").fetchone()[0]
    last_error = frontier.db.execute("select error from request where error is not null order by id desc").fetchone()
    if not answered and (stopped or not totals.waiting):
        return TerminalState.DEAD, (last_error[0] if last_error else stopped)
    if unreachable and not totals.num_pages:
        return TerminalState.ROBOTS_CLOSED, stopped or "robots.txt cannot be reached"
    if totals.waiting:
        return TerminalState.PARTIAL, stopped or f"{totals.waiting} URLs wait; type the crawl again"
    if totals.num_pages:
        return TerminalState.COMPLETE, None
    if forbidden:
        return TerminalState.ROBOTS_CLOSED, "robots.txt allows no page of it"
    if site.prefixes and not site.has_known_prefix:
        return TerminalState.EMPTY, "none of the area's prefixes in the register leads to a page any more"
    return TerminalState.EMPTY, "it answered, but with no page of its own"


def close_site(folder: Path, site: Site, frontier: Frontier) -> None:
    """Write a site's tables from its frontier; they may be written again until the snapshot is published."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [_capture_row(site.id, row) for row in _rows(frontier, "capture")]
    ledger = [{name: row[name] for name in _LEDGER_COLUMNS} for row in _rows(frontier, "request")]
    for row in ledger:
        row["time"] = datetime.datetime.fromisoformat(row["time"])
    for name, schema, content in (
        (CAPTURES_NAME, capture_schema(), rows),
        (REQUESTS_NAME, _ledger_schema(), ledger),
    ):
        with written_aside(folder / name) as aside:
            pq.write_table(pa.Table.from_pylist(content, schema=schema), aside, compression="zstd")


def publish(snapshot: Path, quarter: str, frontiers: Sequence[tuple[Site, Path]]) -> SnapshotManifest:
    """Write the manifest that makes a snapshot complete.

    Args:
        frontiers: the sites of the crawl, each with the folder of its frontier.

    Raises:
        NeedsPersonError: a site is not finished, or no site gave a page.
    """
    summaries = [_summary(snapshot, site, folder) for site, folder in frontiers]
    unfinished = [f"{each.name} ({each.reason})" for each in summaries if each.state == TerminalState.PARTIAL]
    waiting = [text for text in unfinished if "type the crawl again" in text]
    if waiting:
        raise NeedsPersonError(
            f"not published: {len(waiting)} of {len(summaries)} sites are not finished: {'; '.join(waiting[:5])}. "
            f"Run: tvaerkom crawl {quarter}"
        )
    if not any(each.num_pages for each in summaries):
        raise NeedsPersonError(
            f"not published: no site of {quarter} gave a page. Run: tvaerkom snapshot status {quarter}"
        )
    paths = [path for path in (snapshot / SITES_FOLDER).rglob("*") if path.is_file() and path.suffix != ".tmp"]
    if any(path.suffix == OPEN_SUFFIX for path in paths):  # killed before its files were closed
        raise NeedsPersonError(f"not published: the last crawl was cut off. Run: tvaerkom crawl {quarter}")
    files = file_entries(snapshot, paths)
    content = sha256_of_text(*(f"{entry.path} {entry.sha256}" for entry in files))
    write_manifest(
        snapshot,
        {
            "kind": "snapshot", "format_version": FORMAT_VERSION, "id": f"snapshot-{quarter}-{content[:12]}",
            "quarter": quarter, "revision": 1, "content_sha256": content,
            "published_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "software": {name: version(name) for name in ("tvaerkom", "scrapy", "warcio")},
            "sites": [asdict(each) for each in summaries], "files": [asdict(entry) for entry in files],
        },
    )  # fmt: skip
    return read_snapshot_manifest(snapshot)


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


def verify(snapshot: Path) -> list[str]:
    """Compare a published snapshot with its manifest; one sentence for each difference."""
    return damaged_files(snapshot, read_snapshot_manifest(snapshot).files)


def read_captures(snapshot: Path, site: str) -> list[Capture]:
    """The captures of a site, in the order of the crawl.

    Raises:
        BrokenRunError: the table cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = snapshot / SITES_FOLDER / site / CAPTURES_NAME
    try:
        return [Capture(**row) for row in pq.read_table(path, schema=capture_schema()).to_pylist()]
    except (OSError, pa.ArrowException) as error:
        raise BrokenRunError(
            f"{path}: cannot be read ({error}); run: tvaerkom snapshot verify {snapshot.name}"
        ) from None


def read_body(folder: Path, capture: Capture) -> bytes:
    """The decoded body of a capture, from the WARC file in its site's folder.

    Raises:
        DamagedRecordError: the record is missing, cut off, or has another body than was captured.
    """
    from warcio.exceptions import ArchiveLoadFailed

    place = f"{capture.warc_file} at {capture.warc_offset}"
    complaint = f"the body of {capture.url} is not the one captured"
    # warcio is slower, and understands what FastWARC does not: bare newlines in a head, chunk extensions
    for read in (_body_by_fastwarc, _body_by_warcio):
        try:
            with (folder / capture.warc_file).open("rb") as file:
                file.seek(capture.warc_offset)
                body = read(file)
        except (OSError, ValueError, ArchiveLoadFailed) as error:
            complaint = str(error)
            continue
        if hashlib.sha256(body).hexdigest() == capture.body_sha256:
            return body
    raise DamagedRecordError(f"{place}: {complaint}")


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
    optional = {"outcome", "content_type", "etag", "last_modified"}
    return pa.schema(
        [
            pa.field(name, pa.string() if name in optional else kinds[kind], nullable=name in optional)
            for name, kind in Capture.__annotations__.items()
        ]
    )


_LEDGER_COLUMNS = ("time", "method", "url", "address", "status", "bytes", "pause_s", "robots_verdict", "error")


def _ledger_schema() -> Any:
    import pyarrow as pa

    kinds = {"time": pa.timestamp("us", tz="UTC"), "status": pa.int64(), "bytes": pa.int64(), "pause_s": pa.float64()}
    return pa.schema([pa.field(name, kinds.get(name, pa.string())) for name in _LEDGER_COLUMNS])


def _rows(frontier: Frontier, table: str) -> Iterator[dict[str, Any]]:
    cursor = frontier.db.execute(f"select * from {table} order by id")
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def _capture_row(site: str, row: dict[str, Any]) -> dict[str, Any]:
    fetched_at = datetime.datetime.fromisoformat(row["fetched_at"])
    kept = {name: row[name] for name in Capture.__annotations__ if name in row}
    return kept | {
        "capture_id": sha256_of_text(site, row["warc_file"], str(row["warc_offset"]))[:16],
        "outcome": None, "fetched_at": fetched_at, "first_seen": fetched_at, "last_changed": fetched_at,
    }  # fmt: skip


def _summary(snapshot: Path, site: Site, folder: Path) -> SiteSummary:
    """How a site stands; its tables are written once more, for a kill may have left those of an earlier start."""
    frontier = Frontier(folder)
    try:
        close_site(snapshot / SITES_FOLDER / site.id, site, frontier)
        state, reason = terminal_state(frontier, site)
        robots = frontier.db.execute("select verdict, fetched_at from robots order by host limit 1").fetchone()
        captures = frontier.db.execute("select count(*) from capture").fetchone()[0]
        return SiteSummary(
            site=site.id, name=site.name, official_name=site.official_name, kind=site.kind, region=site.region,
            area=site.label, state=state, reason=reason, num_pages=frontier.totals().num_pages,
            num_captures=captures, robots_verdict=robots[0] if robots else None,
            robots_date=robots[1] if robots else None,
        )  # fmt: skip
    finally:
        frontier.close()
