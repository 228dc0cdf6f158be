"""What was done at one site, told to somebody who asks."""

import csv
import datetime
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from crawler.frontier import Found, Frontier
from crawler.register import Network, Register, Site
from crawler.snapshot import SiteSummary
from crawler.telling.ledger import quarters_visited, sent_requests, traffic_of
from crawler.telling.site_view import request_line, site_lines, visit_lines
from crawler.telling.visits import visit_of
from foundation.command import Command
from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import write_manifest
from foundation.places import Places
from foundation.user_settings import UserSettings
from letters.cli import app

BEGAN = datetime.datetime(2026, 10, 3, 10, 0, tzinfo=datetime.UTC)
# offset in seconds, URL, address, status, bytes, pause, error
REQUESTS = [
    (0.0, "http://by1.example.test/robots.txt", "127.0.1.1", 200, 100, None, None),
    (1.5, "http://by1.example.test/", "127.0.1.1", 200, 1_000, 1.25, None),
    (3.0, "http://by1.example.test/a", "127.0.1.1", 429, 50, 1.0, None),
    (5.0, "http://by1.example.test/b", None, None, 0, 1.75, "timeout"),
]
COLUMNS = ("time", "method", "url", "address", "status", "bytes", "pause_s", "robots_verdict", "error")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "data")


def crawled(places: Places, quarter: str, site: str, *, address: str = "127.0.1.1") -> Frontier:
    """A site as an unfinished crawl leaves it."""
    frontier = Frontier(places.crawl_work(quarter) / site)
    for offset, url, peer, status, num_bytes, pause_s, error in REQUESTS:
        time = (BEGAN + datetime.timedelta(seconds=offset)).isoformat()
        frontier.db.execute(
            "insert into request (url_id, time, method, url, address, status, bytes, pause_s, robots_verdict, error)"
            " values (1, ?, 'GET', ?, ?, ?, ?, ?, 'allowed', ?)",
            (time, url, address if peer else None, status, num_bytes, pause_s, error),
        )
    for number, withheld in enumerate((None, None, "noindex: X-Robots-Tag: noindex")):
        frontier.db.execute(
            "insert into capture (url_id, url, kind, status, payload_digest, body_sha256, warc_file, warc_offset,"
            " warc_length, fetched_at, withheld) values (?, 'u', 'page', 200, '', '', '', 0, 0, '', ?)",
            (number, withheld),
        )
    frontier.add([f"http://by1.example.test/{i}" for i in range(3)], Found(priority=4))
    frontier.db.execute("update url set state = 'excluded', reason = 'robots.txt'")
    frontier.db.executemany("insert into not_taken values (?, ?)", [(1, "pdf"), (2, "pdf"), (3, "other host")])
    frontier.set_robots("http://by1.example.test", verdict="rules", text="", fetched_at=BEGAN.isoformat())
    frontier.set_fact("address", address)
    return frontier


def published(places: Places, quarter: str, *sites: str, address: str = "127.0.1.1") -> Path:
    """A snapshot with the tables that publishing writes."""
    snapshot = places.snapshot(quarter)
    for site in sites:
        folder = snapshot / "sites" / site
        folder.mkdir(parents=True)
        rows = [
            dict(zip(COLUMNS, (BEGAN + datetime.timedelta(seconds=offset), "GET", url, address if peer else None,
                               status, num_bytes, pause_s, "allowed", error), strict=True))
            for offset, url, peer, status, num_bytes, pause_s, error in REQUESTS
        ]  # fmt: skip
        pq.write_table(pa.Table.from_pylist(rows), folder / "requests.parquet")
        captures = [{"kind": "page", "withheld": "noindex: meta robots"}, {"kind": "page", "withheld": None},
                    {"kind": "robots", "withheld": None}]  # fmt: skip
        pq.write_table(pa.Table.from_pylist(captures), folder / "captures.parquet")
    summaries = [
        SiteSummary(
            site=site, name="By1", official_name="By1 Kommune", kind="municipality", region=None, area=None,
            state="complete", reason=None, num_pages=2, num_captures=3, robots_verdict="rules",
            robots_date=BEGAN.isoformat(), reservation="robots.txt of by1 shuts out an AI agent",
        )
        for site in sites
    ]  # fmt: skip
    write_manifest(snapshot, {
        "kind": "snapshot", "id": "x", "quarter": quarter, "revision": 1, "content_sha256": "", "files": [],
        "sites": [asdict(each) for each in summaries],
    })  # fmt: skip
    return snapshot


@pytest.fixture
def register(make_site: Callable[..., Site]) -> Register:
    hosts = [frozenset({f"by{number}.example.test"}) for number in (1, 2)]
    return Register(
        tuple(make_site(id=f"900{i}", name=f"By{i}", hosts=hosts[i - 1]) for i in (1, 2)), Network()
    )  # fmt: skip


