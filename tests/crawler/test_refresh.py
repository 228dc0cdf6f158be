"""F1 to F15: each case a small site of its own over three quarters, crawled by the real command from a real server."""

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from crawler.snapshot import Capture, read_body, read_captures, read_outcomes, read_snapshot_manifest
from demo.views import CPR_NUMBER
from demo.village import DOWN, Page, Site, Village, gone, moved, served, sitemap, text_page
from foundation.manifests import read_manifest

QUARTERS = ("2020Q1", "2020Q2", "2020Q3")
SOFT_404 = Page(body="<html><body><h1>Vi kan ikke finde siden</h1><p>Prøv at søge efter den</p></body></html>",
                etag=None)  # fmt: skip
UNCHANGED = ("unchanged", "unchanged")
NO_INDEX = '<meta name="robots" content="noindex">'


@dataclass(frozen=True, kw_only=True)
class Case:
    """One site. `expected`: path -> outcome, for the second and the third quarter (None: no row)."""

    name: str
    quarters: tuple[Site, Site, Site]
    expected: Mapping[str, tuple[str | None, str | None]]
    freshness: tuple[str, str] = ("fresh", "fresh")


def home(*paths: str, words: str = "") -> dict[str, Page]:
    return {"/": text_page("forsiden", words, links=paths), "/robots.txt": robots()}


def robots(rules: str = "") -> Page:
    return Page(body=f"User-agent: *\nDisallow:{rules}\n", content_type="text/plain", etag=None)


def site_of(*paths: str, **differences: Page) -> dict[str, Page]:
    """A front page that links to pages, each with a text of its own; `differences` by path without the slash."""
    pages = home(*paths) | {path: text_page(f"emnet {path[1:]}") for path in paths}
    return pages | {f"/{name}": page for name, page in differences.items()}


def numbered(number: int, prefix: str = "p") -> tuple[str, ...]:
    """Addresses told apart by letters; what differs in a number only is soon taken for a trap."""
    return tuple(f"/{prefix}{chr(97 + each // 26)}{chr(97 + each % 26)}" for each in range(number))


def lying() -> Case:
    """130 pages; one is edited and keeps its ETag."""
    paths = numbered(130)
    first = site_of(*paths, pah=text_page("emnet pah", etag='"fixed"'))
    second = site_of(*paths, pah=text_page("emnet pah", "med ny tekst", etag='"fixed"'))
    return Case(
        name="F1", quarters=(first, second, second),
        expected={"/pah": ("changed", "unchanged"), "/pai": UNCHANGED},
    )  # fmt: skip


def relaunch() -> Case:
    old, new = site_of(*numbered(14, "old")), site_of(*numbered(14, "new"))
    return Case(
        name="F7", quarters=(old, old, new), expected={"/oldad": ("unchanged", "stale"), "/newad": (None, None)},
        freshness=("fresh", "carried"),
    )  # fmt: skip


def orphans() -> Case:
    """A section is taken off the front page; its pages still link to one another."""
    section = {"/del": text_page("delen", links=("/del/a",)), "/del/a": text_page("emnet a", links=("/del",))}
    first = home("/del", "/b") | section | {"/b": text_page("emnet b")}
    second = home("/b") | section | {"/b": text_page("emnet b")}
    expected = dict.fromkeys(("/del", "/del/a"), ("orphan", "orphan")) | {"/b": UNCHANGED}
    return Case(name="F9", quarters=(first, second, second), expected=expected)


def hidden_page() -> Case:
    """The front page does not change; only the sitemap shows the new page."""

    def with_map(*paths: str, **pages: Page) -> dict[str, Page]:
        return site_of("/a") | {f"/{name}": page for name, page in pages.items()} | {
            "/sitemap.xml": sitemap(*((f"http://f14.example.test{path}", None) for path in paths))
        }  # fmt: skip

    deep = text_page("det dybe emne")
    second = with_map("/a", "/dyb", dyb=deep)
    expected = {"/": UNCHANGED, "/dyb": ("new", "unchanged")}
    return Case(name="F14", quarters=(with_map("/a"), second, second), expected=expected)


