import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links import MAX_LINKS_PER_PAGE, page_links, sitemap_links

URL = "http://nordby.test/borger/"


def test_links_come_in_the_order_of_the_page_each_once() -> None:
    page = b"""<html><head><link rel="canonical" href="/kanon"><link rel="stylesheet" href="/s.css"></head><body>
    <a href="b">1</a><a href="/a">2</a><a href="b#x">3</a><map><area href="/kort"></map><a>4</a><a href="">5</a>
    <img src="/billede.png"><form action="/send"></form></body></html>"""
    expected = [f"http://nordby.test{path}" for path in ("/kanon", "/borger/b", "/a", "/kort", "/borger/")]
    assert expected == page_links(page, URL, "text/html")


def test_base_href_moves_relative_links() -> None:
    page = b'<base href="/nyt/"><a href="x">x</a><a href="/y">y</a>'
    assert page_links(page, URL, "text/html") == ["http://nordby.test/nyt/x", "http://nordby.test/y"]
    assert page_links(b'<base href="file:///etc/"><a href="x">x</a>', URL, "text/html") == [URL + "x"]
    assert page_links(b'<base href="http://ond.test/"><a href="x">x</a>', URL, "text/html") == ["http://ond.test/x"]


@pytest.mark.parametrize(
    ("head", "content_type"),
    [(b"", "text/html; charset=iso-8859-1"), (b'<meta charset="iso-8859-1">', "text/html")],
)
def test_latin1_page_gives_the_same_links_as_utf8(head: bytes, content_type: str) -> None:
    latin1 = page_links(head + '<a href="/bø">x</a>'.encode("latin-1"), URL, content_type)
    assert ["http://nordby.test/b%C3%B8"] == latin1 == page_links('<a href="/bø">x</a>'.encode(), URL, "text/html")


@pytest.mark.parametrize(
    "body", [b"", b" ", b"\x00", b"<!-- only -->", b"<", b"<a", b"%PDF-1.4", b"\xff\xfe", b"<?xml"]
)
def test_broken_page_has_no_links_and_raises_nothing(body: bytes) -> None:
    assert page_links(body, URL, "text/html") == []


def test_broken_html_still_gives_its_links() -> None:
    assert page_links(b'<p><a href=a><div></p><a href="b"<b></html><td>', URL, "text/html") == [URL + "a", URL + "b"]


def test_charset_that_does_not_exist_is_read_as_utf8() -> None:
    for charset in ("klingon", "hex", "rot13", "", "utf-16", "idna"):
        assert isinstance(page_links(b'<a href="/a">x</a>', URL, f"text/html; charset={charset}"), list)


def test_page_of_many_links_is_cut_off() -> None:
    page = b"".join(b'<a href="/%d">x</a>' % number for number in range(MAX_LINKS_PER_PAGE + 50))
    assert len(page_links(page, URL, "text/html")) == MAX_LINKS_PER_PAGE


def test_flood_of_open_brackets_is_read_quickly() -> None:
    started = time.monotonic()
    page_links(b"<a " * 200_000, URL, "text/html")
    assert time.monotonic() - started < 5


@given(st.binary(max_size=200), st.sampled_from(["text/html", "text/html; charset=utf-16", "text/html; charset=x"]))
def test_no_bytes_raise(body: bytes, content_type: str) -> None:
    page_links(b"<html><a href='" + body, URL, content_type)
    sitemap_links(body, URL)
    sitemap_links(b"<urlset><url><loc>" + body, URL)


SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>http://nordby.test/a?x=1&amp;y=2</loc></url><url><loc>/b</loc></url><url><loc>file:///etc/passwd</loc></url>
</urlset>"""
PAGES = ["http://nordby.test/a?x=1&y=2", "http://nordby.test/b"]


def test_sitemap_gives_pages_and_its_index_further_sitemaps() -> None:
    assert sitemap_links(SITEMAP, "http://nordby.test/sitemap.xml") == (PAGES, [])
    index = SITEMAP.replace(b"urlset", b"sitemapindex").replace(b"url>", b"sitemap>")
    assert sitemap_links(index, "http://nordby.test/sitemap.xml") == ([], PAGES)


def test_sitemap_packed_with_gzip_is_read() -> None:
    assert sitemap_links(gzip.compress(SITEMAP), "http://nordby.test/sitemap.xml.gz") == (PAGES, [])


@pytest.mark.parametrize(
    "body",
    [
        b"", b"hej", b"<html><body>Siden findes ikke</body></html>", b"<urlset>", gzip.compress(SITEMAP)[:-20],
        gzip.compress(b"\0" * 60_000_000, 1), b"\x1f\x8b", b"<urlset><url></url></urlset>",
    ],
    ids=["empty", "text", "html", "unclosed", "cut", "bomb", "magic", "no-loc"],
)  # fmt: skip
def test_broken_sitemap_gives_nothing(body: bytes) -> None:
    pages, sitemaps = sitemap_links(body, URL)
    assert (set(pages) - set(PAGES), sitemaps) == (set(), [])


def test_sitemap_reads_no_file_and_explodes_no_entities() -> None:
    entities = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]>'
    body = entities + b"<urlset><url><loc>http://nordby.test/&f;</loc></url><url><loc>/&m;</loc></url></urlset>"
    pages, _ = sitemap_links(body, "http://nordby.test/sitemap.xml")
    assert {"http://nordby.test/"} >= set(pages)
