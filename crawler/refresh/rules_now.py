"""Whether the rules of today let a page be kept that was archived under others: robots.txt, tdmrep.json, the register.

In: the frontier of a crawl that has ended, and the register's site. Out: why a URL is closed, or None. What pages and
their headers reserve is read when they answer; this is for those that did not, and for those that were fetched before
their host's rules changed.
"""

import sqlite3
from urllib.parse import urlsplit

from crawler.pages.urls import origin_of
from crawler.register import Network, Site
from crawler.rules.reservations import robots_reservation, tdmrep_reservation
from crawler.rules.robots import Robots, RobotsVerdict
from crawler.scope import reason_not_taken


class RulesNow:
    """The rules of one site's hosts as they were last read; `db` None: only the register's."""

    def __init__(self, site: Site, network: Network, db: sqlite3.Connection | None) -> None:
        self._site, self._network = site, network
        rows = db.execute("select origin, verdict, text from robots").fetchall() if db else []
        self._robots = {origin: Robots(RobotsVerdict(verdict), text or "") for origin, verdict, text in rows}
        self._tdmrep = dict(db.execute("select origin, content from tdmrep").fetchall()) if db else {}

    @property
    def were_read(self) -> bool:
        """Whether any robots.txt could be had."""
        return any(each.verdict is not RobotsVerdict.UNREACHABLE for each in self._robots.values())

    def closes(self, url: str) -> str | None:
        """Why a URL may not be kept, as in `reason` of its outcome."""
        if reason := reason_not_taken(url, self._site, self._network):
            return str(reason)
        origin, parts = origin_of(url), urlsplit(url)
        robots = self._robots.get(origin)
        if robots is not None and robots.verdict is not RobotsVerdict.UNREACHABLE:
            if not robots.allows(url):
                return "robots.txt"
            if found := robots_reservation(robots, url):
                return f"{found.kind}: {found.source}"
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        content = self._tdmrep.get(origin)
        found = tdmrep_reservation(content, path) if content else None
        return f"{found.kind}: {found.source}" if found else None
