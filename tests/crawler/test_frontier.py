import sqlite3

import pytest

from crawler import frontier as states
from crawler.frontier import PAGE, ROBOTS, SITEMAP, TDMREP, Found, Frontier
from crawler.telling.reading import frontier_read
from foundation.errors import BrokenRunError

NOW = 1_000.0


def order(frontier: Frontier, now: float = NOW) -> list[str]:
    leases = []
    while lease := frontier.lease(now):
        leases.append(lease.url)
    return leases


def url(path: str) -> str:
    return f"http://nordby.test{path}"


def test_leases_come_in_one_total_order(frontier: Frontier) -> None:
    frontier.add([url("/l2"), url("/l3")], Found(priority=states.PRIORITY_LINK, depth=2))
    frontier.add([url("/l1")], Found(priority=states.PRIORITY_LINK, depth=1))
    frontier.add([url("/m")], Found(priority=states.PRIORITY_SITEMAP_PAGE, depth=1))
    frontier.add([url("/sitemap.xml")], Found(kind=SITEMAP, priority=states.PRIORITY_SITEMAP))
    frontier.add([url("/")], Found(priority=states.PRIORITY_SEED))
    frontier.add([url("/robots.txt")], Found(kind=ROBOTS, priority=states.PRIORITY_ROBOTS))
    expected = [url(path) for path in ("/robots.txt", "/", "/sitemap.xml", "/m", "/l1", "/l2", "/l3")]
    assert expected == order(frontier)
    assert frontier.lease(NOW) is None, "nothing is leased twice"


def test_twins_are_added_once_and_robots_for_each_host(frontier: Frontier) -> None:
    twins = ["http://a.test/x", "https://a.test/x", "http://www.a.test/x"]
    assert frontier.add(twins, Found(priority=states.PRIORITY_LINK)) == 1
    assert frontier.add(["https://www.a.test/x"], Found(priority=states.PRIORITY_SEED)) == 0
    robots = ["http://a.test/robots.txt", "http://www.a.test/robots.txt", "https://a.test/robots.txt"]
    assert frontier.add(robots, Found(kind=ROBOTS, priority=states.PRIORITY_ROBOTS)) == 3


def test_transaction_that_fails_leaves_nothing(frontier: Frontier) -> None:
    frontier.add([url("/")], Found(priority=states.PRIORITY_SEED))
    lease = frontier.lease(NOW)
    assert lease
    with pytest.raises(ZeroDivisionError), frontier.transaction():
        frontier.settle(lease, states.DONE, status=200)
        frontier.add([url("/a")], Found(priority=states.PRIORITY_LINK))
        frontier.set_fact("stopped", "x")
        raise ZeroDivisionError
    assert (frontier.totals().waiting, frontier.totals().done) == (1, 0)
    assert frontier.fact("stopped") is None
    with frontier.transaction():
        frontier.settle(lease, states.DONE, status=200)
    assert (frontier.totals().waiting, frontier.totals().done) == (0, 1)


def test_what_was_in_flight_waits_again_at_the_next_opening(frontier: Frontier) -> None:
    frontier.add([url("/a"), url("/b"), url("/c")], Found(priority=states.PRIORITY_LINK))
    done, in_flight = frontier.lease(NOW), frontier.lease(NOW)
    assert done and in_flight
    frontier.settle(done, states.DONE, status=200)
    with frontier_read(frontier.path.parent) as reader:
        states_seen = dict(reader.execute("select state, count(*) from url group by state"))
    assert states_seen == {"done": 1, "leased": 1, "waiting": 1}, "a status command may look at a running crawl"
    again = Frontier(frontier.path.parent)
    again.begin()
    assert [in_flight.url, url("/c")] == order(again)
    again.close()


def test_postponed_url_waits_for_its_time_and_counts_its_tries(frontier: Frontier) -> None:
    frontier.add([url("/a")], Found(priority=states.PRIORITY_LINK))
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
    frontier.add([url("/a"), url("/b"), url("/c")], Found(priority=states.PRIORITY_LINK))
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


def exchange(
    frontier: Frontier, url_id: int, file: str | None, offset: int | None, end: int | None, *, of: str = ""
) -> int:
    """A row of the ledger."""
    return frontier.db.execute(
        "insert into request (url_id, time, method, url, bytes, warc_file, warc_offset, warc_end)"
        " values (?, '', 'GET', ?, 0, ?, ?, ?) returning id", (url_id, of, file, offset, end),
    ).fetchone()[0]  # type: ignore[no-any-return]  # fmt: skip


def test_committed_ends_are_the_furthest_of_each_file(frontier: Frontier) -> None:
    for file, offset, end in (("a", 0, 10), ("a", 10, 30), ("b", 0, 5), (None, None, None)):
        exchange(frontier, 1, file, offset, end)
    assert frontier.committed_ends() == {"a": 30, "b": 5}


