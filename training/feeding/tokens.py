"""Token files: a split of a corpus as numbers, made once and memory-mapped afterwards.

In: a corpus folder, a split and a tokenizer. Out: a folder named after the hash of what it depends on, with a manifest
and arrays, little-endian: `tokens.u32` (all sentences end to end, special tokens included; bits 31 and 30 say what
batches.py names), `offsets.u64` (where each begins, and the end of the last), and for each sentence its id, document,
site and area. A whole, undamaged one is used again. Does not order, mask or pad.
"""

import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from training.feeding.encoding import Encoder
from training.feeding.shards import SentenceRows, check_shards, read_rows

FORMAT_VERSION = 2
KIND = "token file"
TOKENS_NAME, OFFSETS_NAME = "tokens.u32", "offsets.u64"
IDS_NAME, DOCUMENTS_NAME, SITES_NAME, AREAS_NAME = "sentence_ids.u64", "document_ids.u64", "sites.u16", "areas.u16"
NO_AREA = ""
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TokenFile:
    """One split of one corpus under one tokenizer; sentence i is tokens[offsets[i]:offsets[i + 1]].

    Attributes:
        sentence_ids, document_ids: (N,) the first 64 bits of the corpus's ids.
        sites, areas: (N,) indexes into `site_names` and `area_names`; the area "" is none.
        num_skipped: sentences without an ordinary token, which are not in it.
    """

    folder: Path
    tokens: NDArray[np.uint32]
    offsets: NDArray[np.uint64]
    sentence_ids: NDArray[np.uint64]
    document_ids: NDArray[np.uint64]
    sites: NDArray[np.uint16]
    areas: NDArray[np.uint16]
    site_names: tuple[str, ...]
    area_names: tuple[str, ...]
    num_skipped: int

    @property
    def num_sentences(self) -> int:
        return len(self.offsets) - 1

    @property
    def num_tokens(self) -> int:
        return len(self.tokens)


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
        _make(folder, _rows(corpus_folder, manifest, split), Encoder(tokenizer, max_length), about)
    return _open(folder, corpus_folder, split)


def _rows(folder: Path, manifest: CorpusManifest, split: str) -> Iterator[SentenceRows]:
    total = sum(pq.read_metadata(path).num_rows for path in shard_paths(folder, split))
    with progress(f"tokens of {manifest.name}, {split}", unit="sentences", total=total) as meter:
        for rows in read_rows(folder, split):
            yield rows
            meter.advance(len(rows.texts))


def _make(folder: Path, batches: Iterator[SentenceRows], encoder: Encoder, about: dict[str, Any]) -> None:
    """Write all files and the manifest aside, then rename."""
    aside = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    make_folder(aside)
    try:
        written = _write_arrays(aside, batches, encoder)
        files = file_entries(aside, sorted(path for path in aside.iterdir()))
        write_manifest(aside, {
            "kind": KIND, "format_version": FORMAT_VERSION, **about, **written,
            "files": [vars(entry) for entry in files],
        })  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
        aside.replace(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_arrays(aside: Path, batches: Iterator[SentenceRows], encoder: Encoder) -> dict[str, Any]:
    end = num_sentences = num_skipped = 0
    sites, areas = _Names(), _Names()
    with _Arrays(aside) as arrays:
        arrays.write(OFFSETS_NAME, np.zeros(1, dtype="<u8"))
        for batch in batches:
            words, lengths = encoder.encode(batch.texts)
            kept = np.flatnonzero(lengths)
            num_skipped += len(lengths) - len(kept)
            num_sentences += len(kept)
            ends = end + np.cumsum(lengths[kept], dtype=np.uint64)
            end = int(ends[-1]) if len(kept) else end
            arrays.write(TOKENS_NAME, words.astype("<u4"))
            arrays.write(OFFSETS_NAME, ends.astype("<u8"))
            arrays.write(IDS_NAME, _from_hex(batch.sentence_ids)[kept])
            arrays.write(DOCUMENTS_NAME, _from_hex(batch.document_ids)[kept])
            arrays.write(SITES_NAME, sites.numbers(batch.sites)[kept])
            arrays.write(AREAS_NAME, areas.numbers([area or NO_AREA for area in batch.areas])[kept])
    return {
        "counts": {"sentences": num_sentences, "tokens": end, "skipped": num_skipped},
        "sites": list(sites), "areas": list(areas),
    }  # fmt: skip


class _Names(dict[str, int]):
    """Names numbered in the order in which they come."""

    def numbers(self, names: list[str]) -> NDArray[np.uint16]:
        return np.array([self.setdefault(name, len(self)) for name in names], dtype="<u2")


class _Arrays:
    """The files of a token file while they grow; synced at the end."""

    def __init__(self, folder: Path) -> None:
        names = (TOKENS_NAME, OFFSETS_NAME, IDS_NAME, DOCUMENTS_NAME, SITES_NAME, AREAS_NAME)
        self._files = {name: (folder / name).open("wb") for name in names}

    def __enter__(self) -> "_Arrays":
        return self

    def write(self, name: str, values: NDArray[Any]) -> None:
        self._files[name].write(values.tobytes())

    def __exit__(self, kind: object, *_: object) -> None:
        for file in self._files.values():
            if kind is None:
                file.flush()
                os.fsync(file.fileno())
            file.close()


def _from_hex(ids: list[str]) -> NDArray[np.uint64]:
    return np.array([int(each, 16) for each in ids], dtype="<u8")


def _is_usable(folder: Path) -> bool:
    if not is_complete(folder):
        return False
    try:
        complaints = damaged_files(folder, _entries(folder))
    except (BrokenRunError, KeyError, TypeError):
        complaints = [f"{folder}: its manifest is damaged"]
    for complaint in complaints:
        log.warning("%s; the token file is made anew", complaint)
    return not complaints


def _entries(folder: Path) -> list[FileEntry]:
    manifest = read_manifest(folder, kind=KIND, help_command="tvaerkom train")
    return [FileEntry(**entry) for entry in manifest["files"]]


def _open(folder: Path, corpus_folder: Path, split: str) -> TokenFile:
    manifest = read_manifest(folder, kind=KIND, help_command="tvaerkom train")
    counts = manifest["counts"]
    if not counts["sentences"]:
        raise BrokenRunError(
            f"{corpus_folder}: its {split} split has no sentence to train or evaluate on; "
            "build a corpus from more pages"
        )
    if counts["skipped"]:
        log.info("%s: %d sentences without an ordinary token are passed over", split, counts["skipped"])
    return TokenFile(
        # a plain array over the mapped file: numpy's own class for it makes each reading slower
        folder=folder, tokens=np.memmap(folder / TOKENS_NAME, dtype="<u4", mode="r").view(np.ndarray),
        offsets=np.fromfile(folder / OFFSETS_NAME, dtype="<u8"),
        sentence_ids=np.fromfile(folder / IDS_NAME, dtype="<u8"),
        document_ids=np.fromfile(folder / DOCUMENTS_NAME, dtype="<u8"),
        sites=np.fromfile(folder / SITES_NAME, dtype="<u2"), areas=np.fromfile(folder / AREAS_NAME, dtype="<u2"),
        site_names=tuple(manifest["sites"]), area_names=tuple(manifest["areas"]), num_skipped=counts["skipped"],
    )  # fmt: skip
