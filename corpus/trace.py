"""From a sentence, or its id, to where it comes from and what went for it.

In: a corpus and a text or id. Out: lines. Reads the published tables; opens no archive.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from corpus.dedup import ID_LENGTH, sentence_id
from corpus.schema import SPLITS, DropReason
from foundation.errors import ConfigError

_ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")
_MAX_NAMED = 20
_COLUMNS = ["level", "reason", "site", "url", "text", "kept_id", "similarity"]


def trace_lines(corpus: Path, text_or_id: str) -> Iterator[str]:
    """Where a sentence stands, or for which one it went.

    Raises:
        ConfigError: the corpus neither has nor dropped it.
    """
    identity = text_or_id if _ID.fullmatch(text_or_id) else sentence_id(text_or_id)
    if found := _sentence(corpus, identity):
        yield from _kept_lines(corpus, *found)
        return
    rows = _dropped(corpus, ds.field("text") == text_or_id)
    if not rows:
        raise ConfigError(
            f"{corpus.name} neither has nor dropped {text_or_id!r}; give the whole sentence as it stands in the "
            f"corpus, or its id of {ID_LENGTH} hex digits"
        )
    for row in rows[:_MAX_NAMED]:
        yield f"left out as {row['reason']}  {row['site']}  {row['url']}"
        if row["kept_id"] and (kept := _sentence(corpus, row["kept_id"])):
            yield f"  stays, similarity {row['similarity']:.3f}: {kept[1]['text']}"
            yield from (f"  {line}" for line in _kept_lines(corpus, *kept))


def _sentence(corpus: Path, identity: str) -> tuple[str, dict[str, Any]] | None:
    """Side and row; shards are in order of their ids, so only a few row groups are read."""
    for split in SPLITS:
        paths = sorted(map(str, (corpus / "sentences").glob(f"{split}-*.parquet")))
        if paths and (rows := ds.dataset(paths).to_table(filter=ds.field("sentence_id") == identity).to_pylist()):
            return split, rows[0]
    return None


def _kept_lines(corpus: Path, split: str, row: dict[str, Any]) -> Iterator[str]:
    yield f"sentence  {row['sentence_id']}  {split}  since {row['first_quarter']}"
    yield f"text      {row['text']}"
    documents = ds.dataset(sorted(map(str, (corpus / "documents").glob("*.parquet"))))
    for document in documents.to_table(filter=ds.field("document_id") == row["document_id"]).to_pylist():
        yield f"document  {document['document_id']}  {document['title'] or ''}"
        yield f"address   {document['url']}"
        yield f"capture   {document['capture_id']}  fetched {document['fetched_at']:%Y-%m-%d %H:%M}"
    yield f"met       {row['num_occurrences']} times on {row['num_sites']} sites"
    gone = _dropped(corpus, ds.field("kept_id") == row["sentence_id"])
    for near in [each for each in gone if each["reason"] != DropReason.DUPLICATE_SENTENCE][:_MAX_NAMED]:
        yield f"went for it ({near['reason']}, similarity {near['similarity']:.3f}): {near['text']}  {near['url']}"


def _dropped(corpus: Path, condition: Any) -> list[dict[str, Any]]:
    paths = sorted(map(str, (corpus / "dropped").glob("*.parquet")))
    if not paths:
        return []
    condition = condition & (ds.field("level") == "sentence")
    rows: list[dict[str, Any]] = ds.dataset(paths).to_table(columns=_COLUMNS, filter=condition).to_pylist()
    return rows
