import numpy as np
import pytest

from training.feeding.batches import IGNORED
from training.feeding.draws import Purpose, generator_for
from training.feeding.masking import Vocabulary, mask_tokens, vocabulary_of

CLS, SEP, MASK, PAD = 2, 3, 4, 0


@pytest.fixture
def vocabulary() -> Vocabulary:
    return vocabulary_of(size=1000, special_ids=[0, 1, 2, 3, 4], mask_id=MASK, pad_id=PAD)


def sentences(number: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    rows = np.column_stack([np.full(number, CLS), draw.integers(5, 1000, (number, length)), np.full(number, SEP)])
    return rows.reshape(-1), np.full(number, length + 2)


def test_shares_over_100_000_tokens(vocabulary: Vocabulary) -> None:
    tokens, lengths = sentences(5000, 20)
    inputs, labels = mask_tokens(tokens, lengths, vocabulary, generator_for(1, Purpose.MASK), 0.15)
    is_chosen = labels != IGNORED
    # A sentence of 20 tokens has no chosen one by chance with 0.85^20 = 3.9 %, and is given one.
    assert is_chosen.sum() / 100_000 == pytest.approx(0.15 + 0.85**20 / 20, abs=0.003)
    chosen, seen = tokens[is_chosen], inputs[is_chosen]
    assert (seen == MASK).mean() == pytest.approx(0.8, abs=0.01)
    assert (seen == chosen).mean() == pytest.approx(0.1, abs=0.01)
    assert ((seen != MASK) & (seen != chosen)).mean() == pytest.approx(0.1, abs=0.01)


def test_labels_are_the_tokens_and_the_rest_is_untouched(vocabulary: Vocabulary) -> None:
    tokens, lengths = sentences(50, 10)
    inputs, labels = mask_tokens(tokens, lengths, vocabulary, generator_for(1, Purpose.MASK), 0.15)
    is_chosen = labels != IGNORED
    assert np.array_equal(tokens[is_chosen], labels[is_chosen])
    assert np.array_equal(tokens[~is_chosen], inputs[~is_chosen])


def test_special_tokens_are_neither_hidden_nor_drawn(vocabulary: Vocabulary) -> None:
    tokens, lengths = sentences(2000, 5)
    inputs, labels = mask_tokens(tokens, lengths, vocabulary, generator_for(1, Purpose.MASK), 0.9)
    assert (labels[vocabulary.is_special[tokens]] == IGNORED).all()
    assert {CLS, SEP, MASK} == set(inputs[vocabulary.is_special[inputs]])


@pytest.mark.parametrize("length", [1, 2, 30])
def test_each_sentence_has_something_to_guess(vocabulary: Vocabulary, length: int) -> None:
    tokens, lengths = sentences(300, length)
    _, labels = mask_tokens(tokens, lengths, vocabulary, generator_for(1, Purpose.MASK), 0.001)
    num_chosen = (labels.reshape(300, -1) != IGNORED).sum(axis=1)
    assert num_chosen.min() == 1
    assert num_chosen.mean() < 1.1


def test_the_same_draws_give_the_same_masks(vocabulary: Vocabulary) -> None:
    tokens, lengths = sentences(20, 8)
    first, again, other = (
        mask_tokens(tokens, lengths, vocabulary, generator_for(seed, Purpose.MASK, 7), 0.15) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
