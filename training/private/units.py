"""Which unit each sentence is of: itself, its document, or what a file of the user's says.

In: a token file, the settings, and the corpus for its URLs. Out: `Units`. Draws none (lots.py).

Shapes: N sentences, U units.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corpus.schema import shard_paths
from foundation.errors import ConfigError
from foundation.files import sha256_of_text
from training.feeding.batches import Tokens
from training.feeding.tokens import TokenFile
from training.private.config import DOCUMENT, SENTENCE, PrivacyConfig

_KEYS = ("sentence_id", "document_id", "url")
_NUM_NAMED = 3
Ids = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class Units:
    """Sentences grouped by unit.

    Attributes:
        of_sentence: (N,) from 0 to U - 1.
        keys: (U,) a number for each, the same whatever others there are.
    """

    of_sentence: Tokens
    keys: Ids

    @property
    def num_units(self) -> int:
        return len(self.keys)

    def unlike(self, tokens: TokenFile, number: int = 5) -> Tokens:
        """A few units from the shortest to the longest in tokens."""
        lengths = np.bincount(self.of_sentence, np.diff(tokens.offsets).astype(np.int64), minlength=self.num_units)
        by_length = np.argsort(lengths, kind="stable")
        return np.unique(by_length[np.linspace(0, self.num_units - 1, number).astype(np.int64)])

    def sha256(self) -> str:
        """Hash of the grouping."""
        return hashlib.sha256(self.keys[self.of_sentence].tobytes()).hexdigest()


def units_of(
    tokens: TokenFile, privacy: PrivacyConfig, *, corpus_folder: Path, alone: NDArray[np.bool_] | None = None
) -> Units:
    """Group the sentences of a token file.

    Args:
        alone: (N,) sentences that are units of their own whatever the settings say.

    Raises:
        ConfigError: unit_file cannot be read, contradicts itself, or leaves a sentence without a unit.
    """
    if privacy.unit == SENTENCE:
        names = tokens.sentence_ids
    elif privacy.unit == DOCUMENT:
        names = tokens.document_ids
    else:
        names = _own_units(tokens, privacy, corpus_folder, alone)
    if alone is not None:
        names = np.where(alone, tokens.sentence_ids, names)
    keys, of_sentence = np.unique(names, return_inverse=True)
    return Units(of_sentence=of_sentence.astype(np.int64), keys=keys)


def _own_units(
    tokens: TokenFile, privacy: PrivacyConfig, corpus_folder: Path, alone: NDArray[np.bool_] | None
) -> Ids:  # fmt: skip
    key, units = _read_units(Path(str(privacy.unit_file)), privacy.unit)
    if key == "url":
        key, units = "sentence_id", _by_sentence(corpus_folder, units)
    ids = tokens.sentence_ids if key == "sentence_id" else tokens.document_ids
    known = np.array(sorted(units), dtype=np.uint64)
    places = np.searchsorted(known, ids)
    has_unit = (places < len(known)) & (known[np.minimum(places, len(known) - 1)] == ids)
    lacking = np.flatnonzero(~(has_unit if alone is None else has_unit | alone))
    if len(lacking):
        named = ", ".join(f"{ids[place]:016x}" for place in lacking[:_NUM_NAMED])
        raise ConfigError(
            f"{privacy.unit_file}: {len(lacking)} of {len(ids)} sentences of the corpus have no {privacy.unit} there "
            f"({key} {named}); give each one"
        )
    hashed = np.array([_hashed(units[int(each)]) for each in known], dtype=np.uint64)
    return hashed[np.minimum(places, len(known) - 1)]


def _read_units(path: Path, column: str) -> tuple[str, dict[Any, str]]:
    """Which key the file has, and what it says for each: the key as a number, or a URL."""
    table = _table(path)
    keys = [key for key in _KEYS if key in table.column_names]
    if column not in table.column_names or len(keys) != 1:
        raise ConfigError(
            f"{path}: its columns are {', '.join(table.column_names)}; it needs {column} and exactly one of "
            f"{', '.join(_KEYS)}"
        )
    units: dict[Any, str] = {}
    rows = zip(table.column(keys[0]).to_pylist(), table.column(column).to_pylist(), strict=True)
    for number, (name, unit) in enumerate(rows, start=1):
        if name in (None, "") or unit in (None, ""):
            raise ConfigError(f"{path}: row {number}: {keys[0]} or {column} is empty")
        named = str(name) if keys[0] == "url" else _number(path, number, keys[0], str(name))
        if units.setdefault(named, str(unit)) != str(unit):
            raise ConfigError(f"{path}: row {number}: {keys[0]} {name} has two units, {units[named]} and {unit}")
    if not units:
        raise ConfigError(f"{path}: it has no rows")
    return keys[0], units


def _table(path: Path) -> pa.Table:
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path)
        if path.suffix != ".csv":
            raise ConfigError(f"{path}: a unit_file ends in .csv or .parquet")
        # names of people and cases are texts, also where they look like numbers
        names = pa.csv.open_csv(path).schema.names
        as_text = pa.csv.ConvertOptions(column_types={name: pa.string() for name in names})
        return pa.csv.read_csv(path, convert_options=as_text)
    except (OSError, pa.ArrowException) as error:
        raise ConfigError(f"{path}: cannot be read as a table: {str(error).splitlines()[0]}") from None


def _number(path: Path, row: int, key: str, text: str) -> int:
    try:
        if len(text) != 16:
            raise ValueError
        return int(text, 16)
    except ValueError:
        raise ConfigError(f"{path}: row {row}: {key} {text!r} is not 16 hexadecimal digits") from None


def _by_sentence(corpus_folder: Path, units: dict[str, str]) -> dict[int, str]:
    """What is said of URLs, for the sentences that came from them."""
    found = {}
    for path in shard_paths(corpus_folder, "train"):
        table = pq.read_table(path, columns=["sentence_id", "url"])
        rows = zip(table.column(0).to_pylist(), table.column(1).to_pylist(), strict=True)
        found.update({int(sentence, 16): units[url] for sentence, url in rows if url in units})
    if not found:
        raise ConfigError(f"no URL of the unit_file is one of corpus {corpus_folder.name}")
    return found


def _hashed(name: str) -> int:
    return int(sha256_of_text("unit", name)[:16], 16)
