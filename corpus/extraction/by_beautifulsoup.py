"""A page by another parser, for pages in which lxml or trafilatura finds no text.

In: the decoded page. Out: its root element, or None. BeautifulSoup with Python's own parser reads what libxml2 cuts off
(it stops at 256 open tags) or refuses, and gives a tree that the same walk turns into blocks.
"""

import warnings

from bs4 import MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from lxml import html
from lxml.html import soupparser

# Python's parser takes a second or more for each megabyte, and a page without text for lxml is small.
LARGEST_CHARS = 500_000


def reparsed(page: str) -> html.HtmlElement | None:
    if len(page) > LARGEST_CHARS:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        try:
            root: html.HtmlElement = soupparser.fromstring(page, features="html.parser")
        except (RecursionError, ValueError):  # nested deeper than Python goes; a name that no tree takes
            return None
    return root
