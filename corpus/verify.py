"""Whether a corpus is what its manifest says, and what its tables promise each other.

In: a corpus folder. Out: a sentence for each difference. Changes nothing.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.carry import CARRY_FILE
from corpus.personal_data import count_cpr
from corpus.schema import SPLITS, read_corpus_manifest, shard_paths
from foundation.manifests import MANIFEST_NAME, damaged_files


def verify_corpus(folder: Path) -> list[str]:
    """Check files, then tables: ids unique, counts as recorded, provenance whole, no CPR number anywhere.

    Raises:
        BrokenRunError: the folder is not a complete corpus.
    """
    manifest = read_corpus_manifest(folder)
    complaints = damaged_files(folder, manifest.files)
    named = {entry.path for entry in manifest.files} | {MANIFEST_NAME}
    complaints += [
        f"{path}: not named in the manifest; remove it"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() not in named
    ]
    return complaints or [*_table_complaints(folder, manifest.counts), *_cpr_complaints(folder)]


def _table_complaints(folder: Path, counts: dict[str, int]) -> list[str]:
    complaints = []
    documents = {
        identity
        for path in sorted((folder / "documents").glob("*.parquet"))
        for identity in pq.read_table(path, columns=["document_id"])["document_id"].to_pylist()
    }
    side_of = dict(zip(*_columns(folder / CARRY_FILE, "sentence_id", "split"), strict=True))
    seen: set[str] = set()
    for split in SPLITS:
        number = 0
        for path in shard_paths(folder, split):
            for sentence, document in zip(*_columns(path, "sentence_id", "document_id"), strict=True):
                number += 1
                if sentence in seen:
                    complaints.append(f"{path}: sentence {sentence} stands twice")
                if document not in documents:
                    complaints.append(
                        f"{path}: sentence {sentence} comes from a document that is not there: {document}"
                    )
                if side_of.get(sentence) != split:
                    complaints.append(f"{path}: sentence {sentence} is on the other side in {CARRY_FILE}")
                seen.add(sentence)
        if number != counts[split]:
            complaints.append(f"{folder}: {number} sentences in {split}, {counts[split]} recorded")
    return complaints


def _cpr_complaints(folder: Path) -> list[str]:
    """Look for CPR numbers in every string of every table, those inside lists and structures too."""
    complaints = []
    for path in sorted(folder.rglob("*.parquet")):
        table = pq.read_table(path)
        for name in table.schema.names:
            found = sum(count_cpr(text) for text in _strings(table[name].combine_chunks()))
            if found:
                complaints.append(f"{path}: column {name} holds {found} CPR numbers")
    return complaints


def _strings(column: pa.Array) -> Iterator[str]:
    """Every string of a column, however deep it lies."""
    kind = column.type
    if pa.types.is_struct(kind):
        for field in column.flatten():
            yield from _strings(field)
    elif pa.types.is_list(kind):
        yield from _strings(column.flatten())
    elif pa.types.is_string(kind):
        yield from filter(None, column.to_pylist())


def _columns(path: Path, *names: str) -> list[list[str]]:
    table = pq.read_table(path, columns=list(names))
    return [table[name].to_pylist() for name in names]
