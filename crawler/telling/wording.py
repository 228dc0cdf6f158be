"""Times and counts as people read them on a terminal.

In: seconds since the epoch, seconds, counts by name. Out: short texts; times in the user's local time.
Reads no clock.
"""

import datetime
from collections.abc import Mapping


def clock_time(at: float, now: float) -> str:
    """`14:05`, with the date in front where it is not today's."""
    local = datetime.datetime.fromtimestamp(at)
    is_today = local.date() == datetime.datetime.fromtimestamp(now).date()
    return local.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M")


def local_time(at: float) -> str:
    """`2026-10-03 14:05:09`."""
    return datetime.datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float) -> str:
    """`40 s`, `5 min`, `3 h 20 min` or `2 d 4 h`."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def megabytes(num_bytes: int) -> str:
    return f"{num_bytes / 1e6:.1f} MB"


def counts_in_words(counts: Mapping[str, int]) -> str:
    """`pdf: 12, other host: 3`."""
    return ", ".join(f"{name}: {number}" for name, number in counts.items())
