"""What a private run has that another has not: its course, and an updater that was tried.

In: what a run begins with. Out: a `PrivateCourse`, a `PrivateUpdater`. Trains nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.errors import ConfigError
from foundation.memory import keep_memory
from training.bases.loading import MaskedModel
from training.config import TrainingConfig
from training.devices import make_deterministic, precision_on, usual_batch_tokens
from training.feeding.order import Mixture
from training.feeding.tokens import TokenFile
from training.loop.optimizer import check_memory, make_optimizer
from training.loop.processes import Group
from training.private.chain import Earlier, as_record, earlier_from
from training.private.checks import check_clipping
from training.private.lots import PrivateCourse
from training.private.plan import Plan, Wanted, make_plan, plan_from
from training.private.randomness import Secret
from training.private.statement import statement, write_statement
from training.private.units import units_of
from training.private.updating import PrivateUpdater, hold_still, num_learnt
from training.record import REMEDY, read_record

_GPU_BATCH_TOKENS = 65_536  # at once, where nobody says: a lot of 16,384 sentences has five times that


def private_course(
    tokens: TokenFile, mixture: Mixture, config: TrainingConfig, model: Any, *, corpus_folder: Path,
    run_folder: Path | None, plan: Plan | None = None, alone: NDArray[np.bool_] | None = None,
) -> PrivateCourse:  # fmt: skip
    """The lots of a run.

    Args:
        model: its size decides the lot, where nobody else does.
        run_folder: keeps the secret key, and, once the run is begun, its plan; None: of a run that is only tried.
        plan: another than the settings give; None: theirs.
        alone: (N,) sentences that are units of their own.

    Raises:
        ConfigError: units that cannot be told, a promise that cannot be kept, or a lost key.
    """
    units = units_of(tokens, config.privacy, corpus_folder=corpus_folder, alone=alone)
    begun = read_record(run_folder) if run_folder is not None else None
    if plan is None:
        plan = plan_from(begun["privacy"]) if begun else planned(config, units.num_units, model)
    secret = Secret.new() if run_folder is None else Secret.kept_in(run_folder, is_begun=begun is not None)
    return PrivateCourse(tokens=tokens, mixture=mixture, config=config, units=units, plan=plan, secret=secret)


def planned(config: Wanted, num_units: int, model: Any) -> Plan:
    """Raises ConfigError where the promise cannot be kept."""
    return make_plan(config, num_units, num_learnt(model, embeddings=config.privacy.embeddings))


def private_updater(trainee: MaskedModel, course: PrivateCourse, group: Group) -> PrivateUpdater:
    """An updater whose clipping was tried on a few units.

    Raises:
        ConfigError: the model is of a kind that cannot be clipped exactly.
    """
    config = course.config
    if trainee.device.type == "cpu":
        keep_memory()
    if config.deterministic:
        make_deterministic(trainee.device)
    hold_still(trainee.model, embeddings=course.plan.embeddings)
    trainee.reader.release()
    reader = trainee.reader.by_unit()
    check_memory(trainee)
    precision = precision_on(trainee.device, config.precision)
    updater = PrivateUpdater(
        trainee, make_optimizer(trainee.model, config.optimizer), reader, plan=course.plan, secret=course.secret,
        precision=precision, group=group,
        physical_batch_tokens=config.physical_batch_tokens or usual_batch_tokens(trainee.device) or _GPU_BATCH_TOKENS,
    )  # fmt: skip
    order = course.order()
    masked = course.masked(trainee.vocabulary, order.drawn_of(course.units.unlike(course.tokens), 0), 0)
    check_clipping(updater, masked, precision)
    return updater


def private_facts(course: PrivateCourse, earlier: Sequence[Earlier]) -> dict[str, Any]:
    """What run.json says of a private run, besides what any run says."""
    return {
        "private": True, "privacy": asdict(course.plan), "units_sha256": course.units.sha256(),
        "earlier_privacy": as_record(earlier),
    }  # fmt: skip


def state_privacy(run_folder: Path, record: Mapping[str, Any]) -> None:
    """Write privacy.json for a run that is done."""
    earlier = earlier_from(record["earlier_privacy"])
    write_statement(run_folder, statement(record, plan_from(record["privacy"]), record["num_steps"], earlier))


def check_same_units(run_folder: Path, record: dict[str, Any], course: PrivateCourse) -> None:
    """Raises ConfigError where another grouping was begun with."""
    if record.get("units_sha256") != course.units.sha256():
        raise ConfigError(f"{run_folder}: the units of privacy.unit_file changed since this run was begun; {REMEDY}")
