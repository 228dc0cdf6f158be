import sqlite3

import pytest

from crawler import frontier as states
from crawler.frontier import PAGE, ROBOTS, SITEMAP, Frontier

NOW = 1_000.0


def order(frontier: Frontier, now: float = NOW) -> list[str]:
    leases = []
    while lease := frontier.lease(now):
        leases.append(lease.url)
    return leases


def url(path: str) -> str:
    return f"http://nordby.test{path}"


def test_leases_come_in_one_total_order(frontier: Frontier) -> None:
    frontier.add([url("/l2"), url("/l3")], priority=states.PRIORITY_LINK, depth=2)
    frontier.add([url("/l1")], priority=states.PRIORITY_LINK, depth=1)
    frontier.add([url("/m")], priority=states.PRIORITY_SITEMAP_PAGE, depth=1)
    frontier.add([url("/sitemap.xml")], kind=SITEMAP, priority=states.PRIORITY_SITEMAP)
    frontier.add([url("/")], priority=states.PRIORITY_SEED)
    frontier.add([url("/robots.txt")], kind=ROBOTS, priority=states.PRIORITY_ROBOTS)
    expected = [url(path) for path in ("/robots.txt", "/", "/sitemap.xml", "/m", "/l1", "/l2", "/l3")]
    assert expected == order(frontier)
    assert frontier.lease(NOW) is None, "nothing is leased twice"


def test_twins_are_added_once_and_robots_for_each_host(frontier: Frontier) -> None:
    twins = ["http://a.test/x", "https://a.test/x", "http://www.a.test/x"]
    assert frontier.add(twins, priority=states.PRIORITY_LINK) == 1
    assert frontier.add(["https://www.a.test/x"], priority=states.PRIORITY_SEED) == 0
    robots = ["http://a.test/robots.txt", "http://www.a.test/robots.txt"]
    assert frontier.add(robots, kind=ROBOTS, priority=states.PRIORITY_ROBOTS) == 2


def test_transaction_that_fails_leaves_nothing(frontier: Frontier) -> None:
    frontier.add([url("/")], priority=states.PRIORITY_SEED)
    lease = frontier.lease(NOW)
    assert lease
    with pytest.raises(ZeroDivisionError), frontier.transaction():
        frontier.settle(lease, states.DONE, status=200)
        frontier.add([url("/a")], priority=states.PRIORITY_LINK)
        frontier.set_fact("stopped", "x")
        raise ZeroDivisionError
    assert (frontier.totals().waiting, frontier.totals().done) == (1, 0)
    assert frontier.fact("stopped") is None
    with frontier.transaction():
        frontier.settle(lease, states.DONE, status=200)
    assert (frontier.totals().waiting, frontier.totals().done) == (0, 1)


def test_what_was_in_flight_waits_again_at_the_next_opening(frontier: Frontier) -> None:
    frontier.add([url("/a"), url("/b"), url("/c")], priority=states.PRIORITY_LINK)
    done, in_flight = frontier.lease(NOW), frontier.lease(NOW)
    assert done and in_flight
    frontier.settle(done, states.DONE, status=200)
    reader = Frontier(frontier.path.parent)
    assert [url("/c")] == order(reader), "to open it is not to begin: a status command may look at a running crawl"
    reader.close()
    again = Frontier(frontier.path.parent)
    again.begin()
    assert [in_flight.url, url("/c")] == order(again)
    again.close()


def test_postponed_url_waits_for_its_time_and_counts_its_tries(frontier: Frontier) -> None:
    frontier.add([url("/a")], priority=states.PRIORITY_LINK)
    lease = frontier.lease(NOW)
    assert lease
    frontier.postpone(lease, not_before=NOW + 60, reason="status 503")
    assert (frontier.lease(NOW + 59), frontier.next_due()) == (None, NOW + 60)
    later = frontier.lease(NOW + 60)
    assert later
    assert (lease.tries, later.tries) == (0, 1)
    frontier.give_back(later)
    assert (again := frontier.lease(NOW + 60)) and again.tries == 1, "to give back is not a try"


def test_new_start_forgets_waits_and_tries_and_takes_failures_up_again(frontier: Frontier) -> None:
    frontier.add([url("/a"), url("/b"), url("/c")], priority=states.PRIORITY_LINK)
    for end in (
        lambda lease: frontier.postpone(lease, not_before=NOW + 1e6, reason="status 503"),
        lambda lease: frontier.settle(lease, states.FAILED, reason="refused"),
        lambda lease: frontier.settle(lease, states.EXCLUDED, reason="robots.txt"),
    ):
        end(frontier.lease(NOW))
    assert order(frontier) == []
    frontier.begin()
    lease = frontier.lease(NOW)
    assert lease and lease.tries == 0
    frontier.give_back(lease)
    assert [url("/a"), url("/b")] == order(frontier)
    assert frontier.totals().excluded == 1


def test_committed_ends_are_the_furthest_of_each_file(frontier: Frontier) -> None:
    for file, end in (("a", 10), ("a", 30), ("b", 5), (None, None)):
        frontier.db.execute(
            "insert into request (time, method, url, bytes, warc_file, warc_end) values ('', 'GET', '', 0, ?, ?)",
            (file, end),
        )
    assert frontier.committed_ends() == {"a": 30, "b": 5}


def test_counts_of_what_was_not_taken_add_up(frontier: Frontier) -> None:
    frontier.count_not_taken({"pdf": 2, "other host": 1})
    frontier.count_not_taken({"pdf": 3})
    assert dict(frontier.db.execute("select * from not_taken")) == {"pdf": 5, "other host": 1}


def test_redirect_to_a_twin_goes_on_in_the_same_row(frontier: Frontier) -> None:
    frontier.add(["http://a.test/"], priority=states.PRIORITY_SEED)
    lease = frontier.lease(NOW)
    assert lease
    frontier.point_to(lease, "https://www.a.test/")
    twin = frontier.lease(NOW)
    assert twin and (lease.id, "https://www.a.test/", "www.a.test", 1) == (twin.id, twin.url, twin.host, twin.hops)
    assert twin.kind == PAGE


def test_writes_survive_a_process_that_ends_without_closing(frontier: Frontier) -> None:
    with frontier.transaction():
        frontier.add([url("/a")], priority=states.PRIORITY_LINK)
    with sqlite3.connect(frontier.path) as other:
        assert other.execute("select count(*) from url").fetchone() == (1,)
    other.close()
