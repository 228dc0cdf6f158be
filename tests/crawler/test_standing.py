"""How the sites of a quarter stand, read beside a crawl that writes."""

import datetime
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from crawler.frontier import Found, Frontier
from crawler.register import Site
from crawler.snapshot import TerminalState
from crawler.telling import status_view
from crawler.telling.outcome import terminal_state
from crawler.telling.standing import DAMAGED, Standing, read_standing, read_standings
from foundation import progress
from foundation.errors import BrokenRunError

NOON = datetime.datetime(2026, 10, 3, 10, 0, tzinfo=datetime.UTC).timestamp()  # 12:00 in Copenhagen


@pytest.fixture(autouse=True)
def _copenhagen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Copenhagen")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def sent(frontier: Frontier, status: int | None = 200, *, at: float = NOON, seconds: float | None = 0.5,
         error: str | None = None) -> None:  # fmt: skip
    moment = datetime.datetime.fromtimestamp(at, datetime.UTC).isoformat()
    frontier.db.execute(
        "insert into request (url_id, time, method, url, status, bytes, seconds, error)"
        " values (1, ?, 'GET', 'http://nordby.test/', ?, 10, ?, ?)",
        (moment, status, seconds, error),
    )


def captured(frontier: Frontier, number: int = 1) -> None:
    for _ in range(number):
        frontier.db.execute(
            "insert into capture (url_id, url, kind, status, payload_digest, body_sha256, warc_file, warc_offset,"
            " warc_length, fetched_at) select count(*), 'u', 'page', 200, '', '', '', 0, 0, '' from capture"
        )


def waiting(frontier: Frontier, number: int = 1) -> None:
    frontier.add([f"http://nordby.test/{i}" for i in range(number)], Found(priority=4))


def facts(frontier: Frontier, **values: str | None) -> None:
    for name, value in values.items():
        frontier.set_fact(name, value)


def running(frontier: Frontier, **values: str | None) -> None:
    """A crawl that has just committed."""
    facts(frontier, running=str(NOON - 2), delay_s="1.0", address="20.50.1.2", **values)


def excluded(frontier: Frontier, reason: str) -> None:
    waiting(frontier)
    frontier.db.execute("update url set state = 'excluded', reason = ?", (reason,))


def unreachable(frontier: Frontier) -> None:
    frontier.set_robots("http://nordby.test", verdict="unreachable", text="", fetched_at="2026-10-03T09:00:00+00:00")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([sent, captured], (TerminalState.COMPLETE, None)),
        ([sent, captured, lambda it: waiting(it, 3)], (TerminalState.UNFINISHED, "3 URLs wait; type the crawl again")),
        ([sent, captured, waiting, lambda it: facts(it, stopped="five failures")],
         (TerminalState.PARTIAL, "five failures")),
        ([lambda it: sent(it, None, error="refused")], (TerminalState.DEAD, "refused")),
        ([waiting, lambda it: facts(it, stopped="no address")], (TerminalState.DEAD, "no address")),
        ([lambda it: sent(it, 503), unreachable, lambda it: facts(it, stopped="robots.txt of x cannot be reached")],
         (TerminalState.ROBOTS_CLOSED, "robots.txt of x cannot be reached")),
        ([sent, lambda it: excluded(it, "robots.txt")],
         (TerminalState.ROBOTS_CLOSED, "robots.txt allows no page of it")),
        ([lambda it: sent(it, 404)], (TerminalState.EMPTY, "it answered, but with no page of its own")),
        ([lambda it: sent(it, 403), lambda it: facts(it, blocked="a challenge page")],
         (TerminalState.BLOCKED, "a challenge page")),
        ([sent, captured, waiting, lambda it: facts(it, blocked="a challenge page", stopped="five failures")],
         (TerminalState.BLOCKED, "a challenge page")),
        ([sent, captured, lambda it: facts(it, blocked="one page asks for a login")], (TerminalState.COMPLETE, None)),
    ],
)  # fmt: skip
def test_outcome_follows_from_what_the_frontier_holds(
    steps: list[Callable[[Frontier], None]], expected: Any, frontier: Frontier, make_site: Callable[..., Site]
) -> None:
    for step in steps:
        step(frontier)
    assert terminal_state(frontier.db, make_site()) == expected


