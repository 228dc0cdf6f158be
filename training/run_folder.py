"""The folder of a run: its names, its lock, and what is removed from it.

In: a run folder. Out: the same, held by one process group, or emptied. Reads no model.
"""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from foundation.errors import BrokenRunError, ConfigError
from foundation.files import write_text
from foundation.locks import held
from foundation.manifests import MANIFEST_NAME
from training.loop.processes import Group
from training.record import CONFIG_NAME, RECORD_NAME

EVALUATION_NAME, METRICS_NAME, LOCK_NAME = "evaluation.json", "metrics.jsonl", "lock"
MODEL_FOLDER, CHECKPOINTS_FOLDER, SCORES_FOLDER = "model", "checkpoints", "scores"
PRIVACY_NAME, KEY_NAME = "privacy.json", "secret.key"  # of a private run (private/statement.py, randomness.py)
# What is there before run.json is: a folder with nothing else was never a run.
_OF_A_BEGINNING = (LOCK_NAME, "base", "base.tmp", KEY_NAME, CONFIG_NAME, f"{CONFIG_NAME}.tmp", f"{RECORD_NAME}.tmp")
log = logging.getLogger(__name__)


@contextmanager
def locked(run_folder: Path, group: Group) -> Iterator[None]:
    """Keep other runs out of the folder; one in which nothing was begun is removed again."""
    if not group.is_first:
        yield
        return
    if run_folder.exists() and not run_folder.is_dir():
        raise ConfigError(f"{run_folder}: there is a file of that name; give the run another --name")
    lock = run_folder / LOCK_NAME
    with held(lock, busy=f"{run_folder}: another process is training this run"):
        try:
            yield
        finally:
            if not (run_folder / RECORD_NAME).exists() and {path.name for path in run_folder.iterdir()} <= {
                LOCK_NAME, "base", "base.tmp", KEY_NAME
            }:  # fmt: skip
                remove_leftovers(run_folder)
                lock.unlink()
                run_folder.rmdir()


def discard(run_folder: Path) -> None:
    """Throw an earlier run away; a folder that is not a run is left alone."""
    if (run_folder / RECORD_NAME).exists():
        log.warning("%s: the earlier run is thrown away", run_folder)
    elif any(path.name not in _OF_A_BEGINNING for path in run_folder.iterdir()):
        raise ConfigError(f"{run_folder}: not the folder of a run (no {RECORD_NAME}), so it is not removed")
    # by the manifest it is known as finished, by its record as a run: what is left by a kill is still told apart
    (run_folder / MANIFEST_NAME).unlink(missing_ok=True)
    for path in run_folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in (LOCK_NAME, RECORD_NAME):
            path.unlink()
    (run_folder / RECORD_NAME).unlink(missing_ok=True)


def remove_leftovers(run_folder: Path) -> None:
    """Remove what a run needs only until it is finished."""
    (run_folder / KEY_NAME).unlink(missing_ok=True)
    for name in (CHECKPOINTS_FOLDER, SCORES_FOLDER, "base", "base.tmp", "model.tmp"):
        shutil.rmtree(run_folder / name, ignore_errors=True)


def read_evaluation(run_folder: Path) -> dict[str, Any]:
    """What evaluation.json of a finished run says. Raises BrokenRunError where it is not readable."""
    try:
        values = json.loads((run_folder / EVALUATION_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        values = None
    if not isinstance(values, dict) or "validation" not in values:
        raise BrokenRunError(f"{run_folder}: not the folder of a finished run; run tvaerkom train --fresh")
    return values


def write_evaluation(run_folder: Path, values: dict[str, Any]) -> None:
    write_text(run_folder / EVALUATION_NAME, json.dumps(values, ensure_ascii=False, indent=2) + "\n")
