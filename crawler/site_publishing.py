"""One site published: what became of its URLs, whether it is fresh, its carried records and tables.

In: the site's frontier and archive, and last quarter's snapshot. Out: the site's folder complete, and its summary. May
be done again until the snapshot has a manifest, and gives the same bytes.
"""

import datetime
import sqlite3
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from crawler.frontier import counted
from crawler.refresh.carried import carry_records
from crawler.refresh.found import found_urls
from crawler.refresh.gate import SiteCounts, SiteVerdict, judge_site
from crawler.refresh.known import FOLLOWS, Known, read_known
from crawler.refresh.losses import SECOND_PASS
from crawler.refresh.moves import moves_of
from crawler.refresh.outcomes import Judged, as_absent, as_carried, closed, judge_urls
from crawler.refresh.revalidation import VALIDATORS_OFF
from crawler.refresh.rules_now import RulesNow
from crawler.refresh.sitemap_dates import date_truth
from crawler.register import Network, Site
from crawler.site_tables import place_of, write_tables
from crawler.snapshot import (
    SITES_FOLDER,
    Freshness,
    Outcome,
    SiteSummary,
    TerminalState,
    read_snapshot_manifest,
)  # fmt: skip
from crawler.telling.outcome import BUDGET_USED_UP, terminal_state
from crawler.telling.reading import facts_of, frontier_read
from foundation.errors import BrokenRunError
from foundation.files import make_folder
from foundation.quarters import parse_quarter

NOT_VISITED = "it was not visited this quarter"


def publish_site(
    snapshot: Path, quarter: str, site: Site, work: Path | None, *, network: Network, previous: Path | None,
    accepted: str | None,
) -> SiteSummary:  # fmt: skip
    """Write a site's tables and carried records.

    Args:
        work: the folder of its frontier; None where the site was not visited.
        previous: the snapshot of last quarter. A site is compared with the one that its crawl began with, and of
            those that were not visited, with this.
        accepted: why a person has it published as it was crawled.

    Raises:
        BrokenRunError: its frontier or last quarter's snapshot is damaged, or was pruned.
    """
    folder = make_folder(snapshot / SITES_FOLDER / site.id)
    base = str(parse_quarter(quarter).base)
    with ExitStack() as stack:
        db = stack.enter_context(frontier_read(work)) if work else None
        facts = facts_of(db) if db else {}
        name = facts.get(FOLLOWS) if db else (previous.name if previous else None)
        follows = snapshot.parent / name if name else None
        before = _summary_before(follows, site.id) if follows else None
        known = read_known(follows, site.id) if follows and before else {}
        earlier = follows / SITES_FOLDER / site.id if follows else folder
        found = found_urls(db) if db else {}
        rules = RulesNow(site, network, db)
        judged = judge_urls(known, found, base, moves_of(earlier, folder, known, found))
        judged = {key: _by_rules(each, rules, base) for key, each in judged.items()}
        counts = _counts(site, db, facts, judged)
        verdict = judge_site(
            counts, is_municipality=site.kind == "municipality", before=before, is_accepted=accepted is not None
        )
        judged, freshness = _published(judged, verdict, base)
        held = [each.known for each in judged.values() if each.known and each.holds_known]
        carried = carry_records(
            earlier, folder, f"{site.id}-{quarter}", {place_of(each) for each in held}, at=_date_of(held)
        )
        num_captures = write_tables(folder, site.id, db, judged, carried, with_pages=freshness is Freshness.FRESH)
        said = _said(db, facts, rules, before)
    return SiteSummary(
        site=site.id, name=site.name, official_name=site.official_name, kind=site.kind, region=site.region,
        area=site.label, state=counts.state, reason=counts.reason,
        num_pages=sum(each.is_kept for each in judged.values()), num_captures=num_captures,
        robots_verdict=said.robots_verdict, robots_date=said.robots_date, reservation=said.reservation,
        freshness=freshness, freshness_reason=verdict.reason, num_before=counts.num_before, num_lost=counts.num_lost,
        is_thin=verdict.is_thin, accepted=accepted, outcomes=_outcome_counts(judged, base),
        validators_off=facts.get(VALIDATORS_OFF) if db else (before.validators_off if before else None),
        lastmod=date_truth(judged.values()), follows=name,
    )  # fmt: skip


