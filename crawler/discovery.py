"""Which of the URLs that a site's pages lead to are taken, and which are passed over when their turn comes.

In: links and readings of pages. Out: rows of the frontier, counts of what was not taken, and for a URL whose turn has
come the reason to pass it over. Decides by what the frontier holds and by hashes, never by time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crawler import frontier as states
from crawler.erasing.obeying import ERASED, Obeyed
from crawler.frontier import SITEMAP, Found, Frontier, Lease
from crawler.novelty import Novelty, hash64
from crawler.pages.urls import host_of
from crawler.refresh.reach import Reach
from crawler.register import Network, Site
from crawler.scope import NotTaken, reason_not_taken
from crawler.shapes import (
    MAX_STRANGE_STEPS,
    MIN_KNOWN_PAGES,
    STRANGE_SEEN_SHARE,
    Parameters,
    Shapes,
    idle_reason,
    paused_reason,
    shapes_of,
)  # fmt: skip

MAX_SITEMAPS = 200  # the largest site seen lists 2,000 pages a file
MAX_KNOWN_PER_PAGE = 5  # of URLs known to pages allowed: what bounds the table of a site that invents addresses
MAX_NOT_TAKEN = 200_000  # distinct links counted by kind
MAX_RECENT = 1_000  # links of a site's menus, which need not be looked at again on every page
NUM_LEADING_ON = 2  # new links of a page that leads on


class Discovery:
    """The URLs of one site."""

    def __init__(self, site: Site, network: Network, frontier: Frontier, *, budget: int, obeyed: Obeyed) -> None:
        self._site, self._network, self._frontier, self._budget = site, network, frontier, budget
        self._shapes = Shapes(frontier.db)
        self._parameters = Parameters(frontier.db)
        self._obeyed = obeyed
        self._reach = Reach(frontier)
        self._recent: dict[str, None] = {}
        self._num_not_taken = frontier.db.execute("select count(*) from not_taken").fetchone()[0]
        self._has_strange = bool(
            frontier.db.execute("select 1 from url where num_strange > 0 limit 1").fetchone()
        )  # fmt: skip

    def reason_to_pass_over(self, lease: Lease) -> str | None:
        """Why a leased page is not fetched after all; a page without its idle parameter is added in its place."""
        if self._obeyed.covers(lease.url):
            return ERASED
        if reason := reason_not_taken(lease.url, self._site, self._network, depth=lease.depth):
            return reason  # the register changed since it was found
        if lease.priority < states.PRIORITY_LINK:
            return None  # what the site itself lists is fetched
        if idle := self._parameters.without_idle(lease.url):
            found = Found(priority=lease.priority, depth=lease.depth, via=lease.id, num_strange=lease.num_strange)
            self.add_pages([idle[1]], found)
            return idle_reason(idle[0])
        shape = self._shapes.pausing(lease.url, lease.num_strange)
        return paused_reason(shape) if shape else None

    def add_pages(self, urls: Sequence[str], found: Found, *, page: str | None = None) -> list[str]:
        """Take what belongs to the site; gives the URLs that were not known.

        Args:
            page: the URL of the page they stand on, if it is one. The leaves of a list that goes on from page to page
                are no deeper than its first.
        """
        if self._obeyed:
            urls = self._without_erased(urls)
        shape = shapes_of(page)[0] if page else None
        taken: list[tuple[str, Found]] = []
        for url in urls:
            if url in self._recent and found.priority == states.PRIORITY_LINK:
                continue
            is_leaf = shape is not None and shapes_of(url)[0] == shape
            place = replace(found, depth=found.depth - 1) if is_leaf else found
            reason = reason_not_taken(url, self._site, self._network, depth=place.depth)
            if reason is None:
                taken.append((url, place))
            else:
                self.count_not_taken(hash64(url), reason)
            if len(self._recent) < MAX_RECENT and reason != NotTaken.TOO_DEEP:  # it may be nearer elsewhere
                self._recent[url] = None
        if found.num_strange == 0 and self._has_strange:
            self._frontier.make_ordinary(urls)
        totals = self._frontier.totals()
        num_known = totals.waiting + totals.done + totals.failed + totals.excluded
        room = max(self._budget * MAX_KNOWN_PER_PAGE - num_known, 0)
        new = [url for url, place in taken[:room] if self._frontier.add([url], place)]
        if found.priority < states.PRIORITY_LINK:
            self._frontier.promote([url for url, _ in taken], found.priority)
        self._reach.leads(urls, found)
        return new

    def _without_erased(self, urls: Sequence[str]) -> list[str]:
        """They are counted, and leave no row."""
        left = []
        for url in urls:
            if self._obeyed.covers(url):
                self.count_not_taken(hash64(url), ERASED)
            else:
                left.append(url)
        return left

    def add_sitemaps(self, urls: Sequence[str], *, via: int) -> None:
        known = self._frontier.db.execute("select count(*) from url where kind = 'sitemap'").fetchone()[0]
        own = [url for url in self._without_erased(urls) if host_of(url) in self._site.hosts]
        found = Found(kind=SITEMAP, priority=states.PRIORITY_SITEMAP, via=via)
        self._frontier.add(own[: max(MAX_SITEMAPS - known, 0)], found)

    def count_not_taken(self, value: int, kind: str) -> None:
        if self._num_not_taken < MAX_NOT_TAKEN:
            added = self._frontier.db.execute("insert or ignore into not_taken values (?, ?)", (value, kind)).rowcount
            self._num_not_taken += max(added, 0)

    def count_references(self, lease: Lease, kinds: Mapping[str, int]) -> None:
        """References that are no URLs, such as scripts: one for each of them on a page."""
        for kind, number in kinds.items():
            for i in range(min(number, 100)):
                self.count_not_taken(hash64(f"{lease.url} {kind} {i}"), kind)

    def strangeness(self, lease: Lease, novelty: Novelty) -> int:
        """How many steps the links of a page are away from the last page that had anything of the site."""
        is_strange = (
            novelty.seen_share < STRANGE_SEEN_SHARE
            and lease.priority == states.PRIORITY_LINK
            and self._frontier.totals().num_pages >= MIN_KNOWN_PAGES
        )
        self._has_strange |= is_strange
        return lease.num_strange + 1 if is_strange else 0

    def learn(self, lease: Lease, novelty: Novelty | None, *, num_strange: int, new_urls: Sequence[str]) -> None:
        """Count a page that was fetched. `novelty` None: its text is not kept; it is worth what it leads to."""
        if novelty is not None and self._frontier.text_digest(lease.url) == novelty.text_digest:
            return  # fetched again because its record was lost with the power: it was counted then
        own = set(shapes_of(lease.url))
        if novelty is not None:
            self._compare_variants(lease, novelty)
        taken_up = self._shapes.learn(
            lease.url, says_new=novelty is not None and novelty.is_novel,
            leads_elsewhere=any(own.isdisjoint(shapes_of(url)) for url in new_urls),
            is_listed=lease.priority < states.PRIORITY_LINK,
        )  # fmt: skip
        if num_strange > MAX_STRANGE_STEPS:
            taken_up += self._shapes.learn_strange(leads_on=len(new_urls) >= NUM_LEADING_ON)
        for shape in taken_up:
            self._frontier.take_up(paused_reason(shape))

    def _compare_variants(self, lease: Lease, novelty: Novelty) -> None:
        """Whether the page says the same as the one without a parameter, where that was fetched."""
        self._frontier.set_text_digest(lease, novelty.text_digest)
        for name, url in self._parameters.variants(lease.url):
            digest = self._frontier.text_digest(url)
            if digest is None:
                continue
            if self._parameters.learn(name, is_same=digest == novelty.text_digest):
                self._frontier.take_up(idle_reason(name))

