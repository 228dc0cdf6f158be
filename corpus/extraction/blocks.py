"""The tree of a page to candidate blocks in reading order.

In: an element. Out: each run of text with its kind, how much of it is links, and what it stands in. Decides nothing
about what is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ftfy import TextFixerConfig, fix_text
from lxml import etree, html

from corpus.extraction.vocabulary import (
    HEADING,
    INLINE_TAGS,
    KIND_OF_TAG,
    PARAGRAPH,
    heading_in_attribute,
    is_toggle,
)

# Quotation marks and casing are kept: a corpus for language models wants what was written.
_FTFY = TextFixerConfig(uncurl_quotes=False, fix_character_width=False, explain=False)
_LINE_BREAK = "\x1e"  # the record separator stands for <br> until blanks are joined; the parser lets none through
_HEADINGS = frozenset(tag for tag, kind in KIND_OF_TAG.items() if kind == HEADING)
_ITEMS = frozenset(tag for tag, kind in KIND_OF_TAG.items() if kind != HEADING)
NO_PAGE = ("mailto:", "tel:", "sms:")  # an address or a number to read, not a way to another page


@dataclass(slots=True)
class Candidate:
    """A run of text, and where it stands."""

    kind: str
    text: str
    links: int  # characters inside links
    node: html.HtmlElement
    tag: str


class _Place:
    """Where in the tree the walk is: which lists, cells, headings and links are open."""

    def __init__(self) -> None:
        self.items: list[list[object]] = []  # [element, kind, whether it only holds sections]
        self.headings = 0
        self.links = 0

    def kind(self) -> str:
        if self.headings:
            return HEADING
        # the outermost list item or cell counts: a list in a cell is part of the table
        return next((str(kind) for _, kind, is_container in self.items if not is_container), PARAGRAPH)


def candidates(region: html.HtmlElement) -> Iterator[Candidate]:
    """Every run of text in the region, in reading order."""
    place = _Place()
    run: list[str] = []
    links = 0
    holder = region
    toggles: set[html.HtmlElement] = set()
    for event, node in etree.iterwalk(region, events=("start", "end")):
        tag = node.tag
        is_start = event == "start"
        if tag == "br":
            run.append((_LINE_BREAK if is_start else "") + ((node.tail or "") if not is_start else ""))
            continue
        toggle = is_toggle(node) if is_start and (node.attrib or tag == "button") else node in toggles
        if toggle and is_start:
            toggles.add(node)
        if tag not in INLINE_TAGS or toggle:
            if run:
                yield from _blocks(run, place.kind(), links, holder)
                run, links = [], 0
            holder = node if is_start else node.getparent()
            _move(place, node, is_start, toggle)
            if is_start and (heading := heading_in_attribute(node)):
                yield from _blocks([heading], HEADING, 0, node)
        if tag == "a" and not (node.get("href") or "").startswith(NO_PAGE):
            place.links += 1 if is_start else -1
        text = node.text if is_start else (node.tail if node is not region else None)
        if text:
            run.append(text)
            if place.links:
                links += len(text.strip())
    yield from _blocks(run, place.kind(), links, region)


def _move(place: _Place, node: html.HtmlElement, is_start: bool, toggle: bool) -> None:
    tag = node.tag
    if tag in _HEADINGS or toggle:
        place.headings += 1 if is_start else -1
        for item in place.items:
            item[2] = True  # an item with a heading of its own is a section, not an item
    elif tag in _ITEMS:
        if is_start:
            place.items.append([node, KIND_OF_TAG[tag], False])
        elif place.items:
            place.items.pop()


def _blocks(run: list[str], kind: str, links: int, node: html.HtmlElement) -> Iterator[Candidate]:
    text = "".join(run)
    if text.isspace() or not text:
        return
    lines = list(clean(text))
    total = sum(map(len, lines)) or 1
    for line in lines:
        yield Candidate(kind, line, min(len(line), round(links * len(line) / total)), node, node.tag)


# Soft hyphens and marks without width part words that a reader sees whole.
_UNSEEN = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])


def clean(text: str) -> Iterator[str]:
    """Lines as a reader sees them: broken by <br> only, blanks joined, mojibake mended."""
    for line in (text if text.isascii() else text.translate(_UNSEEN)).split(_LINE_BREAK):
        joined = " ".join(line.split())
        if joined and not joined.isascii():
            joined = " ".join(fix_text(joined, _FTFY).split())
        if joined:
            yield joined
