"""The twin: a model trained as the audited run was, on the same data and a random half of the canaries.

In: the audited run, a model to be trained, and its course. Out: the trained twin, in memory; its checkpoints lie in
`runs/<run>/audit-twin/`, so that the same call goes on where it was stopped. Noise, rate and steps of a private run are
those of its plan; its secret key is the twin's own. The audited model itself never sees a canary. Knows no kinds of
runs (language_model_twin.py, head_twin.py).
"""

import logging
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foundation.errors import BrokenRunError
from foundation.files import make_folder
from training.audit.kinds import Subject
from training.bases.loading import MaskedModel
from training.feeding.tokens import TokenFile
from training.loop.checkpoint import Identity
from training.loop.driving import Drive, take_best, train_on
from training.loop.processes import Group
from training.loop.steps import Course
from training.record import now, read_record, write_record
from training.run_folder import KEY_NAME

if TYPE_CHECKING:
    from training.private.plan import Plan

TWIN_FOLDER = "audit-twin"
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Upbringing:
    """How a twin is trained.

    Attributes:
        trainee: the base, to be trained.
        identity: what its checkpoints belong to.
        course_in: makes what it is trained on, given the folder that keeps a private twin's secret key.
        validation: for evaluations on the way.
        counts_work: as `Drive` has it.
    """

    trainee: MaskedModel
    identity: Identity
    course_in: Callable[[Path], Course]
    validation: TokenFile
    counts_work: bool


def train_twin(subject: Subject, twin: Upbringing) -> MaskedModel:
    """Train the twin, or go on with it.

    Raises:
        BrokenRunError: too little memory, or a loss that is no longer a number.
        KeyboardInterrupt: stopped by the user; the same call goes on.
    """
    folder = make_folder(subject.folder / TWIN_FOLDER)
    record = _begun(folder, twin.identity)
    course = twin.course_in(folder)
    record = record or _begin(folder, subject.name, twin.identity)
    log.info("%s", how_long(subject.record, course.num_steps))
    drive = Drive(
        trainee=twin.trainee, course=course, run_folder=folder, record=record, group=Group(), identity=twin.identity,
        validation=twin.validation, counts_work=twin.counts_work,
    )  # fmt: skip
    take_best(drive, train_on(drive))
    return twin.trainee


def remove_twin(subject: Subject) -> None:
    """Nothing of it is kept but what was measured. Raises BrokenRunError where its secret key would stay."""
    folder = subject.folder / TWIN_FOLDER
    try:
        (folder / KEY_NAME).unlink(missing_ok=True)
    except OSError as error:
        raise BrokenRunError(
            f"{folder / KEY_NAME}: the secret key of a twin cannot be removed ({error.strerror}); "
            f"remove {folder} by hand"
        ) from None
    shutil.rmtree(folder, ignore_errors=True)


def plan_of(subject: Subject) -> "Plan | None":
    """The plan of a private run; None of another."""
    if not subject.is_private:
        return None
    from training.private.plan import plan_from

    return plan_from(subject.record["privacy"])


def how_long(record: dict[str, Any], num_steps: int) -> str:
    """What a person should know before it begins."""
    hours = record["training_s"] / max(record["num_steps"], 1) * num_steps / 3600
    took = f"{hours:.1f} hours" if hours >= 1 else f"{max(hours * 60, 2):.0f} minutes"
    return (
        f"a twin of the run is trained, {num_steps} steps: about {took} at the speed that the run itself had; stopped, "
        "the same command goes on; --no-twin leaves it out"
    )


def _begun(folder: Path, identity: Identity) -> dict[str, Any] | None:
    """The record of this twin, where it was begun; what is left of another one goes."""
    record = read_record(folder)
    if record is not None and record.get("identity") == asdict(identity):
        return record
    shutil.rmtree(folder)
    make_folder(folder)
    return None


def _begin(folder: Path, run: str, identity: Identity) -> dict[str, Any]:
    record = {"kind": "twin", "of": run, "identity": asdict(identity), "started_at": now(), "training_s": 0.0}
    write_record(folder, record)
    return record
