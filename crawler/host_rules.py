"""What each host of a site says of itself: robots.txt and tdmrep.json, one of each for scheme and host.

In: answers for the two files, as they come. Out: what may be fetched, how often, and what is reserved; and whether a
file has to be fetched first. Kept in the site's frontier, a day at most (RFC 9309 section 2.4).
"""

import datetime
import enum
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler import frontier as states
from crawler.frontier import ROBOTS, TDMREP, Found, Frontier, Lease
from crawler.pages.urls import origin_of
from crawler.politeness import now
from crawler.rules.reservations import Signals, robots_reservation, tdmrep_reservation
from crawler.rules.robots import MAX_ROBOTS_AGE_S, Robots, RobotsVerdict

PATHS = {ROBOTS: "/robots.txt", TDMREP: "/.well-known/tdmrep.json"}
_FIRST = {kind: Found(kind=kind, priority=states.PRIORITY_ROBOTS) for kind in PATHS}


class Wanted(enum.StrEnum):
    """What a host's rules say to a URL."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    FIRST = "first"  # the rules themselves are to be fetched first


@dataclass(frozen=True)
class _Known:
    robots: Robots
    tdmrep: bytes
    fetched_at: float


class HostRules:
    """The rules of one site's hosts."""

    def __init__(self, frontier: Frontier) -> None:
        self._frontier = frontier
        self._known: dict[str, _Known] = {}
        for (origin,) in frontier.db.execute("select origin from robots order by origin").fetchall():
            self._forget_old(origin, is_new_start=True)

    def verdict(self, lease: Lease) -> Wanted:
        """What the robots.txt of a URL's origin says to it; called before each fetch."""
        known = self._of(origin_of(lease.url))
        if known is None:
            return Wanted.FIRST
        if known.robots.verdict is RobotsVerdict.UNREACHABLE:
            return Wanted.UNREACHABLE
        return Wanted.ALLOWED if known.robots.allows(lease.url) else Wanted.FORBIDDEN

    def put_first(self, lease: Lease) -> float | None:
        """Have the robots.txt of a URL's origin fetched; gives when, where it waits for a retry."""
        url = origin_of(lease.url) + PATHS[ROBOTS]
        self._frontier.add([url], _FIRST[ROBOTS])
        due = self._frontier.due(ROBOTS, url)
        if due is None:  # it was asked for, but what it said is not there any more
            self._frontier.ask_again(ROBOTS, url)
        return due

    def learn_robots(self, lease: Lease, robots: Robots) -> None:
        """Keep what robots.txt says; the reservations are asked for next."""
        origin = origin_spoken_for(lease)
        before = self._frontier.robots(origin)
        at = datetime.datetime.fromtimestamp(now(), datetime.UTC).isoformat()
        self._frontier.set_robots(origin, verdict=robots.verdict, text=robots.text, fetched_at=at)
        self._known[origin] = _Known(robots, self._tdmrep(origin), now())  # yesterday's holds until today's is there
        if before is None or before[1] != robots.text:
            self._frontier.take_up("robots.txt")  # what the rules forbade may be allowed now
        self._frontier.add([origin + PATHS[TDMREP]], _FIRST[TDMREP])

    def learn_tdmrep(self, lease: Lease, content: bytes) -> None:
        origin = origin_spoken_for(lease)
        self._frontier.db.execute("insert or replace into tdmrep values (?, ?)", (origin, content))
        if known := self._of(origin):
            self._known[origin] = _Known(known.robots, content, known.fetched_at)

    def crawl_delay_s(self, url: str) -> float:
        known = self._known.get(origin_of(url))
        return known.robots.crawl_delay_s if known else 0.0

    def signals(self, url: str) -> tuple[Signals, ...]:
        """What tdmrep.json and the Content-Usage lines of robots.txt reserve of a page.

        By the rules under which it was fetched: that they turn a day old meanwhile lets nothing in.
        """
        origin = origin_of(url)
        known = self._known.get(origin) or self._of(origin)
        if known is None:
            return ()
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        reserved = tdmrep_reservation(known.tdmrep, path) if known.tdmrep else None
        usage = robots_reservation(known.robots, url)
        return Signals(reservation=reserved, follows_links=True), Signals(reservation=usage, follows_links=True)

    def shut_out_ai_agents(self, origin: str) -> tuple[str, ...]:
        known = self._of(origin)
        return known.robots.shut_out_ai_agents if known else ()

    def _of(self, origin: str) -> _Known | None:
        known = self._known.get(origin)
        if known is None or now() - known.fetched_at > MAX_ROBOTS_AGE_S:
            self._known.pop(origin, None)
            self._forget_old(origin, is_new_start=False)
            row = self._frontier.robots(origin)
            if row is None:
                return None
            known = _Known(Robots(RobotsVerdict(row[0]), row[1]), self._tdmrep(origin), _seconds(row[2]))
            self._known[origin] = known
        return known

    def _tdmrep(self, origin: str) -> bytes:
        row = self._frontier.db.execute("select content from tdmrep where origin = ?", (origin,)).fetchone()
        return row[0] if row else b""

    def _forget_old(self, origin: str, *, is_new_start: bool) -> None:
        """Rules older than a day are asked for again; at a new start also those that could not be had."""
        row = self._frontier.robots(origin)
        if row is None:
            return
        is_old = not 0 <= now() - _seconds(row[2]) <= MAX_ROBOTS_AGE_S  # a clock set back makes them old too
        if is_old or (is_new_start and row[0] == RobotsVerdict.UNREACHABLE):
            self._frontier.db.execute("delete from robots where origin = ?", (origin,))
            keys = [f"{kind} {origin}{path}" for kind, path in PATHS.items()]
            self._frontier.drop_rows(keys)


def origin_spoken_for(lease: Lease) -> str:
    """The origin that a file speaks for, however it was redirected."""
    return origin_of(lease.key.partition(" ")[2])


def _seconds(written: str) -> float:
    return datetime.datetime.fromisoformat(written).timestamp()
