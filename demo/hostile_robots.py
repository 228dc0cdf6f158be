"""Hostile robots.txt files, and reservations that are easily misread (cases R1 to R14).

In: nothing. Out: a tuple of `HostileCase`. What is closed follows RFC 9309; a 429 for robots.txt is read as
"not now".
"""

import asyncio
from dataclasses import replace
from itertools import pairwise

from demo.hostile_case import SIDES, Certificate, HostileCase
from demo.wire import Behaviour, Wire, html, redirect

CLOSED = "/lukket.html"
FLOOD_BYTES = 10 * 1024 * 1024
TEXT = ("Content-Type", "text/plain; charset=utf-8")
RULES = f"User-agent: *\nDisallow: {CLOSED}\n"
_ARTICLE = "<p>Havnens isvinter kræver nye fortøjninger, og broen lukkes, mens arbejdet står på i de kolde uger.</p>"


def page(head: str = "", body: str = _ARTICLE) -> str:
    return f"<!DOCTYPE html><html><head><title>Side</title>{head}</head><body><main>{body}</main></body></html>"


async def _silence(wire: Wire) -> None:
    await wire.pause(3600)


def _status(status: int, *headers: tuple[str, str]) -> Behaviour:
    return html(b"User-agent: *\nDisallow: /\n", TEXT, *headers, status=status)


def _chain(length: int) -> dict[str, Behaviour]:
    """robots.txt behind so many redirects."""
    steps = ["/robots.txt", *(f"/robots-{number}.txt" for number in range(1, length + 1))]
    chain = {here: _moved(there) for here, there in pairwise(steps)}
    return {**chain, steps[-1]: html(RULES, TEXT)}


def _moved(location: str) -> Behaviour:
    return redirect(lambda _: location, status=301)


async def _changing(wire: Wire) -> None:
    """Open at first, closed for everybody afterwards; what was read counts for a day."""
    body = RULES if wire.attempt == 0 else "User-agent: *\nDisallow: /\n"
    await wire.answer(200, TEXT, body=body.encode())


async def _by_scheme(wire: Wire) -> None:
    body = RULES if wire.entry.scheme == "https" else "User-agent: *\nDisallow:\n"
    await wire.answer(200, TEXT, body=body.encode())


