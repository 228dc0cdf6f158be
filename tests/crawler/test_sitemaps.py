import gzip
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.pages.sitemaps import MAX_SITEMAP_ENTRIES, sitemap_links

URL = "http://nordby.test/sitemap.xml"
SITEMAP = """<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>http://nordby.test/a?x=1&amp;y=2</loc></url><url><loc>/bø</loc></url><url><loc>file:///etc/passwd</loc></url>
</urlset>"""
PAGES = ["http://nordby.test/a?x=1&y=2", "http://nordby.test/b%C3%B8"]


def test_half_of_a_character_takes_nothing_from_the_rest() -> None:
    body = b"<urlset><url><loc>/a</loc><x>&#55357;&#56842; &#xD83D;</x></url><url><loc>/b</loc></url></urlset>"
    pages, _ = sitemap_links(body, "http://nordby.test/sitemap.xml")
    assert pages == ["http://nordby.test/a", "http://nordby.test/b"]


def test_sitemap_gives_pages_and_its_index_further_sitemaps() -> None:
    assert sitemap_links(SITEMAP.encode(), URL) == (PAGES, [])
    index = SITEMAP.replace("urlset", "sitemapindex").replace("url>", "sitemap>")
    assert sitemap_links(index.encode(), URL) == ([], PAGES)


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(SITEMAP.encode()),
        gzip.compress(SITEMAP[:150].encode()) + gzip.compress(SITEMAP[150:].encode()),
        b"\xef\xbb\xbf" + SITEMAP.encode(),
        b"\r\n  " + SITEMAP.encode(),
        SITEMAP.encode("utf-16"),
        SITEMAP.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        SITEMAP.encode("latin-1"),  # which says that it is UTF-8
        SITEMAP.replace("&amp;", "&").encode(),
        SITEMAP.replace("&amp;", "&amp;amp;").encode(),
        SITEMAP.replace("http://nordby.test/a?x=1&amp;y=2", "<![CDATA[http://nordby.test/a?x=1&y=2]]>").encode(),
        SITEMAP.replace("</loc></url><url><loc>file", "</loc><url><loc>file").encode(),
        SITEMAP.replace("url", "ns:url").replace("xmlns=", "xmlns:ns=").replace("loc>", "ns:loc>").encode(),
        SITEMAP.replace("sitemaps.org", "google.com").encode(),
        SITEMAP.replace("</loc>", "\n</loc><lastmod>2020-01-01</lastmod>").replace("<loc>", "<loc>\n ").encode(),
    ],
    ids=[
        "gzip", "gzip-in-two", "bom", "blanks-first", "utf-16", "latin-1", "latin-1-unsaid", "bare-ampersand",
        "escaped-twice", "cdata", "unclosed", "prefix", "other-namespace", "lastmod",
    ],
)  # fmt: skip
def test_odd_sitemap_gives_all_that_is_in_it(body: bytes) -> None:
    assert sitemap_links(body, URL) == (PAGES, [])


def test_lines_of_text_are_a_sitemap() -> None:
    body = "\ufeffhttp://nordby.test/a?x=1&y=2\r\n\r\n http://nordby.test/bø \nkort\nftp://nordby.test/\n"
    assert sitemap_links(body.encode(), URL) == (PAGES, [])


