"""Takes out of a tree what one page alone shows to be shell: menus, banners, share buttons, footers, templates.

In: the root of a page. Out: the same tree, without those elements. What only many pages of a site show to be shell is
learnt elsewhere; links and lists inside the main part are judged later, by what trafilatura finds.
"""

from collections.abc import Iterable

from lxml import etree, html

from corpus.extraction.layout_tables import unfold_layout_tables
from corpus.extraction.links import is_act
from corpus.extraction.phrases import is_button_label
from corpus.extraction.toggles import is_toggle
from corpus.extraction.tree import drop, text_length
from corpus.extraction.vocabulary import (
    INLINE_TAGS,
    LARGEST_WIDGET_CHARS,
    SHELL_ROLES,
    SILENT_TAGS,
    is_name_of_site,
    is_widget_form,
    names_of,
    says_contact,
    says_facts,
    says_foot,
    says_main,
    says_other_pages,
    says_shell,
    says_visually_hidden,
    says_widget,
)

MAIN_PATH = "//main | //*[@role='main']"
# On a page without a main part and a heading, an element with a shell's name that holds more than this of the page is
# a wrapper of its text. On others a cookie banner may well be longer than a short text.
LARGEST_SHARE = 0.4
NEARLY_ALL = 0.9
# Without attributes, only these tags say something.
_TELLING_TAGS = frozenset({"main", "article", "header", "footer", "aside", "button", "form", "label"})


def without_shell(root: html.HtmlElement) -> None:
    """Prune the tree in place."""
    for node in list(root.iter(*SILENT_TAGS)):
        if not (node.tag == "template" and "shadowrootmode" in node.attrib):  # a browser shows that one
            drop(node)
    unfold_layout_tables(root)
    marked = root.xpath(MAIN_PATH)
    protected = _protected([*marked, *root.iter("h1")])
    body = root.find(".//body")
    body = root if body is None else body
    total = text_length(body)
    walk = etree.iterwalk(body, events=("start", "end"))
    mains: list[html.HtmlElement] = []  # those that are open, the innermost last
    dropped: list[html.HtmlElement] = []
    for event, node in walk:
        if event == "end":
            if mains and mains[-1] is node:
                mains.pop()
            continue
        if not node.attrib and node.tag not in _TELLING_TAGS:
            continue
        is_main = node.tag in ("main", "article") or node.get("role") == "main" or says_main(names_of(node))
        if node is not body and _is_shell(node, is_main or bool(mains), bool(marked), protected, total):
            dropped.append(node)
            walk.skip_subtree()
        elif is_main:
            mains.append(node)
    for node in dropped:
        drop(node)


def _protected(roots: Iterable[html.HtmlElement]) -> set[html.HtmlElement]:
    """The main part, the first heading, and all that they stand in."""
    kept: set[html.HtmlElement] = set()
    for node in roots:
        if node.tag == "h1" and is_name_of_site(node):
            continue
        while node is not None and node not in kept:
            kept.add(node)
            node = node.getparent()
    return kept


def _is_shell(
    node: html.HtmlElement, is_inside_main: bool, has_main: bool, protected: set[html.HtmlElement], total: int
) -> bool:
    tag, attributes = node.tag, node.attrib
    names = names_of(node)
    if tag in INLINE_TAGS:
        return _is_silent_inline(node, names)
    if tag in ("html", "main", "h1") or node in protected or attributes.get("role") == "tablist":
        return False
    if tag == "button" or attributes.get("role") == "button":
        return not is_toggle(node) or is_button_label("".join(node.itertext()))
    if attributes.get("role") in SHELL_ROLES or attributes.get("aria-modal") == "true":
        return True
    if tag in ("header", "footer") and not is_inside_main:
        return True
    if attributes.get("role") == "banner" and not is_inside_main:
        return True
    if tag == "aside" and has_main and not is_inside_main and not (says_facts(names) and not says_contact(names)):
        return True
    if tag == "form" and is_widget_form(node):
        return True
    if tag == "label" and next(node.iterancestors("form"), None) is not None:
        return True
    if says_other_pages(names):
        return text_length(node) <= LARGEST_SHARE * total
    if says_visually_hidden(names):
        return True
    if says_foot(names) and not is_inside_main:
        return True
    if says_shell(names):
        return text_length(node) <= (NEARLY_ALL if protected else LARGEST_SHARE) * total
    return says_widget(names) and text_length(node) <= min(LARGEST_WIDGET_CHARS, LARGEST_SHARE * total)


def _is_silent_inline(node: html.HtmlElement, names: str) -> bool:
    """Marks and words for screen readers, and links past the menu."""
    if node.get("aria-hidden") == "true" or says_visually_hidden(names):
        return True
    return node.tag == "a" and (
        is_act(node)
        or (node.get("role") == "button" and not is_toggle(node))
        or ((says_shell(names) or says_widget(names)) and len(node.get("href", "#")) > 0)
    )
