"""One request at a time on a host and on an address, with the pause behind each, first come first served."""

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from crawler.net.turns import Turns, TurnsClosedError

PAUSE_S = 0.05
A, B, C = ("host a", "address 1"), ("host b", "address 1"), ("host c", "address 2")


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(coroutine, 10))


class Visits:
    """Visits to hosts as the crawl makes them, with the times at which each began and ended."""

    def __init__(self, turns: Turns, work_s: float = 0.0) -> None:
        self.turns, self.work_s = turns, work_s
        self.log: list[tuple[str, float, float, float | None]] = []

    async def make(self, keys: Sequence[str], delay_s: float = PAUSE_S, num: int = 1) -> None:
        for _ in range(num):
            pause_s = await self.turns.take(dict.fromkeys(keys, delay_s))
            begun = time.monotonic()
            await asyncio.sleep(self.work_s)
            self.turns.end(dict.fromkeys(keys, delay_s))
            self.log.append((keys[0], begun, time.monotonic(), pause_s))

    @property
    def order(self) -> list[str]:
        return [name.removeprefix("host ") for name, *_ in self.log]

    def pauses(self, names: str) -> list[float]:
        """From each end to the next begin, of the named hosts together."""
        chosen = [visit for visit in self.log if visit[0].removeprefix("host ") in names]
        return [later[1] - earlier[2] for earlier, later in itertools.pairwise(chosen)]


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(0)


def test_first_turn_is_at_once_and_has_no_pause() -> None:
    async def check() -> None:
        assert await Turns().take(dict.fromkeys(A, 60.0)) is None

    run(check())


def test_pause_runs_from_the_end_of_one_to_the_start_of_the_next() -> None:
    async def check() -> None:
        visits = Visits(Turns(), work_s=0.02)
        await visits.make(A, num=4)
        assert min(visits.pauses("a")) >= PAUSE_S
        told = [pause_s for *_, pause_s in visits.log[1:]]
        assert [pause_s is not None and PAUSE_S <= pause_s < PAUSE_S * 2 for pause_s in told] == [True] * 3

    run(check())


def test_two_hosts_on_one_address_alternate_with_the_pause_between() -> None:
    async def check() -> None:
        visits = Visits(Turns())
        await asyncio.gather(visits.make(A, num=3), visits.make(B, num=3))
        assert visits.order == ["a", "b"] * 3
        assert min(visits.pauses("ab")) >= PAUSE_S

    run(check())


def test_another_address_does_not_wait() -> None:
    async def check() -> None:
        visits = Visits(Turns())
        begun = time.monotonic()
        await visits.make(A)
        await visits.make(C)
        assert time.monotonic() - begun < PAUSE_S

    run(check())


def test_never_two_at_once_on_an_address_among_many() -> None:
    async def check() -> None:
        visits = Visits(Turns(), work_s=0.002)
        hosts = [(f"host {number}", f"address {number % 3}") for number in range(12)]
        await asyncio.gather(*(visits.make(keys, delay_s=0.003, num=3) for keys in hosts))
        for address in range(3):
            names = [str(number) for number in range(12) if number % 3 == address]
            chosen = sorted(visit[1:3] for visit in visits.log if visit[0].removeprefix("host ") in names)
            assert all(later[0] - earlier[1] >= 0.003 for earlier, later in itertools.pairwise(chosen))
            assert len(chosen) == 12

    run(check())


def test_first_come_first_served_also_for_one_that_waits_longer() -> None:
    async def check() -> None:
        visits = Visits(Turns())
        await visits.make(A)
        patient = asyncio.ensure_future(visits.make(B, delay_s=PAUSE_S * 3))
        await until(lambda: visits.turns.num_waiting("address 1") == 1)
        await asyncio.gather(patient, visits.make(A, num=2))
        assert visits.order == ["a", "b", "a", "a"]
        assert visits.pauses("ab")[0] >= PAUSE_S * 3

    run(check())


def test_pause_asked_for_at_the_end_holds_for_who_comes_next() -> None:
    async def check() -> None:
        turns = Turns()
        await turns.take(dict.fromkeys(A, 0.0))
        turns.end(dict.fromkeys(A, PAUSE_S))
        pause_s = await turns.take(dict.fromkeys(B, 0.0))
        assert pause_s is not None
        assert pause_s >= PAUSE_S

    run(check())


