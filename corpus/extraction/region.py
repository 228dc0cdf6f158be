"""Where the main part of a page is.

In: a page's tree, its candidate blocks and what trafilatura found. Out: one element. Keeps and drops nothing.
"""

from collections import Counter
from collections.abc import Sequence

from lxml import html

from corpus.extraction.blocks import Candidate

MAIN_PATHS = (
    "//main | //*[@role='main']",
    "//*[@id='main-content' or @id='maincontent' or @id='mainContent' or @id='MainContent' or @id='hovedindhold' or "
    "@id='DeltaPlaceHolderMain' or @itemprop='mainContentOfPage']",
)
# A marked main part that holds less than this of what trafilatura found is not where the text stands.
_ENOUGH_IN_MAIN = 0.5
# The rest of what trafilatura found may be a footer's line or a caption beside the text.
_SHARE_OF_FOUND = 0.8
# Prose: lines of more than a label's length that are mostly not links.
_LONG = 60
_FEW_LINKS = 0.5
_LITTLE_OF_PROSE = 0.5
_SHORT_PAGE = 1000  # characters: below, trafilatura takes the whole page or loses half of it


def marked_main(root: html.HtmlElement) -> html.HtmlElement | None:
    """The element that the page itself calls its main part, where it is one and holds text."""
    for path in MAIN_PATHS:
        found = [node for node in root.xpath(path) if any(text.strip() for text in node.itertext())]
        if found and (len(found) == 1 or all(found[0] in node.iterancestors() for node in found[1:])):
            return found[0]
    return None


def main_region(
    root: html.HtmlElement, candidates: Sequence[Candidate], found: Sequence[Candidate]
) -> tuple[html.HtmlElement, bool]:
    """The marked main part; else the smallest element that holds most of what was found, or, where little was, most
    of the page's prose; else the body. And whether it is trusted, so that what was not found in it is text too: not
    where trafilatura found most of an unmarked page."""
    body = root.find(".//body")
    region = root if body is None else body
    marked = marked_main(root)
    chars = _chars_by_element(found)
    total = chars[root]
    if marked is not None and chars[marked] >= _ENOUGH_IN_MAIN * total:
        return marked, True
    unlinked = [each for each in candidates if each.links < _FEW_LINKS * len(each.text)]
    is_short = sum(len(each.text) for each in unlinked) < _SHORT_PAGE
    prose = unlinked if is_short else [each for each in unlinked if len(each.text) > _LONG]
    is_little = is_short or total <= _LITTLE_OF_PROSE * sum(len(each.text) for each in prose)
    if is_little:
        chars = _chars_by_element(prose)
        total = chars[root]
    while total:
        inner = [node for node in region if chars[node] >= _SHARE_OF_FOUND * total]
        if not inner:
            break
        region = inner[0]
    return region, is_little


def _chars_by_element(found: Sequence[Candidate]) -> Counter[html.HtmlElement]:
    """How much of what was found stands in each element; the parser limits the depth, so this is linear."""
    chars: Counter[html.HtmlElement] = Counter()
    for candidate in found:
        node = candidate.node
        while node is not None:
            chars[node] += len(candidate.text)
            node = node.getparent()
    return chars
