"""One update of the weights from one logical batch, however it is divided.

In: the masked sentences of a step. Out: new weights, and the loss and the length of the gradient, still on the device.
The batch is divided among the processes, and each part into pieces that fit into memory; the gradients add up to those
of the whole batch at once; only dropout draws other numbers. A piece that does not fit after all is halved. Does not
choose sentences, nor the learning rate.
"""

import logging
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F

from foundation.errors import BrokenRunError
from training.bases.loading import MaskedModel
from training.devices import calculating_on
from training.feeding.batches import pieces
from training.feeding.draws import Purpose, torch_seed
from training.feeding.masking import MaskedSentences
from training.loop.processes import Group
from training.packed.reading import Batch

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Update:
    """What came of one step: both are tensors without dimensions on the device.

    `loss` is this process's part of the mean cross-entropy in nats per hidden token: the parts of all add up to it.
    """

    loss: torch.Tensor
    grad_norm: torch.Tensor


class Learner(Protocol):
    """What the loop asks of whatever changes the weights: an `Updater`, or one that keeps a promise of privacy."""

    trainee: MaskedModel
    optimizer: torch.optim.Optimizer
    group: Group
    physical_batch_tokens: int | None
    forced_batch_tokens: int | None

    def update(self, masked: Any, step: int) -> Update: ...

    def force(self, batch_tokens: int) -> None: ...

    def rehearse(self, masked: Any) -> None: ...


class Updater:
    """A model and its optimizer.

    Attributes:
        physical_batch_tokens: most tokens at once; None: the whole batch.
        forced_batch_tokens: the limit that memory forced, where it did.
    """

    def __init__(
        self, trainee: MaskedModel, optimizer: torch.optim.Optimizer, *, seed: int, precision: str,
        max_grad_norm: float | None, physical_batch_tokens: int | None, group: Group,
    ) -> None:  # fmt: skip
        self.trainee, self.optimizer, self.group = trainee, optimizer, group
        self._seed = seed
        self.physical_batch_tokens = physical_batch_tokens
        self.forced_batch_tokens: int | None = None
        self._precision, self._max_grad_norm = precision, max_grad_norm or float("inf")
        self._parameters = [parameter for parameter in trainee.model.parameters() if parameter.requires_grad]

    def update(self, masked: MaskedSentences, step: int) -> Update:
        """Do one step; where memory is short, with smaller pieces.

        Args:
            masked: the whole logical batch, the same in each process.
            step: counts from 0; decides what is dropped out.

        Raises:
            BrokenRunError: not even a single sentence fits, or several processes share the work.
        """
        # each process drops out other units: they hold other sentences
        seed = torch_seed(self._seed, Purpose.DROPOUT, step * self.group.world + self.group.rank)
        while True:
            torch.manual_seed(seed)
            try:
                loss = self._attempt(masked)
                break
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                told = str(error).splitlines()[0]
            self.optimizer.zero_grad(set_to_none=True)  # outside the handler, which holds on to what did not fit
            self.trainee.reader.forget()
            self._halve(masked, told)
        # not tried again: weights that have moved would move twice
        grad_norm = torch.nn.utils.clip_grad_norm_(self._parameters, self._max_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return Update(loss=loss, grad_norm=grad_norm)

    def force(self, batch_tokens: int) -> None:
        """From now on at most so many tokens at once; a resumed run does what it was forced to before."""
        self.physical_batch_tokens = self.forced_batch_tokens = batch_tokens

    def _attempt(self, masked: MaskedSentences) -> torch.Tensor:
        """Leave the gradient of the batch on the weights; gives this process's part of the loss."""
        total = torch.zeros((), device=self.trainee.device)
        parts = self._parts(masked)
        for number, part in enumerate(parts):
            with self._unsynchronised(is_last=number == len(parts) - 1):
                batch = self.trainee.reader.batch(part)
                scores = self._scores(batch)
                loss = F.cross_entropy(scores.float(), batch.answers, reduction="sum") / len(masked.places)
                # torch averages the gradients of the processes; they are to be added
                (loss * self.group.world).backward()  # type: ignore[no-untyped-call]  # torch ships it without types
                total += loss.detach()
        return total

    def _scores(self, batch: Batch) -> torch.Tensor:
        reader = self.trainee.reader
        with calculating_on(self.trainee.device, self._precision, is_compiled=reader.is_compiled):
            return reader.forward(batch)

    def rehearse(self, masked: MaskedSentences) -> None:
        """Compile for this batch, without an update.

        What a compiler makes depends on the batch it sees first; let that be the same one in a resumed run.
        """
        if not self.trainee.reader.is_compiled:
            return
        batch = self.trainee.reader.batch(self._parts(masked)[0])
        loss = F.cross_entropy(self._scores(batch).float(), batch.answers, reduction="sum")
        loss.backward()  # type: ignore[no-untyped-call]  # torch ships it without types
        self.optimizer.zero_grad(set_to_none=True)

    def _parts(self, masked: MaskedSentences) -> list[MaskedSentences]:
        """This process's sentences, in pieces that fit."""
        limit = self.physical_batch_tokens or int(masked.lengths.sum())
        if self.group.world == 1 and masked.lengths.sum() <= limit:
            return [masked]
        mine = np.argsort(-masked.lengths, kind="stable")[self.group.rank :: self.group.world]
        if not len(mine):  # fewer sentences than processes: the others wait for a gradient, so one of nothing
            nothing = masked.take(np.zeros(1, np.int64))
            none = np.empty(0, np.int64)
            return [MaskedSentences(inputs=nothing.inputs, lengths=nothing.lengths, places=none, answers=none)]
        return [masked.take(mine[piece]) for piece in pieces(masked.lengths[mine], limit)]

    def _unsynchronised(self, *, is_last: bool) -> AbstractContextManager[Any]:
        wrapped = self.trainee.reader.model
        return nullcontext() if is_last or self.group.world == 1 else wrapped.no_sync()

    def _halve(self, masked: MaskedSentences, told: str) -> None:
        if self.group.world > 1:
            raise BrokenRunError(
                f"process {self.group.rank}: too little memory ({told}); several processes cannot lower their batch by "
                "themselves; start again with --set physical_batch_tokens=N --fresh, half of what you had"
            )
        largest = min(self.physical_batch_tokens or int(masked.lengths.sum()), int(masked.lengths.sum()))
        if largest <= masked.lengths.max():
            raise BrokenRunError(
                f"too little memory for a single sentence of {masked.lengths.max()} tokens ({told}); "
                "take a smaller base, or --set max_length=..., or a machine with more memory"
            )
        self.force(largest // 2)
        if self.trainee.device.type == "cuda":
            torch.cuda.empty_cache()
        log.warning(
            "too little memory for %d tokens at once: from now on %d; the sentences of an update stay the same",
            largest, self.physical_batch_tokens,
        )  # fmt: skip


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch says that memory is short, on a GPU or on the CPU."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
