"""From a sentence, or its id, to where it comes from and what went for it.

In: a corpus and a text or id. Out: lines. Reads the published tables; opens no archive.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pyarrow.parquet as pq

from corpus.config import config_of
from corpus.dedup import ID_LENGTH, normalised, sentence_id
from corpus.personal_data import masked
from corpus.schema import BOILERPLATE_NAME, SPLITS, DropReason, read_corpus_manifest
from corpus.sentences import split_sentences
from foundation.errors import ConfigError

_ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")
_MAX_NAMED = 20
_IS_SENTENCE = ds.field("level") == "sentence"
_COLUMNS = ["level", "reason", "site", "url", "text", "kept_id", "similarity"]


def trace_lines(corpus: Path, text_or_id: str) -> Iterator[str]:
    """Where a sentence stands, or for which one it went.

    Raises:
        ConfigError: the corpus neither has nor dropped it.
    """
    # as it stands on the page, a sentence may hold what was masked
    config = config_of(read_corpus_manifest(corpus).configuration)
    text = masked(text_or_id, config).text
    identity = text_or_id if _ID.fullmatch(text_or_id) else sentence_id(text)
    if found := _sentence(corpus, identity):
        yield from _kept_lines(corpus, *found)
        return
    rows = _dropped(corpus, "text", [text]) or _dropped(corpus, "text", _forms(corpus, identity))
    boilerplate = list(islice(_boilerplate_lines(corpus, text), 2 * _MAX_NAMED))
    yield from boilerplate
    if not rows and not boilerplate:
        raise ConfigError(
            f"{corpus.name} neither has nor dropped {text_or_id!r}; give the whole sentence as it stands on "
            f"the page or in the corpus, or its id of {ID_LENGTH} hex digits"
        )
    for row in rows[:_MAX_NAMED]:
        yield f"left out as {row['reason']}  {row['site']}  {row['url']}"
        if row["kept_id"] and (kept := _sentence(corpus, row["kept_id"])):
            yield f"  stays, similarity {row['similarity']:.3f}: {kept[1]['text']}"
            yield from (f"  {line}" for line in _kept_lines(corpus, *kept))


def _boilerplate_lines(corpus: Path, text: str) -> Iterator[str]:
    """The blocks with this text, or with such a sentence, that went because they stand on many pages of a site."""
    path = corpus / BOILERPLATE_NAME
    sought = normalised(text)
    if not sought or not path.is_file():
        return
    for row in pq.read_table(path).to_pylist():
        if not row["is_kept"] and sought in {normalised(each) for each in (row["text"], *split_sentences(row["text"]))}:
            yield f"left out as boilerplate of {row['site']}, on {row['num_pages']} pages"
            yield f"  a build with its key in keep_boilerplate keeps it: {row['key']}"


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
        fetched = document["fetched_at"]  # an archive made elsewhere may not say
        yield f"capture   {document['capture_id']}" + (f"  fetched {fetched:%Y-%m-%d %H:%M}" if fetched else "")
    yield f"met       {row['num_occurrences']} times on {row['num_sites']} sites"
    gone = _dropped(corpus, "kept_id", [row["sentence_id"]])
    for near in [each for each in gone if each["reason"] != DropReason.DUPLICATE_SENTENCE][:_MAX_NAMED]:
        yield f"went for it ({near['reason']}, similarity {near['similarity']:.3f}): {near['text']}  {near['url']}"


def _forms(corpus: Path, identity: str) -> list[str]:
    """The texts among those left out that have this id; each is looked at, for the table has no ids of them."""
    paths = sorted(map(str, (corpus / "dropped").glob("*.parquet")))
    found: set[str] = set()
    for batch in ds.dataset(paths).to_batches(columns=["text"], filter=_IS_SENTENCE) if paths else ():
        found.update(text for text in batch["text"].drop_null().to_pylist() if sentence_id(text) == identity)
    return sorted(found)


def _dropped(corpus: Path, column: str, values: list[str]) -> list[dict[str, Any]]:
    """The sentences left out that have one of these values; corpora of format 1 tell nothing of the one kept."""
    paths = sorted(map(str, (corpus / "dropped").glob("*.parquet")))
    if not (paths and values) or column not in (table := ds.dataset(paths)).schema.names:
        return []
    condition = ds.field(column).isin(values) & _IS_SENTENCE
    known = [name for name in _COLUMNS if name in table.schema.names]
    rows = table.to_table(columns=known, filter=condition).to_pylist()
    return [dict.fromkeys(_COLUMNS) | row for row in rows]
