"""What a step of a private run takes, from one piece of its first lot.

In: a trainee and a private course. Out: seconds, and how much fits at once. The weights stay as they are.
"""

import time
from dataclasses import dataclass

import torch

from training.bases.loading import MaskedModel
from training.loop.processes import Group
from training.loop.updating import is_out_of_memory
from training.packed.rows import MaskedUnits
from training.private.beginning import private_updater
from training.private.lots import PrivateCourse
from training.private.updating import PrivateUpdater

_NOISE_TRIED = 2_000_000  # numbers


@dataclass(frozen=True, kw_only=True)
class PrivateStep:
    """`num_tokens` of an average lot, without padding; `num_trainable` weights that get noise."""

    seconds: float
    num_tokens: int
    num_trainable: int
    physical_batch_tokens: int


def measured_step(trainee: MaskedModel, course: PrivateCourse) -> PrivateStep:
    """Time the largest piece of a lot twice, and the noise for some weights; where memory is short, of smaller ones.

    Raises:
        ConfigError: the model cannot be trained privately.
        BrokenRunError: not even a single unit fits.
    """
    updater = private_updater(trainee, course, Group())
    order = course.order()
    masked = course.masked(trainee.vocabulary, order.sentences_of(0), 0)
    if not masked.num_units:  # by chance nobody was drawn
        masked = course.masked(trainee.vocabulary, order.drawn_of(course.units.unlike(course.tokens), 0), 0)
    trainee.model.train()
    seconds = _seconds_of_pieces(updater, masked)
    num_trainable = sum(each.numel() for each in updater.sums)
    started = time.perf_counter()
    course.secret.add_noise(torch.zeros(_NOISE_TRIED), 0, 0, 1.0)
    noise = (time.perf_counter() - started) * num_trainable / _NOISE_TRIED
    updater.gradients.take_off()
    places = max(_places(part) for part in updater.pieces_of(masked))
    return PrivateStep(
        seconds=seconds + noise, num_tokens=int(masked.lengths.sum()), num_trainable=num_trainable,
        physical_batch_tokens=updater.physical_batch_tokens or places,
    )


def _seconds_of_pieces(updater: PrivateUpdater, masked: MaskedUnits) -> float:
    """Of all pieces of a lot, by the time of the largest, of which most memory is taken."""
    while True:
        parts = updater.pieces_of(masked)
        largest = max(parts, key=_places)
        try:
            seconds = min(_seconds_of(updater, largest) for _ in range(2))  # the first one also makes room in memory
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            told = str(error).splitlines()[0]
        else:
            return seconds * sum(map(_places, parts)) / _places(largest)
        updater.halve(masked, told)


def _seconds_of(updater: PrivateUpdater, part: MaskedUnits) -> float:
    started = time.perf_counter()
    updater.add_clipped(part).sum().item()
    return time.perf_counter() - started


def _places(part: MaskedUnits) -> int:
    """Tokens of a piece with its padding."""
    return part.num_units * int(part.unit_lengths.max())
