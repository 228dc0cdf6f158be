"""Politeness, computed from the server's log.

In: log entries. Out: pauses and parallel requests per host and per address, and the requests that broke a rule.
Judges nothing: which pause is long enough is for the caller to say.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus

from demo.kommuneby import PageKind, Web
from demo.plan import CLOSED
from demo.request_log import LogEntry

LONGEST_WAIT_S = 3600.0  # nobody is held to a Retry-After of 30 years


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How one host or one address was treated.

    Attributes:
        shortest_pause_s: from the end of an answer to the next request; negative where they overlapped, None where
            there was one request.
        most_in_parallel: requests that were being answered at one time.
    """

    num_requests: int
    shortest_pause_s: float | None
    most_in_parallel: int


def by_host(log: Iterable[LogEntry]) -> dict[str, Manners]:
    return _grouped(log, lambda entry: entry.host)


def by_address(log: Iterable[LogEntry]) -> dict[str, Manners]:
    return _grouped(log, lambda entry: entry.address)


def closed_requests(log: Iterable[LogEntry], web: Web) -> list[LogEntry]:
    """Requests for what robots.txt closes, or what only links that must not be followed lead to."""

    def is_closed(entry: LogEntry) -> bool:
        if entry.host not in web.cases and entry.target.startswith(CLOSED):
            return True
        return web.classify(entry.url) is PageKind.ROBOTS_EXCLUDED

    return [entry for entry in log if is_closed(entry)]


def hasty_requests(log: Iterable[LogEntry]) -> list[LogEntry]:
    """Requests to a host that had asked for a pause (429 or 503 with Retry-After) which was not over."""
    until: dict[str, float] = {}
    hasty = []
    for entry in sorted(log, key=lambda entry: entry.time):
        if entry.time < until.get(entry.host, entry.time):
            hasty.append(entry)
        if entry.retry_after_s is not None and entry.status in (
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ):
            asked_until = entry.ended + min(entry.retry_after_s, LONGEST_WAIT_S)
            until[entry.host] = max(asked_until, until.get(entry.host, asked_until))
    return hasty


def nameless_requests(log: Iterable[LogEntry]) -> list[LogEntry]:
    """Requests that do not say who asks."""
    return [entry for entry in log if not entry.user_agent]


def _grouped(log: Iterable[LogEntry], key: Callable[[LogEntry], str]) -> dict[str, Manners]:
    groups: dict[str, list[LogEntry]] = {}
    for entry in log:
        groups.setdefault(key(entry), []).append(entry)
    return {name: _manners(entries) for name, entries in groups.items()}


def _manners(entries: list[LogEntry]) -> Manners:
    ordered = sorted(entries, key=lambda entry: entry.time)
    pauses = []
    busy_until = ordered[0].ended
    for entry in ordered[1:]:
        pauses.append(entry.time - busy_until)
        busy_until = max(busy_until, entry.ended)
    return Manners(
        num_requests=len(ordered), shortest_pause_s=min(pauses, default=None), most_in_parallel=_most(ordered)
    )


def _most(entries: list[LogEntry]) -> int:
    """The largest number at one time; an answer that ends as another begins does not overlap it."""
    steps = sorted([(entry.time, 1) for entry in entries] + [(entry.ended, -1) for entry in entries])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return max(most, 1)
