"""One request with raw control of the stream it came over: what hostile hosts answer through.

In: a request, reader and writer. Out: whatever bytes a behaviour sends. Sending waits for the client, keeps below a
rate, and ends with ConnectionError when the client has gone; nothing here ends by itself.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

from demo.messages import Answer, Request
from demo.request_log import LogEntry
from demo.requests import wire_bytes

BLOCK_BYTES = 64 * 1024
PAUSE_S = 0.01  # after each block: at most about 6 MB/s, so that an endless answer leaves the server time for others
HTML = ("Content-Type", "text/html; charset=utf-8")


@dataclass(kw_only=True)
class Wire:
    """A request and its stream.

    Attributes:
        port, tls_port: those of the server, for links that name a port.
        attempt: how often this URL was asked for before.
        busy: requests to this host within the last second, this one included.
        is_kept: the connection may be used for a further request afterwards.
    """

    request: Request
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    entry: LogEntry
    port: int
    tls_port: int = 0
    attempt: int = 0
    busy: int = 1
    is_kept: bool = field(default=False, init=False)

    async def send(self, data: bytes) -> None:
        """Send in blocks, slowly enough.

        Raises:
            ConnectionError: the client has gone.
        """
        for start in range(0, len(data), BLOCK_BYTES):
            if self.writer.is_closing():
                raise ConnectionResetError("the client has gone")
            self.writer.write(data[start : start + BLOCK_BYTES])
            await self.writer.drain()
            if len(data) > BLOCK_BYTES:
                await asyncio.sleep(PAUSE_S)

    async def flood(self, block: bytes) -> None:
        """Send the same block for ever."""
        while True:
            await self.send(block)
            await asyncio.sleep(PAUSE_S)

    async def drip(self, data: bytes, *, every_s: float) -> None:
        """Send the same few bytes for ever, with pauses."""
        while True:
            await self.send(data)
            await self.pause(every_s)

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the client does.

        Raises:
            ConnectionError: the client has gone.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.writer.is_closing() or self.reader.at_eof():
                raise ConnectionResetError("the client has gone")
            await asyncio.sleep(min(left, 0.1))

    async def answer(self, status: int, *headers: tuple[str, str], body: bytes = b"", is_kept: bool = False) -> None:
        """An ordinary answer."""
        self.entry.status = status
        self.is_kept = is_kept
        wanted = dict(headers).get("Retry-After", "")
        if wanted.isdigit():
            self.entry.retry_after_s = int(wanted)
        reply = Answer(status=HTTPStatus(status), headers=headers, body=body)
        await self.send(wire_bytes(reply, is_head=self.request.method == "HEAD", is_open=is_kept))

    async def head(self, *lines: str, status: str = "200 OK") -> None:
        """A status line and headers, with the empty line that ends them."""
        self.entry.status = int(status.split(" ")[0])
        await self.send("\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1"))


Behaviour = Callable[[Wire], Awaitable[None]]


def html(body: str | bytes, *headers: tuple[str, str], status: int = 200) -> Behaviour:
    """A page that is ordinary on the wire."""
    content = body.encode() if isinstance(body, str) else body

    async def behave(wire: Wire) -> None:
        kinds = [name.lower() for name, _ in headers]
        await wire.answer(status, *(() if "content-type" in kinds else (HTML,)), *headers, body=content)

    return behave


def made_html(make: Callable[[], bytes], *headers: tuple[str, str]) -> Behaviour:
    """A page whose bytes are made when it is asked for, because they are many."""

    async def behave(wire: Wire) -> None:
        await html(await asyncio.to_thread(make), *headers)(wire)

    return behave


def redirect(location: Callable[[Wire], str], *headers: tuple[str, str], status: int = 302) -> Behaviour:
    async def behave(wire: Wire) -> None:
        await wire.answer(status, ("Location", location(wire)), *headers)

    return behave


def raw(head_lines: Iterable[str], body: bytes, *, status: str = "200 OK") -> Behaviour:
    """Exactly these headers and these bytes; then the connection is closed."""

    async def behave(wire: Wire) -> None:
        await wire.head(*head_lines, status=status)
        await wire.send(body)

    return behave
