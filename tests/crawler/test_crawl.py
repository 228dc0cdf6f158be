"""A whole crawl of Kommuneby through the real command, compared with the truth; then published and verified."""

import hashlib
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow.parquet as pq
import pytest

from crawler.pages.urls import url_key
from crawler.snapshot import Capture, read_body, read_captures, read_snapshot_manifest
from demo.kommuneby import PageKind, Web, make_web
from demo.register import register_text
from demo.server import KommunebyServer, LogEntry

QUARTER = "2020Q1"


@dataclass(kw_only=True)
class Crawled:
    web: Web
    tvaerkom: Any
    result: subprocess.CompletedProcess[str]
    log: list[LogEntry]
    again: subprocess.CompletedProcess[str]
    num_requests_again: int

    @property
    def snapshot(self) -> Path:
        folder: Path = self.tvaerkom.data / "snapshots" / QUARTER
        return folder

    def sites(self) -> list[str]:
        return [site.id for site in self.web.sites]

    def captures(self) -> dict[str, list[Capture]]:
        return {site: read_captures(self.snapshot, site) for site in self.sites()}


@pytest.fixture(scope="module")
def crawled(tvaerkom_of_module: Any) -> Iterator[Crawled]:
    """Crawled once, typed again unpublished, then published."""
    web = make_web(num_municipalities=3, pages_per_site=10, trap_months=3)
    tvaerkom = tvaerkom_of_module
    tvaerkom.write_settings(operator={"name": "Prøven", "contact": "data@nordby.example"})
    with KommunebyServer(web) as server:
        tvaerkom.register.write_text(register_text(web, port=server.port))
        result = tvaerkom("crawl", QUARTER)
        log = list(server.log)
        again = tvaerkom("crawl")
        published = tvaerkom("snapshot", "publish", QUARTER)
        assert (published.returncode, published.stderr) == (0, "")
        num_requests_again = len(server.log) - len(log)
        yield Crawled(
            web=web, tvaerkom=tvaerkom, result=result, log=log, again=again, num_requests_again=num_requests_again
        )


def test_every_content_page_of_the_truth_is_archived_with_its_body(crawled: Crawled) -> None:
    assert crawled.result.returncode == 0, crawled.result.stderr
    captures = crawled.captures()
    archived = {(capture.url, capture.status, capture.body_sha256) for found in captures.values() for capture in found}
    wanted = {(url, 200, hashlib.sha256(crawled.web.pages[url].body).hexdigest()) for url in crawled.web.content_urls()}
    assert len(wanted) > 50
    assert set() == wanted - archived


def test_each_page_is_captured_once_and_by_the_site_it_belongs_to(crawled: Crawled) -> None:
    pages = [
        (site, capture) for site, found in crawled.captures().items() for capture in found if capture.kind == "page"
    ]
    times = Counter(capture.url for _, capture in pages if capture.status == 200)
    assert {1} == set(times.values())
    owners = {capture.url: site for site, capture in pages if capture.status == 200}
    truth = {url: crawled.web.pages[url].site for url in crawled.web.content_urls()}
    assert truth == {url: owners[url] for url in truth}


def test_every_body_is_read_back_from_its_record(crawled: Crawled) -> None:
    for site, captures in crawled.captures().items():
        for capture in captures:
            body = read_body(crawled.snapshot / "sites" / site, capture)
            page = crawled.web.locate(capture.url)
            assert page is None or page.body == body


def test_robots_disallow_is_never_requested_and_other_hosts_never_asked(crawled: Crawled) -> None:
    closed = {url for url, page in crawled.web.pages.items() if page.kind is PageKind.ROBOTS_EXCLUDED}
    asked = {f"http://{entry.host}{entry.target}" for entry in crawled.log}
    assert closed
    assert set() == closed & asked
    assert [entry.target for entry in crawled.log if entry.target.startswith("/intern/")] == []
    hosts = {host for site in crawled.web.sites for host in (site.host, site.apex_host)}
    assert hosts >= {entry.host for entry in crawled.log}
    with_robots_first = [entry for entry in crawled.log if entry.host == "www.nordby.kommuneby.test"]
    assert with_robots_first[0].target == "/robots.txt"


def test_requests_say_who_asks_and_for_danish(crawled: Crawled) -> None:
    assert {"da"} == {entry.accept_language for entry in crawled.log}
    (agent,) = {entry.user_agent for entry in crawled.log}
    assert agent.startswith("Tvaerkom/") and "data@nordby.example" in agent


def test_redirects_and_missing_pages_are_archived_with_their_status(crawled: Crawled) -> None:
    statuses = {capture.url: capture.status for found in crawled.captures().values() for capture in found}
    pages = crawled.web.pages
    odd = {url: page.status for url, page in pages.items()
           if page.linked and page.kind in (PageKind.REDIRECT, PageKind.MISSING) and page.moved_to != _twin(url)
           }  # fmt: skip
    assert odd == {url: statuses.get(url) for url in odd}
    assert {200, 301, 404} <= set(statuses.values())


