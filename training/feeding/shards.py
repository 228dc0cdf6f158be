"""The sentences of a corpus as training reads them.

In: a corpus folder and a split. Out: rows in corpus order, a batch at a time, read as any user of `datasets` would,
without a copy in a cache of its own. Checks the shards' digests. Does not make numbers of texts (encoding.py).
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import datasets
import pyarrow.parquet as pq

from corpus.schema import CorpusManifest, shard_paths
from foundation.errors import BrokenRunError
from foundation.manifests import damaged_files

READ_ROWS = 2000  # sentences per Arrow batch: a few hundred kB
COLUMNS = ["text", "sentence_id", "document_id", "site", "area"]


@dataclass(frozen=True, kw_only=True)
class SentenceRows:
    """Some sentences, each list of the same length; ids are 16 hexadecimal digits."""

    texts: list[str]
    sentence_ids: list[str]
    document_ids: list[str]
    sites: list[str]
    areas: list[str | None]


def read_rows(corpus_folder: Path, split: str) -> Iterator[SentenceRows]:
    """Raises BrokenRunError where `datasets` cannot read the folder."""
    try:
        # a cache of its own: the user's may hold the columns of an earlier corpus of the same name
        with tempfile.TemporaryDirectory() as cache:
            shards = datasets.load_dataset(
                str(corpus_folder), "sentences", split=split, streaming=True, cache_dir=cache
            )
            for table in shards.select_columns(COLUMNS).with_format("arrow").iter(batch_size=READ_ROWS):
                columns = {name: table[name].to_pylist() for name in COLUMNS}
                yield SentenceRows(
                    texts=columns["text"], sentence_ids=columns["sentence_id"],
                    document_ids=columns["document_id"], sites=columns["site"], areas=columns["area"],
                )  # fmt: skip
    except (ValueError, KeyError, OSError, datasets.exceptions.DatasetsError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BrokenRunError(
            f"{corpus_folder}: the {split} sentences cannot be read ({reason}); "
            f"run: tvaerkom corpus verify {corpus_folder.name}"
        ) from None


def read_sentences(corpus_folder: Path, split: str) -> Iterator[list[str]]:
    """The texts of a split in corpus order, a batch at a time. Raises BrokenRunError."""
    for rows in read_rows(corpus_folder, split):
        yield rows.texts


def check_shards(folder: Path, manifest: CorpusManifest, split: str) -> None:
    """Raises BrokenRunError where shards of a split are damaged, or none holds a sentence."""
    names = {path.relative_to(folder).as_posix() for path in shard_paths(folder, split)}
    entries = [entry for entry in manifest.files if entry.path.startswith(f"sentences/{split}-")]
    complaints = damaged_files(folder, entries)
    complaints += [f"{folder / name}: not in the manifest" for name in sorted(names - {e.path for e in entries})]
    if complaints:
        raise BrokenRunError("\n".join([*complaints, f"run: tvaerkom corpus verify {folder.name}"]))
    if not sum(pq.read_metadata(path).num_rows for path in shard_paths(folder, split)):
        raise BrokenRunError(f"{folder}: no {split} sentences in it; run: tvaerkom corpus stats {folder.name}")
