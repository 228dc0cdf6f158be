import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.rules.content_usage import MAX_STATEMENT_CHARS, allows_training
from crawler.rules.reservations import (
    MAX_SOURCE_CHARS,
    Reservation,
    ReservationKind,
    Signals,
    header_signals,
    merged,
    page_signals,
    robots_reservation,
    tdmrep_reservation,
)
from crawler.rules.robots import read_robots

NOINDEX, NOAI, TDM, USAGE = ReservationKind


def _kind(signals: Signals) -> ReservationKind | None:
    return signals.reservation.kind if signals.reservation else None


@pytest.mark.parametrize(
    ("written", "kind", "follows_links"),
    [
        ("noindex", NOINDEX, True),
        ("NoIndex", NOINDEX, True),
        ("none", NOINDEX, False),
        ("noindex, nofollow", NOINDEX, False),
        ("noindex,follow", NOINDEX, True),
        ("noindex nofollow", NOINDEX, False),
        ("nofollow", None, False),
        ("index, follow", None, True),
        ("all", None, True),
        ("noai", NOAI, True),
        ("noai, noimageai", NOAI, True),
        ("noimageai", None, True),
        ("noarchive, nosnippet", None, True),
        ("max-snippet: 0, noindex", NOINDEX, True),
        ("index, noindex", NOINDEX, True),
        ("unavailable_after: 25 Jun 2010 15:00:00 PST", None, True),
        ("unavailable_after: Fri, 25 Jun 2010 15:00:00 GMT, noindex", NOINDEX, True),
        ("", None, True),
    ],
)
def test_directives_mean_the_same_in_header_and_page(
    written: str, kind: ReservationKind | None, follows_links: bool
) -> None:
    for signals in (header_signals([("X-Robots-Tag", written)]), page_signals([("robots", written)])):
        assert (kind, follows_links) == (_kind(signals), signals.follows_links)


@pytest.mark.parametrize(
    ("values", "kind", "follows_links"),
    [
        (["googlebot: noindex"], None, True),
        (["googlebot: noindex, nofollow"], None, True),
        (["tvaerkom: noindex"], NOINDEX, True),
        (["Tvaerkom : NOINDEX"], NOINDEX, True),
        (["*: noindex"], NOINDEX, True),
        (["googlebot: index, tvaerkom: noindex, nofollow"], NOINDEX, False),
        (["tvaerkom: nofollow, googlebot: noindex"], None, False),
        (["noindex, googlebot: nofollow"], NOINDEX, True),
        (["googlebot: nofollow", "noindex"], NOINDEX, True),  # a new field addresses everyone again
        (["googlebot: unavailable_after: 25 Jun 2010 15:00:00 PST"], None, True),
        (["unavailable_after: 2010-06-25T15:00:00", "noai"], NOAI, True),
    ],
)
def test_header_for_another_robot_is_not_for_us(
    values: list[str], kind: ReservationKind | None, follows_links: bool
) -> None:
    signals = header_signals([("x-robots-tag", value) for value in values])
    assert (kind, follows_links) == (_kind(signals), signals.follows_links)


@pytest.mark.parametrize(
    ("name", "kind"), [("ROBOTS", NOINDEX), (" Tvaerkom ", NOINDEX), ("googlebot", None), ("description", None)]
)
def test_meta_elements_are_known_by_their_name(name: str, kind: ReservationKind | None) -> None:
    assert kind is _kind(page_signals([("viewport", "noindex"), (name, "noindex")]))


