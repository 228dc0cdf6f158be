"""Captures become pages: each with the text its author wrote, or a reason why it is none."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.pages import Dropped, Page, decoded, read_pages
from crawler.snapshot import capture_schema
from foundation.errors import ConfigError

TEXT = "<p>Æblerød på øen: »smørrebrød«</p>"
HTML, LATIN_1 = "text/html", "text/html; charset=iso-8859-1"

DECODING = {
    "utf-8, declared": (TEXT.encode(), "text/html; charset=utf-8", TEXT),
    "utf-8, undeclared": (TEXT.encode(), HTML, TEXT),
    "utf-8, no content type": (TEXT.encode(), "", TEXT),
    "utf-8, wrongly declared in the header": (TEXT.encode(), LATIN_1, TEXT),
    "utf-8 with a byte order mark": (b"\xef\xbb\xbf" + TEXT.encode(), HTML, TEXT),
    "utf-8 with a byte order mark, wrongly declared": (b"\xef\xbb\xbf" + TEXT.encode(), LATIN_1, TEXT),
    "latin-1, declared in the header": (TEXT.encode("latin-1"), LATIN_1, TEXT),
    "latin-1, declared in the page": (
        b'<meta charset="iso-8859-1">' + TEXT.encode("latin-1"), HTML, '<meta charset="iso-8859-1">' + TEXT
    ),
    "latin-1, declared in the old way": (
        b'<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">' + TEXT.encode("latin-1"), HTML,
        '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">' + TEXT,
    ),
    "latin-1, undeclared": (TEXT.encode("latin-1"), HTML, TEXT),
    "latin-1, declared as utf-8": (TEXT.encode("latin-1"), "text/html; charset=utf-8", TEXT),
    "latin-1, declared as something unknown": (TEXT.encode("latin-1"), "text/html; charset=dansk", TEXT),
    "cp1252, declared as latin-1": ("“ja” – nej …".encode("cp1252"), LATIN_1, "“ja” – nej …"),
    "cp1252, undeclared": ("“ja” – nej € æøå".encode("cp1252"), HTML, "“ja” – nej € æøå"),
    "utf-16, little-endian": (b"\xff\xfe" + TEXT.encode("utf-16-le"), HTML, TEXT),
    "utf-16, big-endian": (b"\xfe\xff" + TEXT.encode("utf-16-be"), LATIN_1, TEXT),
    "nul bytes": (b"<p>\x00Borger\x00service</p>\x00", HTML, "<p>Borgerservice</p>"),
    "a lone surrogate": (b"\xff\xfe" + b"a\x00\x00\xd8b\x00", HTML, "a\N{REPLACEMENT CHARACTER}b"),
    "half a character at the end": ("<p>sø".encode()[:-1], "text/html; charset=utf-8", "<p>sÃ"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "content_type", "text"), DECODING.values(), ids=DECODING.keys())
def test_bytes_become_the_text_that_was_written(body: bytes, content_type: str, text: str) -> None:
    assert decoded(body, content_type) == text


@pytest.mark.parametrize(
    "charset",
    ["idna", "utf-16", "utf-7", "unicode_escape", "punycode", "hex", "base64", "undefined", "x" * 500, "utf-8;"],
)
def test_declaration_of_no_encoding_for_pages_is_passed_over(charset: str) -> None:
    """Python has codecs that stop at a byte or read ASCII as something else."""
    assert decoded(TEXT.encode("latin-1"), f"text/html; charset={charset}") == TEXT


@given(st.binary(max_size=60), st.sampled_from([HTML, LATIN_1, "text/html; charset=shift_jis"]))
def test_any_bytes_become_text_that_can_be_written(body: bytes, content_type: str) -> None:
    assert "\0" not in decoded(body, content_type)
    decoded(body, content_type).encode()


def pages_of(house: Any, responses: Sequence[Any]) -> list[Page | Dropped]:
    """All pages of a one-site snapshot."""
    return list(read_pages(house.snapshot("2020Q1", responses), "9001"))


URL = "http://www.nordby.kommuneby.test/"


def test_newest_capture_of_a_url_counts(house: Any, response: Callable[..., Any]) -> None:
    (page,) = pages_of(house, [response(url=URL, body=b"<p>ny og gammel</p>"), response(url=URL, body=b"<p>ny</p>")])
    assert isinstance(page, Page)
    assert page.html == "<p>ny</p>"


def test_pages_come_in_order_of_their_url(house: Any, response: Callable[..., Any]) -> None:
    pages = pages_of(house, [response(url=URL + name, body=b"<p>tekst</p>") for name in ("b", "c", "a")])
    assert [page.url for page in pages] == [URL + name for name in ("a", "b", "c")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": 404}, "http_status"),
        ({"status": 301}, "http_status"),
        ({"status": 500}, "http_status"),
        ({"content_type": "application/pdf"}, "not_html"),
        ({"content_type": "image/png"}, "not_html"),
        ({"content_type": ""}, "not_html"),
        ({"body": b""}, "empty_page"),
        ({"body": b" \r\n\t "}, "empty_page"),
    ],
)
def test_answer_that_is_no_page_has_a_reason(
    house: Any, response: Callable[..., Any], changes: dict[str, Any], reason: str
) -> None:
    answer = response(**({"url": URL, "body": b"<p>tekst</p>"} | changes))
    (dropped,) = pages_of(house, [answer, response(url="http://www.oerholm.kommuneby.test/", body=b"<p>x</p>")])
    assert isinstance(dropped, Dropped)
    assert (dropped.level, dropped.reason.value, dropped.url, dropped.text) == ("page", reason, URL, None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"withheld": "noindex: X-Robots-Tag: noindex"}, "reserved_page"),
        ({"withheld": "tdm: tdm-reservation: 1"}, "reserved_page"),
        ({"withheld": "login", "status": 401}, "wall"),
        ({"withheld": "challenge"}, "wall"),
        ({"withheld": "soft 404"}, "soft_404"),
        ({"truncated": "length"}, "truncated_page"),
    ],
)
def test_page_that_was_not_kept_whole_has_its_reason(
    house: Any, response: Callable[..., Any], changes: dict[str, Any], reason: str
) -> None:
    snapshot = house.snapshot("2020Q1", [response(url=URL, body=b"<p>tekst</p>")])
    path = snapshot / "sites/9001/captures.parquet"
    rows = [row | changes for row in pq.read_table(path).to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, schema=capture_schema()), path)
    (dropped,) = read_pages(snapshot, "9001")
    assert isinstance(dropped, Dropped)
    assert (dropped.reason.value, dropped.text) == (reason, None)


def test_pages_of_a_reserved_site_are_dropped_without_their_text(house: Any, response: Callable[..., Any]) -> None:
    answers = [response(url=URL, body=b"<p>tekst</p>"), response(url=f"{URL}x", status=404, body=b"")]
    dropped = list(read_pages(house.snapshot("2020Q1", answers), "9001", is_reserved=True))
    assert [(page.reason.value, page.text) for page in dropped if isinstance(page, Dropped)] == [
        ("reserved_site", None), ("http_status", None)
    ]  # fmt: skip


@pytest.mark.parametrize("content_type", ["text/html", "TEXT/HTML; Charset=UTF-8", "application/xhtml+xml"])
def test_every_spelling_of_html_is_a_page(house: Any, response: Callable[..., Any], content_type: str) -> None:
    (page,) = pages_of(house, [response(url=URL, body=b"<p>tekst</p>", content_type=content_type)])
    assert isinstance(page, Page)


def damage(snapshot: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the archive behind an imported snapshot."""
    (link,) = (snapshot / "sites/9001").glob("*.warc.gz")
    archive = link.resolve()
    archive.write_bytes(change(archive.read_bytes()))


