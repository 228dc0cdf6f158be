"""Hostile by content coding: bombs, layers, codings nobody asked for, and codings that are none (cases W11 to W16).

In: nothing. Out: a tuple of `HostileCase`. The bombs are made when they are first asked for.
"""

import gzip
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache

from demo.hostile_case import HostileCase
from demo.hostile_wire import PAGE
from demo.wire import Behaviour, html, made_html

BOMB_MIB = 500
NUM_LAYERS = 200
_MIB = 1 << 20


@lru_cache(maxsize=1)
def gzip_bomb() -> bytes:
    """500 MiB of zeros in 0.5 MB. One block is compressed once: behind a full flush, its bytes stand alone."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(_MIB)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(BOMB_MIB):
        checksum = zlib.crc32(zeros, checksum)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    end = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    return head + block * BOMB_MIB + end + struct.pack("<II", checksum, BOMB_MIB * _MIB)


def _layers() -> bytes:
    body = PAGE
    for _ in range(NUM_LAYERS):
        body = gzip.compress(body, 1, mtime=0)
    return body


def _brotli_of(data: bytes) -> bytes:
    """One meta-block without compression and an empty last one (RFC 7932 §9.2)."""
    head = (len(data) - 1) << 4 | 1 << 20
    return head.to_bytes(3, "little") + data + b"\x03"


def _zstandard_of(data: bytes) -> bytes:
    """One frame with one raw block (RFC 8878 §3.1.1); for up to 255 bytes."""
    block = len(data) << 3 | 1
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) + block.to_bytes(3, "little") + data


def _coded(coding: str, make: Callable[[], bytes]) -> Behaviour:
    return made_html(make, ("Content-Encoding", coding))


def _case(number: int, does: str, *behaviours: Behaviour) -> HostileCase:
    paths = {f"/farlig-{place}.html": behaviour for place, behaviour in enumerate(behaviours, start=1)}
    return HostileCase(id=f"W{number:02}", does=does, behaviours=paths)


_PACKED = gzip.compress(PAGE, mtime=0)

CODING_CASES: tuple[HostileCase, ...] = (
    _case(11, "sends 500 MiB of zeros in half a megabyte of gzip", _coded("gzip", gzip_bomb)),
    _case(12, "packs the bomb once more, and says so",
          _coded("gzip, gzip", lambda: gzip.compress(gzip_bomb(), mtime=0))),
    _case(13, "packs a page 200 times", _coded(", ".join(["gzip"] * NUM_LAYERS), _layers)),
    _case(14, "packs with brotli and zstd although nobody asked for it",
          _coded("br", lambda: _brotli_of(PAGE)), _coded("zstd", lambda: _zstandard_of(PAGE))),
    _case(15, "sends gzip with a broken end, and with a broken checksum",
          html(_PACKED[:-12], ("Content-Encoding", "gzip")),
          html(_PACKED[:-8] + b"\x00" * 8, ("Content-Encoding", "gzip"))),
    _case(16, "says gzip and deflate over a plain body",
          html(PAGE, ("Content-Encoding", "gzip")), html(PAGE, ("Content-Encoding", "deflate"))),
)  # fmt: skip
