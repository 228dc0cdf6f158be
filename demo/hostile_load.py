"""Hosts that cannot or will not answer: shared addresses, 429, slowness, storms of errors, walls (cases L1 to L5).

In: nothing. Out: a tuple of `HostileCase`.
"""

import email.utils
import time

from demo.hostile_case import HostileCase
from demo.hostile_robots import page
from demo.wire import Behaviour, Wire, html

BUSY = "/travl.html"
PAUSE_S = 2
ABSURD_S = 10**9
LATENCY_S = 0.05  # for each request of the last second
_WALL = """<!DOCTYPE html><html><head><title>Et øjeblik</title></head>
<body><h1>Vi kontrollerer din browser</h1><p>Slå JavaScript og cookies til for at fortsætte.</p>
<form id="challenge-form" action="/cdn-cgi/challenge" method="POST"><input type="hidden" name="r" value="1"></form>
<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/jsch/v1"></script></body></html>"""
_LOGIN = """<!DOCTYPE html><html><head><title>Log ind</title></head><body><h1>Log ind</h1>
<form action="/login" method="post"><input name="user"><input type="password" name="password"></form>
<p>Du skal logge ind for at se siden.</p></body></html>"""


def _limited(*, seconds: int = PAUSE_S, as_date: bool = False) -> Behaviour:
    """429 at first, the page afterwards."""

    async def behave(wire: Wire) -> None:
        if wire.attempt > 0 and seconds != ABSURD_S:
            return await html(page())(wire)
        now = time.time()
        wire.entry.retry_after_s = int(now + seconds) - now if as_date else seconds  # a date has whole seconds
        written = email.utils.formatdate(int(now + seconds), usegmt=True) if as_date else str(seconds)
        return await wire.answer(429, ("Retry-After", written), body=b"For mange\n")

    return behave


async def _slower(wire: Wire) -> None:
    """The more requests, the longer each takes."""
    await wire.pause(LATENCY_S * wire.busy * wire.busy)
    await html(page())(wire)


def _limited_case(letter: str, does: str, behaviour: Behaviour, *, is_served: bool = True) -> HostileCase:
    return HostileCase(
        id=f"L02{letter}",
        does=does,
        behaviours={BUSY: behaviour},
        more_content=(BUSY,) if is_served else (),
        is_slow=not is_served,
    )


LOAD_CASES: tuple[HostileCase, ...] = (
    HostileCase(id="L01a", does="lives at one address with another site"),
    HostileCase(id="L01b", does="lives at that address too", shares_with="L01a"),
    _limited_case("a", "answers 429 once and asks for two seconds", _limited()),
    _limited_case("b", "answers 429 once and names the time to come back", _limited(as_date=True)),
    _limited_case("c", "answers 429 and asks for 30 years", _limited(seconds=ABSURD_S), is_served=False),
    HostileCase(id="L03", does="answers the slower the more it is asked",
                behaviours={f"/langsom-{number}.html": _slower for number in range(5)}),
    HostileCase(id="L04", does="answers 503 to everything but robots.txt", is_intact=False,
                behaviours={path: html(b"Utilgaengelig\n", status=503) for path in ("/", "/side-*")}),
    HostileCase(id="L05a", does="answers with a wall against robots, with the status 200",
                behaviours={f"/mur-{number}.html": html(_WALL) for number in range(3)},
                unkept_paths=tuple(f"/mur-{number}.html" for number in range(3))),
    HostileCase(id="L05b", does="answers with a page to log in, with the status 200",
                behaviours={f"/indre-{number}.html": html(_LOGIN) for number in range(3)}),
)  # fmt: skip