def _summary_before(follows: Path, site: str) -> SiteSummary | None:
    """What the manifest that is followed says of the site.

    Raises:
        BrokenRunError: it is gone, damaged, or its archive was removed.
    """
    manifest = read_snapshot_manifest(follows)
    if manifest.pruned:
        raise BrokenRunError(
            f"{follows}: its raw archive was removed on {manifest.pruned}, and this crawl began as its refresh; begin "
            f"the site anew with --fresh --only {site}"
        )
    return next((each for each in manifest.sites if each.site == site), None)


def _by_rules(judged: Judged, rules: RulesNow, quarter: str) -> Judged:
    """What may be kept by the rules of today."""
    url = judged.found.url if judged.found else judged.known.url if judged.known else ""
    reason = rules.closes(url) if judged.is_kept else None
    return closed(judged, reason, quarter) if reason else judged


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
    site: Site, db: sqlite3.Connection | None, facts: dict[str, str], judged: dict[str, Judged]
) -> SiteCounts:  # fmt: skip
    num_before = sum(each.was_there for each in judged.values())
    if db is None:
        return SiteCounts(state=TerminalState.NOT_VISITED, reason=NOT_VISITED, num_pages=0, num_before=num_before)
    state, reason = terminal_state(db, site)
    asked = "select count(*) from url where kind = 'page' and state in ('done', 'failed')"
    # a page that is refused (403) is not for us; one that was there last quarter counts as not had
    new_failed = "state = 'failed' and reason is not 'status 403' and key not in (select key from known)"
    num_stale = sum(each.outcome is Outcome.STALE and each.was_there for each in judged.values())
    return SiteCounts(
        state=state, reason=reason, num_pages=counted(db)["pages"], num_asked=db.execute(asked).fetchone()[0],
        num_failed=num_stale + db.execute(f"{asked} and {new_failed}").fetchone()[0],
        num_before=num_before, num_lost=sum(each.is_lost for each in judged.values()),
        num_listed=db.execute("select count(*) from listed").fetchone()[0],
        is_confirmed=facts.get(SECOND_PASS) is not None,
        stopped_by_budget=(facts.get("stopped") or "").startswith(BUDGET_USED_UP),
    )  # fmt: skip


def _date_of(held: list[Known]) -> datetime.datetime:
    """A date that does not depend on when this is done."""
    dates = [each.fetched_at for each in held if each.fetched_at]
    return max(dates, default=datetime.datetime.fromtimestamp(0, datetime.UTC))


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What a site says of itself."""

    robots_verdict: str | None
    robots_date: str | None
    reservation: str | None


def _said(
    db: sqlite3.Connection | None, facts: dict[str, str], rules: RulesNow, before: SiteSummary | None
) -> _Said:  # fmt: skip
    """What it says now; where that could not be had, what it said last quarter holds."""
    row = db.execute("select verdict, fetched_at from robots order by origin limit 1").fetchone() if db else None
    if before is not None and not rules.were_read:
        return _Said(
            robots_verdict=row[0] if row else before.robots_verdict,
            robots_date=row[1] if row else before.robots_date, reservation=before.reservation,
        )  # fmt: skip
    return _Said(
        robots_verdict=row[0] if row else None, robots_date=row[1] if row else None,
        reservation=facts.get("reservation"),
    )  # fmt: skip


def _outcome_counts(judged: dict[str, Judged], quarter: str) -> dict[str, int]:
    """How many URLs had each outcome in this quarter; a page that moved counts once, at its old address."""
    counts = Counter(
        str(each.outcome) for each in judged.values()
        if (each.is_kept or each.since == quarter) and each.source is None
    )  # fmt: skip
    return dict(sorted(counts.items()))
