"""One site published: what became of its URLs, whether it is fresh, its carried records and tables.

In: the site's frontier and archive, and last quarter's snapshot. Out: the site's folder complete, and its summary. May
be done again until the snapshot has a manifest, and gives the same bytes.
"""

import datetime
import json
import sqlite3
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from crawler.frontier import counted
from crawler.refresh.carried import carry_records
from crawler.refresh.found import FoundUrl, found_urls
from crawler.refresh.gate import SiteCounts, SiteVerdict, judge_site
from crawler.refresh.known import FOLLOWS, Known, read_known
from crawler.refresh.losses import SECOND_PASS
from crawler.refresh.moves import moves_of
from crawler.refresh.outcomes import Judged, as_absent, as_carried, judge_urls
from crawler.refresh.revalidation import LASTMOD, VALIDATORS_OFF
from crawler.register import Site
from crawler.site_tables import place_of, write_tables
from crawler.snapshot import SITES_FOLDER, Freshness, SiteSummary, TerminalState
from crawler.telling.outcome import BUDGET_USED_UP, terminal_state
from crawler.telling.reading import facts_of, frontier_read
from foundation.files import make_folder
from foundation.quarters import parse_quarter

NOT_VISITED = "it was not visited this quarter"


def publish_site(
    snapshot: Path, quarter: str, site: Site, work: Path | None, *, previous: Path | None, before: SiteSummary | None,
    accepted: str | None,
) -> SiteSummary:  # fmt: skip
    """Write a site's tables and carried records.

    Args:
        work: the folder of its frontier; None where the site was not visited.
        before: what last quarter's manifest says of it.
        accepted: why a person has it published as it was crawled.
    """
    folder = make_folder(snapshot / SITES_FOLDER / site.id)
    base = str(parse_quarter(quarter).base)
    with ExitStack() as stack:
        db = stack.enter_context(frontier_read(work)) if work else None
        facts = facts_of(db) if db else {FOLLOWS: previous.name if previous else ""}
        follows = previous if previous and facts.get(FOLLOWS) == previous.name else None
        known = read_known(follows, site.id, follows.name) if follows and before else {}
        earlier = follows / SITES_FOLDER / site.id if follows else folder
        found = found_urls(db) if db else {}
        front = next((each for each in found.values() if each.is_seed), None)
        judged = judge_urls(known, found, base, moves_of(earlier, folder, known, front))
        counts = _counts(site, db, facts, judged, found)
        verdict = judge_site(
            counts, is_municipality=site.kind == "municipality", before=before if known else None,
            is_accepted=accepted is not None,
        )  # fmt: skip
        judged, freshness = _published(judged, verdict, base)
        held = [each.known for each in judged.values() if each.known and each.holds_known]
        carried = carry_records(
            earlier, folder, f"{site.id}-{quarter}", {place_of(each) for each in held}, at=_date_of(held)
        )
        write_tables(folder, site.id, db, judged, carried, with_pages=freshness is Freshness.FRESH)
        robots = _robots(db, before)
    return SiteSummary(
        site=site.id, name=site.name, official_name=site.official_name, kind=site.kind, region=site.region,
        area=site.label, state=counts.state, reason=counts.reason,
        num_pages=sum(each.is_kept for each in judged.values()), num_captures=_num_rows(folder),
        robots_verdict=robots[0], robots_date=robots[1],
        reservation=facts.get("reservation") if db else (before.reservation if before else None),
        freshness=freshness, freshness_reason=verdict.reason, num_lost=counts.num_lost, is_thin=verdict.is_thin,
        accepted=accepted, outcomes=_outcome_counts(judged, base), validators_off=facts.get(VALIDATORS_OFF),
        lastmod=json.loads(facts.get(LASTMOD) or "{}"),
    )  # fmt: skip


def _published(
    judged: dict[str, Judged], verdict: SiteVerdict, quarter: str
) -> tuple[dict[str, Judged], Freshness]:  # fmt: skip
    """What became of the URLs as far as it is published; a site of which nothing is left to carry is absent."""
    if verdict.freshness is Freshness.FRESH:
        return judged, Freshness.FRESH
    if verdict.freshness is Freshness.CARRIED:
        carried = {key: kept for key, each in judged.items() if (kept := as_carried(each, quarter))}
        if any(each.is_kept for each in carried.values()):
            return carried, Freshness.CARRIED
    return {key: kept for key, each in judged.items() if (kept := as_absent(each, quarter))}, Freshness.ABSENT


def _counts(
    site: Site, db: sqlite3.Connection | None, facts: dict[str, str], judged: dict[str, Judged],
    found: dict[str, FoundUrl],
) -> SiteCounts:  # fmt: skip
    num_before = sum(each.known is not None and each.known.is_live for each in judged.values())
    if db is None:
        return SiteCounts(state=TerminalState.NOT_VISITED, reason=NOT_VISITED, num_pages=0, num_before=num_before)
    state, reason = terminal_state(db, site)
    failed = [each for each in found.values() if each.state == "failed" and each.reason != "status 403"]
    return SiteCounts(
        state=state, reason=reason, num_pages=counted(db)["pages"],
        num_asked=sum(each.state in ("done", "failed") for each in found.values()), num_failed=len(failed),
        num_before=num_before, num_lost=sum(each.is_lost for each in judged.values()),
        num_listed=db.execute("select count(*) from listed").fetchone()[0],
        is_confirmed=facts.get(SECOND_PASS) is not None,
        stopped_by_budget=(facts.get("stopped") or "").startswith(BUDGET_USED_UP),
    )  # fmt: skip


def _date_of(held: list[Known]) -> datetime.datetime:
    """A date that does not depend on when this is done."""
    dates = [each.fetched_at for each in held if each.fetched_at]
    return max(dates, default=datetime.datetime.fromtimestamp(0, datetime.UTC))


def _robots(db: sqlite3.Connection | None, before: SiteSummary | None) -> tuple[str | None, str | None]:
    row = db.execute("select verdict, fetched_at from robots order by origin limit 1").fetchone() if db else None
    if row is None and db is None and before is not None:
        return before.robots_verdict, before.robots_date
    return (row[0], row[1]) if row else (None, None)


def _num_rows(folder: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(folder / "captures.parquet").num_rows)


def _outcome_counts(judged: dict[str, Judged], quarter: str) -> dict[str, int]:
    """How many URLs had each outcome in this quarter; a page that moved counts once, at its old address."""
    counts = Counter(
        str(each.outcome) for each in judged.values()
        if (each.is_kept or each.since == quarter) and each.source is None
    )  # fmt: skip
    return dict(sorted(counts.items()))
