"""The twin: a model trained as the audited run was, on the same sentences and a random half of the canaries.

In: the audited run, its base and the canaries. Out: the trained twin, in memory; its checkpoints lie in
`runs/<run>/audit-twin/`, so that the same call goes on where it was stopped. Noise, rate and steps of a private run are
those of its plan; its secret key is the twin's own. The audited model itself never sees a canary.
"""

import logging
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from foundation.files import make_folder
from training.audit.encoded import EncodedCanaries, with_canaries
from training.audit.subject import Subject
from training.bases.finding import Base
from training.bases.loading import MaskedModel, load_masked_model
from training.config import TrainingConfig
from training.evaluation.evaluate import VALIDATION
from training.feeding.batches import Flags
from training.feeding.composing import mixture_sha256
from training.feeding.order import Mixture, everything
from training.feeding.tokens import TokenFile
from training.loop.checkpoint import Identity
from training.loop.driving import Drive, take_best, train_on
from training.loop.processes import Group
from training.preparing import course_of, prepare_course, tokens_of
from training.record import now, read_record, write_record

if TYPE_CHECKING:
    from training.private.plan import Plan

TWIN_FOLDER = "audit-twin"
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Canaries, and which of them the twin is to learn, (N,)."""

    canaries: EncodedCanaries
    is_in: Flags


def train_twin(subject: Subject, base: Base, planted: Planted, device: torch.device) -> MaskedModel:
    """Train the twin, or go on with it.

    Raises:
        ConfigError: the corpus is not what the run was trained on.
        BrokenRunError: a damaged corpus, too little memory, or a loss that is no longer a number.
        KeyboardInterrupt: stopped by the user; the same call goes on.
    """
    subject.check_corpus()
    trainee = replace(load_masked_model(base, device), tokenizer=subject.tokenizer)
    config = _config(subject.run.config)
    folder = make_folder(subject.folder / TWIN_FOLDER)
    tokens, mixture = _sentences(subject, trainee, config)
    tokens, is_canary = with_canaries(tokens, planted.canaries.tokens, planted.is_in)
    mixture = replace(mixture, always=np.concatenate([mixture.always, np.flatnonzero(is_canary)]))
    identity = _identity(subject.run.record, mixture_sha256(tokens, mixture))
    record = _begun(folder, identity)
    course = course_of(
        tokens, mixture, config, corpus_folder=subject.corpus_folder, run_folder=folder, plan=plan_of(subject),
        alone=is_canary,
    )  # fmt: skip
    record = record or _begin(folder, subject.name, identity)
    log.info("%s", how_long(subject.run.record, course.num_steps))
    drive = Drive(
        trainee=trainee, course=course, run_folder=folder, record=record, group=Group(), identity=identity,
        validation=tokens_of(subject.corpus_folder, VALIDATION, trainee, config, subject.places.cache),
    )  # fmt: skip
    take_best(drive, train_on(drive))
    return trainee


def remove_twin(subject: Subject) -> None:
    """Nothing of it is kept but what was measured."""
    shutil.rmtree(subject.folder / TWIN_FOLDER, ignore_errors=True)


def plan_of(subject: Subject) -> "Plan | None":
    """The plan of a private run; None of another."""
    if not subject.run.is_private:
        return None
    from training.private.plan import plan_from

    return plan_from(subject.run.record["privacy"])


def how_long(record: dict[str, Any], num_steps: int) -> str:
    """What a person should know before it begins."""
    hours = record["training_s"] / max(record["num_steps"], 1) * num_steps / 3600
    took = f"{hours:.1f} hours" if hours >= 1 else f"{hours * 60:.0f} minutes"
    return (
        f"a twin of the run is trained, {num_steps} steps: about {took} at the speed that the run itself had; stopped, "
        "the same command goes on; --no-twin leaves it out"
    )


def _config(config: TrainingConfig) -> TrainingConfig:
    """Evaluations on the way change no weights; only where the best of them is published they are needed."""
    return config if config.publish == "best" else config.model_copy(update={"eval_steps": None})


def _sentences(subject: Subject, trainee: MaskedModel, config: TrainingConfig) -> tuple[TokenFile, Mixture]:
    """What the run was trained on."""
    if config.privacy.is_on:  # all of the corpus; a course of its own would reckon its noise anew
        tokens = tokens_of(subject.corpus_folder, "train", trainee, config, subject.places.cache)
        return tokens, everything(tokens.num_sentences)
    course = prepare_course(subject.corpus_folder, trainee, config, subject.places.cache)
    return course.tokens, course.mixture


def _identity(record: dict[str, Any], sentences_sha256: str) -> Identity:
    return Identity(
        config_sha256=record["config_sha256"], corpus_sha256=record["corpus"]["content_sha256"],
        base_sha256=record["base"]["weights_sha256"], sentences_sha256=sentences_sha256,
    )  # fmt: skip


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
