"""Texts from outside the corpus: general Danish against forgetting, and control sets that show it.

In: a file (.txt with a sentence a line; .jsonl, .jsonl.gz or .parquet with a column `text`), or a data set of Hugging
Face as NAME:CONFIGURATION:SPLIT, read from the network as it comes; its texts are not kept. Out: its texts, each once,
or a sample of them. Runs no code from a data set, and turns every failure into one sentence. Does not make numbers of
texts.
"""

import gzip
import hashlib
import heapq
import json
import re
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import HfApi
from huggingface_hub.errors import (  # type: ignore[attr-defined]  # HTTPError: from a library that varies
    GatedRepoError,
    HFValidationError,
    HTTPError,
    RepositoryNotFoundError,
)

from foundation.errors import ConfigError
from foundation.progress import progress

HUB_TIMEOUT_S = 10.0  # for huggingface.co to answer at all, as in training.bases.finding
TEXT, DOCUMENT = "text", "document_id"
Row = dict[str, Any]
_ON_HUB = re.compile(r"(\w[\w.-]*(?:/[\w.-]+)?):([^:/]+):([^:/]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceText:
    """One text; `document` tells which document it is of, None where the source does not say."""

    text: str
    document: str | None


def read_texts(source: str, *, limit: int | None) -> list[str]:
    """The texts of a source, without blank ones and repetitions; see `read_documents`."""
    return [each.text for each in read_documents(source, limit=limit)]


def read_documents(source: str, *, limit: int | None) -> list[SourceText]:
    """Read a source, in its order.

    Args:
        limit: where it has more texts, those with the smallest hashes: the same ones however the source is ordered,
            and most of them again when it has grown. The whole source is read all the same.

    Raises:
        ConfigError: it cannot be read, has no column `text`, or has no text.
    """
    with progress(f"texts of {source}", unit="texts") as meter:
        kept = _smallest(_counted(_texts(source), meter.advance), limit)
    if not kept:
        raise ConfigError(f"{source}: there is no text in it")
    return kept


def text_number(text: str) -> int:
    """The first 64 bits of a text's sha256."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _counted(texts: Iterable[SourceText], advance: Callable[[], None]) -> Iterator[SourceText]:
    for each in texts:
        yield each
        advance()


def _smallest(texts: Iterable[SourceText], limit: int | None) -> list[SourceText]:
    kept: dict[int, SourceText] = {}
    largest: list[int] = []  # a heap of the negative hashes of what is kept
    for each in texts:
        number = text_number(each.text)
        if number in kept:
            continue
        kept[number] = each
        heapq.heappush(largest, -number)
        if limit is not None and len(kept) > limit:
            del kept[-heapq.heappop(largest)]
    return list(kept.values())


def _texts(source: str) -> Iterator[SourceText]:
    path = Path(source).expanduser()
    kind = next((kind for kind in _READERS if path.name.lower().endswith(kind)), None)
    on_hub = _ON_HUB.fullmatch(source)
    if kind is None and on_hub is None:
        raise ConfigError(
            f"{source}: neither a file ({', '.join(_READERS)}) nor a data set of Hugging Face, which is written "
            "NAME:CONFIGURATION:SPLIT"
        )
    if kind is None and on_hub is not None:
        rows = _hub_rows(source, *on_hub.groups())
    elif not path.is_file():
        raise ConfigError(f"{source}: there is no such file")
    else:
        rows = _READERS[str(kind)](path)
    for number, row in enumerate(rows, start=1):
        text, document = row.get(TEXT), row.get(DOCUMENT)
        if TEXT not in row or not isinstance(text, str | None):
            raise ConfigError(f"{source}: entry {number} has no {TEXT!r} that is a string; name the column {TEXT!r}")
        if text and text.strip():
            # JSON can write halves of characters, which nothing can encode
            whole = text.strip().encode(errors="replace").decode()
            yield SourceText(text=whole, document=None if document is None else str(document))


def _txt_rows(path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line in file:
                yield {TEXT: line}
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None


def _jsonl_rows(path: Path) -> Iterator[Row]:
    try:
        with (gzip.open if path.name.lower().endswith(".gz") else open)(path, "rt", encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _json_row(f"{path}:{number}", line)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None


def _json_row(place: str, line: str) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{place}: not JSON ({_reason(error)}); write one object in each line") from None
    return row if isinstance(row, dict) else {}


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        file = pq.ParquetFile(path)
        columns = [name for name in (TEXT, DOCUMENT) if name in file.schema_arrow.names]
        if TEXT not in columns:
            raise ConfigError(f"{path}: there is no column {TEXT!r} in it, only {', '.join(file.schema_arrow.names)}")
        for batch in file.iter_batches(columns=columns):
            yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from None


_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".txt": _txt_rows, ".jsonl": _jsonl_rows, ".jsonl.gz": _jsonl_rows, ".parquet": _parquet_rows,
}  # fmt: skip


def _hub_rows(source: str, name: str, configuration: str, split: str) -> Iterator[Row]:
    """Rows of a data set at the commit that its main branch has now."""
    commit = _commit_on_hub(source, name)
    try:
        with tempfile.TemporaryDirectory() as cache:
            rows = datasets.load_dataset(
                name, configuration, split=split, revision=commit, streaming=True, cache_dir=cache
            )
            wanted = [name for name in (TEXT, DOCUMENT) if name in (rows.column_names or ())]
            yield from rows.select_columns(wanted) if wanted else rows
    # RuntimeError: a data set that would have to run code of its own
    except (ValueError, KeyError, OSError, RuntimeError, HTTPError, datasets.exceptions.DatasetsError) as error:
        raise _unreadable(source, error) from None


def _commit_on_hub(source: str, name: str) -> str | None:
    """Asked for first and by itself: `datasets` waits for a silent network for ever."""
    try:
        return HfApi().dataset_info(name, timeout=HUB_TIMEOUT_S).sha
    except GatedRepoError:
        reason = "its owner asks for a login; accept its terms, then run: hf auth login"
    except (RepositoryNotFoundError, HFValidationError):
        reason = f"huggingface.co has no public data set {name}"
    except (OSError, HTTPError):
        reason = (
            "huggingface.co cannot be reached; save the texts as a .txt, .jsonl or .parquet on a machine with a "
            "network and name that file"
        )
    raise ConfigError(f"{source}: {reason}")


def _unreadable(source: str | Path, error: BaseException) -> ConfigError:
    return ConfigError(f"{source}: cannot be read ({_reason(error)})")


def _reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
