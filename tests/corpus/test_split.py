"""A document's side is a hash; a sentence's side is the carried one, else training unless all agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.split import (
    NOT_CARRIED,
    SIDES,
    TRAIN,
    VALIDATION,
    document_side,
    is_validation_document,
    sentence_sides,
)  # fmt: skip

SHARE = 0.02
IDS = [f"{number:016x}" for number in range(20_000)]
OF_VALIDATION = [identity for identity in IDS if document_side(identity, SHARE) == VALIDATION]
OF_TRAIN = [identity for identity in IDS if document_side(identity, SHARE) == TRAIN]
PINNED = ["0000000000000020", "000000000000003c", "00000000000000be"]


def test_share_of_validation_documents_is_as_asked() -> None:
    assert len(OF_VALIDATION) / len(IDS) == pytest.approx(SHARE, abs=0.004)


def test_side_does_not_change_between_versions() -> None:
    """Pinned: a change of the hash would move documents of every published corpus."""
    assert OF_VALIDATION[:3] == PINNED


def test_greater_share_keeps_every_validation_document() -> None:
    assert all(document_side(identity, 0.1) == VALIDATION for identity in OF_VALIDATION)


@pytest.mark.parametrize(("share", "side"), [(0.0, TRAIN), (1.0, VALIDATION)])
def test_no_share_and_whole_share(share: float, side: str) -> None:
    assert {document_side(identity, share) for identity in IDS[:500]} == {side}


def test_sides_of_many_documents_are_those_of_each() -> None:
    some = [*OF_VALIDATION[:5], *OF_TRAIN[:5]]
    assert is_validation_document(some, SHARE).tolist() == [True] * 5 + [False] * 5
    assert is_validation_document([], SHARE).tolist() == []


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([NOT_CARRIED, 0, 1]))))
def test_carried_side_is_kept_else_validation_where_every_document_is(sentences: list[tuple[bool, int]]) -> None:
    """One training document makes a new sentence training, and none changes the side of a carried one."""
    is_all_validation = np.array([each for each, _ in sentences], dtype=bool)
    carried = np.array([each for _, each in sentences], dtype=np.int8)
    expected = [
        SIDES[side] if side != NOT_CARRIED else VALIDATION if is_all else TRAIN for is_all, side in sentences
    ]  # fmt: skip
    assert [SIDES[side] for side in sentence_sides(is_all_validation, carried)] == expected
