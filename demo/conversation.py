"""The talk on one connection: requests in, answers out, an entry in the log for each.

In: a stream and a `Web`. Out: bytes. Listening, certificates and threads are the server's (`demo.server`).
"""

import asyncio
import time
from collections import Counter, deque

from demo.answers import answer, refusal
from demo.messages import Answer, Request
from demo.request_log import CanaryHit, LogEntry
from demo.requests import BadRequestError, read_request, wants_more, wire_bytes
from demo.site_lives import Incident
from demo.web import Web
from demo.wire import Behaviour, Wire

RECENT_S = 1.0
CANARY_WAIT_S = 1.0
_NOBODY = Request(method="", target="", host="", headers={})


class Desk:
    """Answers for a web, and keeps the log."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.port = 0
        self.tls_port = 0
        self.log: list[LogEntry] = []
        self._asked: Counter[str] = Counter()
        self._recent: dict[str, deque[float]] = {}

    async def serve_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._converse(reader, writer, "http")

    async def serve_https(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._converse(reader, writer, "https")

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scheme: str) -> None:
        """Answer requests on one connection until either side wants to close it."""
        address = writer.get_extra_info("sockname")[0]
        is_open = True
        while is_open:
            try:
                request, version = await read_request(reader)
            except BadRequestError as error:
                entry = self._entered(_NOBODY, address, scheme)
                await self._send(writer, entry, _NOBODY, refusal(error.status), is_open=False)
                return
            entry = self._entered(request, address, scheme)
            if self.web.incidents.get(request.host) is Incident.SILENT:
                self.log.append(entry)
                _end(entry)
                return
            behaviour = self._behaviour(request)
            if behaviour:
                is_open = await self._behave(behaviour, request, reader, writer, entry)
            else:
                is_open = wants_more(request, version)
                reply = answer(self.web, request, scheme=scheme, number=len(self.log))
                await self._send(writer, entry, request, reply, is_open=is_open)

    def _behaviour(self, request: Request) -> Behaviour | None:
        case = self.web.cases.get(request.host)
        return case.behaviour(request.target) if case else None

    async def _behave(
        self,
        behaviour: Behaviour,
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        entry: LogEntry,
    ) -> bool:
        wire = Wire(
            request=request,
            reader=reader,
            writer=writer,
            entry=entry,
            port=self.port,
            tls_port=self.tls_port,
            attempt=self._asked[entry.url],
            busy=self._busy(entry),
        )
        self._asked[entry.url] += 1
        self.log.append(entry)
        try:
            await behaviour(wire)
        finally:
            _end(entry)
        return wire.is_kept

    def _busy(self, entry: LogEntry) -> int:
        recent = self._recent.setdefault(entry.host, deque())
        while recent and recent[0] < entry.time - RECENT_S:
            recent.popleft()
        recent.append(entry.time)
        return len(recent)

    def _entered(self, request: Request, address: str, scheme: str) -> LogEntry:
        now = time.monotonic()
        return LogEntry(
            time=now,
            host=request.host,
            address=address,
            method=request.method,
            target=request.target,
            user_agent=request.headers.get("user-agent", ""),
            accept_language=request.headers.get("accept-language", ""),
            status=0,
            scheme=scheme,
            ended=now,
            is_open=True,
        )

    async def _send(
        self, writer: asyncio.StreamWriter, entry: LogEntry, request: Request, reply: Answer, *, is_open: bool
    ) -> None:
        entry.status = reply.status
        self.log.append(entry)
        _end(entry)  # before the client can have it: this thread may be held up between the two
        writer.write(wire_bytes(reply, is_head=request.method == "HEAD", is_open=is_open))
        await writer.drain()


async def watch(hits: list[CanaryHit], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Count a connection to an address that nobody may reach, whatever is sent over it."""
    address = writer.get_extra_info("sockname")[0]
    started = time.monotonic()
    try:
        first_line = await asyncio.wait_for(reader.readline(), CANARY_WAIT_S)
    except (TimeoutError, ConnectionError, ValueError):
        first_line = b""
    hits.append(CanaryHit(time=started, address=address, first_line=first_line.decode("latin-1").strip()))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\ncanary\n")
    await writer.drain()


def _end(entry: LogEntry) -> None:
    entry.ended = time.monotonic()
    entry.is_open = False
