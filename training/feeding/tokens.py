"""Token files: a split of a corpus as numbers, made once and memory-mapped afterwards.

In: a corpus folder, a split and a tokenizer. Out: `tokens.u32` (all sentences end to end, little-endian,
special tokens included), `offsets.u64` (where each begins, and the end of the last) and a manifest, in a
folder named after the hash of what they depend on. A whole, undamaged one is used again. Reads the shards
as any user of `datasets` would, without a copy in a cache of its own. Does not order, mask or pad.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corpus.schema import CorpusManifest, read_corpus_manifest, shard_paths
from foundation.errors import BrokenRunError
from foundation.files import make_folder, sha256_of_text, sync_folder
from foundation.manifests import (
    FileEntry,
    damaged_files,
    file_entries,
    is_complete,
    read_manifest,
    write_manifest,
)
from foundation.progress import progress

FORMAT_VERSION = 1
KIND = "token file"
TOKENS_NAME, OFFSETS_NAME = "tokens.u32", "offsets.u64"
READ_ROWS = 2000  # sentences per Arrow batch: a few hundred kB
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TokenFile:
    """One split of one corpus under one tokenizer; sentence i is tokens[offsets[i]:offsets[i + 1]]."""

    folder: Path
    tokens: NDArray[np.uint32]
    offsets: NDArray[np.uint64]
    num_skipped: int

    @property
    def num_sentences(self) -> int:
        return len(self.offsets) - 1


def tokenizer_sha256(tokenizer: Any) -> str:
    """Hash of all that decides how a tokenizer splits; cutting and padding are not part of it."""
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    return sha256_of_text(backend.to_str(), *map(str, sorted(tokenizer.all_special_ids)))


def prepare_tokens(corpus_folder: Path, split: str, tokenizer: Any, *, max_length: int, cache: Path) -> TokenFile:
    """Give the token file of a split, making it where it is not there or damaged.

    Raises:
        BrokenRunError: the corpus is damaged or has no sentence in this split.
    """
    manifest = read_corpus_manifest(corpus_folder)
    tokenizer_hash = tokenizer_sha256(tokenizer)
    key = sha256_of_text(str(FORMAT_VERSION), manifest.content_sha256, split, tokenizer_hash, str(max_length))[:32]
    folder = cache / "tokens" / key
    if not _is_usable(folder):
        check_shards(corpus_folder, manifest, split)
        about = {
            "corpus": manifest.id, "content_sha256": manifest.content_sha256, "split": split,
            "tokenizer_sha256": tokenizer_hash, "max_length": max_length,
        }  # fmt: skip
        _make(folder, _tokenised(corpus_folder, manifest, split, tokenizer, max_length), about)
    return _open(folder, corpus_folder, split)


def read_sentences(corpus_folder: Path, split: str) -> Iterator[list[str]]:
    """The texts of a split in corpus order, a batch at a time.

    Raises:
        BrokenRunError: `datasets` cannot read the folder.
    """
    try:
        # a cache of its own: the user's may hold the columns of an earlier corpus of the same name
        with tempfile.TemporaryDirectory() as cache:
            shards = datasets.load_dataset(
                str(corpus_folder), "sentences", split=split, streaming=True, cache_dir=cache
            )
            for table in shards.select_columns(["text"]).with_format("arrow").iter(batch_size=READ_ROWS):
                yield table["text"].to_pylist()
    except (ValueError, KeyError, OSError, datasets.exceptions.DatasetsError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BrokenRunError(
            f"{corpus_folder}: the {split} sentences cannot be read ({reason}); "
            f"run: tvaerkom corpus verify {corpus_folder.name}"
        ) from None


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


def _tokenised(
    folder: Path, manifest: CorpusManifest, split: str, tokenizer: Any, max_length: int
) -> Iterator[list[list[int]]]:
    total = sum(pq.read_metadata(path).num_rows for path in shard_paths(folder, split))
    with progress(f"tokens of {manifest.name}, {split}", unit="sentences", total=total) as meter:
        for texts in read_sentences(folder, split):
            encoded = tokenizer(
                texts,
                truncation=True,
                max_length=max_length,
                return_attention_mask=False,
                return_token_type_ids=False,
            )
            special = set(tokenizer.all_special_ids)
            yield [ids if not special.issuperset(ids) else [] for ids in encoded["input_ids"]]
            meter.advance(len(texts))


def _make(folder: Path, batches: Iterator[list[list[int]]], about: dict[str, Any]) -> None:
    """Write both files and the manifest aside, then rename; an empty list stands for a skipped sentence."""
    aside = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    make_folder(aside)
    try:
        counts = _write_arrays(aside, batches)
        files = file_entries(aside, [aside / TOKENS_NAME, aside / OFFSETS_NAME])
        write_manifest(aside, {
            "kind": KIND, "format_version": FORMAT_VERSION, **about, "counts": counts,
            "files": [vars(entry) for entry in files],
        })  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
        aside.replace(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_arrays(aside: Path, batches: Iterator[list[list[int]]]) -> dict[str, int]:
    end = num_sentences = num_skipped = 0
    with (aside / TOKENS_NAME).open("wb") as tokens, (aside / OFFSETS_NAME).open("wb") as offsets:
        offsets.write(np.zeros(1, dtype="<u8").tobytes())
        for batch in batches:
            kept = [ids for ids in batch if ids]
            num_skipped += len(batch) - len(kept)
            num_sentences += len(kept)
            if not kept:
                continue
            ends = end + np.cumsum([len(ids) for ids in kept], dtype="<u8")
            end = int(ends[-1])
            tokens.write(np.fromiter((token for ids in kept for token in ids), dtype="<u4").tobytes())
            offsets.write(ends.astype("<u8").tobytes())
        for file in (tokens, offsets):
            file.flush()
            os.fsync(file.fileno())
    return {"sentences": num_sentences, "tokens": end, "skipped": num_skipped}


def _is_usable(folder: Path) -> bool:
    if not is_complete(folder):
        return False
    complaints = damaged_files(folder, _entries(folder))
    for complaint in complaints:
        log.warning("%s; the token file is made anew", complaint)
    return not complaints


def _entries(folder: Path) -> list[FileEntry]:
    manifest = read_manifest(folder, kind=KIND, help_command="tvaerkom train")
    return [FileEntry(**entry) for entry in manifest["files"]]


def _open(folder: Path, corpus_folder: Path, split: str) -> TokenFile:
    counts = read_manifest(folder, kind=KIND, help_command="tvaerkom train")["counts"]
    if not counts["sentences"]:
        raise BrokenRunError(
            f"{corpus_folder}: its {split} split has no sentence to train or evaluate on; "
            "build a corpus from more pages"
        )
    if counts["skipped"]:
        log.info("%s: %d sentences without an ordinary token are passed over", split, counts["skipped"])
    return TokenFile(
        folder=folder, tokens=np.memmap(folder / TOKENS_NAME, dtype="<u4", mode="r"),
        offsets=np.fromfile(folder / OFFSETS_NAME, dtype="<u8"), num_skipped=counts["skipped"],
    )  # fmt: skip
