"""Masking for masked language modelling (MLM: hide some words, let the model guess them).

In: the tokens of some sentences end to end, and random numbers. Out: the tokens the model sees, and which it is to
guess. Devlin et al. 2019 section 3.1: of the chosen tokens 80 % become the mask token, 10 % a random one, 10 % stay.
Tokens that are fixed (special ones, placeholders of personal data) are never chosen. In training each sentence has at
least one chosen token, so that no batch is without a loss. Knows neither padding nor models.

Shapes: B sentences, T tokens of all of them end to end, M chosen tokens.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.feeding.batches import Flags, Sentences, Tokens

MASKED_SHARE = 0.8
RANDOM_SHARE = 0.1
_NOT_ASKED = -1
Luck = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What masking must know of a tokenizer.

    `is_special` is true for ids that are never hidden nor drawn, (V,); `ordinary` lists the other ids.
    """

    mask_id: int
    pad_id: int
    is_special: Flags
    ordinary: Tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedSentences:
    """What the model sees of some sentences, and what it is to guess.

    Attributes:
        inputs: (T,) int64, the tokens with some hidden.
        lengths: (B,) int64.
        places: (M,) int64, which of the T tokens are to be guessed, in order.
        answers: (M,) int64, what stood there.
    """

    inputs: Tokens
    lengths: Tokens
    places: Tokens
    answers: Tokens

    def take(self, indexes: Tokens) -> "MaskedSentences":
        """Some of the sentences, in the order given."""
        lengths = self.lengths[indexes]
        starts = (np.cumsum(self.lengths) - self.lengths)[indexes]
        ends = np.cumsum(lengths)
        tokens = np.arange(ends[-1]) + np.repeat(starts - (ends - lengths), lengths)
        answers = np.full(len(self.inputs), _NOT_ASKED)
        answers[self.places] = self.answers
        taken = answers[tokens]
        places = np.flatnonzero(taken != _NOT_ASKED)
        return MaskedSentences(inputs=self.inputs[tokens], lengths=lengths, places=places, answers=taken[places])


def vocabulary_of(*, size: int, special_ids: list[int], mask_id: int, pad_id: int) -> Vocabulary:
    is_special = np.zeros(size, dtype=np.bool_)
    is_special[special_ids] = True
    return Vocabulary(mask_id=mask_id, pad_id=pad_id, is_special=is_special, ordinary=np.flatnonzero(~is_special))


def mask_tokens(
    sentences: Sentences, vocabulary: Vocabulary, rng: np.random.Generator, probability: float, *,
    whole_words: bool = False,
) -> MaskedSentences:  # fmt: skip
    """Choose and hide tokens, as training does at each step.

    Args:
        probability: chance of each token (or word) that is not fixed to be chosen.
        whole_words: choose words, with all their tokens, instead of tokens.
    """
    places = choose_places(rng.random(len(sentences.ids)), sentences, probability, whole_words=whole_words)
    fate, stranger = rng.random((2, len(places)))
    return hide(sentences, places, vocabulary, fate, stranger)


def choose_places(luck: Luck, sentences: Sentences, probability: float, *, whole_words: bool) -> Tokens:
    """The tokens to be guessed, (M,), in order; `luck` is (T,) in [0, 1), and changed."""
    if whole_words:
        luck = _of_the_word(luck, sentences)
    return np.flatnonzero(_choose(luck, sentences, probability))


def hide(
    sentences: Sentences, places: Tokens, vocabulary: Vocabulary, fate: Luck, stranger: Luck
) -> MaskedSentences:  # fmt: skip
    """Hide chosen tokens.

    Args:
        places: (M,) the chosen tokens.
        fate: (M,) in [0, 1), decides between mask token, random token and staying.
        stranger: (M,) in [0, 1), decides which random token.
    """
    answers = sentences.ids[places]
    strangers = vocabulary.ordinary[(stranger * len(vocabulary.ordinary)).astype(np.int64)]
    shown = np.where(fate < MASKED_SHARE + RANDOM_SHARE, strangers, answers)
    inputs = sentences.ids.copy()
    inputs[places] = np.where(fate < MASKED_SHARE, vocabulary.mask_id, shown)
    return MaskedSentences(inputs=inputs, lengths=sentences.lengths, places=places, answers=answers)


def _choose(luck: Luck, sentences: Sentences, probability: float) -> Flags:
    """Tokens whose luck is below `probability`; in a sentence without any, those of its lowest luck."""
    luck[sentences.is_fixed] = np.inf
    is_chosen = luck < probability
    lowest = np.minimum.reduceat(luck, sentences.starts)
    if lowest.max() >= probability:
        least = np.where((lowest >= probability) & (lowest < 1), lowest, -1.0)
        is_chosen |= luck == np.repeat(least, sentences.lengths)
    return np.asarray(is_chosen)


def _of_the_word(luck: Luck, sentences: Sentences) -> Luck:
    """Each token has the luck of the first token of its word."""
    first = np.where(sentences.continues_word, 0, np.arange(len(luck)))
    return luck[np.maximum.accumulate(first)]
