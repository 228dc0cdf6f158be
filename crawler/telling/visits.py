"""What came of the visits to one site: pages, reservations, what was passed over, and who shares its server.

In: a site and a quarter. Out: a `Visit`. The requests themselves stand in ledger.py. Writes nothing.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.frontier import EXCLUDED, counted
from crawler.register import Register, Site
from crawler.snapshot import CAPTURES_NAME, REQUESTS_NAME, read_snapshot_manifest
from crawler.telling.ledger import Traffic, frontier_folder, published_table, sent_requests, table_rows, traffic_of
from crawler.telling.outcome import terminal_state
from crawler.telling.reading import by_kind, facts_of, frontier_read, links_not_taken, pages_withheld, urls_by_reason
from foundation.errors import BrokenRunError
from foundation.places import Places


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a quarter's requests to a site brought.

    Attributes:
        robots: what robots.txt said and when it was read; one sentence for each scheme and host.
        withheld: pages of which no text was kept, by kind of reason.
        reservation: why the whole site is reserved, though its pages may be read.
        excluded, not_taken: URLs passed over and links not taken, by kind; None where the frontier is gone.
    """

    state: str
    reason: str | None
    num_pages: int
    robots: tuple[str, ...]
    withheld: dict[str, int]
    reservation: str | None
    excluded: dict[str, int] | None = None
    not_taken: dict[str, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Visit:
    """All that was done at a site in one quarter; `neighbours` were visited at the same address."""

    quarter: str
    is_published: bool
    traffic: Traffic
    findings: Findings
    neighbours: tuple[str, ...]


def visit_of(places: Places, register: Register, site: Site, quarter: str) -> Visit:
    """Add up a quarter.

    Raises:
        BrokenRunError: a table or the frontier cannot be read.
    """
    traffic = traffic_of(sent_requests(places, quarter, site.id))
    is_published = published_table(places, quarter, site.id, REQUESTS_NAME) is not None
    folder = frontier_folder(places, quarter, site.id)
    if is_published:
        findings = _published(places, quarter, site)
        if folder:
            with suppress(BrokenRunError):  # what is published stands without it
                kept = _unfinished(folder, site)
                findings = replace(findings, robots=kept.robots, excluded=kept.excluded, not_taken=kept.not_taken)
    elif folder:
        findings = _unfinished(folder, site)
    else:
        raise BrokenRunError(f"{site.name} was not visited in {quarter}")
    return Visit(
        quarter=quarter, is_published=is_published, traffic=traffic, findings=findings,
        neighbours=tuple(_neighbours(places, register, site, quarter, set(traffic.addresses))),
    )  # fmt: skip


def _unfinished(folder: Path, site: Site) -> Findings:
    with frontier_read(folder) as db:
        state, reason = terminal_state(db, site)
        return Findings(
            state=state, reason=reason, num_pages=counted(db)["pages"], robots=tuple(_robots(db)),
            withheld=pages_withheld(db), reservation=facts_of(db).get("reservation"),
            excluded=urls_by_reason(db, EXCLUDED), not_taken=links_not_taken(db),
        )  # fmt: skip


def _robots(db: sqlite3.Connection) -> Iterator[str]:
    for origin, verdict, fetched_at in db.execute("select origin, verdict, fetched_at from robots order by origin"):
        yield f"{origin}: {verdict}, read {fetched_at[:10]}"


def _published(places: Places, quarter: str, site: Site) -> Findings:
    manifest = read_snapshot_manifest(places.snapshot(quarter))
    summary = next((each for each in manifest.sites if each.site == site.id), None)
    captures = published_table(places, quarter, site.id, CAPTURES_NAME)
    if summary is None or captures is None:
        raise BrokenRunError(f"{site.name} is not whole in {quarter}; run: tvaerkom snapshot verify {quarter}")
    rows = table_rows(captures, ("kind", "withheld"))
    withheld = Counter(row["withheld"] for row in rows if row["kind"] == "page" and row["withheld"])
    robots = f"{summary.robots_verdict}, read {(summary.robots_date or '')[:10]}" if summary.robots_verdict else None
    return Findings(
        state=summary.state, reason=summary.reason, num_pages=summary.num_pages,
        robots=(robots,) if robots else (), withheld=by_kind(withheld.items()), reservation=summary.reservation,
    )  # fmt: skip


def _neighbours(places: Places, register: Register, site: Site, quarter: str, addresses: set[str]) -> Iterator[str]:
    for other in register.sites:
        if other.id != site.id and addresses & _addresses(places, quarter, other.id):
            yield other.name


def _addresses(places: Places, quarter: str, site: str) -> set[str]:
    """Where a site was visited; of an unfinished quarter the last address, which its frontier has at hand."""
    if table := published_table(places, quarter, site, REQUESTS_NAME):
        return {row["address"] for row in table_rows(table, ("address",)) if row["address"]}
    with suppress(BrokenRunError):  # a damaged neighbour hides no site
        if folder := frontier_folder(places, quarter, site):
            with frontier_read(folder) as db:
                return {address for name, address in facts_of(db).items() if name == "address"}
    return set()