def _twin(url: str) -> str:
    """The front page of the www host, which the bare host leads to: known, so not asked for again."""
    return url.replace("http://", "http://www.")


def test_ledger_has_every_request_that_the_server_saw(crawled: Crawled) -> None:
    ledger: Counter[tuple[str, str, str, int]] = Counter()
    for site in crawled.sites():
        for row in pq.read_table(crawled.snapshot / "sites" / site / "requests.parquet").to_pylist():
            ledger[row["method"], row["url"], row["address"], row["status"]] += 1
            assert row["bytes"] > 0
    seen = Counter(
        (entry.method, f"http://{entry.host}{entry.target}", entry.address, entry.status) for entry in crawled.log
    )
    assert seen == ledger


def test_areas_of_one_host_keep_to_their_paths(crawled: Crawled) -> None:
    for site in crawled.web.sites:
        if site.prefix == "/":
            continue
        pages = [capture for capture in read_captures(crawled.snapshot, site.id) if capture.kind == "page"]
        assert pages
        assert [capture.url for capture in pages if not urlsplit(capture.url).path.startswith(site.prefix)] == []


def test_twins_of_a_page_are_fetched_once(crawled: Crawled) -> None:
    for captures in crawled.captures().values():
        keys = Counter(url_key(capture.url) for capture in captures if capture.kind == "page")
        bare = {url_key(capture.url) for capture in captures if capture.status == 301}
        assert [key for key, number in keys.items() if number > 1 and key not in bare] == []


def test_unpublished_quarter_typed_again_fetches_nothing(crawled: Crawled) -> None:
    assert crawled.again.returncode == 0
    assert crawled.num_requests_again == 0
    assert crawled.again.stdout.startswith(f"quarter {QUARTER}\n"), "it says which quarter it took"


def test_published_quarter_is_not_crawled_again(crawled: Crawled) -> None:
    refused = crawled.tvaerkom("crawl", QUARTER)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"{QUARTER} is published and is not changed any more" in refused.stderr
    assert "Traceback" not in refused.stderr
    twice = crawled.tvaerkom("snapshot", "publish", QUARTER)
    assert (twice.returncode, twice.stderr) == (2, f"{QUARTER} is published already\n")


def test_manifest_names_every_file_and_state(crawled: Crawled) -> None:
    manifest = read_snapshot_manifest(crawled.snapshot)
    on_disk = {path.relative_to(crawled.snapshot).as_posix() for path in crawled.snapshot.rglob("*") if path.is_file()}
    assert on_disk == {entry.path for entry in manifest.files} | {"manifest.json"}
    assert sorted(crawled.sites()) == sorted(site.site for site in manifest.sites)
    assert {"complete"} == {site.state for site in manifest.sites}
    assert {"rules"} == {site.robots_verdict for site in manifest.sites}
    assert [path for path in on_disk if path.endswith((".open", ".tmp"))] == []


def test_snapshot_commands_show_and_verify_it(crawled: Crawled) -> None:
    assert f"{QUARTER}: every file is as published" in crawled.tvaerkom("snapshot", "verify").stdout
    assert "Nordby" in crawled.tvaerkom("snapshot", "show", QUARTER).stdout
    assert "published" in crawled.tvaerkom("snapshot", "list").stdout
    assert "complete" in crawled.tvaerkom("snapshot", "status", QUARTER).stdout


def test_verify_names_the_file_with_one_wrong_byte(crawled: Crawled) -> None:
    path = next((crawled.snapshot / "sites" / "9001").glob("*.warc.gz"))
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
        verified = crawled.tvaerkom("snapshot", "verify", QUARTER)
        assert verified.returncode == 1
        assert verified.stderr.startswith(f"{path}: content differs from its recorded sha256\n")
        assert "the record's gzip member is broken" in verified.stderr
    finally:
        path.write_bytes(whole)


def test_warcio_finds_every_file_whole(crawled: Crawled, warcio_check: Any) -> None:
    files = sorted(crawled.snapshot.rglob("*.warc.gz"))
    assert len(crawled.sites()) == len(files)
    warcio_check(files)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("crawl", "2020Q2", "--only", "Nordbi"), "no site 'Nordbi' in the register; did you mean Nordby?"),
        (("crawl", "autumn"), "'autumn' is not a quarter"),
        (("snapshot", "show", "2019Q1"), "there is no snapshot 2019Q1"),
        (("snapshot", "publish"), "no crawl waits to be published"),
        (("snapshot", "status", "2019Q4"), "2019Q4 was not crawled"),
        (("crawl", "2020Q2", "--number", "3"), "No such option"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(crawled: Crawled, words: tuple[str, ...], expected: str) -> None:
    refused = crawled.tvaerkom(*words)
    assert refused.returncode == 2
    assert expected in refused.stderr
    assert "Traceback" not in refused.stderr
