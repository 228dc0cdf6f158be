import numpy as np
import pytest

from training.feeding.batches import CONTINUES_WORD, IS_FIXED, gather, pieces
from training.feeding.draws import Purpose, generator_for, keyed_uniform, torch_seed


def test_gather_reads_sentences_in_the_order_asked_for_with_their_marks() -> None:
    tokens, offsets = np.arange(10, 19, dtype=np.uint32), np.array([0, 2, 5, 9], dtype=np.uint64)
    tokens[5] |= IS_FIXED
    tokens[6] |= CONTINUES_WORD
    tokens[1] |= IS_FIXED | CONTINUES_WORD
    sentences = gather(tokens, offsets, np.array([2, 0]))
    assert sentences.ids.tolist() == [15, 16, 17, 18, 10, 11]
    assert sentences.lengths.tolist() == [4, 2]
    assert sentences.starts.tolist() == [0, 4]
    assert np.flatnonzero(sentences.is_fixed).tolist() == [0, 5]
    assert np.flatnonzero(sentences.continues_word).tolist() == [1, 5]


def test_gathering_nothing_gives_nothing() -> None:
    sentences = gather(np.arange(3, dtype=np.uint32), np.array([0, 3], dtype=np.uint64), np.empty(0, np.int64))
    assert (len(sentences.ids), len(sentences.lengths)) == (0, 0)


@pytest.mark.parametrize("limit", [1, 7, 20, 64, 1000])
def test_pieces_hold_each_sentence_once_within_the_limit(limit: int) -> None:
    lengths = np.random.default_rng(0).integers(2, 65, 100)
    parts = list(pieces(lengths, limit))
    assert sorted(np.concatenate(parts).tolist()) == list(range(100))
    assert all(lengths[part].sum() <= limit or len(part) == 1 for part in parts)
    assert lengths[parts[0]].max() == lengths.max()


def test_draws_differ_by_purpose_number_and_seed() -> None:
    seeds = {torch_seed(*key) for key in [(1, Purpose.MASK, 1), (1, Purpose.DROPOUT, 1), (1, Purpose.MASK, 2)]}
    assert len(seeds) == 3
    assert generator_for(1, Purpose.MASK, 3).random() == generator_for(1, Purpose.MASK, 3).random()


def test_keyed_numbers_are_even_and_each_its_own() -> None:
    keys = np.repeat(np.arange(2000, dtype=np.uint64), 50)  # keys that differ in few bits
    positions = np.tile(np.arange(50), 2000)
    first, second = (keyed_uniform(keys, positions, stream) for stream in (1, 2))
    counts, _ = np.histogram(first, bins=50, range=(0, 1))
    assert ((counts - 2000) ** 2 / 2000).sum() < 86  # chi-squared, 49 degrees of freedom: 1 in 1,000
    for other in (second, np.roll(first, 1), np.roll(first, 50)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.01
    part = slice(70, 95)
    assert np.array_equal(first[part], keyed_uniform(keys[part], positions[part], 1))
