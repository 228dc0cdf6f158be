from pathlib import Path

import pytest
import transformers

from training.bases.finding import find_base
from training.bases.loading import load_tokenizer
from training.bases.quirks import quirks_of

DANISH = [*"abcdefghijklmnopqrstuvwxyzæøåé", *"ABCDEFGHIJKLMNOPQRSTUVWXYZÆØÅÉ"]


def all_pieces(letters: list[str]) -> list[str]:
    return [piece for letter in letters for piece in (letter, f"##{letter}")]


def quirks_of_folder(folder: Path) -> dict[str, str]:
    base = find_base(str(folder))
    config = transformers.AutoConfig.from_pretrained(folder)
    return {quirk.key: quirk.sentence for quirk in quirks_of(base, load_tokenizer(base), config)}


def test_a_base_without_quirks_has_none(make_base) -> None:
    assert quirks_of_folder(make_base("bert", words=all_pieces(DANISH))) == {}


def test_an_uncased_base_says_that_marks_are_lost(make_base) -> None:
    letters = [*"abcdefghijklmnopqrstuvwxyzæø"]  # å and é are not needed: they never come that far
    found = quirks_of_folder(make_base("bert", words=all_pieces(letters), lower=True))
    assert set(found) == {"lower-case", "lost-marks"}
    assert "å becomes a, é becomes e" in found["lost-marks"]
    assert "ø becomes" not in found["lost-marks"]


def test_letters_that_are_unknown_within_a_word_are_named(make_base) -> None:
    words = [*all_pieces([letter for letter in DANISH if letter not in "øÅ"]), "ø"]  # ø begins words only
    assert "within: ø Å; it cannot" in quirks_of_folder(make_base("bert", words=words))["unknown-letters"]


def test_rows_without_a_token_are_counted(make_base) -> None:
    words = all_pieces(DANISH)
    found = quirks_of_folder(make_base("bert", words=words, vocab_size=5 + len(words) + 3))
    assert set(found) == {"spare-rows"}
    assert "the other 3 are never shown nor drawn" in found["spare-rows"]


def test_a_head_of_its_own_is_told(make_base) -> None:
    assert set(quirks_of_folder(make_base("bert", words=all_pieces(DANISH), tie_word_embeddings=False))) == {
        "untied-head"
    }


def test_positions_behind_the_padding_token_are_told(bases: dict[str, Path]) -> None:
    found = quirks_of_folder(bases["xlm-roberta"])
    assert "begin at 2" in found["first-position"]
    assert "of 42 positions a sentence can have 40" in found["first-position"]


@pytest.mark.parametrize(("model_type", "expected"), [("megatron-bert", {"padded"}), ("electra", set())])
def test_a_family_that_is_padded_says_so(make_base, model_type: str, expected: set[str]) -> None:
    assert set(quirks_of_folder(make_base(model_type, words=all_pieces(DANISH)))) == expected
