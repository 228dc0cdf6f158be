"""What became of each URL of a site since last quarter: the rules, without files.

In: what last quarter knew (known.py), and what this quarter's crawl found (found.py). Out: a `Judged` for each URL.
A page counts as gone only where the site said so. What did not answer is stale: nobody knows. What is published of a
site that is doubted as a whole is decided in gate.py; `as_carried` says what its pages are then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from crawler import frontier as states
from crawler.refresh.found import FoundUrl, end_of
from crawler.refresh.known import Known
from crawler.rules.reservations import ReservationKind
from crawler.scope import NotTaken
from crawler.snapshot import Outcome
from crawler.warc.records import ERASED

GONE_STATUSES = (404, 410, 451)
_SAID_TO_BE_GONE = ("status 410", "status 451")
_BY_REGISTER = frozenset(map(str, NotTaken))
_NOT_TO_BE_KEPT = (*ReservationKind, ERASED)  # so begins why a page is withheld that its owner, or a person, took away


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What became of one URL.

    Attributes:
        known, found: what last quarter had, and what this quarter has of it.
        since: the quarter in which the outcome began.
        holds_known: its body is the one that last quarter's snapshot has.
        holds_found: its body is the one that was fetched this quarter.
        source: of the new address of a moved page: the old one.
    """

    outcome: Outcome
    reason: str | None
    since: str
    known: Known | None
    found: FoundUrl | None
    holds_known: bool = False
    holds_found: bool = False
    moved_to: str | None = None
    source: Known | None = None

    @property
    def is_kept(self) -> bool:
        """Whether it is in the corpus."""
        return self.holds_known or self.holds_found

    @property
    def was_there(self) -> bool:
        """Whether last quarter had it, or would have had it, had its site answered."""
        known = self.known
        if known is None:
            return False
        return known.is_live or (known.outcome == Outcome.STALE and known.first_seen is not None)

    @property
    def is_lost(self) -> bool:
        """Whether it was there, and is not any more without a word of its owner: a typo in the register counts too."""
        if self.is_kept or not self.was_there:
            return False
        return self.outcome in (Outcome.GONE, Outcome.STALE) or self.reason in _BY_REGISTER

    @property
    def is_explicit(self) -> bool:
        """Whether its owner took it away in so many words; that holds also where the site is doubted as a whole."""
        return self.outcome is Outcome.EXCLUDED or (self.outcome is Outcome.GONE and self.reason in _SAID_TO_BE_GONE)


def judge_urls(
    known: Mapping[str, Known], found: Mapping[str, FoundUrl], quarter: str,
    is_same_page: Callable[[Known, FoundUrl], bool],
) -> dict[str, Judged]:  # fmt: skip
    """The outcome of each URL that is or was a page, by key.

    Args:
        is_same_page: whether the page at a redirect's end says what the page at its beginning said; reads archives.
    """
    judged: dict[str, Judged] = {}
    targets: dict[str, Known] = {}  # key of a new address -> the page that moved there
    for key in (*known, *(key for key in found if key not in known)):
        before, now = known.get(key), found.get(key)
        end = end_of(now, found) if before and before.is_live and now and now.is_redirect else None
        outcome = _judge(before, now, end, quarter, is_same_page)
        if outcome is not None:
            judged[key] = outcome
            if outcome.outcome is Outcome.MOVED and before and end:
                targets.setdefault(end.key, before)
    for key, source in targets.items():
        if (new := judged.get(key)) and new.outcome is Outcome.NEW:
            judged[key] = replace(new, outcome=Outcome.MOVED, source=source)
    return _each_with_own_name(judged)


def closed(judged: Judged, reason: str, quarter: str) -> Judged:
    """The same where rules that were read later do not let it be kept."""
    return _ended(Outcome.EXCLUDED, reason, judged.known, judged.found, quarter)


def as_carried(judged: Judged, quarter: str) -> Judged | None:
    """The same where the site is doubted as a whole: last quarter's page, unless its owner took it away.

    None of a URL that last quarter did not know.
    """
    if judged.known is None:
        return None
    if judged.is_explicit or not judged.known.is_live:
        return judged if not judged.is_kept else _history(judged.known, judged.found)
    keeps = judged.known.outcome != Outcome.STALE
    return _stale(judged.known, judged.found, "the site was not crawled whole", quarter, keeps=keeps)


def as_absent(judged: Judged, quarter: str) -> Judged | None:
    """The same where nothing of the site is published."""
    carried = as_carried(judged, quarter)
    return replace(carried, holds_known=False) if carried else None


def _judge(
    known: Known | None, found: FoundUrl | None, end: FoundUrl | None, quarter: str,
    is_same_page: Callable[[Known, FoundUrl], bool],
) -> Judged | None:  # fmt: skip
    if found is None:
        return _not_visited(known, quarter) if known else None
    if found.state == states.EXCLUDED:
        return _ended(Outcome.EXCLUDED, found.reason, known, found, quarter) if known else None
    if found.state != states.DONE:
        return _unanswered(known, found, found.reason or "not fetched", quarter)
    if found.is_redirect:
        return _redirected(known, found, end, quarter, is_same_page) if known else None
    if found.capture is None:  # its record was erased
        return _ended(Outcome.EXCLUDED, ERASED, known, found, quarter) if known else None
    if found.withheld:
        return _withheld(known, found, found.withheld, quarter)
    if found.status == 200:
        return _answered(known, found, quarter)
    if found.status in GONE_STATUSES:
        return _ended(Outcome.GONE, f"status {found.status}", known, found, quarter) if known else None
    return _unanswered(known, found, f"status {found.status}", quarter)


