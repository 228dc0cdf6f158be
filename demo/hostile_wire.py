"""Hostile on the wire: headers, lengths, chunks and connections (cases W1 to W10, W17 to W24).

In: nothing. Out: a tuple of `HostileCase`. Sources of the figures: notes on hostile servers met by crawlers; each
endless answer ends when the client closes.
"""

import asyncio
import socket
import struct

from demo.hostile_case import Certificate, HostileCase
from demo.wire import Behaviour, Wire, raw

PAGE = b"<!DOCTYPE html><html><head><title>Side</title></head><body><p>En side til.</p></body></html>"
LINE = "Content-Type: text/html; charset=utf-8"
NUM_HEADERS = 100_000
LIE_BYTES = 999_999_999_999
CHUNKED = (LINE, "Transfer-Encoding: chunked")


async def endless_headers(wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\n")
    await wire.flood(b"".join(b"X-H-%d: %s\r\n" % (number, b"a" * 1000) for number in range(60)))


async def folded_header(wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\nX-Long: a\r\n")
    await wire.flood((b" " + b"b" * 8000 + b"\r\n") * 8)


async def many_headers(wire: Wire) -> None:
    lines = b"".join(b"X-%d: a\r\n" % number for number in range(NUM_HEADERS))
    await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + lines + b"\r\nok")


async def endless_interim(wire: Wire) -> None:
    await wire.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


async def slow_body(wire: Wire) -> None:
    await wire.head(LINE)
    await wire.drip(b"a", every_s=0.5)


async def slow_headers(wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    await wire.drip(b"a", every_s=0.5)


async def endless_chunks(wire: Wire) -> None:
    await wire.head(*CHUNKED)
    await wire.flood(b"10000\r\n" + b"a" * 65536 + b"\r\n")


async def endless_extension(wire: Wire) -> None:
    await wire.head(*CHUNKED)
    await wire.send(b"1;")
    await wire.flood(b"x" * 65536)


async def reset_in_body(wire: Wire) -> None:
    """Half the body, then a reset instead of an end."""
    await wire.head(LINE, f"Content-Length: {2 * len(PAGE)}")
    await wire.send(PAGE)
    await asyncio.sleep(0.05)
    peer = wire.writer.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.writer.transport.abort()


async def unasked_answer(wire: Wire) -> None:
    """An error, and behind it an answer to a question that nobody put; the connection stays open."""
    wire.entry.status = 404
    wire.is_kept = True
    wrong = b"<html><body><p>Dette svar har ingen bedt om.</p></body></html>"
    first = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nfejl\n"
    second = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(wrong), wrong)
    await wire.send(first + second)


async def no_status(wire: Wire) -> None:
    """HTTP/0.9: a body and nothing else."""
    wire.entry.status = 200
    await wire.send(PAGE)


def _case(number: int, does: str, *behaviours: Behaviour) -> HostileCase:
    paths = {f"/farlig-{place}.html": behaviour for place, behaviour in enumerate(behaviours, start=1)}
    return HostileCase(id=f"W{number:02}", does=does, behaviours=paths)


_ODD_HEADERS = (
    LINE,
    "Set-Cookie: a=1; Path=/",
    "Set-Cookie: a=2; Path=/",
    "X-Latin: bl\xe5b\xe6r",
    "X-Nul: a\x00b",
    f"Content-Length: {len(PAGE)}",
)
_BOTH_LENGTHS = (*CHUNKED, "Content-Length: 5")

WIRE_CASES: tuple[HostileCase, ...] = (
    _case(1, "sends headers without end", endless_headers),
    _case(2, "folds one header over lines without end", folded_header),
    _case(3, "sends 100,000 headers", many_headers),
    _case(4, "answers 100 Continue without end", endless_interim),
    _case(5, "sends two bytes of body a second", slow_body),
    _case(6, "sends two bytes of header a second", slow_headers),
    _case(7, "sends chunks without end", endless_chunks),
    _case(8, "sends one chunk extension without end", endless_extension),
    _case(
        9, "lies about the length of the body, to both sides",
        raw((LINE, f"Content-Length: {LIE_BYTES}"), PAGE), raw((LINE, "Content-Length: 10"), PAGE),
    ),
    _case(10, "gives both a length and chunks",
          raw(_BOTH_LENGTHS, b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE))),
    _case(17, "sends cookies twice, latin-1 and a nul byte in headers", raw(_ODD_HEADERS, PAGE)),
    _case(18, "answers in HTTP/0.9, without a status", no_status),
    _case(19, "answers 304 to a question without conditions",
          raw(('ETag: "gammel"',), b"", status="304 Not Modified")),
    _case(20, "answers with a part of the page that nobody asked a part of",
          raw((LINE, f"Content-Range: bytes 0-{len(PAGE) - 1}/{3 * len(PAGE)}", f"Content-Length: {len(PAGE)}"),
              PAGE, status="206 Partial Content")),
    _case(21, "answers 204, and 200 with nothing",
          raw((), b"", status="204 No Content"), raw((LINE, "Content-Length: 0"), b"")),
    _case(23, "resets the connection in the middle of a body", reset_in_body),
    _case(24, "sends an answer that nobody asked for behind an error, and keeps the connection", unasked_answer),
    HostileCase(id="W22a", does="has a certificate that has expired", is_intact=False,
                certificate=Certificate.EXPIRED),
    HostileCase(id="W22b", does="has a certificate that it signed itself", is_intact=False,
                certificate=Certificate.SELF_SIGNED),
    HostileCase(id="W22c", does="has a certificate for another name", is_intact=False,
                certificate=Certificate.WRONG_NAME),
)  # fmt: skip
