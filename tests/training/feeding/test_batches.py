import numpy as np

from training.feeding.batches import BatchOrder, gather, is_token, pad
from training.feeding.draws import Purpose, generator_for, torch_seed


def test_an_epoch_sees_each_sentence_once_and_each_epoch_another_order() -> None:
    order = BatchOrder(seed=1, num_sentences=10, batch_sentences=4)
    epochs = [[order.sentences_of(step) for step in range(first, first + 3)] for first in (0, 3)]
    assert [len(batch) for batch in epochs[0]] == [4, 4, 2]
    first, second = (np.concatenate(batches).tolist() for batches in epochs)
    assert list(range(10)) == sorted(first) == sorted(second)
    assert first != second


def test_a_step_is_the_same_whichever_came_before() -> None:
    walked, jumped = (BatchOrder(seed=1, num_sentences=50, batch_sentences=4) for _ in range(2))
    walk = [walked.sentences_of(step) for step in range(30)]
    assert np.array_equal(walk[29], jumped.sentences_of(29))


def test_gather_and_pad() -> None:
    tokens, offsets = np.arange(10, 19, dtype=np.uint32), np.array([0, 2, 5, 9], dtype=np.uint64)
    values, lengths = gather(tokens, offsets, np.array([2, 0]))
    assert values.tolist() == [15, 16, 17, 18, 10, 11]
    assert pad(values, lengths, 0).tolist() == [[15, 16, 17, 18], [10, 11, 0, 0]]
    assert is_token(lengths).tolist() == [[True] * 4, [True, True, False, False]]


def test_draws_differ_by_purpose_number_and_seed() -> None:
    seeds = {torch_seed(*key) for key in [(1, Purpose.MASK, 1), (1, Purpose.DROPOUT, 1), (1, Purpose.MASK, 2)]}
    assert len(seeds) == 3
    assert generator_for(1, Purpose.MASK, 3).random() == generator_for(1, Purpose.MASK, 3).random()
