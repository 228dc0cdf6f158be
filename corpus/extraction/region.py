"""Where the main part of a page is.

In: a page's tree, its candidate blocks and what trafilatura found. Out: one element. Keeps and drops nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import html

from corpus.extraction.blocks import Candidate
from corpus.extraction.phrases import is_address
from corpus.extraction.vocabulary import INLINE_TAGS, KIND_OF_TAG, LIST, TABLE, is_name_of_site

MAIN_PATHS = (
    "//main | //*[@role='main']",
    "//*[@id='main-content' or @id='maincontent' or @id='mainContent' or @id='MainContent' or @id='hovedindhold' or "
    "@id='DeltaPlaceHolderMain' or @itemprop='mainContentOfPage']",
)
# A marked main part that holds less than this of what trafilatura found is not where the text stands. On a short page
# trafilatura takes menus and footers along, so there it does not count.
_ENOUGH_IN_MAIN = 0.5
# The rest of what trafilatura found may be a footer's line or a caption beside the text.
_SHARE_OF_FOUND = 0.8
# Prose: lines of more than a label's length, or with a final mark, that are mostly not links.
_LONG = 60
_FEW_LINKS = 0.5
_LITTLE_OF_PROSE = 0.5
SHORT_PAGE = 1000  # characters without links: below, trafilatura takes the whole page or loses half of it
_FINAL_MARKS = tuple(".!?:")


@dataclass(frozen=True, kw_only=True)
class Region:
    """Where the main part is; whether the page marks it so; and whether what trafilatura did not find in it is text
    too: not where it found most of an unmarked page."""

    element: html.HtmlElement
    is_marked: bool
    is_trusted: bool
    is_short: bool


def marked_main(root: html.HtmlElement) -> html.HtmlElement | None:
    """The element that the page itself calls its main part, where it is one and holds text."""
    for path in MAIN_PATHS:
        found = [node for node in root.xpath(path) if any(text.strip() for text in node.itertext())]
        if found and (len(found) == 1 or all(found[0] in node.iterancestors() for node in found[1:])):
            return found[0]
    return None


def main_region(root: html.HtmlElement, candidates: Sequence[Candidate], found: Sequence[Candidate]) -> Region:
    """The marked main part; else the smallest element that holds most of what was found, or, where little was, most
    of the page's prose; else the body."""
    unlinked = [each for each in candidates if each.links < _FEW_LINKS * len(each.text)]
    is_short = sum(len(each.text) for each in unlinked) < SHORT_PAGE
    marked = marked_main(root)
    chars = _chars_by_element(found)
    if marked is not None and (is_short or chars[marked] >= _ENOUGH_IN_MAIN * chars[root]):
        return Region(element=marked, is_marked=True, is_trusted=True, is_short=is_short)
    prose = [each for each in unlinked if _is_prose(each, is_short)]
    is_little = is_short or chars[root] <= _LITTLE_OF_PROSE * sum(len(each.text) for each in prose)
    if is_little:
        chars = _chars_by_element(prose)
    element = _with_title(_smallest(root, chars), candidates) if is_short else _smallest(root, chars)
    return Region(element=element, is_marked=False, is_trusted=is_little, is_short=is_short)


def _is_prose(candidate: Candidate, is_short: bool) -> bool:
    """On a short page a sentence is prose too, and what is said of cookies is not the page's text."""
    if not is_short:
        return len(candidate.text) > _LONG
    ends = candidate.text.endswith(_FINAL_MARKS) or candidate.kind in (LIST, TABLE)
    is_long = len(candidate.text) > _LONG and not is_address(candidate.text)
    return (ends or is_long) and "cookie" not in candidate.text.lower()


def _smallest(root: html.HtmlElement, chars: Counter[html.HtmlElement]) -> html.HtmlElement:
    body = root.find(".//body")
    region = root if body is None else body
    while chars[root]:
        inner = [node for node in region if chars[node] >= _SHARE_OF_FOUND * chars[root]]
        if not inner or inner[0].tag in INLINE_TAGS or inner[0].tag in KIND_OF_TAG or inner[0].tag == "p":
            break
        region = inner[0]
    return region


def _with_title(region: html.HtmlElement, candidates: Sequence[Candidate]) -> html.HtmlElement:
    """On a short page, out to what holds the title too."""
    title = next((each.node for each in candidates if each.tag == "h1" and not is_name_of_site(each.node)), None)
    around = set() if title is None else set(title.iterancestors())
    return (
        region
        if title is None
        else next((each for each in (region, *region.iterancestors()) if each in around), region)
    )


def _chars_by_element(found: Sequence[Candidate]) -> Counter[html.HtmlElement]:
    """How much of what was found stands in each element; the parser limits the depth, so this is linear."""
    chars: Counter[html.HtmlElement] = Counter()
    for candidate in found:
        node = candidate.node
        while node is not None:
            chars[node] += len(candidate.text)
            node = node.getparent()
    return chars
