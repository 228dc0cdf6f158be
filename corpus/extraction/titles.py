"""The headings of a page that may be its title.

In: a tree or an element. Out: headings of the first rank, and the text of one. Chooses none.
"""

from lxml import etree, html

from corpus.extraction.vocabulary import INLINE_TAGS, is_name_of_site


def titles(root: html.HtmlElement) -> list[html.HtmlElement]:
    """Those that are not the site's name."""
    return [node for node in root.iter("h1") if not is_name_of_site(node)]


def inner_text(element: html.HtmlElement) -> str:
    """Words go on across inline tags, and end at others."""
    pieces: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        apart = "" if node.tag in INLINE_TAGS else " "
        text = node.text if event == "start" else (node.tail if node is not element else None)
        pieces += [apart, text or ""]
    return "".join(pieces)
