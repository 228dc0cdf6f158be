"""The processes that train one model together, started by torchrun; one alone is a group of one.

In: the environment that torchrun sets. Out: who this process is, waiting for the others, gradients averaged over all.
Does not divide the sentences (updating.py).
"""

import datetime
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed
from torch.nn.parallel import DistributedDataParallel

T = TypeVar("T")
# The others wait while the first prepares token files and evaluates.
_PATIENCE = datetime.timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class Group:
    """`rank` of `world` processes, `local_rank` on this machine."""

    rank: int = 0
    world: int = 1
    local_rank: int = 0

    @property
    def is_first(self) -> bool:
        """Only the first process writes, evaluates and speaks."""
        return self.rank == 0

    def wait(self) -> None:
        """Until all processes are here."""
        if self.world > 1:
            torch.distributed.barrier()

    def in_turn(self, work: Callable[[], T]) -> T:
        """The first process does it, then the others, who find on disk what it left."""
        if not self.is_first:
            self.wait()
            return work()
        result = work()
        self.wait()
        return result

    def told_by_first(self, work: Callable[[], T]) -> T:
        """The first process does it and tells the others what came of it."""
        if self.world == 1:
            return work()
        told: list[Any] = [work() if self.is_first else None]
        torch.distributed.broadcast_object_list(told)
        return told[0]  # type: ignore[no-any-return]  # what the first one's work gave

    def agrees(self, is_wanted: bool) -> bool:
        """Whether any process wants it."""
        if self.world == 1:
            return is_wanted
        answers: list[Any] = [None] * self.world
        torch.distributed.all_gather_object(answers, is_wanted)
        return any(answers)

    def summed(self, values: torch.Tensor) -> torch.Tensor:
        """Added up over the processes."""
        if self.world > 1:
            torch.distributed.all_reduce(values)
        return values

    def wrapped(self, model: Any, device: torch.device) -> Any:
        """The model with gradients averaged over the processes."""
        if self.world == 1:
            return model
        places = [device] if device.type == "cuda" else None
        return DistributedDataParallel(model, device_ids=places, forward_sync_buffers=False)


def group_of_environment() -> Group:
    """Who torchrun says that this process is."""
    return Group(
        rank=int(os.environ.get("RANK", "0")), world=int(os.environ.get("WORLD_SIZE", "1")),
        local_rank=int(os.environ.get("LOCAL_RANK", "0")),
    )  # fmt: skip


@contextmanager
def connected(group: Group, device: torch.device) -> Iterator[None]:
    """Keep the processes connected: NCCL between GPUs, gloo between processors."""
    if group.world == 1:
        yield
        return
    torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        yield
    finally:
        torch.distributed.destroy_process_group()
