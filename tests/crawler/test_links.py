import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.pages.links import MAX_LINKS_PER_PAGE, MAX_TEXTS, PageReading, read_page

URL = "http://nordby.test/borger/"


def _links(page: bytes, content_type: str = "text/html") -> list[str]:
    return list(read_page(page, URL, content_type).links)


def test_links_come_in_the_order_of_the_page_each_once() -> None:
    page = b"""<html><head><link rel="canonical" href="/kanon"><link rel="stylesheet" href="/s.css"></head><body>
    <a href="b">1</a><a href="/a">2</a><a href="b#x">3</a><map><area href="/kort"></map><a>4</a><a href="">5</a>
    <img src="/billede.png"><form action="/send"></form></body></html>"""
    expected = [f"http://nordby.test{path}" for path in ("/kanon", "/borger/b", "/a", "/kort", "/borger/")]
    assert expected == _links(page)


@pytest.mark.parametrize(
    ("rel", "is_link"),
    [("canonical", True), ("NEXT", True), ("alternate", True), ("alternate stylesheet", False), ("icon", False),
     ("dns-prefetch", False), ("alternate nofollow", False)],
)  # fmt: skip
def test_link_element_leads_to_pages_only(rel: str, is_link: bool) -> None:
    assert _links(f'<link rel="{rel}" href="/x">'.encode()) == ["http://nordby.test/x"] * is_link


def test_base_href_moves_relative_links() -> None:
    assert _links(b'<base href="/nyt/"><a href="x">x</a><a href="/y">y</a>') == [
        "http://nordby.test/nyt/x", "http://nordby.test/y",
    ]  # fmt: skip
    assert _links(b'<base href="file:///etc/"><a href="x">x</a>') == [URL + "x"]
    assert _links(b'<base target="_top"><base href="http://ond.test/"><base href="/z/"><a href="x">x</a>') == [
        "http://ond.test/x"
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0; url=/ny", ["/ny"]), ("5;URL='/ny'", ["/ny"]), ('0,url = "/ny" x', ["/ny"]), ("0 /ny", ["/ny"]),
        ("3.5; /ny", ["/ny"]), ("300", []), ("0;", []), ("0; url=", []), ("url=/ny", []), ("", []),
        ("0; url=javascript:x()", []), ("0; url=mailto:a@b.test", []), (" " * 100_000, []),
    ],
)  # fmt: skip
def test_refresh_is_a_link(content: str, expected: list[str]) -> None:
    page = f"<meta http-equiv=Refresh content='{content.replace(chr(39), chr(34))}'>"
    assert [f"http://nordby.test{path}" for path in expected] == _links(page.encode())


@pytest.mark.parametrize(
    ("head", "content_type", "encoding"),
    [
        ("", "text/html; charset=iso-8859-1", "cp1252"),
        ('<meta charset="iso-8859-1">', "text/html", "cp1252"),
        ("<?xml version='1.0' encoding='windows-1252'?>", "application/xhtml+xml", "cp1252"),
        ("", "text/html", "cp1252"),
        ('<meta charset="utf-8">', "text/html; charset=utf-8", "cp1252"),  # it says so, and it is wrong
        ("", "text/html", "utf-8"),
        ('<meta charset="utf-16">', "text/html", "utf-8"),
        ('<meta charset="iso-8859-1">', "text/html; charset=utf-8", "utf-8"),
        ("\ufeff", "text/html", "utf-8"),
        ("\ufeff", "text/html; charset=iso-8859-1", "utf-8"),
        ("\ufeff", "text/html", "utf-16-le"),
        ("\ufeff", "text/html", "utf-16-be"),
        ("", "text/html; charset=utf-16", "utf-16-le"),
        ("", "text/html; charset=klingon", "utf-8"),
        ("", "text/html; charset=hex", "utf-8"),
    ],
)
def test_letters_are_read_in_every_encoding(head: str, content_type: str, encoding: str) -> None:
    page = f'{head}<p>Rødgrød på Ærø</p><a href="/bø">x</a>'.encode(encoding)
    reading = read_page(page, URL, content_type)
    assert (reading.links, reading.texts) == (("http://nordby.test/b%C3%B8",), ("Rødgrød på Ærø", "x"))


def test_query_is_asked_in_the_encoding_of_the_page() -> None:
    page = '<a href="/s?q=bø">x</a>'
    assert _links(page.encode("latin-1")) == ["http://nordby.test/s?q=b%F8"]
    assert _links(page.encode()) == ["http://nordby.test/s?q=b%C3%B8"]


def test_one_bad_byte_does_not_change_the_encoding() -> None:
    page = '<p>På øen</p><a href="/bø">x</a>'.encode() + b"\xe6"
    assert _links(page) == ["http://nordby.test/b%C3%B8"]


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "utf-7", "cp037", "rot13", "utf-32", ""])
def test_encodings_that_are_none_of_the_web_are_not_tried(charset: str) -> None:
    assert _links('<a href="/bø">x</a>'.encode(), f"text/html; charset={charset}") == ["http://nordby.test/b%C3%B8"]


