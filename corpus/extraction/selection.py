"""Which candidate blocks are the text of a page.

In: candidates in reading order, the main region, and trafilatura's vote. Out: those that stay. What trafilatura found
stays; what it lost is put back where it stands in the main region and looks like text of the page: accordion panels,
definition lists, tables, short pages, prose. Changes no text.
"""

import re
from collections.abc import Sequence

from lxml import html

from corpus.extraction.beside import Beside, links_elsewhere
from corpus.extraction.blocks import Candidate
from corpus.extraction.headings import LINKS_OF_A_MENU, drop_other_pages, settle_headings
from corpus.extraction.phrases import is_bare_date, is_no_content
from corpus.extraction.region import Region
from corpus.extraction.vocabulary import HEADING, is_name_of_site, names_of, says_contact, says_facts

# Bare text in a div: shorter is a label or a date more often than a sentence.
_LONG = 60
_TEXT_TAGS = frozenset({"p", "li", "td", "th", "dd", "dt", "blockquote", "pre", "address", "caption", "legend"})
_FINAL_MARK = re.compile(r"[.!?:…][\"'”»)]*$")
_PART_TAGS = frozenset({"section", "article", "div", "aside"})


def selected(candidates: Sequence[Candidate], region: Region, voted: Sequence[bool]) -> list[Candidate]:
    """The blocks of the page. Of a region that is not trusted, only what trafilatura is known to lose is put back."""
    inside = set(region.element.iter()) | _around_title(candidates, region) | _further_parts(region)
    beside = Beside(region)
    kept = [
        _stays(candidate, is_voted, region, candidate.node in inside, beside)
        for candidate, is_voted in zip(candidates, voted, strict=True)
    ]
    if region.is_trusted:
        _fill_gaps(candidates, kept, inside, beside)
    drop_other_pages(candidates, region, kept)
    settle_headings(candidates, voted, kept)
    for place, candidate in enumerate(candidates):
        if candidate.tag == "h1" and not is_name_of_site(candidate.node):
            kept[place] = True  # the title of the page, which may stand above its main part
            break
    chosen: list[Candidate] = []
    for candidate, stays in zip(candidates, kept, strict=True):
        if stays and not (chosen and _is_repeat(candidate, chosen[-1])):
            chosen.append(candidate)
    return chosen


def _around_title(candidates: Sequence[Candidate], region: Region) -> set[html.HtmlElement]:
    """A title above the main part, and the lines beside it."""
    title = next((each.node for each in candidates if each.tag == "h1" and not is_name_of_site(each.node)), None)
    above = None if title is None else title.getparent()
    if above is None or above.tag == "body" or above in region.element.iterancestors():
        return set()
    return set(above.iter())


def _further_parts(region: Region) -> set[html.HtmlElement]:
    """What stands next to a marked main part and is text of the page too: a section of prose, a box of facts."""
    around = region.element.getparent()
    if not region.is_marked or around is None:
        return set()
    parts: set[html.HtmlElement] = set()
    for node in around:
        if node is not region.element and node.tag in _PART_TAGS and not links_elsewhere(node) and _is_part(node):
            parts.update(node.iter())
    return parts


def _is_part(node: html.HtmlElement) -> bool:
    names = names_of(node)
    if says_contact(names):
        return False
    if says_facts(names):
        return True
    texts = (" ".join("".join(each.itertext()).split()) for each in node.iter("p"))
    has_heading = next(node.iter("h2", "h3"), None) is not None
    return has_heading and node.tag != "aside" and any(
        len(text) > _LONG and _FINAL_MARK.search(text) for text in texts)  # fmt: skip


def _stays(candidate: Candidate, is_voted: bool, region: Region, is_inside: bool, beside: Beside) -> bool:
    text = candidate.text
    if _is_no_content(candidate):
        return False
    if is_voted and (is_inside or not (region.is_short or region.is_marked)):
        return True
    if region.is_marked and region.is_short and is_inside and not beside.is_beside(candidate.node):
        return True
    if not _may_stay(candidate, is_inside, beside):
        return False
    if beside.is_rescued(candidate.node):
        return True
    is_prose = len(text) > _LONG or _FINAL_MARK.search(text) is not None
    if region.is_trusted:
        return is_prose or candidate.tag in _TEXT_TAGS or candidate.kind == HEADING
    return is_prose and candidate.tag in _TEXT_TAGS


def _is_no_content(candidate: Candidate) -> bool:
    return is_no_content(candidate.text, candidate.links / len(candidate.text))


def _may_stay(candidate: Candidate, is_inside: bool, beside: Beside) -> bool:
    is_menu = candidate.links >= LINKS_OF_A_MENU * len(candidate.text)
    return is_inside and not is_menu and not beside.is_beside(candidate.node)


def _fill_gaps(
    candidates: Sequence[Candidate], kept: list[bool], inside: set[html.HtmlElement], beside: Beside
) -> None:
    """Short lines belong where they stand: between two that stay, or right after one in the same element."""
    start = 0  # of the short lines since the last one that stays
    for place, candidate in enumerate(candidates):
        if kept[place]:
            for gap in range(start, place) if start else ():
                kept[gap] = not _is_no_content(candidates[gap])
            start = place + 1
        elif (
            candidate.kind == HEADING
            or is_bare_date(candidate.text)
            or not _may_stay(candidate, candidate.node in inside, beside)
        ):
            start = 0
        elif start == place and place and _are_siblings(candidates[place - 1].node, candidate.node):
            kept[place] = not _is_no_content(candidate)
            start = place + 1


def _are_siblings(before: html.HtmlElement, node: html.HtmlElement) -> bool:
    around = (node, node.getparent())
    return before in around or before.getparent() in around


def _is_repeat(candidate: Candidate, before: Candidate) -> bool:
    """The same line again at once: a page's version for small screens."""
    return candidate.text == before.text and candidate.kind == before.kind and candidate.kind != "table"
