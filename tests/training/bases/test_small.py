import pytest

from foundation.errors import ConfigError
from training.bases.small import SPECIAL_TOKENS, learn_vocabulary


def test_case_and_danish_letters_are_kept() -> None:
    vocabulary = learn_vocabulary(["Ærø og Ålborg får smørrebrød"] * 5, 100)
    assert list(vocabulary)[:5] == SPECIAL_TOKENS
    assert {"Æ", "Å", "##ø", "smørrebrød"} <= set(vocabulary)


def test_the_vocabulary_is_the_same_every_time(sentences) -> None:
    # The trainer's hash tables are seeded anew at each call, so without our remedy this fails.
    texts = sentences(300)
    vocabularies = [list(learn_vocabulary(texts, 150).items()) for _ in range(6)]
    assert all(vocabulary == vocabularies[0] for vocabulary in vocabularies)


def test_a_vocabulary_too_small_for_the_letters_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"small\.vocabulary_size: 100: the text has 200 different characters"):
        learn_vocabulary(["".join(map(chr, range(0x3B1, 0x3B1 + 200)))], 100)
