"""Captures become pages: each with the bytes that were captured, or a reason why it is none."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.page_text import read_page_text
from corpus.pages import Dropped, body_of, read_pages
from crawler.snapshot import Capture, capture_schema
from foundation.errors import ConfigError


def pages_of(house: Any, responses: Sequence[Any]) -> list[Capture | Dropped]:
    """All pages of a one-site snapshot."""
    return list(read_pages(house.snapshot("2020Q1", responses), "9001"))


URL = "http://www.nordby.kommuneby.test/"


def test_newest_capture_of_a_url_counts(house: Any, response: Callable[..., Any]) -> None:
    (page,) = pages_of(house, [response(url=URL, body=b"<p>ny og gammel</p>"), response(url=URL, body=b"<p>ny</p>")])
    assert isinstance(page, Capture)
    assert body_of(house.command.places.snapshot("2020Q1"), "9001", page) == b"<p>ny</p>"


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
    ],
)
def test_answer_that_is_no_page_has_a_reason(
    house: Any, response: Callable[..., Any], changes: dict[str, Any], reason: str
) -> None:
    answer = response(**({"url": URL, "body": b"<p>tekst</p>"} | changes))
    (dropped,) = pages_of(house, [answer, response(url="http://www.oerholm.kommuneby.test/", body=b"<p>x</p>")])
    assert isinstance(dropped, Dropped)
    assert (dropped.reason.value, dropped.url) == (reason, URL)


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
    assert dropped.reason.value == reason


def test_pages_of_a_reserved_site_are_dropped_without_their_text(house: Any, response: Callable[..., Any]) -> None:
    answers = [response(url=URL, body=b"<p>tekst</p>"), response(url=f"{URL}x", status=404, body=b"")]
    dropped = list(read_pages(house.snapshot("2020Q1", answers), "9001", is_reserved=True))
    assert [page.reason.value for page in dropped if isinstance(page, Dropped)] == ["reserved_site", "http_status"]


@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
def test_page_without_a_character_is_empty(body: bytes) -> None:
    assert read_page_text(body, "text/html").failure == "empty_page"


@pytest.mark.parametrize("content_type", ["text/html", "TEXT/HTML; Charset=UTF-8", "application/xhtml+xml"])
def test_every_spelling_of_html_is_a_page(house: Any, response: Callable[..., Any], content_type: str) -> None:
    (page,) = pages_of(house, [response(url=URL, body=b"<p>tekst</p>", content_type=content_type)])
    assert isinstance(page, Capture)


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


def bodies_of(snapshot: Path) -> list[bytes | None]:
    """The first letter of each page; None where its record is damaged."""
    pages = [page for page in read_pages(snapshot, "9001") if isinstance(page, Capture)]
    return [body and body[3:4] for body in (body_of(snapshot, "9001", page) for page in pages)]


def test_truncated_record_has_no_body_and_the_rest_is_read(house: Any, response: Callable[..., Any]) -> None:
    snapshot = three_pages(house, response)
    damage(snapshot, lambda content: content[:-40])
    assert bodies_of(snapshot) == [b"a", b"b", None]


def test_record_with_another_body_has_none(house: Any, response: Callable[..., Any]) -> None:
    snapshot = three_pages(house, response)

    def other_body(content: bytes) -> bytes:
        middle = content.index(b"\x1f\x8b\x08", 10)
        last = content.index(b"\x1f\x8b\x08", middle + 10)
        member = gzip.decompress(content[middle:last]).replace(b"b b b", b"x x x")
        return content[:middle] + gzip.compress(member)[: last - middle].ljust(last - middle, b"\0") + content[last:]

    damage(snapshot, other_body)
    assert bodies_of(snapshot) == [b"a", None, b"c"]


def test_archive_of_zeros_has_no_body(house: Any, response: Callable[..., Any]) -> None:
    snapshot = three_pages(house, response)
    damage(snapshot, lambda content: bytes(len(content)))
    assert bodies_of(snapshot) == [None] * 3


def test_missing_archive_has_no_body(house: Any, response: Callable[..., Any]) -> None:
    snapshot = three_pages(house, response)
    next((snapshot / "sites/9001").glob("*.warc.gz")).resolve().unlink()
    assert bodies_of(snapshot) == [None] * 3


def test_archive_without_a_page_is_refused(house: Any) -> None:
    with pytest.raises(ConfigError, match="no response of a web page"):
        house.snapshot("2020Q1", [])
