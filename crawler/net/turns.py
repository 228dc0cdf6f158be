"""Whose turn it is to speak to a host and to an address.

In: keys (a host, an address), each with its pause. Out: a turn, when the keys are free and rested. One request at a
time on each key; the pause runs from the end of one to the start of the next. First come, first served.
Within one event loop; does not know what a request is.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field


class TurnsClosedError(Exception):
    """The crawl ends; nobody gets another turn."""


@dataclass(eq=False)
class _Key:
    waiting: "deque[_Waiter]" = field(default_factory=deque)
    is_taken: bool = False
    ended_at: float | None = None
    rests_until: float = -math.inf

    def may_start_at(self, delay_s: float) -> float:
        return self.rests_until if self.ended_at is None else max(self.rests_until, self.ended_at + delay_s)


@dataclass(eq=False)
class _Waiter:
    delays: dict[_Key, float]
    turn: "asyncio.Future[float | None]"
    timer: asyncio.TimerHandle | None = None

    def may_start_at(self) -> float:
        return max(key.may_start_at(delay_s) for key, delay_s in self.delays.items())


class Turns:
    """Who may speak next to a host and to an address: one request at a time on each, with a pause behind each end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._keys: dict[str, _Key] = {}
        self._is_closed = False

    async def take(self, delays: Mapping[str, float]) -> float | None:
        """Wait until all keys are free, and the last end on each is as many seconds ago as its pause.

        Gives the shortest pause since the last end on any of them; None where there was none before.
        Raises TurnsClosedError once `close` was called.
        """
        if self._is_closed:
            raise TurnsClosedError
        mine = {self._keys.setdefault(key, _Key()): delay_s for key, delay_s in delays.items()}
        waiter = _Waiter(delays=mine, turn=asyncio.get_running_loop().create_future())
        for key in mine:
            key.waiting.append(waiter)
        self._advance(mine)
        try:
            return await waiter.turn
        except BaseException:
            self._leave(waiter)
            raise

    def end(self, delays: Mapping[str, float]) -> None:
        """The next start on each key is at least its pause from now; a waiter that asked for more waits for more."""
        now = self._clock()
        mine = {self._keys[key]: delay_s for key, delay_s in delays.items()}
        for key, delay_s in mine.items():
            key.is_taken = False
            key.ended_at = now
            key.rests_until = max(key.rests_until, now + delay_s)
        self._advance(mine)

    def rest(self, keys: Sequence[str], seconds: float) -> None:
        """Nobody starts on the keys before: after a restart we do not know how long ago the last request was."""
        for name in keys:
            key = self._keys.setdefault(name, _Key())
            key.rests_until = max(key.rests_until, self._clock() + seconds)

    def num_waiting(self, key: str) -> int:
        return len(self._keys[key].waiting) if key in self._keys else 0

    def close(self) -> None:
        """Send all who wait home: the crawl ends, and a long pause must not hold it up."""
        self._is_closed = True
        for waiter in {waiter for key in self._keys.values() for waiter in key.waiting}:
            if not waiter.turn.done():
                waiter.turn.set_exception(TurnsClosedError())

    def _advance(self, keys: Iterable[_Key]) -> None:
        """Let start who is first on all of its keys, or set its clock."""
        for waiter in {key.waiting[0] for key in keys if key.waiting}:
            if any(key.is_taken or key.waiting[0] is not waiter for key in waiter.delays):
                continue
            wait_s = waiter.may_start_at() - self._clock()
            if waiter.timer is not None:
                waiter.timer.cancel()
            if wait_s > 0:
                waiter.timer = asyncio.get_running_loop().call_later(wait_s, self._advance, waiter.delays)
            elif not waiter.turn.done():
                self._start(waiter)

    def _start(self, waiter: _Waiter) -> None:
        ends = [key.ended_at for key in waiter.delays if key.ended_at is not None]
        for key in waiter.delays:
            key.waiting.popleft()
            key.is_taken = True
        waiter.turn.set_result(self._clock() - max(ends) if ends else None)

    def _leave(self, waiter: _Waiter) -> None:
        """A turn that was given but is not used any more frees its keys: nothing was sent."""
        if waiter.timer is not None:
            waiter.timer.cancel()
        for key in waiter.delays:
            if waiter in key.waiting:
                key.waiting.remove(waiter)
            else:
                key.is_taken = False
        self._advance(waiter.delays)