def test_area_without_pages_says_that_its_prefixes_lead_nowhere(
    frontier: Frontier, make_site: Callable[..., Site]
) -> None:
    sent(frontier, 404)
    state, reason = terminal_state(frontier.db, make_site(prefixes=("/boern/",), has_known_prefix=False))
    assert (state, "prefixes" in str(reason)) == (TerminalState.EMPTY, True)


def test_standing_is_read_beside_a_writer_and_writes_nothing(
    frontier: Frontier, make_site: Callable[..., Site]
) -> None:
    waiting(frontier, 3)
    frontier.checkpoint(lambda: None)
    content = frontier.path.read_bytes()
    with frontier.transaction():
        waiting(frontier, 9)  # not committed yet
        standing = read_standing(make_site(), frontier.path.parent, NOON)
    assert standing.waiting == 3
    assert frontier.path.read_bytes() == content
    assert read_standing(make_site(), frontier.path.parent, NOON).waiting == 9
    with frontier.transaction():  # it is still its writer's
        sent(frontier)


def test_rate_looks_ten_minutes_back(frontier: Frontier, make_site: Callable[..., Site]) -> None:
    for age_s in (2_000, 1_000, 299, 200, 100):
        sent(frontier, at=NOON - age_s)
    standing = read_standing(make_site(), frontier.path.parent, NOON)
    assert standing.num_requests == 5
    assert standing.requests_per_minute == pytest.approx(60 * 3 / 299)


def test_time_to_go_counts_pauses_answers_and_the_present_wait(
    frontier: Frontier, make_site: Callable[..., Site]
) -> None:
    waiting(frontier, 100)
    sent(frontier, at=NOON - 5, seconds=0.25)
    sent(frontier, at=NOON - 4, seconds=0.75)
    running(frontier)
    alone = read_standing(make_site(), frontier.path.parent, NOON)
    assert alone.seconds_to_go == pytest.approx(100 * 1.5)
    facts(frontier, waits_for="breaker: 5 failures in a row, the last: status 503", waits_until=str(NOON + 300))
    resting = read_standing(make_site(), frontier.path.parent, NOON)
    assert resting.seconds_to_go == pytest.approx(100 * 1.5 + 300)
    facts(frontier, budget="40")
    assert read_standing(make_site(), frontier.path.parent, NOON).seconds_to_go == pytest.approx(40 * 1.5 + 300)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "delay 1 s"),
        ({"waits_for": "breaker: 5 failures in a row, the last: status 503", "waits_until": str(NOON + 300)},
         "breaker until 12:05 (5 failures in a row, the last: status 503)"),
        ({"waits_for": "breaker: x", "waits_until": str(NOON + 86_400)}, "breaker until 2026-10-04 12:00 (x)"),
        ({"waits_for": "breaker: x", "waits_until": str(NOON - 1)}, "delay 1 s"),
        ({"waits_for": "the site asked for a pause (Retry-After)", "waits_until": str(NOON + 3600)},
         "the site asked for a pause (Retry-After), until 13:00"),
        ({"waits_for": "robots.txt of nordby.test cannot be reached", "waits_until": str(NOON + 60)},
         "robots.txt of nordby.test cannot be reached, next try 12:01"),
    ],
)  # fmt: skip
def test_what_a_running_site_waits_for_in_words(
    values: dict[str, str], expected: str, frontier: Frontier, make_site: Callable[..., Site]
) -> None:
    waiting(frontier)
    sent(frontier)
    running(frontier, **values)
    standing = read_standing(make_site(), frontier.path.parent, NOON)
    assert (standing.waits_for, standing.is_running, standing.reason) == (expected, True, None)


