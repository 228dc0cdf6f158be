"""What a start finds when the last one was killed, lost its power, or was given another register."""

import datetime
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from crawler.net.answers import Answer
from crawler.opening import budget_of, open_site
from crawler.pages.links import read_page
from crawler.plan_types import CrawlPlan
from crawler.politeness import LOOPBACK, now
from crawler.register import Network, Site
from crawler.site_crawl import SiteCrawl
from crawler.snapshot import body_at
from crawler.warc.archive import Exchange
from foundation.errors import BrokenRunError, ConfigError

HOST = "http://nordby.test"
PAGES = {"/": ("/a", "/b", "/arkiv/x", "http://bibliotek.test/"), "/a": ("/c",), "/b": (), "/c": ()}


@pytest.fixture
def plan(tmp_path: Path, make_site: Callable[..., Site]) -> CrawlPlan:
    return CrawlPlan(quarter="2020Q1", sites=[make_site()], network=Network(), operator=None,
                     snapshot=tmp_path / "snapshot", work=tmp_path / "work", reports=tmp_path)  # fmt: skip


@contextmanager
def opened(plan: CrawlPlan, site: Site | None = None) -> Iterator[SiteCrawl]:
    with ExitStack() as stack:
        yield open_site(plan, site or plan.sites[0], LOOPBACK, stack)


def crawl(
    plan: CrawlPlan, *, site: Site | None = None, limit: int = 100, pages: Mapping[str, Any] = PAGES
) -> list[str]:
    """Fetch what is due, from a web in memory; gives the paths."""
    asked = []
    with opened(plan, site) as crawl:
        while len(asked) < limit and (lease := crawl.lease(now())):
            asked.append(lease.url.removeprefix(HOST))
            reply = answer(lease.url, pages)
            reading = None
            if crawl.wants_reading(lease, reply):
                reading = read_page(reply.body, lease.url, "text/html")
            crawl.fetched(lease, reply, reading, pause_s=None)
    return asked


def answer(url: str, pages: Mapping[str, Any]) -> Answer:
    """Links make a page, an address a redirect, bytes a body."""
    said = pages.get(url.removeprefix(HOST))
    status = 404 if said is None else 302 if isinstance(said, str) else 200
    fields = [("Content-Type", "text/html"), *([("Location", said)] if isinstance(said, str) else [])]
    body = f"<p>{url}</p>{''.join(f'<a href={link}>x</a>' for link in said or ())}".encode()
    body = said if isinstance(said, bytes) else body
    written = "".join(f"{name}: {value}\r\n" for name, value in [*fields, ("Content-Length", str(len(body)))])
    head = f"HTTP/1.1 {status} X\r\n{written}\r\n".encode()
    exchange = Exchange(url=url, method="GET", request=b"GET / HTTP/1.1\r\n\r\n", response=head + body,
                        address="127.0.1.1", started_at=datetime.datetime.now(datetime.UTC))  # fmt: skip
    return Answer(status=status, fields=fields, body=body, exchange=exchange)


def captured(plan: CrawlPlan) -> dict[str, str]:
    """URL -> sha256 of the body, each body read back from its record."""
    with opened(plan) as crawl:
        rows = crawl.frontier.db.execute("select url, body_sha256, warc_file, warc_offset from capture").fetchall()
        folder = plan.snapshot / "sites" / "9001"
        for _, digest, file, offset in rows:
            path = folder / file
            body_at(path if path.exists() else folder / f"{file}.open", offset, digest)
        assert len({row[0] for row in rows}) == len(rows), "nothing is there twice"
    return {url: digest for url, digest, _, _ in rows}


def archive_of(plan: CrawlPlan) -> Path:
    (path,) = (plan.snapshot / "sites" / "9001").glob("*.warc.gz*")
    return path


@pytest.mark.parametrize("num_before", range(1, 10))
@pytest.mark.parametrize("num_lost", [1, 700, 1500])
def test_tail_of_the_archive_lost_with_the_power_is_fetched_again(
    num_before: int, num_lost: int, plan: CrawlPlan, tmp_path: Path
) -> None:
    whole = CrawlPlan(**(vars(plan) | {"snapshot": tmp_path / "s2", "work": tmp_path / "w2"}))
    crawl(whole)
    crawl(plan, limit=num_before)
    path = archive_of(plan)
    os.truncate(path, max(path.stat().st_size - num_lost, 0))
    crawl(plan)
    assert captured(plan) == captured(whole)


