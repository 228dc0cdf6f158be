"""Whose fault it is that nobody answers."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from crawler.network_watch import WINDOW_S, NetworkWatch


@dataclass(frozen=True)
class SiteStub:
    id: str


@dataclass(frozen=True)
class CrawlStub:
    site: SiteStub
    marks: list[str] = field(default_factory=list, compare=False)


@pytest.fixture
def crawls() -> list[Any]:
    return [CrawlStub(SiteStub(str(number))) for number in range(10)]


def lease(number: int) -> Any:
    return f"lease {number}"


def test_most_sites_silent_within_a_minute_is_the_network(crawls: list[Any]) -> None:
    watch = NetworkWatch()
    for crawl in crawls:
        watch.answered(crawl, 0.0)
    forgiven = [watch.fell_silent(crawls[number], lease(number), 30.0 + number) for number in range(6)]
    assert forgiven[:5] == [[]] * 5, "five of ten may be down"
    assert {crawl.site.id for crawl, _ in forgiven[5]} == set("012345")
    assert sorted(each for _, leases in forgiven[5] for each in leases) == [lease(number) for number in range(6)]
    assert watch.is_lost
    ((crawl, leases),) = watch.fell_silent(crawls[7], lease(7), 100.0)
    assert (crawl, leases) == (crawls[7], [lease(7)]), "while it is lost, every failure is forgiven"
    assert watch.answered(crawls[3], 130.0) is True
    assert not watch.is_lost
    assert watch.answered(crawls[3], 131.0) is False


def test_few_dead_sites_are_themselves_to_blame(crawls: list[Any]) -> None:
    watch = NetworkWatch()
    for second in range(0, 600, 5):
        for crawl in crawls[4:]:
            watch.answered(crawl, float(second))
        for number in range(4):
            assert watch.fell_silent(crawls[number], lease(number), float(second)) == []


def test_sites_that_die_for_good_are_no_lost_network(crawls: list[Any]) -> None:
    watch = NetworkWatch()
    for crawl in crawls[:4]:
        watch.answered(crawl, 0.0)
    forgiven = []
    for second in range(10, 86_400, 10):
        for number in range(1, 4):
            forgiven += [second] * len(watch.fell_silent(crawls[number], lease(number), float(second)))
        watch.answered(crawls[0], second + 5.0)
    assert forgiven and max(forgiven) <= 900, "only while they may still be there"
    assert not watch.is_lost


def test_network_that_comes_and_goes_counts_against_nobody(crawls: list[Any]) -> None:
    watch = NetworkWatch()
    for crawl in crawls:
        watch.answered(crawl, 0.0)
    for start in range(60, 600, 60):
        forgiven = [each for number in range(10)
                    for each in watch.fell_silent(crawls[number], lease(number), float(start + number))]  # fmt: skip
        assert len(forgiven) == 10
        assert watch.answered(crawls[start // 60 % 10], start + 30.0)


def test_sites_that_never_answered_are_no_evidence(crawls: list[Any]) -> None:
    watch = NetworkWatch()
    watch.answered(crawls[0], 0.0)
    for number in range(1, 10):
        assert watch.fell_silent(crawls[number], lease(number), float(number)) == []


def test_two_sites_alone_do_not_make_a_network(crawls: list[Any]) -> None:
    watch = NetworkWatch()
    assert watch.fell_silent(crawls[0], lease(0), 0.0) == []
    assert watch.fell_silent(crawls[1], lease(1), 1.0) == []


def test_silence_spread_over_an_hour_is_no_loss_of_the_network(crawls: list[Any]) -> None:
    watch = NetworkWatch()
    for crawl in crawls:
        watch.answered(crawl, 0.0)
    for number, crawl in enumerate(crawls):
        assert watch.fell_silent(crawl, lease(number), number * (WINDOW_S + 1)) == []