async def _flooded(wire: Wire) -> None:
    """The rule stands at the beginning; RFC 9309 §2.5 asks for at least 500 KiB to be read."""
    filler = b"# " + b"x" * 1021 + b"\n"
    lines = await asyncio.to_thread(lambda: RULES.encode() + filler * (FLOOD_BYTES // len(filler)))
    await wire.answer(200, TEXT, body=lines)


def _rules(
    case: str,
    does: str,
    robots: str | bytes,
    *,
    closed: tuple[str, ...] = (CLOSED,),
    opened: tuple[str, ...] = (),
    is_slow: bool = False,
) -> HostileCase:
    """A case that is all in the file; the paths are pages that it closes, or leaves open although it seems not to."""
    body = robots.encode() if isinstance(robots, str) else robots
    pages: dict[str, Behaviour] = {path: html(page()) for path in (*closed, *opened)}
    return HostileCase(
        id=case,
        does=does,
        behaviours={"/robots.txt": html(body, TEXT), **pages},
        hrefs=(*closed, *opened),
        closed_paths=closed,
        more_content=opened,
        is_slow=is_slow,
    )


def _served(case: str, does: str, behaviours: dict[str, Behaviour], **fields: object) -> HostileCase:
    """A case whose robots.txt is not an ordinary file; it closes one page, unless `fields` say otherwise."""
    given: dict[str, object] = {"hrefs": (CLOSED,), "closed_paths": (CLOSED,), **fields}
    return replace(
        HostileCase(id=case, does=does, behaviours={CLOSED: html(page()), **behaviours}),
        **given,  # type: ignore[arg-type]  # fields of HostileCase, all named above or by the caller
    )


_SHUT = {"is_intact": False, "closed_paths": ("/", *SIDES)}
_OPEN = {"closed_paths": (), "more_content": (CLOSED,)}
_UNKNOWN = {"closed_paths": ()}
_LATER = ("Retry-After", "3600")
_MATCHING = """User-agent: *
Disallow: /lukket.html

User-agent: enanden
Disallow: /

User-agent: *
Disallow: /mappe/
Allow: /mappe/aaben.html
Disallow: /*.aspx$
Disallow: /bl%C3%A5b%C3%A6r.html
"""
_MATCHED = (CLOSED, "/mappe/lukket.html", "/liste.aspx", "/bl%c3%a5b%c3%a6r.html")

ROBOTS_CASES: tuple[HostileCase, ...] = (
    _served("R01", "answers 503 for robots.txt: everything is closed", {"/robots.txt": _status(503)}, **_SHUT),
    _served("R02", "never answers for robots.txt: everything is closed", {"/robots.txt": _silence}, **_SHUT),
    _served("R03a", "has no robots.txt (404): everything is open", {"/robots.txt": _status(404)}, **_OPEN),
    _served("R03b", "answers 403 for robots.txt: everything is open", {"/robots.txt": _status(403)}, **_OPEN),
    _served("R03c", "answers 401 for robots.txt: everything is open", {"/robots.txt": _status(401)}, **_OPEN),
    _served("R03d", "answers 429 for robots.txt: not now", {"/robots.txt": _status(429, _LATER)}, **_SHUT),
    _served("R04a", "has robots.txt behind five redirects, which are followed", _chain(5)),
    _served("R04b", "has robots.txt behind six redirects, which need not be followed", _chain(6), **_UNKNOWN),
    _served(
        "R04c", "has robots.txt on its other host, whose rules count",
        {"/robots.txt": _moved("http://www.r04c.hostile.kommuneby.test/regler.txt"),
         "/regler.txt": html(RULES, TEXT)},
        other_hosts={"www.r04c.hostile.kommuneby.test": ""},
    ),
    _served("R05", "has a robots.txt of 10 MB, with the rule at its beginning", {"/robots.txt": _flooded}),
    _rules("R06a", "has a robots.txt with a byte order mark", b"\xef\xbb\xbf" + RULES.encode()),
    _rules("R06b", "ends the lines of robots.txt with CR alone", RULES.replace("\n", "\r")),
    _rules("R06c", "has a page instead of a robots.txt", page(body="Findes ikke"), closed=(), opened=("/aaben.html",)),
    _served("R07", "closes everything in robots.txt after it was read once", {"/robots.txt": _changing}),
    _served("R08", "has other rules for https than for http", {"/robots.txt": _by_scheme},
            certificate=Certificate.GOOD),
    _rules("R09a", "asks for 10 s between requests", RULES + "Crawl-delay: 10\n", is_slow=True),
    _rules("R09b", "asks for 30 years between requests", RULES + "Crawl-delay: 1000000000\n", is_slow=True),
    _rules("R09c", "asks for less than no time between requests", RULES + "Crawl-delay: -5\n"),
    _rules("R09d", "asks for a time that is no number", RULES + "Crawl-delay: nan\n"),
    _rules("R10", "spreads its rules over groups, with wildcards and percent signs", _MATCHING, closed=_MATCHED,
           opened=("/mappe/aaben.html", "/liste.aspx.html")),
    _served(
        "R11", "reserves pages in the body, in a comment, for another robot, and in a second header",
        {
            "/i-krop.html": html(page(body=f'<meta name="robots" content="noindex">{_ARTICLE}')),
            "/i-kommentar.html": html(page('<!-- <meta name="robots" content="noindex"> -->')),
            "/for-andre.html": html(page(), ("X-Robots-Tag", "enanden: noindex")),
            "/anden-linje.html": html(page(), ("X-Robots-Tag", "max-snippet: 20"), ("X-Robots-Tag", "noindex")),
        },
        hrefs=("/i-krop.html", "/i-kommentar.html", "/for-andre.html", "/anden-linje.html"), closed_paths=(),
        unkept_paths=("/i-krop.html", "/anden-linje.html"), more_content=("/i-kommentar.html", "/for-andre.html"),
    ),
    _served(
        "R12", "reserves pages against mining in tdmrep.json, and against it in a header",
        {
            "/.well-known/tdmrep.json": html(
                b'[{"location": "/forbeholdt/", "tdm-reservation": 1}, {"location": "/*.aspx", "tdm-reservation": 1}]',
                ("Content-Type", "application/json"),
            ),
            "/forbeholdt/side.html": html(page()),
            "/liste.aspx": html(page()),
            "/med-header.html": html(page(), ("tdm-reservation", "1"), ("tdm-policy", "https://policy.example/")),
            "/aaben.html": html(page()),
        },
        hrefs=("/forbeholdt/side.html", "/liste.aspx", "/med-header.html", "/aaben.html"), closed_paths=(),
        unkept_paths=("/forbeholdt/side.html", "/liste.aspx", "/med-header.html"), more_content=("/aaben.html",),
    ),
    _served(
        "R13", "reserves pages against training in robots.txt and in a header",
        {
            "/robots.txt": html("User-agent: *\nDisallow:\nContent-Usage: /forbeholdt/ train-ai=n\n", TEXT),
            "/forbeholdt/side.html": html(page()),
            "/med-header.html": html(page(), ("Content-Usage", "train-ai=n, search=y")),
            "/aaben.html": html(page(), ("Content-Usage", "train-ai=y")),
        },
        hrefs=("/forbeholdt/side.html", "/med-header.html", "/aaben.html"), closed_paths=(),
        unkept_paths=("/forbeholdt/side.html", "/med-header.html"), more_content=("/aaben.html",),
    ),
    _served(
        "R14", "has a link that must not be followed",
        {"/links.html": html(page(body=f'{_ARTICLE}<a rel="ugc nofollow" href="{CLOSED}">følg ikke</a>'))},
        hrefs=("/links.html",), more_content=("/links.html",),
    ),
)  # fmt: skip
