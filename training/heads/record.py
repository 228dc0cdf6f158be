"""`run.json` and `config.yaml` of a run of fine-tuning: what it was made with.

In: settings, data, base and device. Out: both files in the run folder, and the comparison of a run begun earlier with
what is asked for now. The same names as training/record.py gives them. Does not train.
"""

from pathlib import Path
from typing import Any

import torch
import yaml

from foundation.errors import ConfigError
from foundation.files import write_text
from foundation.overrides import config_sha256, dotted_keys
from foundation.yaml_errors import parse_yaml
from training.bases.finding import Base
from training.heads.config import HeadConfig
from training.heads.examples import Data
from training.loop.checkpoint import Identity
from training.record import (
    CONFIG_NAME,
    RECORD_NAME,
    REMEDY,
    commit,
    earlier_of,
    hardware,
    now,
    origin_of,
    read_record,
    versions,
    write_record,
)

FORMAT_VERSION = 1
_KEYS = {"task", "labels", "data", "base", "config_sha256", "training_s"}


def read_head_record(run_folder: Path) -> dict[str, Any] | None:
    """What an earlier start wrote; None where there was none. Raises ConfigError where it is of another kind of run."""
    record = read_record(run_folder)
    if record is not None and not record.keys() >= _KEYS:
        raise ConfigError(
            f"{run_folder / RECORD_NAME}: this run is not one of tvaerkom finetune; give the new one another --name"
        )
    return record


def check_same_head(run_folder: Path, record: dict[str, Any], config: HeadConfig, data: Data) -> None:
    """Raises ConfigError where a run of this name was begun with other settings or data."""
    if record["data"]["sha256"] != data.sha256:
        raise ConfigError(f"{run_folder}: the data changed since this run was begun; {REMEDY}")
    if record["config_sha256"] != config_sha256(config):
        path = run_folder / CONFIG_NAME
        try:
            changes = _differing(parse_yaml(path.read_text(encoding="utf-8"), HeadConfig, name=str(path)), config)
        except (ConfigError, OSError):
            changes = "its config.yaml is not readable"
        raise ConfigError(f"{run_folder}: this run was begun with other settings ({changes}); {REMEDY}")


def begin_head_record(
    run_folder: Path, config: HeadConfig, base: Base, device: torch.device, facts: dict[str, Any]
) -> dict[str, Any]:  # fmt: skip
    """Write config.yaml and a run.json with status `running`; `facts` are added as they are."""
    settings = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    write_text(run_folder / CONFIG_NAME, settings)
    record = {
        "format_version": FORMAT_VERSION, "name": run_folder.name, "task": config.task, "status": "running",
        "config_sha256": config_sha256(config),
        "base": {
            "name": base.name, "on_hub": base.on_hub, "revision": base.revision, "model_type": base.model_type,
            "licence": base.licence, "weights_sha256": base.weights_sha256, "converted_from": base.converted_from,
            "settings_sha256": base.settings_sha256,
        },
        "origin": origin_of(Path(config.base)), "earlier": earlier_of(Path(config.base)),
        "versions": versions(), "commit": commit(), "hardware": hardware(device),
        "started_at": now(), "finished_at": None, "training_s": 0.0, **facts,
    }  # fmt: skip
    write_record(run_folder, record)
    return record


def head_identity(record: dict[str, Any]) -> Identity:
    """What its checkpoints belong to."""
    return Identity(
        config_sha256=record["config_sha256"], corpus_sha256=record["data"]["sha256"],
        base_sha256=record["base"]["weights_sha256"], sentences_sha256=record["data"]["sha256"],
    )  # fmt: skip


def _differing(old: HeadConfig, new: HeadConfig) -> str:
    before, after = _flat(old), _flat(new)
    return "; ".join(f"{key}: {before[key]} there, {after[key]} here" for key in after if before[key] != after[key])


def _flat(config: HeadConfig) -> dict[str, Any]:
    values = config.model_dump()
    found = {}
    for key in dotted_keys(values):
        place: Any = values
        for part in key.split("."):
            place = place[part]
        found[key] = place
    return found
