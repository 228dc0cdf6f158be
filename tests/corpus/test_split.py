"""A document's side is a hash; a sentence's side is the carried one, else training unless all agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.split import TRAIN, VALIDATION, document_side, sentence_side

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


@given(st.lists(st.sampled_from(OF_VALIDATION), min_size=1))
def test_sentence_of_validation_documents_only_is_validation(documents: list[str]) -> None:
    assert sentence_side("s", documents, {}, SHARE) == VALIDATION


@given(st.lists(st.sampled_from(OF_VALIDATION)), st.lists(st.sampled_from(OF_TRAIN), min_size=1))
def test_one_training_document_makes_a_sentence_training(validation: list[str], train: list[str]) -> None:
    assert sentence_side("s", [*validation, *train], {}, SHARE) == TRAIN


@pytest.mark.parametrize("side", [TRAIN, VALIDATION])
def test_carried_side_is_kept_whatever_the_documents(side: str) -> None:
    for documents in (OF_TRAIN[:1], OF_VALIDATION[:1], [OF_TRAIN[0], OF_VALIDATION[0]]):
        assert sentence_side("s", documents, {"s": side}, SHARE) == side
