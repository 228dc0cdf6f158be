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
from training.erasing import MODEL, find_in_training


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
    """`unknown`: names of runs whose corpus is gone, or whose record cannot be read."""

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
    records = {path.parent.name: _record(path) for path in sorted(places.runs.glob("*/run.json"))}
    runs = {name: run for name in sorted(named) if (run := _run(name, records[name]))}
    unknown = [
        name for name, record in records.items()
        if name not in runs and (name in named or _part(record, "corpus").get("id") not in there)
    ]  # fmt: skip
    return SiteRuns(runs=tuple(runs.values()), unknown=tuple(unknown))


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
