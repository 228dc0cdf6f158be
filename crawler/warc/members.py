"""WARC files read member by member, with all that is wrong in them.

In: a WARC file packed with one gzip member a record. Out: `Record`s that together cover every byte of the file.
Readers of WARC give a record that was cut off as if it were whole, and `warcio check` passes it; here it has a flaw.
Keeps no more of a record in memory than its head, and does not decode what is in it.
"""

import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from crawler.warc.record_parts import Flaw, RecordParts
from crawler.warc.records import GZIP_WBITS
from foundation.files import READ_BLOCK_BYTES

PIECE_BYTES = 16_384  # the member of a page of 35 kB has 9 kB
UNPACKED_PIECE_BYTES = 1 << 18  # what bounds the memory: a piece may unpack a thousandfold
GZIP_MAGIC = b"\x1f\x8b\x08"


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
    parts = RecordParts()
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
