"""What private runs behind a base have spent already of the same people's privacy.

In: a base, the corpus to be trained on and the unit. Out: the private runs of its lineage, each with its mechanism; or
a refusal where one of its runs was not private and saw a sentence of this corpus, or where nobody can say. A base that
is no run of this data folder has no such runs here: what it was trained on is outside the guarantee.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from corpus.schema import shard_paths
from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import MANIFEST_NAME
from foundation.places import Places
from training.bases.finding import Base
from training.champions.lineage import (
    LineageUnknown,
    corpus_as_used,
    lineage_of,
    read_run_record,
    sentence_ids,
    weights_of,
)  # fmt: skip
from training.champions.tracks import is_private
from training.erasing import run_at
from training.private.accounting import Mechanism
from training.private.config import SENTENCE
from training.private.plan import plan_from
from training.run_folder import PRIVACY_NAME

_REMEDY = "begin with another base (--base), such as the one that the first of these runs began with"


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """A private run behind the base.

    Attributes:
        delta: of its own promise; the total is reckoned at one delta for all.
    """

    run: str
    mechanism: Mechanism
    unit: str
    delta: float


def earlier_privacy(places: Places, base: Base, corpus_folder: Path, unit: str) -> list[Earlier]:
    """The private runs behind a base, newest first; none where it is no run's model.

    Args:
        unit: as in `Plan`.

    Raises:
        ConfigError: a run behind it was not private and was trained on some of this corpus; or was private with another
            unit; or nobody can say.
        BrokenRunError: a shard cannot be read.
    """
    run = _run_of(places, base)
    if run is None:
        return []
    found = []
    try:
        lineage = lineage_of(places, run)
        if lineage.gap is not None:
            raise LineageUnknown(lineage.gap)
        for link in lineage.links:
            record = read_run_record(places, link.run) or {}
            if is_private(places.run(link.run), record):
                found.append(_spent(link.run, record, unit))
            else:
                _check_new(link.run, corpus_as_used(places, link), corpus_folder, unit)
    except LineageUnknown as gap:
        raise ConfigError(
            f"base {base.name}: nobody can say whether it was trained on this corpus without privacy: {gap}; {_REMEDY}"
        ) from None
    return found


def as_record(earlier: Sequence[Earlier]) -> list[dict[str, Any]]:
    """For run.json: at the end of the run the chain may be gone."""
    return [asdict(each) for each in earlier]


def earlier_from(values: Iterable[Mapping[str, Any]]) -> list[Earlier]:
    """Back from run.json."""
    return [Earlier(**{**each, "mechanism": Mechanism(**each["mechanism"])}) for each in values]


def _run_of(places: Places, base: Base) -> str | None:
    """The run whose model this is, wherever it lies. Raises ConfigError where it lies in a run and is not its model."""
    finished = sorted(path.parent for path in places.runs.glob(f"*/{MANIFEST_NAME}"))
    found = next((each.name for each in finished if weights_of(each) == base.weights_sha256), None)
    named = None if base.on_hub else run_at(places, str(base.folder))
    if found is None and not base.on_hub and (base.folder / PRIVACY_NAME).exists():
        raise ConfigError(
            f"base {base.name}: {PRIVACY_NAME} beside its weights says that it was trained privately, but its run is "
            f"not in {places.runs}, so what was spent cannot be added up; put the run back there, or {_REMEDY}"
        )
    made_for_a_run = base.folder.name == "base"  # random weights, made on the spot
    if found is None and named is not None and not made_for_a_run:
        raise ConfigError(
            f"base {base.name}: it lies in run {named} but is not its finished model, so nobody can say what it was "
            f"trained on; {_REMEDY}"
        )
    return found


def _spent(run: str, record: Mapping[str, Any], unit: str) -> Earlier:
    try:
        plan = plan_from(record["privacy"])
        mechanism = plan.mechanism(int(record["num_steps"]))
    except (BrokenRunError, KeyError, TypeError, ValueError):
        raise ConfigError(
            f"run {run}, behind the base, was private, but its run.json does not say how; {_REMEDY}"
        ) from None
    if plan.unit != unit:
        raise ConfigError(
            f"run {run}, behind the base, protects one {plan.unit}, and this one would protect one {unit}: what they "
            f"spend does not add up; set privacy.unit={plan.unit}, or {_REMEDY}"
        )
    return Earlier(run=run, mechanism=mechanism, unit=unit, delta=plan.delta)


def _check_new(run: str, trained_on: Path, corpus_folder: Path, unit: str) -> None:
    """Raises ConfigError where a run without privacy saw something of this corpus."""
    shared = {"sentences": len(np.intersect1d(sentence_ids(trained_on, "train"), sentence_ids(corpus_folder, "train")))}
    if unit != SENTENCE:  # a unit of several sentences is met in others of its documents too
        shared["documents"] = len(_document_ids(trained_on) & _document_ids(corpus_folder))
    for what, number in shared.items():
        if number:
            raise ConfigError(
                f"run {run}, behind the base, was trained without privacy on corpus {trained_on.name}, which shares "
                f"{number:,} {what} with {corpus_folder.name}: no noise takes back what it has kept of them; {_REMEDY}"
            )


def _document_ids(corpus_folder: Path) -> set[str]:
    tables = (pq.read_table(path, columns=["document_id"]) for path in shard_paths(corpus_folder, "train"))
    return {each for table in tables for each in table.column(0).unique().to_pylist()}
