"""Hostile to parsers: bombs in HTML and XML, odd character sets, sitemaps of every bad sort (cases P1 to P10).

In: nothing. Out: a tuple of `HostileCase`. Bombs are made when they are asked for.
"""

import gzip
from collections.abc import Callable

from demo.hostile_case import SIDES, HostileCase
from demo.hostile_codings import gzip_bomb
from demo.wire import Behaviour, html, made_html

NUM_ATTRIBUTES = 100_000  # 59 s of CPU in lxml
DEPTHS = (300, 3_000, 200_000)  # lxml drops what is deeper than 256 without a word
NUM_UNCLOSED = 300_000
NUM_FORMATTING = 4_000
NUM_OPEN_LINKS = 200_000  # 8 s for a regular expression that looks for links
NUM_SITEMAP_URLS = 500_000  # ten times what the protocol allows
TEXT = "Rødgrød på Ærø: åbningstiderne for søndagens æbleplukning står på opslagstavlen ved købmanden i byen."
XML = ("Content-Type", "application/xml; charset=utf-8")
_MAP = '<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{kind}>'


def _page(body: str) -> str:
    return f"<!DOCTYPE html><html><head><title>Side</title></head><body>{body}</body></html>"


def _attributes() -> bytes:
    return _page("<div " + " ".join(f"a{number}=x" for number in range(NUM_ATTRIBUTES)) + ">tekst</div>").encode()


def _nested(depth: int) -> Callable[[], bytes]:
    return lambda: _page("<div>" * depth + f'<p>{TEXT}</p><a href="/side-1.html">inderst</a>').encode()


def _unclosed() -> bytes:
    return _page("<a href=/side-1.html>" * NUM_UNCLOSED).encode()


def _formatting() -> bytes:
    return _page("<b><i>" * NUM_FORMATTING + "<p>" + "</b></i>" * NUM_FORMATTING).encode()


def _open_links() -> bytes:
    return b"<html><body>" + b"<a " * NUM_OPEN_LINKS


def _text_page(charset_in_meta: str = "") -> str:
    meta = f'<meta charset="{charset_in_meta}">' if charset_in_meta else ""
    return f"<!DOCTYPE html><html><head>{meta}<title>Tegn</title></head><body><main><p>{TEXT}</p></main></body></html>"


def _typed(content_type: str, body: bytes) -> Behaviour:
    return html(body, ("Content-Type", content_type))


def _sitemap(urls: list[str]) -> Behaviour:
    rows = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return html(_MAP.format(kind="urlset", rows=rows), XML)


def _index(urls: list[str]) -> Behaviour:
    rows = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return html(_MAP.format(kind="sitemapindex", rows=rows), XML)


def _large_sitemap() -> bytes:
    """The two ordinary pages, each under 250,000 fragments: much to read and nothing to fetch."""
    rows = "".join(
        f"<url><loc>http://p08.hostile.kommuneby.test{SIDES[number % 2]}#{number}</loc></url>"
        for number in range(NUM_SITEMAP_URLS)
    )
    return _MAP.format(kind="urlset", rows=rows).encode()


_LAUGHS = (
    '<?xml version="1.0"?>\n<!DOCTYPE urlset [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 11))
    + "]>\n<urlset><url><loc>&a10;</loc></url></urlset>"
)
_OUTSIDE = (
    '<?xml version="1.0"?>\n<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname">'
    '<!ENTITY y SYSTEM "http://p07.hostile.kommuneby.test/udefra.dtd">]>\n'
    "<urlset><url><loc>http://p07.hostile.kommuneby.test/&x;&y;</loc></url></urlset>"
)
_PDF = b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _case(number: int, does: str, *behaviours: Behaviour, are_pages: bool = False) -> HostileCase:
    paths = {f"/farlig-{place}.html": behaviour for place, behaviour in enumerate(behaviours, start=1)}
    content = tuple(paths) if are_pages else ()
    return HostileCase(id=f"P{number:02}", does=does, behaviours=paths, more_content=content)


def _mapped(case: str, does: str, maps: dict[str, Behaviour], *more: str) -> HostileCase:
    """A case whose robots.txt names sitemaps; `more` are sitemaps that it does not answer itself."""
    origin = f"http://{case.lower()}.hostile.kommuneby.test"
    lines = [f"Sitemap: {origin}{path}" for path in maps] + [f"Sitemap: {url}" for url in more]
    robots = "\n".join(["User-agent: *", "Disallow:", *lines, ""])
    return HostileCase(id=case, does=does, behaviours=maps, hrefs=(), robots=robots)


_P08 = "http://p08.hostile.kommuneby.test"
_MAPS: dict[str, Behaviour] = {
    "/sitemap.xml": _sitemap([f"{_P08}{path}" for path in SIDES]),
    "/stor.xml": made_html(_large_sitemap, XML),
    "/kreds-1.xml": _index([f"{_P08}/kreds-2.xml"]),
    "/kreds-2.xml": _index([f"{_P08}/kreds-1.xml", f"{_P08}/kreds-2.xml"]),
    "/bombe.xml.gz": made_html(gzip_bomb, ("Content-Type", "application/gzip")),
    "/tom.xml": html(b"", XML),
    "/egentlig-html.xml": html(_page(TEXT), XML),
    "/halv.xml.gz": html(gzip.compress(_page(TEXT).encode(), mtime=0)[:40], ("Content-Type", "application/gzip")),
}

PARSER_CASES: tuple[HostileCase, ...] = (
    _case(1, "has an element with 100,000 attributes", made_html(_attributes)),
    _case(2, "nests elements 300, 3,000 and 200,000 deep", *(made_html(_nested(depth)) for depth in DEPTHS)),
    _case(3, "opens 300,000 links and closes none", made_html(_unclosed)),
    _case(4, "crosses 4,000 bold and italic elements", made_html(_formatting)),
    _case(
        5, "declares no character set, a wrong one, UTF-16, and a byte order mark",
        _typed("text/html", _text_page().encode("latin-1")),
        _typed("text/html; charset=utf-8", _text_page("iso-8859-1").encode("latin-1")),
        _typed("text/html; charset=utf-16", _text_page().encode("utf-16")),
        _typed("text/html; charset=iso-8859-1", b"\xef\xbb\xbf" + _text_page("utf-8").encode()),
        are_pages=True,
    ),
    _case(6, "begins 200,000 links and ends none", made_html(_open_links)),
    _mapped("P07", "has sitemaps with entities that grow and that read files",
            {"/vokser.xml": html(_LAUGHS, XML), "/udefra.xml": html(_OUTSIDE, XML)}),
    _mapped("P08", "has sitemaps too long, in a circle, a bomb, empty, of HTML, cut, and on another host",
            _MAPS, "http://www.nordby.kommuneby.test/sitemap.xml", "file:///etc/hostname"),
    _case(9, "calls a PDF file HTML, and a page PDF", _typed("text/html", _PDF), _typed("application/pdf",
          _page(f'<p>{TEXT}</p><a href="/side-1.html">side</a>').encode())),
    _case(10, "has nul bytes and lone surrogates in its links",
          html(b'<html><body><a href="/a\x00b.html">nul</a> <a href="/\xed\xa0\x80.html">halv</a> '
               b'<a href="/&#xD800;.html">halv</a> <a href="/side-2.html">side</a></body></html>')),
)  # fmt: skip
