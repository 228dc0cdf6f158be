"""What a crawl will take: from last quarter, else from a probe, else a plain default; and nothing is done."""

import datetime
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from crawler.cli import app
from crawler.contact.estimate import SPARE, estimate
from crawler.contact.estimate_basis import DEFAULT, DEFAULT_NUM_REQUESTS, REQUESTS_PER_PAGE
from crawler.contact.estimate_text import estimate_lines
from crawler.contact.probe_findings import (
    HostFinding,
    PageFinding,
    ProbeFindings,
    RobotsFinding,
    SiteFinding,
    SitemapFinding,
)
from crawler.contact.probe_report import report_path, write_findings
from crawler.opening import MAX_BUDGET
from crawler.plan_types import CrawlPlan
from crawler.register import Network, Site
from crawler.snapshot import SiteSummary
from foundation.command import Command
from foundation.errors import BrokenRunError
from foundation.manifests import FileEntry, write_manifest
from foundation.places import Places
from foundation.user_settings import UserSettings

AT = datetime.datetime(2026, 11, 22, 8, 0, tzinfo=datetime.UTC)


@pytest.fixture
def make_plan(tmp_path: Path, make_site: Callable[..., Site]) -> Callable[..., CrawlPlan]:
    """A plan of sites on hosts of their own, named by number."""

    def make(*numbers: int, previous: Path | None = None, **differences: Any) -> CrawlPlan:
        sites = [
            make_site(id=f"900{number}", name=f"By{number}", seeds=(f"https://by{number}.test/",),
                      hosts=frozenset({f"by{number}.test"}), **differences)
            for number in numbers
        ]  # fmt: skip
        return CrawlPlan(
            quarter="2026Q4", sites=sites, network=Network(), operator=None, snapshot=tmp_path / "snapshots" / "2026Q4",
            work=tmp_path / "work" / "2026Q4", reports=tmp_path / "reports", previous=previous,
        )  # fmt: skip

    return make


def last_quarter(folder: Path, site: str, *, num_requests: int, address: str, state: str = "complete") -> Path:
    """A published snapshot of one site: half a second an answer, a pause of 2 s, and once an outage of an hour."""
    snapshot = folder / "snapshots" / "2026Q3"
    table = snapshot / "sites" / site / "requests.parquet"
    table.parent.mkdir(parents=True)
    pauses = [None, 3600.0, *[2.0] * (num_requests - 2)]
    rows = [{"seconds": 0.5, "pause_s": pause, "address": address} for pause in pauses]
    rows[-1] |= {"seconds": None, "address": None}
    pq.write_table(pa.Table.from_pylist(rows), table)
    summary = SiteSummary(
        site=site, name="By", official_name="By Kommune", kind="municipality", region=None, area=None, state=state,
        reason=None, num_pages=num_requests, num_captures=num_requests, robots_verdict=None, robots_date=None,
    )  # fmt: skip
    files = [FileEntry(path=f"sites/{site}/x.warc.gz", size=3_000_000, sha256=""),
             FileEntry(path=f"sites/{site}0/x.warc.gz", size=7, sha256="")]  # fmt: skip
    write_manifest(snapshot, {
        "kind": "snapshot", "id": "snapshot-2026Q3", "quarter": "2026Q3", "revision": 1, "content_sha256": "",
        "sites": [asdict(summary)], "files": [asdict(entry) for entry in files],
    })  # fmt: skip
    return snapshot


def probe(reports: Path, site: str, *, at: datetime.datetime = AT, num_pages: int = 0, num_sitemaps: int = 0,
          crawl_delay_s: float = 0.0, address: str = "192.0.2.1", kind: str = "municipality") -> None:  # fmt: skip
    found = SiteFinding(
        site=site, name="By", kind=kind, hosts=(HostFinding(host="by.test", address=address),),
        robots=(RobotsFinding(origin="https://by.test", verdict="rules", crawl_delay_s=crawl_delay_s),),
        pages=(PageFinding(trail=("https://by.test/",), status=200, seconds=0.25),), twins=(), tdmrep=None,
        sitemap=SitemapFinding(url="https://by.test/sitemap.xml", num_pages=num_pages, num_sitemaps=num_sitemaps),
    )  # fmt: skip
    path = report_path(reports, at)
    write_findings(path.with_suffix(".json"), ProbeFindings(at=at, sites=(found,), requests=()))


def test_last_quarter_counts_first(make_plan: Callable[..., CrawlPlan], tmp_path: Path) -> None:
    snapshot = last_quarter(tmp_path, "9001", num_requests=10, address="192.0.2.1")
    probe(tmp_path / "reports", "9001", num_pages=999)
    (site,) = estimate(make_plan(1, previous=snapshot)).sites
    size = site.size
    assert (size.basis, size.num_requests, size.num_bytes, size.address) == ("2026Q3", 10, 3_000_000, "192.0.2.1")
    assert (size.pause_s, size.seconds_per_request) == (2.0, 0.5), "an outage is not expected again"
    assert site.seconds == 10 * 2.5


def test_longer_pause_of_the_user_counts(make_plan: Callable[..., CrawlPlan], tmp_path: Path) -> None:
    snapshot = last_quarter(tmp_path, "9001", num_requests=10, address="192.0.2.1")
    (site,) = estimate(make_plan(1, previous=snapshot, delay_s=5.0)).sites
    assert site.size.pause_s == 5.0


