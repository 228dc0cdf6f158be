"""Which candidate blocks are the text of a page.

In: candidates in reading order, the main region, and trafilatura's vote. Out: those that stay. What trafilatura found
stays; what it lost is put back where it stands in the main region and looks like text of the page: accordion panels,
definition lists, tables, short pages, prose. Changes no text.
"""

import re
from collections.abc import Callable, Sequence

from lxml import html

from corpus.extraction.blocks import NO_PAGE, Candidate
from corpus.extraction.region import Region
from corpus.extraction.tree import text_length
from corpus.extraction.vocabulary import (
    HEADING,
    KIND_OF_TAG,
    is_name_of_site,
    names_of,
    says_beside,
    says_card,
    says_facts,
    says_panel,
)

# More links than other text is a menu, a list of topics or a teaser.
_LINKS_OF_A_MENU = 0.5
# Bare text in a div: shorter is a label or a date more often than a sentence.
_LONG = 60
_LINKS_OF_A_TEASER = 0.2
_PANEL_RANK = 7
_TEXT_TAGS = frozenset({"p", "li", "td", "th", "dd", "dt", "blockquote", "pre", "address", "caption", "legend"})
_RESCUED_TAGS = frozenset({"details", "dl", "table", "address"})
_FINAL_MARK = re.compile(r"[.!?:…][\"'”»)]*$")
_TEMPLATE_MARK = re.compile(r"^(?:©|&copy;|Copyright ©)|\{\{|\}\}|<%|%>|\$\{|\[%")
# A line that leads elsewhere: "Læs også: ..." and its like in the languages of Danish sites.
_LEADS_ELSEWHERE = re.compile(
    r"(?:l(?:æ|ae)s (?:også|mere)|se også|read (?:more|also)|see also|lesen sie auch|weiterlesen|siehe auch|les også|"
    r"läs (?:också|mer)|à lire aussi|lee también)\b", re.I
)  # fmt: skip
_BARE_DATE = re.compile(r"(?:\d{1,2}[. /-]+\w{1,9}[. /-]+\d{4}|\d{4}-\d{2}-\d{2}).{0,15}")
_SHORT = 60  # an invitation to read on, without its link
_HEADS_LINKS = re.compile(
    r"(?:relatere(?:t|de)|relevante|l(?:æ|ae)s (?:også|mere)|se også|genveje|links|fandt du|fik du|"
    r"del (?:siden|denne)|var (?:siden|denne)|related|see also|read (?:also|more)|siehe auch|(?:mehr )?zum|das könnte|"
    r"weitere|neueste|seneste|flere|populære|mest læste|you (?:may|might)|more (?:from|on))\b.*",
    re.IGNORECASE,
)


def selected(candidates: Sequence[Candidate], region: Region, voted: Sequence[bool]) -> list[Candidate]:
    """The blocks of the page. Of a region that is not trusted, only what trafilatura is known to lose is put back."""
    inside = set(region.element.iter()) | _around_title(candidates, region)
    beside = _Beside(region)
    kept = [
        _stays(candidate, is_voted, region, candidate.node in inside, beside)
        for candidate, is_voted in zip(candidates, voted, strict=True)
    ]
    if region.is_trusted:
        _fill_gaps(candidates, kept, inside, beside)
    _settle_headings(candidates, voted, kept)
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


def _stays(candidate: Candidate, is_voted: bool, region: Region, is_inside: bool, beside: "_Beside") -> bool:
    text, share = candidate.text, candidate.links / len(candidate.text)
    if _TEMPLATE_MARK.search(text) or ((share > 0 or len(text) < _SHORT) and _LEADS_ELSEWHERE.match(text)):
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


def _may_stay(candidate: Candidate, is_inside: bool, beside: "_Beside") -> bool:
    is_menu = candidate.links >= _LINKS_OF_A_MENU * len(candidate.text)
    return is_inside and not is_menu and not beside.is_beside(candidate.node)


def _fill_gaps(
    candidates: Sequence[Candidate], kept: list[bool], inside: set[html.HtmlElement], beside: "_Beside"
) -> None:
    """Short lines belong where they stand: between two that stay, or right after one in the same element."""
    start = 0  # of the short lines since the last one that stays
    for place, candidate in enumerate(candidates):
        if kept[place]:
            for gap in range(start, place) if start else ():
                kept[gap] = True
            start = place + 1
        elif (
            candidate.kind == HEADING
            or _BARE_DATE.fullmatch(candidate.text)
            or not _may_stay(candidate, candidate.node in inside, beside)
        ):
            start = 0
        elif start == place and place and _are_siblings(candidates[place - 1].node, candidate.node):
            kept[place] = True
            start = place + 1


def _are_siblings(before: html.HtmlElement, node: html.HtmlElement) -> bool:
    around = (node, node.getparent())
    return before in around or before.getparent() in around


def _settle_headings(candidates: Sequence[Candidate], voted: Sequence[bool], kept: list[bool]) -> None:
    """A heading stays where what follows it does: a text, or a heading of a lower rank."""
    under: list[int] = []  # links between the next heading and this one
    follows, rank_below, has_text = False, 0, False  # from the next heading back to this one
    for place in range(len(candidates) - 1, -1, -1):
        candidate = candidates[place]
        if candidate.kind != HEADING:
            follows = kept[place]
            has_text = has_text or follows
            if candidate.links >= _LINKS_OF_A_MENU * len(candidate.text):
                under.append(place)
            continue
        rank = _rank(candidate)
        if kept[place]:
            leads = _HEADS_LINKS.fullmatch(candidate.text) is not None
            heads_text = follows or rank_below > rank or rank_below == _PANEL_RANK or (has_text and voted[place])
            kept[place] = (heads_text and (voted[place] or not leads)) or (voted[place] and not leads)
        rank_below = rank if kept[place] else rank_below
        if _HEADS_LINKS.fullmatch(candidate.text):
            for place_under in under:
                kept[place_under] = False
        follows = has_text = False
        under = []


def _rank(candidate: Candidate) -> int:
    """1 to 6; what opens a panel ranks below all headings."""
    return (
        int(candidate.tag[1]) if KIND_OF_TAG.get(candidate.tag) == HEADING and candidate.tag[0] == "h" else _PANEL_RANK
    )


def _is_repeat(candidate: Candidate, before: Candidate) -> bool:
    """The same line again at once: a page's version for small screens."""
    return candidate.text == before.text and candidate.kind == before.kind and candidate.kind != "table"


class _Beside:
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
    if node.tag in ("figure", "figcaption"):
        return node.find(".//table") is None
    return says_beside(names) or (node.tag == "aside" and _links_elsewhere(node))


def _is_beside_or_card(node: html.HtmlElement) -> bool:
    names = names_of(node)
    if says_facts(names):
        return False
    return node.tag == "aside" or _is_beside(node) or (says_card(names) and _links_elsewhere(node))


def _links_elsewhere(node: html.HtmlElement) -> bool:
    links = [link for link in node.iter("a") if not (link.get("href") or "").startswith(NO_PAGE)]
    links += node.iterancestors("a")
    return sum(map(text_length, links)) > _LINKS_OF_A_TEASER * text_length(node)


def _is_rescued(node: html.HtmlElement) -> bool:
    return node.tag in _RESCUED_TAGS or "-" in node.tag or says_facts(names_of(node)) or says_panel(node)