def dates() -> Case:
    """Dates that always move, and dates that never do."""

    def quarter(day: str, words: str) -> dict[str, Page]:
        host = "http://f3.example.test"
        entries = [(f"{host}/{name}", day) for name in ("a", "b", "c")] + [(f"{host}/d", "2020-01-01")]
        return site_of("/a", "/b", "/c", "/d", d=text_page("emnet d", words)) | {"/sitemap.xml": sitemap(*entries)}

    quarters = (quarter("2020-01-02", ""), quarter("2020-04-02", "ny"), quarter("2020-07-02", "ny"))
    return Case(name="F3", quarters=quarters, expected={"/a": UNCHANGED, "/d": ("changed", "unchanged")})


def ended() -> Case:
    first = site_of("/a", "/b", "/c", "/d", "/e", "/f") | {"*": SOFT_404}
    second = first | home("/f") | {
        "/a": gone("410 Gone"), "/b": gone(), "/c": SOFT_404, "/d": moved("/"), "/e": moved("/f", "302 Found"),
    }  # fmt: skip
    expected = dict.fromkeys(("/a", "/b", "/c", "/d", "/e"), ("gone", "gone")) | {"/f": UNCHANGED}
    return Case(name="F5", quarters=(first, second, second), expected=expected)


def reserved() -> Case:
    first = site_of("/a", "/b", "/lukket/c", "/d", "/e")
    second = first | {
        "/a": text_page("emnet a", head=NO_INDEX),
        "/b": text_page("emnet b", headers={"X-Robots-Tag": "noindex"}),
        "/robots.txt": robots(" /lukket/"),
        "/d": text_page("emnet d", headers={"tdm-reservation": "1"}),
    }
    expected = dict.fromkeys(("/a", "/b", "/lukket/c", "/d"), ("excluded", "returned")) | {"/e": UNCHANGED}
    return Case(name="F10", quarters=(first, second, first), expected=expected)


def chain() -> Case:
    first = site_of("/a", "/x")
    second = home("/b", "/x") | {"/a": moved("/b"), "/b": text_page("emnet a"), "/x": text_page("emnet x")}
    third = home("/c", "/x") | {
        "/a": moved("/b"), "/b": moved("/c"), "/c": text_page("emnet a", "en smule rettet"), "/x": text_page("emnet x"),
    }  # fmt: skip
    expected = {"/a": ("moved", "moved"), "/b": ("moved", "moved"), "/c": (None, "moved"), "/x": UNCHANGED}
    return Case(name="F11", quarters=(first, second, third), expected=expected)


def story(name: str, *quarters: Site, expected: dict[str, tuple[str, str]], **more: Any) -> Case:
    return Case(name=name, quarters=(quarters[0], quarters[1], quarters[2]), expected=expected, **more)


def cases() -> list[Case]:
    one = site_of("/a", "/b")
    weak = [site_of("/a", a=text_page("emnet a", etag=f'W/"{number}"')) for number in range(3)]
    pages = {path: page for path, page in one.items() if path != "/robots.txt"}
    shell = one | {path: Page(body=page.body.replace("Torvet 1", "Torvet 2")) for path, page in pages.items()}
    without_a = home("/b") | {"/b": text_page("emnet b")}
    swapped = site_of("/a", "/b", a=text_page("emnet b"), b=text_page("emnet a"))
    with_cpr = site_of("/a", "/b", a=text_page("emnet a", f"borgerens cpr-nr. er {CPR_NUMBER}"))
    changed = ("changed", "unchanged")
    back = {"/a": ("stale", "unchanged"), "/": ("stale", "unchanged")}
    return [
        lying(), dates(), ended(), relaunch(), orphans(), reserved(), chain(), hidden_page(),
        story("F2", *weak, expected={"/a": UNCHANGED}),
        story("F4", one, shell, shell, expected={"/a": changed, "/": changed}),
        story("F6", one, DOWN, one, expected=back, freshness=("carried", "fresh")),
        story("F8", one, without_a, one, expected={"/a": ("gone", "returned"), "/b": UNCHANGED}),
        story("F12", one, with_cpr, with_cpr, expected={"/a": changed, "/b": UNCHANGED}),
        story("F13", one, swapped, swapped, expected={"/a": changed, "/b": changed}),
        story("F15", one, one, one, expected={"/a": UNCHANGED}),
    ]  # fmt: skip


