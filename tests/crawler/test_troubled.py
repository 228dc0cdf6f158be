"""Sites and set-ups that give trouble: what the user is told, and that nobody else suffers."""

import signal
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from crawler.plan_types import CrawlPlan
from crawler.register import Network
from crawler.snapshot import read_snapshot_manifest
from crawler.telling.reading import frontier_read

QUARTER = "2020Q1"
PAGE = b"<html><body><p>En side.</p></body></html>"
NO_RULES = b"User-agent: *\nDisallow:\n"


@pytest.fixture
def pages(respond: Any) -> dict[str, bytes]:
    links = b"".join(b'<a href="/s%d">x</a>' % number for number in range(6))
    answers = {f"/s{number}": respond(PAGE) for number in range(6)}
    return answers | {"/": respond(b"<html>" + links), "/robots.txt": respond(NO_RULES, content_type="text/plain")}


@pytest.mark.slow
def test_dead_site_harms_no_other(tvaerkom: Any, serve: Any, pages: Any, one_site: Any, free_port: int) -> None:
    alive = serve(pages)
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{free_port}", f"127.0.1.1:{alive.port}"))
    result = tvaerkom("crawl", QUARTER)
    assert result.returncode == 3
    assert f"{QUARTER}: 7 pages of 2 sites archived" in result.stdout
    assert "By1: dead: " in result.stderr and "refused" in result.stderr
    refused = tvaerkom("snapshot", "publish", QUARTER)
    assert (refused.returncode, "not published: 1 of 2 sites are not fresh" in refused.stderr) == (3, True)
    assert f"tvaerkom crawl {QUARTER} --only 9001; if it is to be so: tvaerkom snapshot publish" in refused.stderr
    published = tvaerkom("snapshot", "publish", QUARTER, "--accept", "By1", "--reason", "it is being rebuilt")
    assert published.returncode == 0, published.stderr
    manifest = read_snapshot_manifest(tvaerkom.data / "snapshots" / QUARTER)
    assert [(s.site, s.state, s.num_pages, s.freshness, s.accepted) for s in manifest.sites] == [
        ("9001", "dead", 0, "absent", "it is being rebuilt"), ("9002", "complete", 7, "fresh", None),
    ]  # fmt: skip
    ledger = pq.read_table(tvaerkom.archive("9001") / "requests.parquet").to_pylist()
    assert len(ledger) == 3, "a request that found nobody is in the ledger too"
    assert all("refused" in row["error"] and row["status"] is None for row in ledger)


@pytest.mark.slow
def test_no_site_answers_is_a_failure_with_a_sentence(tvaerkom: Any, one_site: Any, free_port: int) -> None:
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{free_port}"))
    result = tvaerkom("crawl", QUARTER)
    assert result.returncode == 1
    assert "no site gave a page; is the network there? Type the same command to try again" in result.stderr
    assert "Traceback" not in result.stderr
    refused = tvaerkom("snapshot", "publish", QUARTER)
    assert (refused.returncode, "gave a page" in refused.stderr) == (3, True)


def test_no_network_is_said_at_once_and_counts_against_nobody(
    tvaerkom: Any, serve: Any, pages: Any, one_site: Any, free_port: int
) -> None:
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{free_port}", f"127.0.1.1:{free_port}"))
    result = tvaerkom("crawl", QUARTER)
    assert result.returncode == 1
    assert "the crawl stopped: none of the 2 sites answers (is the network there?); mend that" in result.stderr
    assert "Traceback" not in result.stderr
    alive = serve(pages)
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{alive.port}", f"127.0.1.1:{alive.port}"))
    assert tvaerkom("crawl", QUARTER).returncode == 0


@pytest.mark.slow
def test_alias_without_a_web_server_does_not_stop_its_site(
    tvaerkom: Any, serve: Any, pages: Any, respond: Any, one_site: Any, free_port: int
) -> None:
    hrefs = ["http://mail.example.test/x", "http://old.example.test/", *(f"/s{number}" for number in range(6))]
    pages["/"] = respond("".join(f'<a href="{href}">x</a>' for href in hrefs).encode())
    alive = serve(pages)
    dead = f"127.0.1.1:{free_port}"
    tvaerkom.register.write_text(
        one_site(f"127.0.1.1:{alive.port}", aliases={"mail.example.test": dead, "old.example.test": dead})
    )
    result = tvaerkom("crawl", QUARTER)
    assert (result.returncode, f"{QUARTER}: 7 pages of 1 sites" in result.stdout) == (0, True), result.stderr


@pytest.mark.slow
def test_site_that_fails_again_and_again_is_left_alone(tvaerkom: Any, serve: Any, respond: Any, pages: Any,
                                                       one_site: Any) -> None:  # fmt: skip
    busy = respond(b"busy", status="503 Service Unavailable")
    answers = pages | {f"/s{number}": busy for number in range(6)}
    script = serve(answers)
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{script.port}"))
    result = tvaerkom("crawl", QUARTER)
    assert result.returncode == 3
    assert "By1: partial: 5 failures in a row, the last: status 503" in result.stderr
    assert len(script.requests) == 11, "five that every crawl makes, five failures, and one trial"
    script.answers.update(pages)
    again = tvaerkom("crawl", QUARTER)
    assert (again.returncode, f"{QUARTER}: 7 pages" in again.stdout) == (0, True), "typed again it is tried again"
    tvaerkom("snapshot", "publish", QUARTER)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        ("503 Service Unavailable", b"Disallow:", "robots-closed: robots.txt of by1.example.test cannot be reached"),
        ("200 OK", b"User-agent: *\nDisallow: /\n", "robots-closed: robots.txt allows no page of it"),
    ],
)
def test_site_closed_by_robots_is_asked_for_nothing_else(
    status: str, body: bytes, state: str, tvaerkom: Any, serve: Any, respond: Any, pages: Any, one_site: Any
) -> None:
    script = serve(pages | {"/robots.txt": respond(body, status=status)})
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{script.port}"))
    result = tvaerkom("crawl", QUARTER)
    assert (result.returncode, f"By1: {state}" in result.stderr) == (1, True), result.stderr
    assert {"/robots.txt"} == set(script.paths)


