"""Which headings stay, and what they take along.

In: candidates in reading order, which of them trafilatura found, and which stay. Out: the same list of those that stay,
changed in place.
"""

from collections.abc import Sequence

from lxml import html

from corpus.extraction.blocks import Candidate
from corpus.extraction.phrases import heads_links, heads_other_pages
from corpus.extraction.region import Region
from corpus.extraction.vocabulary import HEADING, KIND_OF_TAG

# More links than other text is a menu, a list of topics or a teaser.
LINKS_OF_A_MENU = 0.5
_PANEL_RANK = 7


def drop_other_pages(candidates: Sequence[Candidate], region: Region, kept: list[bool]) -> None:
    """A section that begins with "Flere nyheder" or "Se også" goes whole, with links or without."""
    main = {region.element, *region.element.iterancestors()}
    gone: set[html.HtmlElement] = set()
    last: html.HtmlElement | None = None
    for candidate in candidates:
        section = candidate.node.getparent()
        if candidate.kind == HEADING and heads_other_pages(candidate.text) and section is not None:
            is_first = last is None or section not in last.iterancestors()
            if is_first and section not in main and candidate.tag != "h1":
                gone.add(section)
        last = candidate.node
    if not gone:
        return
    for place, candidate in enumerate(candidates):
        if kept[place] and not gone.isdisjoint(candidate.node.iterancestors()):
            kept[place] = False


def settle_headings(candidates: Sequence[Candidate], voted: Sequence[bool], kept: list[bool]) -> None:
    """A heading stays where what follows it does: a text, or a heading of a lower rank."""
    under: list[int] = []  # links between the next heading and this one
    follows, rank_below, has_text = False, 0, False  # from the next heading back to this one
    for place in range(len(candidates) - 1, -1, -1):
        candidate = candidates[place]
        if candidate.kind != HEADING:
            follows = kept[place]
            has_text = has_text or follows
            if candidate.links >= LINKS_OF_A_MENU * len(candidate.text):
                under.append(place)
            continue
        rank = _rank(candidate)
        if kept[place]:
            leads = heads_links(candidate.text)
            heads_text = follows or rank_below > rank or rank_below == _PANEL_RANK or (has_text and voted[place])
            kept[place] = (heads_text and (voted[place] or not leads)) or (voted[place] and not leads)
        rank_below = rank if kept[place] else rank_below
        if heads_links(candidate.text):
            for place_under in under:
                kept[place_under] = False
        follows = has_text = False
        under = []


def _rank(candidate: Candidate) -> int:
    """1 to 6; what opens a panel ranks below all headings."""
    return (
        int(candidate.tag[1]) if KIND_OF_TAG.get(candidate.tag) == HEADING and candidate.tag[0] == "h" else _PANEL_RANK
    )
