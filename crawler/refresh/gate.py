"""Whether a site, and a whole quarter, is fit to be published.

In: counts of what was crawled, and what last quarter published. Out: for each site fresh, carried or absent, with the
reason and what a person can do; and a refusal of the quarter where too much of it is not fresh. Reads no files.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.snapshot import Freshness, SiteSummary, TerminalState

MAX_ERROR_SHARE = 0.02  # of the pages asked for
MIN_ERRORS = 3  # fewer are pages, not the site
MAX_LOST_SHARE = 0.30  # of last quarter's pages; more is a relaunch or a mistake until it is seen twice
MIN_LOST = 10
MAX_NOT_FRESH_SHARE = 0.10  # of the sites, and of last quarter's pages
THIN_PAGES, THIN_SHARE = 200, 0.20  # of what the site's own sitemap lists
SECOND_PASS_AFTER_H = 48


@dataclass(frozen=True, kw_only=True)
class SiteCounts:
    """What was crawled of a site.

    Attributes:
        num_asked: pages that were asked for; `num_failed` of them without an answer that can be used.
        num_before, num_lost: pages in last quarter's snapshot, and those of them that are gone.
        num_listed: pages that its sitemap lists.
        is_confirmed: the losses were seen again by a second pass at least two days later.
        stopped_by_budget: what waits is beyond the budget.
    """

    state: TerminalState
    reason: str | None
    num_pages: int
    num_asked: int = 0
    num_failed: int = 0
    num_before: int = 0
    num_lost: int = 0
    num_listed: int = 0
    is_confirmed: bool = False
    stopped_by_budget: bool = False


@dataclass(frozen=True, kw_only=True)
class SiteVerdict:
    """What is published of a site, and why it is not the crawl of this quarter."""

    freshness: Freshness
    reason: str | None = None
    is_thin: bool = False


def judge_site(
    counts: SiteCounts, *, is_municipality: bool, before: SiteSummary | None, is_accepted: bool
) -> SiteVerdict:
    """The verdict on one site; `before` is what last quarter's manifest says of it."""
    doubt = None if is_accepted else doubt_about(counts)
    if doubt is None and counts.num_pages:
        return SiteVerdict(freshness=Freshness.FRESH, is_thin=_is_thin(counts, before, is_municipality))
    reason = doubt or counts.reason or "it gave no page"
    may_carry = (
        not is_accepted and before is not None and before.num_pages > 0 and before.freshness == Freshness.FRESH
    )
    return SiteVerdict(freshness=Freshness.CARRIED if may_carry else Freshness.ABSENT, reason=reason)


def doubt_about(counts: SiteCounts) -> str | None:
    """Why what was crawled may not be what the site is."""
    if counts.state is not TerminalState.COMPLETE and not counts.stopped_by_budget:
        return f"{counts.state}: {counts.reason}"
    if counts.num_failed >= MIN_ERRORS and counts.num_failed > MAX_ERROR_SHARE * counts.num_asked:
        return f"{counts.num_failed} of {counts.num_asked} pages could not be had"
    if has_lost_much(counts) and not counts.is_confirmed:
        return f"{counts.num_lost} of {counts.num_before} pages of last quarter are gone"
    return None


def has_lost_much(counts: SiteCounts) -> bool:
    """Whether so many pages are gone that it looks like a relaunch, or a mistake of the site."""
    return counts.num_lost >= MIN_LOST and counts.num_lost > MAX_LOST_SHARE * counts.num_before


def was_doubted(before: SiteSummary) -> bool:
    """Whether last quarter so many pages were gone that they were not believed to be; this quarter looks again."""
    return (
        before.freshness != Freshness.FRESH and before.state == TerminalState.COMPLETE
        and before.num_lost >= MIN_LOST and before.num_lost > MAX_LOST_SHARE * before.num_before
    )  # fmt: skip


def refusal(sites: Sequence[SiteSummary], before: Sequence[SiteSummary]) -> str | None:
    """Why a quarter is not published at all; None where it is."""
    not_fresh = [site for site in sites if counts_as_not_fresh(site)]
    if len(not_fresh) > MAX_NOT_FRESH_SHARE * len(sites):
        return f"{len(not_fresh)} of {len(sites)} sites are not fresh"
    names = {site.site for site in not_fresh}
    num_before = sum(site.num_pages for site in before)
    num_lacking = sum(site.num_pages for site in before if site.site in names)
    if num_lacking > MAX_NOT_FRESH_SHARE * num_before:
        return f"{num_lacking} of last quarter's {num_before} pages are on sites that are not fresh"
    return None


def counts_as_not_fresh(site: SiteSummary) -> bool:
    """Whether a person should know; that an area of KL has no pages any more nobody can mend."""
    is_empty_area = site.kind == "area" and site.state == TerminalState.EMPTY
    return site.freshness != Freshness.FRESH and site.accepted is None and not is_empty_area


def _is_thin(counts: SiteCounts, before: SiteSummary | None, is_municipality: bool) -> bool:
    """On a first crawl there is no last quarter to compare with; an area of KL may be small."""
    if (before is not None and before.num_pages) or not is_municipality:
        return False
    return counts.num_pages < max(THIN_PAGES, THIN_SHARE * counts.num_listed)
