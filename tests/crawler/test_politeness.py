import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.politeness import LOOPBACK, MAX_RETRY_AFTER_S, POLITE, Pace, retry_after_s

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, 0.0), ("", 0.0), ("0", 0.0), ("120", 120.0), (" 7 ", 7.0), ("9" * 400, MAX_RETRY_AFTER_S), ("-3", 0.0),
        ("1.5", 0.0), ("\u00b2", 0.0), ("snart", 0.0),
        (email.utils.formatdate(NOW + 90, usegmt=True), 90.0), (email.utils.formatdate(NOW - 90, usegmt=True), 0.0),
        (email.utils.formatdate(NOW + 1e6, usegmt=True), MAX_RETRY_AFTER_S),
        ("Mon, 01 Jan 0001 00:00:00 -0000", 0.0), ("Fri, 31 Dec 9999 23:59:59 -0000", MAX_RETRY_AFTER_S),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_both_forms(header: str | None, expected: float) -> None:
    assert expected == retry_after_s(header, NOW)


@given(st.one_of(st.text(), st.from_regex(r"\w{3}, \d{1,2} \w{3} \d{1,4} \d\d:\d\d:\d\d [+-]\d{4}", fullmatch=True)))
def test_no_header_raises_or_waits_for_ever(header: str) -> None:
    assert 0 <= retry_after_s(header, NOW) <= MAX_RETRY_AFTER_S


def test_host_is_free_again_after_the_pause_that_follows_an_answer() -> None:
    pace = Pace(2.0)
    assert pace.is_free(NOW)
    pace.start()
    assert (pace.is_free(NOW + 1e6), pace.next_at) == (False, None), "one request at a time"
    pace.end(NOW)
    assert (pace.is_free(NOW + 1.9), pace.is_free(NOW + 2), pace.next_at) == (False, True, NOW + 2)


def test_strangers_are_asked_once_a_second_at_most() -> None:
    assert POLITE.delay_s >= 1
    assert min(POLITE.retry_after_s) >= 60
    assert LOOPBACK.delay_s == 0
