"""A body without its content codings.

In: a payload as it stood behind the head (transfer coding removed) and the value of Content-Encoding. Out: the bytes
that a browser would show, never more than a limit, and what was wrong with the coding.
Lenient as browsers are: a body that was never compressed is taken as it is. Decides nothing about what is kept.
"""

import re
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import brotli  # type: ignore[import-untyped]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# A page ends at the same length whether it was sent compressed or not (the limit on the wire is the same).
MAX_DECODED_BYTES = 10_000_000
MAX_CODINGS = 2  # gzip within gzip occurs where a proxy compresses again; Scrapy's own code undoes 200 layers
INPUT_STEP = 256  # deflate grows at most 1,032 fold, so a step gives at most 264 kB; an error loses one step
OUTPUT_STEP = 65_536
WINDOW_LOG = 23  # 8 MB, the most that RFC 9659 lets a zstd content coding ask for
MAGICS = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")  # gzip, zstd
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
TEXT_BYTES = 1024  # a compressed kilobyte without one such byte does not occur


@dataclass(frozen=True, kw_only=True)
class DecodedBody:
    """A body, and in a few words why it is not whole; None where it is."""

    body: bytes
    problem: str | None = None


def decoded_body(codings: str, payload: bytes, limit: int = MAX_DECODED_BYTES) -> DecodedBody:
    """Undo the codings of a Content-Encoding header, the last one first (RFC 9110 section 8.4).

    Codings that nobody knows are passed over: servers write "utf-8" and "none" there.
    """
    names = [name for name in (each.strip().lower() for each in codings.split(",")) if name in DECODERS]
    if len(names) > MAX_CODINGS:
        return DecodedBody(body=payload[:limit], problem=f"{len(names)} codings")
    body, problem = payload, None
    for name in reversed(names):
        body, problem = _without(name, body, limit)
        if problem:
            break
    return DecodedBody(body=body[:limit], problem=problem)


def _without(name: str, payload: bytes, limit: int) -> tuple[bytes, str | None]:
    decoded = bytearray()
    try:
        for part in DECODERS[name](payload) if payload else ():
            decoded += part
            if len(decoded) > limit:
                return bytes(decoded[:limit]), f"longer than {limit} bytes"
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError):
        if _was_never_coded(payload) or (not decoded and not payload.startswith(MAGICS)):
            return payload, None
        return bytes(decoded), f"corrupt {name}"
    return bytes(decoded), None


def _was_never_coded(payload: bytes) -> bool:
    return _NOT_IN_TEXT.search(payload[:TEXT_BYTES]) is None


def _inflated(payload: bytes, window: int) -> Iterator[bytes]:
    """One gzip member, zlib stream or bare deflate stream. What follows it is passed over, as browsers do."""
    engine = zlib.decompressobj(window)
    position = 0
    while not engine.eof:
        if position >= len(payload):
            raise EOFError
        # byte by byte at the end: zlib gives nothing of a step in which it finds the check sum wrong
        step = INPUT_STEP if position + 2 * INPUT_STEP < len(payload) else 1
        yield engine.decompress(payload[position : position + step])
        position += step


def _without_gzip(payload: bytes) -> Iterator[bytes]:
    return _inflated(payload, zlib.MAX_WBITS | 16)


def _without_deflate(payload: bytes) -> Iterator[bytes]:
    """A zlib stream; some servers leave its two bytes of header off, which RFC 9110 section 8.4.1.2 tells of."""
    has_header = payload[0] & 0x0F == 8 and int.from_bytes(payload[:2]) % 31 == 0
    return _inflated(payload, zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _without_brotli(payload: bytes) -> Iterator[bytes]:
    engine = brotli.Decompressor()
    yield engine.process(payload, output_buffer_limit=OUTPUT_STEP)
    while not engine.is_finished():
        if engine.can_accept_more_data():
            raise EOFError
        yield engine.process(b"", output_buffer_limit=OUTPUT_STEP)


def _without_zstd(payload: bytes) -> Iterator[bytes]:
    engine = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG})
    yield engine.decompress(payload, OUTPUT_STEP)
    while not engine.eof:
        part = engine.decompress(b"", OUTPUT_STEP)
        if not part and engine.needs_input:
            raise EOFError
        yield part


DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _without_gzip, "x-gzip": _without_gzip, "deflate": _without_deflate, "br": _without_brotli,
    "zstd": _without_zstd,
}  # fmt: skip
