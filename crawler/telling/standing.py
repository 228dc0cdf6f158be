"""How the sites of a quarter stand, also while they are being crawled.

In: the frontiers of the sites, read by plain SQL. Out: a `Standing` for each: its state, its numbers, how fast it
goes, and what it waits for in words. Writes nothing.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.frontier import DONE, EXCLUDED, FAILED, WAITING, counted
from crawler.register import Site, read_register
from crawler.snapshot import TerminalState
from crawler.telling.outcome import outcome_of
from crawler.telling.reading import begun_sites, epoch, facts_of, frontier_read
from crawler.telling.wording import clock_time
from foundation.command import Command
from foundation.errors import BrokenRunError, ConfigError
from foundation.quarters import parse_quarter

DAMAGED = "damaged"  # beside the terminal states: the frontier cannot be read
RECENT_S = 600.0  # how far back the rate looks
MAX_RECENT = 600  # requests; ten minutes at one a second, and on loopback enough for a rate
MIN_SPAN_S = 60.0  # a rate of fewer seconds says little
STALE_S = 300.0  # a crawl that has committed nothing for so long was killed


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one site of a quarter stands.

    Attributes:
        state: a TerminalState, or "damaged"; then `reason` is the sentence about the file.
        waiting: URLs known and not fetched; more may be found.
        requests_per_minute: over the last ten minutes.
        wait_s: until a breaker or the like lets the site be asked again.
        seconds_to_go: for the URLs that wait now; None where nothing is left to do.
        num_sharing: other unfinished sites of the quarter on the same address.
        waits_for: in words.
    """

    site: str
    name: str
    state: str
    reason: str | None
    num_pages: int = 0
    num_requests: int = 0
    waiting: int = 0
    failed: int = 0
    excluded: int = 0
    requests_per_minute: float = 0.0
    wait_s: float = 0.0
    seconds_to_go: float | None = None
    address: str | None = None
    delay_s: float | None = None
    is_running: bool = False
    num_sharing: int = 0
    waits_for: str = ""

    @property
    def is_unfinished(self) -> bool:
        return self.state == TerminalState.UNFINISHED


@dataclass(frozen=True, kw_only=True)
class _Pace:
    """How fast a site went lately."""

    requests_per_minute: float
    seconds_per_request: float  # the mean time that an answer took


def quarter_standings(command: Command, quarter: str, now: float) -> list[Standing]:
    """Each site of a quarter that a crawl has begun.

    Raises:
        ConfigError: not a quarter, or no crawl has begun it.
    """
    register = read_register(command.register, command.settings.sites)
    begun = list(begun_sites(register, command.places.crawl_work(str(parse_quarter(quarter)))))
    if not begun:
        raise ConfigError(f"{quarter} was not crawled; run: tvaerkom crawl {quarter}")
    return read_standings(begun, now)


def read_standings(begun: Iterable[tuple[Site, Path]], now: float) -> list[Standing]:
    """All sites of a quarter. A damaged frontier is the standing of its site, and hides no other."""
    found = []
    for site, folder in begun:
        try:
            found.append(read_standing(site, folder, now))
        except BrokenRunError as error:
            found.append(Standing(site=site.id, name=site.name, state=DAMAGED, reason=str(error)))
    return _with_sharing(found)


