"""Training or validation: which side a document and a sentence are on, now and in every later quarter.

In: ids, and the sides that an earlier corpus handed on. Out: `train` or `validation`. A document's side is a hash of
its id, so pages of one document never part; a carried sentence keeps its side for ever.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from foundation.files import sha256_of_text

TRAIN, VALIDATION = "train", "validation"
SIDES = (TRAIN, VALIDATION)
NOT_CARRIED = -1
_HASH_DIGITS = 8


def document_side(document_id: str, validation_share: float) -> str:
    share = int(sha256_of_text("split", document_id)[:_HASH_DIGITS], 16) / 16**_HASH_DIGITS
    return VALIDATION if share < validation_share else TRAIN


def is_validation_document(document_ids: Iterable[str], validation_share: float) -> NDArray[np.bool_]:
    return np.array([document_side(each, validation_share) == VALIDATION for each in document_ids], dtype=bool)


def sentence_sides(is_all_validation: NDArray[np.bool_], carried: NDArray[np.int8]) -> NDArray[np.int8]:
    """(N,) places in SIDES: the carried side; else validation only if every document that holds the sentence is.

    Args:
        is_all_validation: (N,) whether every document is on the validation side.
        carried: (N,) place in SIDES, or NOT_CARRIED.
    """
    return np.where(carried == NOT_CARRIED, is_all_validation.astype(np.int8), carried).astype(np.int8)
