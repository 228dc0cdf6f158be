"""A page may be anything. It becomes text or gets a reason; the build goes on, and the good page is there."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.page_text import read_page_text
from corpus.verify import verify_corpus
from crawler.snapshot import capture_schema
from foundation.errors import BrokenRunError

ROOT, OTHER_ROOT = "http://www.nordby.kommuneby.test/", "http://www.oerholm.kommuneby.test/"
GOOD = "Kommunen har i år 12 ledige pladser til børn i daginstitutionerne i byen."
TEXT = "Hunden skal føres i snor på alle kommunens strande hele sommeren igennem."
# Near duplicates and duplicates of each other, so that those that stay are few.
LONG = " ".join(
    f"Kommunen har nu {number % 1000:04} ledige pladser til børn i alle institutioner." for number in range(30_000)
)

HTML = f"<html><body><p>{TEXT}</p>%s</body></html>"

# what is sent -> the reason for which the page goes, SOME for any of them, or None where TEXT is found on it
SOME = "some"
PAGES: dict[str, tuple[bytes, str | None]] = {
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj <</Type /Catalog>> endobj\n" + bytes(range(256)) * 20, SOME),
    "zip": (b"PK\x03\x04" + bytes(range(256)) * 50, SOME),
    "utf-16 with a byte order mark": ((HTML % "").encode("utf-16"), None),
    "nul bytes": ((HTML % "\0\0<p>\0</p>").encode(), None),
    "lone surrogates": ((HTML % "<p>\ud800\udfff\udc00</p>").encode("utf-16", "surrogatepass"), None),
    "lone surrogates in utf-8": ((HTML % "<p>\ud800</p>").encode("utf-8", "surrogatepass"), None),
    "lone surrogates as references": ((HTML % "<p>&#xD800;&#55297;</p>").encode(), None),
    "empty body": (b"", "empty_page"),
    "blanks only": (b"\n \t\r\n", "empty_page"),
    "no text": (b"<html><body></body></html>", "no_text"),
    "tags only": (b"<div><span></span></div>" * 3000, "no_text"),
    "script only": (b"<html><body><script>var x = 'Kommunen har';</script></body></html>", "no_text"),
    "plain text": (TEXT.encode(), None),
    "xml declaration": (b"<?xml version='1.0' encoding='utf-8'?>" + (HTML % "").encode(), None),
    "never closed": (f"<html><body><div><p>{TEXT}<div><table><tr><td>".encode(), None),
    "cdata and comments": ((HTML % "<![CDATA[x]]><!-- <p>nej</p> -->").encode(), None),
    "frameset": (b"<html><frameset><frame src='/a'></frameset></html>", "no_text"),
    "charset of no page": (f"<meta charset='idna'><p>{TEXT}</p>".encode("latin-1"), None),
    "attributes without end": (b"<p " + b"a='b' " * 20_000 + b">", "no_text"),
    "control characters": (f"<html><body><p>\x01\x1e{TEXT}\x0b\x0c</p></body></html>".encode(), None),
    "only numbers": (b"<html><body><p>12 34 56 78</p></body></html>", SOME),
}  # fmt: skip


@pytest.fixture
def outcome(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[..., tuple[set[str], set[str]]]:
    """Build a corpus of the page and a good one: the page's sentences, and the reasons of what went."""

    def outcome(body: bytes, **answer: str) -> tuple[set[str], set[str]]:
        url = f"{ROOT}page"
        house.snapshot("2020Q1", [response(url=url, body=body, **answer), response(url=ROOT, body=page_of(GOOD))])
        house.build("2020Q1")
        kept = house.rows("2020Q1", "sentences")
        assert GOOD in {row["text"] for row in kept}
        assert verify_corpus(house.corpus("2020Q1")) == []
        dropped = {row["reason"] for row in house.rows("2020Q1", "dropped") if row["url"] == url}
        return {row["text"] for row in kept if row["url"] == url}, dropped

    return outcome


