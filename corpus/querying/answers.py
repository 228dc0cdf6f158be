"""What a query gave, as CSV, as JSON, or as a table for a window.

In: names of columns and rows. Out: lines in a file, or a rich table of the first rows. Runs nothing.
"""

import csv
import datetime
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, islice
from typing import Any, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from foundation.printing import printable, printable_json

MAX_ROWS = 100  # more than a window or two is for a file
_MAX_CELL_CHARS = 1000
_MIN_COLUMN_CHARS = 12  # a column that is wider may be cut to this, so that its neighbours are seen too
_COLUMN_GAP = 2
_AS_THEY_ARE = {str, int, type(None)}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a query gives; its rows can be read once, and counted after that."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]
    count: Callable[[], int]


def write_csv(answer: Answer, file: TextIO) -> int:
    """A line for each row, with the names first; gives the number of rows. Null is empty, lists are JSON."""
    table = csv.writer(file, lineterminator="\n")
    table.writerow(answer.columns)
    num_rows = 0
    for row in answer.rows:
        table.writerow([_csv_cell(value) for value in row])
        num_rows += 1
    return num_rows


def write_json(answer: Answer, file: TextIO) -> int:
    """A list with an object for each row, each in a line; gives the number of rows. Times are ISO 8601."""
    num_rows = 0
    file.write("[")
    for row in answer.rows:
        values = dict(zip(answer.columns, map(plain, row), strict=True))
        file.write((",\n" if num_rows else "\n") + printable_json(json.dumps(values, ensure_ascii=False)))
        num_rows += 1
    file.write("\n]\n")
    return num_rows


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return float(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case bytes():
            return value.hex()
        case Sequence():
            return [plain(each) for each in value]
    return str(value)


def show(answer: Answer, console: Console) -> str | None:
    """Print the first rows; on a terminal, of their columns those that it has room for, else lines as long as they are.

    Gives a sentence about what was left out, if anything was.
    """
    rows = [tuple(map(_shown, row)) for row in islice(answer.rows, MAX_ROWS)]
    num_more = answer.count() - MAX_ROWS if next(answer.rows, None) else 0  # counting is quicker than fetching
    widths = [
        max(map(cell_len, [printable(name), *(str(row[place]) for row in rows)]))
        for place, name in enumerate(answer.columns)
    ]
    if console.is_terminal:
        widths = _fitting(widths, console.width)
    else:
        console.width = sum(widths) + _COLUMN_GAP * len(widths)
    console.print(_table(answer.columns, rows, widths))
    left_out = [f"{num_more} more rows"] if num_more else []
    left_out += [f"{len(answer.columns) - len(widths)} more columns"] if len(widths) < len(answer.columns) else []
    return f"and {' and '.join(left_out)}: --csv or --output FILE" if left_out else None


def _csv_cell(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:  # nearly all; millions of them are not looked at twice
        return value
    found = plain(value)
    return json.dumps(found, ensure_ascii=False) if isinstance(found, bool | list | dict) else found


def _fitting(widths: Sequence[int], room: int) -> list[int]:
    """The columns from the left that there is room for, of which the widest are cut to the same width."""
    narrowest = list(accumulate(min(width, _MIN_COLUMN_CHARS) + _COLUMN_GAP for width in widths))
    shown = widths[: max(1, sum(used <= room for used in narrowest))]
    room -= _COLUMN_GAP * len(shown)
    longest = max(shown)
    while longest > 1 and sum(min(width, longest) for width in shown) > room:
        longest -= 1
    return [min(width, longest) for width in shown]


def _table(columns: Sequence[str], rows: Sequence[tuple[Any, ...]], widths: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _COLUMN_GAP, 0, 0))
    for place, width in enumerate(widths):
        is_number = {type(row[place]) for row in rows if row[place] != ""} in ({int}, {float})
        table.add_column(
            Text(printable(columns[place])), justify="right" if is_number else "left", width=width, no_wrap=True
        )
    for row in rows:
        table.add_row(*(Text(str(value), overflow="ellipsis") for value in row[: len(widths)]))
    return table


def _shown(value: Any) -> Any:
    """A value as the table has it; null is empty."""
    match found := plain(value):
        case None:
            return ""
        case float():
            return round(found, 4)
        case bool() | int():
            return found
        case str():
            return printable(found[:_MAX_CELL_CHARS])
    return printable(json.dumps(found, ensure_ascii=False)[:_MAX_CELL_CHARS])