def test_site_that_broke_off_last_quarter_is_judged_by_the_probe(
    make_plan: Callable[..., CrawlPlan], tmp_path: Path
) -> None:
    snapshot = last_quarter(tmp_path, "9001", num_requests=10, address="192.0.2.1", state="partial")
    probe(tmp_path / "reports", "9001", num_pages=1_000, crawl_delay_s=10.0)
    (site,) = estimate(make_plan(1, previous=snapshot)).sites
    assert site.size.basis == "probe of 2026-11-22"
    assert site.size.num_requests == round(1_000 * REQUESTS_PER_PAGE)
    assert (site.size.pause_s, site.size.seconds_per_request) == (10.0, 0.25)


def test_newest_probe_of_each_site_counts(make_plan: Callable[..., CrawlPlan], tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    probe(reports, "9001", num_pages=100)
    probe(reports, "9001", num_pages=200, at=AT + datetime.timedelta(hours=1))
    probe(reports, "9002", num_pages=50, at=AT - datetime.timedelta(days=30))
    found = {each.site: each.size for each in estimate(make_plan(1, 2)).sites}
    assert (found["9001"].num_requests, found["9002"].num_requests) == (
        round(200 * REQUESTS_PER_PAGE), round(50 * REQUESTS_PER_PAGE)
    )  # fmt: skip
    assert found["9002"].basis == "probe of 2026-10-23"


def test_index_is_guessed_and_never_beyond_the_budget(make_plan: Callable[..., CrawlPlan], tmp_path: Path) -> None:
    probe(tmp_path / "reports", "9001", num_sitemaps=3)
    probe(tmp_path / "reports", "9002", num_sitemaps=150)
    found = {each.site: each.size for each in estimate(make_plan(1, 2)).sites}
    assert found["9001"].num_requests == round(3_000 * REQUESTS_PER_PAGE)
    assert found["9001"].basis == "probe of 2026-11-22 (3 further sitemaps guessed)"
    assert found["9002"].num_requests == MAX_BUDGET


def test_sitemaps_of_a_host_are_not_counted_for_each_of_its_areas(
    make_plan: Callable[..., CrawlPlan], tmp_path: Path
) -> None:
    probe(tmp_path / "reports", "9001", num_sitemaps=7, kind="area")
    (site,) = estimate(make_plan(1, kind="area", prefixes=("/a/",))).sites
    assert (site.size.basis, site.size.num_requests) == (DEFAULT, 1_000)


def test_without_any_figures_there_is_a_default(make_plan: Callable[..., CrawlPlan]) -> None:
    found = estimate(make_plan(1))
    assert (found.sites[0].size.basis, found.num_requests) == (DEFAULT, DEFAULT_NUM_REQUESTS)
    assert any("a probe gives better figures" in line for line in estimate_lines(found))


def test_sites_at_one_address_are_added_together(make_plan: Callable[..., CrawlPlan], tmp_path: Path) -> None:
    for number, num_pages, address in ((1, 3_000, "192.0.2.1"), (2, 2_000, "192.0.2.9"), (3, 2_000, "192.0.2.9")):
        probe(tmp_path / "reports", f"900{number}", num_pages=num_pages, address=address)
    found = estimate(make_plan(1, 2, 3))
    assert [each.site for each in found.sites] == ["9002", "9003", "9001"], "those that end last come first"
    assert found.sites[0].shares_with == ("By3",) and found.sites[2].shares_with == ()
    assert found.seconds == found.sites[0].seconds + found.sites[1].seconds > found.sites[2].seconds
    (time,) = [line for line in estimate_lines(found) if line.startswith("time: ")]
    assert "By2 and one other at one address take turns and are the last" in time


def test_disk_and_memory(make_plan: Callable[..., CrawlPlan], monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(*range(1, 6))
    needed = estimate(plan).needed_bytes
    for free, has_room, said in ((needed, True, ": enough"), (needed - 1, False, "NOT ENOUGH")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        found = estimate(plan, num_processes=2)
        assert found.has_room is has_room
        assert any(line.startswith("disk: ") and said in line for line in estimate_lines(found))
    assert needed == round(SPARE * (found.archive_bytes + found.working_bytes))
    assert found.memory_bytes == 3 * 200_000_000 + 5 * 2_000_000, "two processes, and the one that started them"


def test_only_the_longest_sites_are_shown(make_plan: Callable[..., CrawlPlan]) -> None:
    lines = list(estimate_lines(estimate(make_plan(*range(10, 25)))))
    assert sum(line.startswith("9") for line in lines) == 10
    assert "... and 5 sites that are done earlier (--json has all)" in lines


def test_damaged_report_is_one_sentence(make_plan: Callable[..., CrawlPlan], tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "probe-2026-11-22.json").write_text("{")
    with pytest.raises(BrokenRunError, match="not the report of a probe"):
        estimate(make_plan(1))


def test_command_says_it_and_does_nothing(tmp_path: Path, one_site: Callable[..., str]) -> None:
    register = tmp_path / "register.yaml"
    register.write_text(one_site("127.0.1.1:9", "127.0.1.1:9"))

    def crawl(*words: str, as_json: bool) -> Any:
        command = Command(places=Places(tmp_path / "data"), settings=UserSettings(), register=register, json=as_json)
        return CliRunner().invoke(app, ["crawl", *words, "--estimate"], obj=command)

    values = json.loads(crawl(as_json=True).stdout)
    assert values["num_requests"] == 2 * DEFAULT_NUM_REQUESTS and values["has_room"] in (True, False)
    assert values["sites"][0]["size"]["pause_s"] == 0.0, "a test web on loopback is asked without pauses"
    told = crawl("2026Q4", as_json=False)
    assert told.exit_code == 0
    assert "2026Q4: 2 sites; the figures rest on: a plain default: 2" in told.stdout
    assert not (tmp_path / "data").exists()
