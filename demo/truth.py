"""The truth about a page: what its URL is, says and answers.

In: what `demo.building` knows of a page. Out: `TruePage` and its `PageKind`. The pages together are a `demo.web.Web`.
Nothing here draws by chance or writes HTML.
"""

import copy
import enum
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from demo.deferred import Deferred


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
    RESERVED = "reserved"  # its owner does not want it kept: no body of it may be in an archive
    HOSTILE = "hostile"  # the page that harms on a hostile host; whether it is kept does not matter


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


# A fetch of these brings nothing new.
WASTE_KINDS = frozenset({PageKind.TRAP, PageKind.DUPLICATE})


@dataclass(frozen=True, kw_only=True)
class TruePage:
    """What one URL answers, and why.

    `text` are the blocks of the main text, `facts` the sentences in them that the tests look for. `linked`:
    links and redirects lead here from a seed, none of them on a page that robots.txt closes. `headers` lack
    only Content-Length, Date and Connection. A stale link may lead to a page that is gone: `linked` too.
    `text_id` is the same wherever and however edited the same text stands; `touched_by` names the operator of
    `demo.changes` that was here this quarter.
    Text and bytes may be given as functions; bodies are then not kept, so that a large web fits into memory.
    """

    url: str
    site: str
    kind: PageKind
    language: str = ""
    title: Deferred[str] = field(default=Deferred(""), repr=False)
    facts: Deferred[tuple[str, ...]] = field(default=Deferred(()), repr=False)
    text: Deferred[tuple[str, ...]] = field(default=Deferred(()), repr=False)
    linked: bool = False
    in_sitemap: bool = False
    status: int = 200
    headers: Deferred[tuple[tuple[str, str], ...]] = field(default=Deferred(()), repr=False)
    body: Deferred[bytes] = field(default=Deferred(b"", keeps=False), repr=False)
    duplicate_of: str | None = None
    moved_to: str | None = None
    text_id: str = ""
    touched_by: str = ""

    def with_changes(self, **fields: Any) -> "TruePage":
        """A copy with other fields, without working out those that wait (`dataclasses.replace` reads them all)."""
        twin = copy.copy(self)
        for name, value in fields.items():
            object.__setattr__(twin, name, value)
        return twin

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def is_content(self) -> bool:
        return self.kind in CONTENT_KINDS and self.status == 200

    @property
    def is_reachable(self) -> bool:
        """A crawler that follows links, redirects and sitemaps gets here; robots-excluded pages count too."""
        return self.linked or self.in_sitemap


def without_tracking(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair and not pair.startswith("utm_")]
    return urllib.parse.urlunsplit(parts._replace(query="&".join(kept)))


def redirect_page(url: str, *, location: str, site: str = "", status: int = 301) -> TruePage:
    return TruePage(
        url=url,
        site=site,
        kind=PageKind.REDIRECT,
        status=status,
        headers=(("Location", location), ("Content-Type", "text/html; charset=utf-8")),
        body=b"<html><head><title>Flyttet</title></head><body><h1>Siden er flyttet</h1></body></html>\n",
        moved_to=location,
    )