def read_standing(site: Site, folder: Path, now: float) -> Standing:
    """One site as if it were alone on its address.

    Raises:
        BrokenRunError: its frontier is damaged.
    """
    with frontier_read(folder) as db:
        facts, counts = facts_of(db), counted(db)
        state, reason = outcome_of(db, site, facts, counts)
        num_requests = db.execute("select max(id) from request").fetchone()[0] or 0  # the ledger loses no row
        pace = _pace(db, now)
    is_running = state == TerminalState.UNFINISHED and _is_running(facts, now)
    if is_running:
        reason = None  # it says that the crawl should be typed again
    if site.is_barred:
        reason = f"left out: crawl: false in tvaerkom.yaml ({site.reason})"
    delay_s = float(facts["delay_s"]) if "delay_s" in facts else None
    # a pause is from the end of one request to the start of the next
    work_s = _num_left(facts, counts) * ((delay_s or 0.0) + pace.seconds_per_request)
    wait_s = max(float(facts.get("waits_until", 0)) - now, 0.0) if is_running and "waits_for" in facts else 0.0
    return Standing(
        site=site.id, name=site.name, state=state, reason=reason, num_pages=counts["pages"],
        num_requests=num_requests, waiting=counts[WAITING], failed=counts[FAILED], excluded=counts[EXCLUDED],
        requests_per_minute=pace.requests_per_minute, address=facts.get("address"), delay_s=delay_s,
        wait_s=wait_s, seconds_to_go=wait_s + work_s if state == TerminalState.UNFINISHED else None,
        is_running=is_running, waits_for=_waits_for(state, reason, facts, now, is_running=is_running),
    )  # fmt: skip


def _is_running(facts: Mapping[str, str], now: float) -> bool:
    """A site that rests commits nothing until its wait is over."""
    if "running" not in facts:
        return False
    rests_until = float(facts.get("waits_until", 0)) if "waits_for" in facts else 0.0
    return now < max(float(facts["running"]), rests_until) + STALE_S


def _pace(db: sqlite3.Connection, now: float) -> _Pace:
    rows = db.execute("select time, seconds from request order by id desc limit ?", (MAX_RECENT,)).fetchall()
    recent = [(at, seconds) for at, seconds in ((epoch(time), seconds) for time, seconds in rows)
              if at > now - RECENT_S]  # fmt: skip
    taken = [seconds for _, seconds in recent if seconds is not None]
    span_s = max(now - recent[-1][0], MIN_SPAN_S) if recent else MIN_SPAN_S
    return _Pace(
        requests_per_minute=60 * len(recent) / span_s, seconds_per_request=sum(taken) / len(taken) if taken else 0.0
    )


def _num_left(facts: Mapping[str, str], counts: Counter[str]) -> int:
    """URLs that will be fetched of those that wait."""
    if "budget" not in facts:
        return counts[WAITING]
    return min(counts[WAITING], max(int(facts["budget"]) - counts[DONE], 0))


def _waits_for(
    state: TerminalState, reason: str | None, facts: Mapping[str, str], now: float, *, is_running: bool
) -> str:
    if state == TerminalState.COMPLETE:
        return reason or "finished"
    if state != TerminalState.UNFINISHED:
        return f"stopped: {reason}" if "stopped" in facts else str(reason)
    if not is_running:
        return reason if reason and reason.startswith("left out") else "not running"
    until = float(facts.get("waits_until", 0))
    if "waits_for" in facts and until > now:
        return _wait_in_words(facts["waits_for"], clock_time(until, now))
    return f"delay {float(facts['delay_s']):g} s" if "delay_s" in facts else ""


def _wait_in_words(cause: str, until: str) -> str:
    if cause.startswith("breaker: "):
        return f"breaker until {until} ({cause.removeprefix('breaker: ')})"
    if cause.startswith("robots.txt"):
        return f"{cause}, next try {until}"
    return f"{cause}, until {until}"


def _with_sharing(standings: Sequence[Standing]) -> list[Standing]:
    """Sites on one address take turns: each is so many times slower than alone."""
    unfinished = Counter(each.address for each in standings if each.is_unfinished and each.address)
    return [_slowed(each, unfinished[each.address] - 1) if each.is_unfinished and each.address else each
            for each in standings]  # fmt: skip


def _slowed(standing: Standing, num_sharing: int) -> Standing:
    if num_sharing == 0 or standing.seconds_to_go is None:
        return standing
    shares = f"shares {standing.address} with {num_sharing} {'site' if num_sharing == 1 else 'sites'}"
    work_s = standing.seconds_to_go - standing.wait_s
    return replace(
        standing, num_sharing=num_sharing, seconds_to_go=standing.wait_s + work_s * (num_sharing + 1),
        waits_for=f"{standing.waits_for}, {shares}" if standing.waits_for else shares,
    )  # fmt: skip
