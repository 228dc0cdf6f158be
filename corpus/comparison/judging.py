"""Whether somebody should look at a site: how much of it the site itself changed, beside what is usual.

In: the comparison of each site. Out: the same with reasons. Our own changes, erasures, and duplicates that changed
places never count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from corpus.comparison.changes import MIN_PAGES, Cause, Reason, SiteComparison

MIN_SENTENCES = 50
TIMES_USUAL = 3.0
MAX_WORD_SHIFT = 2.0  # of the mean words in a sentence; an eighth of a sentence of 16
MAX_SCORE_SHIFT = 0.03  # of the mean language score


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A share of a site that is too much in any quarter, and one that is too much where others change far less."""

    always: float
    where_unusual: float


# The publishing gate believes a loss of up to 10 %, and 30 % is a relaunch or an outage (docs/explanation/refresh.md).
LIMITS = {
    "pages_gone": Limit(always=0.3, where_unusual=0.1),
    "pages_new": Limit(always=1.0, where_unusual=0.3),
    "pages_changed": Limit(always=0.6, where_unusual=0.3),
    "sentences_gone": Limit(always=0.4, where_unusual=0.2),
}
_NEVER_OURS = ("pages_gone", "pages_new")  # no setting and no software makes a page of a site come or go


def judged(
    sites: Sequence[SiteComparison], *, is_ours_the_same: bool, knows_bytes: bool
) -> tuple[SiteComparison, ...]:  # fmt: skip
    """Give each site its reasons.

    Args:
        is_ours_the_same: neither settings nor software differ. Where they do, a text that they changed on a page whose
            shell has other bytes cannot be told from one that the site changed; so only what is unusual counts then.
        knows_bytes: without them nobody knows who changed a text.
    """
    shares = {site.site: _shares(site, knows_bytes=knows_bytes) for site in sites}
    fresh = [shares[site.site] for site in sites if site.is_fresh and shares[site.site]]
    usual = {kind: median([each[kind] for each in fresh if kind in each] or [0.0]) for kind in LIMITS}
    return tuple(
        replace(site, reasons=tuple(_reasons(site, shares[site.site], usual, is_ours_the_same))) for site in sites
    )


def _shares(site: SiteComparison, *, knows_bytes: bool) -> dict[str, float]:
    """Of what the site had before; of a site that is too small to tell, or new, nothing."""
    before = site.pages.before
    if before < MIN_PAGES:
        return {}
    gone = site.sentences.gone.get(Cause.SITE)
    num_before = site.sentences.before.number
    shares = {"pages_gone": site.pages.gone / before, "pages_new": site.pages.new / before}
    if knows_bytes:
        shares["pages_changed"] = site.pages.changed / before
        shares["sentences_gone"] = gone.number / num_before if gone and num_before else 0.0
    return shares


def _reasons(
    site: SiteComparison, shares: dict[str, float], usual: dict[str, float], is_ours_the_same: bool
) -> Iterator[Reason]:
    if not site.is_fresh:
        yield Reason(kind="not_fresh", numbers={})
        return  # what is carried on did not change, and what is absent did not go
    if site.pages.before and not site.pages.now:
        yield Reason(kind="all_gone", numbers={})
        return
    for kind, share in shares.items():
        limit = LIMITS[kind]
        is_too_much = share > limit.always and (is_ours_the_same or kind in _NEVER_OURS)
        if is_too_much or share > max(limit.where_unusual, TIMES_USUAL * usual[kind]):
            yield Reason(kind=kind, numbers={"share": round(share, 3), "usual": round(usual[kind], 3)})
    yield from _shifts(site)


def _shifts(site: SiteComparison) -> Iterator[Reason]:
    before, after = site.sentences.before, site.sentences.after
    if min(before.number, after.number) < MIN_SENTENCES:
        return
    lengths = before.words / before.number, after.words / after.number
    scores = before.scores / before.number, after.scores / after.number
    if abs(lengths[1] - lengths[0]) > MAX_WORD_SHIFT:
        yield _shift("length_shift", *lengths)
    if scores[0] - scores[1] > MAX_SCORE_SHIFT:
        yield _shift("language_shift", *scores)


def _shift(kind: str, before: float, after: float) -> Reason:
    return Reason(kind=kind, numbers={"before": round(before, 3), "after": round(after, 3)})
