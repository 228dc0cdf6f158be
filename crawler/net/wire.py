"""The socket: fetches one URL, in its turn, from the one address that may be visited.

In: Scrapy requests with `meta["delay_s"]`. Out: Scrapy responses, with the bytes of the wire in `meta["exchange"]`,
and in `meta` also `address`, `pause_s` and `download_latency`; or a `FetchError`.
The body is as it was sent: bodies.py undoes its content codings. Tries nothing again but on a kept connection that
the host had just closed, and then in a turn of its own.
"""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Self
from urllib.parse import urldefrag, urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory
from twisted.web.client import URI, Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers as WireHeaders

from crawler.net.addresses import AddressBook, Target
from crawler.net.failures import FetchError, SilenceError, explained
from crawler.net.guard import AddressGuard, check_port
from crawler.net.tee import StaleConnectionError, TeeProtocol, read_body
from crawler.net.trust import Trust
from crawler.net.turns import Turns
from crawler.pages.urls import DEFAULT_PORTS
from crawler.register import Network

EXCHANGE = "exchange"
CONNECT_TIMEOUT_S = 10.0  # a lost first packet is sent again after 1, 3 and 7 s
# Shorter than the 5 s after which Apache and Node close an idle connection: else request and close often cross.
KEEP_ALIVE_S = 4.0


@dataclass(frozen=True, kw_only=True)
class Wire:
    """What all requests of a process share."""

    network: Network
    book: AddressBook
    turns: Turns

    def __deepcopy__(self, memo: Any) -> Self:
        """Scrapy copies its settings in depth; the turns must be the same for all."""
        return self


class TeeDownloadHandler(HTTP11DownloadHandler):
    """One request: its address, its turn, the exchange."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._wire: Wire = crawler.settings["TVAERKOM_WIRE"]
        self._timeout_s = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._guard = AddressGuard(self._wire.network.allow_addresses)
        self._trust = Trust()
        self._connections = _Connections(self._pool._reactor, self._guard)
        self._pool = self._connections  # which HTTP11DownloadHandler closes at the end

    async def download_request(self, request: Request) -> Response:
        """Raises FetchError, whose message says why; TurnsClosedError where the crawl ends meanwhile."""
        url = urlsplit(request.url)
        host, port = url.hostname or "", url.port or DEFAULT_PORTS[url.scheme]
        check_port(host, port, self._wire.book.resolve)
        target = await self._wire.book.target(host, port)
        request.meta["address"] = target.address
        self._guard.check(target.address)
        try:
            return await self._in_turn(request, host, target)
        except StaleConnectionError:
            return await self._in_turn(request, host, target)

    async def _in_turn(self, request: Request, host: str, target: Target) -> Response:
        delay_s = request.meta.get("delay_s", 0.0)
        # what one site asks for is not asked of its neighbours at the address
        delays = {
            f"host {host}": delay_s, f"address {target.address}": request.meta.get("address_delay_s", delay_s)
        }  # fmt: skip
        request.meta["pause_s"] = await self._wire.turns.take(delays)
        try:
            return await self._fetch(request, target)
        finally:
            self._wire.turns.end(delays)

    async def _fetch(self, request: Request, target: Target) -> Response:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await maybe_deferred_to_future(self._exchange(request, target))
        except TimeoutError:
            kind = FetchError if "download_latency" in request.meta else SilenceError
            raise kind(f"no whole answer within {self._timeout_s:g} seconds") from None
        except Exception as error:
            raise explained(error) from error

    def _exchange(self, request: Request, target: Target) -> Deferred[Response]:
        begun = time.monotonic()
        agent = _PinnedAgent(self._connections, target, self._trust)
        url = urldefrag(request.url)[0].encode("ascii")

        def answered(answer: Any) -> Deferred[Response]:
            request.meta["download_latency"] = time.monotonic() - begun
            return read_body(answer).addCallback(partial(self._response, request, answer))

        headers = WireHeaders(request.headers)
        return agent.request(request.method.encode("ascii"), url, headers).addCallback(answered)

    def _response(self, request: Request, answer: Any, body: bytes) -> Response:
        exchange = answer.transcript.exchange(request.url, request.method)
        request.meta[EXCHANGE] = exchange
        headers = Headers()
        headers.update(answer.headers.getAllRawHeaders())
        return Response(request.url, status=answer.code, headers=headers, body=body)


class _Connections(HTTPConnectionPool):
    """Kept connections, at most one for each target."""

    maxPersistentPerHost = 1
    cachedConnectionTimeout = KEEP_ALIVE_S  # type: ignore[assignment]  # only ever given to callLater
    retryAutomatically = False  # TeeDownloadHandler does, in a turn of its own

    def __init__(self, reactor: Any, guard: AddressGuard) -> None:
        super().__init__(reactor)  # type: ignore[no-untyped-call]
        self._factory = partial(_TeeFactory, guard)  # type: ignore[assignment]  # only ever called

    def _removeConnection(self, key: Any, connection: TeeProtocol) -> None:
        super()._removeConnection(key, connection)  # type: ignore[no-untyped-call]
        connection.abort_later()


class _TeeFactory(Factory):
    noisy = False

    def __init__(self, guard: AddressGuard, when_quiescent: Any, _: str) -> None:
        self._guard, self._when_quiescent = guard, when_quiescent

    def buildProtocol(self, addr: Any) -> TeeProtocol:
        self._guard.check(addr.host)  # the peer that was really reached
        return TeeProtocol(self._when_quiescent)  # type: ignore[no-untyped-call]


class _PinnedAgent(Agent):
    """Connects to the target; the host of the URL goes into the request and into TLS."""

    def __init__(self, pool: _Connections, target: Target, trust: Trust) -> None:
        super().__init__(pool._reactor, pool=pool)  # type: ignore[no-untyped-call]
        self._target, self._trust = target, trust

    def _getEndpoint(self, uri: URI) -> Any:
        kind: Any = TCP6ClientEndpoint if ":" in self._target.address else TCP4ClientEndpoint
        endpoint = kind(self._reactor, self._target.address, self._target.port, CONNECT_TIMEOUT_S)
        if uri.scheme != b"https":
            return endpoint
        return wrapClientTLS(self._trust.connections_to(uri.host.decode("ascii")), endpoint)

    def _requestWithEndpoint(self, key: Any, *rest: Any) -> Any:
        return super()._requestWithEndpoint((*key, self._target), *rest)  # a moved host gets a new connection