def test_site_that_committed_nothing_for_long_does_not_run_but_a_resting_one_does(
    frontier: Frontier, make_site: Callable[..., Site]
) -> None:
    waiting(frontier)
    sent(frontier)
    running(frontier)
    killed = read_standing(make_site(), frontier.path.parent, NOON + 3600)
    assert (killed.is_running, killed.waits_for) == (False, "not running")
    assert killed.reason == "1 URLs wait; type the crawl again"
    facts(frontier, waits_for="breaker: x", waits_until=str(NOON + 7200))
    assert read_standing(make_site(), frontier.path.parent, NOON + 3600).is_running


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([sent, captured], "finished"),
        ([sent, captured, waiting, lambda it: facts(it, stopped="five failures")], "stopped: five failures"),
        ([lambda it: sent(it, 404)], "it answered, but with no page of its own"),
    ],
)
def test_site_that_waits_for_nothing_says_why(
    steps: list[Callable[[Frontier], None]], expected: str, frontier: Frontier, make_site: Callable[..., Site]
) -> None:
    for step in steps:
        step(frontier)
    standing = read_standing(make_site(), frontier.path.parent, NOON)
    assert (standing.waits_for, standing.seconds_to_go) == (expected, None)


def test_site_barred_by_the_user_says_so(frontier: Frontier, make_site: Callable[..., Site]) -> None:
    waiting(frontier)
    sent(frontier)
    standing = read_standing(make_site(is_barred=True, reason="asked us"), frontier.path.parent, NOON)
    assert standing.waits_for == "left out: crawl: false in tvaerkom.yaml (asked us)"


@pytest.fixture
def quarter(tmp_path: Path, make_site: Callable[..., Site]) -> list[tuple[Site, Path]]:
    """Four sites: two unfinished and one finished on one address, one alone."""
    begun = []
    for number, (address, is_finished) in enumerate([("20.50.1.2", False), ("20.50.1.2", False), ("20.50.1.2", True),
                                                     ("20.50.1.9", False)], 1):  # fmt: skip
        folder = tmp_path / "data" / "work" / "2026Q4" / f"900{number}"
        frontier = Frontier(folder)
        sent(frontier, seconds=0.0)
        captured(frontier, number)
        waiting(frontier, 0 if is_finished else 60)
        running(frontier)
        facts(frontier, address=address)
        frontier.close()
        begun.append((make_site(id=f"900{number}", name=f"By{number}"), folder))
    return begun


def test_sites_on_one_address_take_turns(quarter: list[tuple[Site, Path]]) -> None:
    first, second, finished, alone = read_standings(quarter, NOON)
    assert (first.waits_for, second.num_sharing) == ("delay 1 s, shares 20.50.1.2 with 1 site", 1)
    assert (first.seconds_to_go, alone.seconds_to_go, finished.seconds_to_go) == (120, 60, None)
    assert (finished.waits_for, alone.waits_for) == ("finished", "delay 1 s")


def test_damaged_frontier_is_one_standing_and_hides_no_other(quarter: list[tuple[Site, Path]]) -> None:
    path = quarter[1][1] / "frontier.db"
    path.write_bytes(b"no database at all" * 300)
    standings = read_standings(quarter, NOON)
    assert [each.state for each in standings] == ["unfinished", DAMAGED, "complete", "unfinished"]
    assert str(path) in str(standings[1].reason)
    assert standings[0].num_sharing == 0


def test_frontier_of_another_version_or_without_tables_is_explained(
    frontier: Frontier, tmp_path: Path, make_site: Callable[..., Site]
) -> None:
    frontier.db.execute("pragma user_version = 1")
    with pytest.raises(BrokenRunError, match="another version"):
        read_standing(make_site(), frontier.path.parent, NOON)
    (tmp_path / "frontier.db").touch()
    with pytest.raises(BrokenRunError, match="type the crawl again"):
        read_standing(make_site(), tmp_path, NOON)


