"""The whole pretend web of one quarter: finds pages, says what any URL is, and what a crawler ought to have got.

In: pages with their truth, and functions for those that nobody can list. Out: answers for `demo.answers`, and sums for
tests. Nothing here draws by chance or writes HTML.
"""

import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from demo.hostile_case import HostileCase
from demo.places import PretendSite
from demo.site_lives import Incident
from demo.truth import CONTENT_KINDS, PageKind, TruePage, redirect_page, without_tracking


@dataclass(frozen=True, kw_only=True)
class Web:
    """The whole pretend web of one quarter. URLs have no port: the register says where a host is served.

    Attributes:
        generators: by origin, the functions that answer URLs which are not listed, each from path and query.
        mirrors: origins that show the pages of another one instead of redirecting to it.
        cases: the hostile cases by host; they answer before any page does.
        incidents: the hosts that do not show their pages this quarter, whatever the pages are.
        fickle_hosts: hosts that make up a new ETag for each request.
    """

    seed: int
    quarter_index: int
    sites: tuple[PretendSite, ...]
    pages: Mapping[str, TruePage] = field(repr=False)
    error_pages: Mapping[str, TruePage] = field(default_factory=dict, repr=False)
    generators: Mapping[str, tuple[Callable[[str], TruePage | None], ...]] = field(default_factory=dict, repr=False)
    mirrors: Mapping[str, str] = field(default_factory=dict, repr=False)
    cases: Mapping[str, HostileCase] = field(default_factory=dict, repr=False)
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    fickle_hosts: frozenset[str] = frozenset()

    def locate(self, url: str) -> TruePage | None:
        """The page at a URL; fragment and utm_ parameters make no difference, any other parameter does."""
        url = urllib.parse.urldefrag(url).url
        return self.pages.get(url) or self.pages.get(without_tracking(url))

    def answer(self, host: str, target: str, *, scheme: str = "http") -> TruePage:
        """What a host answers: a page, listed or not, a redirect to the site's own origin, or its error page.

        Raises:
            KeyError: no such host.
        """
        origin = f"{scheme}://{host}"
        page = self._found(origin, target)
        if page is not None:
            return page
        owner = self._origins[host]
        if origin != owner:
            return redirect_page(f"{origin}{target}", location=f"{owner}{target}")
        return self.error_pages[host]

    def classify(self, url: str) -> PageKind:
        """What any URL is, listed or not; a listed page under tracking parameters is a duplicate of itself."""
        url = urllib.parse.urldefrag(url).url
        parts = urllib.parse.urlsplit(url)
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        if (kind := self._hostile_kind(parts.netloc, url, target)) is not None:
            return kind
        if url in self.pages:
            return self.pages[url].kind
        if self.locate(url):
            return PageKind.DUPLICATE
        try:
            return self.answer(parts.netloc, target, scheme=parts.scheme).kind
        except KeyError:
            return PageKind.MISSING

    def content_urls(self) -> tuple[str, ...]:
        """HTML pages with text to keep, that answer 200 and that a rule-abiding crawler reaches."""
        return tuple(url for url, page in self.pages.items() if page.is_content and page.is_reachable)

    def danish_facts(self) -> tuple[str, ...]:
        """Each fact once of the Danish pages among `content_urls`, without the page with a CPR number."""
        return self._facts(is_danish=True)

    def foreign_facts(self) -> tuple[str, ...]:
        return self._facts(is_danish=False)

    @cached_property
    def _origins(self) -> Mapping[str, str]:
        return {host: site.origin for site in self.sites for host in (site.host, site.apex_host)}

    def _hostile_kind(self, host: str, url: str, target: str) -> PageKind | None:
        """What a URL of a hostile host is, where it is not one of its listed pages."""
        case = self.cases.get(host)
        if case is None:
            return None
        for urls, kind in (
            (case.closed, PageKind.ROBOTS_EXCLUDED),
            (case.unkept, PageKind.RESERVED),
            (case.content, PageKind.CONTENT),
        ):
            if url in urls:
                return kind
        if case.behaviour(target) is None:
            return None
        return PageKind.ROBOTS if target == "/robots.txt" else PageKind.HOSTILE

    def _found(self, origin: str, target: str) -> TruePage | None:
        page = self.locate(f"{origin}{target}")
        if page is not None:
            return page
        for generate in self.generators.get(origin, ()):
            if page := generate(target):
                return page
        if origin not in self.mirrors:
            return None
        page = self._found(self.mirrors[origin], target)
        return page and page.with_changes(url=f"{origin}{target}", kind=_seen_again(page.kind, target))

    def _facts(self, *, is_danish: bool) -> tuple[str, ...]:
        pages = (self.pages[url] for url in self.content_urls())
        wanted = (page for page in pages if (page.language == "da") is is_danish and page.kind is not PageKind.CPR)
        return tuple(dict.fromkeys(fact for page in wanted for fact in page.facts))


def _seen_again(kind: PageKind, target: str) -> PageKind:
    """The kind of a page on a mirror; its front page is the way in, and no waste."""
    is_text = kind in CONTENT_KINDS or kind is PageKind.SECTION
    return PageKind.DUPLICATE if is_text and target != "/" else kind
