"""A real HTTP/1.1 server for a `Web`, on loopback addresses only.

In: a web, later the next quarter's. Out: answers on the wire and a log of every request. Written on asyncio's
bare streams, so that each byte sent is under our hand; it does not pace, compress or encrypt.
"""

import asyncio
import concurrent.futures
import contextlib
import email.utils
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType

from demo.answers import Answer, Request, answer, refusal
from demo.truth import Web

logger = logging.getLogger(__name__)

MAX_HEAD_BYTES = 64 * 1024  # four times what common servers allow
MAX_BODY_BYTES = 1024 * 1024
NUM_PORT_TRIES = 50
START_TIMEOUT_S = 10


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """One request as it was answered; `time` is monotonic, in seconds. A request that could not be read has
    the method "" and the target ""."""

    time: float
    host: str
    address: str
    method: str
    target: str
    user_agent: str
    accept_language: str
    status: int


class _BadRequestError(Exception):
    """A request that cannot be read; answered with `status`, then the connection is closed."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class KommunebyServer:
    """Serves a web while the context is open: `with KommunebyServer(web) as server: ... server.port`."""

    def __init__(self, web: Web, *, port: int = 0) -> None:
        self.port = port
        self.log: list[LogEntry] = []
        self._web = web
        self._addresses = _loopback_addresses(web)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kommuneby", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "KommunebyServer":
        sockets = _bound_sockets(self._addresses, self.port)
        self.port = sockets[0].getsockname()[1]
        self._thread.start()
        self._wait(asyncio.run_coroutine_threadsafe(self._listen(sockets), self._loop))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait(asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=START_TIMEOUT_S)
        self._loop.close()

    def publish(self, web: Web) -> None:
        """Serve another quarter from the next request on.

        Raises:
            ValueError: the web has an address on which this server does not listen.
        """
        unknown = set(_loopback_addresses(web)) - set(self._addresses)
        if unknown:
            raise ValueError(f"not listening on {', '.join(sorted(unknown))}")
        self._web = web

    @staticmethod
    def _wait(future: "concurrent.futures.Future[None]") -> None:
        future.result(timeout=START_TIMEOUT_S)

    async def _listen(self, sockets: list[socket.socket]) -> None:
        for listener in sockets:
            server = await asyncio.start_server(self._connected, sock=listener, limit=MAX_HEAD_BYTES)
            self._servers.append(server)

    async def _hang_up(self) -> None:
        for server in self._servers:
            server.close()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._connections.add(task)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            logger.debug("connection ended by the other side or by shutdown")
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests on one connection until either side wants to close it."""
        address = writer.get_extra_info("sockname")[0]
        is_open = True
        while is_open:
            request = None
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                request, version = _parsed(head)
                await _discard_body(reader, request)
                reply = answer(self._web, request)
                is_open = _wants_more(request, version)
            except asyncio.LimitOverrunError:
                reply, is_open = refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE), False
            except _BadRequestError as error:
                reply, is_open = refusal(error.status), False
            self._record(request, address, reply.status)
            writer.write(_wire_bytes(reply, is_head=bool(request and request.method == "HEAD"), is_open=is_open))
            await writer.drain()

    def _record(self, request: Request | None, address: str, status: int) -> None:
        request = request or Request(method="", target="", host="", headers={})
        self.log.append(
            LogEntry(
                time=time.monotonic(),
                host=request.host,
                address=address,
                method=request.method,
                target=request.target,
                user_agent=request.headers.get("user-agent", ""),
                accept_language=request.headers.get("accept-language", ""),
                status=status,
            )
        )


def _loopback_addresses(web: Web) -> list[str]:
    """The addresses of all sites, each once.

    Raises:
        ValueError: one of them is not a loopback address; Kommuneby is never shown to a network.
    """
    addresses = list(dict.fromkeys(site.address for site in web.sites))
    for address in addresses:
        if not ipaddress.ip_address(address).is_loopback:
            raise ValueError(f"{address} is not a loopback address")
    return addresses


def _bound_sockets(addresses: Iterable[str], port: int) -> list[socket.socket]:
    """Listening sockets on one port at every address; for port 0 one that is free at all of them.

    Raises:
        OSError: the port is taken, or none is free everywhere.
    """
    for last_try in [False] * (0 if port else NUM_PORT_TRIES) + [True]:
        with contextlib.ExitStack() as stack:
            chosen, sockets = port, []
            try:
                for address in addresses:
                    listener = stack.enter_context(socket.socket())
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind((address, chosen))
                    chosen = listener.getsockname()[1]
                    sockets.append(listener)
            except OSError:
                if last_try:
                    raise
                continue
            stack.pop_all()
            return sockets
    raise OSError("no port is free at every address")


def _parsed(head: bytes) -> tuple[Request, str]:
    """Read a request's head.

    Raises:
        _BadRequestError: not a request of HTTP/1.0 or HTTP/1.1 with a host.
    """
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.0", "HTTP/1.1"):
        raise _BadRequestError(HTTPStatus.BAD_REQUEST)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise _BadRequestError(HTTPStatus.BAD_REQUEST)
        headers[name.lower()] = value.strip()
    method, target, version = parts
    host = headers.get("host", "")
    if target.startswith("http://"):  # absolute form (RFC 9112 §3.2.2) overrules the header
        host, slash, rest = target.removeprefix("http://").partition("/")
        target = slash + rest or "/"
    if not host or not target.startswith("/"):
        raise _BadRequestError(HTTPStatus.BAD_REQUEST)
    return Request(method=method, target=target, host=host.partition(":")[0].lower(), headers=headers), version


async def _discard_body(reader: asyncio.StreamReader, request: Request) -> None:
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not (length.isascii() and length.isdigit()):
        raise _BadRequestError(HTTPStatus.BAD_REQUEST)
    if int(length) > MAX_BODY_BYTES:
        raise _BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    await reader.readexactly(int(length))


def _wants_more(request: Request, version: str) -> bool:
    connection = request.headers.get("connection", "").lower()
    return connection == "keep-alive" if version == "HTTP/1.0" else connection != "close"


def _wire_bytes(reply: Answer, *, is_head: bool, is_open: bool) -> bytes:
    """Status line, headers and body; a 304 has neither body nor length."""
    has_body = reply.status != HTTPStatus.NOT_MODIFIED
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    lines.append(f"Date: {email.utils.formatdate(usegmt=True)}")
    if has_body:
        lines.append(f"Content-Length: {len(reply.body)}")
    lines.append(f"Connection: {'keep-alive' if is_open else 'close'}")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return head + (reply.body if has_body and not is_head else b"")
