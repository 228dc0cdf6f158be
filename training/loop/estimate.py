"""What a run will take, before it begins.

In: a loaded base and the course of a run. Out: steps, tokens, memory, and hours, from arithmetic or from a few measured
steps. Writes nothing, and leaves the weights of a run alone.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from foundation.errors import ConfigError
from training.bases.loading import MaskedModel
from training.devices import free_bytes, multiplies_bfloat16, precision_on
from training.loop.processes import Group
from training.loop.steps import Course
from training.loop.updating import Updater
from training.telling.throughput import peak_flops, work_of

LONG_HOURS = 12.0  # on a CPU; longer ones are asked about
_SAMPLE = 20_000  # sentences whose lengths stand for all
_REACHED = {"cpu": 0.7, "cuda": 0.3}  # share of the peak that training reaches; measured in benchmarks/
_BYTES_PER_WEIGHT = 16  # float32: weight, gradient and AdamW's two moments
_WARM_UP, _MEASURED = 2, 3  # steps
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run will take.

    Attributes:
        num_tokens: over all epochs, without padding.
        model_bytes: weights, gradients and moments.
        free_bytes: on the device, before the model was there.
        physical_batch_tokens: as many fit at once, of those that a step has.
        seconds_per_step: measured.
    """

    num_steps: int
    num_sentences: int
    num_tokens: int
    num_parameters: int
    model_bytes: int
    free_bytes: int
    batch_tokens: int
    physical_batch_tokens: int
    seconds_per_step: float
    device: str
    precision: str
    could_use_bfloat16: bool

    @property
    def hours(self) -> float:
        return self.num_steps * self.seconds_per_step / 3600


def hours_by_arithmetic(trainee: MaskedModel, course: Course) -> float | None:
    """Hours from counted operations and what the device can do; None where the family is not counted."""
    work = work_of(trainee.model.config)
    if work is None:
        return None
    lengths = np.diff(course.tokens.offsets[: _SAMPLE + 1]).astype(np.int64)
    share = course.config.mlm_probability
    per_sentence = work.training(lengths, int(share * lengths.sum())) / len(lengths)
    sentences = course.num_steps * min(course.config.train_batch_sentences, course.mixture.num_sentences)
    precision = precision_on(trainee.device, course.config.precision)
    speed = peak_flops(trainee.device, precision).flops_per_s * _REACHED[trainee.device.type]
    return sentences * per_sentence / speed / 3600


def check_hours(trainee: MaskedModel, course: Course, may_take: Callable[[float], bool] | None) -> None:
    """Ask before a long run on a CPU. Raises ConfigError where the answer is no."""
    if trainee.device.type != "cpu" or may_take is None:
        return
    hours = hours_by_arithmetic(trainee, course)
    if hours is not None and hours > LONG_HOURS and not may_take(hours):
        raise ConfigError(
            f"this run would take about {hours:,.0f} hours on this machine's processor; take a machine with a GPU, "
            "a shorter run (--set max_steps=...), or say --yes"
        )


def estimate(trainee: MaskedModel, course: Course) -> Estimate:
    """Measure a few steps with the memory that there is; the weights are of no use afterwards.

    Raises:
        BrokenRunError: not even one sentence fits.
    """
    from training.loop.driving import make_updater

    free = free_bytes(trainee.device) + _own_bytes(trainee)
    updater = make_updater(trainee, course.config, Group())
    parameters = sum(parameter.numel() for parameter in trainee.model.parameters())
    order = course.order()
    _try_longest(updater, course)
    seconds, num_tokens = [], 0
    for step in range(min(_WARM_UP + _MEASURED, course.num_steps)):
        masked = course.masked(trainee.vocabulary, order.sentences_of(step), step)
        started = time.perf_counter()
        updater.update(masked, seed=step).loss.item()
        seconds.append(time.perf_counter() - started)
        num_tokens += len(masked.inputs)
    measured = seconds[_WARM_UP:] or seconds
    batch_tokens = num_tokens // len(seconds)
    return Estimate(
        num_steps=course.num_steps, num_sentences=course.mixture.num_sentences,
        num_tokens=batch_tokens * course.num_steps, num_parameters=parameters,
        model_bytes=parameters * _BYTES_PER_WEIGHT, free_bytes=free, batch_tokens=batch_tokens,
        physical_batch_tokens=updater.physical_batch_tokens or batch_tokens,
        seconds_per_step=float(np.median(measured)), device=trainee.device.type,
        precision=precision_on(trainee.device, course.config.precision),
        could_use_bfloat16=trainee.device.type == "cpu" and multiplies_bfloat16(trainee.device),
    )  # fmt: skip


def _try_longest(updater: Updater, course: Course) -> None:
    """One step with the longest sentences there are: where it fits, each step does."""
    lengths = np.diff(course.tokens.offsets).astype(np.int64)
    longest = np.argsort(-lengths, kind="stable")[: course.config.train_batch_sentences]
    updater.update(course.masked(updater.trainee.vocabulary, longest, 0), seed=0)


def _own_bytes(trainee: MaskedModel) -> int:
    return sum(parameter.numel() * parameter.element_size() for parameter in trainee.model.parameters())
