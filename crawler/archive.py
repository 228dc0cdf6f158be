"""WARC/1.1 files of one site: each exchange as it was on the wire.

In: exchanges (request and response bytes, address, time). Out: one file series a site, one gzip member a record,
with the place of each record. A file is `.open` until it is closed; what lies behind the last committed record is
cut off when writing goes on. Decides nothing about what is worth keeping.
"""

import base64
import datetime
import hashlib
import os
import re
import uuid
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.snapshot import OPEN_SUFFIX
from foundation.files import make_folder, sync_folder

MAX_WARC_BYTES = 1_000_000_000  # as Heritrix and browsertrix rotate
WARC_VERSION = "WARC/1.1"
SUFFIX = ".warc.gz"
_HEAD_END = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer, as bytes of the wire."""

    url: str
    method: str
    request: bytes  # head of the request
    response: bytes  # status line, headers and body, transfer coding and all
    address: str  # the peer that was really connected to
    started_at: datetime.datetime
    is_cut: bool = False  # a limit ended it early


@dataclass(frozen=True, kw_only=True)
class RecordPlace:
    """Where a response record lies, and the digest of its payload (sha1, base32, as WARC tools write it)."""

    file: str
    offset: int
    length: int
    end: int  # where the exchange's last record ends: the file is whole up to here
    payload_digest: str


class WarcSeries:
    """The WARC files of one site and quarter, written by one process."""

    def __init__(self, folder: Path, prefix: str, info: dict[str, str], committed: dict[str, int]) -> None:
        """Go on behind `committed` (file name without suffix -> end of its last committed record)."""
        self._folder, self._prefix, self._info = make_folder(folder), prefix, info
        self._descriptor = -1
        self._number = max((int(name.removesuffix(SUFFIX).rsplit("-", 1)[1]) for name in committed), default=0)
        self._cut_back(committed)
        self._open()

    def write(self, exchange: Exchange) -> RecordPlace:
        """Append the response and the request record in one write; the place is that of the response."""
        if self._end >= MAX_WARC_BYTES:
            self.close()
            self._number += 1
            self._open()
        response, request, digest = _records(exchange)
        offset = self._append(response + request)
        return RecordPlace(file=self.name, offset=offset, length=len(response), end=self._end, payload_digest=digest)

    @property
    def name(self) -> str:
        return f"{self._prefix}-{self._number:05}{SUFFIX}"

    def close(self) -> None:
        """Sync the open file and give it its final name."""
        if self._descriptor < 0:
            return
        os.fsync(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1
        (self._folder / f"{self.name}{OPEN_SUFFIX}").replace(self._folder / self.name)
        sync_folder(self._folder)

    def _open(self) -> None:
        closed, opened = self._folder / self.name, self._folder / f"{self.name}{OPEN_SUFFIX}"
        if closed.exists():
            closed.replace(opened)
        self._descriptor = os.open(opened, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._end = os.fstat(self._descriptor).st_size
        if self._end == 0:
            self._append(_info_record(self.name, self._info))

    def _append(self, content: bytes) -> int:
        """One write to a file opened for appending: whole, or cut off again at once or at the next start."""
        offset = self._end
        try:
            written = os.write(self._descriptor, content)
            while written < len(content):  # a short write: a nearly full disk, or a signal
                written += os.write(self._descriptor, content[written:])
        except OSError:
            os.ftruncate(self._descriptor, offset)  # else the next record would lie behind half of this one
            raise
        self._end += written
        return offset

    def _cut_back(self, committed: dict[str, int]) -> None:
        """Cut off what no committed capture points at: the rest of a write that a kill interrupted."""
        for path in sorted(self._folder.glob(f"{self._prefix}-[0-9]*.warc.gz*")):
            end = committed.get(path.name.removesuffix(OPEN_SUFFIX), 0)
            if path.stat().st_size > end:
                os.truncate(path, end)


def _records(exchange: Exchange) -> tuple[bytes, bytes, str]:
    date = exchange.started_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    response_id, request_id = _record_id(), _record_id()
    payload = behind_head(exchange.response)
    digest = _digest(payload)
    common = [("WARC-Target-URI", exchange.url), ("WARC-Date", date), ("WARC-IP-Address", exchange.address)]
    cut = [("WARC-Truncated", "length")] if exchange.is_cut else []
    response = _record(
        "response", "application/http; msgtype=response", exchange.response,
        [("WARC-Record-ID", response_id), *common, ("WARC-Payload-Digest", digest), *cut],
    )  # fmt: skip
    request = _record(
        "request", "application/http; msgtype=request", exchange.request,
        [("WARC-Record-ID", request_id), *common, ("WARC-Concurrent-To", response_id),
         ("WARC-Payload-Digest", _digest(b""))],   # a GET has no payload
    )  # fmt: skip
    return response, request, digest


def has_head(message: bytes) -> bool:
    """Whether the empty line that ends an HTTP head is there."""
    return _HEAD_END.search(message) is not None


def behind_head(message: bytes) -> bytes:
    """What follows the empty line that ends an HTTP head; empty where there is none.

    Some servers end lines with a bare newline, which clients are to understand (RFC 9112 section 2.2).
    """
    end = _HEAD_END.search(message)
    return message[end.end() :] if end else b""


def _info_record(name: str, info: dict[str, str]) -> bytes:
    fields = "".join(f"{key}: {value}\r\n" for key, value in info.items()).encode()
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    headers = [("WARC-Record-ID", _record_id()), ("WARC-Filename", name), ("WARC-Date", now)]
    return _record("warcinfo", "application/warc-fields", fields, headers)


def _record(kind: str, content_type: str, block: bytes, headers: list[tuple[str, str]]) -> bytes:
    """One gzip member. The block is written as it is: warcio would parse and re-encode HTTP headers (trap T10)."""
    fields = [
        ("WARC-Type", kind), *headers, ("WARC-Block-Digest", _digest(block)),
        ("Content-Type", content_type), ("Content-Length", str(len(block))),
    ]  # fmt: skip
    head = StatusAndHeaders("", fields, WARC_VERSION)
    record = ArcWarcRecord("warc", kind, head, BytesIO(block), None, content_type, len(block))
    member = BytesIO()
    WARCWriter(member, gzip=True, warc_version=WARC_VERSION).write_record(record)
    return member.getvalue()


def _record_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _digest(content: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
