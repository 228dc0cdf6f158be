"""How the crawl of a site ended, or stands.

In: the site's frontier as a connection to its file. Out: a TerminalState and the reason for it. Writes nothing.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping

from crawler.frontier import WAITING, counted
from crawler.register import Site
from crawler.snapshot import TerminalState
from crawler.telling.reading import facts_of

Outcome = tuple[TerminalState, str | None]
BUDGET_USED_UP = "the budget of"  # so begins the reason for which a site was stopped then


def terminal_state(db: sqlite3.Connection, site: Site) -> Outcome:
    """How a site stands, and why."""
    return outcome_of(db, site, facts_of(db), counted(db))


def outcome_of(db: sqlite3.Connection, site: Site, facts: Mapping[str, str], counts: Counter[str]) -> Outcome:
    """The same for one who has read the facts and counted the rows already."""
    stopped = facts.get("stopped")
    if not _is_there(db, "request where status is not null") and (stopped or not counts[WAITING]):
        last = db.execute("select error from request where error is not null order by id desc limit 1").fetchone()
        return TerminalState.DEAD, (last[0] if last else stopped)
    # a wall in front of some pages is told by the URLs that failed; this one is in front of the site
    if "blocked" in facts and (stopped if counts[WAITING] else not counts["pages"]):
        return TerminalState.BLOCKED, facts["blocked"]
    if not counts["pages"] and _is_there(db, "robots where verdict = 'unreachable'"):
        return TerminalState.ROBOTS_CLOSED, stopped or "robots.txt cannot be reached"
    if counts[WAITING]:
        if stopped:
            return TerminalState.PARTIAL, stopped
        return TerminalState.UNFINISHED, f"{counts[WAITING]} URLs wait; type the crawl again"
    if counts["pages"]:
        return TerminalState.COMPLETE, None
    if _is_there(db, "url where kind = 'page' and status in (401, 403)"):
        return TerminalState.BLOCKED, "it refuses its pages (status 401 or 403)"
    failed = db.execute("select reason from url where kind = 'page' and state = 'failed' limit 1").fetchone()
    if failed:
        return TerminalState.PARTIAL, f"its pages failed: {failed[0]}"
    if _is_there(db, "url where reason = 'robots.txt'"):
        return TerminalState.ROBOTS_CLOSED, "robots.txt allows no page of it"
    if site.prefixes and not site.has_known_prefix:
        return TerminalState.EMPTY, "none of the area's prefixes in the register leads to a page any more"
    return TerminalState.EMPTY, "it answered, but with no page of its own"


def _is_there(db: sqlite3.Connection, rows: str) -> bool:
    return bool(db.execute(f"select exists (select 1 from {rows})").fetchone()[0])  # rows is written above
