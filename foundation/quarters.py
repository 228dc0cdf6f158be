"""Names of quarters and trials.

In: `2026Q4`, or `2026Q4-try` for a trial. Out: a checked, ordered name.
A trial is never the base of a refresh and never becomes "the newest".
"""

import datetime
import re
from dataclasses import dataclass

from foundation.errors import ConfigError

_FORM = re.compile(r"(\d{4})Q([1-4])(?:-([a-z0-9][a-z0-9.-]{0,30}))?", re.ASCII)


@dataclass(frozen=True, kw_only=True, order=True)
class QuarterName:
    """A snapshot's or corpus's name; ordered by time, trials after their quarter."""

    year: int
    quarter: int
    suffix: str = ""

    def __str__(self) -> str:
        return f"{self.year}Q{self.quarter}" + (f"-{self.suffix}" if self.suffix else "")

    @property
    def is_trial(self) -> bool:
        return bool(self.suffix)

    @property
    def base(self) -> "QuarterName":
        """The quarter itself, without the suffix of a trial."""
        return QuarterName(year=self.year, quarter=self.quarter)

    def before(self, number: int) -> "QuarterName":
        """The quarter that lies so many quarters earlier."""
        year, quarter = divmod(self._number - number, 4)
        return QuarterName(year=year, quarter=quarter + 1)

    def since(self, earlier: "QuarterName") -> int:
        """How many quarters lie between the two, trials counted as their quarter."""
        return self._number - earlier._number

    @property
    def _number(self) -> int:
        """Counted from the year 0."""
        return self.year * 4 + self.quarter - 1


def parse_quarter(text: str) -> QuarterName:
    """Read a name.

    Raises:
        ConfigError: not of the form 2026Q4 or 2026Q4-try.
    """
    match = _FORM.fullmatch(text)
    if not match:
        raise ConfigError(
            f"{text!r} is not a quarter: write a year and a quarter such as 2026Q4, "
            "or 2026Q4-try (lower case after the hyphen) for a trial"
        )
    return QuarterName(year=int(match[1]), quarter=int(match[2]), suffix=match[3] or "")


def quarter_of(day: datetime.date) -> QuarterName:
    return QuarterName(year=day.year, quarter=(day.month - 1) // 3 + 1)
