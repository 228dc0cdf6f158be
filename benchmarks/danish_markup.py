"""Real markup with Danish text: the 200 real pages, their text blocks filled with the proceedings of parliament.

In: a number of pages. Out: that many pages, each with a text of its own and at least thirty sentences in its main
part. Running text gives way to sentences, short text (menus, buttons, dates) to Danish words that are the same on all
pages made of one, as the furniture of a site is. Scripts, styles, attributes and the tree stay as they were.
"""

import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

import lxml.html
from lxml import etree

from benchmarks.danish_prose import sentences
from benchmarks.real_material import REAL_PAGES

MIN_SENTENCES = 30
RUNNING_CHARS = 40  # text from this length on is running text; menus and buttons are shorter
SENTENCES_PER_PARAGRAPH = 3
NUM_SITES = 94  # as many as there are municipalities that are crawled
_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "textarea", "select", "iframe", "object"})
_FURNITURE = frozenset({"nav", "footer", "header", "aside", "form", "button", "head"})


def danish_pages(num_pages: int) -> Iterator[tuple[str, bytes]]:
    """URL and body. A page of the 200 serves for several, all of them on one site."""
    prose = cycle(sentences())
    originals = real_pages()
    for number, (_, body) in enumerate(originals[:num_pages]):
        page = _Page(body)
        root = f"http://{host_of_site(number % NUM_SITES)}/side-{number:03}"
        for variant in range(num_pages // len(originals) + (number < num_pages % len(originals))):
            yield f"{root}/udgave-{variant:03}.html", page.filled(prose)


def real_pages() -> list[tuple[str, bytes]]:
    """Name and body of each of the 200, as they were."""
    with tarfile.open(REAL_PAGES) as archive:
        files = [(member.name, archive.extractfile(member)) for member in archive if member.name.endswith(".html")]
        return sorted((name, file.read()) for name, file in files if file)


def host_of_site(number: int) -> str:
    return f"www.fart-{number}.kommuneby.test"


@dataclass(frozen=True)
class _Slot:
    """A place of running text in the tree: before the children of an element, or behind the element."""

    element: etree._Element
    is_tail: bool
    num_chars: int

    def fill(self, text: str) -> None:
        setattr(self.element, "tail" if self.is_tail else "text", text)


class _Page:
    """One of the 200 pages, parsed once and filled again and again."""

    def __init__(self, body: bytes) -> None:
        self._tree = lxml.html.document_fromstring(body, parser=lxml.html.HTMLParser(encoding="utf-8"))
        for meta in self._tree.xpath("//meta[@charset or translate(@http-equiv, 'CT', 'ct') = 'content-type']"):
            meta.drop_tree()
        for head in self._tree.xpath("//head"):
            head.insert(0, lxml.html.Element("meta", charset="utf-8"))
        self._headings = self._tree.xpath("//title | //h1")
        self._slots = [_Slot(*place) for place in _places(self._tree)]
        self._main = self._main_part()
        self._added: list[etree._Element] = []

    def filled(self, prose: Iterator[str]) -> bytes:
        num_in_main = sum(self._fill(slot, prose) for slot in self._slots)
        self._top_up(MIN_SENTENCES - num_in_main, prose)
        title = " ".join(next(prose).split()[:7])
        for heading in self._headings:
            heading.text = title
        html: str = lxml.html.tostring(self._tree, encoding="unicode", doctype="<!DOCTYPE html>")
        return html.encode()

    def _fill(self, slot: _Slot, prose: Iterator[str]) -> int:
        """As many sentences as come nearest to the length that was there; gives how many are in the main part."""
        taken = [next(prose)]
        while sum(map(len, taken)) + len(taken[-1]) / 2 < slot.num_chars:
            taken.append(next(prose))
        slot.fill(f" {' '.join(taken)} ")
        return len(taken) if _block_of(slot).getparent() is self._main else 0

    def _top_up(self, num_missing: int, prose: Iterator[str]) -> None:
        for paragraph in self._added:
            self._main.remove(paragraph)
        self._added = []
        for _ in range(0, num_missing, SENTENCES_PER_PARAGRAPH):
            paragraph = etree.SubElement(self._main, "p")
            paragraph.text = " ".join(next(prose) for _ in range(SENTENCES_PER_PARAGRAPH))
            self._added.append(paragraph)

    def _main_part(self) -> etree._Element:
        """The element whose own children hold the most running text, outside of menus, footers and forms."""
        sizes: dict[etree._Element, int] = {}
        for slot in self._slots:
            parent = _block_of(slot).getparent()
            if parent is not None and not _is_furniture(parent):
                sizes[parent] = sizes.get(parent, 0) + slot.num_chars
        return max(sizes, key=lambda element: sizes[element], default=self._tree.find("body"))


def _places(tree: etree._Element) -> Iterator[tuple[etree._Element, bool, int]]:
    """Running text is handed out as places; shorter text becomes Danish at once."""
    for element in list(tree.iter()):
        if not isinstance(element.tag, str):
            continue
        is_silent = element.tag in _SILENT or any(parent.tag in _SILENT for parent in element.iterancestors())
        parent = element.getparent()
        for is_tail, text in ((False, element.text), (True, element.tail)):
            stripped = (text or "").strip()
            if not stripped or (is_silent and not (is_tail and parent is not None and parent.tag not in _SILENT)):
                continue
            if len(stripped) >= RUNNING_CHARS and element.tag not in ("title", "h1"):
                yield element, is_tail, len(stripped)
            elif any(map(str.isalpha, stripped)):
                _Slot(element, is_tail, len(stripped)).fill(f" {_phrase(stripped)} ")


def _phrase(original: str) -> str:
    """As many Danish words as the original has; the same ones for the same original."""
    prose = sentences()
    start = zlib.crc32(original.encode()) % len(prose)
    words = " ".join(prose[start : start + 2]).split()
    return " ".join(words[: len(original.split())]).rstrip(".,:;?!")


def _block_of(slot: _Slot) -> etree._Element:
    """The paragraph that a text is in; a line that is in none is its own."""
    element = slot.element.getparent() if slot.is_tail else slot.element
    paragraph = next((each for each in (element, *element.iterancestors()) if each.tag in ("p", "li")), None)
    return element if paragraph is None else paragraph


def _is_furniture(element: etree._Element) -> bool:
    return any(each.tag in _FURNITURE for each in (element, *element.iterancestors()))