def test_crawl_beyond_loopback_needs_an_operator(tvaerkom: Any, one_site: Any) -> None:
    register = yaml.safe_load(one_site("127.0.1.1:9", "127.0.1.1:9"))
    del register["network"]["resolve"]["www.by2.example.test"]
    tvaerkom.register.write_text(yaml.safe_dump(register))
    result = tvaerkom("crawl", QUARTER)
    assert (result.returncode, result.stdout) == (2, "")
    assert "names no operator and contact" in result.stderr and "tvaerkom init" in result.stderr
    assert not tvaerkom.data.exists()


@pytest.mark.slow
def test_pause_between_requests_is_what_the_user_set(tvaerkom: Any, serve: Any, pages: Any, one_site: Any) -> None:
    script = serve(pages)
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{script.port}"))
    tvaerkom.write_settings(sites={"by1": {"delay_s": 0.3, "reason": "asked for", "date": "2026-01-01"}})
    assert tvaerkom("crawl", QUARTER).returncode == 0
    gaps = [second - first for first, second in pairwise(script.times)]
    assert len(gaps) == 10
    assert min(gaps) >= 0.3
    recorded = [row["pause_s"] for row in pq.read_table(tvaerkom.archive("9001") / "requests.parquet").to_pylist()]
    assert recorded[0] is None
    assert min(recorded[1:]) >= 0.3


@pytest.mark.slow
def test_crawl_delay_of_robots_is_kept(tvaerkom: Any, serve: Any, respond: Any, one_site: Any) -> None:
    rules = b"User-agent: *\nCrawl-delay: 0.4\n"
    script = serve({"/": respond(PAGE), "/robots.txt": respond(rules, content_type="text/plain")})
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{script.port}"))
    assert tvaerkom("crawl", QUARTER).returncode == 0
    assert min(second - first for first, second in pairwise(script.times)) >= 0.4


@pytest.mark.slow
def test_two_sites_on_slow_servers_are_crawled_side_by_side(
    tvaerkom: Any, serve: Any, pages: Any, one_site: Any
) -> None:
    scripts = [serve(pages, pause_s=0.1), serve(pages, pause_s=0.1)]
    tvaerkom.register.write_text(one_site(*(f"127.0.1.1:{script.port}" for script in scripts)))
    assert tvaerkom("crawl", QUARTER).returncode == 0
    first, second = (script.times for script in scripts)
    assert max(first[0], second[0]) < min(first[-1], second[-1]), "neither waited for the other to end"
    for times in (first, second):
        assert min(later - earlier for earlier, later in pairwise(times)) >= 0.1, "one request at a time on a host"


def num_waiting(folder: Path) -> int:
    with frontier_read(folder) as db:
        return int(db.execute("select count(*) from url where state in ('waiting', 'leased')").fetchone()[0])


@pytest.mark.slow
def test_crawl_cut_off_behind_the_last_page_is_not_published_unclosed(
    tvaerkom: Any, serve: Any, pages: Any, respond: Any, one_site: Any, wait_until: Callable[..., None],
    kill: Callable[[subprocess.Popen[str], signal.Signals], int],
) -> None:  # fmt: skip
    finished, open_again = serve(pages), serve(pages | {"/s5": respond(PAGE)}, pause_s=0.3)
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{finished.port}", f"127.0.1.1:{open_again.port}"))
    process = tvaerkom.start("crawl", QUARTER, "--only", "by1,by2")
    wait_until(lambda: len(open_again.requests) >= 6 and num_waiting(tvaerkom.data / "work" / QUARTER / "9001") == 0)
    kill(process, signal.SIGKILL)
    process.communicate()
    frontier = tvaerkom.frontier("9002")  # as if it had got to the end
    frontier.db.execute("update url set state = 'done'")
    frontier.close()
    refused = tvaerkom("snapshot", "publish", QUARTER)
    assert (refused.returncode, refused.stderr) == (
        3, f"not published: the last crawl was cut off. Run: tvaerkom crawl {QUARTER}\n"
    )  # fmt: skip
    assert tvaerkom("crawl", QUARTER).returncode == 0
    (tvaerkom.archive("9001") / "captures.parquet").unlink()  # as if it had been killed before it wrote this
    assert tvaerkom("snapshot", "publish", QUARTER).returncode == 0
    manifest = read_snapshot_manifest(tvaerkom.data / "snapshots" / QUARTER)
    assert "sites/9001/captures.parquet" in {entry.path for entry in manifest.files}


@pytest.mark.parametrize(
    ("resolve", "expected"),
    [
        ({"nordby.test": "127.0.1.1:80", "www.nordby.test": "127.0.1.1:80"}, True),
        ({"nordby.test": "127.0.1.1:80"}, False),
        ({"nordby.test": "127.0.1.1:80", "www.nordby.test": "10.0.0.1:80"}, False),
        ({}, False),
    ],
)
def test_only_a_crawl_wholly_on_loopback_is_hurried(
    resolve: dict[str, str], expected: bool, make_site: Any, tmp_path: Path
) -> None:
    plan = CrawlPlan(quarter=QUARTER, sites=[make_site()], network=Network(resolve=resolve), operator=None,
                     snapshot=tmp_path, work=tmp_path, reports=tmp_path)  # fmt: skip
    assert expected == plan.stays_on_loopback
