"""A page's HTML to a tree.

In: the decoded page. Out: its root element, or None where there is none; comments are gone. Takes no element out.
"""

import re

from lxml import etree, html

# A form feed parts words; the rest stand for nothing. str.translate took 5 of 9 ms of a page here.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

# lxml.html looks up a class of its own for form fields, which nothing here uses, in Python for each element that is
# touched: a fifteenth of the time of a page.
_ONE_CLASS = etree.ElementDefaultClassLookup(element=html.HtmlElement, comment=html.HtmlComment)

# libxml2 drops a text of more than ten million bytes unless told not to; it then goes down to 2048 open tags too, which
# costs time on hostile pages, so others keep the limit of 256.
_LARGEST_CHARS = 4_000_000


# Fields of a form and their labels stand between lines, not in them.
_SETS_APART = frozenset({"select", "textarea", "label", "button"})


def parsed(page: str) -> html.HtmlElement | None:
    """The parser is new for each page, so that nothing of the last one stays in it."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False,
                             huge_tree=len(page) > _LARGEST_CHARS)  # fmt: skip
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        root = html.document_fromstring(_NOT_IN_XML.sub(" ", page).encode(), parser=parser)
    except etree.ParserError:  # nothing in it
        return None
    return root


def drop(node: html.HtmlElement) -> None:
    """Take an element out; the text after it stays, in a line of its own where the element set it apart."""
    parent = node.getparent()
    if parent is None:
        return
    if node.tag in _SETS_APART:
        node.clear(keep_tail=True)
        node.tag = "br"
        return
    if node.tail:
        before = node.getprevious()
        if before is None:
            parent.text = (parent.text or "") + node.tail
        else:
            before.tail = (before.tail or "") + node.tail
    parent.remove(node)


def text_length(node: html.HtmlElement) -> int:
    """Characters that are no blanks."""
    return len("".join("".join(node.itertext()).split()))
