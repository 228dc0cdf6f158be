"""Which runs were trained on given corpora: the models that a site's texts are in.

In: the data folder, and the names of the corpora that hold a site. Out: the runs on them, those that began with the
model of such a run, and those of which nobody can say. Reads records only; loads no torch.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.schema import read_corpus_manifest
from foundation.erasures import Sought
from foundation.places import Places, complete_names
from training.erasing import MODEL, find_in_training, run_of_base, superseded_runs


@dataclass(frozen=True, kw_only=True)
class SiteRun:
    """One run.

    Attributes:
        corpus, revision: what it was trained on itself; a run that began with another's model has that one's too.
        is_finished: whether it has a model of its own yet.
    """

    name: str
    base: str
    corpus: str
    revision: int
    is_finished: bool


@dataclass(frozen=True, kw_only=True)
class SiteRuns:
    """`unknown`: names of runs on a corpus that is gone or lost texts since, of those whose record is not whole, and of
    those that began with the model of such a run.
    """

    runs: tuple[SiteRun, ...]
    unknown: tuple[str, ...]


def site_runs(places: Places, corpora: Collection[str]) -> SiteRuns:
    """The runs with a model that sentences of these corpora are in.

    Raises:
        BrokenRunError: the manifest of a corpus cannot be read.
    """
    traces = find_in_training(places, Sought(), corpora=corpora)
    named = {Path(trace.place).name for trace in traces if trace.kind == MODEL}
    there = {read_corpus_manifest(places.corpus(str(name))).id for name in complete_names(places.corpora)}
    folders = {path.parent for name in ("run.json", "model") for path in places.runs.glob(f"*/{name}")}
    records = {folder.name: _record(folder / "run.json") for folder in sorted(folders)}
    changed = set(superseded_runs(places))
    runs = {name: run for name in sorted(named) if (run := _run(name, records[name]))}
    unknown = {
        name for name, record in records.items()
        if name in named | changed or _part(record, "corpus").get("id") not in there
    }  # fmt: skip
    bases = {name: run_of_base(places, name) for name in records}
    while more := {name for name, base in bases.items() if base in unknown or _is_gone(places, base)} - unknown:
        unknown |= more
    return SiteRuns(runs=tuple(runs.values()), unknown=tuple(sorted(unknown - runs.keys())))


def _is_gone(places: Places, base: str | None) -> bool:
    return base is not None and not places.run(base).is_dir()


def _run(name: str, record: dict[str, Any]) -> SiteRun | None:
    try:
        return SiteRun(
            name=name, base=str(record["base"]["name"]), corpus=str(record["corpus"]["name"]),
            revision=int(record["corpus"]["revision"]), is_finished=record["status"] == "finished",
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


def _part(record: dict[str, Any], key: str) -> dict[str, Any]:
    part = record.get(key)
    return part if isinstance(part, dict) else {}


def _record(path: Path) -> dict[str, Any]:
    """What a run says of itself; nothing where it cannot be read."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
