"""94 sites of which 9 are broken in 9 ways, in a first quarter and in a second: what is published of them."""

from collections.abc import Iterator
from typing import Any

import pytest

from crawler.refresh.gate import SiteCounts, judge_site
from crawler.snapshot import SiteSummary, TerminalState, read_captures, read_snapshot_manifest
from demo.village import DOWN, Page, Village, gone, moved, served, text_page

FIRST, SECOND, THIRD = "2020Q1", "2020Q2", "2020Q3"
NUM_SITES, NUM_PAGES, NUM_PAGES_OF_BROKEN = 94, 14, 12
PATHS = [f"/{chr(97 + number)}" for number in range(NUM_PAGES)]
WALL = Page(
    body="<html><title>Just a moment...</title><body>Checking your browser</body></html>", etag=None,
    status="403 Forbidden", headers={"cf-mitigated": "challenge", "Server": "cloudflare"},
)  # fmt: skip
LOGIN = Page(body="<html><body><form action='/login'><input type='password' name='p'></form></body></html>", etag=None)
CLOSED = Page(body="User-agent: *\nDisallow: /\n", content_type="text/plain", etag=None)


def healthy(num_pages: int) -> dict[str, Page]:
    paths = PATHS[:num_pages]
    return {"/": text_page("forsiden", links=tuple(paths))} | {path: text_page(f"emnet {path[1:]}") for path in paths}


def failing(site: dict[str, Page], number: int) -> dict[str, Page]:
    return site | dict.fromkeys(PATHS[:number], Page(status="500 Internal Server Error", etag=None))


# nine ways, each from a healthy site to a broken one
WAYS: dict[str, Any] = {
    "down": lambda _: DOWN,
    "no rules": lambda site: site | {"/robots.txt": Page(status="503 Service Unavailable", etag=None)},
    "closed": lambda site: site | {"/robots.txt": CLOSED},
    "wall": lambda site: dict.fromkeys(site, WALL),
    "login": lambda site: dict.fromkeys(site, LOGIN),
    "refused": lambda site: dict.fromkeys(site, Page(status="403 Forbidden", etag=None)),
    "half failing": lambda site: failing(site, 4),
    "nothing there": lambda site: dict.fromkeys(site, gone()),
    "elsewhere": lambda site: dict.fromkeys(site, moved("http://example.com/")),
}


def relaunched(site: dict[str, Page]) -> dict[str, Page]:
    return {"/": site["/"]} | dict.fromkeys(PATHS[:11], gone())


def host(number: int) -> str:
    return f"by{number}.example.test"


def ids(numbers: range) -> list[str]:
    return [str(9001 + number) for number in numbers]


BROKEN_FIRST, BROKEN_SECOND = range(10, 19), range(30, 39)


@pytest.fixture(scope="module")
def quarters(tvaerkom_of_module: Any) -> Iterator[Any]:
    tvaerkom = tvaerkom_of_module
    small = set(BROKEN_SECOND)
    sites = {
        host(number): healthy(NUM_PAGES_OF_BROKEN if number in small else NUM_PAGES) for number in range(NUM_SITES)
    }  # fmt: skip
    village = Village(sites=dict(sites))
    results = []
    with served(village):
        tvaerkom.register.write_text(village.register())
        for number, way in zip(BROKEN_FIRST, WAYS.values(), strict=True):
            village.sites[host(number)] = way(sites[host(number)])
        results.append((tvaerkom("crawl", FIRST), tvaerkom("snapshot", "publish", FIRST)))
        village.sites = dict(sites)
        ways = [*list(WAYS.values())[:-1], relaunched]
        for number, way in zip(BROKEN_SECOND, ways, strict=True):
            village.sites[host(number)] = way(sites[host(number)])
        results.append(tvaerkom("quarter", SECOND, "--until", "snapshot"))
        yield tvaerkom, results


def summaries(tvaerkom: Any, quarter: str) -> dict[str, SiteSummary]:
    return {each.site: each for each in read_snapshot_manifest(tvaerkom.data / "snapshots" / quarter).sites}


@pytest.mark.slow
def test_first_quarter_is_published_without_the_broken_sites(quarters: Any) -> None:
    tvaerkom, ((_, publish), _) = quarters
    assert publish.returncode == 3, publish.stderr
    found = summaries(tvaerkom, FIRST)
    assert len(found) == NUM_SITES
    absent = {site for site, each in found.items() if each.freshness == "absent"}
    assert absent == set(ids(BROKEN_FIRST))
    for site in absent:
        assert found[site].freshness_reason and found[site].num_pages == 0
        assert not [each for each in read_captures(tvaerkom.data / "snapshots" / FIRST, site) if each.kind == "page"]
        assert f"{found[site].name}: nothing of it is in the snapshot (" in publish.stderr
    assert all(each.is_thin for site, each in found.items() if site not in absent), "fewer than 200 pages"
    assert publish.stderr.count("tvaerkom ") == len(absent), "each with a command"


