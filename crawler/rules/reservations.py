"""Whether a page is reserved: by its headers, by itself, or by a file of its host.

In: header fields, the page's meta elements, /.well-known/tdmrep.json, robots.txt. Out: Signals, with the first
reservation that stands and whether links are followed. What a reservation leads to is decided elsewhere.

What reserves a page: `noindex` or `none` (one who wants no search engine to show a page wants it in no corpus either),
`noai`, TDMRep (W3C community report of 10 May 2024), and a statement against training (content_usage.py). `noimageai`
is about pictures only. Names and directives in any case; those addressed to another robot are not for us.

TDMRep ranks its three places: a header stands above tdmrep.json, and a meta element above both, so that
`tdm-reservation: 0` in one lifts the 1 of another. Nothing lifts a reservation of another kind.
"""

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.rules.content_usage import allows_training
from crawler.rules.path_patterns import path_octets
from crawler.rules.robots import AGENT_TOKEN, Robots
from crawler.rules.tdmrep import reserving_rule

MAX_SOURCE_CHARS = 200
# X-Robots-Tag directives that have a value of their own; any other name before a colon is a robot's.
_DIRECTIVES_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
_AGENT_PREFIX = re.compile(r"\s*([A-Za-z][\w-]*|\*)\s*:(.*)", re.DOTALL)
_BETWEEN_DIRECTIVES = re.compile(r"[\s,;]+")


class ReservationKind(enum.StrEnum):
    NOINDEX = "noindex"
    NOAI = "noai"
    TDM = "tdm"
    CONTENT_USAGE = "content-usage"


@dataclass(frozen=True, kw_only=True)
class Reservation:
    kind: ReservationKind
    source: str  # "X-Robots-Tag: noindex", as it was written, at most MAX_SOURCE_CHARS


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What one place, or several together, say about a page."""

    reservation: Reservation | None
    follows_links: bool
    permits_tdm: bool = False  # it says "tdm-reservation: 0", which lifts what a lower place reserved


def header_signals(headers: Sequence[tuple[str, str]]) -> Signals:
    """Signals of all header fields of an answer, in order, with repeated ones."""
    fields = [(name.strip().lower(), value) for name, value in headers]
    directives = [
        (directive, f"X-Robots-Tag: {value}")
        for name, value in fields
        if name == "x-robots-tag"
        for directive in _directives_for_us(value)
    ]
    usage = ", ".join(value for name, value in fields if name == "content-usage")  # one dictionary (RFC 9651)
    found = list(_robots_reservations(directives))
    if allows_training(usage) is False:
        found.append(_reservation(ReservationKind.CONTENT_USAGE, f"Content-Usage: {usage}"))
    values = [part for name, value in fields if name == "tdm-reservation" for part in value.split(",")]
    return _signals(directives, found, values, "tdm-reservation: 1")


def page_signals(metas: Sequence[tuple[str, str]]) -> Signals:
    """Signals of a page's meta elements, (name, content) each."""
    directives = [
        (directive, f"meta {name}: {content}")
        for name, content in metas
        if name.strip().lower() in ("robots", AGENT_TOKEN)
        for directive in _BETWEEN_DIRECTIVES.split(content.lower())
    ]
    values = [content for name, content in metas if name.strip().lower() == "tdm-reservation"]
    return _signals(directives, list(_robots_reservations(directives)), values, "meta tdm-reservation: 1")


def tdmrep_reservation(tdmrep_json: bytes, path: str) -> Reservation | None:
    """What the host's /.well-known/tdmrep.json says of a path (with its query); a broken file says nothing."""
    written = reserving_rule(tdmrep_json, path)
    return _reservation(ReservationKind.TDM, f"tdmrep.json: {written}") if written else None


def robots_reservation(robots: Robots, url: str) -> Reservation | None:
    """What robots.txt says of training on a URL: of the longest matches, the refusal."""
    octets = path_octets(url)
    matching = [rule for rule in robots.content_usage if rule.pattern.matches(octets)]
    for name in sorted({rule.name for rule in matching}):
        own = [rule for rule in matching if rule.name == name]
        longest = max(rule.pattern.num_octets for rule in own)
        for rule in own:
            if rule.pattern.num_octets == longest and rule.allows_training is False:
                return _reservation(ReservationKind.CONTENT_USAGE, f"robots.txt {rule.written}")
    return None


def merged(*signals: Signals) -> Signals:
    """All together: tdmrep.json first, then header, then page, as TDMRep ranks them."""
    lasting, tdm, permits_tdm = None, None, False
    for signal in signals:
        if signal.permits_tdm:
            tdm, permits_tdm = None, True
        if signal.reservation and signal.reservation.kind is ReservationKind.TDM:
            tdm, permits_tdm = tdm or signal.reservation, False
        else:
            lasting = lasting or signal.reservation
    follows_links = all(signal.follows_links for signal in signals)
    return Signals(reservation=lasting or tdm, follows_links=follows_links, permits_tdm=permits_tdm)


def _directives_for_us(value: str) -> Iterator[str]:
    """The directives of an X-Robots-Tag field: a robot's name before a colon holds until the next one."""
    is_for_us = True
    for part in value.lower().split(","):
        prefix = _AGENT_PREFIX.fullmatch(part)
        if prefix and prefix[1] not in _DIRECTIVES_WITH_VALUE:
            is_for_us, part = prefix[1] in (AGENT_TOKEN, "*"), prefix[2]
        if is_for_us:
            yield from _BETWEEN_DIRECTIVES.split(part)


def _robots_reservations(directives: Sequence[tuple[str, str]]) -> Iterator[Reservation]:
    for directive, source in directives:
        if directive in ("noindex", "none"):
            yield _reservation(ReservationKind.NOINDEX, source)
        elif directive == "noai":
            yield _reservation(ReservationKind.NOAI, source)


def _signals(
    directives: Sequence[tuple[str, str]], found: list[Reservation], tdm_values: Sequence[str], tdm_source: str
) -> Signals:
    """The first of what was found; TDM last, because it alone can be lifted. Of a 0 and a 1 the 1 stands."""
    told = {value.strip() for value in tdm_values}
    if "1" in told:
        found.append(_reservation(ReservationKind.TDM, tdm_source))
    return Signals(
        reservation=found[0] if found else None,
        follows_links=not any(directive in ("nofollow", "none") for directive, _ in directives),
        permits_tdm="0" in told and "1" not in told,
    )


def _reservation(kind: ReservationKind, source: str) -> Reservation:
    written = source.encode("utf-8", "replace").decode()  # JSON may hold half of a surrogate pair
    return Reservation(kind=kind, source=" ".join(written.split())[:MAX_SOURCE_CHARS])