def test_source_is_what_was_written() -> None:
    header = header_signals([("x-robots-tag", "noarchive,  NOINDEX")]).reservation
    assert header == Reservation(kind=NOINDEX, source="X-Robots-Tag: noarchive, NOINDEX")
    page = page_signals([("Robots", "none")]).reservation
    assert page == Reservation(kind=NOINDEX, source="meta Robots: none")
    long = header_signals([("X-Robots-Tag", "noindex" + ", nosnippet" * 100)]).reservation
    assert long
    assert len(long.source) == MAX_SOURCE_CHARS


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("train-ai=n", False), ("train-ai=y", True), ("search=y, train-ai=n", False), ("train-ai=n;reason=a", False),
        ('train-ai=n, other="a, train-ai=y"', False), ("other=(a b;c), train-ai=n", False),
        ("x=:aGk=:,train-ai=n", False),
        ("x=?1, y=-1.5, z=@1659578233, train-ai=n", False), ("train-ai=y,\ttrain-ai=n", False),
        ("train-ai=n, train-ai=y", True),   # the last value counts
        ("train-ai=n, train-ai", None),     # a key alone is the boolean true
        ('train-ai="n"', None), ("train-ai=no", None), ("train-ai=(n)", None), ("train-ai=0", None), ("train-ai", None),
        ("ai=n", None), ("genai=n, tdm=n", None),   # labels of the drafts' first versions
        ("Train-AI=n", None), ("train-ai=n,", None), ("train-ai=n; Search", None), ("train-ai=n search=y", None),
        ("train-ai = n", None), ("=n", None), ("", None), ("train-ai=n" + ", a" * MAX_STATEMENT_CHARS, None),
    ],
)  # fmt: skip
def test_content_usage_is_a_structured_dictionary(written: str, expected: bool | None) -> None:
    assert expected is allows_training(written)
    assert (USAGE if expected is False else None) == _kind(header_signals([("Content-Usage", written)]))


def test_repeated_content_usage_fields_are_one_dictionary() -> None:
    assert header_signals([("content-usage", "train-ai=n"), ("content-usage", "train-ai=y")]).reservation is None
    signals = header_signals([("content-usage", "search=y"), ("content-usage", "train-ai=n")])
    assert signals.reservation == Reservation(kind=USAGE, source="Content-Usage: search=y, train-ai=n")


@pytest.mark.parametrize(
    ("values", "kind", "permits"),
    [
        (["1"], TDM, False), ([" 1 "], TDM, False), (["0"], None, True), (["2"], None, False), (["true"], None, False),
        (["1", "0"], TDM, False), (["0, 1"], TDM, False), ([], None, False),
    ],
)  # fmt: skip
def test_tdm_reservation_of_a_header(values: list[str], kind: ReservationKind | None, permits: bool) -> None:
    signals = header_signals([("TDM-Reservation", value) for value in values])
    assert (kind, permits) == (_kind(signals), signals.permits_tdm)


def test_tdm_reservation_of_a_page() -> None:
    signals = page_signals([("TDM-Reservation", "1"), ("tdm-policy", "https://nordby.test/policy.json")])
    assert signals.reservation == Reservation(kind=TDM, source="meta tdm-reservation: 1")
    assert page_signals([("tdm-reservation", "0")]).permits_tdm


RULES = [
    {"location": "/borger/aaben/", "tdm-reservation": 0},
    {"location": "/borger/", "tdm-reservation": 1, "tdm-policy": "https://nordby.test/policy.json"},
    {"location": "/*.pdf$", "tdm-reservation": 1},
    {"location": "/fejl/", "tdm-reservation": "1"},
    {"location": "/fejl/", "tdm-reservation": 1},
    {"location": "/s%C3%B8g", "tdm-reservation": 1},
]


@pytest.mark.parametrize(
    ("path", "is_reserved"),
    [
        ("/", False), ("/borger/skat", True), ("/borger", False), ("/Borger/skat", False), ("/borger/aaben/a", False),
        ("/aaben/a.pdf", True), ("/aaben/a.pdf?b=1", False), ("/fejl/a", False), ("/søg?a=1", True),
    ],
)  # fmt: skip
def test_first_rule_of_tdmrep_that_matches_decides(path: str, is_reserved: bool) -> None:
    reservation = tdmrep_reservation(json.dumps(RULES).encode(), path)
    assert is_reserved is (reservation is not None)
    assert reservation is None or (reservation.kind, reservation.source[:13]) == (TDM, "tdmrep.json: ")


@pytest.mark.parametrize(
    "broken",
    [
        b"", b"<html>", b"{}", b"null", b"1", b'{"location": "/", "tdm-reservation": 1}', b'["/"]', b"[" * 100_000,
        b'[{"location": 1, "tdm-reservation": 1}]', b'[{"tdm-reservation": 1}]', b'[{"location": "/"}]',
        b"\xff\xfe\x00",
        b'[{"location": "/", "tdm-reservation": true}]', b'[{"location": "/", "tdm-reservation": 1}',
        b'[{"location": "/", "tdm-reservation": ' + b"1" * 5000 + b"}]",
        b'[{"location": "/", "tdm-reservation": 1}]' + b" " * 600_000,
    ],
)  # fmt: skip
def test_broken_tdmrep_reserves_nothing(broken: bytes) -> None:
    assert tdmrep_reservation(broken, "/a") is None


