"""The numbers of some steps, looked at together: a look at each would make a GPU wait.

In: what came of each step. Out: their means, and an error that names the batch after which a number was none. Writes
nothing.
"""

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from foundation.errors import BrokenRunError
from training.feeding.batches import Tokens
from training.feeding.masking import MaskedSentences
from training.feeding.tokens import TokenFile
from training.loop.processes import Group
from training.loop.updating import Update
from training.telling.throughput import Work

_NUM_NAMED = 3  # sentences of a batch that went wrong


@dataclass(frozen=True, kw_only=True)
class Speed:
    """What the speed of training is held against.

    `work` counts a model's useful operations (None: not known), `flops_per_s` is what all devices can do together.
    """

    work: Work | None
    flops_per_s: float


class Window:
    """Steps since the last line of metrics."""

    def __init__(self, tokens: TokenFile, group: Group, speed: Speed) -> None:
        self._tokens, self._group, self._speed = tokens, group, speed
        self.begin()

    def begin(self) -> None:
        """Forget what there was; time counts from now."""
        self._steps: list[tuple[int, Tokens]] = []
        self._losses: list[torch.Tensor] = []
        self._norms: list[torch.Tensor] = []
        self._num_tokens = self._num_flops = 0
        self._begun = time.monotonic()

    def add(self, step: int, update: Update, masked: MaskedSentences, indexes: Tokens) -> None:
        """One step; its tensors stay where they are."""
        self._steps.append((step, indexes))
        self._losses.append(update.loss)
        self._norms.append(update.grad_norm)
        self._num_tokens += len(masked.inputs)
        if self._speed.work is not None:
            self._num_flops += self._speed.work.training(masked.lengths, len(masked.places))

    def close(self) -> dict[str, Any]:
        """Means over the steps: loss, grad_norm, tokens_per_s, and mfu, the share of useful work (None: not counted).

        Raises:
            BrokenRunError: a loss or a gradient is not a number; names the step and its sentences.
        """
        losses = self._group.summed(torch.stack(self._losses)).tolist()
        norms = torch.stack(self._norms).tolist()
        for (step, indexes), loss, norm in zip(self._steps, losses, norms, strict=True):
            if not (math.isfinite(loss) and math.isfinite(norm)):
                raise BrokenRunError(self._complaint(step, indexes, loss, norm))
        seconds = max(time.monotonic() - self._begun, 1e-9)
        return {
            "loss": float(np.mean(losses)), "grad_norm": float(np.mean(norms)),
            "tokens_per_s": round(self._num_tokens / seconds),
            "mfu": round(self._num_flops / seconds / self._speed.flops_per_s, 4) if self._num_flops else None,
        }  # fmt: skip

    def _complaint(self, step: int, indexes: Tokens, loss: float, norm: float) -> str:
        ids = [f"{number:016x}" for number in self._tokens.sentence_ids[indexes[:_NUM_NAMED]]]
        return (
            f"step {step + 1}: the loss is {loss} and its gradient {norm}; its {len(indexes)} sentences begin with "
            f"{', '.join(ids)} (tvaerkom corpus trace {ids[0]} shows one); the learning rate is too high for this "
            "base, or its weights are broken: start anew with --fresh --set optimizer.learning_rate=..."
        )
