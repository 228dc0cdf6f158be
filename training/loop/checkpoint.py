"""Checkpoints: what a run needs to go on, in `checkpoints/step-N/`.

In: model, optimizer and position. Out: `model.safetensors`, `optimizer.safetensors` and `state.json`, which
names both with their sha256; written aside, synced and renamed. The last two are kept, and the best. No state of random
generators: there is none (feeding/draws.py). No pickles.
"""

import errno
import json
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from foundation.files import make_folder, sync_folder, write_text
from foundation.manifests import FileEntry, damaged_files, file_entries

MODEL_NAME, OPTIMIZER_NAME, STATE_NAME = "model.safetensors", "optimizer.safetensors", "state.json"
NUM_KEPT = 2  # the newest, and one more should the newest turn out damaged
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Position:
    """How far a run has come.

    Attributes:
        step, num_tokens: optimizer steps done, and tokens seen without padding.
        best_step, best_loss: the evaluation on the way with the lowest loss; None before the first.
        physical_batch_tokens: what memory forced; None: nothing yet.
    """

    step: int = 0
    num_tokens: int = 0
    best_step: int | None = None
    best_loss: float | None = None
    physical_batch_tokens: int | None = None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a checkpoint belongs to; one of another identity is never loaded."""

    config_sha256: str
    corpus_sha256: str
    base_sha256: str
    sentences_sha256: str


def save_checkpoint(
    folder: Path,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    position: Position,
    identity: Identity,
) -> None:
    """Write `folder/step-N`; remove all but the newest two and the best.

    Raises:
        OSError: the disk is full; what there was before is untouched.
    """
    target = folder / f"step-{position.step}"
    aside = make_folder(folder) / f"{target.name}.tmp"
    shutil.rmtree(aside, ignore_errors=True)
    make_folder(aside)
    try:
        _write_tensors(aside / MODEL_NAME, {name: value.detach() for name, value in model.named_parameters()})
        _write_tensors(aside / OPTIMIZER_NAME, _moments(model, optimizer))
        paths = [aside / MODEL_NAME, aside / OPTIMIZER_NAME]
        files = [vars(entry) for entry in file_entries(aside, paths)]
        state = asdict(position) | asdict(identity) | {"files": files}
        write_text(aside / STATE_NAME, json.dumps(state, indent=2) + "\n")
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    shutil.rmtree(target, ignore_errors=True)
    aside.replace(target)
    sync_folder(folder)
    # later ones were passed over when this start began: they are damaged, or not of this run
    earlier = [path for path in _newest_first(folder) if _step_of(path) <= position.step]
    kept = {*earlier[:NUM_KEPT], folder / f"step-{position.best_step}"}
    for old in set(_newest_first(folder)) - kept:
        shutil.rmtree(old)


def load_newest(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, identity: Identity
) -> Position | None:
    """Load the newest whole checkpoint into model and optimizer; None where there is none."""
    for path in _newest_first(folder):
        state = _whole_state(path, identity)
        if state is not None:
            load_weights(path, model)
            _load_moments(path, model, optimizer)
            return Position(**{name: state[name] for name in asdict(Position())})
    return None


def load_weights(checkpoint: Path, model: torch.nn.Module) -> None:
    """Put the weights of a checkpoint into a model."""
    weights = load_file(checkpoint / MODEL_NAME)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])


def is_whole(checkpoint: Path, identity: Identity) -> bool:
    """Whether a checkpoint is undamaged and of this run; says so where it is not."""
    return _whole_state(checkpoint, identity) is not None


def _newest_first(folder: Path) -> list[Path]:
    paths = [path for path in folder.glob("step-*") if path.name.removeprefix("step-").isdigit()]
    return sorted(paths, key=_step_of, reverse=True)


def _step_of(path: Path) -> int:
    return int(path.name.removeprefix("step-"))


def _whole_state(path: Path, identity: Identity) -> dict[str, Any] | None:
    """The state of an undamaged checkpoint of this run; of another one None, with a warning."""
    try:
        state: dict[str, Any] = json.loads((path / STATE_NAME).read_text())
        complaints = damaged_files(path, [FileEntry(**entry) for entry in state["files"]])
        if any(state[name] != value for name, value in asdict(identity).items()):
            complaints.append(f"{path}: of another configuration, corpus or base")
        if asdict(Position()).keys() - state.keys():
            complaints.append(f"{path / STATE_NAME}: not complete")
    except (OSError, ValueError, KeyError, TypeError):
        complaints = [f"{path / STATE_NAME}: not readable"]
    for complaint in complaints:
        log.warning("%s; this checkpoint is passed over", complaint)
    return None if complaints else state


def _moments(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """AdamW's state as named tensors: NAME/exp_avg, NAME/exp_avg_sq, NAME/step."""
    return {
        f"{name}/{key}": value.detach()
        for name, parameter in model.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def _load_moments(path: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    parameters = dict(model.named_parameters())
    for key, value in load_file(path / OPTIMIZER_NAME).items():
        name, _, moment = key.rpartition("/")
        optimizer.state[parameters[name]][moment].copy_(value)


def _write_tensors(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    try:
        save_file({name: value.cpu() for name, value in tensors.items()}, path)
    except SafetensorError as error:  # its own kind of error for a full disk, too
        is_full = "os error 28" in str(error).lower()
        raise OSError(errno.ENOSPC if is_full else errno.EIO, str(error), str(path)) from None
    with path.open("rb") as file:
        os.fsync(file.fileno())
