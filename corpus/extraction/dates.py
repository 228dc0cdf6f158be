"""Dates as Danish pages write them.

In: text. Out: an ISO date, or None. Knows no clock: a date is what the page says it is.
"""

import datetime
import re

_MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_EARLIEST_YEAR = 1990  # the web is no older; a smaller number is no year of a page
_LATEST_YEAR = 2099
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})[./-] ?(\d{1,2})[./-] ?(\d{4}|\d{2})(?!\d)")
_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})\.? ?(jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec)[a-z]*\.?,? (\d{4})(?!\d)", re.I
)


def first_date(text: str) -> str | None:
    """The first date in a text: `2026-05-01`, `1. maj 2026`, `01.05.2026`, `1/5-26`."""
    found = [match for pattern in (_ISO, _NAMED, _NUMBERS) if (match := pattern.search(text))]
    if not found:
        return None
    match = min(found, key=lambda each: each.start())
    first, second, third = match.groups()
    if match.re is _ISO:
        return _iso(int(first), int(second), int(third))
    month = _MONTHS.index(second.lower()) + 1 if match.re is _NAMED else int(second)
    year = int(third) + (2000 if len(third) == 2 else 0)
    return _iso(year, month, int(first))


def _iso(year: int, month: int, day: int) -> str | None:
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        return None
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None