def test_exchange_that_did_not_reach_the_disk_is_uncommitted(frontier: Frontier) -> None:
    frontier.add([url("/a"), url("/b")], Found(priority=states.PRIORITY_LINK))
    for place in (0, 10):
        lease = frontier.lease(NOW)
        assert lease
        frontier.settle(lease, states.DONE, status=200)
        frontier.db.execute(
            "insert into capture (url_id, url, kind, status, payload_digest, body_sha256, warc_file, warc_offset,"
            " warc_length, fetched_at) values (?, ?, 'page', 200, '', '', 'a', ?, 5, '')", (lease.id, lease.url, place),
        )  # fmt: skip
        last = exchange(frontier, lease.id, "a", place, place + 10, of=lease.url)
    frontier.forget_exchanges([last])
    assert frontier.committed_ends() == {"a": 10}
    assert (frontier.totals().waiting, frontier.totals().done, frontier.totals().num_pages) == (1, 1, 1)
    assert order(frontier) == [url("/b")]
    assert frontier.db.execute("select count(*) from request").fetchone() == (2,), "it was asked for, after all"


def test_totals_in_memory_are_those_of_the_rows(frontier: Frontier) -> None:
    frontier.add([url(f"/{number}") for number in range(6)], Found(priority=states.PRIORITY_LINK))
    frontier.add([url("/0")], Found(priority=states.PRIORITY_SEED))
    for state in (states.DONE, states.FAILED, states.EXCLUDED):
        lease = frontier.lease(NOW)
        assert lease
        frontier.settle(lease, state, reason="x")
    lease = frontier.lease(NOW)
    assert lease
    frontier.postpone(lease, not_before=NOW + 1, reason="y")
    totals = frontier.totals()
    assert (totals.waiting, totals.done, totals.failed, totals.excluded) == (3, 1, 1, 1)
    frontier.take_up("x")
    again = Frontier(frontier.path.parent)
    assert again.totals() == frontier.totals()
    again.close()


def test_forgiven_failure_was_no_try(frontier: Frontier) -> None:
    frontier.add([url("/a"), url("/b")], Found(priority=states.PRIORITY_LINK))
    first, second = frontier.lease(NOW), frontier.lease(NOW)
    assert first and second
    frontier.postpone(first, not_before=NOW + 600, reason="no route")
    frontier.settle(second, states.FAILED, reason="no route")
    frontier.forgive([first, second])
    again = [frontier.lease(NOW), frontier.lease(NOW)]
    assert [(lease.url, lease.tries) for lease in again if lease] == [(first.url, 0), (second.url, 0)]
    assert frontier.totals().failed == 0


def test_file_has_one_writer_and_the_last_who_opened_it_is_it(frontier: Frontier) -> None:
    frontier.add([url("/a")], Found(priority=states.PRIORITY_SEED))
    other = Frontier(frontier.path.parent)
    with pytest.raises(BrokenRunError, match="another process crawls this site now"), frontier.transaction():
        frontier.set_fact("stopped", "x")
    assert other.fact("stopped") is None
    with other.transaction():
        other.set_fact("stopped", "y")
    other.close()


def test_file_of_another_version_is_refused_with_a_sentence(frontier: Frontier) -> None:
    frontier.db.execute("pragma user_version = 1")
    with pytest.raises(BrokenRunError, match=r"another version of Tværkom \(format 1, this one has 3\); .* --fresh"):
        Frontier(frontier.path.parent)


def test_archive_is_synced_before_rows_go_into_the_file(frontier: Frontier) -> None:
    log = frontier.path.with_name("frontier.db-wal")
    frontier.add([url(f"/{number}") for number in range(500)], Found(priority=states.PRIORITY_LINK))
    size, seen = frontier.path.stat().st_size, []
    frontier.checkpoint(lambda: seen.append((frontier.path.stat().st_size, log.stat().st_size > 0)))
    assert seen == [(size, True)], "nothing was carried over before the archive was safe"
    assert frontier.path.stat().st_size > size


def test_rules_of_hosts_are_kept_apart_by_scheme(frontier: Frontier) -> None:
    both = ["http://a.test/.well-known/tdmrep.json", "https://a.test/.well-known/tdmrep.json"]
    assert frontier.add(both, Found(kind=TDMREP, priority=states.PRIORITY_ROBOTS)) == 2


def test_redirect_to_a_twin_goes_on_in_the_same_row(frontier: Frontier) -> None:
    frontier.add(["http://a.test/"], Found(priority=states.PRIORITY_SEED))
    lease = frontier.lease(NOW)
    assert lease
    frontier.point_to(lease, "https://www.a.test/")
    twin = frontier.lease(NOW)
    assert twin and (lease.id, "https://www.a.test/", "www.a.test", 1) == (twin.id, twin.url, twin.host, twin.hops)
    assert twin.kind == PAGE


def test_writes_survive_a_process_that_ends_without_closing(frontier: Frontier) -> None:
    with frontier.transaction():
        frontier.add([url("/a")], Found(priority=states.PRIORITY_LINK))
    with sqlite3.connect(frontier.path) as other:
        assert other.execute("select count(*) from url").fetchone() == (1,)
    other.close()
