"""Politeness is computed from the log, and a server's log has what it needs."""

import http.client

import pytest

from demo.hostile import HOSTILE
from demo.kommuneby import make_web
from demo.manners import by_address, by_host, closed_requests, hasty_requests, nameless_requests
from demo.request_log import LogEntry
from demo.server import KommunebyServer


def entry(
    time: float, ended: float, *, host: str = "a.test", address: str = "127.0.1.1", status: int = 200,
    retry_after_s: float | None = None, target: str = "/", user_agent: str = "bot",
) -> LogEntry:  # fmt: skip
    return LogEntry(
        time=time, ended=ended, host=host, address=address, method="GET", target=target, user_agent=user_agent,
        accept_language="da", status=status, retry_after_s=retry_after_s,
    )  # fmt: skip


def test_pause_runs_from_the_end_of_an_answer_to_the_next_request() -> None:
    manners = by_host([entry(0, 1), entry(2.5, 3), entry(5, 9)])["a.test"]
    assert (manners.num_requests, manners.shortest_pause_s, manners.most_in_parallel) == (3, 1.5, 1)


def test_requests_that_overlap_are_counted_and_have_a_negative_pause() -> None:
    manners = by_host([entry(0, 10), entry(1, 2), entry(1.5, 3)])["a.test"]
    assert (manners.shortest_pause_s, manners.most_in_parallel) == (-9, 3)


def test_single_request_has_no_pause() -> None:
    assert by_host([entry(0, 1)])["a.test"].shortest_pause_s is None


def test_answer_that_ends_as_the_next_begins_does_not_overlap_it() -> None:
    assert by_host([entry(0, 1), entry(1, 2)])["a.test"].most_in_parallel == 1


def test_hosts_at_one_address_are_counted_together_by_address_only() -> None:
    log = [entry(0, 1), entry(1.25, 2, host="b.test")]
    assert {host: manners.shortest_pause_s for host, manners in by_host(log).items()} == {
        "a.test": None,
        "b.test": None,
    }
    assert by_address(log)["127.0.1.1"].shortest_pause_s == 0.25


def test_requests_before_the_pause_is_over_are_hasty() -> None:
    busy = entry(0, 1, status=429, retry_after_s=10)
    early, late = entry(10.5, 10.6), entry(11.5, 11.6)
    other = entry(5, 6, host="b.test")
    assert hasty_requests([busy, early, late, other]) == [early]


@pytest.mark.parametrize("retry_after_s", [10**9, 3600])
def test_nobody_is_held_to_an_absurd_pause(retry_after_s: float) -> None:
    log = [entry(0, 1, status=503, retry_after_s=retry_after_s), entry(3602, 3603)]
    assert hasty_requests(log) == []


def test_requests_without_a_name() -> None:
    nameless = entry(0, 1, user_agent="")
    assert nameless_requests([nameless, entry(2, 3)]) == [nameless]


def test_requests_to_what_is_closed() -> None:
    web = make_web(num_municipalities=1, pages_per_site=1, with_hostile=True)
    host, closed = web.sites[0].host, HOSTILE["R05"].host
    log = [
        entry(0, 1, host=host, target="/intern/noget"),
        entry(0, 1, host=host, target="/"),
        entry(0, 1, host=closed, target="/lukket.html"),
        entry(0, 1, host=closed, target="/side-1.html"),
    ]
    assert closed_requests(log, web) == [log[0], log[2]]


def test_log_of_a_server_has_beginning_and_end() -> None:
    web = make_web(num_municipalities=1, pages_per_site=1)
    with KommunebyServer(web) as server:
        for _ in range(2):
            connection = http.client.HTTPConnection("127.0.1.1", server.port, timeout=5)
            connection.request("GET", "/", headers={"Host": web.sites[0].host, "User-Agent": "bot"})
            connection.getresponse().read()
            connection.close()
        log = list(server.log)
    assert all(each.time <= each.ended and not each.is_open for each in log)
    pause = by_host(log)[web.sites[0].host].shortest_pause_s
    assert pause is not None and 0 < pause < 5
