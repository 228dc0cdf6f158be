"""Canaries are about nobody, a function of the seed, and known to the model only where the coins say so."""

import re
from pathlib import Path

import numpy as np
import pytest
from stdnum.dk import cpr

from corpus.schema import PLACEHOLDERS
from foundation.errors import ConfigError
from training.audit.canaries import TEMPLATES, coins, make_canaries
from training.audit.encoded import encode_canaries, with_canaries
from training.bases.finding import find_base
from training.bases.loading import load_tokenizer
from training.bases.small import make_small_base
from training.config import SmallConfig
from training.feeding.batches import ID_BITS, IS_FIXED, gather


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory):
    """One that knows all signs of canaries, and none of their words."""
    folder = tmp_path_factory.mktemp("base")
    letters = "abcdefghijklmnopqrstuvwxyzæøåABCDEFGHIJKLMNOPQRSTUVWXYZÆØÅ0123456789,.:()-"
    sizes = SmallConfig(num_layers=1, hidden_size=8, num_heads=1, intermediate_size=8, vocabulary_size=200)
    make_small_base(folder, [" ".join(letters), letters, "sagen om hjælp"], sizes, seed=1)
    return load_tokenizer(find_base(str(folder)))


def test_no_number_can_be_anybodys() -> None:
    for canary in make_canaries(3000, seed=1):
        number = canary.text[slice(*canary.number)]
        assert re.fullmatch(r"\d{6}-\d{4}", number)
        day, month = int(number[:2]), int(number[2:4])
        assert day > 31 and month > 12  # no date
        assert not 61 <= day <= 91  # nor that of a replacement number, whose day has 60 added
        assert not cpr.is_valid(number)


def test_they_are_a_function_of_the_seed_and_no_two_are_alike() -> None:
    canaries = make_canaries(2000, seed=7)
    assert canaries == make_canaries(2000, seed=7)
    assert canaries[:50] == make_canaries(50, seed=7)
    assert len({each.text for each in canaries}) == 2000
    assert not {each.text for each in canaries} & {each.text for each in make_canaries(2000, seed=8)}
    assert {each.text.split(" ")[-1] for each in canaries} == {each.split(" ")[-1] for each in TEMPLATES}


def test_a_corpus_cannot_hold_one(tokenizer) -> None:
    """Where a number of this form stood, a corpus has a placeholder; a canary has none."""
    assert not any(place in each.text for each in make_canaries(200, seed=1) for place in PLACEHOLDERS)


def test_coins_are_fair_independent_and_not_those_of_another_seed() -> None:
    is_in = coins(20_000, seed=3)
    assert is_in.mean() == pytest.approx(0.5, abs=0.02)
    assert np.corrcoef(is_in[1:], is_in[:-1])[0, 1] == pytest.approx(0.0, abs=0.03)
    assert np.mean(is_in == coins(20_000, seed=4)) == pytest.approx(0.5, abs=0.02)
    assert np.array_equal(is_in, coins(20_000, seed=3))


def test_only_name_and_number_are_asked_about(tokenizer) -> None:
    canaries = make_canaries(40, seed=2)
    encoded = encode_canaries(canaries, tokenizer, 64)
    read = gather(encoded.secrets.tokens, encoded.secrets.offsets, np.arange(40))
    starts = read.starts
    for place, canary in enumerate(canaries):
        span = slice(int(starts[place]), int(starts[place] + read.lengths[place]))
        asked = read.ids[span][~read.is_fixed[span]]
        secrets = [canary.text[slice(*each)] for each in (canary.name, canary.number)]
        together = " ".join(sorted(secrets, key=canary.text.index))
        assert tokenizer.decode(asked).replace(" ", "") == together.replace(" ", "")
    # trained on they are as any sentence
    assert np.array_equal(encoded.tokens.tokens & ID_BITS, encoded.secrets.tokens & ID_BITS)
    assert ((encoded.tokens.tokens & IS_FIXED) != 0).sum() == 2 * 40  # begin and end


def test_where_the_secret_is_cut_off_the_canaries_are_refused(tokenizer) -> None:
    with pytest.raises(ConfigError, match=r"canaries: .*max_length 12.*--no-twin"):
        encode_canaries(make_canaries(20, seed=2), tokenizer, 12)


def test_a_tokenizer_without_digits_is_refused(bases: dict[str, Path]) -> None:
    with pytest.raises(ConfigError, match="knows no digits"):
        encode_canaries(make_canaries(20, seed=2), load_tokenizer(find_base(str(bases["bert"]))), 40)


def test_a_twin_has_the_runs_sentences_and_behind_them_the_canaries_that_are_in(tokenizer) -> None:
    own = encode_canaries(make_canaries(7, seed=5), tokenizer, 64).tokens
    canaries, is_in = encode_canaries(make_canaries(30, seed=6), tokenizer, 64).tokens, coins(30, seed=6)
    joined, is_canary = with_canaries(own, canaries, is_in)
    assert list(np.flatnonzero(is_canary)) == list(range(7, 7 + is_in.sum()))
    expected = [*own.sentence_ids, *canaries.sentence_ids[is_in]]
    assert list(joined.sentence_ids) == expected and joined.num_sentences == len(expected)
    read = gather(joined.tokens, joined.offsets, np.flatnonzero(is_canary))
    alone = gather(canaries.tokens, canaries.offsets, np.flatnonzero(is_in))
    assert np.array_equal(read.ids, alone.ids) and np.array_equal(read.lengths, alone.lengths)
    kept = gather(joined.tokens, joined.offsets, np.arange(7))
    assert np.array_equal(kept.ids, gather(own.tokens, own.offsets, np.arange(7)).ids)
    assert len({len(getattr(joined, name)) for name in ("document_ids", "sites", "areas", "sentence_ids")}) == 1
