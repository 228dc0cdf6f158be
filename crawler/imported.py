"""WARC files made elsewhere, laid out as a snapshot.

In: WARC files and the register. Out: a folder that the corpus stage reads like any snapshot: captures for each
response of an HTML page, the site of each host (from the register, else `x-<host>`), and a manifest. The WARC files
are linked, not copied.
"""

import datetime
import gzip
import hashlib
import shutil
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fastwarc.warc import ArchiveIterator, WarcRecordType

from crawler.pages.urls import host_of, normal_url
from crawler.register import Register
from crawler.snapshot import (
    CAPTURES_NAME,
    FORMAT_VERSION,
    SITES_FOLDER,
    Capture,
    SiteSummary,
    TerminalState,
    capture_schema,
)  # fmt: skip
from foundation.errors import BrokenRunError, ConfigError
from foundation.files import READ_BLOCK_BYTES, make_folder, sha256_of_file, sha256_of_text
from foundation.manifests import write_manifest


def lay_out(files: Sequence[Path], folder: Path, quarter: str, register: Register) -> Path:
    """Make the folder anew; gives it back.

    Raises:
        ConfigError: a file is missing, or there is no page in any of them.
        BrokenRunError: a file is no WARC.
    """
    shutil.rmtree(folder, ignore_errors=True)
    captures: dict[str, list[Capture]] = defaultdict(list)
    hashes = []
    for number, path in enumerate(files):
        if not path.is_file():
            raise ConfigError(f"--warc {path}: no such file")
        hashes.append(f"{path.name} {sha256_of_file(path)}")
        for capture in _captures(path, f"{number:05}-{path.name}"):
            captures[_site_of(capture.url, register)].append(capture)
    if not captures:
        raise ConfigError(f"no response of a web page in {', '.join(map(str, files))}")
    for site, found in captures.items():
        _write_site(folder / SITES_FOLDER / site, found, files)
    content = sha256_of_text(*hashes)
    write_manifest(
        folder,
        {
            "kind": "snapshot", "format_version": FORMAT_VERSION, "id": f"imported-{quarter}-{content[:12]}",
            "quarter": quarter, "revision": 1, "content_sha256": content, "files": [],
            "sites": [asdict(_summary(site, found, register)) for site, found in sorted(captures.items())],
        },
    )  # fmt: skip
    return folder


def _captures(path: Path, name: str) -> Iterator[Capture]:
    """Responses in the order of the file. The length of a record is not known to the reader and not needed."""
    try:
        _check_whole(path)
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response, auto_decode="all"):
                capture = _capture(record, name)
                if capture is not None:
                    yield capture
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise BrokenRunError(f"{path}: not a WARC file, or damaged ({error})") from None


def _check_whole(path: Path) -> None:
    """Read the file to its end: FastWARC and warcio give the records of a file that was cut off without a word.

    Raises:
        OSError, EOFError, ValueError, zlib.error: it is cut off, or its checksums are wrong.
    """
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            file.seek(0)
            with gzip.GzipFile(fileobj=file) as unpacked:
                while unpacked.read(READ_BLOCK_BYTES):
                    pass
            return
        file.seek(0)
        for record in ArchiveIterator(file, parse_http=False):
            if "Content-Length" not in record.headers or len(record.reader.read()) < record.content_length:
                raise ValueError("it ends in the middle of a record")


def _capture(record: Any, name: str) -> Capture | None:
    url = normal_url(record.headers.get("WARC-Target-URI", ""))
    if url is None or record.http_headers is None:
        return None
    offset = record.stream_pos
    content_type = record.http_content_type
    date = record.record_date or datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    status = record.http_headers.status_code or 0
    return Capture(
        capture_id=sha256_of_text(name, str(offset))[:16], url=url, kind="page", status=status, outcome=None,
        content_type=content_type, etag=None, last_modified=None,
        payload_digest=record.headers.get("WARC-Payload-Digest", ""),
        body_sha256=hashlib.sha256(record.reader.read()).hexdigest(),
        warc_file=name, warc_offset=offset, warc_length=0,
        fetched_at=date, first_seen=date, last_changed=date,
    )  # fmt: skip


def _write_site(folder: Path, captures: list[Capture], files: Sequence[Path]) -> None:
    make_folder(folder)
    names = {capture.warc_file for capture in captures}
    for number, path in enumerate(files):
        if (name := f"{number:05}-{path.name}") in names:
            (folder / name).symlink_to(path.resolve())
    table = pa.Table.from_pylist([asdict(capture) for capture in captures], schema=capture_schema())
    pq.write_table(table, folder / CAPTURES_NAME, compression="zstd")


def _site_of(url: str, register: Register) -> str:
    site = register.site_of_url(url)
    return site.id if site else f"x-{host_of(url)}"


def _summary(site: str, captures: list[Capture], register: Register) -> SiteSummary:
    known = next((each for each in register.sites if each.id == site), None)
    return SiteSummary(
        site=site, name=known.name if known else site.removeprefix("x-"),
        official_name=known.official_name if known else site.removeprefix("x-"),
        kind=known.kind if known else "archive", region=known.region if known else None,
        area=known.label if known else None, state=TerminalState.COMPLETE, reason=None,
        num_pages=sum(capture.status == 200 for capture in captures), num_captures=len(captures),
        robots_verdict=None, robots_date=None,
    )  # fmt: skip
