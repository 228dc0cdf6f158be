"""What one corpus hands to the next: for each sentence ever met, its first quarter and its side of the split; what was
boilerplate on each site; and the documents, by hashes of their texts.

In: the corpus that this one follows. Out: arrays in order of the sentences, and the same written anew for the next. A
sentence that is gone from the web keeps its entry, so that it cannot change sides when it returns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corpus.arrays import mapped_array, write_array
from corpus.carried_documents import CARRIED_DOCUMENTS_FILE, CarriedDocuments
from corpus.dedup import ids_of, numbers_of
from corpus.schema import read_corpus_manifest
from corpus.split import NOT_CARRIED, SIDES
from foundation.errors import BrokenRunError
from foundation.files import make_folder, sha256_of_text
from foundation.manifests import damaged_files
from foundation.places import complete_names
from foundation.quarters import QuarterName

CARRY_FILE, BOILERPLATE_FILE = "carry/sentences.parquet", "carry/boilerplate.parquet"
CARRY_FILES = (CARRY_FILE, BOILERPLATE_FILE, CARRIED_DOCUMENTS_FILE)
_READ_ROWS = 100_000
_SAVED: dict[str, type[np.generic]] = {"sentences": np.uint64, "quarters": np.int16, "sides": np.int8}


@dataclass(frozen=True, kw_only=True)
class Carry:
    """Carried sentences, in order, with the place of their first quarter in `quarter_names` and of their side in SIDES.

    `boilerplate` is site -> key -> first quarter; `documents` is None where the corpus before handed on none;
    `follows` is the id of the corpus that all this comes from.
    """

    follows: str | None = None
    sha256: str | None = None
    quarter_names: tuple[str, ...] = ()
    sentences: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    quarters: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    sides: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    boilerplate: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    documents: CarriedDocuments | None = None

    def save(self, folder: Path) -> None:
        """For worker processes, which map the arrays into memory."""
        make_folder(folder)
        for name in _SAVED:
            write_array(folder / f"carried-{name}", getattr(self, name))


def corpus_before(corpora: Path, name: QuarterName) -> Path | None:
    """The newest complete quarter before this one; trials are never followed."""
    earlier = [each for each in complete_names(corpora) if not each.is_trial and each < name.base]
    return corpora / str(max(earlier)) if earlier else None


def read_carry(corpus: Path | None) -> Carry:
    """Read what a corpus hands on; nothing for the first.

    Raises:
        BrokenRunError: its carry is missing or damaged; to build on it would let sentences change sides.
    """
    if corpus is None:
        return Carry()
    manifest = read_corpus_manifest(corpus)
    entries = {entry.path: entry for entry in manifest.files if entry.path in CARRY_FILES}
    damage = damaged_files(corpus, entries.values())
    if damage or CARRY_FILE not in entries:
        raise BrokenRunError(
            f"{'; '.join(damage) or f'{corpus}: has no {CARRY_FILE}'}: a corpus cannot follow this one; "
            "restore its folder from a backup"
        )
    # corpora of format 1 carried no boilerplate, and a site may have none; early ones of format 2 carried no documents
    has_documents = CARRIED_DOCUMENTS_FILE in entries
    documents = CarriedDocuments.read(corpus / CARRIED_DOCUMENTS_FILE) if has_documents else None
    boilerplate = _read_boilerplate(corpus / BOILERPLATE_FILE) if BOILERPLATE_FILE in entries else {}
    sha256s = (entries[path].sha256 for path in sorted(entries))
    return Carry(
        follows=manifest.id, sha256=sha256_of_text(*sha256s), boilerplate=boilerplate, documents=documents,
        **_read_sentences(corpus / CARRY_FILE),
    )  # fmt: skip


def carried_part(folder: Path, first: int, last: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Sentences, quarters and sides of the saved carry, of the sentences from `first` to `last`, both included."""
    sentences, *others = (mapped_array(folder / f"carried-{name}", kind) for name, kind in _SAVED.items())
    begin = np.searchsorted(sentences, np.uint64(first), side="left")
    end = np.searchsorted(sentences, np.uint64(last), side="right")
    quarters, sides = (np.array(each[begin:end]) for each in others)
    return np.array(sentences[begin:end]), quarters, sides


def looked_up(
    sentences: NDArray[np.uint64], carried: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], this_quarter: int
) -> tuple[NDArray[np.int16], NDArray[np.int8]]:  # fmt: skip
    """First quarter and carried side (or NOT_CARRIED) of each sentence."""
    known, quarters, sides = carried
    if not len(known):
        return np.full(len(sentences), this_quarter, np.int16), np.full(len(sentences), NOT_CARRIED, np.int8)
    places = np.minimum(np.searchsorted(known, sentences), len(known) - 1)
    is_carried = known[places] == sentences
    return (
        np.where(is_carried, quarters[places], this_quarter).astype(np.int16),
        np.where(is_carried, sides[places], NOT_CARRIED).astype(np.int8),
    )


def next_carry(
    carry: Carry, sentences: NDArray[np.uint64], quarters: NDArray[np.int16], sides: NDArray[np.int8]
) -> tuple[NDArray[np.uint64], NDArray[np.int16], NDArray[np.int8]]:
    """Everything carried so far, and the sentences met now as they are now; in order."""
    is_gone = ~np.isin(carry.sentences, sentences, assume_unique=True)
    everything = np.concatenate([carry.sentences[is_gone], sentences])
    order = np.argsort(everything, kind="stable")
    return (
        everything[order],
        np.concatenate([carry.quarters[is_gone], quarters])[order],
        np.concatenate([carry.sides[is_gone], sides])[order],
    )


def carry_table(
    sentences: NDArray[np.uint64], quarters: NDArray[np.int16], sides: NDArray[np.int8], names: Sequence[str]
) -> pa.Table:  # fmt: skip
    return pa.table(
        {
            "sentence_id": ids_of(sentences),
            "first_quarter": pa.DictionaryArray.from_arrays(quarters, pa.array(names)).cast(pa.string()),
            "split": pa.DictionaryArray.from_arrays(sides, pa.array(SIDES)).cast(pa.string()),
        }
    )


def _read_sentences(path: Path) -> dict[str, Any]:
    """Row group by row group: as Python strings, millions of ids would take hundreds of megabytes."""
    parts: list[tuple[NDArray[Any], pa.Array, pa.Array]] = []
    for batch in pq.ParquetFile(path).iter_batches(batch_size=_READ_ROWS):
        parts.append((numbers_of(batch["sentence_id"]), batch["first_quarter"], batch["split"]))
    names = sorted({name for _, quarters, _ in parts for name in quarters.unique().to_pylist()})
    empty = np.zeros(0, np.uint64)
    return {
        "quarter_names": tuple(names),
        "sentences": np.concatenate([part[0] for part in parts] or [empty]),
        "quarters": np.concatenate([_places(part[1], names) for part in parts] or [empty]).astype(np.int16),
        "sides": np.concatenate([_places(part[2], SIDES) for part in parts] or [empty]).astype(np.int8),
    }


def _places(values: pa.Array, names: Sequence[str]) -> NDArray[Any]:
    encoded = values.dictionary_encode()
    places = np.array([names.index(name) for name in encoded.dictionary.to_pylist()], dtype=np.int16)
    found: NDArray[Any] = places[encoded.indices.to_numpy()] if len(places) else np.zeros(0, np.int16)
    return found


def _read_boilerplate(path: Path) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for row in pq.read_table(path).to_pylist():
        found.setdefault(row["site"], {})[int(row["key"], 16)] = row["first_quarter"]
    return found