def test_ledger_of_a_frontier_and_of_a_published_table_are_the_same(places: Places) -> None:
    crawled(places, "2026Q3", "9001").close()
    published(places, "2026Q2", "9001")
    unfinished = list(sent_requests(places, "2026Q3", "9001"))
    assert unfinished == list(sent_requests(places, "2026Q2", "9001"))
    assert [each.status for each in unfinished] == [200, 200, 429, None]
    assert unfinished[3].error == "timeout"


def test_published_table_counts_and_not_the_frontier_that_is_kept(places: Places) -> None:
    frontier = crawled(places, "2026Q3", "9001")
    published(places, "2026Q3", "9001")
    frontier.db.execute("delete from request")
    frontier.close()
    assert len(list(sent_requests(places, "2026Q3", "9001"))) == 4


def test_traffic_adds_up(places: Places) -> None:
    crawled(places, "2026Q3", "9001").close()
    traffic = traffic_of(sent_requests(places, "2026Q3", "9001"))
    assert (traffic.began_at, traffic.ended_at) == (BEGAN, BEGAN + datetime.timedelta(seconds=5))
    assert (traffic.num_requests, traffic.num_refused, traffic.num_failed) == (4, 1, 1)
    assert (traffic.num_bytes, traffic.shortest_pause_s) == (1_150, 1.0)
    assert (traffic.statuses, traffic.addresses) == ({200: 2, 429: 1}, ("127.0.1.1",))


def test_traffic_of_nothing_is_nothing() -> None:
    traffic = traffic_of([])
    assert (traffic.num_requests, traffic.began_at, traffic.shortest_pause_s) == (0, None, None)


def test_no_pause_at_all_is_the_shortest(places: Places) -> None:
    frontier = crawled(places, "2026Q3", "9001")
    frontier.db.execute("update request set pause_s = 0.0 where id = 2")
    frontier.close()
    assert traffic_of(sent_requests(places, "2026Q3", "9001")).shortest_pause_s == 0.0


def test_quarters_are_those_in_which_the_site_was_visited(places: Places) -> None:
    published(places, "2026Q2", "9001")
    crawled(places, "2026Q3-try", "9001").close()
    crawled(places, "2026Q3", "9002").close()
    assert quarters_visited(places, "9001", None) == ["2026Q2", "2026Q3-try"]
    assert quarters_visited(places, "9001", "2026Q2") == ["2026Q2"]
    assert quarters_visited(places, "9001", "2026Q3") == []


def test_visit_of_an_unfinished_quarter_tells_all(places: Places, register: Register) -> None:
    crawled(places, "2026Q3", "9001").close()
    crawled(places, "2026Q3", "9002").close()
    visit = visit_of(places, register, register.sites[0], "2026Q3")
    found = visit.findings
    assert (visit.is_published, found.state) == (False, "complete")
    assert found.robots == ("http://by1.example.test: rules, read 2026-10-03",)
    assert (found.withheld, found.excluded) == ({"noindex": 1}, {"robots.txt": 3})
    assert found.not_taken == {"pdf": 2, "other host": 1}
    assert visit.neighbours == ("By2",)


def test_visit_of_a_published_quarter_needs_no_frontier_but_uses_it(places: Places, register: Register) -> None:
    published(places, "2026Q2", "9001", "9002")
    site = register.sites[0]
    visit = visit_of(places, register, site, "2026Q2")
    found = visit.findings
    assert (visit.is_published, found.state, found.num_pages) == (True, "complete", 2)
    assert (found.withheld, found.robots) == ({"noindex": 1}, ("rules, read 2026-10-03",))
    assert "shuts out" in str(found.reservation)
    assert (found.excluded, found.not_taken, visit.neighbours) == (None, None, ("By2",))
    crawled(places, "2026Q2", "9001").close()
    assert visit_of(places, register, site, "2026Q2").findings.not_taken == {"pdf": 2, "other host": 1}
    (places.crawl_work("2026Q2") / "9001" / "frontier.db").write_bytes(b"broken" * 1000)
    assert visit_of(places, register, site, "2026Q2").findings.not_taken is None


def test_lines_answer_what_a_webmaster_asks(places: Places, register: Register) -> None:
    crawled(places, "2026Q3", "9001").close()
    text = "\n".join(visit_lines(visit_of(places, register, register.sites[0], "2026Q3")))
    for expected in ("4, 0.0 MB; 1 refused, 1 without an answer", "shortest pause   1.000 s", "200: 2, 429: 1",
                     "robots.txt: 3", "pdf: 2, other host: 1", "noindex: 1", "no other site"):  # fmt: skip
        assert expected in text