@pytest.mark.slow
def test_second_quarter_carries_the_broken_sites_and_is_published(quarters: Any) -> None:
    tvaerkom, (_, quarter) = quarters
    assert quarter.returncode == 3, quarter.stderr
    found = summaries(tvaerkom, SECOND)
    not_fresh = {site: each for site, each in found.items() if each.freshness != "fresh"}
    assert set(not_fresh) == set(ids(BROKEN_SECOND))
    for number, (site, each) in enumerate(sorted(not_fresh.items())):
        pages = [capture for capture in read_captures(tvaerkom.data / "snapshots" / SECOND, site) if capture.outcome]
        if number == list(WAYS).index("closed"):  # its robots.txt is a wish, and wishes are obeyed
            assert (each.freshness, pages) == ("absent", [])
        else:
            assert (each.freshness, each.num_pages, len(pages)) == ("carried", *2 * (NUM_PAGES_OF_BROKEN + 1,))
            assert {page.outcome for page in pages} == {"stale"}
        assert each.name in quarter.stderr
    assert all(not each.is_thin for each in found.values() if each.site not in ids(BROKEN_FIRST))
    assert tvaerkom("snapshot", "verify", SECOND).returncode == 0


@pytest.mark.slow
def test_quarter_of_which_too_much_is_missing_is_refused_and_accepting_wants_a_reason(quarters: Any) -> None:
    tvaerkom, _ = quarters
    site = ids(BROKEN_SECOND)[0]
    result = tvaerkom("crawl", THIRD, "--only", site)  # nobody serves it any more
    assert "no site gave a page" in result.stderr
    refused = tvaerkom("snapshot", "publish", THIRD)
    assert (refused.returncode, "not published" in refused.stderr) == (3, True)
    assert not (tvaerkom.data / "snapshots" / THIRD / "manifest.json").exists()
    wrong = tvaerkom("snapshot", "publish", THIRD, "--accept", site)
    assert (wrong.returncode, "--accept needs --reason" in wrong.stderr) == (2, True)


def counts(**values: Any) -> SiteCounts:
    usual = {"state": TerminalState.COMPLETE, "reason": None, "num_pages": 300, "num_asked": 300}
    return SiteCounts(**(usual | values))


@pytest.mark.parametrize(
    ("values", "freshness"),
    [
        ({}, "fresh"),
        ({"num_failed": 6}, "fresh"),
        ({"num_failed": 7}, "absent"),
        ({"num_asked": 20, "num_failed": 2}, "fresh"),
        ({"num_before": 100, "num_lost": 30}, "fresh"),
        ({"num_before": 100, "num_lost": 31}, "absent"),
        ({"num_before": 100, "num_lost": 31, "is_confirmed": True}, "fresh"),
        ({"num_before": 9, "num_lost": 9}, "fresh"),
        ({"state": TerminalState.PARTIAL, "reason": "the budget"}, "absent"),
        ({"state": TerminalState.PARTIAL, "reason": "the budget", "stopped_by_budget": True}, "fresh"),
    ],
)
def test_limits_of_the_gate(values: dict[str, Any], freshness: str) -> None:
    assert judge_site(counts(**values), is_municipality=True, before=None, is_accepted=False).freshness == freshness
    assert judge_site(counts(**values), is_municipality=True, before=None, is_accepted=True).freshness == "fresh"


@pytest.mark.parametrize(
    ("before", "freshness"), [("fresh", "carried"), ("carried", "absent"), ("absent", "absent"), (None, "absent")]
)
def test_pages_are_carried_on_for_one_quarter_only(before: str | None, freshness: str) -> None:
    last = before and SiteSummary(
        site="9001", name="By1", official_name="By1", kind="municipality", region=None, area=None, state="complete",
        reason=None, num_pages=0 if before == "absent" else 40, num_captures=40, robots_verdict=None, robots_date=None,
        freshness=before,
    )  # fmt: skip
    dead = counts(state=TerminalState.DEAD, reason="no answer", num_pages=0)
    verdict = judge_site(dead, is_municipality=True, before=last or None, is_accepted=False)
    assert (verdict.freshness, verdict.reason) == (freshness, "dead: no answer")


@pytest.mark.parametrize(
    ("num_pages", "num_listed", "is_municipality", "is_thin"),
    [
        (199, 0, True, True), (200, 0, True, False), (300, 1501, True, True), (300, 1500, True, False),
        (5, 0, False, False),
    ],
)  # fmt: skip
def test_thin_first_crawl_is_published_and_flagged(
    num_pages: int, num_listed: int, is_municipality: bool, is_thin: bool
) -> None:
    verdict = judge_site(
        counts(num_pages=num_pages, num_listed=num_listed), is_municipality=is_municipality, before=None,
        is_accepted=False,
    )  # fmt: skip
    assert (verdict.freshness, verdict.is_thin) == ("fresh", is_thin)
