"""HTML to blocks of text.

In: a page. Out: title and blocks (heading, paragraph, list, table) in reading order, and which way they were found:
trafilatura, or BeautifulSoup where trafilatura finds nothing on a page that has content. Uses no global caches and
no clock, so the same page gives the same blocks in any order and on any machine.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import lxml.html
import trafilatura
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from ftfy import TextFixerConfig, fix_text
from lxml import etree

log = logging.getLogger(__name__)
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it calls an odd page an error; ours has a reason

HEADING, PARAGRAPH, LIST, TABLE = "heading", "paragraph", "list", "table"
TRAFILATURA, BEAUTIFULSOUP = "trafilatura", "beautifulsoup"
# trafilatura's XML, by the kind of block each element is.
_KIND_OF_ELEMENT = {"head": HEADING, "p": PARAGRAPH, "quote": PARAGRAPH, "code": PARAGRAPH, "item": LIST, "cell": TABLE}
_INLINE_ELEMENTS = frozenset({"hi", "ref", "del", "a", "span", "graphic"})  # every other one ends a block
_KIND_OF_TAG = {
    "h1": HEADING, "h2": HEADING, "h3": HEADING, "h4": HEADING, "h5": HEADING, "h6": HEADING, "summary": HEADING,
    "p": PARAGRAPH, "blockquote": PARAGRAPH, "li": LIST, "dt": LIST, "dd": LIST, "td": TABLE, "th": TABLE,
}  # fmt: skip
_SHELL_TAGS = ["script", "style", "noscript", "template", "nav", "aside", "svg", "select", "textarea"]
_SHELL_TAGS_OF_BODY = ["header", "footer"]  # inside the main part they hold its title and its contact
# Text runs on across these; every other tag ends a block. A form does not hide text: ASP.NET pages are one form.
_INLINE_TAGS = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
    "wbr",
})  # fmt: skip
# Quotation marks and casing are kept: ts1 deleted every quote.
_FTFY = TextFixerConfig(uncurl_quotes=False, explain=False)
_BLANKS = re.compile(r"\s+")
_LINE_BREAK = "\x1e"  # the record separator stands for <br> until blanks are joined
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
        title = None if tree is None else _title(tree)
        blocks = () if tree is None else tuple(_by_trafilatura(tree))
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
        tree, include_comments=False, include_tables=True, deduplicate=False, with_metadata=False
    )
    if found is None or isinstance(found, dict) or found.body is None:
        return
    outermost: etree._Element | None = None
    parts: list[str] = []
    for event, node in etree.iterwalk(found.body, events=("start", "end")):
        if node.tag not in _INLINE_ELEMENTS:
            for text in _clean("".join(parts)):
                yield Block(PARAGRAPH if outermost is None else _KIND_OF_ELEMENT[outermost.tag], text)
            parts = []
        if event == "start":
            if outermost is None and node.tag in _KIND_OF_ELEMENT:
                outermost = node  # a paragraph in a list item or table cell is part of it
            parts.append(node.text or "")
        else:
            outermost = None if node is outermost else outermost
            parts.append(node.tail or "")


def _by_beautifulsoup(html: str) -> Iterator[Block]:
    """For pages whose content sits where trafilatura does not look: address lines, bare text, comment boxes."""
    soup = BeautifulSoup(html, "lxml")
    main = soup.find("main") or soup.select_one("[role=main]") or soup.body or soup
    if not isinstance(main, Tag):
        return
    for shell in main.find_all(_SHELL_TAGS + (_SHELL_TAGS_OF_BODY if main.name == "body" else [])):
        shell.decompose()
    for line_break in main.find_all("br"):
        line_break.replace_with(_LINE_BREAK)
    for _, strings in groupby(main.strings, key=lambda string: id(_block_tag(string))):
        run = list(strings)
        for text in _clean(_without_source_lines("".join(run))):
            yield Block(_kind_of(run[0]), text)


def _block_tag(string: NavigableString) -> Tag | None:
    return next((parent for parent in string.parents if parent.name not in _INLINE_TAGS), None)


def _kind_of(string: NavigableString) -> str:
    """By the outermost tag that has a kind: a paragraph in a list item or table cell is part of it."""
    kinds = [_KIND_OF_TAG[parent.name] for parent in string.parents if parent.name in _KIND_OF_TAG]
    return kinds[-1] if kinds else PARAGRAPH


def _without_source_lines(text: str) -> str:
    """A new line in the source of a page is a blank; only a line break tag ends a line."""
    return "\n".join(_BLANKS.sub(" ", line) for line in text.split(_LINE_BREAK))


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
