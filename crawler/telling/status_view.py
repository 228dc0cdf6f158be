"""The standings of a quarter as a table on a terminal, or as plain lines.

In: standings. Out: a rich table with totals, or lines for a pipe; and, while a crawl runs, the same again and again.
Reads no frontier itself.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from crawler.snapshot import TerminalState
from crawler.telling.standing import Standing
from crawler.telling.wording import counts_in_words, duration
from foundation import progress
from foundation.printing import printable

REFRESH_S = 2.0
READING_SHARE = 0.1  # of the time at most, so that to watch a crawl does not slow it
NARROW = 120  # columns; below, the table has fewer of its own
NUM_LINES_AROUND = 6  # heading, totals, and the lines below them
# A sign beside each colour: one in twelve men does not tell red from green.
SIGNS = {TerminalState.COMPLETE.value: ("✓", "green"), TerminalState.UNFINISHED.value: ("·", "cyan")}
TROUBLE = ("!", "bold yellow")


@dataclass(frozen=True)
class _Number:
    """A column of numbers: its heading, its attribute, and whether a narrow window shows it."""

    heading: str
    attribute: str
    is_everywhere: bool = True


_NUMBERS = (
    _Number("pages", "num_pages"), _Number("requests", "num_requests", is_everywhere=False),
    _Number("waiting", "waiting"), _Number("failed", "failed"),
    _Number("excluded", "excluded", is_everywhere=False), _Number("per min", "requests_per_minute"),
    _Number("to go", "seconds_to_go"),
)  # fmt: skip


def status_table(standings: Sequence[Standing], *, width: int, max_rows: int | None = None) -> Table:
    """One row a site; where rows are limited, those in trouble first and then those with most left."""
    shown = list(standings)
    if max_rows is not None and len(shown) > max_rows:
        shown = sorted(shown, key=_urgency)[:max_rows]
    numbers = [column for column in _NUMBERS if column.is_everywhere or width >= NARROW]
    table = Table(box=None, show_footer=True, pad_edge=False, caption=_caption(standings, shown),
                  caption_justify="left", footer_style="bold")  # fmt: skip
    table.add_column("site", footer=f"{len(standings)} sites", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for column in numbers:
        table.add_column(column.heading, footer=_total(column, standings), justify="right", no_wrap=True)
    table.add_column("waits for")
    for each in shown:
        sign, style = SIGNS.get(each.state, TROUBLE)
        name = f"{each.site} {each.name}" if each.site.isdigit() else each.name
        table.add_row(Text(name), Text(f"{sign} {each.state}", style=style),
                      *(_cell(column, getattr(each, column.attribute)) for column in numbers),
                      Text(_remark(each), no_wrap=max_rows is not None, overflow="ellipsis"))  # fmt: skip
    return table


def status_lines(standings: Sequence[Standing]) -> list[str]:
    """The same for a pipe: one line a site, and one of totals."""
    lines = [
        f"{each.site:34} {each.name:30} {each.state:14} {each.num_pages:6} pages {each.num_requests:6} requests "
        f"{each.waiting:6} waiting {each.failed:5} failed {each.excluded:5} excluded "
        f"{each.requests_per_minute:5.1f} per min  {_remark(each)}".rstrip()
        for each in standings
    ]
    totals = ", ".join(f"{_total(column, standings) or 'nothing'} {column.heading}" for column in _NUMBERS)
    return [*lines, f"{len(standings)} sites: {_states(standings)}; {totals}"]


def show(standings: Sequence[Standing], console: Console) -> None:
    """Print them once: as a table on a terminal, else as lines, for a pipe has no width."""
    if console.is_terminal:
        console.print(status_table(standings, width=console.width))
    else:
        console.print("\n".join(status_lines(standings)), markup=False, highlight=False, emoji=False, soft_wrap=True)


def watch(read: Callable[[], list[Standing]], console: Console) -> list[Standing]:
    """Show the standings until no site is unfinished, or the user stops it; gives the last ones.

    On a terminal every two seconds in place, elsewhere lines every minute.
    """
    standings: list[Standing] = []
    interval_s = REFRESH_S if console.is_terminal else progress.LOG_INTERVAL_S
    in_place = Live(console=console, auto_refresh=False) if console.is_terminal else nullcontext()
    with suppress(KeyboardInterrupt), in_place as live:
        while True:
            began = time.monotonic()
            standings = read()
            if live:
                rows = max(console.height - NUM_LINES_AROUND, 1)
                live.update(status_table(standings, width=console.width, max_rows=rows), refresh=True)
            else:
                show(standings, console)
            if not any(each.is_unfinished for each in standings):
                break
            time.sleep(max(interval_s, (time.monotonic() - began) / READING_SHARE))
    return standings


def _cell(column: _Number, value: float | None) -> str:
    if value is None:
        return ""
    if column.attribute == "seconds_to_go":
        return duration(value)
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _total(column: _Number, standings: Sequence[Standing]) -> str:
    """The sum; of the time to go that of the site that takes longest."""
    values = [value for each in standings if (value := getattr(each, column.attribute)) is not None]
    if column.attribute == "seconds_to_go":
        return _cell(column, max(values, default=None))
    return _cell(column, sum(values))


def _states(standings: Sequence[Standing]) -> str:
    return counts_in_words(dict(Counter(each.state for each in standings).most_common()))


def _caption(standings: Sequence[Standing], shown: Sequence[Standing]) -> str:
    hidden = len(standings) - len(shown)
    return _states(standings) + (f"; {hidden} sites more than the window has lines for" if hidden else "")


def _remark(each: Standing) -> str:
    return printable(each.waits_for or each.reason or "")


def _urgency(each: Standing) -> tuple[int, float, str]:
    is_troubled = each.state not in SIGNS or each.wait_s > 0
    return 0 if is_troubled else 1 if each.is_unfinished else 2, -(each.seconds_to_go or 0.0), each.site
