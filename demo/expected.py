"""What a perfect refresh makes of Kommuneby: the truth for `make_web(with_changes=True)`.

In: the webs of consecutive quarters, from the first on. Out: for each quarter an `Expected`: the outcome of every URL,
given that each quarter before was crawled and published. Nothing is crawled, and no operator is asked what it did:
pages, their status and their bytes are compared.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from crawler.snapshot import Outcome
from demo.truth import CONTENT_KINDS, PageKind, TruePage
from demo.web import Web

KEPT_KINDS = CONTENT_KINDS | {PageKind.HOME, PageKind.SECTION}
RESERVED_KINDS = frozenset({PageKind.RESERVED, PageKind.ROBOTS_EXCLUDED})
MAX_LOST_SHARE, MIN_LOST = 0.3, 10  # beyond both, a site is believed only when the next quarter says the same
ORPHAN_QUARTERS = 2
MAX_HOPS = 10


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The truth about one quarter. URLs have the origin of their site.

    Attributes:
        outcomes: of each URL that is new or was live (kept or stale) in the quarter before.
        texts_changed: of the `changed` pages with an article, whether it is another one; else only the shell changed.
        moved_to: of the old address of a moved page, the new one.
        kept: the URLs in the published snapshot, and the page as it was when it was last read.
        removed: URLs that were kept once and must not be in the snapshot any more, and what took them away.
        removed_pages: those pages as they were when they were last read.
    """

    outcomes: Mapping[str, Outcome]
    texts_changed: Mapping[str, bool]
    moved_to: Mapping[str, str]
    kept: Mapping[str, TruePage]
    removed: Mapping[str, Outcome]
    removed_pages: Mapping[str, TruePage]

    @cached_property
    def removed_facts(self) -> tuple[str, ...]:
        """The facts of removed pages that no kept page says."""
        said = {fact for page in self.kept.values() for fact in page.facts}
        facts = (fact for page in self.removed_pages.values() for fact in page.facts if fact not in said)
        return tuple(dict.fromkeys(facts))


@dataclass(kw_only=True)
class _Known:
    """A URL that was kept once.

    Attributes:
        page: as it was when it was last read.
        is_kept: it is in the last published snapshot.
        is_live: it is kept, or nobody knows for how long it was not.
        orphan_since: the quarter in which nothing led to it any more, while it was live.
        num_stale: for how many quarters in a row it could not be read.
        taken_by: the outcome that took it out of the corpus.
    """

    page: TruePage
    digest: bytes
    is_kept: bool = True
    is_live: bool = True
    orphan_since: int | None = None
    num_stale: int = 0
    taken_by: Outcome | None = None


def expected_quarters(webs: Sequence[Web]) -> tuple[Expected, ...]:
    """The truth about each quarter; in the first one all is new.

    Raises:
        ValueError: the webs are not those of the quarters from 0 on.
    """
    if [web.quarter_index for web in webs] != list(range(len(webs))):
        raise ValueError("the webs must be those of the quarters 0, 1, 2 and so on")
    refresh = _Refresh()
    return tuple(refresh.follow(web) for web in webs)


def lying_urls(before: Web, now: Web) -> frozenset[str]:
    """The pages that have other bytes than a quarter ago and the same validators: a 304 for them is false."""
    return frozenset(
        url
        for url, page in now.pages.items()
        if (old := before.pages.get(url)) and old.status == page.status == 200 and _answers_for(now, page)
        if _validators(page) and _validators(page) == _validators(old) and page.body != old.body
    )


def _answers_for(web: Web, page: TruePage) -> bool:
    """Whether the page's host sends the page's validators."""
    return page.url.split("/")[2] not in {*web.incidents, *web.fickle_hosts}


def _validators(page: TruePage) -> tuple[str | None, ...] | None:
    values = tuple(page.header(name) for name in ("ETag", "Last-Modified"))
    return values if any(values) else None


