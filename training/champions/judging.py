"""Challenger against champion: one judgement, kept as JSON beside the champion.

In: the name of a finished run. Out: `models/<track>/judgements/<run>-against-<opponent>.json`. The same inputs give the
stored judgement again. Puts nothing in use (promoting.py).
"""

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from foundation.errors import ConfigError
from foundation.files import sha256_of_text, write_text
from foundation.places import Places
from foundation.yaml_errors import load_yaml
from training.bases.loading import load_tokenizer
from training.champions import gate
from training.champions.contenders import Challenger, Opponent, finished_run, opponent_of, states_of_corpora
from training.champions.gate import Criterion
from training.champions.lineage import Lineage, LineageUnknown, corpora_along, erasure_complaint, lineage_of
from training.champions.measuring import measure
from training.champions.tracks import AUDIT_NAME, JUDGEMENTS_NAME, WEIGHTS_DIGITS, track_folder
from training.config import TrainingConfig
from training.evaluation.controls import control_tokens, controls_sha256
from training.feeding.tokens import TokenFile
from training.record import hardware, now, versions

FORMAT_VERSION = 1
_NOT_IN_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the gate says of a run.

    Attributes:
        against: kind (`champion` or `base`), name, weights_sha256, and why it is not the champion where there is one.
        corpus: the challenger's own, as its run.json pins it.
        sentences: the common frozen sentences: number, documents, sha256 of their sorted ids, corpus; None where
            nobody can say which are new to both.
        controls: control sets with both models' scores.
        inputs_sha256: of everything that decides the verdict.
        overruled: reason and time, where a person put the run in use against the gate.
    """

    format_version: int
    gate_version: int
    thresholds_sha256: str
    inputs_sha256: str
    track: str
    run: str
    weights_sha256: str
    against: dict[str, Any]
    corpus: dict[str, Any]
    sentences: dict[str, Any] | None
    controls: dict[str, Any]
    criteria: tuple[Criterion, ...]
    verdict: str
    judged_at: str
    hardware: dict[str, Any]
    versions: dict[str, str]
    overruled: dict[str, str] | None

    @property
    def file(self) -> str:
        """Its place below the track's folder."""
        against = _NOT_IN_FILE_NAME.sub("-", self.against["name"].rsplit("/", 1)[-1])
        own, other = (weights[:WEIGHTS_DIGITS] for weights in (self.weights_sha256, self.against["weights_sha256"]))
        return f"{JUDGEMENTS_NAME}/{self.run}-{own}-against-{against}-{other}.json"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A judgement, and whether it was there already."""

    judgement: Judgement
    is_stored: bool


def judge(
    places: Places, run: str, *, device: torch.device, controls: Mapping[str, str], challenger: Challenger | None = None
) -> Judged:
    """Judge a finished run against the champion of its track, or against its own base.

    Args:
        controls: control set -> where its texts come from, as in tvaerkom.yaml.
        challenger: the run, where it was read and checked already.

    Raises:
        ConfigError: no such run, not finished, or something it needs is not at hand now.
        BrokenRunError: its files or its corpus are damaged.
    """
    challenger = challenger or finished_run(places, run)
    opponent, audit = opponent_of(places, challenger), _read_json(places.run(run) / AUDIT_NAME)
    sets, data = _control_sets(challenger, controls), _data(places, challenger.lineage)
    draft = _draft(challenger, opponent, sha256_of_text(
        gate.thresholds_sha256(), challenger.base.weights_sha256, challenger.config.model_dump_json(), opponent.kind,
        opponent.weights_sha256, json.dumps(audit, sort_keys=True), controls_sha256(sets), json.dumps(dict(controls)),
        data.reason, *_states(places, challenger, opponent),
    ))  # fmt: skip
    path = track_folder(places, challenger.track) / draft.file
    stored = _stored(path)
    if stored is not None and stored.inputs_sha256 == draft.inputs_sha256:
        return Judged(judgement=stored, is_stored=True)
    measured = measure(places, challenger, opponent, sets, device)
    forgetting = _on_other_text(places, challenger, opponent, controls, measured.forgetting)
    audited = gate.audit(run, audit, challenger.base.weights_sha256, is_private=challenger.is_private)
    criteria = (measured.domain, forgetting, audited, measured.speed, data)
    judgement = replace(
        draft, criteria=criteria, verdict=gate.verdict_of(criteria), sentences=measured.sentences,
        controls=measured.controls, hardware=hardware(device),
    )  # fmt: skip
    if not measured.is_lasting:  # asked again, it may turn out otherwise although nothing was changed
        judgement = replace(judgement, inputs_sha256="")
    write_judgement(places, judgement)
    return Judged(judgement=judgement, is_stored=False)


def overrule(places: Places, judgement: Judgement, reason: str) -> Judgement:
    """Record with a judgement why a person does not follow it."""
    overruled = replace(judgement, overruled={"reason": reason, "at": now()})
    write_judgement(places, overruled)
    return overruled


def write_judgement(places: Places, judgement: Judgement) -> None:
    path = track_folder(places, judgement.track) / judgement.file
    write_text(path, json.dumps(asdict(judgement), ensure_ascii=False, indent=2) + "\n")


def _control_sets(challenger: Challenger, controls: Mapping[str, str]) -> dict[str, TokenFile]:
    if not controls:
        return {}
    tokenizer = load_tokenizer(challenger.base)
    return {
        name: control_tokens(name, source, tokenizer, max_length=challenger.config.max_length)
        for name, source in controls.items()
    }  # fmt: skip


def _on_other_text(
    places: Places, challenger: Challenger, opponent: Opponent, controls: Mapping[str, str], criterion: Criterion
) -> Criterion:  # fmt: skip
    """What a model was trained on cannot show that it forgot nothing."""
    control = controls.get(gate.GENERAL)
    for run in lineages_runs(places, challenger, opponent):
        try:
            general = load_yaml(places.run(run) / "config.yaml", TrainingConfig).data.general
        except ConfigError:
            continue  # a run of an earlier version, which had no general texts
        if general is not None and control is not None and _place(general) == _place(control):
            return gate.not_judged(gate.FORGETTING, f"run {run} was trained on the control set {gate.GENERAL} itself")
    return criterion


def lineages_runs(places: Places, challenger: Challenger, opponent: Opponent) -> list[str]:
    """The runs behind both models."""
    lineages = [challenger.lineage, *([lineage_of(places, opponent.run)] if opponent.run is not None else [])]
    return list(dict.fromkeys(link.run for lineage in lineages for link in lineage.links))


def _place(source: str) -> str:
    """One spelling of each file."""
    return str(Path(source).expanduser().resolve()) if Path(source).expanduser().exists() else source


def _data(places: Places, lineage: Lineage) -> Criterion:
    try:
        corpora_along(places, lineage)
    except LineageUnknown as error:
        return gate.data(erasure_complaint(places, lineage), str(error))
    return gate.data(erasure_complaint(places, lineage), None)


def _states(places: Places, challenger: Challenger, opponent: Opponent) -> list[str]:
    """What the lineages of both look like now."""
    lineages = [challenger.lineage]
    if opponent.run is not None:
        with contextlib.suppress(LineageUnknown):
            lineages.append(lineage_of(places, opponent.run))
    return states_of_corpora(places, lineages)


def _draft(challenger: Challenger, opponent: Opponent, inputs_sha256: str) -> Judgement:
    """A judgement in which nothing is measured yet."""
    return Judgement(
        format_version=FORMAT_VERSION, gate_version=gate.GATE_VERSION, thresholds_sha256=gate.thresholds_sha256(),
        inputs_sha256=inputs_sha256, track=challenger.track, run=challenger.run,
        weights_sha256=challenger.base.weights_sha256, against={
            "kind": opponent.kind, "name": opponent.name, "weights_sha256": opponent.weights_sha256,
            "note": opponent.note,
        },
        corpus=challenger.record["corpus"], sentences=None, controls={}, criteria=(), verdict=gate.NOT_JUDGED,
        judged_at=now(), hardware={}, versions=versions(), overruled=None,
    )  # fmt: skip


def _stored(path: Path) -> Judgement | None:
    """None where there is none that can be read: then it is made anew."""
    values = _read_json(path)
    if values is None:
        return None
    try:
        return Judgement(**values | {"criteria": tuple(Criterion(**each) for each in values["criteria"])})
    except (KeyError, TypeError):
        return None


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None
