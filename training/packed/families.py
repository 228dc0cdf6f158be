"""The model families whose sentences can stand end to end, each proved equal to the padded model by a test.

In: a model's configuration. Out: where its positions begin, or that the family is not known. Another family is not
wrong: it is padded (reading.py).
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Family:
    """`positions_after_padding`: the first token of a sentence has the position behind the padding token's id."""

    positions_after_padding: bool = False


FAMILIES = {
    "bert": Family(),
    "distilbert": Family(),
    "electra": Family(),
    "modernbert": Family(),
    "roberta": Family(positions_after_padding=True),
    "xlm-roberta": Family(positions_after_padding=True),
    "camembert": Family(positions_after_padding=True),
}


def first_position(config: Any) -> int:
    """The position of a sentence's first token."""
    family = FAMILIES.get(config.model_type)
    return config.pad_token_id + 1 if family and family.positions_after_padding else 0
