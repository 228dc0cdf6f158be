"""The tree of a page to candidate blocks in reading order.

In: an element. Out: each run of text with its kind, how much of it is links, and what it stands in. Decides nothing
about what is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree, html

from corpus.extraction.lines import LINE_BREAK, clean
from corpus.extraction.toggles import heading_in_attribute, is_heading_slot, is_toggle
from corpus.extraction.vocabulary import (
    HEADING,
    INLINE_TAGS,
    KIND_OF_TAG,
    LIST,
    PARAGRAPH,
)

# These stand for the ends of what is in bold until lines are joined; both are blanks, as LINE_BREAK is, so that a run
# of nothing else is one of no text.
_BOLD, _NOT_BOLD = "\x1c", "\x1d"
_BOLD_MARKS = dict.fromkeys(map(ord, (_BOLD, _NOT_BOLD)))
_BOLD_TAGS = frozenset({"b", "strong"})
_ALL_BOLD = re.compile(rf"[ \t\n\r\xa0]*(?:{_BOLD}+[^{_BOLD}{_NOT_BOLD}]*{_NOT_BOLD}+[ \t\n\r\xa0]*)+")
_LONGEST_BOLD_HEADING = 100  # characters; longer, it is a paragraph that its writer set in bold
_ENDS = (".", "!", ",", ";")
_PASTED_LIST = "MsoListParagraph"  # a list item as Word pastes it
_HEADINGS = frozenset(tag for tag, kind in KIND_OF_TAG.items() if kind == HEADING)
_ITEMS = frozenset(tag for tag, kind in KIND_OF_TAG.items() if kind != HEADING)
_NO_PAGE = ("mailto:", "tel:", "sms:")  # an address or a number to read, not a way to another page


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
            run.append((LINE_BREAK if is_start else "") + ((node.tail or "") if not is_start else ""))
            continue
        if is_start:
            toggle = (bool(node.attrib) or tag == "button" or "-" in tag) and (is_toggle(node) or is_heading_slot(node))
            if toggle:
                toggles.add(node)
        else:
            toggle = node in toggles
        if tag not in INLINE_TAGS or toggle:
            if run:
                yield from _blocks(run, place.kind(), links, holder)
                run, links = [], 0
            holder = node if is_start else node.getparent()
            _move(place, node, is_start, toggle)
            if is_start and (heading := heading_in_attribute(node)):
                yield from _blocks([heading], HEADING, 0, node)
        elif tag in _BOLD_TAGS:
            run.append(_BOLD if is_start else _NOT_BOLD)
        if tag == "a" and leads_to_page(node):
            place.links += 1 if is_start else -1
        text = node.text if is_start else (node.tail if node is not region else None)
        if text:
            run.append(text)
            if place.links:
                links += len(text.strip())
    yield from _blocks(run, place.kind(), links, region)


def leads_to_page(link: html.HtmlElement) -> bool:
    target = link.get("href")
    return target is not None and not target.startswith(_NO_PAGE)


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
    if kind == PARAGRAPH and _PASTED_LIST in (node.get("class") or ""):
        kind = LIST
    lines = list(_lines(text, kind)) if _BOLD in text else [(line, kind) for line in clean(text)]
    total = sum(len(line) for line, _ in lines) or 1
    for line, its_kind in lines:
        yield Candidate(its_kind, line, min(len(line), round(links * len(line) / total)), node, node.tag)


def _lines(text: str, kind: str) -> Iterator[tuple[str, str]]:
    """A short line all in bold, without a mark of a sentence's end, is a heading of what follows."""
    for line in text.split(LINE_BREAK):
        is_bold = kind == PARAGRAPH and _ALL_BOLD.fullmatch(line) is not None
        for cleaned in clean(line.translate(_BOLD_MARKS)):
            heads = is_bold and len(cleaned) <= _LONGEST_BOLD_HEADING and not cleaned.endswith(_ENDS)
            yield cleaned, HEADING if heads else kind