def test_feeds_are_sitemaps() -> None:
    rss = b"<rss><channel><link>/</link><item><link>http://nordby.test/nyt?a=1&amp;b=2</link></item></channel></rss>"
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/><entry><link href="/nyt"/>
    <link rel="edit" href="/ret"/></entry></feed>"""
    assert sitemap_links(rss, URL) == (["http://nordby.test/nyt?a=1&b=2"], [])
    assert sitemap_links(atom, URL) == (["http://nordby.test/nyt"], [])


def test_images_are_no_pages_and_translations_are() -> None:
    body = b"""<urlset xmlns:image="i" xmlns:xhtml="x"><url><loc>/a</loc><image:image><image:loc>/a.jpg</image:loc>
    </image:image><xhtml:link rel="alternate" hreflang="en" href="/en/a"/></url></urlset>"""
    assert sitemap_links(body, URL) == (["http://nordby.test/a", "http://nordby.test/en/a"], [])


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"hej", b"<html><body><a href='/x'>Siden findes ikke</a></body></html>", b"<urlset>",
        gzip.compress(SITEMAP.encode())[:-20], b"\x1f\x8b", b"<",
        b"<urlset><url></url></urlset>", b"<urlset><url><loc> </loc></url></urlset>", SITEMAP[:-60].encode(),
    ],
    ids=["empty", "blank", "text", "html", "unclosed", "cut", "magic", "bracket", "no-loc", "blank-loc", "short"],
)  # fmt: skip
def test_broken_sitemap_gives_no_more_than_is_in_it(body: bytes) -> None:
    pages, sitemaps = sitemap_links(body, URL)
    assert (set(pages) - set(PAGES), sitemaps) == (set(), [])


def test_what_came_before_the_break_is_kept() -> None:
    assert sitemap_links(SITEMAP[: SITEMAP.index("<url><loc>/b") + 13].encode(), URL) == (PAGES[:1], [])


def test_sitemap_reads_no_file_and_explodes_no_entities() -> None:
    laughs = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
    entities = f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY l0 "lol">{laughs}]>'
    body = f"{entities}<urlset><url><loc>/&f;</loc></url><url><loc>/&l9;</loc></url></urlset>"
    assert sitemap_links(body.encode(), URL) == (["http://nordby.test/&f;", "http://nordby.test/&l9;"], [])
    outside = '<!DOCTYPE x SYSTEM "file:///etc/passwd" [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><urlset/>'
    assert sitemap_links(outside.encode(), URL) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "num_pages"),
    [
        (lambda: b"<urlset>" + b"".join(b"<url><loc>/%d</loc></url>" % n for n in range(500_000)), MAX_SITEMAP_ENTRIES),
        (lambda: b"".join(b"http://nordby.test/%d\n" % number for number in range(500_000)), MAX_SITEMAP_ENTRIES),
        (lambda: b"<urlset>" + b"<a>" * 3_000_000, 0),
        (lambda: b"<urlset>" + b"<a/>" * 10_000_000, 0),
        (lambda: b"<urlset " + b" ".join(b"a%d='1'" % number for number in range(1_000_000)), 0),
        (lambda: b"<urlset><url><loc>" + b"&amp;" * 8_000_000, 0),
        (lambda: gzip.compress(b"\0" * 100_000_000, 1), 0),
    ],
    ids=["urls", "lines", "deep", "flat", "attributes", "entities", "bomb"],
)
def test_endless_sitemap_is_read_to_the_limits(body: Callable[[], bytes], num_pages: int) -> None:
    content = body()
    started = time.process_time()
    pages, sitemaps = sitemap_links(content, URL)
    assert (num_pages, 0) == (len(pages), len(sitemaps))
    assert time.process_time() - started < 3


@given(st.binary(max_size=200))
def test_no_bytes_raise(body: bytes) -> None:
    for start in (b"", b"<urlset><url><loc>", b"\x1f\x8b\x08", b"<?xml", b"\xff\xfe<"):
        sitemap_links(start + body, URL)


# Real files, good, odd and broken: pages and further sitemaps.
EXPECTED = {
    "sitemaps/atom.xml": (2, 0), "sitemaps/do-not-visit.txt": (1, 0), "sitemaps/sitemap-with-bom.txt": (2, 0),
    "sitemaps/sitemap.badns.xml": (2, 0), "sitemaps/sitemap.ns.xml": (2, 0), "sitemaps/sitemap.txt": (2, 0),
    "sitemaps/sitemap.index.xml": (0, 15),  # its sitemaps have no loc
    "sitemaps/sitemap.txt.gz": (5, 0), "sitemaps/xmlSitemap.gz": (5, 0),
    "sitemaps/extension/hebdenbridgetimes-articles-sitemap.xml": (74, 0),
    "sitemaps/extension/pagemaps-sitemap.xml": (2, 0), "sitemaps/extension/shinpaideshou-news-sitemap.xml": (3, 0),
    "sitemaps/extension/sitemap-images.xml": (1, 0), "sitemaps/extension/sitemap-links.xml": (3, 0),
    "sitemaps/extension/sitemap-mobile.xml": (3, 0), "sitemaps/extension/sitemap-news.xml": (2, 0),
    "sitemaps/extension/sitemap-videos-tvshow.xml": (1, 0), "sitemaps/extension/sitemap-videos.xml": (3, 0),
    "rss/feed.rss": (3, 0),  # one item of four has no link
    "rss/xmlRss_pubDate.xml": (7, 0),
}  # fmt: skip


def test_real_sitemaps_give_the_number_of_their_links(shared: Path) -> None:
    with tarfile.open(shared / "data/sitemaps/crawler_commons.tar.xz") as archive:
        found = {
            member.name: sitemap_links(file.read(), "http://www.example.com/sitemap.xml")
            for member in archive
            if member.name.startswith(("sitemaps/", "rss/")) and (file := archive.extractfile(member))
        }
    assert {name: (len(pages), len(sitemaps)) for name, (pages, sitemaps) in found.items()} == EXPECTED
