"""What was traced of a page, and a page to be read, as lines.

In: `TracedPage`, `OpenedPage`. Out: lines without control characters but those that mark. Looks nothing up.
"""

from collections.abc import Callable, Iterator

from corpus.tracing.page_sentences import PageSentence
from corpus.tracing.page_tracing import TracedPage
from corpus.tracing.shown_page import NotShown, OpenedBlock, OpenedPage
from corpus.tracing.trace_lines import history_lines, origin_lines
from foundation.printing import printable

_BEFORE = {"heading": "# ", "list": "- ", "table": "| "}
_SHOWN_CHARS = 80  # of a block of boilerplate: enough to know it


def page_lines(found: TracedPage) -> Iterator[str]:
    """For a terminal."""
    yield from map(printable, _page_lines(found))


def _page_lines(found: TracedPage) -> Iterator[str]:
    if found.origin is not None:
        yield from origin_lines(found.origin.document_id, found.url, found.origin)
    else:
        yield f"address   {found.url}"
    yield f"site      {found.site}"
    yield from _whole_lines(found)
    yield from history_lines(found.history, "document")
    for kind, number in found.personal_data.items():
        yield f"personal data: {kind} {number}"
    if found.num_withheld:
        yield f"blocks left out because they may hold CPR numbers: {found.num_withheld}"
    yield from _boilerplate_lines(found)
    for sentence in found.sentences:
        yield from _sentence_lines(sentence)


def _whole_lines(found: TracedPage) -> Iterator[str]:
    left_out = found.left_out
    if left_out is not None:
        yield f"left out as {left_out.reason}"
        if left_out.kept_id:
            similarity = f"similarity {left_out.similarity or 0:.3f}"
            yield f"  stays     {left_out.kept_id}, {similarity}  {left_out.kept_url or ''}"
    elif found.origin is None:
        yield f"the corpus {found.corpus} has no document of it"


def _boilerplate_lines(found: TracedPage) -> Iterator[str]:
    if found.origin is not None and isinstance(found.archived, NotShown):
        yield f"what was removed from it as boilerplate cannot be told: {found.archived.reason}"
    for block in found.boilerplate or ():
        text = block.text if len(block.text) <= _SHOWN_CHARS else f"{block.text[:_SHOWN_CHARS]}…"
        yield f"removed as boilerplate, on {block.num_pages} pages, key {block.key}: {text}"


def _sentence_lines(sentence: PageSentence) -> Iterator[str]:
    number = f"{sentence.position or '':>4}"
    if sentence.split is not None:
        yield f"{number}  kept, {sentence.split}, {sentence.sentence_id}: {sentence.text}"
        return
    yield f"{number}  left out as {sentence.reason}: {sentence.text}"
    if (stays := sentence.kept_elsewhere) is not None:
        other = f": {stays.text}" if stays.text != sentence.text else ""
        yield f"      stays {stays.sentence_id}, similarity {sentence.similarity or 0:.3f}, {stays.url}{other}"


def opened_lines(page: OpenedPage | NotShown, mark: Callable[[str], str]) -> Iterator[str]:
    """A page to be read; `mark` sets off the sentence that was asked for."""
    yield ""
    if isinstance(page, NotShown):
        yield printable(f"the page is not shown: {page.reason}")
        return
    fetched = f"fetched {page.fetched_at:%Y-%m-%d %H:%M}, " if page.fetched_at else ""
    source = "from the archive" if page.without_archive is None else f"as the corpus has it: {page.without_archive}"
    yield from map(printable, (page.title or "(no title)", page.url, f"{fetched}{source}"))
    if page.sought and not page.has_sought:
        yield "no sentence is marked: this text does not hold the one that was asked for"
    yield ""
    for block in page.blocks:
        yield _block_line(block, mark)


def _block_line(block: OpenedBlock, mark: Callable[[str], str]) -> str:
    shown = [mark(printable(each.text)) if each.is_sought else printable(each.text) for each in block.sentences]
    before = "(boilerplate) " if block.is_boilerplate else ""
    return f"{_BEFORE.get(block.kind, '')}{before}{' '.join(shown)}"
