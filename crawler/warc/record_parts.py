"""One WARC record taken apart as its bytes come, and compared with what it says of itself.

In: the unpacked bytes of a record, in pieces of any size. Out: its named fields, and its flaws.
Keeps no more of it than its head.
"""

import base64
import enum
import hashlib

from crawler.warc.records import HEAD_END

MAX_RECORD_HEAD_BYTES = 1 << 20  # ours are below 3,000 bytes: a URL and a dozen fields
RECORD_END = b"\r\n\r\n"
DIGESTS = ("sha1", "sha256", "sha512", "md5")


class Flaw(enum.StrEnum):
    """What is wrong with a stretch of a WARC file."""

    NO_RECORD = "these bytes are no WARC record"
    BROKEN = "the record's gzip member is broken"
    CUT_OFF = "the record is cut off"
    NO_LENGTH = "the record has no Content-Length"
    SHORT = "the record's block is shorter than its Content-Length"
    LONG = "more stands in the gzip member than one record"
    BLOCK = "the record's block is not that of its WARC-Block-Digest"
    PAYLOAD = "the record's payload is not that of its WARC-Payload-Digest"


class RecordParts:
    """Takes a record apart as its bytes come: its head, its block, and what stands behind that."""

    def __init__(self) -> None:
        self.fields: dict[str, str] | None = None
        self._head = b""
        self._left = 0  # of the block, as Content-Length has it
        self._behind = b""
        self._block: _Digest | None = None
        self._payload: _Digest | None = None

    def take(self, piece: bytes) -> None:
        if self.fields is None:
            self._head += piece
            end = self._head.find(RECORD_END)
            if end < 0 and len(self._head) <= MAX_RECORD_HEAD_BYTES:
                return
            self._begin_block(_fields(self._head[:end]) if end >= 0 else {})
            piece = self._head[end + len(RECORD_END) :]
            self._head = b""
        block = piece[: self._left]
        self._left -= len(block)
        for digest in (self._block, self._payload):
            if digest is not None:
                digest.take(block)
        self._behind = (self._behind + piece[len(block) :])[: len(RECORD_END) + 1]

    def _begin_block(self, fields: dict[str, str]) -> None:
        self.fields = fields
        length = fields.get("content-length", "")
        self._left = int(length) if length.isdecimal() else 0
        is_http = fields.get("content-type", "").startswith("application/http")
        self._block = _Digest(fields.get("warc-block-digest", ""))
        if fields.get("warc-type") != "revisit":  # its payload is that of the record it refers to
            self._payload = _Digest(fields.get("warc-payload-digest", ""), is_behind_head=is_http)

    def flaws(self) -> tuple[Flaw, ...]:
        if not self.fields or "warc-type" not in self.fields:
            return (Flaw.NO_RECORD,)
        if not self.fields.get("content-length", "").isdecimal():
            return (Flaw.NO_LENGTH,)
        if self._left or len(self._behind) < len(RECORD_END):
            return (Flaw.SHORT,)
        if self._behind != RECORD_END:
            return (Flaw.LONG,)
        wrong = ((self._block, Flaw.BLOCK), (self._payload, Flaw.PAYLOAD))
        return tuple(flaw for digest, flaw in wrong if digest is not None and not digest.is_right())


class _Digest:
    """Compares what it is given with a digest such as `sha1:…`; passes those whose algorithm it does not know.

    Ours are in base32; other tools write hex or base64, also that for URLs.
    """

    def __init__(self, written: str, *, is_behind_head: bool = False) -> None:
        algorithm, _, self._value = written.partition(":")
        algorithm = algorithm.lower().replace("-", "")
        self._hash = hashlib.new(algorithm, usedforsecurity=False) if algorithm in DIGESTS else None
        self._head: bytes | None = b"" if is_behind_head else None  # its last bytes, until the head has ended

    def take(self, piece: bytes) -> None:
        if self._hash is None:
            return
        if self._head is not None:
            piece = self._head + piece
            end = HEAD_END.search(piece)
            if end is None:
                self._head = piece[-2:]  # the end is of three bytes at most
                return
            self._head, piece = None, piece[end.end() :]
        self._hash.update(piece)

    def is_right(self) -> bool:
        if self._hash is None:
            return True
        found = self._hash.digest()
        is_base64 = self._value in (base64.b64encode(found).decode(), base64.urlsafe_b64encode(found).decode())
        return is_base64 or self._value.lower() in (base64.b32encode(found).decode().lower(), found.hex())


def _fields(head: bytes) -> dict[str, str]:
    """The named fields of a record's head; none where it does not begin as a WARC record does."""
    version, *lines = head.decode("utf-8", "replace").split("\r\n")
    if not version.startswith("WARC/"):
        return {}
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name.strip().lower(), value.strip())
    return fields
