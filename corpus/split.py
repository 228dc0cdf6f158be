"""Training or validation: which side a document and a sentence are on, now and in every later quarter.

In: ids, and the sides that an earlier corpus handed on. Out: `train` or `validation`. A document's side is a hash of
its id, so pages of one document never part; a carried sentence keeps its side for ever.
"""

from collections.abc import Iterable, Mapping

from foundation.files import sha256_of_text

TRAIN, VALIDATION = "train", "validation"
_HASH_DIGITS = 8


def document_side(document_id: str, validation_share: float) -> str:
    share = int(sha256_of_text("split", document_id)[:_HASH_DIGITS], 16) / 16**_HASH_DIGITS
    return VALIDATION if share < validation_share else TRAIN


def sentence_side(
    sentence_id: str, document_ids: Iterable[str], carried: Mapping[str, str], validation_share: float
) -> str:
    """The carried side; else validation only if every document that holds the sentence is on that side."""
    if sentence_id in carried:
        return carried[sentence_id]
    sides = {document_side(each, validation_share) for each in document_ids}
    return VALIDATION if sides == {VALIDATION} else TRAIN
