"""WARC records of one exchange, made as bytes: one gzip member a record.

In: the bytes of a request and its answer. Out: the members to be written, with the digest of the payload.
Writes no file, and does not read records; archive.py and members.py do.
"""

import base64
import datetime
import hashlib
import re
import uuid
import zlib
from dataclasses import dataclass
from io import BytesIO

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

WARC_VERSION = "WARC/1.1"
FIELDS_TYPE = "application/warc-fields"
# On 19 real pages of 35 kB level 9, which warcio takes, needs 1.4 times as long and gives 0.4 % less.
COMPRESSION_LEVEL = 6
GZIP_WBITS = 31  # zlib writes and reads a gzip member, with its header and its checksum
ERASED = "erased"  # why a URL is passed over, and why a body is not kept
FORMAT_INFO = {  # what a warcinfo record says of the format
    "format": "WARC File Format 1.1",
    "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
}
NOT_MODIFIED, SAME_PAYLOAD = "server-not-modified", "identical-payload-digest"
_PROFILES = "http://netpreserve.org/warc/1.1/revisit/"
HEAD_END = re.compile(rb"\n\r?\n")
NO_PAYLOAD = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"  # the digest of nothing

Fields = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer, as bytes of the wire."""

    url: str
    method: str
    request: bytes  # head of the request
    response: bytes  # status line, headers and body, transfer coding and all
    address: str  # the peer that was really connected to
    started_at: datetime.datetime
    truncated: str | None = None  # "length" or "time": the limit that ended it early, as WARC-Truncated writes it


@dataclass(frozen=True, kw_only=True)
class RecordName:
    """What a revisit record says of the record that it refers to."""

    record_id: str
    url: str
    date: str
    payload_digest: str


@dataclass(frozen=True, kw_only=True)
class ExchangeRecords:
    """The records of an exchange, packed; the request's comes behind the other."""

    answer: bytes  # a response record, or a revisit or metadata record in its stead
    request: bytes
    payload_digest: str  # sha1 in base32, as WARC tools write it


def response_records(exchange: Exchange) -> ExchangeRecords:
    """The answer as it was on the wire, and its request."""
    digest = digest_of(behind_head(exchange.response))
    cut = [("WARC-Truncated", exchange.truncated)] if exchange.truncated else []
    return _records(
        exchange, "response", "application/http; msgtype=response", exchange.response,
        [("WARC-Payload-Digest", digest), *cut], payload_digest=digest,
    )  # fmt: skip


def revisit_records(exchange: Exchange, profile: str, earlier: RecordName) -> ExchangeRecords:
    """That the page is the same as in an earlier record: the head of the answer, and which record has the body.

    Args:
        profile: NOT_MODIFIED (the server said so, status 304) or SAME_PAYLOAD (it sent the same bytes again).
    """
    end = HEAD_END.search(exchange.response)
    head = exchange.response[: end.end()] if end else exchange.response
    refers = [
        ("WARC-Profile", _PROFILES + profile), ("WARC-Refers-To", earlier.record_id),
        ("WARC-Refers-To-Target-URI", earlier.url), ("WARC-Refers-To-Date", earlier.date),
        ("WARC-Payload-Digest", earlier.payload_digest),
    ]  # fmt: skip
    return _records(
        exchange, "revisit", "application/http; msgtype=response", head, refers, payload_digest=earlier.payload_digest
    )


def withheld_records(exchange: Exchange, reason: str) -> ExchangeRecords:
    """That there was an answer and why its body is not kept, and the request.

    The metadata record's block has the fields `withheld` (the reason), `status` (the answer's status line) and
    `header` (once for each header line of the answer). Lines are as they were on the wire, so not always UTF-8. Of what
    must be forgotten there are no header lines: where a redirect leads may be just that.
    """
    end = HEAD_END.search(exchange.response)
    head = exchange.response[: end.start()] if end else b""  # without an end all of it may be body
    status, *lines = [line.rstrip(b"\r") for line in head.split(b"\n")]
    block = b"withheld: %s\r\nstatus: %s\r\n" % (reason.encode(), status)
    if reason != ERASED:
        block += b"".join(b"header: %s\r\n" % line for line in lines)
    return _records(exchange, "metadata", FIELDS_TYPE, block, [], payload_digest=NO_PAYLOAD)


def info_record(name: str, info: dict[str, str], *, at: datetime.datetime | None = None) -> bytes:
    """The warcinfo record that a file of this name begins with.

    Args:
        at: for a file that is made from others, and is to be the same each time; its id follows from its name then.
    """
    block = "".join(f"{key}: {value}\r\n" for key, value in info.items()).encode()
    date = _warc_date(at or datetime.datetime.now(datetime.UTC))
    record_id = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>" if at else _record_id()
    headers = [("WARC-Record-ID", record_id), ("WARC-Filename", name), ("WARC-Date", date)]
    return _packed("warcinfo", FIELDS_TYPE, block, headers)


def behind_head(message: bytes) -> bytes:
    """What follows the empty line that ends an HTTP head; empty where there is none.

    Some servers end lines with a bare newline, which clients are to understand (RFC 9112 section 2.2).
    """
    end = HEAD_END.search(message)
    return message[end.end() :] if end else b""


def digest_of(content: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def _records(
    exchange: Exchange, kind: str, content_type: str, block: bytes, headers: Fields, *, payload_digest: str
) -> ExchangeRecords:
    date = _warc_date(exchange.started_at)
    common = [("WARC-Target-URI", exchange.url), ("WARC-Date", date), ("WARC-IP-Address", exchange.address)]
    answer_id = _record_id()
    return ExchangeRecords(
        answer=_packed(kind, content_type, block, [("WARC-Record-ID", answer_id), *common, *headers]),
        request=_packed(
            "request", "application/http; msgtype=request", exchange.request,
            [("WARC-Record-ID", _record_id()), *common, ("WARC-Concurrent-To", answer_id),
             ("WARC-Payload-Digest", NO_PAYLOAD)],  # a GET has no payload
        ),
        payload_digest=payload_digest,
    )  # fmt: skip


class _Writer(WARCWriter):  # type: ignore[misc]  # warcio ships no types
    """warcio's writer, which would say that all of a metadata record is its payload (WARC 1.1 section 5.9)."""

    NO_PAYLOAD_DIGEST_TYPES = ("warcinfo", "revisit", "metadata")


class _WrittenHead:
    """HTTP headers for warcio, which writes of a revisit record these only, and would write them in its own way."""

    def __init__(self, content: bytes) -> None:
        self.headers_buff = content

    def compute_headers_buffer(self, _: object) -> None:
        """They stand as they were."""


def _packed(kind: str, content_type: str, block: bytes, headers: Fields) -> bytes:
    """One gzip member. The block is written as it is: warcio would parse and re-encode HTTP headers."""
    fields = [
        ("WARC-Type", kind), *headers, ("WARC-Block-Digest", digest_of(block)),
        ("Content-Type", content_type), ("Content-Length", str(len(block))),
    ]  # fmt: skip
    head = StatusAndHeaders("", fields, WARC_VERSION)
    http_headers = _WrittenHead(block) if kind == "revisit" else None
    record = ArcWarcRecord("warc", kind, head, BytesIO(block), http_headers, content_type, len(block))
    plain = BytesIO()
    _Writer(plain, gzip=False, warc_version=WARC_VERSION).write_record(record)  # its own packing is at level 9 only
    return zlib.compress(plain.getbuffer(), COMPRESSION_LEVEL, GZIP_WBITS)


def _record_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _warc_date(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
