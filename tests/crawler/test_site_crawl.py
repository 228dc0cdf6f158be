"""The rules of one site's crawl, without a network: answers are handed in."""

import datetime
import hashlib
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crawler import exchange_rows, host_rules, politeness
from crawler import frontier as states
from crawler import site_crawl as module
from crawler.frontier import PAGE, PROBE, ROBOTS, SITEMAP, TDMREP, Found, Frontier, Lease
from crawler.net.answers import Answer
from crawler.pages.links import read_page
from crawler.politeness import Politeness
from crawler.register import Network, Site
from crawler.site_crawl import SiteCrawl
from crawler.snapshot import TerminalState
from crawler.soft404 import probe_path
from crawler.telling.outcome import terminal_state
from crawler.warc.archive import Exchange, WarcSeries

HOST = "http://nordby.test"
PROBED = probe_path("9001")
FIRST = ["/robots.txt", "/.well-known/tdmrep.json", "/", PROBED, "/sitemap.xml"]
POLITENESS = Politeness(
    delay_s=1.0, latency_factor=0.0, retry_after_s=(10.0, 20.0), robots_retry_s=(10.0, 20.0), breaker_s=(100.0, 200.0)
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for each in (politeness, module, host_rules, exchange_rows):
        monkeypatch.setattr(each, "now", clock)
    monkeypatch.setattr(module, "time", SimpleNamespace(time=clock, monotonic=time.monotonic))
    return clock


@pytest.fixture
def begin(tmp_path: Path, frontier: Frontier, make_site: Callable[..., Site]) -> Iterator[Callable[..., SiteCrawl]]:
    warc = WarcSeries(tmp_path / "warc", "9001-2020Q1", {}, {})

    def start(*, budget: int = 60_000, **site: Any) -> SiteCrawl:
        return SiteCrawl(make_site(**site), Network(), frontier, warc, POLITENESS, budget=budget)

    yield start
    warc.close()


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    exchange = Exchange(url="u", method="GET", request=b"GET / HTTP/1.1\r\n\r\n", response=b"HTTP/1.1 200 OK\r\n\r\n",
                        address="127.0.1.1", started_at=datetime.datetime.now(datetime.UTC))  # fmt: skip
    fields = {"content-type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, fields=list(fields.items()), body=body, exchange=exchange)


def page(text: str, *paths: str, head: str = "") -> Answer:
    links = "".join(f'<a href="{path}">{path}</a>' for path in paths)
    return answer(body=f"<html><head>{head}</head><body><p>{text}</p>{links}</body></html>".encode())


def crawl_all(crawl: SiteCrawl, clock: Clock, answers: dict[str, Any]) -> list[str]:
    """Lease until nothing is due; gives the paths asked for. None stands for no answer, 404 for what is not named."""
    asked = []
    while lease := leased(crawl, clock):
        path = lease.url.removeprefix(HOST)
        asked.append(path)
        reply = answers.get(path, answer(404))
        if reply is None:
            crawl.failed(lease, "Connection refused", is_final=False, address=None, pause_s=None)
            continue
        is_read = crawl.wants_reading(lease, reply)
        reading = read_page(reply.body, lease.url, reply.headers["content-type"]) if is_read else None
        crawl.fetched(lease, reply, reading, pause_s=None)
    return asked


def leased(crawl: SiteCrawl, clock: Clock) -> Lease | None:
    """Ask again where it was busy with URLs that may not be fetched."""
    while True:
        lease = crawl.lease(clock.now)
        due = crawl.next_due()
        if lease or due is None or due > clock.now:
            return lease


def behind_first(asked: list[str]) -> list[str]:
    """What was asked for behind what every crawl asks for."""
    assert asked[: len(FIRST)] == FIRST
    return asked[len(FIRST) :]


def reasons(crawl: SiteCrawl) -> dict[str, str]:
    rows = crawl.frontier.db.execute("select url, reason from url where reason is not null")
    return {url.removeprefix(HOST): reason for url, reason in rows}


def withheld(crawl: SiteCrawl) -> dict[str, str]:
    rows = crawl.frontier.db.execute("select url, withheld, body_sha256 from capture where withheld is not null")
    found = {url.removeprefix(HOST): (reason, digest) for url, reason, digest in rows}
    assert not any(digest for _, digest in found.values()), "no body is kept"
    return {url: reason for url, (reason, _) in found.items()}


def test_rules_come_first_then_seed_probe_sitemap_and_links(begin: Any, clock: Clock) -> None:
    pages = {
        "/robots.txt": answer(body=b"User-agent: *\nDisallow: /intern"),
        "/": page("x", "/b", "/intern/x", "/b", "/plan.pdf"),
        "/sitemap.xml": answer(body=b"<urlset><url><loc>/m</loc></url></urlset>", content_type="application/xml"),
    }
    crawl = begin()
    assert behind_first(crawl_all(crawl, clock, pages)) == ["/m", "/b"]
    assert reasons(crawl) == {"/intern/x": "robots.txt"}
    assert crawl.frontier.db.execute("select kind from not_taken").fetchall() == [("pdf",)]
    assert crawl.next_due() is None


def test_sitemaps_of_robots_and_of_an_index_are_read(begin: Any, clock: Clock) -> None:
    robots = b"Sitemap: /s/index.xml\nSitemap: http://ond.test/sitemap.xml\n"
    index = (
        b"<sitemapindex><sitemap><loc>/s/a.xml</loc></sitemap><sitemap><loc>/s/index.xml</loc></sitemap></sitemapindex>"
    )
    pages = {"/robots.txt": answer(body=robots), "/s/index.xml": answer(body=index)}
    assert crawl_all(begin(), clock, pages) == [*FIRST[:-1], "/s/index.xml", "/s/a.xml"]


def test_redirect_target_is_judged_like_a_link(begin: Any, clock: Clock) -> None:
    pages = {
        "/": answer(301, location="/ny"),
        "/ny": page("x", "/ud", "/fil", "/loop"),
        "/ud": answer(302, location="http://ond.test/"),
        "/fil": answer(302, location="file:///etc/passwd"),
        "/loop": answer(302, location="/loop"),
    }
    crawl = begin()
    asked = crawl_all(crawl, clock, pages)
    assert asked == [*FIRST[:3], "/ny", PROBED, "/sitemap.xml", "/ud", "/fil", "/loop"]
    found = reasons(crawl)
    assert found["/fil"] == "redirect leads nowhere"
    assert found["/ud"] == "redirects to http://ond.test/"


def test_chain_of_redirects_has_an_end(begin: Any, clock: Clock) -> None:
    pages = {f"/{number}": answer(302, location=f"/{number + 1}") for number in range(50)}
    asked = crawl_all(begin(), clock, pages | {"/": answer(302, location="/0")})
    assert [path for path in asked if path[1:].isdigit()][-1] == f"/{module.MAX_REDIRECTS - 1}"


@pytest.mark.parametrize(("num_redirects", "is_allowed"), [(5, False), (6, True)])
def test_robots_is_followed_over_five_redirects(num_redirects: int, is_allowed: bool, begin: Any, clock: Clock) -> None:
    paths = ["/robots.txt", *(f"/r{number}" for number in range(num_redirects))]
    pages = {path: answer(302, location=following) for path, following in pairwise(paths)}
    pages[paths[-1]] = answer(body=b"User-agent: *\nDisallow: /\n")
    assert ("/" in crawl_all(begin(), clock, pages)) is is_allowed


def test_site_sleeps_while_its_robots_fails_and_is_given_up_for_this_start(begin: Any, clock: Clock) -> None:
    crawl = begin()
    asked = []
    assert crawl_all(crawl, clock, {"/robots.txt": answer(503)}) == ["/robots.txt"]
    assert crawl.condition(clock.now).startswith("robots.txt of nordby.test cannot be reached, until ")
    for _ in range(4):
        clock.now += 60
        asked += crawl_all(crawl, clock, {"/robots.txt": answer(503)})
    assert asked == ["/robots.txt"] * 2
    assert crawl.stopped == "robots.txt of nordby.test cannot be reached"
    assert terminal_state(crawl.frontier.db, crawl.site)[0] == TerminalState.ROBOTS_CLOSED
    assert crawl_all(begin(), clock, {"/": answer()}) == FIRST, "the next start asks anew"


def test_sitemap_on_an_origin_whose_robots_fails_holds_up_nothing_else(begin: Any, clock: Clock) -> None:
    pages: dict[str, Any] = {
        "/robots.txt": answer(body=b"Sitemap: https://www.nordby.test/sitemap.xml"), "/": page("x", "/a"),
        "https://www.nordby.test/robots.txt": None,
    }  # fmt: skip
    crawl = begin()
    asked = crawl_all(crawl, clock, pages)
    assert "/a" in asked
    for _ in range(3):
        clock.now += 60
        asked = crawl_all(crawl, clock, pages)
    assert crawl.frontier.next_due() is None
    assert crawl.stopped is None
    assert reasons(crawl)["https://www.nordby.test/sitemap.xml"] == "robots.txt of www.nordby.test cannot be reached"


def test_rules_that_turn_a_day_old_while_a_page_is_fetched_let_nothing_in(begin: Any, clock: Clock) -> None:
    crawl = begin()
    tdmrep = answer(body=b'[{"location": "/", "tdm-reservation": 1}]', content_type="application/json")
    crawl_all(crawl, clock, {"/.well-known/tdmrep.json": tdmrep})
    crawl.frontier.add([f"{HOST}/a", f"{HOST}/b"], Found(priority=states.PRIORITY_LINK))
    lease = crawl.lease(clock.now)
    assert lease
    clock.now += 25 * 3600
    reply = page("a")
    crawl.fetched(lease, reply, read_page(reply.body, lease.url, "text/html"), pause_s=None)
    assert withheld(crawl)["/a"].startswith("tdm: ")
    crawl_all(crawl, clock, {"/.well-known/tdmrep.json": answer(503), "/b": page("b")})
    clock.now += 100
    crawl_all(crawl, clock, {"/.well-known/tdmrep.json": answer(503), "/b": page("b")})
    assert withheld(crawl)["/b"].startswith("tdm: "), "yesterday's holds until today's is there"


def test_mistake_of_ours_leaves_neither_a_record_nor_a_link_half_taken(
    begin: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl = begin()
    crawl_all(crawl, clock, {"/": answer(404)})
    crawl.frontier.add([f"{HOST}/a", f"{HOST}/b"], Found(priority=states.PRIORITY_LINK))
    first = crawl.lease(clock.now)
    assert first
    reply = page("Se listen over alle vores skoler", "/c", "/d")
    reading = read_page(reply.body, first.url, "text/html")
    with monkeypatch.context() as patched:
        patched.setattr(crawl.frontier, "settle", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            crawl.fetched(first, reply, reading, pause_s=None)
    crawl.failed(first, "not read: ZeroDivisionError", is_final=True, address=None, pause_s=None)
    asked = crawl_all(crawl, clock, {"/b": reply})
    assert asked == ["/b", "/c", "/d"], "the links of the page that failed are not taken for known"
    assert len(crawl.frontier.committed_ends()) == 1
    end = max(crawl.frontier.committed_ends().values())
    assert end == (crawl.warc._folder / f"{crawl.warc.name}.open").stat().st_size


def test_rules_a_day_old_are_asked_for_again_within_a_crawl(begin: Any, clock: Clock) -> None:
    crawl = begin()
    first = {"/robots.txt": answer(body=b"User-agent: *\nDisallow: /b"), "/": answer(429, retry_after="3600")}
    assert crawl_all(crawl, clock, first) == FIRST[:3]
    clock.now += 25 * 3600
    second = {"/robots.txt": answer(body=b"User-agent: *\nDisallow: /"), "/": answer()}
    assert crawl_all(crawl, clock, second) == ["/robots.txt"]
    assert crawl.frontier.totals().excluded == 4, "front page, probe, sitemap and tdmrep.json"


def test_what_robots_forbade_is_taken_up_when_it_allows_it(begin: Any, clock: Clock, frontier: Frontier) -> None:
    crawl = begin()
    crawl_all(crawl, clock, {"/robots.txt": answer(body=b"User-agent: *\nDisallow: /b"), "/": page("x", "/b")})
    assert reasons(crawl) == {"/b": "robots.txt"}
    clock.now += 25 * 3600
    frontier.add([f"{HOST}/ny"], Found(priority=states.PRIORITY_LINK, depth=1))
    asked = crawl_all(crawl, clock, {"/robots.txt": answer(body=b"User-agent: *\nDisallow:")})
    assert asked == ["/robots.txt", "/.well-known/tdmrep.json", "/b", "/ny"]


def test_http_and_https_have_rules_of_their_own(begin: Any, clock: Clock) -> None:
    crawl = begin(seeds=(f"{HOST}/", "https://nordby.test/sikker"))
    pages = {
        "/robots.txt": answer(body=b"User-agent: *\nDisallow: /"),
        "https://nordby.test/robots.txt": answer(body=b"User-agent: *\nDisallow:"),
    }
    asked = crawl_all(crawl, clock, pages)
    assert "https://nordby.test/sikker" in asked
    assert "/" not in asked
    assert {"/robots.txt", "https://nordby.test/robots.txt"} <= set(asked)


def test_exclude_set_after_a_url_was_found_is_obeyed(begin: Any, clock: Clock) -> None:
    crawl = begin()
    for path in FIRST:
        lease = crawl.lease(clock.now)
        assert lease and lease.url == HOST + path
        reply = page("x", "/arkiv/1", "/arkivet") if path == "/" else answer(404)
        reading = read_page(reply.body, lease.url, "text/html") if path == "/" else None
        crawl.fetched(lease, reply, reading, pause_s=None)
    assert crawl_all(begin(excludes=("/arkiv",)), clock, {}) == ["/arkivet"]


def test_retry_after_is_honoured_and_a_failing_page_given_up(begin: Any, clock: Clock) -> None:
    crawl = begin()
    pages = {"/": answer(429, retry_after="100")}
    crawl_all(crawl, clock, pages)
    clock.now += 99
    assert crawl_all(crawl, clock, pages) == []
    clock.now += 1
    assert crawl_all(crawl, clock, pages) == ["/"]
    clock.now += 100
    assert crawl_all(crawl, clock, pages) == ["/"]
    clock.now += 1e4
    assert crawl_all(crawl, clock, pages)[-1] == "/sitemap.xml", "all of the site waited, not the page alone"
    assert (crawl.frontier.totals().failed, crawl.stopped) == (1, None)


def test_failures_in_a_row_open_the_breaker_and_then_stop_the_site(begin: Any, clock: Clock) -> None:
    pages: dict[str, Any] = {f"/{number}": None for number in range(20)}
    pages |= {"/": page("x", *(f"/{number}" for number in range(20))), "/4": answer(404)}
    crawl = begin()
    assert crawl_all(crawl, clock, pages)[-1] == "/9", "an answer begins the row anew"
    assert crawl.frontier.fact("waits_for") == "breaker: 5 failures in a row, the last: Connection refused"
    clock.now += 100
    assert len(crawl_all(crawl, clock, pages)) == 1, "one trial"
    assert crawl.next_due() == pytest.approx(clock.now + 200)
    clock.now += 200
    crawl_all(crawl, clock, pages)
    assert crawl.stopped == "5 failures in a row, the last: Connection refused"
    assert crawl.next_due() is None
    assert terminal_state(crawl.frontier.db, crawl.site) == (TerminalState.PARTIAL, crawl.stopped)


def test_failures_of_the_own_network_are_taken_back(begin: Any, clock: Clock) -> None:
    crawl = begin()
    pages: dict[str, Any] = {"/": page("x", *(f"/{number}" for number in range(20)))}
    pages |= {f"/{number}": None for number in range(20)}
    crawl_all(crawl, clock, pages)
    failed = [lease for lease in (crawl.lease(clock.now),) if lease]
    assert failed == []
    rows = crawl.frontier.db.execute("select id, url from url where tries = 1 and state = 'waiting'").fetchall()
    leases = [states.Lease(id=row[0], key="", url=row[1], host="", kind=PAGE, priority=4, depth=1, tries=0, hops=0,
                           num_strange=0) for row in rows]  # fmt: skip
    crawl.forgive(leases)
    again = crawl_all(crawl, clock, {f"/{number}": page(f"{number}") for number in range(20)})
    assert sorted(again) == sorted(f"/{number}" for number in range(20))
    assert crawl.frontier.totals().failed == 0


def test_final_failure_is_not_tried_again(begin: Any, clock: Clock) -> None:
    crawl = begin()
    crawl_all(crawl, clock, {"/": page("x", "/b")})
    crawl.frontier.add([f"{HOST}/c"], Found(priority=states.PRIORITY_LINK))
    lease = crawl.lease(clock.now)
    assert lease
    crawl.failed(lease, "the address 10.0.0.1 is not public", is_final=True, address=None, pause_s=None)
    clock.now += 1e6
    assert crawl.frontier.totals().failed == 1
    assert crawl.frontier.next_due() is None


def test_rules_older_than_a_day_are_fetched_again(begin: Any, clock: Clock, frontier: Frontier) -> None:
    assert crawl_all(begin(), clock, {"/": answer()}) == FIRST
    assert crawl_all(begin(), clock, {}) == []
    frontier.db.execute("update robots set fetched_at = '2020-01-01T00:00:00+00:00'")
    frontier.add([f"{HOST}/ny"], Found(priority=states.PRIORITY_LINK))
    assert crawl_all(begin(), clock, {}) == ["/robots.txt", "/.well-known/tdmrep.json", "/ny"]


def test_clock_set_back_makes_nothing_wait_for_it(begin: Any, clock: Clock) -> None:
    crawl_all(begin(), clock, {"/": answer(503)})
    clock.now -= 3600
    assert "/" in crawl_all(begin(), clock, {"/": answer()}), "a new start forgets waits, and asks for rules anew"


def test_longer_delay_of_robots_or_of_the_user_holds(begin: Any, clock: Clock) -> None:
    crawl = begin()
    assert crawl.delay_s(f"{HOST}/") == 1.0
    crawl_all(crawl, clock, {"/robots.txt": answer(body=b"User-agent: *\nCrawl-delay: 7\n")})
    assert crawl.delay_s(f"{HOST}/") == 7.0
    assert begin(delay_s=12.0).delay_s(f"{HOST}/") == 12.0


def test_captures_and_ledger_hold_each_kind_of_answer(begin: Any, clock: Clock, frontier: Frontier) -> None:
    crawl_all(begin(), clock, {"/": answer(etag='"x"', last_modified="y"), "/sitemap.xml": None})
    captures = frontier.db.execute("select kind, status, etag from capture order by id").fetchall()
    assert captures == [(ROBOTS, 404, None), (TDMREP, 404, None), (PAGE, 200, '"x"'), (PROBE, 404, None)]
    ledger = frontier.db.execute("select url, status, error from request order by id").fetchall()
    assert ledger[-1] == (f"{HOST}/sitemap.xml", None, "Connection refused")
    kinds = {kind for (kind,) in frontier.db.execute("select kind from url")}
    assert kinds == {ROBOTS, TDMREP, PAGE, PROBE, SITEMAP}


RESERVED = {
    "/noindex": (page("a", "/bag", head='<meta name="robots" content="noindex,follow">'), "noindex: "),
    "/header": (answer(body=b"<p>a</p>", x_robots_tag="noindex"), "noindex: "),
    "/noai": (page("a", head='<meta name="robots" content="noai">'), "noai: "),
    "/tdm": (answer(body=b"<p>a</p>", tdm_reservation="1"), "tdm: "),
    "/tdmrep/a": (page("a"), "tdm: "),
    "/usage": (answer(body=b"<p>a</p>", content_usage="train-ai=n"), "content-usage: "),
}


def test_body_of_a_reserved_page_is_not_kept_and_its_links_are_followed(begin: Any, clock: Clock) -> None:
    pages = {path: reply for path, (reply, _) in RESERVED.items()}
    pages["/"] = page("x", *RESERVED)
    pages["/.well-known/tdmrep.json"] = answer(
        body=b'[{"location": "/tdmrep/*", "tdm-reservation": 1}]', content_type="application/json"
    )
    crawl = begin()
    asked = crawl_all(crawl, clock, pages)
    assert "/bag" in asked
    found = withheld(crawl)
    assert found.keys() == RESERVED.keys()
    for path, (_, kind) in RESERVED.items():
        assert found[path].startswith(kind), path
    assert crawl.frontier.totals().num_pages == 1


def test_links_of_a_nofollow_page_are_not_followed_and_its_body_is_kept(begin: Any, clock: Clock) -> None:
    pages = {"/": page("x", "/a", head='<meta name="robots" content="nofollow">')}
    crawl = begin()
    assert crawl_all(crawl, clock, pages) == FIRST
    assert withheld(crawl) == {}


def test_robots_that_shuts_out_ai_agents_reserves_the_site(begin: Any, clock: Clock) -> None:
    robots = b"User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\nUser-agent: *\nDisallow:\n"
    crawl = begin()
    crawl_all(crawl, clock, {"/robots.txt": answer(body=robots)})
    assert crawl.frontier.fact("reservation") == "robots.txt of nordby.test shuts out CCBot, GPTBot"


def test_challenge_is_no_content_and_blocks_the_site(begin: Any, clock: Clock) -> None:
    wall = answer(403, b"<title>Just a moment...</title>", cf_mitigated="challenge", server="cloudflare")
    crawl = begin()
    pages: dict[str, Any] = {f"/{number}": wall for number in range(30)}
    pages["/"] = page("x", *(f"/{number}" for number in range(30)))
    for _ in range(40):
        crawl_all(crawl, clock, pages)
        clock.now += 1000
    assert terminal_state(crawl.frontier.db, crawl.site)[0] == TerminalState.BLOCKED
    assert crawl.frontier.totals().num_pages == 1


def test_refusal_upon_refusal_blocks_the_site_and_is_tried_again_at_the_next_start(begin: Any, clock: Clock) -> None:
    pages: dict[str, Any] = {f"/{number}": answer(403, b"no") for number in range(300)}
    pages["/"] = page("x", *(f"/{number}" for number in range(300)))
    crawl = begin()
    assert len(crawl_all(crawl, clock, pages)) == len(FIRST) + 20
    assert terminal_state(crawl.frontier.db, crawl.site) == (
        TerminalState.BLOCKED, "20 pages in a row are refused (status 403)"
    )  # fmt: skip
    pages |= {f"/{number}": page("x") for number in range(300)}
    assert crawl_all(begin(), clock, pages)[:20] == [f"/{number}" for number in range(20)]


def test_page_here_and_there_that_is_refused_blocks_nothing(begin: Any, clock: Clock) -> None:
    pages: dict[str, Any] = {f"/{number}": answer(403, b"no") for number in range(0, 300, 2)}
    pages["/"] = page("x", *(f"/{number}" for number in range(300)))
    crawl = begin()
    assert len(crawl_all(crawl, clock, pages)) == len(FIRST) + 300
    assert crawl.stopped is None


def test_reserved_site_keeps_no_error_pages_either(begin: Any, clock: Clock) -> None:
    tdmrep = answer(body=b'[{"location": "/", "tdm-reservation": 1}]', content_type="application/json")
    crawl = begin()
    crawl_all(crawl, clock, {"/.well-known/tdmrep.json": tdmrep, "/": page("x", "/a"), PROBED: page("Findes ikke")})
    assert withheld(crawl).keys() == {"/", "/a", PROBED}


def test_login_in_place_of_the_front_page_blocks_the_site(begin: Any, clock: Clock) -> None:
    crawl = begin()
    crawl_all(crawl, clock, {"/": answer(401, b"who are you?", www_authenticate="Basic")})
    assert terminal_state(crawl.frontier.db, crawl.site) == (TerminalState.BLOCKED, f"{HOST}/ asks for a login")
    assert withheld(crawl) == {"/": "login"}


def test_error_page_with_status_200_is_known_by_the_probe(begin: Any, clock: Clock) -> None:
    menu = ["/a", "/b", "/c"]
    error = "Siden findes ikke. Prøv at søge efter den i stedet."
    pages = {
        "/": page("Velkommen til Nordby", *menu),
        PROBED: page(error, *menu, "/endnu/en"),
        "/a": page(error, *menu, "/endnu/flere"),
        "/b": page("Her er skolerne i Nordby og deres telefonnumre", *menu),
        "/c": page("Kort", *menu),
    }
    crawl = begin()
    assert behind_first(crawl_all(crawl, clock, pages)) == ["/a", "/b", "/c"]
    assert withheld(crawl) == {"/a": "soft 404"}


def test_calendar_without_end_is_left_after_thirty_leaves(begin: Any, clock: Clock) -> None:
    class Calendar(dict[str, Any]):
        def get(self, path: str, default: Any = None) -> Any:
            if not path.startswith("/kalender?maaned="):
                return super().get(path, default)
            month = int(path.partition("=")[2])
            return page("Ingen arrangementer i denne måned", f"?maaned={month + 1}", f"?maaned={month - 1}")

    crawl = begin()
    asked = crawl_all(crawl, clock, Calendar({"/": page("Velkommen", "/kalender?maaned=0")}))
    leaves = [path for path in asked if "maaned" in path]
    assert 30 <= len(leaves) <= 36
    assert crawl.next_due() is None


def test_twins_under_another_parameter_are_dropped_after_ten_proofs(begin: Any, clock: Clock) -> None:
    paths = [f"/side{chr(97 + number)}" for number in range(26)]
    text = {path: page(f"Om {path[-1] * 9} og {path[-1] * 7} samt {path[-1] * 5} i {path[-1] * 4}",
                       f"{path}?print=1") for path in paths}  # fmt: skip
    pages: dict[str, Any] = {"/": page("Velkommen", *paths)} | text
    pages |= {f"{path}?print=1": reply for path, reply in text.items()}
    crawl = begin()
    asked = crawl_all(crawl, clock, pages)
    assert set(paths) <= set(asked)
    assert 10 <= sum("print" in path for path in asked) <= 12


def test_pages_of_random_words_are_left_and_the_site_is_not(begin: Any, clock: Clock) -> None:
    class Tarpit(dict[str, Any]):
        def get(self, path: str, default: Any = None) -> Any:
            if not path.startswith("/lyst/"):
                return super().get(path, default)
            seed = path.rpartition("/")[2]
            words = " ".join(f"{seed}{chr(97 + i)}x {chr(97 + i)}{seed}" for i in range(8))
            return page(words, *(f"/lyst/{seed}{chr(97 + i)}" for i in range(6)))

    menu = [f"/m{chr(97 + number)}" for number in range(20)]
    pages = {path: page(f"Om {path} {path} {path[-1] * 6} og {path[-1] * 5}", *menu) for path in menu}
    crawl = begin()
    asked = crawl_all(crawl, clock, Tarpit(pages | {"/": page("Velkommen", *menu, "/lyst/q")}))
    assert set(menu) <= set(asked)
    assert sum(path.startswith("/lyst") for path in asked) < 120


def test_agenda_archive_that_looks_like_a_trap_is_kept(begin: Any, clock: Clock) -> None:
    items = [f"/dagsorden?agendaid={number:08x}-0000-4000-8000-{number:012x}" for number in range(300)]
    pages: dict[str, Any] = {}
    for number, path in enumerate(items):
        letters = hashlib.sha256(path.encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
        text = f"Udvalget for {letters[:7]} godkendte planen for {letters[7:14]} i mødet"
        pages[path] = page(text, items[(number + 1) % 300])
    crawl = begin()
    asked = crawl_all(crawl, clock, pages | {"/": page("Velkommen", items[0])})
    assert set(items) <= set(asked)


def test_many_urls_that_may_not_be_fetched_hold_nobody_up(begin: Any, clock: Clock, frontier: Frontier) -> None:
    crawl = begin()
    crawl_all(crawl, clock, {"/robots.txt": answer(body=b"User-agent: *\nDisallow: /b")})
    frontier.add([f"{HOST}/b{number}" for number in range(30_000)], Found(priority=states.PRIORITY_LINK))
    started, longest, num_calls = time.monotonic(), 0.0, 0
    while (due := crawl.next_due()) is not None and due <= clock.now:
        assert crawl.lease(clock.now) is None
        longest, started, num_calls = max(longest, time.monotonic() - started), time.monotonic(), num_calls + 1
    assert num_calls > 1
    assert longest < 1.0
    assert frontier.totals().excluded == 30_000


def test_budget_stops_the_site(begin: Any, clock: Clock) -> None:
    pages = {"/": page("x", *(f"/{number}" for number in range(30)))}
    crawl = begin(budget=10)
    assert len(crawl_all(crawl, clock, pages)) == 10
    assert crawl.stopped == "the budget of 10 fetches is used up"


def test_sitemap_page_is_fetched_though_its_shape_is_paused(begin: Any, clock: Clock) -> None:
    urls = "".join(f"<url><loc>/kalender?d={number}</loc></url>" for number in range(200))
    sitemap = answer(body=f"<urlset>{urls}</urlset>".encode(), content_type="application/xml")
    pages = {f"/kalender?d={number}": page("Ingen arrangementer") for number in range(200)}
    assert len(crawl_all(begin(), clock, pages | {"/": page("x"), "/sitemap.xml": sitemap})) == len(FIRST) + 200


def test_page_that_a_late_sitemap_lists_is_fetched_though_a_link_came_first(begin: Any, clock: Clock) -> None:
    listed = [f"/kalender?d={number}" for number in range(200)]
    urls = "".join(f"<url><loc>{path}</loc></url>" for path in listed)
    pages: dict[str, Any] = {path: page("Ingen arrangementer") for path in listed}
    pages |= {"/": page("x", *listed), "/sitemap.xml": answer(503)}
    crawl = begin()
    assert len(crawl_all(crawl, clock, pages)) < len(FIRST) + 60
    pages["/sitemap.xml"] = answer(body=f"<urlset>{urls}</urlset>".encode(), content_type="application/xml")
    clock.now += 10
    crawl_all(crawl, clock, pages)
    fetched = crawl.frontier.db.execute("select count(*) from capture where url like '%/kalender?%'").fetchone()
    assert fetched == (200,)
    recounted = Frontier(crawl.frontier.path.parent)
    assert recounted.totals() == crawl.frontier.totals()
    recounted.close()


def test_pause_that_the_site_asked_for_holds_over_a_new_start(begin: Any, clock: Clock) -> None:
    crawl_all(begin(), clock, {"/": answer(503, retry_after="600")})
    begin()  # as if it had been killed at once
    again = begin()
    assert crawl_all(again, clock, {}) == []
    assert again.delay_s(f"{HOST}/") == 2.0, "and so does its back-off"
    clock.now += 600
    assert crawl_all(again, clock, {"/": answer()})[0] == "/"


def test_link_that_was_counted_once_is_not_counted_again(begin: Any, clock: Clock) -> None:
    menu = ["/a", "/b", "/plan.pdf", "http://ude.test/x", "javascript:visMere(3)"]
    pages = {path: page(path * 5, *menu) for path in ("/", "/a", "/b")}
    crawl = begin()
    crawl_all(crawl, clock, pages)
    counts = dict(crawl.frontier.db.execute("select kind, count(*) from not_taken group by kind"))
    assert (counts["pdf"], counts["other host"]) == (1, 1)
    assert counts["needs JavaScript"] == 3, "one on each page"
