"""Links of a page.

In: the bytes of an HTML page or sitemap, with its address. Out: normal URLs in the order of the page.
Parses with lxml from bytes, never with regular expressions; runs no scripts, sends no forms.
"""

from collections.abc import Iterator

import lxml.html
from lxml import etree
from scrapy.utils.gz import gunzip
from scrapy.utils.sitemap import Sitemap
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding

from crawler.urls import normal_url

MAX_LINKS_PER_PAGE = 2_000  # Heritrix allows 6,000; a municipal page has about 120
MAX_SITEMAP_BYTES = 50_000_000  # the limit of the sitemap protocol
_LINK_XPATH = "//a/@href | //area/@href | //link[@rel='canonical' or @rel='alternate' or @rel='next']/@href"


def page_links(body: bytes, url: str, content_type: str) -> list[str]:
    """Normal URLs a page leads to, each once, at most MAX_LINKS_PER_PAGE."""
    encoding = http_content_type_encoding(content_type) or html_body_declared_encoding(body) or "utf-8"
    try:
        parser = lxml.html.HTMLParser(encoding=encoding)
    except LookupError:
        parser = lxml.html.HTMLParser(encoding="utf-8")
    try:
        tree = lxml.html.document_fromstring(body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    bases = tree.xpath("//base/@href")
    base = (normal_url(bases[0], url) if bases else None) or url
    found: dict[str, None] = {}
    for reference in tree.xpath(_LINK_XPATH):
        if normal := normal_url(reference, base):
            found.setdefault(normal)
            if len(found) == MAX_LINKS_PER_PAGE:
                break
    return list(found)


def sitemap_links(body: bytes, url: str) -> tuple[list[str], list[str]]:
    """Pages and further sitemaps named by a sitemap or a sitemap index; nothing where it is broken."""
    if body[:2] == b"\x1f\x8b":
        try:
            body = gunzip(body, max_size=MAX_SITEMAP_BYTES)
        except Exception as error:  # noqa: BLE001  # scrapy raises its own kinds for bombs and broken streams
            _ = error
            return [], []
    try:
        sitemap = Sitemap(body)
        locations = list(_locations(sitemap, url))
    except (etree.XMLSyntaxError, ValueError, StopIteration):  # the last where no tag is in it
        return [], []
    return ([], locations) if sitemap.type == "sitemapindex" else (locations, [])


def _locations(sitemap: Sitemap, url: str) -> Iterator[str]:
    for entry in sitemap:
        if normal := normal_url(str(entry.get("loc") or ""), url):
            yield normal
