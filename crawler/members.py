"""WARC files read member by member, with all that is wrong in them.

In: a WARC file packed with one gzip member a record. Out: `Record`s that together cover every byte of the file.
Readers of WARC give a record that was cut off as if it were whole, and `warcio check` passes it; here it has a flaw.
Keeps no more of a record in memory than its head, and does not decode what is in it.
"""

import base64
import enum
import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from crawler.records import GZIP_WBITS, HEAD_END
from foundation.files import READ_BLOCK_BYTES

PIECE_BYTES = 16_384  # the member of a page of 35 kB has 9 kB
UNPACKED_PIECE_BYTES = 1 << 18  # what bounds the memory: a piece may unpack a thousandfold
MAX_RECORD_HEAD_BYTES = 1 << 20  # ours are below 3,000 bytes: a URL and a dozen fields
GZIP_MAGIC = b"\x1f\x8b\x08"
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


@dataclass(frozen=True, kw_only=True)
class Record:
    """A stretch of a WARC file: one gzip member, or bytes that are none.

    Attributes:
        length: up to the next record; 0 where `read_record` cannot tell where it ends.
        fields: the named fields of the record, names in lower case; none where they cannot be read.
    """

    offset: int
    length: int
    fields: Mapping[str, str]
    flaws: tuple[Flaw, ...]

    @property
    def kind(self) -> str:
        return self.fields.get("warc-type", "")

    @property
    def url(self) -> str:
        return self.fields.get("warc-target-uri", "")


def read_records(path: Path) -> Iterator[Record]:
    """All of a file in order; behind a damage it goes on with the next record that can be read."""
    with path.open("rb", buffering=READ_BLOCK_BYTES) as file:
        size = path.stat().st_size
        offset = 0
        while offset < size:
            record = read_record(file, offset)
            if not record.length:
                record = replace(record, length=_next_member(file, offset + 1, size) - offset)
            yield record
            offset += record.length


def read_record(file: BinaryIO, offset: int) -> Record:
    """The record whose gzip member begins at `offset`."""
    file.seek(offset)
    if file.read(len(GZIP_MAGIC)) != GZIP_MAGIC:
        return Record(offset=offset, length=0, fields={}, flaws=(Flaw.NO_RECORD,))
    parts = _Parts()
    try:
        for piece in _unpacked(file, offset):
            parts.take(piece)
    except (EOFError, zlib.error) as error:
        flaw = Flaw.CUT_OFF if isinstance(error, EOFError) else Flaw.BROKEN
        return Record(offset=offset, length=0, fields=parts.fields or {}, flaws=(flaw,))
    return Record(offset=offset, length=file.tell() - offset, fields=parts.fields or {}, flaws=parts.flaws())


def _unpacked(file: BinaryIO, offset: int) -> Iterator[bytes]:
    """The content of one gzip member in pieces; leaves the file at its end.

    Raises:
        EOFError: the file ends before the member does.
        zlib.error: it is no gzip, or its checksum is wrong.
    """
    file.seek(offset)
    unpacker = zlib.decompressobj(GZIP_WBITS)
    while not unpacker.eof:
        packed = unpacker.unconsumed_tail or file.read(PIECE_BYTES)
        piece = unpacker.decompress(packed, UNPACKED_PIECE_BYTES)
        if not packed and not piece:
            raise EOFError
        yield piece
    file.seek(-len(unpacker.unused_data), os.SEEK_CUR)


def _next_member(file: BinaryIO, start: int, size: int) -> int:
    """Where the next record begins that can be read at least to its first word; the file's end where none is."""
    while start < size:
        file.seek(start)
        block = file.read(READ_BLOCK_BYTES)
        found = block.find(GZIP_MAGIC)
        if found < 0:
            start += max(len(block) - len(GZIP_MAGIC) + 1, 1)
            continue
        file.seek(start + found)
        try:
            if zlib.decompressobj(GZIP_WBITS).decompress(file.read(PIECE_BYTES), 5) == b"WARC/":
                return start + found
        except zlib.error:
            pass
        start += found + 1
    return size


class _Parts:
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
