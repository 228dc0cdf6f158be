"""A model as anyone else would load it: with the attention of transformers instead of ours.

In: a `Base` and a device. Out: model and tokenizer for padded tables, one sentence after the other. Does not pack
(packed/), which is how this software itself reads sentences.
"""

from typing import Any

import torch

from training.bases.finding import Base
from training.bases.loading import check_fit, load_model, load_tokenizer
from training.packed.attention import NAME as PACKED

USUAL_ATTENTION = "sdpa"  # what transformers takes by itself for each family that is packed


def load_plain(base: Base, device: torch.device) -> tuple[Any, Any]:
    """Model and tokenizer, ready to guess. Raises ConfigError."""
    tokenizer, model = load_tokenizer(base), load_model(base)
    check_fit(base, model, tokenizer)
    use_usual_attention(model)
    return model.to(device).eval(), tokenizer


def use_usual_attention(model: Any) -> None:
    """From now on the model takes padded tables, and no packed sentences any more."""
    if model.config._attn_implementation == PACKED:
        model.set_attn_implementation(USUAL_ATTENTION)