def test_tdmrep_with_byte_order_mark_is_read() -> None:
    assert tdmrep_reservation(b'\xef\xbb\xbf[{"location": "/", "tdm-reservation": 1}]', "/a")


NOTHING = Signals(reservation=None, follows_links=True)
FILE_1 = Signals(reservation=Reservation(kind=TDM, source="tdmrep.json"), follows_links=True)
HEADER_0, HEADER_1 = (header_signals([("tdm-reservation", value)]) for value in "01")
PAGE_0, PAGE_1 = (page_signals([("tdm-reservation", value)]) for value in "01")


@pytest.mark.parametrize(
    ("signals", "source"),
    [
        ([FILE_1, NOTHING, NOTHING], "tdmrep.json"),
        ([FILE_1, HEADER_0, NOTHING], None),
        ([FILE_1, HEADER_0, PAGE_1], "meta tdm-reservation: 1"),
        ([FILE_1, HEADER_1, PAGE_0], None),
        ([FILE_1, HEADER_1, NOTHING], "tdmrep.json"),
        ([NOTHING, HEADER_1, NOTHING], "tdm-reservation: 1"),
        ([NOTHING, HEADER_0, PAGE_1], "meta tdm-reservation: 1"),
        ([], None),
    ],
)
def test_tdm_of_the_page_stands_above_header_and_file(signals: list[Signals], source: str | None) -> None:
    reservation = merged(*signals).reservation
    assert source == (reservation.source if reservation else None)


def test_other_reservations_are_not_lifted() -> None:
    both = header_signals([("tdm-reservation", "1"), ("X-Robots-Tag", "noindex")])
    assert _kind(both) is NOINDEX
    assert _kind(merged(both, PAGE_0)) is NOINDEX
    assert _kind(merged(FILE_1, page_signals([("robots", "noai")]))) is NOAI


def test_merged_follows_links_only_if_all_do() -> None:
    assert merged(NOTHING, NOTHING).follows_links
    assert not merged(NOTHING, page_signals([("robots", "nofollow")]), NOTHING).follows_links


ROBOTS = b"""
User-agent: *
Allow: /
Disallow: /never/
Content-Usage: train-ai=n
Content-Usage: /ai-ok/ train-ai=y
Content-Usage: /ai-ok/*.pdf$ train-ai=n
Content-Usage: /torn/ train-ai=y
Content-Usage: /torn/ train-ai=n
Content-Usage: /silent/ search=n
"""


@pytest.mark.parametrize(
    ("path", "is_reserved"),
    [
        ("/test", True), ("/ai-ok/test", False), ("/ai-ok/a.pdf", True), ("/torn/a", True), ("/silent/a", False),
    ],
)  # fmt: skip
def test_longest_content_usage_rule_decides(path: str, is_reserved: bool) -> None:
    reservation = robots_reservation(read_robots(200, ROBOTS), f"https://nordby.test{path}")
    assert is_reserved is (reservation is not None and reservation.kind is USAGE)


def test_content_signal_reserves_beside_content_usage() -> None:
    text = b"User-agent: *\nContent-Signal: search=yes,ai-train=no\nContent-Usage: /a train-ai=y\nAllow: /\n"
    reservation = robots_reservation(read_robots(200, text), "https://nordby.test/a")
    assert reservation == Reservation(kind=USAGE, source="robots.txt Content-Signal: search=yes,ai-train=no")


def test_our_group_says_nothing_where_others_are_spoken_to() -> None:
    text = b"User-agent: *\nContent-Usage: train-ai=n\nUser-agent: tvaerkom\nAllow: /\n"
    assert robots_reservation(read_robots(200, text), "https://nordby.test/a") is None
    assert robots_reservation(read_robots(404, text), "https://nordby.test/a") is None


@given(st.lists(st.tuples(st.sampled_from(["x-robots-tag", "content-usage", "tdm-reservation", "a"]), st.text())))
def test_no_header_raises(headers: list[tuple[str, str]]) -> None:
    signals = merged(header_signals(headers), page_signals([("robots", value) for _, value in headers]))
    assert signals.reservation is None or len(signals.reservation.source) <= MAX_SOURCE_CHARS


@given(st.binary(), st.text())
def test_no_tdmrep_raises(tdmrep_json: bytes, path: str) -> None:
    assert tdmrep_reservation(tdmrep_json, path) is None
