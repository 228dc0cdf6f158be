"""The gradient of tied embeddings without a table of zeros.

In: a model whose head shares its weights with the embeddings. Out: the same gradients. torch makes two tables as large
as the vocabulary, one for the head and one for the few tokens that were read, and a third to hold their sum: 1.1 GB a
step for a multilingual base. Here the rows of the tokens that were read are added to the head's table. Not for compiled
models, which torch plans as a whole.
"""

from typing import Any

import torch


class _Lookup(torch.autograd.Function):
    """Rows of a table; their gradient is put aside instead of being given to the table."""

    @staticmethod
    def forward(ctx: Any, table: torch.Tensor, ids: torch.Tensor, aside: list[Any]) -> torch.Tensor:
        ctx.ids, ctx.aside = ids, aside
        return table[ids]

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[None, None, None]:
        ctx.aside.append((ctx.ids, gradients[0]))
        return None, None, None


class EmbeddingGradient:
    """Hooks on the embeddings of one model; `remove` takes them off."""

    def __init__(self, embedding: torch.nn.Embedding) -> None:
        self._padding_id = embedding.padding_idx
        self._aside: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._hooks = [
            embedding.register_forward_hook(self._look_up),
            embedding.weight.register_post_accumulate_grad_hook(self._add),  # type: ignore[no-untyped-call]  # torch
        ]

    def forget(self) -> None:
        """Throw away what an attempt that broke off left behind."""
        self._aside.clear()

    def remove(self) -> None:
        for hook in self._hooks:
            hook.remove()

    def _look_up(self, embedding: torch.nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        if not (torch.is_grad_enabled() and output.requires_grad):
            return output
        return _Lookup.apply(embedding.weight, inputs[0], self._aside)  # type: ignore[no-any-return, no-untyped-call]

    def _add(self, table: torch.Tensor) -> None:
        """Called when the head's gradient is there; torch waits for the look-up's before that."""
        for ids, gradient in self._aside:
            rows = gradient.flatten(0, -2)
            if self._padding_id is not None:  # as torch's own embeddings, which never learn it
                rows = rows * (ids.flatten() != self._padding_id)[:, None]
            assert table.grad is not None  # that is when torch calls this
            table.grad.index_add_(0, ids.flatten(), rows.to(table.grad.dtype))
        self._aside.clear()


def hook_embeddings(model: Any) -> EmbeddingGradient | None:
    """Hook a model whose head is tied to its embeddings; None where it is not, or where nothing is learnt there."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    if not isinstance(embedding, torch.nn.Embedding) or head is None or head.weight is not embedding.weight:
        return None
    return EmbeddingGradient(embedding) if embedding.weight.requires_grad else None
