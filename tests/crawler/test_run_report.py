"""The report of a run: what each site gave, what was left out, and what somebody should look at."""

import datetime
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from crawler.frontier import Found, Frontier
from crawler.register import Site
from crawler.shapes import paused_reason
from crawler.snapshot import SiteSummary
from crawler.telling.run_report import RunReport, make_run_report, write_run_report
from crawler.telling.site_report import PausedShape
from foundation.manifests import write_manifest

BEGAN = datetime.datetime(2026, 10, 3, 10, 0, tzinfo=datetime.UTC).timestamp()
SHAPE = "nordby.test/kalender/*?maaned"


def crawled(folder: Path, *, num_pages: int = 10, waiting: int = 0, **facts: str) -> Frontier:
    frontier = Frontier(folder)
    for number in range(num_pages):
        request(frontier, status=200, seconds=(number + 1) / 10, pause_s=1.0 + number)
        frontier.db.execute(
            "insert into capture (url_id, url, kind, status, payload_digest, body_sha256, warc_file, warc_offset,"
            " warc_length, fetched_at, withheld) values (?, 'u', 'page', 200, '', '', '', 0, 0, '', null)", (number,)
        )
    frontier.add([f"http://nordby.test/w{number}" for number in range(waiting)], Found(priority=4))
    for name, value in facts.items():
        frontier.set_fact(name, value)
    return frontier


def request(frontier: Frontier, *, status: int | None, seconds: float | None = None, pause_s: float | None = None,
            error: str | None = None) -> None:  # fmt: skip
    frontier.db.execute(
        "insert into request (url_id, time, method, url, status, bytes, seconds, pause_s, error)"
        " values (1, '2026-10-03T10:00:00+00:00', 'GET', 'u', ?, 100, ?, ?, ?)", (status, seconds, pause_s, error),
    )  # fmt: skip


def settled(frontier: Frontier, state: str, reason: str, number: int = 1) -> None:
    known = frontier.db.execute("select count(*) from url").fetchone()[0]
    frontier.add([f"http://nordby.test/{known + i}" for i in range(number)], Found(priority=4))
    frontier.db.execute("update url set state = ?, reason = ? where state = 'waiting'", (state, reason))


@pytest.fixture
def last_quarter(tmp_path: Path) -> Callable[..., Path]:
    def publish(**num_pages: int) -> Path:
        folder = tmp_path / "2026Q3"
        folder.mkdir()
        summaries = [
            SiteSummary(
                site=site.removeprefix("s"), name=site, official_name=site, kind="municipality", region=None,
                area=None, state="complete", reason=None, num_pages=number, num_captures=number,
                robots_verdict=None, robots_date=None,
            )
            for site, number in num_pages.items()
        ]  # fmt: skip
        write_manifest(folder, {
            "kind": "snapshot", "id": "x", "quarter": "2026Q3", "revision": 1, "content_sha256": "", "files": [],
            "sites": [asdict(each) for each in summaries],
        })  # fmt: skip
        return folder

    return publish


@pytest.fixture
def report(tmp_path: Path, make_site: Callable[..., Site]) -> Callable[..., RunReport]:
    """A report on the frontiers `s9001`, `s9002` ... below the test's folder."""

    def make(*sites: str, previous: Path | None = None, **differences: Any) -> RunReport:
        listed = [
            (make_site(id=site, name=f"By{site[-1]}", **differences), tmp_path / f"s{site}") for site in sites
        ]  # fmt: skip
        return make_run_report(
            quarter="2026Q4", sites=listed, previous=previous, began_at=BEGAN, ended_at=BEGAN + 12_000
        )

    return make


def test_site_report_has_all_numbers(tmp_path: Path, report: Callable[..., RunReport]) -> None:
    frontier = crawled(tmp_path / "s9001", reservation="robots.txt of nordby.test shuts out an AI agent")
    request(frontier, status=429, seconds=9.0)
    request(frontier, status=503, seconds=9.0)
    request(frontier, status=None, error="timeout")
    settled(frontier, "failed", "status 503")
    settled(frontier, "failed", "timeout: 30 s")
    settled(frontier, "excluded", "robots.txt", 2)
    settled(frontier, "excluded", paused_reason(SHAPE), 5)
    frontier.db.execute("insert into shape values (?, 60, 3, 50, 1), ('nordby.test/*', 70, 60, 0, 0)", (SHAPE,))
    frontier.db.execute("update capture set withheld = 'noindex: meta robots' where id <= 2")
    frontier.db.executemany("insert into not_taken values (?, ?)", [(1, "pdf"), (2, "other host"), (3, "pdf")])
    frontier.close()
    (site,) = report("9001").sites
    assert (site.state, site.num_requests, site.num_bytes) == ("complete", 13, 1_300)
    assert site.failed == {"status 503": 1, "timeout": 1}
    assert site.excluded == {"nothing new": 5, "robots.txt": 2}
    assert (site.withheld, site.not_taken) == ({"noindex": 2}, {"pdf": 2, "other host": 1})
    assert (site.shortest_pause_s, site.num_429, site.num_5xx) == (1.0, 1, 1)
    assert site.paused_shapes == (PausedShape(shape=SHAPE, num_fetched=60, num_novel=3, num_passed_over=5),)
    assert "shuts out" in str(site.reservation)


