"""Odd turns of a refresh, each on a site of its own: errors, twins, rules and answers that change meanwhile."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.snapshot import read_body, read_captures, read_outcomes, read_snapshot_manifest
from demo.village import DOWN, HANG_UP, Page, Site, Village, gone, moved, served, text_page

FIRST, SECOND = "2020Q1", "2020Q2-try"  # of a trial nothing is refused as a whole
PATHS = tuple(f"/{chr(97 + number)}" for number in range(24))
ROBOTS = Page(body="User-agent: *\nDisallow:\n", content_type="text/plain", etag=None)
NO_AI = Page(body="User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n", content_type="text/plain", etag=None)


def site(**differences: Any) -> dict[str, Any]:
    """A front page and pages; `differences` by path without the slash, `lukket_a` for /lukket/a."""
    more = {f"/{name.replace('_', '/')}": page for name, page in differences.items()}
    paths = (*PATHS, *(path for path in more if path not in PATHS and path.count("/") == 2))
    pages: dict[str, Any] = {path: text_page(f"emnet {path[1:]}") for path in paths}
    return {"/": text_page("forsiden", links=paths), "/robots.txt": ROBOTS} | pages | more


def closing(path: str) -> Page:
    return Page(body=f"User-agent: *\nDisallow: {path}\n", content_type="text/plain", etag=None)


NOT_ACCEPTABLE = Page(status="406 Not Acceptable", body="<html>nej</html>", etag=None)
BROKEN = Page(status="500 Internal Server Error", etag=None)
SECRET = {"lukket_a": text_page("det lukkede emne")}
TDMREP = Page(body='[{"location": "/lukket/*", "tdm-reservation": 1}]', content_type="application/json", etag=None)
OLD, NEW = text_page("emnet a", etag='"1"'), text_page("emnet a", "rettet i mellemtiden", etag='"2"')
LYING = text_page("emnet a", etag='"1"')
LIE = text_page("emnet a", "med en ny tekst", etag='"1"')
PLAIN_304 = text_page("emnet b", headers={"Content-Type": "text/plain"})
HIDDEN = {"X-Robots-Tag": "noindex"}

STORIES: dict[str, tuple[Site, Site]] = {
    "odd-status": (site(), site(a=NOT_ACCEPTABLE)),
    "twin": (site(), {path: moved(f"http://www.twin.example.test{path}") for path in ("/", *PATHS)}),
    "no-ai": (site() | {"/robots.txt": NO_AI}, DOWN),
    "closed-and-broken": (site(**SECRET), site(lukket_a=BROKEN) | {"/robots.txt": closing("/lukket/")}),
    "reserved-and-broken": (site(**SECRET), site(lukket_a=BROKEN) | {"/.well-known/tdmrep.json": TDMREP}),
    "late-silence": (site(a=LYING), site(a=LIE, x=HANG_UP)),
    "edited-meanwhile": (site(a=OLD), site(a=[OLD, NEW])),
    "terse": (site(), site(a=text_page("emnet a", headers=HIDDEN, is_terse=True))),
    "new-front": (site(), site(a=moved("/forside"), forside=text_page("forsiden", links=PATHS)) | {
        "/": moved("/forside", "302 Found")}),
    "mime-of-304": (site(), site(b=[PLAIN_304, text_page("emnet b")])),
    "many-errors": (site(), site(**dict.fromkeys("abcd", NOT_ACCEPTABLE))),
    "said-to-be-gone": (site(), site(**dict.fromkeys("abcd", NOT_ACCEPTABLE), e=gone("451 Unavailable"))),
}  # fmt: skip


@pytest.fixture(scope="module")
def crawled(tvaerkom_of_module: Any) -> Iterator[Any]:
    tvaerkom = tvaerkom_of_module
    village = Village(sites={f"{name}.example.test": quarters[0] for name, quarters in STORIES.items()})
    with served(village):
        tvaerkom.register.write_text(village.register())
        for number, quarter in enumerate((FIRST, SECOND)):
            for name, quarters in STORIES.items():
                village.sites[f"{name}.example.test"] = quarters[number]
            if number:
                village.sites["www.twin.example.test"] = site()
            village.asked = []
            tvaerkom("crawl", quarter)
            tvaerkom.result = tvaerkom("snapshot", "publish", quarter)
        tvaerkom.script = village
        yield tvaerkom


def summary(tvaerkom: Any, name: str) -> Any:
    number = list(STORIES).index(name)
    return read_snapshot_manifest(tvaerkom.data / "snapshots" / SECOND).sites[number]


def outcomes(tvaerkom: Any, name: str) -> dict[str, Any]:
    rows = read_outcomes(tvaerkom.data / "snapshots" / SECOND, summary(tvaerkom, name).site)
    return {each.url.partition(".test")[2]: each for each in rows}


def bodies(tvaerkom: Any, name: str) -> dict[str, bytes]:
    """What a corpus would read: of each address the last row."""
    snapshot: Path = tvaerkom.data / "snapshots" / SECOND
    site_id = summary(tvaerkom, name).site
    last = {each.url.partition(".test")[2]: each for each in read_captures(snapshot, site_id) if each.kind == "page"}
    return {
        path: read_body(snapshot / "sites" / site_id, each)
        for path, each in last.items() if each.status == 200 and not each.withheld
    }  # fmt: skip


@pytest.mark.slow
def test_odd_turns_do_not_keep_a_quarter_from_being_published(crawled: Any) -> None:
    assert "not published" not in crawled.result.stderr
    verified = crawled("snapshot", "verify", SECOND)
    assert verified.returncode == 0, verified.stderr


@pytest.mark.slow
def test_page_with_an_odd_status_is_stale_and_has_last_quarters_body(crawled: Any) -> None:
    assert outcomes(crawled, "odd-status")["/a"].outcome == "stale"
    assert b"emnet a" in bodies(crawled, "odd-status")["/a"]


@pytest.mark.slow
def test_site_that_goes_over_to_its_twin_is_unchanged(crawled: Any) -> None:
    found = outcomes(crawled, "twin")
    assert {each.outcome for each in found.values()} == {"unchanged"} and len(found) == len(PATHS) + 1
    assert b"emnet a" in bodies(crawled, "twin")["/a"]
    assert {each.first_url for each in found.values()} == {f"http://twin.example.test{path}" for path in found}


@pytest.mark.slow
def test_reservation_of_a_site_that_does_not_answer_holds(crawled: Any) -> None:
    found = summary(crawled, "no-ai")
    assert found.freshness == "carried" and "GPTBot" in found.reservation


@pytest.mark.slow
@pytest.mark.parametrize("name", ["closed-and-broken", "reserved-and-broken"])
def test_page_that_is_closed_now_and_does_not_answer_is_excluded(crawled: Any, name: str) -> None:
    assert outcomes(crawled, name)["/lukket/a"].outcome == "excluded"
    assert "/lukket/a" not in bodies(crawled, name)


@pytest.mark.slow
def test_304s_are_looked_at_also_where_the_last_page_did_not_answer(crawled: Any) -> None:
    assert summary(crawled, "late-silence").validators_off == SECOND
    assert outcomes(crawled, "late-silence")["/a"].outcome == "changed"
    assert b"med en ny tekst" in bodies(crawled, "late-silence")["/a"]


@pytest.mark.slow
def test_page_that_is_edited_between_two_looks_is_no_lie(crawled: Any) -> None:
    assert summary(crawled, "edited-meanwhile").validators_off is None
    assert b"rettet i mellemtiden" in bodies(crawled, "edited-meanwhile")["/a"]
    asked = [condition for host, path, condition in crawled.script.asked
             if host.startswith("edited-meanwhile") and path == "/a"]  # fmt: skip
    assert asked == [True, False, True]


@pytest.mark.slow
def test_reservation_that_a_304_does_not_tell_is_found_and_the_server_not_believed(crawled: Any) -> None:
    assert summary(crawled, "terse").validators_off == SECOND
    assert outcomes(crawled, "terse")["/a"].outcome == "excluded"
    assert "/a" not in bodies(crawled, "terse")


@pytest.mark.slow
def test_redirect_to_a_front_page_that_moved_is_no_move(crawled: Any) -> None:
    found = outcomes(crawled, "new-front")
    assert (found["/a"].outcome, found["/"].outcome, found["/forside"].outcome) == ("gone", "moved", "moved")
    assert found["/forside"].first_url == "http://new-front.example.test/"


@pytest.mark.slow
def test_type_of_a_304_does_not_change_how_the_page_is_read(crawled: Any) -> None:
    assert outcomes(crawled, "mime-of-304")["/b"].outcome == "unchanged"
    page = next(
        each for each in read_captures(crawled.data / "snapshots" / SECOND, summary(crawled, "mime-of-304").site)
        if each.url.endswith("/b")
    )  # fmt: skip
    assert page.content_type == "text/html; charset=utf-8"


@pytest.mark.slow
def test_pages_that_do_not_answer_count_as_errors_whatever_their_status(crawled: Any) -> None:
    found = summary(crawled, "many-errors")
    assert (found.freshness, found.freshness_reason) == ("carried", "4 of 25 pages could not be had")
    assert {each.outcome for each in outcomes(crawled, "many-errors").values()} == {"stale"}
    said = outcomes(crawled, "said-to-be-gone")
    assert (said["/e"].outcome, said["/f"].outcome) == ("gone", "stale"), "451 is said in so many words"


@pytest.mark.slow
def test_crawl_is_compared_with_the_quarter_that_it_began_with(tvaerkom: Any) -> None:
    """2020Q3 begins while 2020Q2 is not published; it refers to nothing of that."""
    village = Village(sites={"by0.example.test": site()})
    with served(village):
        tvaerkom.register.write_text(village.register())
        for quarter in ("2020Q1", "2020Q3", "2020Q2"):
            assert tvaerkom("crawl", quarter).returncode == 0
            if quarter != "2020Q3":
                assert tvaerkom("snapshot", "publish", quarter).returncode == 0
        published = tvaerkom("snapshot", "publish", "2020Q3")
        assert published.returncode == 0, published.stderr
        manifest = read_snapshot_manifest(tvaerkom.data / "snapshots" / "2020Q3")
        assert (manifest.follows, manifest.sites[0].outcomes) == ("2020Q1", {"unchanged": 25})
        assert tvaerkom("snapshot", "verify", "2020Q3").returncode == 0
