"""What was traced of a sentence, as lines.

In: `TracedSentence`. Out: lines without control characters: a text of the web must not steer a terminal. Looks nothing
up.
"""

from collections.abc import Iterator, Sequence

from corpus.tracing.origins import Origin
from corpus.tracing.page_history import QuarterState
from corpus.tracing.traced_sentence import MAX_NAMED, KeptSentence, LostSentence, TracedSentence
from foundation.printing import printable


def sentence_lines(found: TracedSentence) -> Iterator[str]:
    """For a terminal."""
    yield from map(printable, _sentence_lines(found))


def _sentence_lines(found: TracedSentence) -> Iterator[str]:
    if found.missing_from:
        yield f"not in {found.missing_from}; last in {found.corpus}"
    for block in found.boilerplate[:MAX_NAMED]:
        yield f"left out as boilerplate of {block.site}, on {block.num_pages} pages, since {block.first_quarter}"
        yield f"  a build with its key in keep_boilerplate keeps it: {block.key}"
    yield from _lost_lines(found.lost, found.num_lost)
    if found.kept is not None:
        yield from _kept_lines(found.kept, found.origin, "" if not found.lost else "  ")
    for near in found.near_duplicates[:MAX_NAMED]:
        yield f"went for it ({near.reason}, similarity {near.similarity:.3f}): {near.text}  {near.url}"
    yield from more_lines(len(found.near_duplicates))
    yield from history_lines(found.history, "sentence")


def _lost_lines(lost: Sequence[LostSentence], number: int) -> Iterator[str]:
    for each in lost:
        yield f"left out as {each.reason}  {each.site}  {each.url}"
    yield from more_lines(number)
    if lost:
        yield f"  text      {lost[0].text}"
    if lost and lost[0].kept_id:
        yield f"  stays     {lost[0].kept_id}, similarity {lost[0].similarity or 0:.3f}"


def _kept_lines(kept: KeptSentence, origin: Origin | None, indent: str) -> Iterator[str]:
    yield f"{indent}sentence  {kept.sentence_id}  {kept.split}  since {kept.first_quarter}"
    yield f"{indent}text      {kept.text}"
    yield f"{indent}place     {kept.block}, sentence {kept.position} of its page"
    yield from (f"{indent}{line}" for line in origin_lines(kept.document_id, kept.url, origin))
    yield f"{indent}met       {kept.num_occurrences} times on {kept.num_sites} sites"


def origin_lines(document_id: str, url: str, origin: Origin | None) -> Iterator[str]:
    """Document, capture and record; of a document that the corpus does not have, its id."""
    yield f"document  {document_id}  {(origin.title if origin else None) or ''}".rstrip()
    yield f"address   {url}"
    if origin is None:
        return
    if origin.first_url:
        yield f"before    {origin.first_url}"
    fetched = origin.fetched_at  # an archive made elsewhere may not say
    yield f"capture   {origin.capture_id}" + (f"  fetched {fetched:%Y-%m-%d %H:%M}" if fetched else "")
    if record := origin.record:
        length = f", {record.length} bytes" if record.length else ""
        yield f"record    {record.file}  at byte {record.offset}{length}"
    if origin.without_record:
        yield f"          {origin.without_record}"


def history_lines(history: Sequence[QuarterState], what: str) -> Iterator[str]:
    """A line for each quarter; `what` was asked for in its corpus."""
    for number, state in enumerate(history):
        yield f"{'' if number else 'history':8}  {state.quarter}  {_page_words(state):44}  {_corpus_words(state, what)}"


def _page_words(state: QuarterState) -> str:
    page = state.page
    if page is None:
        return f"page {state.without_page}" if state.without_page != "no snapshot" else "no snapshot"
    since = "" if page.since == state.quarter else f" since {page.since}"
    if page.moved_to:
        return f"page {page.outcome}{since} to {page.moved_to}"
    if page.outcome == "moved":
        return f"page moved{since} to {page.url}"
    return f"page {page.outcome}{since}" + (f" ({page.reason})" if page.reason else "")


def _corpus_words(state: QuarterState, what: str) -> str:
    if not state.has_corpus:
        return "no corpus"
    return f"{what} in the corpus ({state.split})" if state.split else f"{what} not in the corpus"


def more_lines(number: int) -> Iterator[str]:
    """That there are more than are named."""
    if number > MAX_NAMED:
        yield f"  and {number - MAX_NAMED} more"