def test_latencies_are_median_and_nearest_rank(tmp_path: Path, report: Callable[..., RunReport]) -> None:
    crawled(tmp_path / "s9001", num_pages=20).close()  # 0.1 to 2.0 s
    crawled(tmp_path / "s9002", num_pages=1).close()
    many, one = report("9001", "9002").sites
    assert (many.median_latency_s, many.p95_latency_s) == (pytest.approx(1.05), pytest.approx(1.9))
    assert (one.median_latency_s, one.p95_latency_s) == (pytest.approx(0.1), pytest.approx(0.1))


@pytest.mark.parametrize(
    ("before", "num_pages", "waiting", "warns"),
    [(100, 71, 0, False), (100, 70, 0, False), (100, 69, 0, True), (10, 100, 0, False), (100, 10, 5, False)],
)
def test_loss_of_more_than_thirty_percent_is_a_warning_once_the_site_is_done(
    before: int, num_pages: int, waiting: int, warns: bool, tmp_path: Path, report: Callable[..., RunReport],
    last_quarter: Callable[..., Path],
) -> None:  # fmt: skip
    crawled(tmp_path / "s9001", num_pages=num_pages, waiting=waiting).close()
    made = report("9001", previous=last_quarter(s9001=before))
    assert made.sites[0].num_pages_before == before
    assert made.sites[0].change_percent == pytest.approx(num_pages - before if before == 100 else 900)
    assert bool(made.warnings) is warns
    if warns:
        assert made.warnings == ("By1: 69 pages, 100 last quarter (-31 %)",)


def test_what_did_not_end_well_is_a_warning_but_an_area_that_is_gone_is_not(
    tmp_path: Path, report: Callable[..., RunReport], make_site: Callable[..., Site]
) -> None:
    crawled(tmp_path / "s9001", waiting=1, stopped="five failures").close()
    frontier = crawled(tmp_path / "s9002", num_pages=0)
    request(frontier, status=404)
    frontier.close()
    assert report("9001").warnings == ("By1: partial: five failures",)
    assert report("9002", kind="area").warnings == ()
    assert "empty" in report("9002").warnings[0]


def test_new_site_has_nothing_to_compare_with(
    tmp_path: Path, report: Callable[..., RunReport], last_quarter: Callable[..., Path]
) -> None:
    crawled(tmp_path / "s9001").close()
    made = report("9001", previous=last_quarter(s9002=5))
    assert (made.sites[0].num_pages_before, made.sites[0].change_percent, made.warnings) == (None, None, ())


def test_damaged_frontier_and_unreadable_last_quarter_are_told_not_raised(
    tmp_path: Path, report: Callable[..., RunReport], last_quarter: Callable[..., Path]
) -> None:
    crawled(tmp_path / "s9001").close()
    (tmp_path / "s9002").mkdir()
    (tmp_path / "s9002" / "frontier.db").write_bytes(b"broken" * 1000)
    previous = last_quarter(s9001=10)
    (previous / "manifest.json").write_text("{")
    made = report("9001", "9002", previous=previous)
    assert [each.state for each in made.sites] == ["complete", "damaged"]
    assert made.warnings[0].startswith("not compared with last quarter")
    assert made.warnings[1].startswith("By2: damaged: ") and "s9002" in made.warnings[1]


def test_files_hold_all_numbers_and_a_text_to_read(
    tmp_path: Path, report: Callable[..., RunReport], last_quarter: Callable[..., Path]
) -> None:
    frontier = crawled(tmp_path / "s9001", num_pages=60)
    frontier.db.executemany(
        "insert into shape values (?, 60, 0, 50, 1)", [(f"nordby.test/{number}/*",) for number in range(12)]
    )
    settled(frontier, "excluded", "robots.txt", 2)
    frontier.close()
    crawled(tmp_path / "s9002", num_pages=40).close()
    made = report("9001", "9002", previous=last_quarter(s9001=100, s9002=40))
    write_run_report(tmp_path / "reports", made)
    values = json.loads((tmp_path / "reports" / "crawl-2026Q4.json").read_text())
    assert (values["began_at"], values["ended_at"]) == ("2026-10-03T10:00:00+00:00", "2026-10-03T13:20:00+00:00")
    assert values["totals"]["num_pages"] == 100 and values["totals"]["excluded"] == {"robots.txt": 2}
    assert values["totals"]["states"] == {"complete": 2} and values["previous"] == "2026Q3"
    assert [each["change_percent"] for each in values["sites"]] == [-40.0, 0.0]
    assert len(values["sites"][0]["paused_shapes"]) == 12
    text = (tmp_path / "reports" / "crawl-2026Q4.txt").read_text()
    assert "3 h 20 min" in text and "! By1: 60 pages, 100 last quarter (-40 %)" in text
    assert "passed over: robots.txt: 2" in text and "and 2 more paused shapes" in text
    assert all(line.isprintable() for line in text.splitlines())


def test_report_changes_no_frontier(tmp_path: Path, report: Callable[..., RunReport]) -> None:
    crawled(tmp_path / "s9001").close()
    path = tmp_path / "s9001" / "frontier.db"
    before = path.read_bytes()
    report("9001")
    assert path.read_bytes() == before
