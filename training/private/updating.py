"""One private update of the weights from one lot, however it is divided.

In: the masked units of a step. Out: new weights, and the loss and the length of the noisy gradient. The interface of
training.loop.updating.Updater. Processes add their sums before the noise, which is the same in all of them. Nothing is
dropped out: an update is a function of units, masks and noise alone.
"""

import logging
import math
from typing import Any

import numpy as np
import torch

from foundation.errors import BrokenRunError
from training.bases.loading import MaskedModel
from training.devices import calculating_on
from training.feeding.batches import Tokens
from training.loop.processes import Group
from training.loop.updating import Update, is_out_of_memory
from training.packed.rows import MaskedUnits, RowReader
from training.private.clipping import Sums, UnitGradients
from training.private.noise import NoisyOptimizer
from training.private.plan import Plan
from training.private.randomness import Secret

_TOLERANCE = 1e-3  # of rounding in float32, on a sum of thousands of gradients
log = logging.getLogger(__name__)


class PrivateUpdater:
    """A model that learns from clipped sums and noise only.

    Attributes:
        optimizer: AdamW, for its learning rate and its moments.
        physical_batch_tokens: most places at once, padding counted; None: the whole lot.
        forced_batch_tokens: the limit that memory forced, where it did.
    """

    def __init__(
        self, trainee: MaskedModel, optimizer: torch.optim.Optimizer, reader: RowReader, *, plan: Plan, secret: Secret,
        precision: str, physical_batch_tokens: int | None, group: Group,
    ) -> None:  # fmt: skip
        self.trainee, self.optimizer, self.reader, self.group = trainee, optimizer, reader, group
        self.physical_batch_tokens = physical_batch_tokens
        self.forced_batch_tokens: int | None = None
        self.plan = plan
        self._noisy = NoisyOptimizer(optimizer, plan, secret)
        self.gradients = UnitGradients(trainee.model, clip_norm=plan.clip_norm)
        self._precision = precision
        self._sums: Sums = {each: torch.zeros_like(each) for each in self._noisy.params}

    def update(self, masked: MaskedUnits, step: int) -> Update:
        """Do one step; where memory is short, with smaller pieces.

        Args:
            masked: the whole lot, the same in each process.
            step: counts from 0; decides the noise.

        Raises:
            BrokenRunError: not even a single unit fits, or the sum is longer than clipping allows.
        """
        while True:
            try:
                loss = self._attempt(masked)
                break
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                told = str(error).splitlines()[0]
            self.halve(masked, told)
        # not tried again: the same noise under two sums would tell their difference
        for parameter in self._noisy.params:
            self.group.summed(self._sums[parameter])
        self._check_length(masked.num_units)
        self._noisy.step_with(self._sums, step)
        grad_norm = torch.nn.utils.get_total_norm([each.grad for each in self._noisy.params if each.grad is not None])
        self._noisy.zero_grad()
        return Update(loss=loss, grad_norm=grad_norm)

    def force(self, batch_tokens: int) -> None:
        """From now on at most so many places at once."""
        self.physical_batch_tokens = self.forced_batch_tokens = batch_tokens

    def rehearse(self, masked: MaskedUnits) -> None:
        """Nothing is compiled: what opacus hooks into would not be heard."""

    def add_clipped(self, part: MaskedUnits) -> torch.Tensor:
        """Add the clipped gradients of some units to the sums; gives the loss of each, (U,)."""
        batch = self.reader.batch(part)
        with calculating_on(self.trainee.device, self._precision, learns_weights=False):
            losses = self.reader.losses(batch)
        self.gradients.add_clipped(losses, batch.unit_of_answer, self._sums)
        return losses.detach()

    @property
    def sums(self) -> Sums:
        """The clipped sum of the lot that was seen last, before the noise: not protected."""
        return self._sums

    def clear(self) -> None:
        for each in self._sums.values():
            each.zero_()

    def _attempt(self, masked: MaskedUnits) -> torch.Tensor:
        """Leave the clipped sum of this process's units; gives its part of the mean loss, not protected."""
        self.clear()
        total = torch.zeros((), device=self.trainee.device)
        for part in self.pieces_of(masked):
            total += self.add_clipped(part).sum()
        return total / max(masked.num_units, 1)

    def pieces_of(self, masked: MaskedUnits) -> list[MaskedUnits]:
        """This process's units, in pieces that fit, longest first."""
        lengths = masked.unit_lengths
        mine = np.argsort(-lengths, kind="stable")[self.group.rank :: self.group.world]
        if not len(mine):
            return []
        limit = self.physical_batch_tokens or int(lengths.sum())
        return [masked.take_units(mine[piece]) for piece in padded_pieces(lengths[mine], limit)]

    def _check_length(self, num_units: int) -> None:
        """What clipping promises of the sum; where it does not hold, nothing of the lot reaches the weights."""
        length = float(torch.nn.utils.get_total_norm(list(self._sums.values())))
        if not math.isfinite(length):
            raise BrokenRunError(
                "a gradient of this step is not a number, and the weights were left as they are: the learning rate is "
                "too high for this base, or its weights are damaged; start again with a lower one: "
                "--set optimizer.learning_rate=1e-4 --fresh"
            )
        if length > num_units * self.plan.clip_norm * (1 + _TOLERANCE):
            raise BrokenRunError(
                f"the sum of {num_units} clipped gradients is {length:.4g} long and may be at most "
                f"{num_units * self.plan.clip_norm:.4g}: clipping failed, and the weights were left as they are; "
                "please report this with your versions of opacus and torch"
            )

    def halve(self, masked: MaskedUnits, told: str) -> None:
        """From now on less at once, where memory was short. Raises BrokenRunError where less is not possible."""
        self.gradients.forget()
        if self.group.world > 1:
            raise BrokenRunError(
                f"process {self.group.rank}: too little memory ({told}); start again with "
                "--set physical_batch_tokens=N --fresh, half of what you had"
            )
        lengths = masked.unit_lengths
        largest = min(self.physical_batch_tokens or int(lengths.sum()), int(lengths.sum()))
        if largest <= lengths.max():
            raise BrokenRunError(
                f"too little memory for a single unit of {lengths.max()} tokens ({told}); take a smaller base, or "
                "--set privacy.sentences_per_unit=..., or a machine with more memory"
            )
        self.force(largest // 2)
        if self.trainee.device.type == "cuda":
            torch.cuda.empty_cache()
        log.warning("too little memory for %d tokens at once: from now on %d", largest, self.physical_batch_tokens)


def padded_pieces(lengths: Tokens, max_places: int) -> list[Tokens]:
    """Cut units, longest first, into groups that take at most `max_places` places when padded; one longer is alone."""
    found, first = [], 0
    while first < len(lengths):
        count = max(1, max_places // int(lengths[first]))
        found.append(np.arange(first, min(first + count, len(lengths))))
        first += count
    return found


def num_learnt(model: Any, *, embeddings: str) -> int:
    """How many numbers the noise will fall on."""
    resting = set(model.base_model.embeddings.parameters()) if embeddings == "frozen" else set()
    return sum(each.numel() for each in model.parameters() if each not in resting)


def hold_still(model: Any, *, embeddings: str) -> None:
    """Make a model ready: nothing is dropped out, and embeddings stay as they are where they are to be frozen."""
    for layer in model.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
        elif isinstance(getattr(layer, "attention_dropout", None), float):
            layer.attention_dropout = 0.0
    if embeddings == "frozen":
        model.base_model.embeddings.requires_grad_(False)
