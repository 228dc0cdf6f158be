"""The sentences of a page in their order, each with what became of it.

In: a corpus, a document, what was dropped of its page. Out: `PageSentence`s. The tables hold no place of a sentence
that was left out; so the document's text is split once more. A text that no table holds is not told.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from corpus.dedup import normalised
from corpus.schema import SPLITS
from corpus.tracing.lookups import Rows, rows_with
from corpus.tracing.opened_page import shown_sentences
from corpus.tracing.origins import Origin
from corpus.tracing.traced_corpus import TracedCorpus
from corpus.tracing.traced_sentence import KeptSentence
from corpus.tracing.tracing import kept_sentences


@dataclass(frozen=True, kw_only=True)
class PageSentence:
    """A sentence of a page: kept, on a side of the split, or left out for a reason.

    Attributes:
        position: its number on the page, from 1; None where that is not known.
        kept_elsewhere: the one for which it went.
    """

    text: str
    position: int | None
    sentence_id: str | None = None
    split: str | None = None
    reason: str | None = None
    similarity: float | None = None
    kept_elsewhere: KeptSentence | None = None


def page_sentences(corpus: TracedCorpus, origin: Origin | None, lost: Rows) -> tuple[PageSentence, ...]:
    """Those of a document, and of what was dropped of its page."""
    rows = [row for row in lost if row["level"] == "sentence" and row["text"]]
    survivors = kept_sentences(corpus, {row["kept_id"] for row in rows if row["kept_id"]})
    left_out: dict[str, list[PageSentence]] = defaultdict(list)
    for row in rows:
        left_out[normalised(row["text"])].append(_left_out(row, survivors))
    kept = _kept(corpus, origin) if origin else {}
    found = []
    for position, text in enumerate(_texts(corpus, origin, lost), start=1):
        if position in kept:
            found.append(kept.pop(position))
        elif same := left_out.get(normalised(text)):
            found.append(replace(same.pop(0), position=position))
    return (*found, *kept.values(), *(each for same in left_out.values() for each in same))


def _left_out(row: Mapping[str, Any], survivors: Mapping[str, KeptSentence]) -> PageSentence:
    return PageSentence(
        text=row["text"], position=None, reason=row["reason"], similarity=row["similarity"],
        kept_elsewhere=survivors.get(row["kept_id"] or ""),
    )  # fmt: skip


def _kept(corpus: TracedCorpus, origin: Origin) -> dict[int, PageSentence]:
    """By position. Shards are in order of the sentences, so all of a column is read."""
    return {
        row["position"]: PageSentence(**row, split=split)
        for split in SPLITS
        for row in rows_with(
            corpus.files(f"sentences/{split}-"),
            "document_id",
            [origin.document_id],
            ["text", "position", "sentence_id"],
        )
    }


def _texts(corpus: TracedCorpus, origin: Origin | None, lost: Rows) -> Iterator[str]:
    """All sentences of the page in order, as the build met them: of a document, or of one that was dropped whole."""
    blocks: list[str] = []
    if origin is not None:
        rows = rows_with(corpus.files("documents"), "url", [origin.url], ["document_id", "blocks"])
        blocks = [block["text"] for row in rows if row["document_id"] == origin.document_id for block in row["blocks"]]
    elif whole := [row["text"] for row in lost if row["level"] == "document" and row["text"]]:
        blocks = whole[0].split("\n")
    for block in blocks:
        yield from shown_sentences(corpus, block)
