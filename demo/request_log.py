"""The server's log: one entry per request, from which politeness is computed (`demo.manners`).

Holds no bodies. Times are monotonic, in seconds, of the server's clock.
"""

from dataclasses import dataclass


@dataclass(kw_only=True, eq=False)  # not frozen: an entry is there as soon as it is answered, and ends later
class LogEntry:
    """One request as it was answered. A request that could not be read has the method "" and the target "".

    Attributes:
        time: when the request had been read.
        ended: when the answer had been sent or the client had left; until then the same as `time`.
        is_open: the answer is still being sent.
        retry_after_s: the pause that the answer asked for.
    """

    time: float
    host: str
    address: str
    method: str
    target: str
    user_agent: str
    accept_language: str
    status: int
    scheme: str = "http"
    ended: float = 0.0
    is_open: bool = False
    retry_after_s: float | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.target}"


@dataclass(frozen=True, kw_only=True)
class CanaryHit:
    """A connection to an address that must never be reached, and the first line that came over it."""

    time: float
    address: str
    first_line: str