class _Refresh:
    """What is known after the quarters followed so far."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._carried: set[str] = set()  # sites whose pages of the quarter before were published last

    def follow(self, web: Web) -> Expected:
        outcomes: dict[str, Outcome] = {}
        moved_to: dict[str, str] = {}
        carried = set()
        for site in web.sites:
            pages = [page for page in web.pages.values() if page.site == site.id]
            moves = dict(self._moves(web, pages))
            found = {} if site.host in web.incidents else self._found(web, pages, moves)
            if site.host in web.incidents or (site.id not in self._carried and self._is_relaunch(site.id, found)):
                carried.add(site.id)
                found, moves = self._carried_over(site.id, found, web), {}
            outcomes |= found
            moved_to |= moves
        texts_changed = {
            url: web.pages[url].text != self._known[url].page.text
            for url, outcome in outcomes.items()
            if outcome is Outcome.CHANGED and web.pages[url].text_id
        }
        self._remember(web, outcomes, moved_to)
        self._carried = carried
        return self._told(outcomes, texts_changed, moved_to)

    def _moves(self, web: Web, pages: Iterable[TruePage]) -> Iterator[tuple[str, str]]:
        """Live URLs that lead to the same text at another address."""
        for page in pages:
            if page.kind is PageKind.REDIRECT and self._is_live(page.url):
                target = _final(web, page)
                if target and _is_shown(target) and target.text_id == self._known[page.url].page.text_id != "":
                    yield page.url, target.url

    def _found(self, web: Web, pages: Iterable[TruePage], moves: Mapping[str, str]) -> dict[str, Outcome]:
        """What a crawl of a site that answers finds."""
        targets = set(moves.values())
        found = {}
        for page in pages:
            known = self._known.get(page.url)
            if known is None:
                outcome = self._first_sight(page, targets)
            elif known.is_live:
                outcome = self._seen_again(page, known, moves, web.quarter_index)
            else:
                outcome = Outcome.RETURNED if _is_shown(page) and page.is_reachable else None
            if outcome:
                found[page.url] = outcome
        return found

    @staticmethod
    def _first_sight(page: TruePage, targets: set[str]) -> Outcome | None:
        if not _is_shown(page) or not page.is_reachable:
            return None
        return Outcome.MOVED if page.url in targets else Outcome.NEW

    @staticmethod
    def _seen_again(page: TruePage, known: _Known, moves: Mapping[str, str], quarter: int) -> Outcome | None:
        """What became of a live URL; None of an orphan whose time is over."""
        if page.kind in RESERVED_KINDS:
            return Outcome.EXCLUDED
        if page.url in moves:
            return Outcome.MOVED
        if page.status >= 500:
            return Outcome.STALE
        if not _is_shown(page):
            return Outcome.GONE
        if not page.is_reachable:
            since = quarter if known.orphan_since is None else known.orphan_since
            return Outcome.ORPHAN if quarter - since < ORPHAN_QUARTERS else None
        if not known.is_kept:
            return Outcome.RETURNED
        return Outcome.UNCHANGED if _digest(page) == known.digest else Outcome.CHANGED

    def _is_relaunch(self, site: str, found: Mapping[str, Outcome]) -> bool:
        num_lost = sum(outcome is Outcome.GONE for outcome in found.values())
        num_live = sum(known.is_live and known.page.site == site for known in self._known.values())
        return num_lost >= MIN_LOST and num_lost > MAX_LOST_SHARE * num_live

    def _carried_over(self, site: str, found: Mapping[str, Outcome], web: Web) -> dict[str, Outcome]:
        """All live pages of a site whose crawl is not believed are stale, but for those that were taken away openly."""
        taken = {
            url: outcome
            for url, outcome in found.items()
            if outcome is Outcome.EXCLUDED or (outcome is Outcome.GONE and web.pages[url].status == 410)
        }
        live = [url for url, known in self._known.items() if known.is_live and known.page.site == site]
        return dict.fromkeys(live, Outcome.STALE) | taken

    def _remember(self, web: Web, outcomes: Mapping[str, Outcome], moved_to: Mapping[str, str]) -> None:
        for url, known in self._known.items():
            if known.is_live and url not in outcomes:  # an orphan whose time is over
                known.is_live = known.is_kept = False
                known.taken_by = Outcome.ORPHAN
        for url, outcome in outcomes.items():
            if outcome is Outcome.STALE:
                known = self._known[url]
                known.num_stale += 1
                known.is_kept = known.num_stale < 2  # a page is carried for one quarter at most
            elif outcome in (Outcome.GONE, Outcome.EXCLUDED) or url in moved_to:
                known = self._known[url]
                known.is_live = known.is_kept = False
                known.taken_by = outcome
            else:
                self._keep(web, url, outcome)

    def _keep(self, web: Web, url: str, outcome: Outcome) -> None:
        page, since = web.pages[url], None
        if outcome is Outcome.ORPHAN:
            since = self._known[url].orphan_since
            since = web.quarter_index if since is None else since
        self._known[url] = _Known(page=page, digest=_digest(page), orphan_since=since)

    def _told(
        self, outcomes: Mapping[str, Outcome], texts_changed: Mapping[str, bool], moved_to: Mapping[str, str]
    ) -> Expected:
        kept = {url: known.page for url, known in self._known.items() if known.is_kept}
        removed = {url: known for url, known in self._known.items() if known.taken_by}
        return Expected(
            outcomes=outcomes,
            texts_changed=texts_changed,
            moved_to=moved_to,
            kept=kept,
            removed={url: known.taken_by for url, known in removed.items() if known.taken_by},
            removed_pages={url: known.page for url, known in removed.items()},
        )

    def _is_live(self, url: str) -> bool:
        return url in self._known and self._known[url].is_live


def _is_shown(page: TruePage) -> bool:
    """Whether it is a page to keep."""
    return page.status == 200 and page.kind in KEPT_KINDS


def _final(web: Web, page: TruePage) -> TruePage | None:
    """Where a redirect leads in the end."""
    end: TruePage | None = page
    for _ in range(MAX_HOPS):
        if end is None or not end.moved_to:
            break
        end = web.pages.get(end.moved_to)
    return end


def _digest(page: TruePage) -> bytes:
    return hashlib.sha256(page.body).digest()