def test_tail_of_zeros_left_by_the_power_cut_is_fetched_again(plan: CrawlPlan) -> None:
    crawl(plan, limit=6)
    path = archive_of(plan)
    with path.open("r+b") as file:
        file.seek(-600, os.SEEK_END)
        file.write(bytes(600))
    asked = crawl(plan)
    assert len(asked) + 6 > len(captured(plan)), "something was fetched twice"


def test_database_older_than_the_archive_loses_nothing(plan: CrawlPlan) -> None:
    crawl(plan, limit=4)
    folder = plan.work / "9001"
    before = {path: path.read_bytes() for path in folder.iterdir()}
    crawl(plan)
    finished = captured(plan)
    for path in folder.iterdir():
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)
    crawl(plan)
    assert captured(plan) == finished


def test_archive_without_its_frontier_is_not_cut_off(plan: CrawlPlan) -> None:
    crawl(plan)
    size = archive_of(plan).stat().st_size
    for is_emptied in (False, True):
        for path in (plan.work / "9001").glob("frontier.db*"):
            path.unlink()
        if is_emptied:
            (plan.work / "9001" / "frontier.db").touch()
        with pytest.raises(ConfigError, match=r"holds an archive, but .*frontier.db is gone .* --only 9001 --fresh"):
            crawl(plan)
        assert archive_of(plan).stat().st_size == size


def test_site_is_crawled_by_one_process_at_a_time(plan: CrawlPlan) -> None:
    with opened(plan), pytest.raises(ConfigError, match="Nordby is being crawled by another process"):
        crawl(plan)


def test_host_added_to_the_register_is_found_in_pages_archived_before(
    plan: CrawlPlan, make_site: Callable[..., Site]
) -> None:
    assert "http://bibliotek.test/" not in crawl(plan)
    larger = make_site(hosts=frozenset({"nordby.test", "www.nordby.test", "bibliotek.test"}))
    assert "http://bibliotek.test/" in crawl(plan, site=larger)
    assert crawl(plan, site=larger) == [], "the links were read again once"


def test_what_led_out_of_the_old_scope_is_taken_up(plan: CrawlPlan, make_site: Callable[..., Site]) -> None:
    pages = {"/": ("/ud",), "/ud": "http://bibliotek.test/ny", "/sitemap.xml": b"<urlset><url><loc>"
             b"http://bibliotek.test/kort</loc></url></urlset>"}  # fmt: skip
    crawl(plan, pages=pages)
    larger = make_site(hosts=frozenset({"nordby.test", "www.nordby.test", "bibliotek.test"}))
    asked = crawl(plan, site=larger, pages=pages)
    assert {"http://bibliotek.test/ny", "http://bibliotek.test/kort"} <= set(asked)
    frontier_of = make_site()
    assert crawl(plan, site=frontier_of, pages=pages) == [], "and what is out of it again is left"


def test_exclude_taken_out_of_the_register_lets_pages_in(plan: CrawlPlan, make_site: Callable[..., Site]) -> None:
    assert "/arkiv/x" not in crawl(plan, site=make_site(excludes=("/arkiv",)))
    assert crawl(plan) == ["/arkiv/x"]


def test_damaged_frontier_is_named(plan: CrawlPlan) -> None:
    crawl(plan)
    path: Any = plan.work / "9001" / "frontier.db"
    path.write_bytes(os.urandom(9000))
    with pytest.raises(BrokenRunError, match=r"frontier.db: .*restore the file from a backup, or begin .*--fresh"):
        crawl(plan)


@pytest.mark.parametrize(("last", "expected"), [(None, 60_000), (10, 5_000), (4_000, 12_000), (50_000, 60_000)])
def test_budget_is_three_times_last_quarter_within_bounds(last: int | None, expected: int) -> None:
    assert budget_of(last) == expected
