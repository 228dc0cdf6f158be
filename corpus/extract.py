"""HTML to blocks of text.

In: a page. Out: what it says: blocks (heading, paragraph, list, table) in reading order, with title, language and
date, and by which way they were found. Uses no clock and remembers nothing of a page, so the same page gives the same
blocks in any order and on any machine. Does not learn which parts of a site's pages repeat.

The ladder: lxml reads the page, and the own walk lists its runs of text in order. trafilatura's fast path says which
of them are main text; its fall-backs (readability, justext) are asked only where that is little of the page. What it
is known to lose is put back by where it stands: accordions, tabs, definition lists, tables, short pages. Pages of
more blocks than trafilatura reads in reasonable time are decided by the own walk alone. BeautifulSoup reads pages
that lxml reads into nothing; its tree takes the same walk.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import html

from corpus.extraction import by_trafilatura
from corpus.extraction.blocks import Candidate, candidates
from corpus.extraction.by_beautifulsoup import reparsed
from corpus.extraction.by_trafilatura import NOTHING, Vote
from corpus.extraction.metadata import Metadata, metadata_of
from corpus.extraction.region import main_region
from corpus.extraction.selection import selected
from corpus.extraction.shell import without_shell
from corpus.extraction.tree import parsed

log = logging.getLogger(__name__)

# The rungs of the ladder.
TRAFILATURA = "trafilatura"  # its fast path found every block
TRAFILATURA_FALL_BACKS = "trafilatura+fallbacks"  # its fast path found little, its other extractors found the blocks
RESCUED = "trafilatura+rescue"  # blocks that it lost were put back from the main part of the page
OWN_WALK = "own walk"  # more blocks than trafilatura is given: the page's tree decides alone
BEAUTIFULSOUP = "beautifulsoup"  # lxml read no text out of the page: its tags nest too deep, or it has no tree
# Of the text of a page outside links and shell; on 200 real pages the fall-backs change little above it.
_LITTLE = 0.3
# trafilatura's fast path and its fall-backs take some 60 us a block; the longest of 200 real pages has 2,660 blocks.
_MOST_CANDIDATES = 20_000
_NO_TREE, _NO_TEXT = "no tree", "no text"
_UNREAD = (_NO_TREE, _NO_TEXT)
_reported: set[str] = set()


@dataclass(frozen=True)
class Block:
    """A run of text that no sentence crosses the end of."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """What a page says. `date` is that of its last update or publication, as the page states it, in ISO form."""

    title: str | None
    language: str | None = None
    date: str | None = None
    blocks: tuple[Block, ...]
    method: str
    reason: str = ""

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks)


class ExtractionError(Exception):
    """The page could not be parsed; it is dropped and the run goes on."""


def extract(page: str) -> Extraction:
    """Find the main text; no blocks where there is none.

    Raises:
        ExtractionError: the parser or the extractor failed on this page.
    """
    try:
        return _extract(page)
    except Exception as error:  # the page boundary: a hostile page must not stop a build
        kind = type(error).__name__
        log.log(logging.DEBUG if kind in _reported else logging.WARNING, "a page could not be extracted: %s", error)
        _reported.add(kind)
        raise ExtractionError(f"{kind}: {error}") from error


def _extract(page: str) -> Extraction:
    root = parsed(page)
    stated = Metadata(title=None, language=None, date=None) if root is None else metadata_of(page, root)
    blocks, method, reason = _climb(root) if root is not None else ([], TRAFILATURA, _NO_TREE)
    if not blocks and reason in _UNREAD:
        method, reason = BEAUTIFULSOUP, "no text found before"
        other = reparsed(page)
        if other is not None:
            stated = metadata_of(page, other)
            without_shell(other)
            blocks = _blocks(other, list(candidates(other)), NOTHING)[0]
    return Extraction(
        title=stated.title, language=stated.language, date=stated.date, method=method, reason=reason,
        blocks=tuple(Block(each.kind, each.text) for each in blocks),
    )  # fmt: skip


def _climb(root: html.HtmlElement) -> tuple[list[Candidate], str, str]:
    """trafilatura's fast path; its fall-backs where it found little; what it lost is put back on both."""
    without_shell(root)
    found = list(candidates(root))
    if not found:
        return [], TRAFILATURA, _NO_TEXT
    if len(found) > _MOST_CANDIDATES:
        return _blocks(root, found, NOTHING)[0], OWN_WALK, f"{len(found)} blocks"
    method, reason = TRAFILATURA, "main text found"
    vote = by_trafilatura.vote(root)
    if vote.num_chars < _LITTLE * sum(len(each.text) - each.links for each in found):
        vote = by_trafilatura.vote(root, with_fall_backs=True)
        method, reason = TRAFILATURA_FALL_BACKS, "little found by the fast path"
    blocks, num_rescued = _blocks(root, found, vote)
    if num_rescued:
        return blocks, RESCUED, f"{num_rescued} of {len(blocks)} blocks put back"
    return blocks, method, reason


def _blocks(root: html.HtmlElement, found: Sequence[Candidate], vote: Vote) -> tuple[list[Candidate], int]:
    """The blocks of the page, and how many of them trafilatura had lost."""
    voted = [vote.has(each.text) for each in found]
    region = main_region(root, found, [each for each, is_voted in zip(found, voted, strict=True) if is_voted])
    chosen = selected(found, region, voted)
    return chosen, sum(not vote.has(each.text) for each in chosen)
