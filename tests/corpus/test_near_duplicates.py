"""Near duplicates across the split: MinHash against brute force, and who goes."""

import random

import numpy as np
import pytest

from corpus.minhash import BATCH_CHARS, band_keys, grams, jaccard, signatures
from corpus.near_duplicates import THRESHOLD, Pair, ValidationIndex, to_drop

WORDS_TEXT = (
    "kommunen borgeren skal søge om tilskud til plejehjem dagtilbud affald vej byggeri senest den første i måneden"
)
WORDS = WORDS_TEXT.split()


def _sentences(number: int, seed: int) -> dict[str, str]:
    draw = random.Random(seed)
    return {f"{seed}-{i:04}": " ".join(draw.choices(WORDS, k=draw.randint(8, 20))) for i in range(number)}


def _edited(text: str, draw: random.Random) -> str:
    words = text.split()
    words[draw.randrange(len(words))] = draw.choice(WORDS)
    return " ".join(words)


def test_pairs_are_those_of_brute_force() -> None:
    validation = _sentences(150, seed=1)
    draw = random.Random(3)
    training = _sentences(400, seed=2) | {f"copy-{key}": _edited(text, draw) for key, text in validation.items()}
    brute = {
        (one, other)
        for one, text in training.items()
        for other, held in validation.items()
        if jaccard(grams(text), grams(held)) >= THRESHOLD
    }
    found = list(ValidationIndex(validation).pairs_with(list(training.items())))
    assert len(brute) > 60
    assert {(pair.training_id, pair.validation_id) for pair in found} - brute == set()
    assert len(found) >= 0.99 * len(brute)
    assert all(pair.similarity >= THRESHOLD for pair in found)


def test_signature_agreement_estimates_jaccard() -> None:
    one = "Ansøgningen skal sendes til kommunen senest den 1. maj hvert år i skriftlig form."
    other = "Ansøgningen skal sendes til kommunen senest den 1. juni hvert år i digital form."
    agreement = (signatures([one])[0] == signatures([other])[0]).mean()
    assert abs(agreement - jaccard(grams(one), grams(other))) < 0.15


def test_signature_does_not_depend_on_neighbours_or_batches() -> None:
    texts = ["", "ab", "Æ Ø Å 🙂 og mere tekst", "x" * (BATCH_CHARS + 10), *_sentences(50, seed=4).values()]
    together = signatures(texts)
    assert all(np.array_equal(together[place], signatures([text])[0]) for place, text in enumerate(texts))
    assert len(band_keys(together[2])) == 20


@pytest.mark.parametrize(
    ("carried", "gone"),
    [
        (set(), "validation"),
        ({"training"}, "validation"),
        ({"validation"}, "training"),
        ({"training", "validation"}, "training"),
    ],
)
def test_who_goes_follows_from_what_was_carried(carried: set[str], gone: str) -> None:
    pair = Pair(training_id="training", validation_id="validation", similarity=0.9)
    assert to_drop(pair, dict.fromkeys(carried, "")) == gone
