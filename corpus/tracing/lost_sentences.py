"""Sentences that were left out, found by their text or id.

In: a corpus and a text or id. Out: rows of its table of what was dropped. That table is in no order that would help and
has no ids, so all of its texts are read.
"""

import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.dedup import normalised, sentence_id
from corpus.schema import SPLITS, shard_paths
from corpus.tracing.lookups import Rows, readable, rows_where, rows_with
from corpus.tracing.traced_corpus import TracedCorpus
from foundation.places import complete_names

LOST_COLUMNS = ("level", "reason", "site", "url", "text", "kept_id", "similarity")


def lost_with_text(corpus: TracedCorpus, texts: Collection[str]) -> Rows:
    rows = rows_with(corpus.files("dropped"), "text", texts, LOST_COLUMNS)
    return [row for row in rows if row["level"] == "sentence"]


def lost_like(corpus: TracedCorpus, text: str) -> Rows:
    """The same text but for case, blanks and Unicode form; only texts of the same first letter are compared."""
    sought = normalised(text)
    if not sought:
        return []
    first = unicodedata.normalize("NFD", sought)[0]
    letters = "".join(f"\\x{{{ord(each):x}}}" for each in first.lower() + first.upper())
    pattern = rf"^[\x00-\x20]*(?:[{letters}]|[^\x00-\x7f])"  # what is no ASCII may become any letter
    rows = rows_where(corpus.files("dropped"), "text", lambda texts: pc.match_substring_regex(texts, pattern), ["text"])
    return lost_with_text(corpus, {row["text"] for row in rows if normalised(row["text"]) == sought})


def lost_with_id(corpus: TracedCorpus, identity: str) -> Rows:
    def has_id(texts: pa.ChunkedArray) -> Any:
        return pa.array([text is not None and sentence_id(text) == identity for text in texts.to_pylist()], pa.bool_())

    rows = rows_where(corpus.files("dropped"), "text", has_id, LOST_COLUMNS)
    return [row for row in rows if row["level"] == "sentence"]


def last_with(corpus: TracedCorpus, identity: str) -> tuple[Path, str] | None:
    """The newest corpus that has a sentence, of trials only if no other has it, and its text; None: none has it."""
    newest_first = reversed(complete_names(corpus.places.corpora))
    for name in sorted(newest_first, key=lambda each: each.is_trial):
        folder = corpus.places.corpus(str(name))
        with readable(folder):
            for split in SPLITS:
                if rows := rows_with(shard_paths(folder, split), "sentence_id", [identity], ["text"]):
                    return folder, str(rows[0]["text"])
    return None
