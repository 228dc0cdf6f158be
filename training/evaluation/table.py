"""A table of words, as text for a terminal, Markdown or LaTeX.

In: head, rows and notes, all of them words. Out: lines. Knows nothing of what they mean (comparison_tables.py).
"""

import textwrap
from dataclasses import dataclass, replace

from foundation.printing import printable

NOTE_WIDTH = 120  # characters of a line of notes on a terminal
_LATEX_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Table:
    """The first column is set left, the others right; each row is as long as `head`."""

    title: str
    head: list[str]
    rows: list[list[str]]
    notes: list[str]

    def turned(self) -> "Table":
        """Columns as rows: many measures of few models fit a terminal only so."""
        head, *rows = zip(self.head, *self.rows, strict=True)
        return replace(self, head=list(head), rows=[list(row) for row in rows])


def as_text(table: Table) -> str:
    lines = [[printable(cell) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    signs = ["<", *[">"] * (len(widths) - 1)]
    form = "  ".join(f"{{:{sign}{width}}}" for sign, width in zip(signs, widths, strict=True))
    head, *rows = [form.format(*cells) for cells in lines]
    notes = [textwrap.fill(printable(note), NOTE_WIDTH) for note in table.notes]
    return "\n".join([printable(table.title), rule, head, rule, *rows, rule, *notes])


def as_markdown(table: Table) -> str:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(printable(cell).replace("\\", "\\\\").replace("|", "\\|") for cell in cells) + " |"

    rule = "|" + "|".join(["---", *["---:"] * (len(table.head) - 1)]) + "|"
    lines = [f"**{printable(table.title)}**", "", line(table.head), rule, *map(line, table.rows)]
    return "\n".join([*lines, *(part for note in table.notes for part in ("", printable(note)))])


def as_latex(table: Table) -> str:
    """A table with the rules of the package booktabs."""

    def line(cells: list[str]) -> str:
        return " & ".join(map(_latex, cells)) + r" \\"

    notes = [rf"\par\footnotesize {_latex(note)}" for note in table.notes]
    return "\n".join([
        r"\begin{table}", r"\centering", rf"\caption{{{_latex(table.title)}}}",
        rf"\begin{{tabular}}{{l{'r' * (len(table.head) - 1)}}}", r"\toprule", line(table.head), r"\midrule",
        *map(line, table.rows), r"\bottomrule", r"\end{tabular}", *notes, r"\end{table}",
    ])  # fmt: skip


def _latex(text: str) -> str:
    return "".join(_LATEX_SIGNS.get(sign, sign) for sign in printable(text))
