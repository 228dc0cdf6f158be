"""A crawl's board as a picture that fits the window: a bar for all, the troubled sites, and a grid of the others.

In: a Board, and the width and height of the window. Out: something rich can draw. Each colour has a sign beside it.
"""

from collections.abc import Sequence

from rich.cells import set_cell_size
from rich.console import Group
from rich.text import Text

from crawler.telling.board import Board, SiteProgress
from foundation.printing import printable

NAME_WIDTH, PAGES_WIDTH, BAR_WIDTH = 16, 7, 6
CELL_WIDTH = 2 + NAME_WIDTH + PAGES_WIDTH + 1 + BAR_WIDTH + 5  # sign, name, pages, bar, percent
GAP = "   "
NUM_LINES_ABOVE = 2  # the summary and the bar
# One in twelve men does not tell red from green: the signs say the same.
RUNNING, FINISHED, TROUBLED = ("·", "cyan"), ("✓", "green"), ("!", "bold yellow")


def picture(board: Board, *, width: int, height: int) -> Group:
    """At most `height - 1` lines, so that the window does not scroll."""
    sites = board.sites
    done = sum(each.num_pages for each in sites)
    known = max(done + sum(each.waiting for each in sites), 1)
    summary = _cut(Text(f"crawl {board.quarter}: {board.summary}", style="bold"), width)
    bar = Text(_bar(done / known, width), style=RUNNING[1])
    return Group(summary, bar, *_site_lines(sites, width, height - 1 - NUM_LINES_ABOVE))


def _site_lines(sites: Sequence[SiteProgress], width: int, num_lines: int) -> list[Text]:
    troubled = _by_what_is_left([each for each in sites if each.is_troubled])
    running = _by_what_is_left([each for each in sites if not each.is_troubled and not each.is_finished])
    finished = [each for each in sites if each.is_finished]
    num_columns = max((width + len(GAP)) // (CELL_WIDTH + len(GAP)), 1)
    lines = _fitted([_cut(_troubled_line(each), width) for each in troubled], 1, max(num_lines // 2, 1),
                    "more sites in trouble")  # fmt: skip
    room = num_lines - len(lines)
    cells = [_cell(each) for each in [*running, *finished]]
    if len(cells) <= room * num_columns:
        return lines + _rows(cells, num_columns)
    num_pages = sum(each.num_pages for each in finished)
    sign, style = FINISHED
    summed = [Text(f"{sign} {len(finished)} sites finished, {num_pages} pages", style=style)] if finished else []
    return [
        *lines, *_fitted(cells[: len(running)], num_columns, room - len(summed), "sites with less left"), *summed,
    ]  # fmt: skip


def _by_what_is_left(sites: Sequence[SiteProgress]) -> list[SiteProgress]:
    """Those with most left first; in powers of two, so that sites do not change places with every page."""
    return sorted(sites, key=lambda each: -each.waiting.bit_length())


def _fitted(cells: Sequence[Text], num_columns: int, room: int, others: str) -> list[Text]:
    """Rows of cells; where there are too many, the last row says how many were left out."""
    if len(cells) <= room * num_columns:
        return _rows(cells, num_columns)
    num_shown = max(room - 1, 0) * num_columns
    return [*_rows(cells[:num_shown], num_columns), Text(f"and {len(cells) - num_shown} {others}", style="dim")]


def _rows(cells: Sequence[Text], num_columns: int) -> list[Text]:
    return [Text(GAP).join(cells[i : i + num_columns]) for i in range(0, len(cells), num_columns)]


def _cell(each: SiteProgress) -> Text:
    sign, style = FINISHED if each.is_finished else RUNNING
    return Text.assemble(
        (f"{sign} ", style), set_cell_size(printable(each.name), NAME_WIDTH), f"{each.num_pages:{PAGES_WIDTH}} ",
        (_bar(each.share_done, BAR_WIDTH), style), f" {int(each.share_done * 100):3}%",
    )  # fmt: skip


def _troubled_line(each: SiteProgress) -> Text:
    sign, style = TROUBLED
    left = f"{each.num_pages:{PAGES_WIDTH}} pages, {each.waiting} waiting  "
    name = set_cell_size(printable(each.name), NAME_WIDTH)
    return Text.assemble((f"{sign} ", style), name, left, (printable(each.note), style))


def _bar(share: float, width: int) -> str:
    """In two signs, not in two colours."""
    num_full = int(share * width)
    return "█" * num_full + "░" * (width - num_full)


def _cut(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    return line
