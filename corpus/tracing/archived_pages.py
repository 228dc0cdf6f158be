"""The text of a page as it stands in the archive, as far as the corpus may show it.

In: a corpus, a site, the address of a page. Out: `ArchivedPage`, or why there is none. What the corpus leaves out for
its content or for its owner's sake is not shown; contact data is masked and CPR numbers are blotted as there.
"""

from collections.abc import Collection, Iterable, Sequence

from corpus.boilerplate import block_key, kept_keys
from corpus.config import CorpusConfig
from corpus.extract import Block
from corpus.page_text import PageText, read_page_text, whole_text
from corpus.pages import Dropped, body_of, read_pages
from corpus.personal_data import BLOT, bare_cpr, cpr_by_block, masked, masked_blocks, private_kind
from corpus.schema import DropReason
from corpus.tracing.shown_page import ArchivedPage, NotShown, PageBlock
from corpus.tracing.traced_boilerplate import boilerplate_of
from corpus.tracing.traced_corpus import Built, TracedCorpus
from crawler.snapshot import Capture


def archived_page(
    corpus: TracedCorpus, snapshot: Built, site: str, url: str, capture_id: str | None
) -> ArchivedPage | NotShown:  # fmt: skip
    """`url` as the corpus shows it; `capture_id` where it is known, for two addresses may be masked alike.

    Raises:
        BrokenRunError: the snapshot's table of captures cannot be read.
    """
    is_reserved = site in snapshot.reserved
    pages = read_pages(snapshot.folder, site, is_reserved=is_reserved, erasures=corpus.erasures)
    page = _page(corpus, pages, url, capture_id)
    if page is None:
        return NotShown(reason=f"snapshot {snapshot.folder.name} does not have this page any more")
    if not isinstance(page, Capture):
        return _left_out(page.reason)
    body = body_of(snapshot.folder, site, page)
    if body is None:
        return NotShown(reason=f"its record in the archive is missing or damaged ({page.warc_file})")
    text = read_page_text(body, page.content_type or "")
    return _readable(corpus, site, page, text)


def _page(
    corpus: TracedCorpus, pages: Iterable[Capture | Dropped], url: str, capture_id: str | None
) -> Capture | Dropped | None:  # fmt: skip
    """That of the capture; else the one at this address, which is another one's only if it is not shown."""
    alike = None
    for each in pages:
        if isinstance(each, Capture) and each.capture_id == capture_id:
            return each
        if alike is None and (each.url == url or ("[" in url and corpus.shown_url(each.url) == url)):
            if capture_id is None:
                return each
            alike = None if isinstance(each, Capture) else each
    return alike


def _left_out(reason: str) -> NotShown:
    return NotShown(reason=f"the page is left out as {reason}", is_hidden=True)


def _readable(corpus: TracedCorpus, site: str, page: Capture, text: PageText) -> ArchivedPage | NotShown:
    if corpus.erasures.covers_text(whole_text(text)):
        return _left_out(DropReason.ERASED)
    if text.num_cpr:
        return _left_out(DropReason.CPR_ON_PAGE)
    if text.failure:
        return _left_out(text.failure)
    if (private := private_kind(page.url, text.title, text.blocks)) in corpus.config.leave_out:
        return _left_out(str(private))
    title = None if text.title is None or bare_cpr(text.title) else masked(text.title, corpus.config).text
    return ArchivedPage(
        title=title, url=corpus.shown_url(page.url), fetched_at=page.fetched_at,
        blocks=_blocks(corpus, site, text.blocks),
    )  # fmt: skip


def _blocks(corpus: TracedCorpus, site: str, blocks: Sequence[Block]) -> tuple[PageBlock, ...]:
    known, keep = boilerplate_of(corpus, site), kept_keys(corpus.config)
    keys = [block_key(block.text) for block in blocks]
    removed = [known.get(key) if key not in keep else None for key in keys]
    gone = {place for place, each in enumerate(removed) if each}
    texts = shown_texts([block.text for block in blocks], gone, corpus.config)
    return tuple(
        PageBlock(kind=block.kind, text=text, boilerplate=each)
        for block, text, each in zip(blocks, texts, removed, strict=True)
    )


def shown_texts(texts: Sequence[str], gone: Collection[int], config: CorpusConfig) -> list[str]:
    """The blocks of a page as they may be shown: at least as much is masked as in the corpus.

    As there (text_steps.py), they are looked through as the page stands and then as what is left of it stands.

    Args:
        gone: places of blocks that are boilerplate, which go after the first look.
    """
    shown, places = list(texts), list(range(len(texts)))
    while True:
        before = [shown[place] for place in places]
        after, _ = masked_blocks(before, config)
        suspect = cpr_by_block(before)
        for place, text, number in zip(places, after, suspect, strict=True):
            shown[place] = BLOT if number else text
        left = [place for place, number in zip(places, suspect, strict=True) if not number and place not in gone]
        if left == places and after == before:
            return shown
        places = left
