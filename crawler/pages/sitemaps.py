"""Sitemaps.

In: the bytes that a site gave for a sitemap: XML, RSS, Atom or plain lines, packed or not, whole or broken. Out: the
pages and further sitemaps they name, as normal URLs. Reads no files, asks nobody, expands no entities.
"""

import gzip
import io
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from lxml import etree

from crawler.pages.page_encoding import in_utf8
from crawler.pages.urls import normal_url

# The limits of the sitemap protocol, sitemaps.org/protocol.html.
MAX_SITEMAP_BYTES = 50_000_000
MAX_SITEMAP_ENTRIES = 50_000
_MAX_EVENTS = 60 * MAX_SITEMAP_ENTRIES  # an entry has five elements, and some for its images and translations
_BLOCK_BYTES = 64 * 1024
# Often forgotten to be escaped between parameters. Whatever else a document declares is read as it is written, so that
# its entities cannot grow.
_BARE_AMPERSAND = re.compile(rb"&(?!amp;|lt;|gt;|quot;|apos;|#)")
# Elements whose text is a URL, by the element around them; image:loc in image:image is none of them.
# Half of a character that UTF-16 writes in two, as some .NET and JavaScript programs refer to an emoji: U+D800 to DFFF.
_SURROGATE = re.compile(
    rb"&#(?:[xX][dD][89a-fA-F][0-9a-fA-F]{2}|5(?:529[6-9]|5[3-9]\d\d|6\d{3}|7[0-2]\d\d|73[0-3]\d|734[0-3]));"
)
_PAGES = {("url", "loc"), ("item", "link")}  # the second in RSS
_SITEMAPS = {("sitemap", "loc"), ("sitemapindex", "sitemap")}  # the second where the loc was forgotten
_DATE = ("url", "lastmod")
MAX_DATE_CHARS = 40  # 2026-11-22T10:15:00.123456+01:00 has 32
_WITH_LINKS = {"url", "entry"}  # translations of a page, and Atom


@dataclass(frozen=True)
class SitemapReading:
    """What a sitemap says: pages and further sitemaps, and of the pages the dates of their last change, as written."""

    pages: list[str]
    sitemaps: list[str]
    dates: Mapping[str, str]


def sitemap_links(body: bytes, url: str) -> tuple[list[str], list[str]]:
    """Pages and further sitemaps named by a sitemap, a sitemap index or a feed."""
    reading = read_sitemap(body, url)
    return reading.pages, reading.sitemaps


def read_sitemap(body: bytes, url: str) -> SitemapReading:
    """All of it; of a broken one, what came before."""
    body = in_utf8(_unpacked(body)[:MAX_SITEMAP_BYTES], "")[0].lstrip()
    if not body.startswith(b"<"):
        return SitemapReading(_pages_in_lines(body), [], {})
    body = _SURROGATE.sub(b"", _BARE_AMPERSAND.sub(b"&amp;", body))
    seen = _Seen(url)
    parser = etree.XMLParser(target=seen, encoding="utf-8", recover=True, resolve_entities=False, no_network=True)
    for start in range(0, len(body), _BLOCK_BYTES):
        with suppress(etree.XMLSyntaxError, UnicodeDecodeError):  # past mending, the parser says nothing more
            parser.feed(body[start : start + _BLOCK_BYTES])
        if seen.is_full():
            break
    pages, sitemaps = (list(found)[:MAX_SITEMAP_ENTRIES] for found in (seen.pages, seen.sitemaps))
    return SitemapReading(pages, sitemaps, seen.dates)


def _unpacked(body: bytes) -> bytes:
    """The content of a gzip file; the beginning of one that is damaged or explodes."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    content = bytearray()
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file, suppress(OSError, EOFError, zlib.error):
        while len(content) < MAX_SITEMAP_BYTES and (block := file.read1(_BLOCK_BYTES)):
            content += block
    return bytes(content)


def _pages_in_lines(body: bytes) -> list[str]:
    pages: dict[str, None] = {}
    for line in body.splitlines()[:MAX_SITEMAP_ENTRIES]:
        if normal := normal_url(line.decode(errors="replace")):
            pages[normal] = None
    return list(pages)


class _Seen:
    """Target of the parser's events. Names of the interface: start, end, data, close."""

    def __init__(self, url: str) -> None:
        self.pages: dict[str, None] = {}
        self.sitemaps: dict[str, None] = {}
        self.dates: dict[str, str] = {}
        self._url = url
        self._entry: str | None = None  # the page that is being described
        self._date = ""
        self._open: list[str] = [""]  # local names of the elements around
        self._pieces: list[str] | None = None  # of the text of an element that names a URL
        self._num_events = 0

    def is_full(self) -> bool:
        num_entries = len(self.pages) + len(self.sitemaps)
        return num_entries >= MAX_SITEMAP_ENTRIES or self._num_events >= _MAX_EVENTS

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._num_events += 1
        name, around = tag.rpartition("}")[2], self._open[-1]
        self._open.append(name)
        place = (around, name)
        self._pieces = [] if place in _PAGES or place in _SITEMAPS or place == _DATE else None
        if name == "link" and around in _WITH_LINKS and attributes.get("rel", "alternate") == "alternate":
            self._add(self.pages, attributes.get("href", ""))

    def end(self, tag: str) -> None:  # noqa: ARG002  # lxml's interface
        name = self._open.pop()
        if self._pieces:
            place, written = (self._open[-1], name), "".join(self._pieces)
            if place == _DATE:
                self._date = written.strip()[:MAX_DATE_CHARS]
            elif place in _PAGES:
                self._entry = self._add(self.pages, written)
            else:
                self._add(self.sitemaps, written)
        elif name == "url":
            if self._entry and self._date:
                self.dates[self._entry] = self._date
            self._entry, self._date = None, ""
        self._pieces = None

    def data(self, text: str) -> None:
        self._num_events += 1
        if self._pieces is not None:
            self._pieces.append(text)

    def close(self) -> None:
        """The parser wants to be asked for a result."""

    def _add(self, found: dict[str, None], written: str) -> str | None:
        address = written.strip().replace("&amp;", "&")  # some escape twice
        normal = normal_url(address, self._url) if address else None
        if normal:
            found[normal] = None
        return normal