def three_pages(house: Any, response: Callable[..., Any]) -> Path:
    bodies = [b"<p>" + name * 2000 + b"</p>" for name in (b"a ", b"b ", b"c ")]
    return house.snapshot(  # type: ignore[no-any-return]
        "2020Q1", [response(url=f"{URL}{number}", body=body) for number, body in enumerate(bodies)]
    )


def reasons_of(snapshot: Path) -> list[str | None]:
    return [page.reason.value if isinstance(page, Dropped) else None for page in read_pages(snapshot, "9001")]


def test_truncated_record_is_dropped_and_the_rest_is_read(house: Any, response: Callable[..., Any]) -> None:
    snapshot = three_pages(house, response)
    damage(snapshot, lambda content: content[:-40])
    assert reasons_of(snapshot) == [None, None, "damaged_record"]


def test_record_with_another_body_is_dropped(house: Any, response: Callable[..., Any]) -> None:
    snapshot = three_pages(house, response)

    def other_body(content: bytes) -> bytes:
        middle = content.index(b"\x1f\x8b\x08", 10)
        last = content.index(b"\x1f\x8b\x08", middle + 10)
        member = gzip.decompress(content[middle:last]).replace(b"b b b", b"x x x")
        return content[:middle] + gzip.compress(member)[: last - middle].ljust(last - middle, b"\0") + content[last:]

    damage(snapshot, other_body)
    assert reasons_of(snapshot) == [None, "damaged_record", None]


def test_archive_of_zeros_drops_every_page(house: Any, response: Callable[..., Any]) -> None:
    snapshot = three_pages(house, response)
    damage(snapshot, lambda content: bytes(len(content)))
    assert reasons_of(snapshot) == ["damaged_record"] * 3


def test_missing_archive_drops_every_page(house: Any, response: Callable[..., Any]) -> None:
    snapshot = three_pages(house, response)
    next((snapshot / "sites/9001").glob("*.warc.gz")).resolve().unlink()
    assert reasons_of(snapshot) == ["damaged_record"] * 3


def test_archive_without_a_page_is_refused(house: Any) -> None:
    with pytest.raises(ConfigError, match="no response of a web page"):
        house.snapshot("2020Q1", [])
