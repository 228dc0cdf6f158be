"""A look before the first step of a private run: what is clipped here is what should be.

In: an updater that has done nothing yet, and a few units of unlike lengths. Out: nothing, or a refusal. The units'
gradients are made one by one with torch alone and shortened by hand; whatever a new version of a library changes, a
difference shows.
"""

from typing import Any

import numpy as np
import torch

from foundation.errors import ConfigError
from training.devices import calculating_on
from training.packed.rows import MaskedUnits
from training.private.clipping import way_back
from training.private.updating import PrivateUpdater

MAX_DIFFERENCE = {"float32": 1e-3, "bfloat16": 5e-2}  # of the length of the sum, by precision


def check_clipping(updater: PrivateUpdater, masked: MaskedUnits, precision: str) -> None:
    """Raises ConfigError where the clipped sum of the units is not that of a loop over them, or there is but one."""
    if masked.num_units < 2:
        raise ConfigError("privacy: there is only one unit, which nothing can hide; take smaller units, or more data")
    longest_first = np.argsort(-masked.unit_lengths, kind="stable")
    few = masked.take_units(longest_first)
    updater.trainee.model.train()
    updater.clear()
    updater.add_clipped(few)
    parameters = list(updater.sums)
    missing = [torch.linalg.vector_norm(each) for each in _differences(updater, few, parameters, precision)]
    length = torch.nn.utils.get_total_norm([updater.sums[each] for each in parameters])
    share = float(torch.stack(missing).norm() / length.clamp(min=1e-12))
    updater.clear()
    if not share <= MAX_DIFFERENCE[precision]:
        raise ConfigError(
            f"base {updater.trainee.base.name}: clipping does not do here what it should (the clipped sum of "
            f"{few.num_units} units differs by {share:.2g} of its length from that of a loop), so nothing is trained; "
            "take another base, or the versions of torch and opacus in constraints.txt"
        )


def _differences(
    updater: PrivateUpdater, few: MaskedUnits, parameters: list[Any], precision: str
) -> list[torch.Tensor]:  # fmt: skip
    """For each parameter the clipped sum less what a loop over the units makes of it."""
    rest = [updater.sums[each].clone() for each in parameters]
    updater.gradients.disable_hooks()
    try:
        for number in range(few.num_units):
            one = updater.reader.batch(few.take_units(np.array([number])))
            with calculating_on(updater.trainee.device, precision):
                loss = updater.reader.losses(one)
            gradients = way_back(loss, parameters)
            made = [each for each in gradients if each is not None]
            share = min(1.0, updater.plan.clip_norm / (float(torch.nn.utils.get_total_norm(made)) + 1e-6))
            for place, gradient in zip(rest, gradients, strict=True):
                if gradient is not None:
                    place.sub_(gradient, alpha=share)
    finally:
        updater.gradients.enable_hooks()
        updater.gradients.forget()
    return rest
