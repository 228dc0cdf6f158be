"""What a user calls a model: a run, a folder or a Hugging Face name.

In: the name and the data folder. Out: a `Candidate`, found and not yet loaded, and for a run the base it began from.
Measures nothing.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.errors import ConfigError
from foundation.places import Places
from foundation.yaml_errors import parse_yaml
from training.bases.finding import Base, find_base
from training.config import SMALL_BASE, TrainingConfig
from training.erasing import run_at
from training.record import CONFIG_NAME, read_record, superseded_warning

RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A model that is there.

    Attributes:
        name: as it is shown: a run's name, a Hugging Face name, or a folder as it was typed.
        run_folder: None where it is not a run of this data folder.
        base_sha256: hash of the weights that a run began from; None for others.
        warning: one sentence where a run was trained on a revision of its corpus from which pages were erased.
    """

    name: str
    base: Base
    run_folder: Path | None = None
    base_sha256: str | None = None
    warning: str | None = None


def find_candidate(places: Places, name: str) -> Candidate:
    """A run of that name stands before a folder of that name, and that before Hugging Face.

    Raises:
        ConfigError: a run that is not finished, or none of the three; says which runs there are.
    """
    if RUN_NAME.fullmatch(name) and places.run(name).is_dir():
        return _of_run(places, name)
    if (Path(name).expanduser() / "model" / "config.json").is_file():
        raise ConfigError(f"{name}: the folder of a run; its model is in {Path(name) / 'model'}")
    try:
        return Candidate(name=name, base=find_base(name, cache=places.cache))
    except ConfigError as error:
        known = ", ".join(sorted(path.parent.name for path in places.runs.glob("*/model"))) or "none yet"
        raise ConfigError(f"{name}: not a finished run ({known}), and as a model: {error}") from None


def _of_run(places: Places, name: str) -> Candidate:
    folder = places.run(name)
    if not (folder / "model").is_dir():
        raise ConfigError(f"{folder}: this run is not finished; go on with the tvaerkom train command that began it")
    record: dict[str, Any] = read_record(folder) or {}
    return Candidate(
        name=name, base=find_base(str(folder / "model")), run_folder=folder,
        base_sha256=record.get("base", {}).get("weights_sha256"),
        warning=superseded_warning(folder, places.corpora),
    )  # fmt: skip


def base_of(places: Places, run: Candidate) -> Candidate:
    """The base that a run began from.

    Raises:
        ConfigError: not at hand: the sentence says why.
    """
    recorded = (read_record(run.run_folder) or {}).get("base") if run.run_folder else None
    if recorded is None:
        raise ConfigError(f"{run.name}: no run.json says which base it began from")
    name, revision = _where(run, recorded)
    base = find_base(name, revision=revision, cache=places.cache)
    if base.weights_sha256 != run.base_sha256:
        raise ConfigError(f"base {name}: its weights are not those that {run.name} began from; they changed since")
    return Candidate(name=run_at(places, str(base.folder)) or name, base=base)


def _where(run: Candidate, recorded: dict[str, Any]) -> tuple[str, str | None]:
    """Name or folder, and revision. run.json has the last part of a folder only, config.yaml what was typed."""
    if recorded["on_hub"]:
        return str(recorded["name"]), recorded["revision"]
    config = run_config(run)
    if config is None:
        raise ConfigError(f"{run.name}: its {CONFIG_NAME} is not readable, so its base is not known")
    if config.base == SMALL_BASE:
        raise ConfigError(f"base {SMALL_BASE}: random weights, made for {run.name} and not kept")
    if not Path(config.base).expanduser().is_dir():
        raise ConfigError(f"base {config.base}: the folder that {run.name} began from is gone")
    return config.base, None


def run_config(run: Candidate) -> TrainingConfig | None:
    """The configuration of a run; None for another model, or where it is not readable."""
    if run.run_folder is None:
        return None
    path = run.run_folder / CONFIG_NAME
    try:
        return parse_yaml(path.read_text(encoding="utf-8"), TrainingConfig, name=str(path))
    except (ConfigError, OSError):
        return None
