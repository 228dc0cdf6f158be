"""HTML to blocks of text.

In: a page. Out: title and blocks (heading, paragraph, list, table) in reading order, and which way they were found:
trafilatura, or BeautifulSoup where trafilatura finds nothing on a page that has content. Uses no global caches and
no clock, so the same page gives the same blocks in any order and on any machine.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

import lxml.html
import trafilatura
from bs4 import BeautifulSoup
from bs4.element import Tag
from ftfy import TextFixerConfig, fix_text
from lxml import etree

log = logging.getLogger(__name__)

HEADING, PARAGRAPH, LIST, TABLE = "heading", "paragraph", "list", "table"
TRAFILATURA, BEAUTIFULSOUP = "trafilatura", "beautifulsoup"
# trafilatura's XML, by the kind of block each element is.
_KIND_OF_ELEMENT = {"head": HEADING, "p": PARAGRAPH, "quote": PARAGRAPH, "code": PARAGRAPH, "item": LIST, "cell": TABLE}
_KIND_OF_TAG = {
    "h1": HEADING, "h2": HEADING, "h3": HEADING, "h4": HEADING, "h5": HEADING, "h6": HEADING, "summary": HEADING,
    "p": PARAGRAPH, "blockquote": PARAGRAPH, "li": LIST, "dt": LIST, "dd": LIST, "td": TABLE, "th": TABLE,
}  # fmt: skip
_SHELL_TAGS = ["script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "svg"]
# Quotation marks and casing are kept: ts1 deleted every quote.
_FTFY = TextFixerConfig(uncurl_quotes=False, explain=False)
_BLANKS = re.compile(r"\s+")
_reported: set[str] = set()


@dataclass(frozen=True)
class Block:
    """A run of text that no sentence crosses the end of."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """What a page says."""

    title: str | None
    blocks: tuple[Block, ...]
    method: str

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks)


class ExtractionError(Exception):
    """The page could not be parsed; it is dropped and the run goes on."""


def extract(html: str) -> Extraction:
    """Find the main text; no blocks where there is none.

    Raises:
        ExtractionError: the parser or the extractor failed on this page.
    """
    try:
        tree = trafilatura.load_html(html)
        if tree is None:
            return Extraction(title=None, blocks=(), method=TRAFILATURA)
        title = _title(tree)
        blocks = tuple(_by_trafilatura(tree))
        if blocks:
            return Extraction(title=title, blocks=blocks, method=TRAFILATURA)
        return Extraction(title=title, blocks=tuple(_by_beautifulsoup(html)), method=BEAUTIFULSOUP)
    except Exception as error:  # the page boundary: a hostile page must not stop a build
        kind = type(error).__name__
        log.log(logging.DEBUG if kind in _reported else logging.WARNING, "a page could not be extracted: %s", error)
        _reported.add(kind)
        raise ExtractionError(f"{kind}: {error}") from error


def _by_trafilatura(tree: lxml.html.HtmlElement) -> Iterator[Block]:
    found = trafilatura.bare_extraction(
        tree, favor_recall=True, include_comments=False, include_tables=True, deduplicate=False, with_metadata=False
    )
    if found is None or isinstance(found, dict) or found.body is None:
        return
    for element in found.body.iter(*_KIND_OF_ELEMENT):
        if any(parent.tag in _KIND_OF_ELEMENT for parent in element.iterancestors()):
            continue  # a paragraph in a list item or table cell is part of it
        for text in _lines(element):
            yield Block(_KIND_OF_ELEMENT[element.tag], text)


def _lines(element: etree._Element) -> Iterator[str]:
    """The text of an element; a line break ends a block, because sentences do not cross it."""
    parts: list[str] = []
    for node in element.iter():
        if node.tag == "lb" or (node is not element and node.tag in _KIND_OF_ELEMENT):
            parts.append("\n")
        parts.append(node.text or "")
        if node is not element:
            parts.append(node.tail or "")
    yield from _clean("".join(parts))


def _by_beautifulsoup(html: str) -> Iterator[Block]:
    """For pages whose content sits where trafilatura does not look: accordions, definition lists, tables."""
    soup = BeautifulSoup(html, "lxml")
    for shell in soup.find_all(_SHELL_TAGS):
        shell.decompose()
    main = soup.find("main") or soup.select_one("[role=main]") or soup.body or soup
    if not isinstance(main, Tag):
        return
    for tag in main.find_all(list(_KIND_OF_TAG)):
        if isinstance(tag, Tag) and tag.find(list(_KIND_OF_TAG)) is None:
            for text in _clean(tag.get_text(" ")):
                yield Block(_KIND_OF_TAG[tag.name], text)


def _clean(text: str) -> Iterator[str]:
    for line in fix_text(text, _FTFY).splitlines():
        if cleaned := _BLANKS.sub(" ", line).strip():
            yield cleaned


def _title(tree: lxml.html.HtmlElement) -> str | None:
    """The first heading, else the title of the page."""
    for path in ("//h1", "//title"):
        for element in tree.xpath(path):
            if lines := list(_clean(" ".join(element.itertext()))):
                return " ".join(lines)
    return None
