"""From a sentence, or its id, to where it comes from, what went for it, and what became of it since.

In: a corpus and a text or id. Out: `TracedSentence`. Reads the rows that are asked for; opens no archive.
"""

import logging
from collections.abc import Collection
from dataclasses import replace

from corpus.dedup import sentence_id
from corpus.personal_data import masked
from corpus.schema import SPLITS, DropReason
from corpus.tracing.lookups import Rows, readable, rows_with
from corpus.tracing.lost_sentences import LOST_COLUMNS, last_with, lost_like, lost_with_id, lost_with_text
from corpus.tracing.origins import Origin, first_address, origins
from corpus.tracing.page_history import QuarterState, history
from corpus.tracing.traced_boilerplate import BoilerplateBlock, boilerplate_blocks
from corpus.tracing.traced_corpus import TracedCorpus, traced_corpus
from corpus.tracing.traced_sentence import MAX_NAMED, KeptSentence, LostSentence, NearDuplicate, TracedSentence

log = logging.getLogger(__name__)
_KEPT_COLUMNS = (
    "sentence_id", "text", "block", "position", "site", "url", "document_id", "first_quarter", "num_occurrences",
    "num_sites", "num_near_duplicates",
)  # fmt: skip


def trace_text(corpus: TracedCorpus, text: str) -> TracedSentence | None:
    """A whole sentence, as it stands on the page or as the corpus has it, in any case; None: nothing is known of it."""
    text = masked(text, corpus.config).text
    if kept := trace_id(corpus, sentence_id(text)):
        return kept
    rows = lost_with_text(corpus, [text]) or lost_like(corpus, text)
    return _lost(corpus, text, rows, boilerplate_blocks(corpus, text)) or _trace_elsewhere(corpus, sentence_id(text))


def trace_id(corpus: TracedCorpus, identity: str) -> TracedSentence | None:
    """A sentence that the corpus has; None: it has none of that id."""
    kept = kept_sentences(corpus, [identity]).get(identity)
    if kept is None:
        return None
    origin = _origin(corpus, kept)
    identity_of_page = origin.identity if origin else first_address(corpus, kept.site, kept.url)
    return TracedSentence(
        corpus=corpus.name, text=kept.text, kept=kept, origin=origin, near_duplicates=_near_duplicates(corpus, kept),
        history=history(corpus, kept.site, identity_of_page, sentence=identity),
    )  # fmt: skip


def trace_lost_id(corpus: TracedCorpus, identity: str) -> TracedSentence | None:
    """A sentence that was left out, by its id; of one that the corpus does not know either, what another one has.

    The table of what was left out has no ids. So the text is taken from a corpus that has the sentence; if none has
    it, the id of every text that was left out is worked out, which takes some seconds a million.
    """
    elsewhere = last_with(corpus, identity)
    if elsewhere is None:
        log.info("no corpus has this id; going through all sentences that were left out")
        rows = lost_with_id(corpus, identity)
        text = rows[0]["text"] if rows else ""
    else:
        text = elsewhere[1]
        rows = lost_like(corpus, text)
    return _lost(corpus, text, rows, boilerplate_blocks(corpus, text)) or _trace_elsewhere(corpus, identity)


def _trace_elsewhere(corpus: TracedCorpus, identity: str) -> TracedSentence | None:
    """A sentence of which this corpus knows nothing, in the last corpus that has it."""
    elsewhere = last_with(corpus, identity)
    if elsewhere is None:
        return None
    folder = elsewhere[0]
    with readable(folder):
        found = trace_id(traced_corpus(corpus.places, folder), identity)
    return replace(found, missing_from=corpus.name) if found else None


def kept_sentences(corpus: TracedCorpus, ids: Collection[str]) -> dict[str, KeptSentence]:
    """The sentences of the corpus that have these ids; shards are in order of their ids, so little is read."""
    found = {}
    for split in SPLITS:
        for row in rows_with(corpus.files(f"sentences/{split}-"), "sentence_id", ids, _KEPT_COLUMNS):
            found[row["sentence_id"]] = KeptSentence(**row, split=split)
    return found


def _lost(
    corpus: TracedCorpus, text: str, rows: Rows, blocks: tuple[BoilerplateBlock, ...]
) -> TracedSentence | None:  # fmt: skip
    if not rows and not blocks:
        return None
    lost = tuple(LostSentence(**{name: row[name] for name in LOST_COLUMNS if name != "level"}) for row in rows)
    kept_id = next((each.kept_id for each in lost if each.kept_id), None)
    kept = kept_sentences(corpus, [kept_id]).get(kept_id) if kept_id else None
    states: tuple[QuarterState, ...] = ()
    if lost:
        address = first_address(corpus, lost[0].site, lost[0].url)
        states = history(corpus, lost[0].site, address, sentence=sentence_id(lost[0].text))
    return TracedSentence(
        corpus=corpus.name, text=lost[0].text if lost else text, kept=kept, origin=_origin(corpus, kept),
        lost=lost[:MAX_NAMED], num_lost=len(lost), boilerplate=blocks, history=states,
    )  # fmt: skip


def _origin(corpus: TracedCorpus, kept: KeptSentence | None) -> Origin | None:
    found = origins(corpus, "url", [kept.url]) if kept else []  # by address: documents are in order of it
    return next((each for each in found if kept and each.document_id == kept.document_id), None)


def _near_duplicates(corpus: TracedCorpus, kept: KeptSentence) -> tuple[NearDuplicate, ...]:
    if kept.num_near_duplicates == 0:
        return ()
    rows = rows_with(corpus.files("dropped"), "kept_id", [kept.sentence_id], LOST_COLUMNS)
    near = [row for row in rows if row["level"] == "sentence" and row["reason"] != DropReason.DUPLICATE_SENTENCE]
    near.sort(key=lambda row: (-row["similarity"], row["text"]))
    return tuple(NearDuplicate(**{name: row[name] for name in NearDuplicate.__annotations__}) for row in near)
