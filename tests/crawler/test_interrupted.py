"""Crawls that end in the middle: killed, stopped by the user, out of disk, or begun twice; then typed again."""

import os
import resource
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crawler.snapshot import read_body, read_captures
from crawler.warc.archive import OPEN_SUFFIX
from demo.kommuneby import Web, make_web
from demo.register import register_text
from demo.server import KommunebyServer

QUARTER = "2020Q1"
NUM_KILLS = 2
NUM_BEFORE = 20  # answers before the blow; the web has more than twice as many
Kill = Callable[[subprocess.Popen[str], signal.Signals], int]


@pytest.fixture(scope="module")
def web() -> Web:
    return make_web(num_municipalities=2, pages_per_site=12, trap_months=3)


@pytest.fixture(scope="module")
def undisturbed(web: Web, tvaerkom_of_module: Any) -> set[tuple[str, int, str]]:
    tvaerkom = tvaerkom_of_module
    with KommunebyServer(web) as server:
        tvaerkom.register.write_text(register_text(web, port=server.port))
        assert tvaerkom("crawl", QUARTER).returncode == 0
    return {capture for site in web.sites for capture in archived(tvaerkom, site.id)}


@pytest.fixture
def server(web: Web, tvaerkom: Any) -> Iterator[KommunebyServer]:
    """A web that is asked slowly enough that a crawl of it has a middle."""
    with KommunebyServer(web) as running:
        tvaerkom.register.write_text(register_text(web, port=running.port))
        slow = {site.id: {"delay_s": 0.05, "reason": "test", "date": "2026-01-01"} for site in web.sites}
        tvaerkom.write_settings(sites=slow)
        yield running


def archived(tvaerkom: Any, site: str) -> list[tuple[str, int, str]]:
    """What a finished crawl holds of a site, each body read back from its record."""
    captures = read_captures(tvaerkom.data / "snapshots" / QUARTER, site)
    for capture in captures:
        read_body(tvaerkom.archive(site), capture)
    return [(capture.url, capture.status, capture.body_sha256) for capture in captures]


def check_same(tvaerkom: Any, web: Web, undisturbed: set[tuple[str, int, str]], warcio_check: Any) -> None:
    found = [capture for site in web.sites for capture in archived(tvaerkom, site.id)]
    # the eight areas each fetch the robots.txt and the sitemap of their host
    areas = sum(site.prefix != "/" for site in web.sites)
    twice = [key for key, number in Counter(found).items() if number > (areas if "kl.kommuneby" in key[0] else 1)]
    assert twice == []
    assert undisturbed == set(found)
    assert list(tvaerkom.data.rglob(f"*{OPEN_SUFFIX}")) == []
    warcio_check(sorted(tvaerkom.data.rglob("*.warc.gz")))


@pytest.mark.slow
def test_killed_crawl_typed_again_ends_as_one_that_was_not(
    tvaerkom: Any, web: Web, server: KommunebyServer, undisturbed: set[tuple[str, int, str]],
    wait_until: Any, kill: Kill, warcio_check: Any,
) -> None:  # fmt: skip
    for _ in range(NUM_KILLS):
        before = len(server.log)
        process = tvaerkom.start("crawl", QUARTER)
        wait_until(lambda before=before: len(server.log) >= before + NUM_BEFORE)
        assert kill(process, signal.SIGKILL) == -signal.SIGKILL
        assert list(tvaerkom.data.rglob(f"*{OPEN_SUFFIX}")), "it was killed in the middle"
    refused = tvaerkom("snapshot", "publish", QUARTER)
    assert (refused.returncode, refused.stderr.startswith("not published: ")) == (3, True), refused.stderr
    finished = tvaerkom("crawl", QUARTER)
    assert finished.returncode == 0, finished.stderr
    check_same(tvaerkom, web, undisturbed, warcio_check)
    refetched = len(server.log) - sum(len(archived(tvaerkom, site.id)) for site in web.sites)
    assert refetched <= NUM_KILLS * 3, "one host has at most one request in flight, and there are three"


@pytest.mark.slow
def test_interrupted_crawl_says_how_to_go_on_and_goes_on(
    tvaerkom: Any, web: Web, server: KommunebyServer, undisturbed: set[tuple[str, int, str]], wait_until: Any,
    kill: Kill, warcio_check: Any,
) -> None:  # fmt: skip
    process = tvaerkom.start("crawl", QUARTER)
    wait_until(lambda: len(server.log) >= NUM_BEFORE)
    assert kill(process, signal.SIGINT) == 130
    said = process.communicate()[1]
    finished = tvaerkom("crawl", QUARTER)
    assert finished.returncode == 0, finished.stderr
    check_same(tvaerkom, web, undisturbed, warcio_check)
    assert len(server.log) == sum(len(archived(tvaerkom, site.id)) for site in web.sites), "nothing was asked twice"
    assert "stopped; nothing that was committed is lost; go on with: tvaerkom --data " in said
    assert said.rstrip().endswith(f"crawl {QUARTER}")


def test_second_crawl_of_a_quarter_is_refused_while_the_first_runs(
    tvaerkom: Any, server: KommunebyServer, wait_until: Any, kill: Kill
) -> None:
    first = tvaerkom.start("crawl", QUARTER)
    wait_until(lambda: len(server.log) >= 3)
    second = tvaerkom("crawl", QUARTER)
    kill(first, signal.SIGKILL)
    first.communicate()
    assert (second.returncode, second.stdout) == (2, "")
    busy = f"{QUARTER} is being crawled or published by another process (process {first.pid})"
    expected = f"{busy}; wait for it, or stop it\n"
    assert expected == second.stderr


def limit_files(num_bytes: int) -> Callable[[], None]:
    """Let no file of the command grow beyond a size: to it, the disk is full."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, num_bytes))

    return limit


# too small to open a frontier; too small for its log of changes once the crawl has begun
@pytest.mark.parametrize("num_bytes", [3_000, 200_000])
@pytest.mark.slow
def test_full_disk_ends_the_crawl_with_a_sentence_and_loses_nothing(
    num_bytes: int, tvaerkom: Any, web: Web, undisturbed: set[tuple[str, int, str]], warcio_check: Any
) -> None:
    with KommunebyServer(web) as server:
        tvaerkom.register.write_text(register_text(web, port=server.port))
        full = tvaerkom("crawl", QUARTER, preexec=limit_files(num_bytes))
        assert full.returncode == 1, full.stderr
        assert "type the same command again: nothing" in full.stderr.splitlines()[-1]
        assert "Traceback" not in full.stderr
        assert full.stdout == ""
        finished = tvaerkom("crawl", QUARTER)
        assert finished.returncode == 0, finished.stderr
        check_same(tvaerkom, web, undisturbed, warcio_check)


def test_damaged_frontier_is_named_in_a_sentence(tvaerkom: Any, web: Web) -> None:
    tvaerkom.register.write_text(register_text(web, port=9))
    path = tvaerkom.data / "work" / QUARTER / "9001" / "frontier.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(os.urandom(9000))
    for words in (("crawl", QUARTER), ("snapshot", "status", QUARTER)):
        broken = tvaerkom(*words)
        assert broken.returncode == 1
        assert "Traceback" not in broken.stderr
        assert str(path) in broken.stderr