def test_shortest_pause_of_the_keys_is_told() -> None:
    async def check() -> None:
        turns = Turns()
        await turns.take(dict.fromkeys(A, 0.0))
        turns.end(dict.fromkeys(A, 0.0))
        await asyncio.sleep(PAUSE_S)
        await turns.take(dict.fromkeys(B, 0.0))
        turns.end(dict.fromkeys(B, 0.0))
        pause_s = await turns.take(dict.fromkeys(A, 0.0))
        assert pause_s is not None
        assert pause_s < PAUSE_S

    run(check())


def test_nobody_starts_during_a_rest() -> None:
    async def check() -> None:
        turns = Turns()
        turns.rest(["address 1"], PAUSE_S)
        begun = time.monotonic()
        assert await turns.take(dict.fromkeys(A, 0.0)) is None
        assert time.monotonic() - begun >= PAUSE_S

    run(check())


def test_rest_holds_one_who_waits_already() -> None:
    async def check() -> None:
        visits = Visits(Turns())
        await visits.make(A)
        waiting = asyncio.ensure_future(visits.make(A))
        await until(lambda: visits.turns.num_waiting("host a") == 1)
        visits.turns.rest(["host a"], PAUSE_S * 3)
        await waiting
        assert visits.pauses("a")[0] >= PAUSE_S * 3 - 0.01

    run(check())


def test_clock_decides_not_the_timer() -> None:
    async def check() -> None:
        now = [100.0]
        turns = Turns(lambda: now[0])
        await turns.take(dict.fromkeys(A, 0.0))
        turns.end(dict.fromkeys(A, 0.02))
        task = asyncio.ensure_future(turns.take(dict.fromkeys(A, 0.02)))
        await asyncio.sleep(0.1)
        assert not task.done()
        now[0] += 7.0
        assert await task == 7.0

    run(check())


@pytest.mark.parametrize("is_given", [False, True])
def test_cancelled_turn_leaves_nothing_held(is_given: bool) -> None:
    async def check() -> None:
        turns = Turns()
        await turns.take(dict.fromkeys(A, 0.0))
        cancelled = asyncio.ensure_future(turns.take(dict.fromkeys(B, 0.0)))
        behind = asyncio.ensure_future(turns.take(dict.fromkeys(B, 0.0)))
        await until(lambda: turns.num_waiting("address 1") == 2)
        if is_given:
            turns.end(dict.fromkeys(A, 0.0))  # gives the turn, which the cancelled one does not come to take any more
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
        if not is_given:
            turns.end(dict.fromkeys(A, 0.0))
        await behind
        assert cancelled.cancelled()
        assert (turns.num_waiting("address 1"), turns.num_waiting("host b")) == (0, 0)
        turns.end(dict.fromkeys(B, 0.0))
        await turns.take(dict.fromkeys(A, 0.0))

    run(check())


def test_cancelled_first_lets_the_next_go_before_the_long_pause_of_the_first() -> None:
    async def check() -> None:
        turns = Turns()
        await turns.take(dict.fromkeys(A, 0.0))
        turns.end(dict.fromkeys(A, 0.0))
        first = asyncio.ensure_future(turns.take(dict.fromkeys(A, 60.0)))
        second = asyncio.ensure_future(turns.take(dict.fromkeys(B, 0.0)))
        await until(lambda: turns.num_waiting("address 1") == 2)
        first.cancel()
        await second

    run(check())


def test_at_the_end_of_the_crawl_all_who_wait_are_sent_home() -> None:
    async def check() -> None:
        turns = Turns()
        await turns.take(dict.fromkeys(A, 0.0))
        turns.end(dict.fromkeys(A, 60.0))
        tasks = [asyncio.ensure_future(turns.take(dict.fromkeys(keys, 0.0))) for keys in (A, B)]
        await until(lambda: turns.num_waiting("address 1") == 2)
        turns.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [TurnsClosedError] * 2 == [type(result) for result in results]
        with pytest.raises(TurnsClosedError):
            await turns.take(dict.fromkeys(C, 0.0))

    run(check())
