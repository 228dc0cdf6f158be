"""Tables as text: for a terminal, as Markdown, CSV and LaTeX.

In: `Table`s. Out: text. Shares are shown in percent on a terminal and in Markdown and LaTeX; in CSV every number is as
it is. Chooses no table.
"""

import csv
import io
from collections.abc import Callable, Sequence

from corpus.inspection.tables import Cell, Table
from foundation.printing import printable

_TEX_SIGNS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    sign: f"\\{sign}" for sign in "&%$#_{}"
}
_MARKDOWN_SIGNS = str.maketrans({"\\": r"\\", "|": r"\|"})
_SHARES = ("unique share",)  # columns, and rows by their first cell


def as_text(table: Table) -> str:
    """Columns of even width, numbers to the right."""
    cells = [list(table.columns), *([_shown(table, row, place) for place in range(len(row))] for row in table.rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(table.columns))]
    lines = [
        "  ".join(
            cell.rjust(width) if _is_number(table, place) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    note = [f"  ({printable(table.note)})"] if table.note else []
    return "\n".join([printable(table.title), *(f"  {line}" for line in lines), *note])


def as_markdown(table: Table) -> str:
    rules = ["---:" if _is_number(table, place) else "---" for place in range(len(table.columns))]
    rows = [[_shown(table, row, place).translate(_MARKDOWN_SIGNS) for place in range(len(row))] for row in table.rows]
    lines = [_marked(table.columns), _marked(rules), *map(_marked, rows)]
    note = ["", f"{printable(table.note)}."] if table.note else []
    return "\n".join([f"## {printable(table.title)}", "", *lines, *note])


def as_csv(table: Table) -> str:
    """RFC 4180 with line feeds; an empty cell is no value. What a spreadsheet would run gets a mark before it."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return written.getvalue().rstrip("\n")


def as_latex(table: Table) -> str:
    """A `table` with booktabs' rules."""
    form = "".join("r" if _is_number(table, place) else "l" for place in range(len(table.columns)))
    rows = [" & ".join(_tex(_shown(table, row, place)) for place in range(len(row))) + r" \\" for row in table.rows]
    return "\n".join([
        r"\begin{table}", r"\centering", rf"\caption{{{_tex(table.title)}}}", rf"\begin{{tabular}}{{{form}}}",
        r"\toprule",
        " & ".join(_tex(name) for name in table.columns) + r" \\", r"\midrule", *rows, r"\bottomrule",
        r"\end{tabular}", r"\end{table}",
    ])  # fmt: skip


FORMATS: dict[str, Callable[[Table], str]] = {
    "text": as_text, "markdown": as_markdown, "csv": as_csv, "latex": as_latex,
}  # fmt: skip


def _shown(table: Table, row: Sequence[Cell], place: int) -> str:
    cell = row[place]
    if cell is None:
        return ""
    if isinstance(cell, float) and (table.columns[place] in _SHARES or row[0] in _SHARES):
        return f"{cell:.1%}"
    return printable(str(cell))


def _is_number(table: Table, place: int) -> bool:
    return any(isinstance(row[place], int | float) for row in table.rows)


def _marked(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return round(cell, 4)
    if isinstance(cell, str):
        shown = printable(cell)
        return f"'{shown}" if shown.lstrip().startswith(("=", "+", "-", "@")) else shown
    return cell


def _tex(text: str) -> str:
    return "".join(_TEX_SIGNS.get(sign, sign) for sign in printable(text))
