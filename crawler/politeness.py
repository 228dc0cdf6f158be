"""How a site is treated: its pause, its back-off, and the breaker that leaves it alone for a while.

In: how each request ended. Out: the pause before the next one, and until when the site rests.
Times are seconds since the epoch, of a clock that cannot be set back. Who speaks next to a host or an address that
several sites share is decided by turns.py.
"""

import email.utils
import time
from dataclasses import dataclass

MAX_RETRY_AFTER_S = 3600.0
ASKED_FOR_A_PAUSE = "the site asked for a pause (Retry-After)"
MAX_BACK_OFF = 16.0  # a pause of 1 s becomes one of 16 s at most; longer ones are the breaker's
NUM_CALM = 20  # answers after which the back-off is halved
LATENCY_WEIGHT = 0.2  # of the newest answer in the running mean

_EPOCH = time.time() - time.monotonic()


def now() -> float:
    """The time of this process: wall-clock time as it was at its start, advanced by a clock that is never set."""
    return _EPOCH + time.monotonic()


@dataclass(frozen=True, kw_only=True)
class Politeness:
    """How a crawl treats a site.

    Attributes:
        delay_s: pause between the end of one request and the start of the next.
        max_delay_s: the longest pause that back-off and latency lead to.
        latency_factor: the pause is at least so many times the time that the site takes to answer.
        retry_after_s: wait before the second, third ... try of a URL that failed.
        robots_retry_s: the same for a robots.txt; the whole site sleeps meanwhile (RFC 9309 section 2.3.1.4).
        max_failures: failures in a row that open the breaker.
        breaker_s: how long it stays open the first time, the second time ...; then the site is left alone until the
            crawl is typed again.
    """

    delay_s: float
    max_delay_s: float = 60.0
    latency_factor: float = 2.0
    retry_after_s: tuple[float, ...]
    robots_retry_s: tuple[float, ...]
    max_failures: int = 5
    breaker_s: tuple[float, ...]


# One request a second: gentler than the national archive's 0.3 to 1 s; hits a small vendor's server lightly.
# The waits double as those of peers do; a site that is down for four hours is tried again by the next start.
POLITE = Politeness(
    delay_s=1.0, retry_after_s=(60.0, 600.0, 3600.0), robots_retry_s=(60.0, 600.0, 3600.0, 3600.0),
    breaker_s=(900.0, 1800.0, 3600.0, 7200.0),
)  # fmt: skip
# A test web on this machine's own loopback harms nobody.
LOOPBACK = Politeness(
    delay_s=0.0, latency_factor=0.0, retry_after_s=(0.1, 0.2), robots_retry_s=(0.1, 0.2), breaker_s=(0.3,)
)


class Manners:
    """The state of one site's politeness; the site's crawl keeps `back_off` and a pause asked for over a new start."""

    def __init__(self, politeness: Politeness, *, asked_delay_s: float | None = None) -> None:
        self._politeness = politeness
        self._asked_delay_s = asked_delay_s
        self._latency_s = 0.0
        self._num_calm = 0
        self.back_off = 1.0
        self.num_failures = 0
        self.num_breaks = 0
        self.rests_until = 0.0
        self.rests_for: str | None = None

    def delay_s(self, crawl_delay_s: float) -> float:
        """Seconds from the end of a request to the start of the next; robots.txt may only lengthen them."""
        own = self._politeness.delay_s if self._asked_delay_s is None else self._asked_delay_s
        wanted = max(own * self.back_off, self._politeness.latency_factor * self._latency_s)
        return max(own, crawl_delay_s, min(wanted, self._politeness.max_delay_s))

    def answered(self, seconds: float) -> None:
        """The site answered as a healthy site does."""
        self.num_failures = self.num_breaks = 0
        self._latency_s += LATENCY_WEIGHT * (seconds - self._latency_s)
        self._num_calm += 1
        if self._num_calm >= NUM_CALM:
            self._num_calm = 0
            self.back_off = max(self.back_off / 2, 1.0)

    def pushed_back(self, asked_s: float) -> None:
        """429, or its server fails: the pause doubles, and the whole site rests as long as it asks."""
        self._num_calm = 0
        self.back_off = min(self.back_off * 2, MAX_BACK_OFF)
        if asked_s > 0:
            self.rest(now() + asked_s, ASKED_FOR_A_PAUSE)

    def failed(self, error: str) -> str | None:
        """One more failure in a row; gives the reason once the site is to be left alone for good."""
        self.num_failures += 1
        if self.num_failures < self._politeness.max_failures:
            return None
        reason = f"{self.num_failures} failures in a row, the last: {error}"
        if self.num_breaks >= len(self._politeness.breaker_s):
            return reason
        self.rest(now() + self._politeness.breaker_s[self.num_breaks], f"breaker: {reason}")
        self.num_breaks += 1
        self.num_failures = self._politeness.max_failures - 1  # one trial; if that fails too the next break begins
        return None

    def rest(self, until: float, reason: str) -> None:
        if until > self.rests_until:
            self.rests_until, self.rests_for = until, reason

    def forgive(self) -> None:
        """It was the operator's own network that failed, not the site."""
        self.num_failures = self.num_breaks = 0
        self.rests_until, self.rests_for = 0.0, None


def retry_after_s(header: str | None, at: float) -> float:
    """Seconds that a Retry-After header asks for, in either form (RFC 9110 section 10.2.3); 0 without one."""
    if not header:
        return 0.0
    if header.isascii() and header.strip().isdigit():  # without isascii "²" is a digit too
        return min(float(header), MAX_RETRY_AFTER_S)
    try:
        asked = email.utils.parsedate_to_datetime(header).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(asked - at, 0.0), MAX_RETRY_AFTER_S)
