"""A site of which much seems to be gone is looked at a second time, two days later.

In: the frontier of a refresh. Out: which of its pages are to be fetched once more, and facts about when. A relaunch
takes the old addresses away for good; a mistake of the site, or a bad day, does not.
"""

import datetime

from crawler.frontier import PRIORITY_SEED, Frontier
from crawler.pages.urls import url_key
from crawler.politeness import now
from crawler.refresh.gate import MAX_LOST_SHARE, MIN_LOST, SECOND_PASS_AFTER_H
from crawler.refresh.outcomes import GONE_STATUSES

LOSSES_SEEN, SECOND_PASS = "losses_seen_at", "second_pass_at"  # facts of the frontier: seconds since the epoch
_LOST = f"""
select u.id, u.reason from url u join known k on k.key = u.key
where k.capture_id is not null and u.state = 'done'
and (u.status in {GONE_STATUSES} or u.status between 300 and 399 or u.reason in ('soft 404', 'login'))
"""  # a redirect may be a move; to look at it once more does no harm


def note_losses(frontier: Frontier) -> str | None:
    """When a crawl has ended: whether a second look is wanted, and when; None where it is not."""
    lost = sum(not has_moved for _, has_moved in _lost(frontier))
    known = frontier.db.execute("select count(*) from known where capture_id is not null").fetchone()[0]
    if lost < MIN_LOST or lost <= MAX_LOST_SHARE * known or frontier.fact(SECOND_PASS):
        return None
    seen_at = float(frontier.fact(LOSSES_SEEN) or now())
    frontier.set_fact(LOSSES_SEEN, str(seen_at))
    due = datetime.datetime.fromtimestamp(seen_at + SECOND_PASS_AFTER_H * 3600)
    return (
        f"{lost} of {known} pages of last quarter seem to be gone; the same command after {due:%d %B %H:%M} looks again"
    )


def second_pass(frontier: Frontier) -> bool:
    """At a new start: fetch what seemed gone once more, where that was two days ago or longer."""
    seen_at = frontier.fact(LOSSES_SEEN)
    if seen_at is None or frontier.fact(SECOND_PASS) or now() - float(seen_at) < SECOND_PASS_AFTER_H * 3600:
        return False
    with frontier.transaction():
        frontier.fetch_plainly([row_id for row_id, _ in _lost(frontier)], again=True)
        frontier.set_fact(SECOND_PASS, str(now()))
    return True


def _lost(frontier: Frontier) -> list[tuple[int, bool]]:
    """Pages that seem to be gone, and whether they lead to another page, so that they may have moved."""
    is_page = "select 1 from url where key = ? and state = 'done' and status = 200 and priority != ?"
    found = []
    for row_id, reason in frontier.db.execute(_LOST).fetchall():
        target = (reason or "").partition("redirects to ")[2]
        row = target and frontier.db.execute(is_page, (url_key(target), PRIORITY_SEED)).fetchone()
        found.append((row_id, bool(row)))
    return found
