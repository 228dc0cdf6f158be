"""Attention over sentences that stand end to end: padded only here.

In: query, key and value of all tokens, and for each token its place in a table of B rows of L. Out: the same shape,
where no token saw one of another sentence. Registered with transformers as `packed`, so that a model's own code calls
it; a packed row with positions alone would mix the sentences without a word (docs/explanation/training.md).

Shapes: B sentences, L tokens of the longest, T tokens in all, H heads of D dimensions. All tokens stand in one row,
(1, H, T, D), or in R rows of P places each, some of them padding, (R, H, P, D).
"""

from typing import Any

import torch
import torch.nn.functional as F
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

NAME = "packed"


def packed_attention(
    _module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
    attention_mask: torch.Tensor | None,  # noqa: ARG001  # transformers gives it; ours comes as `key_mask`
    scaling: float | None = None, dropout: float = 0.0, *,
    table_places: torch.Tensor, key_mask: torch.Tensor, row_places: torch.Tensor | None = None,
    sliding_window: int | None = None, **_: Any,
) -> tuple[torch.Tensor, None]:  # fmt: skip
    """Attention of transformers' interface.

    Args:
        table_places: (T,) int64, row times L plus column of each token.
        key_mask: (B, L) bool, true where there is a token.
        row_places: (T,) int64, row times P plus column of each token where they stand in several rows; None: in one.
        sliding_window: a token sees those nearer than this; None: all of its sentence.

    Returns:
        (1, T, H, D) or (R, P, H, D), zero at padding, and no weights.
    """
    num_rows, num_columns = key_mask.shape

    def table(values: torch.Tensor) -> torch.Tensor:
        """(1, H, T, D) or (R, H, P, D) -> (B, H, L, D)"""
        flat = values.transpose(1, 2).flatten(0, 1)
        if row_places is not None:
            flat = flat.index_select(0, row_places)
        spread = flat.new_zeros(num_rows * num_columns, *flat.shape[1:]).index_copy(0, table_places, flat)
        return spread.view(num_rows, num_columns, *flat.shape[1:]).transpose(1, 2)

    seen = key_mask[:, None, None, :]
    if sliding_window is not None:
        columns = torch.arange(num_columns, device=key_mask.device)
        seen = seen & ((columns[:, None] - columns).abs() < sliding_window)
    mixed = F.scaled_dot_product_attention(
        table(query), table(key), table(value), attn_mask=seen, dropout_p=dropout, scale=scaling
    )  # fmt: skip
    rows = mixed.transpose(1, 2).reshape(num_rows * num_columns, *mixed.shape[1::2])
    mixed = rows.index_select(0, table_places)
    if row_places is None:
        return mixed.unsqueeze(0), None
    in_rows = query.shape[0], query.shape[2]
    spread = mixed.new_zeros(in_rows[0] * in_rows[1], *mixed.shape[1:]).index_copy(0, row_places, mixed)
    return spread.view(*in_rows, *mixed.shape[1:]), None


AttentionInterface.register(NAME, packed_attention)
AttentionMaskInterface.register(NAME, lambda *_, **__: None)
