"""Tables that lay out a page become plain boxes.

In: a tree. Out: the same tree, its layout tables made of `div`. A table with header cells or a caption is data. Others
are layout where the page says so, where they hold tables or headed texts, or where one cell holds a whole text.
"""

from collections.abc import Iterator

from lxml import html

from corpus.extraction.tree import text_length

_DATA_TAGS = ("th", "caption", "thead")
_HEADINGS = ("h1", "h2", "h3", "h4")
# A heading alone in a cell labels a row; with a text below it the cell is a column of the page.
_HEADED_CHARS = 80
# A cell of data holds a few sentences at most, and not more than all others together.
_CHARS_OF_A_TEXT = 300
_SHARE_OF_A_TEXT = 0.5
_PARTS = frozenset({"tbody", "tfoot", "tr", "td", "colgroup", "col"})


def unfold_layout_tables(root: html.HtmlElement) -> None:
    """From the outside in, in place."""
    for table in list(root.iter("table")):
        if _is_layout(table):
            _unfold(table)


def _is_layout(table: html.HtmlElement) -> bool:
    if table.get("role") in ("presentation", "none"):
        return True
    if any(next(_own(table, tag), None) is not None for tag in _DATA_TAGS):
        return False
    if next(table.iterdescendants("table"), None) is not None:
        return True
    has_heading = next(table.iterdescendants(*_HEADINGS), None) is not None
    if text_length(table) <= (_HEADED_CHARS if has_heading else _CHARS_OF_A_TEXT):
        return False
    cells = list(_own(table, "td"))
    lengths = [text_length(cell) for cell in cells]
    if any(length > _HEADED_CHARS and next(cell.iterdescendants(*_HEADINGS), None) is not None
           for cell, length in zip(cells, lengths, strict=True)):  # fmt: skip
        return True
    return max(lengths, default=0) > max(_CHARS_OF_A_TEXT, _SHARE_OF_A_TEXT * sum(lengths))


def _own(table: html.HtmlElement, tag: str) -> Iterator[html.HtmlElement]:
    """Those of the table itself, not of a table in it."""
    return (node for node in table.iterdescendants(tag) if next(node.iterancestors("table"), None) is table)


def _unfold(table: html.HtmlElement) -> None:
    parts = [node for part in _PARTS for node in _own(table, part)]
    for node in (table, *parts):
        node.tag = "div"