@pytest.mark.parametrize(("content", "reason"), PAGES.values(), ids=PAGES.keys())
def test_page_becomes_text_or_gets_a_reason(
    outcome: Callable[..., tuple[set[str], set[str]]], content: bytes, reason: str | None
) -> None:
    texts, reasons = outcome(content)
    if reason is None:
        assert texts == {TEXT}
    else:
        assert texts == set()
        assert reasons
        assert reason in {*reasons, SOME}


@pytest.mark.slow
def test_two_megabytes_in_one_line_are_read(house: Any, outcome: Callable[..., tuple[set[str], set[str]]]) -> None:
    body = f"<html><body><main><p>{LONG}</p></main></body></html>".encode()
    assert len(body) > 2_000_000
    texts, reasons = outcome(body)
    assert reasons == {"duplicate_sentence", "near_duplicate_sentence"}
    dropped = [row["text"] for row in house.rows("2020Q1", "dropped") if row["url"] == f"{ROOT}page"]
    assert len(texts) + len(dropped) == 30_000
    assert len({*texts, *dropped}) == 1000


def test_word_of_two_megabytes_is_no_stop(outcome: Callable[..., tuple[set[str], set[str]]]) -> None:
    texts, reasons = outcome(b"<html><body><p>" + b"a" * 2_000_000 + b"</p></body></html>")
    assert texts == set()
    assert reasons


@pytest.mark.parametrize("tag", ["div", "span", "b", "ul><li", "table><tr><td", "blockquote"])
def test_tags_nested_a_thousand_deep_are_no_stop(outcome: Any, tag: str) -> None:
    texts, reasons = outcome(f"<html><body>{f'<{tag}>' * 1000}{TEXT}".encode())
    assert texts == {TEXT} or reasons


def test_failing_extraction_is_a_reason(
    house: Any, response: Any, page_of: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from corpus import extract

    parsed = extract.parsed

    def fail(page: str) -> Any:
        if "FEJL" in page:
            raise MemoryError("a page too many")
        return parsed(page)

    monkeypatch.setattr(extract, "parsed", fail)
    house.snapshot("2020Q1", [response(url=f"{ROOT}x", body=page_of("FEJL")), response(url=ROOT, body=page_of(GOOD))])
    house.build("2020Q1")
    (row,) = [row for row in house.rows("2020Q1", "dropped") if row["level"] == "page"]
    assert (row["reason"], row["url"], row["text"]) == ("extraction_failed", f"{ROOT}x", None)


def test_cpr_number_in_a_title_takes_the_page_out(outcome: Any) -> None:
    """Invented."""
    page = f"<html><head><title>Sag 010101-0000</title></head><body><p>{TEXT}</p></body></html>"
    assert outcome(page.encode()) == (set(), {"cpr_on_page"})


def test_cpr_number_in_a_url_is_blotted_out_wherever_the_url_stands(
    house: Any, response: Any, page_of: Callable[..., bytes]
) -> None:
    urls = [f"{ROOT}sag/010101-0000", f"{ROOT}sag?cpr=010101-0001", f"{ROOT}fil/010101-0002"]
    answers = [
        response(url=urls[0], body=page_of(GOOD)),
        response(url=urls[1], body=page_of("Født 020202-0000.")),
        response(url=urls[2], body=b"", status=404),
    ]
    house.snapshot("2020Q1", answers)
    house.build("2020Q1")
    assert verify_corpus(house.corpus("2020Q1")) == []
    assert [row["url"] for row in house.rows("2020Q1", "sentences")] == [f"{ROOT}sag/[cpr]"]
    assert {row["url"] for row in house.rows("2020Q1", "dropped") if row["level"] == "page"} == {
        f"{ROOT}sag?cpr=[cpr]", f"{ROOT}fil/[cpr]"
    }  # fmt: skip
    for path in house.corpus("2020Q1").rglob("*"):
        assert not path.is_file() or path.suffix == ".parquet" or "010101" not in path.read_text()


ENGLISH = (
    "The municipality offers free lessons in Danish to all new citizens and their families.",
    "You can borrow books, films and tools at the library if you show your health card.",
    "Please call the town hall before noon if you need help with your application.",
)


@pytest.fixture
def two_sites(house: Any, response: Any, page_of: Callable[..., bytes]) -> Any:
    """A snapshot of a good page on each of two sites: GOOD, and TEXT on the second."""
    pages = {ROOT: GOOD, OTHER_ROOT: TEXT}
    house.snapshot("2020Q1", [response(url=url, body=page_of(text)) for url, text in pages.items()])
    return house


def change_captures(house: Any, site: str, change: dict[str, Any] | None) -> None:
    """Change all rows of a site's captures; None removes them."""
    path = house.command.places.snapshot("2020Q1") / f"sites/{site}/captures.parquet"
    rows = [] if change is None else [row | change for row in pq.read_table(path).to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, schema=capture_schema()), path)