def shown(width: int, show: Callable[[Console], object], height: int = 60) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=height, color_system=None)
    show(console)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_terminal_gets_a_table_with_totals(quarter: list[tuple[Site, Path]]) -> None:
    standings = read_standings(quarter, NOON)
    wide = shown(160, lambda console: status_view.show(standings, console))
    assert "By2" in wide and "✓ complete" in wide and "shares 20.50.1.2 with 1 site" in wide
    heading, *_, totals, states = [line for line in wide.splitlines() if line.strip()]
    assert {"excluded", "requests", "per min", "to go"} <= set(heading.replace("  ", "|").replace("| ", "|").split("|"))
    assert totals.split()[:7] == ["4", "sites", "10", "4", "180", "0", "0"]
    assert "unfinished: 3, complete: 1" in states
    narrow = shown(80, lambda console: status_view.show(standings, console))
    assert "requests" not in narrow and "waiting" in narrow
    assert max(map(len, narrow.splitlines())) <= 80


def test_text_of_a_web_server_does_not_steer_the_terminal() -> None:
    evil = Standing(site="9001", name="Nordby", state="dead", reason="\x1b]0;gone\x07 down", waits_for="")
    assert "\x1b]" not in shown(160, lambda console: status_view.show([evil], console))
    assert "\x1b" not in status_view.status_lines([evil])[0]


def test_small_window_shows_trouble_first_then_what_takes_longest(quarter: list[tuple[Site, Path]]) -> None:
    (quarter[3][1] / "frontier.db").write_bytes(b"broken" * 1000)
    table = status_view.status_table(read_standings(quarter, NOON), width=160, max_rows=2)
    text = shown(160, lambda console: console.print(table))
    rows = [line for line in text.splitlines() if "By" in line]
    assert "By4" in rows[0] and "! damaged" in rows[0] and "By1" in rows[1]
    assert "2 sites more" in text
    assert len(text.splitlines()) == 5, "a long sentence takes one line: the window has no more"


def test_watching_ends_when_all_are_finished_or_by_ctrl_c(
    quarter: list[tuple[Site, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    readings = iter([read_standings(quarter, NOON), read_standings(quarter[2:3], NOON)])
    text = shown(120, lambda console: status_view.watch(lambda: next(readings), console))
    assert "By4" in text and naps == [status_view.REFRESH_S]

    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", stop)
    console = Console(file=io.StringIO(), width=80)
    last = status_view.watch(lambda: read_standings(quarter, NOON), console)
    assert len(last) == 4
    assert "By1" in console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in console.file.getvalue()  # type: ignore[attr-defined]


def test_watching_a_pipe_says_something_once_a_minute(
    quarter: list[tuple[Site, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    readings = iter([read_standings(quarter, NOON), read_standings(quarter[2:3], NOON)])
    status_view.watch(lambda: next(readings), Console(file=io.StringIO()))
    assert naps == [progress.LOG_INTERVAL_S]


def test_command_shows_all_sites_and_fails_for_a_damaged_one(
    quarter: list[tuple[Site, Path]], tvaerkom: Any, one_site: Callable[..., str]
) -> None:
    tvaerkom.register.write_text(one_site("127.0.1.1:80", "127.0.1.1:80", "127.0.1.1:80", "127.0.1.1:80"))
    whole = tvaerkom("snapshot", "status", "2026Q4")
    assert (whole.returncode, whole.stderr) == (0, "")
    assert len(whole.stdout.splitlines()) == 5
    assert "4 sites: unfinished: 3, complete: 1; 10 pages" in whole.stdout
    (quarter[0][1] / "frontier.db").write_bytes(b"broken" * 1000)
    damaged = tvaerkom("--json", "snapshot", "status", "2026Q4")
    assert damaged.returncode == 1
    assert [each["state"] for each in json.loads(damaged.stdout)][:3] == ["damaged", "unfinished", "complete"]
    assert str(quarter[0][1]) in damaged.stderr and "Traceback" not in damaged.stderr
    refused = tvaerkom("--json", "snapshot", "status", "2026Q4", "--watch")
    assert (refused.returncode, refused.stdout) == (2, "")