@dataclass(kw_only=True)
class Crawled:
    """Three published quarters of all cases."""

    data: Path
    cases: dict[str, Case]
    asked: list[list[tuple[str, str, bool]]]
    results: list[Any]

    def snapshot(self, number: int) -> Path:
        return self.data / "snapshots" / QUARTERS[number]

    def site(self, case: str) -> str:
        return str(9001 + list(self.cases).index(case))

    def summary(self, case: str, number: int) -> Any:
        sites = read_snapshot_manifest(self.snapshot(number)).sites
        return next(each for each in sites if each.site == self.site(case))

    def outcome(self, case: str, path: str, number: int) -> str | None:
        url = f"http://{case.lower()}.example.test{path}"
        rows = {each.url: each for each in read_outcomes(self.snapshot(number), self.site(case))}
        return rows[url].outcome if url in rows else None

    def pages(self, case: str, number: int) -> dict[str, Capture]:
        captures = read_captures(self.snapshot(number), self.site(case))
        return {each.url.partition(".test")[2]: each for each in captures if each.kind == "page" and each.outcome}

    def archived(self, case: str, number: int) -> bytes:
        folder = self.snapshot(number) / "sites" / self.site(case)
        return b"".join(gzip.decompress(path.read_bytes()) for path in sorted(folder.glob("*.warc.gz")))


@pytest.fixture(scope="module")
def crawled(tvaerkom_of_module: Any) -> Iterator[Crawled]:
    tvaerkom = tvaerkom_of_module
    all_cases = {case.name: case for case in cases()}
    village = Village(sites={f"{name.lower()}.example.test": {} for name in all_cases})
    asked, results = [], []
    with served(village):
        tvaerkom.register.write_text(village.register())
        for number, quarter in enumerate(QUARTERS):
            for name, case in all_cases.items():
                village.sites[f"{name.lower()}.example.test"] = case.quarters[number]
            village.asked = []
            crawl = tvaerkom("crawl", quarter)
            publish = tvaerkom("snapshot", "publish", quarter)
            results.append((crawl, publish, tvaerkom("snapshot", "verify", quarter)))
            asked.append(village.asked)
        yield Crawled(data=tvaerkom.data, cases=all_cases, asked=asked, results=results)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "path", "number", "expected"),
    [(case.name, path, number, outcome)
     for case in cases() for path, outcomes in case.expected.items() for number, outcome in enumerate(outcomes, 1)],
)  # fmt: skip
def test_outcome_of_each_url(crawled: Crawled, case: str, path: str, number: int, expected: str | None) -> None:
    assert crawled.outcome(case, path, number) == expected


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_quarter_is_published_and_whole(crawled: Crawled, number: int) -> None:
    _, publish, verify = crawled.results[number]
    assert publish.returncode == (0 if number == 0 else 3), publish.stderr
    assert verify.returncode == 0, verify.stderr
    for case in crawled.cases.values():
        freshness = ("fresh", *case.freshness)[number]
        assert crawled.summary(case.name, number).freshness == freshness, case.name


@pytest.mark.slow
def test_what_is_gone_or_reserved_is_not_kept_and_the_rest_is(crawled: Crawled) -> None:
    for number in (1, 2):
        for name in crawled.cases:
            outcomes = read_outcomes(crawled.snapshot(number), crawled.site(name))
            kept = {each.url for each in outcomes if each.capture_id}
            assert not kept & {each.url for each in outcomes if each.outcome in ("gone", "excluded")}, name
            pages = {each.capture_id: each for each in read_captures(crawled.snapshot(number), crawled.site(name))}
            folder = crawled.snapshot(number) / "sites" / crawled.site(name)
            for each in outcomes:
                if each.capture_id:
                    assert read_body(folder, pages[each.capture_id]).startswith(b"<html>")


@pytest.mark.slow
def test_false_304_is_found_and_its_site_is_not_believed_any_more(crawled: Crawled) -> None:
    assert crawled.summary("F1", 0).validators_off is None
    assert [crawled.summary("F1", number).validators_off for number in (1, 2)] == ["2020Q2", "2020Q2"]
    plain = {path for host, path, has_condition in crawled.asked[1] if host.startswith("f1.") and not has_condition}
    assert set(numbered(130)) <= plain, "all that answered 304 is fetched again"
    assert not [path for host, path, has_condition in crawled.asked[2] if host.startswith("f1.") and has_condition]
    page = crawled.pages("F1", 1)["/pah"]
    assert b"med ny tekst" in read_body(crawled.snapshot(1) / "sites" / crawled.site("F1"), page)


