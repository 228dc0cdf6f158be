"""What the crawl needs of a page, in one reading.

In: the bytes of an HTML page, with its address. Out: its links as normal URLs, its meta elements, its visible text.
Reads the parser's events as they come and builds no tree, so that time grows with length only and no link is too
deeply nested to be seen. Runs no scripts, sends no forms. Does not know which links belong to the site.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from crawler.pages.page_encoding import in_utf8
from crawler.pages.references import NotFollowed, is_route, why_no_url
from crawler.pages.urls import normal_url

MAX_LINKS_PER_PAGE = 2_000  # Heritrix allows 6,000; a municipal page has about 120
MAX_TEXTS = 5_000
_LEADING_LINKS = {"canonical", "alternate", "next"}  # what <link> may be to lead to a page
_NOT_SHOWN = {"head", "script", "style", "noscript", "template", "iframe", "noframes"}
_READ = {"a", "area", "link", "meta", "base"}
_REFRESH = re.compile(r"\s*+[0-9.]*+(?:\s*+[;,]|\s)\s*+(?:url\s*+=\s*+)?+(['\"]?)(.+)", re.IGNORECASE | re.DOTALL)
_PDF = b"%PDF-"  # some servers call it HTML


@dataclass(frozen=True, kw_only=True)
class PageReading:
    """What one page says."""

    links: tuple[str, ...] = ()  # normal URLs, each once, in the order of the page, without those marked nofollow
    metas: tuple[tuple[str, str], ...] = ()  # name in lower case and content
    texts: tuple[str, ...] = ()  # visible text between tags, white space collapsed
    canonical: str | None = None  # a normal URL
    not_followed: Mapping[str, int] = field(default_factory=dict)  # references that are no links, by NotFollowed


def read_page(body: bytes, url: str, content_type: str) -> PageReading:
    """Read a page at the address `url`; a page that is broken, or no page, gives what is in it.

    Raises:
        MemoryError: there is too little for this page.
    """
    if body.lstrip()[: len(_PDF)] == _PDF:
        return PageReading()
    page, encoding = in_utf8(body, content_type)
    seen = _Seen()
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=seen)
    etree.fromstring(page, parser)
    error = parser.error_log.last_error
    if error is not None and error.type == etree.ErrorTypes.ERR_NO_MEMORY:
        raise MemoryError  # the parser ends without a word, and half a page looks like a whole one
    base = (normal_url(seen.base, url) if seen.base else None) or url
    links, not_followed = _links(seen.references, base, encoding)
    return PageReading(
        links=links, metas=tuple(seen.metas), texts=tuple(seen.texts), not_followed=not_followed,
        canonical=normal_url(seen.canonical, base, encoding=encoding) if seen.canonical else None,
    )  # fmt: skip


def _links(references: list[tuple[str, str]], base: str, encoding: str) -> tuple[tuple[str, ...], Mapping[str, int]]:
    found: dict[str, None] = {}
    not_followed: Counter[str] = Counter()
    for number, (written, rel) in enumerate(references, 1):
        if rel and "nofollow" in rel.lower():  # some put commas between
            not_followed[NotFollowed.NOFOLLOW] += 1
        elif normal := normal_url(written, base, encoding=encoding):
            found[normal] = None
            if is_route(written):
                not_followed[NotFollowed.NEEDS_JAVASCRIPT] += 1
            if len(found) == MAX_LINKS_PER_PAGE and number < len(references):
                not_followed[NotFollowed.TOO_MANY] += len(references) - number
                break
        elif why := why_no_url(written):
            not_followed[why] += 1
    return tuple(found), dict(not_followed)


class _Seen:
    """Target of the parser's events. A name of the interface: start, end, data, close."""

    def __init__(self) -> None:
        self.references: list[tuple[str, str]] = []  # href and rel
        self.metas: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.base = self.canonical = ""
        self._pieces: list[str] = []  # of the text since the last tag
        self._not_shown = 0  # how many open elements hide their text

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._pieces:
            self._end_text()
        if tag in _READ:
            if tag == "meta":
                self._meta(attributes)
            elif (written := attributes.get("href")) is not None:
                self._reference(tag, written, attributes.get("rel", ""))
        elif tag in _NOT_SHOWN:
            self._not_shown += 1

    def end(self, tag: str) -> None:
        if self._pieces:
            self._end_text()
        if tag in _NOT_SHOWN:
            self._not_shown -= 1

    def data(self, text: str) -> None:
        if not self._not_shown:
            self._pieces.append(text)

    def close(self) -> None:
        """The parser wants to be asked for a result."""

    def _reference(self, tag: str, written: str, rel: str) -> None:
        if tag == "base":
            self.base = self.base or written
            return
        if tag == "link":
            kinds = set(rel.lower().split())
            if not kinds & _LEADING_LINKS or "stylesheet" in kinds:
                return
            if "canonical" in kinds:
                self.canonical = self.canonical or written
        self.references.append((written, rel))

    def _meta(self, attributes: Mapping[str, str]) -> None:
        content = attributes.get("content")
        if content is None:
            return
        if name := attributes.get("name"):
            self.metas.append((name.strip().lower(), content))
        if attributes.get("http-equiv", "").strip().lower() == "refresh" and (found := _REFRESH.match(content)):
            quote, target = found.groups()
            self.references.append((target.partition(quote)[0] if quote else target, ""))

    def _end_text(self) -> None:
        text = " ".join("".join(self._pieces).split())
        self._pieces.clear()
        if text and len(self.texts) < MAX_TEXTS:
            self.texts.append(text)
