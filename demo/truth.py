"""The truth about the pretend web: what each URL is, says and answers.

In: pages, from `demo.building`. Out: `Web`, which finds pages and sums up what a crawler ought to have got.
Nothing here draws by chance or writes HTML.
"""

import enum
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field

from demo.places import PretendSite


class PageKind(enum.StrEnum):
    HOME = "home"
    SECTION = "section"
    CONTENT = "content"
    ACCORDION_ONLY = "accordion-only"
    ENGLISH = "english"
    GERMAN = "german"
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near-duplicate"
    BORGER_DK = "borger-dk"
    CPR = "cpr"
    ORPHAN = "orphan"
    ROBOTS_EXCLUDED = "robots-excluded"
    TRAP = "trap"
    REDIRECT = "redirect"
    MISSING = "missing"
    GONE = "gone"
    FILE = "file"
    SITEMAP = "sitemap"
    ROBOTS = "robots"


CONTENT_KINDS = frozenset(
    {
        PageKind.CONTENT,
        PageKind.ACCORDION_ONLY,
        PageKind.ENGLISH,
        PageKind.GERMAN,
        PageKind.DUPLICATE,
        PageKind.NEAR_DUPLICATE,
        PageKind.BORGER_DK,
        PageKind.CPR,
    }
)


@dataclass(frozen=True, kw_only=True)
class TruePage:
    """What one URL answers, and why.

    `text` are the blocks of the main text, `facts` the sentences in them that the tests look for. `linked`:
    links and redirects lead here from a seed, none of them on a page that robots.txt closes. `headers` lack
    only Content-Length, Date and Connection. A stale link may lead to a page that is gone: `linked` too.
    """

    url: str
    site: str
    kind: PageKind
    language: str = ""
    title: str = ""
    facts: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    linked: bool = False
    in_sitemap: bool = False
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    duplicate_of: str | None = None
    moved_to: str | None = None

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def is_content(self) -> bool:
        return self.kind in CONTENT_KINDS and self.status == 200

    @property
    def is_reachable(self) -> bool:
        """A crawler that follows links, redirects and sitemaps gets here; robots-excluded pages count too."""
        return self.linked or self.in_sitemap


@dataclass(frozen=True, kw_only=True)
class Web:
    """The whole pretend web of one quarter. URLs have no port: the register says where a host is served."""

    seed: int
    quarter_index: int
    sites: tuple[PretendSite, ...]
    pages: Mapping[str, TruePage] = field(repr=False)
    error_pages: Mapping[str, TruePage] = field(default_factory=dict, repr=False)

    def locate(self, url: str) -> TruePage | None:
        """The page at a URL; fragment and utm_ parameters make no difference, any other parameter does."""
        url = urllib.parse.urldefrag(url).url
        return self.pages.get(url) or self.pages.get(without_tracking(url))

    def answer(self, host: str, target: str) -> TruePage:
        """What a host answers: a page, the apex host's redirect to www, or the host's error page.

        Raises:
            KeyError: no such host.
        """
        page = self.locate(f"http://{host}{target}")
        if page is not None:
            return page
        if f"www.{host}" in self.error_pages:
            return redirect_page(host, target, location=f"http://www.{host}{target}")
        return self.error_pages[host]

    def content_urls(self) -> tuple[str, ...]:
        """HTML pages with text to keep, that answer 200 and that a rule-abiding crawler reaches."""
        return tuple(url for url, page in self.pages.items() if page.is_content and page.is_reachable)

    def danish_facts(self) -> tuple[str, ...]:
        """Each fact once of the Danish pages among `content_urls`, without the page with a CPR number."""
        return self._facts(is_danish=True)

    def foreign_facts(self) -> tuple[str, ...]:
        return self._facts(is_danish=False)

    def _facts(self, *, is_danish: bool) -> tuple[str, ...]:
        pages = (self.pages[url] for url in self.content_urls())
        wanted = (page for page in pages if (page.language == "da") is is_danish and page.kind is not PageKind.CPR)
        return tuple(dict.fromkeys(fact for page in wanted for fact in page.facts))


def without_tracking(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair and not pair.startswith("utm_")]
    return urllib.parse.urlunsplit(parts._replace(query="&".join(kept)))


def redirect_page(host: str, target: str, *, location: str, site: str = "", status: int = 301) -> TruePage:
    return TruePage(
        url=f"http://{host}{target}",
        site=site,
        kind=PageKind.REDIRECT,
        status=status,
        headers=(("Location", location), ("Content-Type", "text/html; charset=utf-8")),
        body=b"<html><head><title>Flyttet</title></head><body><h1>Siden er flyttet</h1></body></html>\n",
        moved_to=location,
    )