def test_request_line_has_no_control_characters(places: Places) -> None:
    frontier = crawled(places, "2026Q3", "9001")
    frontier.db.execute("update request set error = ?", ("\x1b[2J\nbad",))
    frontier.close()
    line = request_line(next(sent_requests(places, "2026Q3", "9001")))
    assert line.isprintable() and "bad" in line


def test_areas_say_that_they_share_their_host(make_site: Callable[..., Site]) -> None:
    areas = [make_site(id=f"kl-{name}", name=name, prefixes=(f"/{name}/",)) for name in ("boern", "kultur", "social")]
    (_, shared) = site_lines(areas[0], Register(tuple(areas), Network()))
    assert shared.startswith("3 sites of the register are on these hosts")
    assert "/boern/" in shared and "kultur, social" in shared


def test_damaged_table_is_one_sentence(places: Places, register: Register) -> None:
    snapshot = published(places, "2026Q2", "9001")
    (snapshot / "sites" / "9001" / "requests.parquet").write_bytes(b"PAR1 not")
    with pytest.raises(BrokenRunError, match=r"requests.parquet: cannot be read .* snapshot verify 2026Q2"):
        visit_of(places, register, register.sites[0], "2026Q2")


@pytest.fixture
def site(places: Places, tmp_path: Path, one_site: Callable[..., str]) -> Callable[..., Any]:
    """The command, in this process."""
    path = tmp_path / "register.yaml"
    path.write_text(one_site("127.0.1.1:80", "127.0.1.1:81"))

    def call(*words: str, as_json: bool = False) -> Any:
        command = Command(places=places, settings=UserSettings(), register=path, json=as_json)
        return CliRunner().invoke(app, ("site", *words), obj=command)

    return call


def test_command_tells_of_each_quarter(places: Places, site: Callable[..., Any]) -> None:
    published(places, "2026Q2", "9001")
    crawled(places, "2026Q3", "9001").close()
    told = site("by1.example.test").stdout
    assert "9001 By1 (By1 Kommune)" in told
    assert "2026Q2 (published)" in told and "2026Q3 (not published)" in told
    only = json.loads(site("9001", "--quarter", "2026Q3", as_json=True).stdout)
    assert [(visit["quarter"], visit["traffic"]["num_requests"]) for visit in only] == [("2026Q3", 4)]


def test_command_lists_each_request_as_text_csv_and_json(places: Places, site: Callable[..., Any]) -> None:
    published(places, "2026Q2", "9001")
    crawled(places, "2026Q3", "9001").close()
    as_csv = list(csv.DictReader(io.StringIO(site("By1", "--csv").stdout)))
    assert [row["quarter"] for row in as_csv] == ["2026Q2"] * 4 + ["2026Q3"] * 4
    second, *_, last = as_csv[1:4]
    assert (second["time"], second["pause_s"]) == ("2026-10-03T10:00:01.500000+00:00", "1.25")
    assert (last["status"], last["error"]) == ("", "timeout")
    listed = json.loads(site("9001", "--requests", "--quarter", "2026Q3", as_json=True).stdout)
    assert [row["bytes"] for row in listed] == [100, 1_000, 50, 0]
    lines = site("By1", "--requests", "--quarter", "2026Q3").stdout.splitlines()
    assert len(lines) == 5 and lines[4].endswith("http://by1.example.test/b  timeout")


def test_damaged_quarter_hides_no_other(places: Places, tvaerkom: Any, one_site: Callable[..., str]) -> None:
    tvaerkom.register.write_text(one_site("127.0.1.1:80"))
    published(places, "2026Q2", "9001")
    crawled(places, "2026Q3", "9001").close()
    (places.crawl_work("2026Q3") / "9001" / "frontier.db").write_bytes(b"broken" * 1000)
    damaged = tvaerkom("--json", "site", "9001")
    assert damaged.returncode == 1 and "frontier.db" in damaged.stderr and "Traceback" not in damaged.stderr
    assert [visit["quarter"] for visit in json.loads(damaged.stdout)] == ["2026Q2"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("By2",), "By2 was not visited"),
        (("By1", "--quarter", "2026Q1"), "By1 was not visited in 2026Q1"),
        (("By1", "--quarter", "autumn"), "'autumn' is not a quarter"),
        (("Bye",), "no site 'Bye' in the register"),
    ],
)
def test_wrong_use_of_the_command_is_one_sentence(
    words: tuple[str, ...], expected: str, places: Places, site: Callable[..., Any]
) -> None:
    published(places, "2026Q2", "9001")
    refused = site(*words)
    assert isinstance(refused.exception, ConfigError) and expected in str(refused.exception)


def test_host_of_all_areas_names_none_of_them(site: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "register.yaml").write_text((Path(__file__).parents[2] / "municipalities.yaml").read_text())
    refused = site("https://www.kl.dk/")
    assert str(refused.exception).startswith("8 sites are on www.kl.dk; name one: kl-beskaeftigelse")
