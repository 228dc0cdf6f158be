"""Texts as numbers: what a tokenizer makes of a sentence, and what training must know of each token.

In: texts and a tokenizer. Out: words of a token file: the token's id, and in the upper bits whether it continues a word
and whether it may never be guessed. Does not write files (tokens.py).
"""

import re
from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.schema import PLACEHOLDERS
from foundation.errors import ConfigError
from training.feeding.batches import CONTINUES_WORD, ID_BITS, IS_FIXED, Flags, Tokens

_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS)))
_NO_WORD = -1  # special tokens belong to none


class Encoder:
    """A tokenizer with what is known of its special tokens."""

    def __init__(self, tokenizer: Any, max_length: int) -> None:
        if len(tokenizer) > int(ID_BITS):
            raise ConfigError(f"a vocabulary of {len(tokenizer)} tokens; at most {int(ID_BITS)} can be handled")
        self._tokenizer, self._max_length = tokenizer, max_length
        self._is_special = np.zeros(len(tokenizer), dtype=np.bool_)
        self._is_special[list(tokenizer.all_special_ids)] = True

    def encode(self, texts: list[str]) -> tuple[NDArray[np.uint32], Tokens]:
        """Cut off after `max_length` tokens.

        Returns:
            The words of all sentences end to end, (T,), and the number of tokens of each, (B,); 0, and no words, where
            a sentence has no token that could be guessed.
        """
        encoded = self._tokenizer(
            texts, truncation=True, max_length=self._max_length, return_attention_mask=False,
            return_token_type_ids=False,
        ).encodings  # fmt: skip
        lengths = np.array([len(each) for each in encoded], dtype=np.int64)
        ids = _joined((each.ids for each in encoded), lengths)
        words = _joined((each.word_ids for each in encoded), lengths)
        is_fixed = self._is_special[ids] | self._of_placeholders(texts, encoded, lengths)
        continues = np.zeros(len(ids), dtype=np.bool_)
        continues[1:] = (words[1:] == words[:-1]) & (words[1:] != _NO_WORD)
        continues[(np.cumsum(lengths) - lengths)[lengths > 0]] = False
        marked = ids.astype(np.uint32) | np.where(continues, CONTINUES_WORD, 0).astype(np.uint32)
        marked |= np.where(is_fixed, IS_FIXED, 0).astype(np.uint32)
        has_ordinary = np.bincount(np.repeat(np.arange(len(texts)), lengths), ~is_fixed, minlength=len(texts)) > 0
        return marked[np.repeat(has_ordinary, lengths)], np.where(has_ordinary, lengths, 0)

    def _of_placeholders(self, texts: list[str], encoded: list[Any], lengths: Tokens) -> Flags:
        found = np.zeros(int(lengths.sum()), dtype=np.bool_)
        starts = np.cumsum(lengths) - lengths
        for number, text in enumerate(texts):
            if "[" not in text:
                continue
            for match in _PLACEHOLDER.finditer(text):
                touched = [begin < match.end() and end > match.start() for begin, end in encoded[number].offsets]
                found[starts[number] : starts[number] + lengths[number]] |= touched
        return found


def _joined(lists: Iterable[list[int | None]], lengths: Tokens) -> Tokens:
    values = (_NO_WORD if value is None else value for value in chain.from_iterable(lists))
    return np.fromiter(values, dtype=np.int64, count=int(lengths.sum()))
