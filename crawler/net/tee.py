"""Twisted's HTTP/1.1 client with the bytes kept and the limits held.

In: requests of Twisted's agent. Out: responses with the `Transcript` of the wire beside them, and their bodies; where
a limit is broken or the answer is not whole, a failure. Leans on internals of Twisted and Scrapy 2.19, which
tests/crawler/test_wire.py and test_fetch.py hold still. Decides nothing about where a connection goes.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTPClientParser
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.web._newclient import HTTP11ClientProtocol, ParseError
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss

from crawler.net.failures import FetchError, was_never_answered
from crawler.net.transcript import MAX_HEAD_BYTES, Transcript

GOODBYE_S = 5.0  # a host that never answers a TLS farewell would hold the connection for ever
_STATUS_LINE = re.compile(rb"HTTP/1\.\d [1-9]\d\d(?: .*)?", re.DOTALL)


class StaleConnectionError(FetchError):
    """The host closed a kept connection just when it was used again; on a new one the request may well be answered."""


class _AnswerParser(_LenientHTTPClientParser):
    """Refuses what is not HTTP/1: an answer of HTTP/0.9 has no head that tells where it ends."""

    MAX_LENGTH = MAX_HEAD_BYTES  # of a line; some security policies pass Twisted's 16 kB

    def statusReceived(self, status: bytes) -> None:
        if not _STATUS_LINE.fullmatch(status):
            raise ParseError("no status line of HTTP/1", status)  # type: ignore[no-untyped-call]
        super().statusReceived(status)  # type: ignore[no-untyped-call]


class TeeProtocol(HTTP11ClientProtocol):
    """A connection; one request at a time. After any trouble it is closed at once and never used again."""

    _transcript: Transcript
    _num_requests = 0

    @property
    def _transport(self) -> Any:  # Twisted's interfaces do not name what a TCP or TLS transport can do
        return self.transport

    def request(self, request: Any) -> Deferred[Any]:
        self._num_requests += 1
        sent = _Collector()
        request._writeHeaders(sent, None)
        self._transcript = transcript = Transcript(bytes(sent.content), self._transport.getPeer().host)
        answer = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = _AnswerParser  # Twisted writes its own in; it has no further state

        def with_transcript(response: Any) -> Any:
            response.transcript, response.connection = transcript, self
            return response

        return answer.addCallbacks(with_transcript, self._reason)

    def dataReceived(self, data: bytes) -> None:
        if self._parser is None:  # bytes that nobody asked for: the next answer could not be told from them
            self.abort_now()
            return
        readable = self._transcript.add(data)
        if self._transcript.complaint:
            self.abort_now()
            return
        super().dataReceived(readable)  # type: ignore[no-untyped-call]
        if self._transcript.is_full and self._parser is not None:
            self._transcript.truncated = "length"
            self.abort_now()

    def connectionLost(self, reason: Any = None) -> None:
        if self._num_requests:
            self._transcript.ended_cleanly = reason.check(ConnectionDone) is not None
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def abort_now(self) -> None:
        if self._state != "CONNECTION_LOST":
            self._transport.abortConnection()

    def abort_later(self) -> None:
        """Behind a polite goodbye."""
        asyncio.get_running_loop().call_later(GOODBYE_S, self.abort_now)

    def _finishResponse(self, rest: bytes) -> None:
        if rest:
            self._transcript.drop(len(rest))
            if self._currentRequest is not None:
                self._currentRequest.persistent = False  # closes the connection
        super()._finishResponse(rest)

    def _giveUp(self, reason: Any) -> None:
        super()._giveUp(reason)  # type: ignore[no-untyped-call]
        if reason.check(ConnectionDone):
            self.abort_later()
        else:
            self.abort_now()

    def _reason(self, failure: Any) -> Any:
        if self._transcript.complaint:
            raise FetchError(self._transcript.complaint)
        if self._num_requests > 1 and was_never_answered(failure.value):
            raise StaleConnectionError("the host closed the connection without an answer") from failure.value
        return failure


def read_body(response: Any) -> Deferred[bytes]:
    """The body of a response of TeeProtocol, transfer coding removed; fails where it is not whole."""
    finished: Deferred[bytes] = Deferred(lambda _: response.connection.abort_now())
    response.deliverBody(_BodyReader(response.transcript, finished))
    return finished


class _BodyReader(Protocol):
    def __init__(self, transcript: Transcript, finished: Deferred[bytes]) -> None:
        self._transcript, self._finished = transcript, finished
        self._parts: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        self._parts.append(data)

    def connectionLost(self, reason: Any = None) -> None:
        if self._finished.called:  # given up meanwhile
            return
        # without a length the end of the connection is the end of the body, if it is not a reset
        ends_with_connection = reason.check(PotentialDataLoss) and self._transcript.ended_cleanly
        if self._transcript.truncated or reason.check(ResponseDone) or ends_with_connection:
            self._finished.callback(b"".join(self._parts))
        elif self._transcript.complaint:
            self._finished.errback(FetchError(self._transcript.complaint))
        else:
            self._finished.errback(reason)


class _Collector:
    """Takes what Twisted would write to the socket for the head of a request."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writeSequence(self, parts: Sequence[bytes]) -> None:
        self.content += b"".join(parts)
