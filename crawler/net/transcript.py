"""What was sent and what came back for one request, byte for byte, and the limits on it.

In: the bytes of the socket, in whatever parts they come. Out: an `Exchange` for the archive: the whole answer, or its
beginning up to the limit of size. Knows no Twisted; tee.py feeds it, and closes the connection where there is a
complaint.
"""

import datetime
import re
import time
from collections.abc import Callable

from crawler.warc.archive import Exchange

MAX_HEAD_BYTES = 256 * 1024  # with interim answers; endless headers grow a default Scrapy to 1.3 GB in 8 s
MAX_HEAD_LINES = 1_000  # Twisted's own server takes 500
MAX_BODY_BYTES = 10_000_000  # the largest municipal page seen is 4 MB of inline images
MIN_BYTES_PER_S = 1_000  # on average from the first byte on, asked after 10 s: a modem was faster
SPEED_AFTER_S = 10.0
_HEAD_END = re.compile(rb"\n\r?\n")  # a bare newline counts (RFC 9112 section 2.2)
_INTERIM = re.compile(rb"HTTP/\d\.\d 1\d\d[ \r\n]")


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
