"""Around the loop: where it begins, what it writes on the way, and how its end is told.

In: a trainee, its course and its run folder. Out: trained weights; checkpoints, metrics and the record in the folder.
"""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.memory import keep_memory
from training.bases.loading import MaskedModel
from training.config import TrainingConfig
from training.devices import make_deterministic, precision_on
from training.evaluation.evaluate import evaluate
from training.evaluation.intervals import summarise
from training.feeding.tokens import TokenFile
from training.loop.checkpoint import Identity, Position, is_whole, load_newest, load_weights, save_checkpoint
from training.loop.optimizer import make_optimizer
from training.loop.processes import Group
from training.loop.steps import Course, OnTheWay, run_steps
from training.loop.updating import Updater
from training.loop.window import Speed
from training.record import write_record
from training.run_folder import CHECKPOINTS_FOLDER, METRICS_NAME
from training.telling.energy import EnergyMeter
from training.telling.metrics import MetricsFile, mean_mfu
from training.telling.throughput import peak_flops, work_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Drive:
    """One start of a run."""

    trainee: MaskedModel
    course: Course
    validation: TokenFile
    run_folder: Path
    record: dict[str, Any]
    identity: Identity
    group: Group
    max_hours: float | None = None

    @property
    def config(self) -> TrainingConfig:
        return self.course.config

    @property
    def checkpoints(self) -> Path:
        return self.run_folder / CHECKPOINTS_FOLDER


def train_on(drive: Drive) -> Position:
    """Run the loop from the newest checkpoint on; add its time and energy to the record."""
    updater = make_updater(drive.trainee, drive.config, drive.group)
    start = load_newest(drive.checkpoints, drive.trainee.model, updater.optimizer, drive.identity) or Position()
    if start.physical_batch_tokens is not None:
        updater.force(start.physical_batch_tokens)
    metrics = MetricsFile(drive.run_folder / METRICS_NAME)
    record, started, energy = drive.record, time.monotonic(), EnergyMeter(drive.trainee.device)
    if drive.group.is_first:
        metrics.cut(start.step)
        if start.step:
            log.info("going on after step %d", start.step)
            record["resumed_at"] = [*record.get("resumed_at", []), start.step]
    try:
        position = run_steps(updater, drive.course, start, _way(drive, updater, metrics, energy))
    finally:
        record["training_s"] = round(record["training_s"] + time.monotonic() - started, 1)
        # of several processes each sees its own GPU only
        spent = energy.kwh() if drive.group.world == 1 else None
        record["energy_kwh"] = _added(record.get("energy_kwh", 0.0), spent)
        record["energy_source"] = energy.source if record["energy_kwh"] is not None else None
        record["physical_batch_tokens"] = updater.physical_batch_tokens
        if drive.group.is_first:
            record["mfu"] = mean_mfu(metrics.read())
            write_record(drive.run_folder, record)
    return position


def make_updater(trainee: MaskedModel, config: TrainingConfig, group: Group) -> Updater:
    """Optimizer, precision, compilation and the wrapping for several processes."""
    if trainee.device.type == "cpu":
        keep_memory()
    if config.deterministic:
        make_deterministic(trainee.device)
    precision = precision_on(trainee.device, config.precision)
    optimizer = make_optimizer(trainee.model, config.optimizer)
    trainee.reader.model = group.wrapped(trainee.model, trainee.device)
    if config.compile == "on" or (config.compile == "auto" and trainee.device.type == "cuda"):
        trainee.reader.compile()
    return Updater(
        trainee, optimizer, precision=precision, max_grad_norm=config.optimizer.max_grad_norm,
        physical_batch_tokens=config.physical_batch_tokens, group=group,
    )  # fmt: skip


def take_best(drive: Drive, position: Position) -> int:
    """Put the weights of the best evaluation into the model where they are to be published; gives their step."""
    if drive.config.publish == "last" or position.best_step in (None, position.step):
        return position.step
    best = drive.checkpoints / f"step-{position.best_step}"
    if not is_whole(best, drive.identity):
        log.warning("%s is damaged; the last weights are published", best)
        return position.step
    load_weights(best, drive.trainee.model)
    return int(position.best_step or 0)


def _way(drive: Drive, updater: Updater, metrics: MetricsFile, energy: EnergyMeter) -> OnTheWay:
    config, trainee = drive.config, drive.trainee
    precision = precision_on(trainee.device, config.precision)
    deadline = None if drive.max_hours is None else time.monotonic() + drive.max_hours * 3600

    def write(line: dict[str, Any]) -> None:
        forced, told = updater.forced_batch_tokens, drive.record.setdefault("halved", [])
        if forced is not None and forced not in [each["physical_batch_tokens"] for each in told]:
            told.append({"step": line["step"], "physical_batch_tokens": forced})
        if drive.group.is_first:
            spent = {} if "validation_loss" in line else {"energy_kwh": energy.kwh()}
            metrics.append(line | spent)

    def save(position: Position) -> None:
        if drive.group.is_first:
            save_checkpoint(drive.checkpoints, trainee.model, updater.optimizer, position, drive.identity)
        drive.group.wait()

    def score() -> tuple[float, float]:
        def measured() -> tuple[float, float]:
            scores = summarise(
                evaluate(trainee, drive.validation, num_sentences=config.eval_sentences, precision=precision,
                         name="evaluation")
            )  # fmt: skip
            return scores.loss, scores.top1

        return drive.group.told_by_first(measured)

    peak = peak_flops(trainee.device, precision).flops_per_s * drive.group.world
    return OnTheWay(
        write_metrics=write, save=save, evaluate=score,
        is_over=lambda: deadline is not None and time.monotonic() > deadline,
        speed=Speed(work=work_of(trainee.model.config), flops_per_s=peak),
    )  # fmt: skip


def _added(before: float | None, now: float | None) -> float | None:
    """Energy over all starts; not measured once is not measured at all."""
    return None if before is None or now is None else round(before + now, 6)


def identity_of(record: dict[str, Any], sentences_sha256: str) -> Identity:
    return Identity(
        config_sha256=record["config_sha256"], corpus_sha256=record["corpus"]["content_sha256"],
        base_sha256=record["base"]["weights_sha256"], sentences_sha256=sentences_sha256,
    )  # fmt: skip
