import numpy as np
import pytest

from training.feeding.order import BatchOrder, everything, mix


def test_an_epoch_sees_each_sentence_once_and_each_epoch_another_order() -> None:
    order = BatchOrder(seed=1, mixture=everything(10), batch_sentences=4)
    epochs = [[order.sentences_of(step) for step in range(first, first + 3)] for first in (0, 3)]
    assert [len(batch) for batch in epochs[0]] == [4, 4, 2]
    first, second = (np.concatenate(batches).tolist() for batches in epochs)
    assert list(range(10)) == sorted(first) == sorted(second)
    assert first != second


def test_a_step_is_the_same_whichever_came_before() -> None:
    mixture = mix(np.arange(0, 40), replayed=np.arange(40, 90), replay_share=0.2)
    walked, jumped = (BatchOrder(seed=1, mixture=mixture, batch_sentences=4) for _ in range(2))
    walk = [walked.sentences_of(step) for step in range(30)]
    assert np.array_equal(walk[29], jumped.sentences_of(29))


def test_what_changed_is_in_each_epoch_and_the_rest_by_its_share() -> None:
    mixture = mix(
        np.arange(60), replayed=np.arange(100, 300), replay_share=0.3, general=np.arange(500, 600), general_share=0.1
    )
    assert (mixture.num_sentences, mixture.num_replayed, mixture.num_general) == (100, 30, 10)
    first, second = (mixture.epoch(1, number).tolist() for number in (0, 1))
    for epoch in (first, second):
        assert len(set(epoch)) == 100
        assert set(range(60)) <= set(epoch)
        assert sum(100 <= index < 300 for index in epoch) == 30
    assert set(first) != set(second)
    assert first == mixture.epoch(1, 0).tolist()


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_no_more_is_replayed_than_there_is(share: float) -> None:
    mixture = mix(np.arange(60), replayed=np.arange(60, 70), replay_share=share)
    assert mixture.num_replayed == (10 if share else 0)
    assert len(mixture.epoch(1, 0)) == mixture.num_sentences
