"""The bytes of one exchange as they are on the wire, and the limits on them.

In: what Twisted's HTTP/1.1 client writes and receives. Out: a `Transcript` beside each response: the whole answer, or
its beginning up to the limit of size. Leans on internals of Twisted and Scrapy 2.19, which
tests/crawler/test_wire.py holds still. Decides nothing about where a connection goes.
"""

import asyncio
import datetime
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTPClientParser
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.web._newclient import HTTP11ClientProtocol, ParseError
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss

from crawler.archive import Exchange
from crawler.failures import FetchError, was_never_answered

MAX_HEAD_BYTES = 256 * 1024  # with interim answers; endless headers grow a default Scrapy to 1.3 GB in 8 s
MAX_HEAD_LINES = 1_000  # Twisted's own server takes 500
MAX_BODY_BYTES = 10_000_000  # the largest municipal page seen is 4 MB of inline images
MIN_BYTES_PER_S = 1_000  # on average from the first byte on, asked after 10 s: a modem was faster
SPEED_AFTER_S = 10.0
GOODBYE_S = 5.0  # a host that never answers a TLS farewell would hold the connection for ever
_HEAD_END = re.compile(rb"\n\r?\n")  # a bare newline counts (RFC 9112 section 2.2)
_INTERIM = re.compile(rb"HTTP/\d\.\d 1\d\d[ \r\n]")
_STATUS_LINE = re.compile(rb"HTTP/1\.\d [1-9]\d\d(?: .*)?", re.DOTALL)


class StaleConnectionError(FetchError):
    """The host closed a kept connection just when it was used again; on a new one the request may well be answered."""


class Transcript:
    """What was sent and what came back for one request."""

    def __init__(self, sent: bytes, address: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.sent, self.address = sent, address
        self.started_at = datetime.datetime.now(datetime.UTC)
        self.complaint: str | None = None  # the limit that was broken
        self.truncated: str | None = None  # as WARC-Truncated writes it
        self.is_full = False
        self.ended_cleanly = False
        self._clock = clock
        self._began_at: float | None = None
        self._bytes = bytearray()
        self._head_at, self._body_at = 0, -1  # the body has not begun
        self._searched_to, self._num_lines = 0, 0

    def add(self, data: bytes) -> bytes:
        """Keep what came; gives what of it may be read on: all, or the part up to the limit, or nothing."""
        now = self._clock()
        self._began_at = now if self._began_at is None else self._began_at
        duration_s = now - self._began_at
        if duration_s > SPEED_AFTER_S and len(self._bytes) < duration_s * MIN_BYTES_PER_S:
            self.complaint = f"the answer is slower than {MIN_BYTES_PER_S} bytes a second"
            return b""
        self._bytes += data
        if self._body_at < 0:
            self._look_for_body()
        if self.complaint or self._body_at < 0:
            return b"" if self.complaint else data
        excess = len(self._bytes) - self._body_at - MAX_BODY_BYTES
        if excess <= 0:
            return data
        self.is_full = True
        self.drop(excess)
        return data[:-excess]

    def drop(self, num_bytes: int) -> None:
        """Forget the last bytes: they do not belong to the answer."""
        del self._bytes[len(self._bytes) - num_bytes :]

    def exchange(self, url: str, method: str) -> Exchange:
        """The answer without the interim answers (RFC 9110 section 15.2) that stood before it."""
        with memoryview(self._bytes) as received:
            answer = bytes(received[self._head_at :])
        return Exchange(
            url=url, method=method, request=self.sent, response=answer,
            address=self.address, started_at=self.started_at, truncated=self.truncated,
        )  # fmt: skip

    def _look_for_body(self) -> None:
        """Each byte is looked at once, however small the parts are in which a head comes."""
        end = len(self._bytes)
        while found := _HEAD_END.search(self._bytes, max(self._searched_to - 2, self._head_at)):
            self._count_lines(found.end())
            if not _INTERIM.match(self._bytes, self._head_at):
                self._body_at = end = found.end()
                break
            self._head_at = found.end()
        else:
            self._count_lines(end)
        if end > MAX_HEAD_BYTES:
            self.complaint = f"the head of the answer is longer than {MAX_HEAD_BYTES} bytes"
        elif self._num_lines > MAX_HEAD_LINES:
            self.complaint = f"the head of the answer has more than {MAX_HEAD_LINES} lines"

    def _count_lines(self, end: int) -> None:
        self._num_lines += self._bytes.count(b"\n", self._searched_to, end)
        self._searched_to = end


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
