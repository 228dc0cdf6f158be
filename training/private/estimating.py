"""What a step of a private run takes, from one piece of its first lot.

In: a trainee and a private course. Out: seconds, and how much fits at once. The weights stay as they are.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch

from training.bases.loading import MaskedModel
from training.loop.processes import Group
from training.private.beginning import private_updater
from training.private.lots import PrivateCourse

_NOISE_TRIED = 2_000_000  # numbers


@dataclass(frozen=True, kw_only=True)
class PrivateStep:
    """`num_tokens` of an average lot, without padding; `num_trainable` weights that get noise."""

    seconds: float
    num_tokens: int
    num_trainable: int
    physical_batch_tokens: int


def measured_step(trainee: MaskedModel, course: PrivateCourse) -> PrivateStep:
    """Time a piece of middle length twice, and the noise for some weights.

    Raises:
        ConfigError: the model cannot be trained privately.
    """
    updater = private_updater(trainee, course, Group())
    order = course.order()
    masked = course.masked(trainee.vocabulary, order.sentences_of(0), 0)
    if not masked.num_units:  # by chance nobody was drawn
        masked = course.masked(trainee.vocabulary, np.arange(min(8, course.tokens.num_sentences)), 0)
    parts = updater.pieces_of(masked)
    middle = parts[len(parts) // 2]
    trainee.model.train()
    seconds = 0.0
    for _ in range(2):  # the first one also makes room in memory
        started = time.perf_counter()
        updater.add_clipped(middle).sum().item()
        seconds = time.perf_counter() - started
    places = [part.num_units * int(part.unit_lengths.max()) for part in parts]
    num_trainable = sum(each.numel() for each in updater.sums)
    started = time.perf_counter()
    course.secret.add_noise(torch.zeros(_NOISE_TRIED), 0, 0, 1.0)
    noise = (time.perf_counter() - started) * num_trainable / _NOISE_TRIED
    updater.gradients.take_off()
    return PrivateStep(
        seconds=seconds * sum(places) / places[len(parts) // 2] + noise, num_tokens=int(masked.lengths.sum()),
        num_trainable=num_trainable, physical_batch_tokens=updater.physical_batch_tokens or max(places),
    )  # fmt: skip
