"""Where the positions of a base begin, and how long a sentence it takes.

In: a model's configuration. Out: both numbers. What is packed is known to packed/families.py; here stand the types
besides, whose sentences are padded and whose own code counts positions from behind the padding token's id.
"""

from typing import Any

from training.packed import families

_AFTER_PADDING = {"data2vec-text", "ibert", "longformer", "mpnet", "roberta-prelayernorm", "xlm-roberta-xl"}


def first_position(config: Any) -> int:
    """The position of a sentence's first token."""
    if config.model_type in _AFTER_PADDING:
        return int(config.pad_token_id) + 1
    return families.first_position(config)


def longest_sentence(config: Any) -> int:
    """Tokens of the longest sentence that the model has positions for, special tokens included."""
    return int(config.max_position_embeddings) - first_position(config)