@pytest.mark.parametrize(
    "body", [b"", b" ", b"\x00", b"<!-- <a href=x> -->", b"<", b"<a", b"%PDF-1.4 <a href=x>", b"\xff\xfe", b"<?xml"]
)
def test_broken_page_has_no_links_and_raises_nothing(body: bytes) -> None:
    assert _links(body) == []


def test_broken_html_still_gives_its_links() -> None:
    assert _links(b'<p><a href=a><div></p><a href="b"<b></html><td>') == [URL + "a", URL + "b"]
    assert _links(b"<a href=a>x</a></body></html><a href='b\0c'>y</a>") == [URL + "a", URL + "bc"]
    assert _links(b"<script>'<a href=a>'</script><textarea><a href=b></textarea><style><a href=c></style>") == []


@pytest.mark.parametrize("depth", [300, 3_000, 19_000])
def test_no_link_is_too_deep(depth: int) -> None:
    """The tree of the same parser ends at 256 elements, or at 2,048."""
    reading = read_page(b"<div>" * depth + b"<a href=x>bund</a>" + b"</div>" * depth + b"<a href=y>", URL, "text/html")
    assert (reading.links, reading.texts) == ((URL + "x", URL + "y"), ("bund",))


def test_texts_are_what_is_to_be_seen() -> None:
    page = """<html><head><title>Titel</title><style>p {}</style></head><body>  <h1>Pas &amp;\n  kørekort</h1><!-- a -->
    <script>var a = "nej";</script><noscript><p>nej</p></noscript><template>nej<b>nej</b></template><p>Bestil
    <b>tid</b>&nbsp; her</p><iframe>nej</iframe><ul><li> </li><li>1</li></ul></body></html>efter"""
    assert read_page(page.encode(), URL, "").texts == ("Pas & kørekort", "Bestil", "tid", "her", "1", "efter")
    assert read_page(b"<title>nej</title>ja<p>ja</head><p>ja</script>ja", URL, "").texts == ("ja", "ja", "jaja")


def test_texts_of_an_endless_page_are_cut_off() -> None:
    assert len(read_page(b"<p>x" * (MAX_TEXTS + 10), URL, "").texts) == MAX_TEXTS


def test_metas_and_canonical_are_read() -> None:
    page = b"""<head><META NAME=" Robots " content="noindex"><meta name=robots content=nofollow><meta charset=utf-8>
    <meta name=tom content=""><meta property="og:title" content="x"><!-- <meta name=robots content=none> -->
    <link rel="shortlink Canonical" href="../kanon?utm_source=x"><link rel=canonical href="/nej"></head>
    <body><meta name="tdm-reservation" content="1"></body>"""
    reading = read_page(page, URL, "text/html")
    assert reading.metas == (("robots", "noindex"), ("robots", "nofollow"), ("tom", ""), ("tdm-reservation", "1"))
    assert reading.canonical == "http://nordby.test/kanon"
    assert read_page(b"<link rel=canonical href='mailto:a@b.test'>", URL, "").canonical is None


def test_references_that_are_no_links_are_counted() -> None:
    page = b"""<a href="javascript:__doPostBack('a')">1</a><a href="javascript:void(0)">2</a><a href="#!/borger">3</a>
    <a href="/app#/sag">4</a><a href="mailto:a@b.test">5</a><a href="tel:00">6</a>
    <a rel="external NOFOLLOW" href="/7">7</a><a href="ftp://nordby.test/">8</a><a href="http://[::1]/">9</a>
    <a href="#top">10</a>"""
    reading = read_page(page, URL, "text/html")
    assert reading.links == (URL, "http://nordby.test/app")
    assert dict(reading.not_followed) == {
        "needs JavaScript": 3, "mail or phone": 2, "nofollow": 1, "other scheme": 1, "not a URL": 1,
    }  # fmt: skip


def test_link_that_is_nofollow_at_one_place_only_is_followed() -> None:
    reading = read_page(b'<a rel=nofollow href="/a">x</a><a href="/a">x</a>', URL, "text/html")
    assert (reading.links, dict(reading.not_followed)) == (("http://nordby.test/a",), {"nofollow": 1})


def test_page_of_many_links_is_cut_off() -> None:
    page = b"".join(b'<a href="/%d">x</a>' % number for number in range(MAX_LINKS_PER_PAGE + 50))
    reading = read_page(page, URL, "text/html")
    assert len(reading.links) == MAX_LINKS_PER_PAGE
    assert dict(reading.not_followed) == {"too many links on a page": 50}
    assert read_page(b"".join(b"<a href=%d>" % n for n in range(MAX_LINKS_PER_PAGE)), URL, "").not_followed == {}


@given(st.binary(max_size=200), st.sampled_from(["text/html", "text/html; charset=utf-16", "text/html; charset=x"]))
def test_no_bytes_raise(body: bytes, content_type: str) -> None:
    for start in (b"", b"<html><a href='", b"<meta http-equiv=refresh content='0;", b"<!DOCTYPE ", b"<![CDATA["):
        assert isinstance(read_page(start + body, URL, content_type), PageReading)
