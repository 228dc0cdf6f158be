"""The bytes of a page, made when they are asked for: a view in, headers and body out.

What was asked for lately is kept, the rest is forgotten and made again, so that 20,000 pages need not lie in memory.
Knows nothing of links, reachability or the truth about a page.
"""

import datetime
import email.utils
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from demo.cms import View
from demo.realistic import dressed
from demo.site_lives import Validators
from demo.styles import style_of
from demo.views import SitePlan

NUM_KEPT = 256  # of 35 KB each: 9 MB; a crawl asks for a page once, a test a few times in a row
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, eq=False)  # equal to itself only: the key under which bytes are kept
class Rendering:
    """One page of a site. `draw` gives its content type and its bytes.

    Attributes:
        is_tagged: it has an ETag, as everything has that can be fetched again.
        changed: the day in Last-Modified, where that day is the page's own.
        more: headers that this page has beside those of its site.
        validators_of: the page whose ETag and Last-Modified it sends, where those are not its own.
    """

    plan: SitePlan
    draw: Callable[[], tuple[str, bytes]]
    is_tagged: bool = True
    changed: Callable[[], datetime.date] | None = None
    more: Headers = ()
    validators_of: "Rendering | None" = None

    def headers(self) -> Headers:
        content_type, _ = _drawn(self)
        named = (("Server", style_of(self.plan.site).server), ("Content-Type", content_type))
        return (*named, *(self.validators_of or self).validators(), *self.more)

    def validators(self) -> Iterator[tuple[str, str]]:
        manner = self.plan.life.validators
        if self.is_tagged and manner not in (Validators.NONE, Validators.EACH_REQUEST):
            quarter = str(self.plan.quarter_index) if manner is Validators.EACH_QUARTER else ""
            tag = hashlib.sha256(self.body() + quarter.encode()).hexdigest()[:16]
            yield "ETag", f'W/"{tag}"' if manner is Validators.WEAK else f'"{tag}"'
        if self.changed and manner is not Validators.NONE:
            day = self.changed()
            morning = datetime.datetime(day.year, day.month, day.day, 4, tzinfo=datetime.UTC)
            yield "Last-Modified", email.utils.format_datetime(morning, usegmt=True)

    def body(self) -> bytes:
        return _drawn(self)[1]


@lru_cache(maxsize=NUM_KEPT)
def _drawn(rendering: Rendering) -> tuple[str, bytes]:
    return rendering.draw()


@dataclass(frozen=True, kw_only=True, eq=False)
class Written:
    """A page's view, and what the truth says of it."""

    view: Callable[[], View]

    def title(self) -> str:
        return _viewed(self).title

    def text(self) -> tuple[str, ...]:
        article = _viewed(self).article
        return article.texts() if article else ()

    def facts(self) -> tuple[str, ...]:
        article = _viewed(self).article
        return article.facts if article else ()


@lru_cache(maxsize=NUM_KEPT)
def _viewed(written: Written) -> View:
    return written.view()


def drawn_html(plan: SitePlan, path: str, view: Callable[[], View]) -> tuple[str, bytes]:
    declared, content_type, encoding = _declared(plan, view())
    text = style_of(plan.site).render(declared)
    if plan.is_realistic:
        text = dressed(plan, path, declared, text)
    return content_type, text.encode(encoding, "xmlcharrefreplace")


def _declared(plan: SitePlan, view: View) -> tuple[View, str, str]:
    """Where the charset is declared: both places, but one on the latin-1 site, by the length of the title."""
    if not plan.traits.is_latin1:
        return view, "text/html; charset=utf-8", "utf-8"
    if len(view.title) % 2:
        return replace(view, charset_in_meta="iso-8859-1"), "text/html", "iso-8859-1"
    return replace(view, charset_in_meta=""), "text/html; charset=ISO-8859-1", "iso-8859-1"
