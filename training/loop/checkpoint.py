"""Checkpoints: what a run needs to go on, in `checkpoints/step-N/`.

In: model, optimizer and position. Out: `model.safetensors`, `optimizer.safetensors` and `state.json`, which
names both with their sha256; written aside, synced and renamed. The last two are kept. No state of random
generators: there is none (draws.py). No pickles.
"""

import json
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from foundation.files import make_folder, sync_folder, write_text
from foundation.manifests import FileEntry, damaged_files, file_entries
from training.loop.steps import Position

MODEL_NAME, OPTIMIZER_NAME, STATE_NAME = "model.safetensors", "optimizer.safetensors", "state.json"
NUM_KEPT = 2  # the newest, and one more should the newest turn out damaged
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a checkpoint belongs to; one of another identity is never loaded."""

    config_sha256: str
    corpus_sha256: str
    base_sha256: str


def save_checkpoint(
    folder: Path,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    position: Position,
    identity: Identity,
) -> None:
    """Write `folder/step-N` and remove all but the newest two."""
    target = folder / f"step-{position.step}"
    aside = make_folder(folder) / f"{target.name}.tmp"
    shutil.rmtree(aside, ignore_errors=True)
    make_folder(aside)
    save_file({name: value.detach().cpu() for name, value in model.named_parameters()}, aside / MODEL_NAME)
    save_file(_moments(model, optimizer), aside / OPTIMIZER_NAME)
    paths = [aside / MODEL_NAME, aside / OPTIMIZER_NAME]
    for path in paths:
        _sync_file(path)
    state = {
        **vars(position),
        **vars(identity),
        "files": [vars(entry) for entry in file_entries(aside, paths)],
    }
    write_text(aside / STATE_NAME, json.dumps(state, indent=2) + "\n")
    shutil.rmtree(target, ignore_errors=True)
    aside.replace(target)
    sync_folder(folder)
    for old in _newest_first(folder)[NUM_KEPT:]:
        shutil.rmtree(old)


def load_newest(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, identity: Identity
) -> Position | None:
    """Load the newest whole checkpoint into model and optimizer; None where there is none."""
    for path in _newest_first(folder):
        state = _whole_state(path, identity)
        if state is not None:
            _load(path, model, optimizer)
            return Position(step=state["step"], num_tokens=state["num_tokens"])
    return None


def _newest_first(folder: Path) -> list[Path]:
    paths = [path for path in folder.glob("step-*") if path.name.removeprefix("step-").isdigit()]
    return sorted(paths, key=lambda path: int(path.name.removeprefix("step-")), reverse=True)


def _whole_state(path: Path, identity: Identity) -> dict[str, Any] | None:
    """The state of an undamaged checkpoint of this run; of another one None, with a warning."""
    try:
        state: dict[str, Any] = json.loads((path / STATE_NAME).read_text())
        complaints = damaged_files(path, [FileEntry(**entry) for entry in state["files"]])
        if any(state[name] != value for name, value in vars(identity).items()):
            complaints.append(f"{path}: of another configuration, corpus or base")
    except (OSError, ValueError, KeyError, TypeError):
        complaints = [f"{path / STATE_NAME}: not readable"]
    for complaint in complaints:
        log.warning("%s; this checkpoint is passed over", complaint)
    return None if complaints else state


def _moments(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """AdamW's state as named tensors: NAME/exp_avg, NAME/exp_avg_sq, NAME/step."""
    return {
        f"{name}/{key}": value.detach().cpu()
        for name, parameter in model.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def _load(path: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    weights, moments = load_file(path / MODEL_NAME), load_file(path / OPTIMIZER_NAME)
    is_fused = bool(optimizer.defaults.get("fused"))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])
    parameters = dict(model.named_parameters())
    for key, value in moments.items():
        name, _, moment = key.rpartition("/")
        parameter = parameters[name]
        # AdamW keeps its step count beside the parameter only in the fused form.
        place = parameter.device if moment != "step" or is_fused else torch.device("cpu")
        optimizer.state[parameter][moment] = value.to(place)


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
