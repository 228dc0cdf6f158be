from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from crawler import politeness
from crawler.politeness import LOOPBACK, POLITE, Manners, Politeness, retry_after_s

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the module sees, to be set by the test."""
    at = [1_000_000.0]
    monkeypatch.setattr(politeness, "now", lambda: at[0])
    return at


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, 0.0),
        ("", 0.0),
        ("120", 120.0),
        (" 120 ", 120.0),
        ("999999999", politeness.MAX_RETRY_AFTER_S),
        ("-5", 0.0),
        ("soon", 0.0),
        ("²", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=4000), usegmt=True), politeness.MAX_RETRY_AFTER_S),
        ("Fri, 99 Foo 2026 99:99:99 GMT", 0.0),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, expected: float) -> None:
    assert retry_after_s(header, NOW.timestamp()) == expected


def test_pause_is_the_longest_that_anybody_asks_for(clock: list[float]) -> None:
    assert Manners(POLITE).delay_s(0.0) == 1.0
    assert Manners(POLITE).delay_s(10.0) == 10.0, "Crawl-delay"
    assert Manners(POLITE, asked_delay_s=3.0).delay_s(0.0) == 3.0, "tvaerkom.yaml"
    assert Manners(POLITE, asked_delay_s=100.0).delay_s(0.0) == 100.0, "never shortened"
    assert Manners(LOOPBACK).delay_s(0.0) == 0.0


def test_site_that_slows_down_is_asked_less_often_and_more_often_again_when_it_recovers(clock: list[float]) -> None:
    manners = Manners(POLITE)
    pauses = []
    for seconds in (0.1, 1.0, 2.0, 4.0, 8.0):
        for _ in range(20):
            manners.answered(seconds)
        pauses.append(manners.delay_s(0.0))
    assert pauses == sorted(pauses)
    assert pauses[0] == 1.0
    assert pauses[-1] == pytest.approx(16.0, rel=0.05), "twice the time that an answer takes"
    for _ in range(60):
        manners.answered(0.1)
    assert manners.delay_s(0.0) == 1.0


def test_push_back_doubles_the_pause_and_calm_halves_it(clock: list[float]) -> None:
    manners = Manners(POLITE)
    manners.pushed_back(0.0)
    manners.pushed_back(0.0)
    assert manners.delay_s(0.0) == 4.0
    for _ in range(politeness.NUM_CALM):
        manners.answered(0.01)
    assert manners.delay_s(0.0) == 2.0
    for _ in range(10):
        manners.pushed_back(0.0)
    assert manners.delay_s(0.0) == politeness.MAX_BACK_OFF


def test_site_rests_as_long_as_it_asks(clock: list[float]) -> None:
    manners = Manners(POLITE)
    manners.pushed_back(100.0)
    manners.pushed_back(10.0)
    assert (manners.rests_until, manners.rests_for) == (
        clock[0] + 100.0, "the site asked for a pause (Retry-After)"
    ), "a shorter pause does not shorten a longer one"  # fmt: skip


def test_breaker_opens_longer_each_time_and_then_gives_the_site_up(clock: list[float]) -> None:
    manners = Manners(
        Politeness(delay_s=0, retry_after_s=(), robots_retry_s=(), breaker_s=(10.0, 20.0), max_failures=3)
    )
    assert [manners.failed("refused") for _ in range(3)] == [None, None, None]
    assert manners.rests_until == clock[0] + 10
    assert manners.rests_for == "breaker: 3 failures in a row, the last: refused"
    clock[0] += 10
    assert manners.failed("refused") is None, "one trial decides"
    assert manners.rests_until == clock[0] + 20
    clock[0] += 20
    assert manners.failed("refused") == "3 failures in a row, the last: refused"


def test_answer_closes_the_breaker(clock: list[float]) -> None:
    manners = Manners(POLITE)
    for _ in range(5):
        manners.failed("timed out")
    manners.answered(0.1)
    assert [manners.failed("timed out") for _ in range(4)] == [None] * 4
    assert (manners.num_failures, manners.num_breaks) == (4, 0)


def test_failures_of_the_own_network_are_forgiven(clock: list[float]) -> None:
    manners = Manners(POLITE)
    for _ in range(5):
        manners.failed("no route")
    manners.forgive()
    assert (manners.num_failures, manners.num_breaks, manners.rests_until, manners.rests_for) == (0, 0, 0.0, None)


def test_time_of_the_process_does_not_go_back_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = politeness.now()
    monkeypatch.setattr(politeness.time, "time", lambda: 0.0)
    assert 0.0 <= politeness.now() - before < 5.0
