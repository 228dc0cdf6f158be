"""When a host may be asked again.

In: the end of each request. Out: the time from which the next one may start. One request at a time on a host.
Times are seconds since the epoch. Pacing by address, back-off on latency and breakers per address are not here yet.
"""

import email.utils
from dataclasses import dataclass

MAX_RETRY_AFTER_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class Politeness:
    """How a crawl treats a host.

    Attributes:
        delay_s: pause between the end of one request and the start of the next.
        retry_after_s: wait before the second, third ... try of a URL that failed.
        max_failures: failures in a row after which a site is left alone until the crawl is typed again.
    """

    delay_s: float
    retry_after_s: tuple[float, ...]
    max_failures: int = 5


# One request a second: gentler than the national archive's 0.3 to 1 s; hits a small vendor's server lightly.
POLITE = Politeness(delay_s=1.0, retry_after_s=(60.0, 600.0))
# A test web on this machine's own loopback harms nobody.
LOOPBACK = Politeness(delay_s=0.0, retry_after_s=(0.1, 0.2))


class Pace:
    """The state of one host: whether a request is in flight, and when the next may start."""

    def __init__(self, delay_s: float) -> None:
        self.delay_s = delay_s
        self.ended_at: float | None = None
        self._next_at = 0.0
        self._in_flight = False

    def is_free(self, now: float) -> bool:
        return not self._in_flight and now >= self._next_at

    @property
    def next_at(self) -> float | None:
        """When the host is free again; None while a request is in flight."""
        return None if self._in_flight else self._next_at

    def start(self) -> None:
        self._in_flight = True

    def end(self, now: float) -> None:
        self._in_flight = False
        self.ended_at = now
        self._next_at = now + self.delay_s


def retry_after_s(header: str | None, now: float) -> float:
    """Seconds that a Retry-After header asks for, in either form (RFC 9110 section 10.2.3); 0 without one."""
    if not header:
        return 0.0
    if header.isascii() and header.strip().isdigit():  # without isascii "²" is a digit too
        return min(float(header), MAX_RETRY_AFTER_S)
    try:
        asked = email.utils.parsedate_to_datetime(header).timestamp()
    except ValueError:
        return 0.0
    return min(max(asked - now, 0.0), MAX_RETRY_AFTER_S)