def _answered(known: Known | None, found: FoundUrl, quarter: str) -> Judged:
    """A page that may be kept."""
    outcome, since = Outcome.NEW, quarter
    if known is not None and known.first_seen is not None:
        if not known.is_live:
            outcome = Outcome.RETURNED
        elif found.is_orphan:
            outcome = Outcome.ORPHAN
            since = known.since if known.outcome == Outcome.ORPHAN else quarter
        else:
            outcome = Outcome.UNCHANGED if found.body_sha256 == known.body_sha256 else Outcome.CHANGED
    return Judged(
        outcome=outcome, reason=None, since=since, known=known, found=found,
        holds_found=not found.revisit, holds_known=bool(found.revisit),
    )  # fmt: skip


def _withheld(known: Known | None, found: FoundUrl, withheld: str, quarter: str) -> Judged | None:
    if withheld.startswith(_NOT_TO_BE_KEPT):
        return _ended(Outcome.EXCLUDED, withheld, known, found, quarter)
    if known is None:
        return None
    if withheld in ("soft 404", "login"):
        return _ended(Outcome.GONE, withheld, known, found, quarter)
    return _unanswered(known, found, withheld, quarter)


def _redirected(
    known: Known, found: FoundUrl, end: FoundUrl | None, quarter: str, is_same_page: Callable[[Known, FoundUrl], bool]
) -> Judged | None:
    if not known.is_live:
        return _history(known, found)
    reason = found.reason or "redirects"
    if end is None:
        return _ended(Outcome.GONE, reason, known, found, quarter)
    if end.state in (states.FAILED, states.WAITING, states.LEASED):
        return _unanswered(known, found, f"{reason}, which did not answer", quarter)
    is_there = end.state == states.DONE and end.status == 200 and is_same_page(known, end)
    if is_there and end.withheld and end.withheld.startswith(_NOT_TO_BE_KEPT):
        return _ended(Outcome.EXCLUDED, f"{reason}: {end.withheld}", known, found, quarter)
    if is_there and not end.withheld:
        moved = _ended(Outcome.MOVED, reason, known, found, quarter)
        return replace(moved, moved_to=end.url)
    return _ended(Outcome.GONE, reason, known, found, quarter)


def _unanswered(known: Known | None, found: FoundUrl | None, reason: str, quarter: str) -> Judged | None:
    """Nobody knows: what was there stays for one quarter."""
    if known is None:
        return None
    if not known.is_live and known.outcome != Outcome.STALE:
        return _history(known, found)
    return _stale(known, found, reason, quarter, keeps=known.is_live and known.outcome != Outcome.STALE)


def _not_visited(known: Known, quarter: str) -> Judged:
    if known.is_live:  # else it would have been asked for
        orphan = _ended(Outcome.ORPHAN, f"nothing has led to it since {known.since}", known, None, quarter)
        return replace(orphan, since=known.since)
    return _history(known, None)


def _stale(known: Known, found: FoundUrl | None, reason: str, quarter: str, *, keeps: bool) -> Judged:
    since = known.since if known.outcome == Outcome.STALE else quarter
    return Judged(
        outcome=Outcome.STALE, reason=reason, since=since, known=known, found=found, holds_known=keeps
    )


def _ended(outcome: Outcome, reason: str | None, known: Known | None, found: FoundUrl | None, quarter: str) -> Judged:
    """It is not in the corpus; since when, where that is no news."""
    since = known.since if known and known.outcome == outcome and not known.is_live else quarter
    return Judged(outcome=outcome, reason=reason, since=since, known=known, found=found)


def _history(known: Known, found: FoundUrl | None) -> Judged:
    """What it was: nothing new is known of it."""
    return Judged(
        outcome=Outcome(known.outcome), reason=known.reason, since=known.since, known=known, found=found,
        moved_to=known.moved_to,
    )  # fmt: skip


def _each_with_own_name(judged: dict[str, Judged]) -> dict[str, Judged]:
    """A page keeps the address of its first sight as its name, unless that address has a page of its own again."""
    names: dict[str, str] = {}
    for key, each in judged.items():
        name = first_url_of(each)
        if each.is_kept and name is None:
            names[_url(each)] = key
    for key, each in judged.items():
        name = first_url_of(each)
        if each.is_kept and name is not None and names.setdefault(name, key) != key:
            known = replace(each.known, first_url=None) if each.known else None
            judged[key] = replace(each, known=known, source=None)
    return judged


def first_url_of(judged: Judged) -> str | None:
    """Its address at first sight, where that was another one."""
    source = judged.source or judged.known
    if source is None:
        return None
    first = source.first_url or source.url
    return first if first != _url(judged) else None


def _url(judged: Judged) -> str:
    if judged.found is not None:
        return judged.found.url
    return judged.known.url if judged.known else ""
