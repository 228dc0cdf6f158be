"""Masking for masked language modelling (MLM: hide some words, let the model guess them).

In: the tokens of some sentences end to end, and a generator of random numbers. Out: the tokens the model
sees and the labels it is to guess. Devlin et al. 2019 section 3.1: of the chosen tokens 80 % become the
mask token, 10 % a random one, 10 % stay. Special tokens are never chosen; each sentence has at least one
chosen token, so that no batch is without a loss. Knows neither padding nor models.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.feeding.batches import IGNORED, Tokens

MASKED_SHARE = 0.8
RANDOM_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What masking must know of a tokenizer.

    `is_special` is true for ids that are never hidden nor drawn, (V,); `ordinary` lists the other ids.
    """

    mask_id: int
    pad_id: int
    is_special: NDArray[np.bool_]
    ordinary: Tokens


def vocabulary_of(*, size: int, special_ids: list[int], mask_id: int, pad_id: int) -> Vocabulary:
    is_special = np.zeros(size, dtype=np.bool_)
    is_special[special_ids] = True
    return Vocabulary(mask_id=mask_id, pad_id=pad_id, is_special=is_special, ordinary=np.flatnonzero(~is_special))


def mask_tokens(
    tokens: Tokens, lengths: Tokens, vocabulary: Vocabulary, rng: np.random.Generator, probability: float
) -> tuple[Tokens, Tokens]:
    """Choose and hide tokens.

    Args:
        tokens: (T,) the sentences end to end, each with at least one ordinary token.
        lengths: (B,) tokens of each sentence.
        probability: chance of each ordinary token to be chosen.

    Returns:
        inputs (T,) and labels (T,), IGNORED where nothing is to be guessed.
    """
    is_chosen = _choose(tokens, lengths, vocabulary, rng.random(len(tokens)), probability)
    fate = rng.random(len(tokens))
    strangers = vocabulary.ordinary[rng.integers(len(vocabulary.ordinary), size=len(tokens))]
    labels = np.where(is_chosen, tokens, IGNORED)
    inputs = np.where(is_chosen & (fate < MASKED_SHARE), vocabulary.mask_id, tokens)
    is_replaced = is_chosen & (fate >= MASKED_SHARE) & (fate < MASKED_SHARE + RANDOM_SHARE)
    return np.where(is_replaced, strangers, inputs), labels


def _choose(
    tokens: Tokens, lengths: Tokens, vocabulary: Vocabulary, luck: NDArray[np.float64], probability: float
) -> NDArray[np.bool_]:
    """Tokens whose luck is below `probability`; in a sentence without any, its lowest one."""
    luck = np.where(vocabulary.is_special[tokens], np.inf, luck)
    starts = np.cumsum(lengths) - lengths
    lowest = np.minimum.reduceat(luck, starts)
    limit = np.repeat(np.maximum(lowest, probability), lengths)
    return (luck < probability) | ((limit > probability) & (luck <= limit) & np.isfinite(luck))
