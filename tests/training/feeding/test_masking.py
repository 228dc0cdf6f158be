import numpy as np
import pytest

from training.feeding.batches import Sentences
from training.feeding.draws import Purpose, generator_for
from training.feeding.masking import MaskedSentences, Vocabulary, mask_tokens, vocabulary_of

CLS, SEP, MASK, PAD = 2, 3, 4, 0


@pytest.fixture
def vocabulary() -> Vocabulary:
    return vocabulary_of(size=1000, special_ids=[0, 1, 2, 3, 4], mask_id=MASK, pad_id=PAD)


def sentences(number: int, length: int, word: int = 1) -> Sentences:
    """`length` ordinary tokens each between CLS and SEP; each word has `word` tokens."""
    draw = np.random.default_rng(0)
    rows = np.column_stack([np.full(number, CLS), draw.integers(5, 1000, (number, length)), np.full(number, SEP)])
    row = np.array([False, *(place % word != 0 for place in range(length)), False])
    ids = rows.reshape(-1)
    return Sentences(
        ids=ids, lengths=np.full(number, length + 2), is_fixed=np.isin(ids, [CLS, SEP]),
        continues_word=np.tile(row, number),
    )  # fmt: skip


def masked(given: Sentences, vocabulary: Vocabulary, share: float = 0.15, **more: bool) -> MaskedSentences:
    return mask_tokens(given, vocabulary, generator_for(1, Purpose.MASK), share, **more)


def test_shares_over_100_000_tokens(vocabulary: Vocabulary) -> None:
    given = sentences(5000, 20)
    result = masked(given, vocabulary)
    # A sentence of 20 tokens has no chosen one by chance with 0.85^20 = 3.9 %, and is given one.
    assert len(result.places) / 100_000 == pytest.approx(0.15 + 0.85**20 / 20, abs=0.003)
    chosen, seen = given.ids[result.places], result.inputs[result.places]
    assert (seen == MASK).mean() == pytest.approx(0.8, abs=0.01)
    assert (seen == chosen).mean() == pytest.approx(0.1, abs=0.01)
    assert ((seen != MASK) & (seen != chosen)).mean() == pytest.approx(0.1, abs=0.01)


def test_answers_are_the_tokens_and_the_rest_is_untouched(vocabulary: Vocabulary) -> None:
    given = sentences(50, 10)
    before = given.ids.copy()
    result = masked(given, vocabulary)
    assert np.array_equal(result.answers, given.ids[result.places])
    rest = np.setdiff1d(np.arange(len(given.ids)), result.places)
    assert np.array_equal(result.inputs[rest], given.ids[rest])
    assert np.array_equal(before, given.ids)


def test_special_tokens_are_neither_hidden_nor_drawn(vocabulary: Vocabulary) -> None:
    given = sentences(2000, 5)
    result = masked(given, vocabulary, 0.9)
    assert not vocabulary.is_special[result.answers].any()
    assert {CLS, SEP, MASK} == set(result.inputs[vocabulary.is_special[result.inputs]])


def test_fixed_tokens_are_never_chosen(vocabulary: Vocabulary) -> None:
    given = sentences(2000, 6)
    placeholders = np.tile([False, False, True, True, True, False, False, False], 2000)
    fixed = Sentences(
        ids=given.ids, lengths=given.lengths, is_fixed=given.is_fixed | placeholders,
        continues_word=given.continues_word,
    )  # fmt: skip
    result = masked(fixed, vocabulary, 0.9)
    assert not placeholders[result.places].any()
    assert np.array_equal(result.inputs[placeholders], given.ids[placeholders])
    assert len(result.places) > 5000


@pytest.mark.parametrize("length", [1, 2, 30])
def test_each_sentence_has_something_to_guess(vocabulary: Vocabulary, length: int) -> None:
    result = masked(sentences(300, length), vocabulary, 0.001)
    num_chosen = np.bincount(result.places // (length + 2), minlength=300)
    assert num_chosen.min() == 1
    assert num_chosen.mean() < 1.1


def test_whole_words_are_chosen_with_all_their_tokens(vocabulary: Vocabulary) -> None:
    given = sentences(5000, 12, word=3)
    result = masked(given, vocabulary, whole_words=True)
    is_chosen = np.isin(np.arange(len(given.ids)), result.places).reshape(5000, 14)[:, 1:13].reshape(-1, 3)
    assert set(is_chosen.sum(axis=1).tolist()) == {0, 3}
    # Of 4 words none is chosen by chance with 0.85^4 = 52 %; then one is.
    assert is_chosen.mean() == pytest.approx(0.15 + 0.85**4 / 4, abs=0.005)


def test_the_same_draws_give_the_same_masks(vocabulary: Vocabulary) -> None:
    given = sentences(20, 8)
    first, again, other = (
        mask_tokens(given, vocabulary, generator_for(seed, Purpose.MASK, 7), 0.15) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.inputs, again.inputs)
    assert not np.array_equal(first.inputs, other.inputs)


def test_taking_some_keeps_their_inputs_and_answers(vocabulary: Vocabulary) -> None:
    given = sentences(10, 8)
    whole = masked(given, vocabulary)
    part = whole.take(np.array([7, 2]))
    rows = whole.inputs.reshape(10, 10)
    assert part.inputs.tolist() == [*rows[7], *rows[2]]
    assert np.array_equal(part.answers, given.ids.reshape(10, 10)[[7, 2]].reshape(-1)[part.places])
    expected = [np.flatnonzero(np.isin(np.arange(100), whole.places).reshape(10, 10)[row]) for row in (7, 2)]
    assert part.places.tolist() == [*expected[0], *(expected[1] + 10)]
