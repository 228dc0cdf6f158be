"""What a run was trained on: its own corpus, and those of the runs whose models it began with.

In: the data folder and the name of a run. Out: the chain of runs down to the base, and the ids of all sentences that
were trained on along it. Reads records and shards; loads no torch. Where a link is gone it says which.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corpus.schema import read_corpus_manifest, shard_paths
from foundation.errors import BrokenRunError, ConfigError
from foundation.files import sha256_of_text
from foundation.manifests import MANIFEST_NAME, is_complete
from foundation.places import Places
from training.erasing import run_of_base, superseded_runs

Ids = NDArray[np.uint64]
_WEIGHTS = ("model/model", ".safetensors")


class LineageUnknown(ConfigError):
    """Something that a run was trained on is gone or has another content, so that nobody can say what it has seen."""


@dataclass(frozen=True, kw_only=True)
class CorpusUsed:
    """A corpus as a run pinned it."""

    name: str
    id: str
    revision: int
    content_sha256: str


@dataclass(frozen=True, kw_only=True)
class Link:
    """A run of the chain."""

    run: str
    corpus: CorpusUsed


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """Where a run comes from.

    Attributes:
        links: the run itself first, then the one whose model it began with, and so on.
        base: name of the base that the last of them began with.
        gap: why it cannot be followed further; None where it goes down to the base.
    """

    links: tuple[Link, ...]
    base: str
    gap: str | None

    @property
    def parent(self) -> str | None:
        """The run whose model this one began with."""
        return self.links[1].run if len(self.links) > 1 else None


def read_run_record(places: Places, run: str) -> dict[str, Any] | None:
    """What a run says of itself in run.json; None where it cannot be read. Needs no torch, unlike training.record."""
    try:
        record = json.loads((places.run(run) / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def is_head(places: Places, run: str) -> bool:
    """Whether a run is one of tvaerkom finetune, which no language model is judged against."""
    return "task" in (read_run_record(places, run) or {})


def weights_of(run_folder: Path) -> str | None:
    """The hash of a finished run's weights, as its manifest has it; None where it is not finished.

    Equal to `training.bases.finding.find_base(run_folder / "model").weights_sha256`, without reading the weights.
    """
    try:
        manifest = json.loads((run_folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        hashes = {each["path"]: each["sha256"] for each in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    first, last = _WEIGHTS
    paths = sorted(path for path in hashes if path.startswith(first) and path.endswith(last))
    return sha256_of_text(*(hashes[path] for path in paths)) if paths else None


def lineage_of(places: Places, run: str) -> Lineage:
    """Follow a run down to its base.

    Raises:
        LineageUnknown: the run's own record cannot be read.
    """
    links: list[Link] = []
    base, gap, name = "", None, run
    while True:
        record = read_run_record(places, name)
        link = _link(name, record)
        if record is None or link is None:
            gap = f"{places.run(name)}: its run.json cannot be read"
            break
        links.append(link)
        base = str(_part(record, "base").get("name"))
        try:
            parent = _parent(places, name, record, {each.run for each in links})
        except LineageUnknown as error:
            gap = str(error)
            break
        if parent is None:
            break
        name = parent
    if not links:
        raise LineageUnknown(gap)
    return Lineage(links=tuple(links), base=base, gap=gap)


def _parent(places: Places, run: str, record: dict[str, Any], known: set[str]) -> str | None:
    """The run whose model this one began with, by where it lay, or by its weights where they were copied."""
    weights = _part(record, "base").get("weights_sha256")
    named = run_of_base(places, run)
    if named is None:
        there = sorted(path.parent for path in places.runs.glob(f"*/{MANIFEST_NAME}"))
        return next((each.name for each in there if each.name not in known and weights_of(each) == weights), None)
    found = weights_of(places.run(named))
    if found is None:
        raise LineageUnknown(f"run {named}, which run {run} began with, is gone")
    if named in known or found != weights:
        raise LineageUnknown(f"run {named}, which run {run} began with, was trained anew since")
    return named


def seen_sentences(places: Places, run: str, *, with_revised: bool = False) -> Ids:
    """The ids of all sentences that a run, or one that it comes from, was trained on, sorted, (N,).

    Args:
        with_revised: of a corpus from which was erased since, take what is left; an erased sentence stands in none.

    Raises:
        LineageUnknown: a run or corpus of the chain is gone, or has another content than it had.
        BrokenRunError: a shard cannot be read.
    """
    folders = corpora_along(places, lineage_of(places, run), with_revised=with_revised)
    found = [sentence_ids(folder, "train") for folder in folders]
    return np.unique(np.concatenate(found))


def corpora_along(places: Places, lineage: Lineage, *, with_revised: bool = False) -> list[Path]:
    """The folders of all corpora that were trained on. Raises LineageUnknown where one is not as it was."""
    if lineage.gap is not None:
        raise LineageUnknown(lineage.gap)
    links = {each.corpus: each for each in lineage.links}.values()
    return [corpus_as_used(places, link, or_revised=with_revised) for link in links]


def corpus_as_used(places: Places, link: Link, *, or_revised: bool = False) -> Path:
    """The folder of a link's corpus. Raises LineageUnknown where it is no longer what it was."""
    corpus = link.corpus
    folder, trained_on = places.corpus(corpus.name), f"corpus {corpus.name}, which run {link.run} was trained on,"
    if not is_complete(folder):
        raise LineageUnknown(f"{trained_on} is gone")
    manifest = read_corpus_manifest(folder)
    is_revised = corpus.content_sha256 in manifest.superseded
    if is_revised and or_revised:
        return folder
    if is_revised:
        raise LineageUnknown(f"{trained_on} was changed by an erasure since")
    if corpus.content_sha256 != manifest.content_sha256:
        raise LineageUnknown(f"{trained_on} was built anew since with other content")
    return folder


def sentence_ids(corpus_folder: Path, split: str) -> Ids:
    """(N,) the first 64 bits of each sentence's id, in corpus order. Raises BrokenRunError."""
    try:
        tables = [pq.read_table(path, columns=["sentence_id"]) for path in shard_paths(corpus_folder, split)]
        digits = "".join("".join(table.column(0).to_pylist()) for table in tables)
        return np.frombuffer(bytes.fromhex(digits), dtype=">u8").astype(np.uint64)
    except (OSError, ValueError, TypeError, pa.ArrowException):
        raise BrokenRunError(
            f"{corpus_folder}: the ids of its {split} sentences cannot be read; "
            f"run: tvaerkom corpus verify {corpus_folder.name}"
        ) from None


def erasure_complaint(places: Places, lineage: Lineage) -> str | None:
    """A sentence where something was erased from a corpus along the chain since."""
    superseded = set(superseded_runs(places))
    for link in lineage.links:
        if link.run in superseded:
            return (
                f"run {link.run} was trained on corpus {link.corpus.name} revision {link.corpus.revision}, "
                "from which pages were erased since"
            )
    return None


def _link(run: str, record: dict[str, Any] | None) -> Link | None:
    corpus = _part(record or {}, "corpus")
    try:
        return Link(run=run, corpus=CorpusUsed(
            name=str(corpus["name"]), id=str(corpus["id"]), revision=int(corpus["revision"]),
            content_sha256=str(corpus["content_sha256"]),
        ))  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


def _part(record: dict[str, Any], key: str) -> dict[str, Any]:
    part = record.get(key)
    return part if isinstance(part, dict) else {}
