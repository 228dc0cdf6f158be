"""What opens a text of the page when a reader presses it, and what is opened.

In: an lxml element. Out: questions answered from its name, its attributes and the element after it. Decides nothing
about what is kept.
"""

import re
from functools import lru_cache

from lxml import html

from corpus.extraction.vocabulary import names_of, words_of

_TOGGLE_WORDS = re.compile(
    r"(?:accordion|accordian|akkordeon|harmonika|collaps\w*|expand\w*|foldud|fold ud|faq|toggle|panel)\w*"
    r"(?: \w+)* (?:header|heading|title|titel|button|btn|toggle|trigger|question|label|knap|headline|link)(?![a-z])|"
    r"(?<![a-z])(?:panel title|accordion (?:header|button|toggle|title)|faq question)"
)
# A label of a tab where the names do not say so by a role: `tabs__tab`, `tab-title`, `<x-tab>`.
_TAB_WORDS = re.compile(r"(?<![a-z])tabs? (?:tab|title|titel|label|header|heading|headline|button|link)(?![a-z])")
_PANEL_WORDS = re.compile(r"(?<![a-z])(?:accordion|akkordeon|harmonika|collapse|panel|tab|tabs|faq|details)")
_BLOCKS_OF_A_PANEL = ("p", "div", "ul", "ol", "table", "section")
_HEADING_SLOTS = frozenset({"title", "heading", "headline", "summary"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none")


@lru_cache(maxsize=4096)
def says_toggle(names: str) -> bool:
    return _TOGGLE_WORDS.search(words_of(names)) is not None


def is_toggle(node: html.HtmlElement) -> bool:
    """The part of an accordion or a row of tabs that a reader presses: it heads what it opens."""
    attributes = node.attrib
    if "aria-haspopup" in attributes or node.tag in ("details", "li", "section", "ul", "dl"):
        return False
    if attributes.get("role") == "tab" or "aria-expanded" in attributes:
        return True
    if "collapse" in (attributes.get("data-toggle"), attributes.get("data-bs-toggle")):
        return True
    if node.tag in ("button", "a") and "aria-controls" in attributes:
        return True
    if (node.tag == "button" or attributes.get("role") == "button") and _opens_next(node):
        return True
    if node.tag in ("button", "a", "div", "span", "dt", "p"):
        names = names_of(node)
        return says_toggle(names) or (_says_tab(names) and node.find("*") is None)
    return node.tag.endswith("-tab") and not any(node.find(tag) is not None for tag in _BLOCKS_OF_A_PANEL)


@lru_cache(maxsize=4096)
def _says_tab(names: str) -> bool:
    return _TAB_WORDS.search(words_of(names)) is not None


def _opens_next(button: html.HtmlElement) -> bool:
    following = button.getnext()
    return following is not None and (is_hidden(following) or _says_panel(following.get("class") or ""))


def is_hidden(node: html.HtmlElement) -> bool:
    """Hidden until a reader opens it; a style sheet may hide others."""
    return "hidden" in node.attrib or _HIDDEN_STYLE.search(node.get("style") or "") is not None


def is_heading_slot(node: html.HtmlElement) -> bool:
    """What a web component is given as its heading, whatever the tag."""
    return node.get("slot") in _HEADING_SLOTS


def heading_in_attribute(node: html.HtmlElement) -> str | None:
    """The heading that a web component is given as an attribute and shows itself."""
    if "-" not in node.tag:
        return None
    names = ("heading", "headline", "header", *(("title", "label") if _says_panel(node.tag) else ()))
    return next((value for name in names if (value := node.get(name))), None)


@lru_cache(maxsize=4096)
def _says_panel(names: str) -> bool:
    return _PANEL_WORDS.search(words_of(names)) is not None


def says_panel(node: html.HtmlElement) -> bool:
    """What a reader opens: hidden until then, a tab's panel, or named so."""
    attributes = node.attrib
    return is_hidden(node) or attributes.get("role") in ("tabpanel", "region") or _says_panel(names_of(node))
