"""A page to be read by a person, with a sentence marked in it.

In: a corpus, the page, the sentence. Out: `OpenedPage`: blocks of sentences as the archive has them, or, where that is
not there, as the corpus has them; or why there is nothing to be shown.
"""

from collections.abc import Iterable

from corpus.dedup import sentence_id
from corpus.personal_data import BLOT, count_cpr, masked
from corpus.sentences import split_sentences
from corpus.tracing.lookups import rows_with
from corpus.tracing.origins import Origin
from corpus.tracing.shown_page import (
    ArchivedPage,
    NotShown,
    OpenedBlock,
    OpenedPage,
    OpenedSentence,
    PageBlock,
)
from corpus.tracing.traced_corpus import TracedCorpus

_DOCUMENT_COLUMNS = ("document_id", "url", "site", "title", "blocks", "fetched_at")
_DROPPED_COLUMNS = ("level", "site", "url", "text")


def open_page(
    corpus: TracedCorpus, site: str, url: str, *, sentence: str | None = None, origin: Origin | None = None,
    archived: ArchivedPage | NotShown | None = None,
) -> OpenedPage | NotShown:  # fmt: skip
    """The page at an address as the corpus shows it; `sentence` is the id of the one to mark.

    Args:
        origin: its document, where that is known: of two addresses that are masked alike it tells which one is meant.
        archived: the same page, where it was read already.

    Raises:
        BrokenRunError: a table cannot be read.
    """
    page = archived or read_from_archive(corpus, site, url, origin)
    if isinstance(page, ArchivedPage):
        return OpenedPage(
            title=page.title, url=page.url, fetched_at=page.fetched_at, without_archive=None,
            sought=sentence, blocks=_blocks(corpus, page.blocks, sentence),
        )  # fmt: skip
    return page if page.is_hidden else _as_in_corpus(corpus, site, url, sentence, page, origin)


def read_from_archive(corpus: TracedCorpus, site: str, url: str, origin: Origin | None) -> ArchivedPage | NotShown:
    """As archived_page, whose libraries are loaded only where there is an archive."""
    if corpus.snapshot is None or corpus.without_archive:
        return NotShown(reason=corpus.without_archive or "there is no snapshot")
    from corpus.tracing.archived_pages import archived_page

    return archived_page(corpus, corpus.snapshot, site, url, origin.capture_id if origin else None)


def _as_in_corpus(
    corpus: TracedCorpus, site: str, url: str, sentence: str | None, missing: NotShown, origin: Origin | None
) -> OpenedPage | NotShown:  # fmt: skip
    for row in rows_with(corpus.files("documents"), "url", [url], _DOCUMENT_COLUMNS):
        if row["site"] == site and (origin is None or row["document_id"] == origin.document_id):
            blocks = [PageBlock(kind=block["kind"], text=block["text"]) for block in row["blocks"]]
            return OpenedPage(
                title=row["title"], url=url, fetched_at=row["fetched_at"], without_archive=missing.reason,
                sought=sentence, blocks=_blocks(corpus, blocks, sentence),
            )  # fmt: skip
    for row in rows_with(corpus.files("dropped"), "url", [url], _DROPPED_COLUMNS):
        if row["site"] == site and row["level"] == "document" and row["text"]:
            blocks = [PageBlock(kind="paragraph", text=line) for line in row["text"].split("\n")]
            return OpenedPage(
                title=None, url=url, fetched_at=None, without_archive=missing.reason,
                sought=sentence, blocks=_blocks(corpus, blocks, sentence),
            )  # fmt: skip
    return missing


def _blocks(corpus: TracedCorpus, blocks: Iterable[PageBlock], sentence: str | None) -> tuple[OpenedBlock, ...]:
    return tuple(
        OpenedBlock(
            kind=block.kind, is_boilerplate=block.boilerplate is not None,
            sentences=tuple(
                OpenedSentence(text=text, is_sought=sentence is not None and sentence_id(text) == sentence)
                for text in shown_sentences(corpus, block.text)
            ),
        )
        for block in blocks
    )  # fmt: skip


def shown_sentences(corpus: TracedCorpus, block: str) -> list[str]:
    """The sentences of a masked block, each looked through once more, as the corpus does."""
    texts = [masked(text, corpus.config).text for text in split_sentences(block)]
    return [BLOT if count_cpr(text) else text for text in texts]
