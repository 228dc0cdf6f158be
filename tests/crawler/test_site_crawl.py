"""The rules of one site's crawl, without a network: answers are handed in."""

import datetime
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler import site_crawl as module
from crawler.archive import Exchange, WarcSeries
from crawler.frontier import PAGE, ROBOTS, SITEMAP, Frontier
from crawler.politeness import Politeness
from crawler.register import Network, Site
from crawler.site_crawl import Answer, SiteCrawl

HOST = "http://nordby.test"
POLITENESS = Politeness(delay_s=1.0, retry_after_s=(10.0, 20.0), max_failures=5)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def begin(tmp_path: Path, frontier: Frontier, make_site: Callable[..., Site]) -> Iterator[Callable[..., SiteCrawl]]:
    warc = WarcSeries(tmp_path / "warc", "9001-2020Q1", {}, {})

    def start(**site: Any) -> SiteCrawl:
        return SiteCrawl(make_site(**site), Network(), frontier, warc, POLITENESS)

    yield start
    warc.close()


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    exchange = Exchange(url="u", method="GET", request=b"GET / HTTP/1.1\r\n\r\n", response=b"HTTP/1.1 200 OK\r\n\r\n",
                        address="127.0.1.1", started_at=datetime.datetime.now(datetime.UTC))  # fmt: skip
    fields = {"content-type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=fields, body=body, exchange=exchange)


def crawl_all(crawl: SiteCrawl, clock: Clock, answers: dict[str, Answer | None]) -> list[str]:
    """Lease until nothing is due; gives the paths asked for. None stands for no answer, 404 for what is not named."""
    asked = []
    while lease := crawl.lease(clock.now):
        path = lease.url.removeprefix(HOST)
        asked.append(path)
        reply = answers.get(path, answer(404))
        if reply is None:
            crawl.failed(lease, "Connection refused", pause_s=None)
        else:
            crawl.fetched(lease, reply, pause_s=None)
    return asked


def test_robots_comes_first_then_seed_sitemap_and_links(begin: Any, clock: Clock) -> None:
    pages: dict[str, Answer | None] = {
        "/robots.txt": answer(body=b"User-agent: *\nDisallow: /intern"),
        "/": answer(body=b'<a href="/b">b</a><a href="/intern/x">x</a><a href="/b">b</a><a href="/plan.pdf">p</a>'),
        "/sitemap.xml": answer(body=b"<urlset><url><loc>/m</loc></url></urlset>", content_type="application/xml"),
    }
    crawl = begin()
    assert crawl_all(crawl, clock, pages) == ["/robots.txt", "/", "/sitemap.xml", "/m", "/b"]
    assert crawl.frontier.totals().excluded == 1
    assert dict(crawl.frontier.db.execute("select * from not_taken")) == {"pdf": 1}
    assert crawl.next_due() is None


def test_sitemaps_of_robots_and_of_an_index_are_read(begin: Any, clock: Clock) -> None:
    robots = b"Sitemap: /s/index.xml\nSitemap: http://ond.test/sitemap.xml\n"
    index = (
        b"<sitemapindex><sitemap><loc>/s/a.xml</loc></sitemap><sitemap><loc>/s/index.xml</loc></sitemap></sitemapindex>"
    )
    pages = {"/robots.txt": answer(body=robots), "/s/index.xml": answer(body=index)}
    assert crawl_all(begin(), clock, pages) == ["/robots.txt", "/", "/s/index.xml", "/s/a.xml"]


def test_redirect_target_is_judged_like_a_link(begin: Any, clock: Clock) -> None:
    pages = {
        "/": answer(301, location="/ny"),
        "/ny": answer(body=b'<a href="/ud">u</a><a href="/fil">f</a><a href="/loop">l</a>'),
        "/ud": answer(302, location="http://ond.test/"),
        "/fil": answer(302, location="file:///etc/passwd"),
        "/loop": answer(302, location="/loop"),
    }
    crawl = begin()
    asked = crawl_all(crawl, clock, pages)
    assert asked == ["/robots.txt", "/", "/sitemap.xml", "/ny", "/ud", "/fil", "/loop"]
    reasons = dict(crawl.frontier.db.execute("select url, reason from url where reason is not null"))
    assert reasons[f"{HOST}/fil"] == "redirect leads nowhere"
    assert reasons[f"{HOST}/ud"] == "redirects to http://ond.test/"


def test_chain_of_redirects_has_an_end(begin: Any, clock: Clock) -> None:
    pages = {f"/{number}": answer(302, location=f"/{number + 1}") for number in range(50)}
    asked = crawl_all(begin(), clock, pages | {"/": answer(302, location="/0")})
    assert asked[-1] == f"/{module.MAX_REDIRECTS - 1}"


@pytest.mark.parametrize(("num_redirects", "is_allowed"), [(5, False), (6, True)])
def test_robots_is_followed_over_five_redirects(num_redirects: int, is_allowed: bool, begin: Any, clock: Clock) -> None:
    paths = ["/robots.txt", *(f"/r{number}" for number in range(num_redirects))]
    pages = {path: answer(302, location=following) for path, following in pairwise(paths)}
    pages[paths[-1]] = answer(body=b"User-agent: *\nDisallow: /\n")
    assert ("/" in crawl_all(begin(), clock, pages)) is is_allowed


def test_robots_that_fails_is_waited_for_and_then_closes_the_site(begin: Any, clock: Clock) -> None:
    crawl = begin()
    asked = []
    for _ in range(4):
        asked += crawl_all(crawl, clock, {"/robots.txt": answer(503)})
        clock.now += 60
    assert asked == ["/robots.txt"] * 3
    assert crawl.stopped == "robots.txt of nordby.test cannot be reached"
    assert crawl_all(begin(), clock, {"/": answer()}) == ["/robots.txt", "/", "/sitemap.xml"], (
        "the next start asks anew"
    )


def test_rules_a_day_old_are_asked_for_again_within_a_crawl(begin: Any, clock: Clock) -> None:
    crawl = begin()
    first = {"/robots.txt": answer(body=b"User-agent: *\nDisallow: /b"), "/": answer(429, retry_after="3600")}
    assert crawl_all(crawl, clock, first) == ["/robots.txt", "/"]
    clock.now += 25 * 3600
    second = {"/robots.txt": answer(body=b"User-agent: *\nDisallow: /"), "/": answer()}
    assert crawl_all(crawl, clock, second) == ["/robots.txt"]
    assert crawl.frontier.totals().excluded == 2, "the front page and the sitemap"


def test_exclude_set_after_a_url_was_found_is_obeyed(begin: Any, clock: Clock) -> None:
    front = answer(body=b'<a href="/arkiv/1">x</a><a href="/arkivet">x</a>')
    crawl = begin()
    for path in ("/robots.txt", "/", "/sitemap.xml"):
        lease = crawl.lease(clock.now)
        assert lease and lease.url == HOST + path
        crawl.fetched(lease, front if path == "/" else answer(404), pause_s=None)
    assert crawl_all(begin(excludes=("/arkiv",)), clock, {}) == ["/arkivet"]
    assert crawl.frontier.totals().excluded == 1


def test_retry_after_is_honoured_and_a_failing_page_given_up(begin: Any, clock: Clock) -> None:
    crawl = begin()
    pages: dict[str, Answer | None] = {"/": answer(429, retry_after="100")}
    crawl_all(crawl, clock, pages)
    clock.now += 99
    assert crawl_all(crawl, clock, pages) == []
    clock.now += 1
    assert crawl_all(crawl, clock, pages) == ["/"]
    clock.now += 100
    assert crawl_all(crawl, clock, pages) == ["/"]
    clock.now += 1e6
    assert crawl_all(crawl, clock, pages)[-1] == "/sitemap.xml", "all of the site waited, not the page alone"
    assert (crawl.frontier.totals().failed, crawl.stopped) == (1, None)


def test_failures_in_a_row_stop_the_site_and_an_answer_begins_the_row_anew(begin: Any, clock: Clock) -> None:
    links = b"".join(b'<a href="/%d">x</a>' % number for number in range(20))
    pages: dict[str, Answer | None] = {f"/{number}": None for number in range(20)}
    pages |= {"/": answer(body=links), "/4": answer(404)}
    crawl = begin()
    asked = crawl_all(crawl, clock, pages)
    assert asked[-1] == "/9"
    assert crawl.stopped == "5 failures in a row, the last: Connection refused"
    assert crawl.next_due() is None


def test_rules_older_than_a_day_are_fetched_again(begin: Any, clock: Clock, frontier: Frontier) -> None:
    assert crawl_all(begin(), clock, {"/": answer()}) == ["/robots.txt", "/", "/sitemap.xml"]
    assert crawl_all(begin(), clock, {}) == []
    frontier.db.execute("update robots set fetched_at = '2020-01-01T00:00:00+00:00'")
    frontier.add([f"{HOST}/ny"], priority=4)
    assert crawl_all(begin(), clock, {}) == ["/robots.txt", "/ny"]


def test_longer_delay_of_robots_or_of_the_user_holds(begin: Any, clock: Clock) -> None:
    crawl = begin()
    assert crawl.delay_of("nordby.test") == 1.0
    crawl_all(crawl, clock, {"/robots.txt": answer(body=b"User-agent: *\nCrawl-delay: 7\n")})
    assert crawl.delay_of("nordby.test") == 7.0
    assert begin(delay_s=12.0).delay_of("nordby.test") == 12.0


def test_captures_and_ledger_hold_each_kind_of_answer(begin: Any, clock: Clock, frontier: Frontier) -> None:
    crawl_all(begin(), clock, {"/": answer(etag='"x"', last_modified="y"), "/sitemap.xml": None})
    captures = frontier.db.execute("select kind, status, etag from capture order by id").fetchall()
    assert captures == [(ROBOTS, 404, None), (PAGE, 200, '"x"')]
    ledger = frontier.db.execute("select url, status, error from request order by id").fetchall()
    assert ledger[-1] == (f"{HOST}/sitemap.xml", None, "Connection refused")
    kinds = {kind for (kind,) in frontier.db.execute("select kind from url")}
    assert kinds == {ROBOTS, PAGE, SITEMAP}
