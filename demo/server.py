"""A real HTTP/1.1 server for a `Web`, on loopback addresses only.

In: a web, later the next quarter's. Out: answers on the wire and a log of every request. Written on asyncio's
bare streams, so that each byte sent is under our hand; it does not pace or compress. Hosts that are reached by https
have certificates of an authority that lives as long as the server. With hostile hosts it also listens where nobody
may come, and counts who does.
"""

import asyncio
import concurrent.futures
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any

from demo.certificates import TestAuthority
from demo.conversation import Desk, watch
from demo.hostile_case import Certificate
from demo.listening import bound_sockets, has_ipv6, loopback
from demo.request_log import CanaryHit, LogEntry
from demo.requests import MAX_HEAD_BYTES
from demo.web import Web

__all__ = ["CanaryHit", "KommunebyServer", "LogEntry"]

logger = logging.getLogger(__name__)

START_TIMEOUT_S = 30  # a hundred certificates take two seconds on a busy machine
CANARIES = ("127.0.0.1", "127.0.2.1")  # this machine, and what stands for the metadata service of a cloud
Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class KommunebyServer:
    """Serves a web while the context is open: `with KommunebyServer(web) as server: ... server.port`.

    Attributes:
        port, tls_port: where it listens, at every address of the web; `tls_port` is 0 without TLS.
        ca_file: the authority that a client must trust; None without TLS.
        log: every request, in order.
        canary_hits: every connection to an address that must never be reached.
    """

    def __init__(self, web: Web, *, port: int = 0, tls: bool = False) -> None:
        self.port = port
        self.tls_port = 0
        self.ca_file: Path | None = None
        self.canary_hits: list[CanaryHit] = []
        self._desk = Desk(web)
        self._has_tls = tls or any(site.scheme == "https" for site in web.sites)
        self._addresses = loopback(site.address for site in web.sites)
        self._authority: TestAuthority | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kommuneby", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def log(self) -> list[LogEntry]:
        return self._desk.log

    def __enter__(self) -> "KommunebyServer":
        canaries = (*CANARIES, *(("::1",) if has_ipv6() else ())) if self._desk.web.cases else ()
        sockets = bound_sockets((*self._addresses, *canaries), self.port)
        self.port = self._desk.port = sockets[0].getsockname()[1]
        secure: list[socket.socket] = []
        if self._has_tls:
            secure = bound_sockets(self._addresses, 0)
            self.tls_port = self._desk.tls_port = secure[0].getsockname()[1]
            self._authority = TestAuthority(_certificates(self._desk.web))
            self.ca_file = self._authority.ca_file
        self._thread.start()
        plain, watched = sockets[: len(self._addresses)], sockets[len(self._addresses) :]
        self._wait(asyncio.run_coroutine_threadsafe(self._listen(plain, watched, secure), self._loop))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait(asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=START_TIMEOUT_S)
        self._loop.close()
        if self._authority:
            self._authority.close()

    def publish(self, web: Web) -> None:
        """Serve another quarter from the next request on.

        Raises:
            ValueError: the web has an address on which this server does not listen.
        """
        unknown = set(loopback(site.address for site in web.sites)) - set(self._addresses)
        if unknown:
            raise ValueError(f"not listening on {', '.join(sorted(unknown))}")
        self._desk.web = web

    @staticmethod
    def _wait(future: "concurrent.futures.Future[None]") -> None:
        future.result(timeout=START_TIMEOUT_S)

    async def _listen(
        self, plain: list[socket.socket], watched: list[socket.socket], secure: list[socket.socket]
    ) -> None:
        context = self._authority.server_context() if self._authority else None
        for listener in plain:
            await self._serve(listener, self._desk.serve_http)
        for listener in secure:
            await self._serve(listener, self._desk.serve_https, context)
        for listener in watched:
            await self._serve(listener, lambda reader, writer: watch(self.canary_hits, reader, writer))

    async def _serve(self, listener: socket.socket, serve: Connected, context: ssl.SSLContext | None = None) -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._held(serve(reader, writer), writer)

        server = await asyncio.start_server(connected, sock=listener, limit=MAX_HEAD_BYTES, ssl=context)
        self._servers.append(server)

    async def _held(self, conversation: Coroutine[Any, Any, None], writer: asyncio.StreamWriter) -> None:
        """Keep a conversation among those that end with the server."""
        task = asyncio.current_task()
        if task is None:
            return
        self._connections.add(task)
        try:
            await conversation
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            logger.debug("connection ended by the other side or by shutdown")
        finally:
            self._connections.discard(task)
            writer.close()

    async def _hang_up(self) -> None:
        for server in self._servers:
            server.close()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _certificates(web: Web) -> dict[str, Certificate]:
    """The hosts that are reached by https, and how their certificates are."""
    hosts = {host: Certificate.GOOD for site in web.sites for host in (site.host, site.apex_host)}
    bad = {host: case.certificate for host, case in web.cases.items() if case.certificate is not Certificate.NONE}
    return hosts | bad