def sites_of(house: Any) -> dict[str, tuple[int, int]]:
    """Pages and sentences of each site."""
    return {row["site"]: (row["num_pages"], row["num_sentences"]) for row in house.rows("2020Q1", "sites")}


def test_site_without_a_page_is_in_the_list_with_none(two_sites: Any) -> None:
    change_captures(two_sites, "9002", None)
    two_sites.build("2020Q1")
    assert sites_of(two_sites) == {"9001": (1, 1), "9002": (0, 0)}
    assert [row["text"] for row in two_sites.rows("2020Q1", "sentences")] == [GOOD]
    assert verify_corpus(two_sites.corpus("2020Q1")) == []


def test_page_with_another_digest_than_was_captured_is_dropped(two_sites: Any) -> None:
    change_captures(two_sites, "9002", {"body_sha256": "0" * 64})
    two_sites.build("2020Q1")
    assert sites_of(two_sites) == {"9001": (1, 1), "9002": (1, 0)}
    (row,) = [row for row in two_sites.rows("2020Q1", "dropped") if row["level"] == "page"]
    assert (row["site"], row["reason"], row["text"]) == ("9002", "damaged_record", None)


def test_site_that_is_wholly_english_gives_reasons_and_no_sentence(
    house: Any, response: Any, page_of: Callable[..., bytes]
) -> None:
    answers = [response(url=f"{OTHER_ROOT}{n}", body=page_of(*ENGLISH[: n + 1])) for n in range(3)]
    house.snapshot("2020Q1", [*answers, response(url=ROOT, body=page_of(GOOD))])
    house.build("2020Q1")
    assert sites_of(house) == {"9001": (1, 1), "9002": (3, 0)}
    dropped = [row for row in house.rows("2020Q1", "dropped") if row["site"] == "9002"]
    assert {row["url"]: (row["level"], row["reason"]) for row in dropped} == {
        answer.url: ("document", "document_other_language") for answer in answers
    }


def test_captures_that_cannot_be_read_end_the_build_with_a_sentence(two_sites: Any) -> None:
    path = two_sites.command.places.snapshot("2020Q1") / "sites/9002/captures.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(
        BrokenRunError, match=r"captures\.parquet: cannot be read .*run: tvaerkom snapshot verify 2020Q1"
    ):
        two_sites.build("2020Q1")
    assert not two_sites.corpus("2020Q1").exists()


@pytest.mark.parametrize(
    ("stated", "kept"),
    [("da", "da"), ("da-DK", "da-DK"), ("zh-Hans-CN", "zh-Hans-CN"), ("CPR 010101-0000", None), ("x" * 1000, None),
     ("da-12345678", None), ("navn@nordby.kommuneby.test", None)],
)  # fmt: skip
def test_language_that_a_page_states_is_a_code_or_nothing(stated: str, kept: str | None) -> None:
    page = f'<html lang="{stated}"><body><main><p>Du kan søge om en plads i børnehaven her.</p></main></body></html>'
    assert read_page_text(page.encode(), "text/html; charset=utf-8").language == kept
