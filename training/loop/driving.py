"""Around the loop: where it begins, what it writes on the way, and how its end is told.

In: a trainee, its course and its run folder. Out: trained weights; checkpoints, metrics and the record in the folder.
"""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from foundation.memory import keep_memory
from training.bases.loading import MaskedModel
from training.config import TrainingConfig
from training.devices import make_deterministic, precision_on, usual_batch_tokens
from training.evaluation.evaluate import evaluate
from training.evaluation.intervals import summarise
from training.feeding.tokens import TokenFile
from training.loop.checkpoint import Identity, Position, is_whole, load_newest, load_weights, save_checkpoint
from training.loop.optimizer import check_memory, make_optimizer
from training.loop.processes import Group
from training.loop.steps import Course, OnTheWay, run_steps
from training.loop.updating import Learner, Updater
from training.loop.window import Speed
from training.record import write_record
from training.run_folder import CHECKPOINTS_FOLDER, METRICS_NAME
from training.telling.energy import EnergyMeter
from training.telling.metrics import MetricsFile, mean_mfu
from training.telling.throughput import peak_flops, work_of

if TYPE_CHECKING:
    from training.private.lots import PrivateCourse

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Drive:
    """One start of a run; `counts_work`: whether its head is the one that telling/throughput.py counts."""

    trainee: MaskedModel
    course: Course
    validation: TokenFile
    run_folder: Path
    record: dict[str, Any]
    identity: Identity
    group: Group
    deadline: float | None = None  # time.monotonic()
    counts_work: bool = True

    @property
    def config(self) -> TrainingConfig:
        return self.course.config

    @property
    def checkpoints(self) -> Path:
        return self.run_folder / CHECKPOINTS_FOLDER


def train_on(drive: Drive) -> Position:
    """Run the loop from the newest checkpoint on; keep its time and energy in the record."""
    updater = make_updater(drive.trainee, drive.course, drive.group)
    start = load_newest(drive.checkpoints, drive.trainee.model, updater.optimizer, drive.identity) or Position()
    if start.physical_batch_tokens is not None:
        updater.force(start.physical_batch_tokens)
    drive.group.wait()  # the first one may publish, and remove the checkpoints, before another has read them
    first = drive.course.order().sentences_of(0)
    updater.rehearse(drive.course.masked(drive.trainee.vocabulary, first, 0))
    books = _Books(drive, updater, EnergyMeter(drive.trainee.device))
    books.open(start)
    try:
        return run_steps(updater, drive.course, start, _way(drive, updater, books))
    finally:
        books.write()


class _Books:
    """What a run keeps of itself on the way: metrics, and its time and energy over all starts; first process only."""

    def __init__(self, drive: Drive, updater: Learner, energy: EnergyMeter) -> None:
        self._drive, self._updater, self._energy = drive, updater, energy
        self._metrics = MetricsFile(drive.run_folder / METRICS_NAME)
        self._seconds, self._kwh = drive.record["training_s"], drive.record.get("energy_kwh", 0.0)
        self._started = time.monotonic()

    def open(self, start: Position) -> None:
        """Forget what was written behind the checkpoint that is gone on from."""
        if not self._drive.group.is_first:
            return
        self._metrics.cut(start.step)
        if start.step:
            log.info("going on after step %d", start.step)
            self._drive.record.setdefault("resumed_at", []).append(start.step)
            self.write()

    def add(self, line: dict[str, Any]) -> None:
        """A line of metrics."""
        forced, told = self._updater.forced_batch_tokens, self._drive.record.setdefault("halved", [])
        if forced is not None and forced not in [each["physical_batch_tokens"] for each in told]:
            told.append({"step": line["step"], "physical_batch_tokens": forced})
        if self._drive.group.is_first:
            spent = {} if "validation_loss" in line else {"energy_kwh": self._spent()}
            self._metrics.append(line | spent)

    def write(self) -> None:
        """The record as of now; with each checkpoint, so that a kill loses no more of it than of the training."""
        if not self._drive.group.is_first:
            return
        record, spent = self._drive.record, self._spent()
        record["training_s"] = round(self._seconds + time.monotonic() - self._started, 1)
        # not measured in one start is not measured at all
        record["energy_kwh"] = None if self._kwh is None or spent is None else round(self._kwh + spent, 6)
        record["energy_source"] = self._energy.source if record["energy_kwh"] is not None else None
        record["physical_batch_tokens"] = self._updater.physical_batch_tokens
        record["mfu"] = mean_mfu(self._metrics.read())
        write_record(self._drive.run_folder, record)

    def _spent(self) -> float | None:
        """Of several processes each sees its own GPU only."""
        return self._energy.kwh() if self._drive.group.world == 1 else None


def make_updater(trainee: MaskedModel, course: Course, group: Group) -> Learner:
    """Optimizer, precision, compilation and the wrapping for several processes."""
    config = course.config
    if config.privacy.is_on:
        from training.private.beginning import private_updater  # opacus is an extra

        return private_updater(trainee, cast("PrivateCourse", course), group)
    if trainee.device.type == "cpu":
        keep_memory()
    if config.deterministic:
        make_deterministic(trainee.device)
    precision = precision_on(trainee.device, config.precision)
    check_memory(trainee)
    optimizer = make_optimizer(trainee.model, config.optimizer)
    trainee.reader.model = group.wrapped(trainee.model, trainee.device)
    if config.compile == "on" or (config.compile == "auto" and trainee.device.type == "cuda"):
        trainee.reader.compile()
    return Updater(
        trainee, optimizer, seed=config.seed, precision=precision, max_grad_norm=config.optimizer.max_grad_norm,
        physical_batch_tokens=config.physical_batch_tokens or usual_batch_tokens(trainee.device), group=group,
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


def _way(drive: Drive, updater: Learner, books: _Books) -> OnTheWay:
    config, trainee = drive.config, drive.trainee
    precision = precision_on(trainee.device, config.precision)

    def save(position: Position) -> None:
        if drive.group.is_first:
            save_checkpoint(drive.checkpoints, trainee.model, updater.optimizer, position, drive.identity)
            books.write()
        drive.group.wait()

    def measured() -> tuple[float, float]:
        scores = evaluate(
            trainee, drive.validation, num_sentences=config.eval_sentences, precision=precision, name="evaluation"
        )
        summary = summarise(scores)
        return summary.loss, summary.top1

    peak = peak_flops(trainee.device, precision).flops_per_s * drive.group.world
    work = work_of(trainee.model.config) if drive.counts_work else None
    return OnTheWay(
        write_metrics=books.add, save=save, evaluate=lambda: drive.group.told_by_first(measured),
        is_over=lambda: drive.deadline is not None and time.monotonic() > drive.deadline,
        speed=Speed(work=work, flops_per_s=peak),
    )  # fmt: skip


def identity_of(record: dict[str, Any]) -> Identity:
    return Identity(
        config_sha256=record["config_sha256"], corpus_sha256=record["corpus"]["content_sha256"],
        base_sha256=record["base"]["weights_sha256"], sentences_sha256=record["sentences_sha256"],
    )  # fmt: skip
