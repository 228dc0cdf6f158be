"""What a run will take, before it begins.

In: a loaded base and the course of a run. Out: steps, tokens, memory, and hours from a few measured steps. Writes
nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch.nn.functional as F

from foundation.errors import ConfigError
from training.bases.loading import MaskedModel
from training.devices import calculating_on, free_bytes, multiplies_bfloat16, precision_on
from training.feeding.batches import pieces
from training.loop.driving import make_updater
from training.loop.processes import Group
from training.loop.steps import Course
from training.loop.updating import Learner

if TYPE_CHECKING:
    from training.private.lots import PrivateCourse
    from training.private.tradeoff import Row

LONG_HOURS = 12.0  # on a CPU; longer ones are asked about
_TRIED_TOKENS = 512  # a few seconds for a large base
_BYTES_PER_WEIGHT = 16  # float32: weight, gradient and AdamW's two moments
_WARM_UP, _MEASURED = 2, 3  # steps


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run will take.

    Attributes:
        num_tokens: over all epochs, without padding.
        model_bytes: weights, gradients and moments.
        free_bytes: on the device, before the model was there.
        physical_batch_tokens: as many fit at once, of those that a step has.
        seconds_per_step: measured.
        unit, num_units, tradeoff: of a private run: what is protected, and what other lots and epochs would cost.
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
    unit: str | None = None
    num_units: int = 0
    tradeoff: "tuple[Row, ...]" = ()

    @property
    def hours(self) -> float:
        return self.num_steps * self.seconds_per_step / 3600


def hours_from_a_few(trainee: MaskedModel, course: Course) -> float:
    """Hours from the gradient of a few sentences, twice; the weights stay as they are."""
    if course.config.privacy.is_on:
        from training.private.estimating import measured_step  # opacus is an extra

        return course.num_steps * measured_step(trainee, cast("PrivateCourse", course)).seconds / 3600
    first = course.order().sentences_of(0)
    lengths = np.diff(course.tokens.offsets).astype(np.int64)
    limit = min(course.config.physical_batch_tokens or _TRIED_TOKENS, _TRIED_TOKENS)
    few = first[next(pieces(lengths[first], limit))]
    masked = course.masked(trainee.vocabulary, few, 0)
    precision = precision_on(trainee.device, course.config.precision)
    seconds = 0.0
    for _ in range(2):  # the first one also makes room in memory
        started = time.perf_counter()
        batch = trainee.reader.batch(masked)
        with calculating_on(trainee.device, precision):
            scores = trainee.reader.scores(batch)
        loss = F.cross_entropy(scores.float(), batch.answers)
        loss.backward()  # type: ignore[no-untyped-call]  # torch ships it without types
        trainee.model.zero_grad(set_to_none=True)
        seconds = time.perf_counter() - started
    num_tokens = course.num_steps * float(lengths.mean()) * len(first)
    return num_tokens / len(masked.inputs) * seconds / 3600


def check_hours(trainee: MaskedModel, course: Course, may_take: Callable[[float], bool] | None) -> None:
    """Ask before a long run on a CPU. Raises ConfigError where the answer is no."""
    if trainee.device.type != "cpu" or may_take is None:
        return
    hours = hours_from_a_few(trainee, course)
    if hours > LONG_HOURS and not may_take(hours):
        raise ConfigError(
            f"this run would take about {hours:,.0f} hours on this machine's processor; take a machine with a GPU, "
            "a shorter run (--set max_steps=...), or say --yes"
        )


def estimate(trainee: MaskedModel, course: Course) -> Estimate:
    """Measure a few steps with the memory that there is; the weights are of no use afterwards.

    Raises:
        BrokenRunError: not even one sentence fits.
    """
    free = free_bytes(trainee.device) + _own_bytes(trainee)
    if course.config.privacy.is_on:
        return _private_estimate(trainee, cast("PrivateCourse", course), free)
    updater = make_updater(trainee, course, Group())
    parameters = sum(parameter.numel() for parameter in trainee.model.parameters())
    order = course.order()
    _try_longest(updater, course)
    seconds, num_tokens = [], 0
    for step in range(min(_WARM_UP + _MEASURED, course.num_steps)):
        masked = course.masked(trainee.vocabulary, order.sentences_of(step), step)
        started = time.perf_counter()
        updater.update(masked, step).loss.item()
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


def _private_estimate(trainee: MaskedModel, course: "PrivateCourse", free: int) -> Estimate:
    from training.private.estimating import measured_step
    from training.private.tradeoff import tradeoff

    step, num_units = measured_step(trainee, course), course.units.num_units
    return Estimate(
        num_steps=course.num_steps, num_sentences=course.mixture.num_sentences,
        num_tokens=step.num_tokens * course.num_steps,
        num_parameters=sum(parameter.numel() for parameter in trainee.model.parameters()),
        # weights, and of those that are learnt the clipped sum, the noisy gradient and AdamW's two moments
        model_bytes=_own_bytes(trainee) + step.num_trainable * _BYTES_PER_WEIGHT, free_bytes=free,
        batch_tokens=step.num_tokens, physical_batch_tokens=step.physical_batch_tokens, seconds_per_step=step.seconds,
        device=trainee.device.type, precision=precision_on(trainee.device, course.config.precision),
        could_use_bfloat16=False, unit=course.plan.unit, num_units=num_units,
        tradeoff=tuple(tradeoff(course.config, num_units, step.num_trainable)),
    )  # fmt: skip


def _try_longest(updater: Learner, course: Course) -> None:
    """One step with the longest sentences there are: where it fits, each step does."""
    lengths = np.diff(course.tokens.offsets).astype(np.int64)
    longest = np.argsort(-lengths, kind="stable")[: course.config.train_batch_sentences]
    updater.update(course.masked(updater.trainee.vocabulary, longest, 0), step=0)


def _own_bytes(trainee: MaskedModel) -> int:
    return sum(parameter.numel() * parameter.element_size() for parameter in trainee.model.parameters())
