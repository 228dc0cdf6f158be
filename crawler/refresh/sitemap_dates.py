"""What the dates of a site's sitemaps were worth: whether one that moved, or stayed, said what became of the page.

In: what became of each URL. Out: counts. No page is skipped for a date; some that a date contradicts are asked again
(revalidation.py).
"""

import enum
from collections import Counter
from collections.abc import Iterable

from crawler.refresh.outcomes import Judged
from crawler.snapshot import Outcome


class DateTruth(enum.StrEnum):
    """A date against last quarter's, and the page against last quarter's bytes."""

    RIGHT = "right"
    FALSE_ALARM = "false alarm"  # the date moved, the page did not change
    MISSED = "missed"  # the page changed, the date did not move


def date_truth(judged: Iterable[Judged]) -> dict[str, int]:
    """How many dates were right and wrong, of pages that were listed with a date in both quarters."""
    counts: Counter[str] = Counter()
    for each in judged:
        before, now = each.known and each.known.lastmod, each.found and each.found.lastmod
        if not before or not now or each.outcome not in (Outcome.CHANGED, Outcome.UNCHANGED):
            continue
        has_moved, has_changed = before != now, each.outcome is Outcome.CHANGED
        wrong = DateTruth.FALSE_ALARM if has_moved else DateTruth.MISSED
        counts[DateTruth.RIGHT if has_moved == has_changed else wrong] += 1
    return dict(sorted(counts.items()))