@pytest.mark.slow
def test_same_bytes_under_another_etag_are_a_revisit_record(crawled: Crawled) -> None:
    written = crawled.archived("F2", 1)
    assert written.count(b"/revisit/identical-payload-digest") >= 1
    assert crawled.pages("F2", 1)["/a"].warc_file.endswith("-carried-00000.warc.gz")


@pytest.mark.slow
def test_dates_of_a_sitemap_are_judged(crawled: Crawled) -> None:
    assert crawled.summary("F3", 1).lastmod == {"false alarm": 3, "missed": 1}


@pytest.mark.slow
def test_lost_pages_wait_for_a_second_look(crawled: Crawled) -> None:
    crawl, publish, _ = crawled.results[2]
    assert "14 of 15 pages of last quarter seem to be gone; the same command after" in crawl.stderr
    expected = "F7: its pages of last quarter are carried on, for this quarter only (14 of 15 pages of last quarter"
    assert expected in publish.stderr
    assert set(crawled.pages("F7", 2)) == {"/", *numbered(14, "old")}
    down = crawled.results[1][1].stderr
    assert re.search(r"F6: its pages of last quarter .*tvaerkom sites --probe --only", down)


@pytest.mark.slow
def test_reserved_pages_leave_no_body_in_the_new_archive(crawled: Crawled) -> None:
    written = crawled.archived("F10", 1)
    for name in ("a", "b", "lukket/c", "d"):
        assert f"emnet {name}".encode() not in written
    assert b"emnet e" in written


@pytest.mark.slow
def test_page_that_has_got_a_cpr_number_is_not_in_the_corpus(crawled: Crawled, tvaerkom_of_module: Any) -> None:
    built = tvaerkom_of_module("corpus", "build", QUARTERS[1])
    assert built.returncode == 0, built.stderr
    corpus = crawled.data / "corpora" / QUARTERS[1]
    rows = [row for path in corpus.glob("dropped/*.parquet") for row in pq.read_table(path).to_pylist()]
    reasons = {row["reason"] for row in rows if row["url"] == "http://f12.example.test/a"}
    assert reasons == {"cpr_on_page"}
    held = [path for path in corpus.rglob("*.parquet") for row in pq.read_table(path).to_pylist()
            if CPR_NUMBER in str(row)]  # fmt: skip
    assert held == []


@pytest.mark.slow
def test_page_keeps_its_first_address_over_a_chain_of_moves(crawled: Crawled) -> None:
    for number, path in ((1, "/b"), (2, "/c")):
        page = crawled.pages("F11", number)[path]
        assert page.first_url == "http://f11.example.test/a"
        assert page.first_seen == crawled.pages("F11", 0)["/a"].first_seen
    moves = {each.url[-2:]: each.moved_to for each in read_outcomes(crawled.snapshot(2), crawled.site("F11"))}
    assert (moves["/b"], moves["/c"]) == ("http://f11.example.test/c", None)


@pytest.mark.slow
def test_returned_page_keeps_the_day_of_its_first_sight(crawled: Crawled) -> None:
    assert crawled.pages("F8", 2)["/a"].first_seen == crawled.pages("F8", 0)["/a"].first_seen


@pytest.mark.slow
def test_revisit_records_refer_to_records_of_the_same_snapshot(crawled: Crawled) -> None:
    num_revisits = 0
    for number in (1, 2):
        for name in crawled.cases:
            written = crawled.archived(name, number)
            ids = set(re.findall(rb"WARC-Record-ID: (<[^>]+>)", written))
            refers = set(re.findall(rb"WARC-Refers-To: (<[^>]+>)", written))
            num_revisits += len(refers)
            if name not in ("F1", "F5", "F10"):  # what was proven false, and what may not be kept, is not carried
                assert refers <= ids, name
    assert num_revisits > 50


@pytest.mark.slow
def test_each_quarter_says_with_which_it_was_compared(crawled: Crawled) -> None:
    manifests = [read_manifest(crawled.snapshot(number), kind="snapshot", help_command="") for number in range(3)]
    assert [each["follows"] for each in manifests] == [None, "2020Q1", "2020Q2"]
