"""What stands beside the text of a page, and what trafilatura is known to lose.

In: elements of one page. Out: whether they stand in a caption, a fact box, a teaser; or in an accordion, a definition
list, a table. Remembers the answers for one page only.
"""

from collections.abc import Callable

from lxml import html

from corpus.extraction.blocks import leads_to_page
from corpus.extraction.region import Region
from corpus.extraction.toggles import says_panel
from corpus.extraction.tree import text_length
from corpus.extraction.vocabulary import names_of, says_beside, says_card, says_facts

_LINKS_OF_A_TEASER = 0.2
_RESCUED_TAGS = frozenset({"details", "dl", "table", "address"})


class Beside:
    """Remembers for one page which elements stand beside the text, and which hold what trafilatura loses."""

    def __init__(self, region: Region) -> None:
        self._beside: dict[html.HtmlElement | None, bool] = {None: False, region.element: False}
        self._rescued: dict[html.HtmlElement | None, bool] = {None: False, region.element: False}
        self._is_beside = _is_beside if region.is_short and region.is_marked else _is_beside_or_card

    def is_beside(self, node: html.HtmlElement) -> bool:
        return _remembered(self._beside, node, self._is_beside)

    def is_rescued(self, node: html.HtmlElement) -> bool:
        return _remembered(self._rescued, node, _is_rescued)


def _remembered(
    known: dict[html.HtmlElement | None, bool], node: html.HtmlElement, question: Callable[[html.HtmlElement], bool]
) -> bool:
    """The answer for an element: that of what it stands in, or its own."""
    path: list[html.HtmlElement] = []
    place: html.HtmlElement | None = node
    while place is not None and place not in known:
        path.append(place)
        place = place.getparent()
    answer = known[place]
    for each in reversed(path):
        answer = known[each] = answer or question(each)
    return answer


def _is_beside(node: html.HtmlElement) -> bool:
    names = names_of(node)
    if says_facts(names):
        return False
    return says_beside(names) or (node.tag == "aside" and links_elsewhere(node))


def _is_beside_or_card(node: html.HtmlElement) -> bool:
    names = names_of(node)
    if says_facts(names):
        return False
    return node.tag == "aside" or _is_beside(node) or (says_card(names) and links_elsewhere(node))


def links_elsewhere(node: html.HtmlElement) -> bool:
    links = [link for link in node.iter("a") if leads_to_page(link)]
    links += node.iterancestors("a")
    return sum(map(text_length, links)) > _LINKS_OF_A_TEASER * text_length(node)


def _is_rescued(node: html.HtmlElement) -> bool:
    return node.tag in _RESCUED_TAGS or "-" in node.tag or says_facts(names_of(node)) or says_panel(node)
