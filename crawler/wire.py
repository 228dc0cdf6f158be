"""The socket: what was sent and received, kept as bytes, and only to addresses that may be visited.

In: Scrapy requests. Out: Scrapy responses, with the `Exchange` of the wire in `request.meta["exchange"]`.
Leans on internals of Scrapy 2.19's and Twisted's HTTP/1.1 client, which tests/crawler/test_wire.py holds still.
Refuses addresses that are not public before a byte is sent, and heads without end; a least speed is not watched yet.
"""

import datetime
import ipaddress
from collections.abc import Sequence
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers import http11
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError
from twisted.web.client import URI

from crawler.archive import Exchange, behind_head, has_head
from crawler.register import Network

HEADER_LIMIT_BYTES = 256 * 1024  # endless headers grow a default Scrapy to 1.3 GB in 8 s
EXCHANGE = "exchange"
INTERIM = b"HTTP/1.1 1"  # how an answer with a status of 100 to 199 begins


class ForbiddenAddressError(ConnectError):
    """The host resolves to an address that is not public and that the register does not allow."""


class AddressGuard:
    """Which addresses may be connected to; asked with the address really used, so DNS games gain nothing."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = [ipaddress.ip_network(network) for network in allowed]

    def check(self, written: str) -> None:
        """Raises ForbiddenAddressError."""
        address: Any = ipaddress.ip_address(written)
        mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
        address = mapped or address
        if any(address.version == network.version and address in network for network in self._allowed):
            return
        if not address.is_global or address.is_multicast:
            raise ForbiddenAddressError(string=f"the address {address} is not public")  # type: ignore[no-untyped-call]


class _TeeProtocol(http11._LenientHTTP11ClientProtocol):
    """Keeps the bytes of the exchange in progress; one request at a time on a connection."""

    @property
    def _transport(self) -> Any:  # Twisted's interfaces do not name what a TCP or TLS transport can do
        return self.transport

    def request(self, request: Any) -> Deferred[Any]:
        self._received = bytearray()
        self._head_done = False
        sent = _Collector()
        request._writeHeaders(sent, b"")
        started_at = datetime.datetime.now(datetime.UTC)
        address = self._transport.getPeer().host

        def attach(response: Any) -> Any:
            response.tvaerkom_wire = (bytes(sent.content), self._received, address, started_at)
            return response

        return super().request(request).addCallback(attach)

    def dataReceived(self, data: bytes) -> None:
        received = getattr(self, "_received", None)
        if received is not None:
            received += data
            if not self._head_done:
                self._head_done = has_head(_final_answer(bytes(received)))
                if not self._head_done and len(received) > HEADER_LIMIT_BYTES:
                    received.clear()
                    self._transport.abortConnection()
                    return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class _Collector:
    """Takes what Twisted would write to the socket for the head of a request."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writeSequence(self, parts: Sequence[bytes]) -> None:
        self.content += b"".join(parts)


class _TeeFactory(http11._LenientHTTP11ClientFactory):
    guard: AddressGuard

    def buildProtocol(self, addr: Any) -> _TeeProtocol:
        self.guard.check(addr.host)
        return _TeeProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _ResolvingAgent(http11._BindAddressAgent):
    """Connects to the register's address for a host, keeping the host in the request and in TLS."""

    network: Network

    def _getEndpoint(self, uri: URI) -> Any:
        target = self.network.resolve.get(uri.host.decode("ascii"))
        if target is None:
            return super()._getEndpoint(uri)  # type: ignore[no-untyped-call]
        address, _, port = target.rpartition(":")
        endpoint: Any = TCP4ClientEndpoint(
            self._reactor, address.strip("[]"), int(port), self._endpointFactory._connectTimeout
        )
        if uri.scheme != b"https":
            return endpoint
        return wrapClientTLS(self._endpointFactory._policyForHTTPS.creatorForNetloc(uri.host, uri.port), endpoint)


class _TeeAgent(http11._ScrapyAgent):
    def __init__(self, *, network: Network, request: Request, **options: Any) -> None:
        super().__init__(**options)
        self._network, self._request = network, request

    def _get_agent(self, request: Request, timeout: float) -> _ResolvingAgent:  # noqa: ARG002  # Scrapy's interface
        from twisted.internet import reactor

        agent = _ResolvingAgent(
            reactor=reactor, contextFactory=self._contextFactory, connectTimeout=timeout, pool=self._pool
        )
        agent.network = self._network
        return agent

    def _cb_bodydone(self, result: Any, url: str) -> Response:
        sent, received, address, started_at = result["txresponse"].tvaerkom_wire
        response = super()._cb_bodydone(result, url)
        self._request.meta[EXCHANGE] = Exchange(
            url=url, method=self._request.method, request=sent, response=_final_answer(bytes(received)),
            address=address, started_at=started_at, is_cut="partial" in response.flags,
        )  # fmt: skip
        return response


class TeeDownloadHandler(http11.HTTP11DownloadHandler):
    """Scrapy's HTTP/1.1 handler with the bytes kept and the peer's address checked."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._network: Network = crawler.settings["TVAERKOM_NETWORK"]
        factory: Any = type("GuardedFactory", (_TeeFactory,), {"guard": AddressGuard(self._network.allow_addresses)})
        self._pool._factory = factory

    async def download_request(self, request: Request) -> Response:
        agent = _TeeAgent(
            network=self._network, request=request, contextFactory=self._contextFactory, pool=self._pool,
            maxsize=self._default_maxsize, warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss, crawler=self._crawler,
        )  # fmt: skip
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))


def _final_answer(received: bytes) -> bytes:
    """Without interim 1xx answers, which stand before the answer on the wire."""
    while received.startswith(INTERIM):
        received = behind_head(received)
    return received
