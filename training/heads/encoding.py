"""Examples as numbers: what the model reads, and at which tokens it is asked for which label.

In: examples, their labels and a tokenizer. Out: `Questions`, whose tokens are a token file in memory, so that the
training loop reads them as it reads a corpus. The words of a sentence are read with a blank between them, as in a text,
and each is asked about at its first token (Devlin et al. 2019 section 5.3); a text at the first token of all. What
stands behind `max_length` tokens is cut off, and a word that is cut off, or of which the tokenizer makes nothing, is
not asked about.

Shapes: N examples, W words (or texts) of all of them, T tokens of all of them end to end, M of them asked about.
"""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.files import sha256_of_text
from foundation.progress import progress
from training.feeding.batches import Tokens, gather
from training.feeding.masking import MaskedSentences
from training.feeding.tokens import TokenFile
from training.heads.config import ENTITIES
from training.heads.examples import Example

_ENCODED_AT_ONCE = 1000
_BLANK = " "
_NOT_ASKED = 0  # in `answers`, where a label is its number plus one
_FIRST_OF_ALL = {0: 0}


@dataclass(frozen=True, kw_only=True)
class Questions:
    """The examples of one split.

    Attributes:
        tokens: sentence i is example i, and its document stands for its unit.
        answers: (T,) uint32, the label of each token plus one; 0: not asked about.
        truth: (W,) the label of each word.
        word_of_place: (M,) which of the W words each question is about.
        word_ends: (N,) where the words of each example end among the W.
    """

    tokens: TokenFile
    answers: NDArray[np.uint32]
    truth: Tokens
    word_of_place: Tokens
    word_ends: Tokens

    @property
    def num_cut(self) -> int:
        """Words that are not asked about."""
        return len(self.truth) - len(self.word_of_place)

    @property
    def is_asked(self) -> NDArray[np.bool_]:
        """(N,) whether an example has a question at all."""
        ends = self.tokens.offsets.astype(np.int64)
        before = np.concatenate([[0], np.cumsum(self.answers != _NOT_ASKED)])
        return np.asarray(before[ends[1:]] > before[ends[:-1]])

    def only(self, chosen: NDArray[np.bool_]) -> "Questions":
        """The same examples, asked about the chosen words alone, (W,)."""
        kept, answers = chosen[self.word_of_place], self.answers.copy()
        answers[np.flatnonzero(answers != _NOT_ASKED)[~kept]] = _NOT_ASKED
        return replace(self, answers=answers, word_of_place=self.word_of_place[kept])

    def asked(self, indexes: Tokens) -> MaskedSentences:
        """Some of the examples, in the order given, with their questions."""
        sentences = gather(self.tokens.tokens, self.tokens.offsets, indexes)
        answers = gather(self.answers, self.tokens.offsets, indexes).ids
        places = np.flatnonzero(answers != _NOT_ASKED)
        return MaskedSentences(
            inputs=sentences.ids, lengths=sentences.lengths, places=places, answers=answers[places] - 1
        )


def encode(
    examples: Sequence[Example], labels: Sequence[str], tokenizer: Any, *, task: str, max_length: int
) -> Questions:  # fmt: skip
    """Make numbers of a split.

    Args:
        labels: all labels that occur, in the order of the model's outputs.
        tokenizer: of transformers, the fast kind, as loading.py gives it.
    """
    growing = _Growing(labels)
    with progress("tokens", unit="examples", total=len(examples)) as meter:
        for first in range(0, len(examples), _ENCODED_AT_ONCE):
            batch = examples[first : first + _ENCODED_AT_ONCE]
            for example, encoding in zip(batch, _encoded(batch, tokenizer, max_length), strict=True):
                firsts = _first_tokens(example.words, encoding) if task == ENTITIES else _FIRST_OF_ALL
                growing.add(example, encoding.ids, firsts)
            meter.advance(len(batch))
    ids = _ids(examples)
    return growing.questions(ids, _units(examples, ids))


class _Growing:
    """The arrays of `Questions` while they grow."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._number_of = {label: number for number, label in enumerate(labels)}
        self._tokens, self._answers = array("I"), array("I")
        self._offsets = array("q", [0])
        self._word_ends, self._truth, self._word_of_place = array("q"), array("q"), array("q")

    def add(self, example: Example, ids: Sequence[int], firsts: Mapping[int, int]) -> None:
        """`firsts`: word -> its first token."""
        numbers, answers = [self._number_of[each] for each in example.labels], [_NOT_ASKED] * len(ids)
        for word, token in firsts.items():
            answers[token] = numbers[word] + 1
            self._word_of_place.append(len(self._truth) + word)
        self._tokens.extend(ids)
        self._answers.extend(answers)
        self._truth.extend(numbers)
        self._offsets.append(len(self._tokens))
        self._word_ends.append(len(self._truth))

    def questions(self, ids: NDArray[np.uint64], units: NDArray[np.uint64]) -> Questions:
        none = np.zeros(len(ids), dtype=np.uint16)
        tokens = TokenFile(
            folder=Path(), tokens=np.array(self._tokens, dtype=np.uint32),
            offsets=np.array(self._offsets, dtype=np.uint64),
            sentence_ids=ids, document_ids=units, sites=none, areas=none,
            site_names=("",), area_names=("",), num_skipped=0,
        )  # fmt: skip
        return Questions(
            tokens=tokens, answers=np.array(self._answers, dtype=np.uint32),
            truth=np.array(self._truth, dtype=np.int64), word_ends=np.array(self._word_ends, dtype=np.int64),
            word_of_place=np.array(self._word_of_place, dtype=np.int64),
        )  # fmt: skip


def _encoded(examples: Sequence[Example], tokenizer: Any, max_length: int) -> Sequence[Any]:
    encodings: Sequence[Any] = tokenizer(
        [_BLANK.join(each.words) for each in examples], truncation=True, max_length=max_length,
        return_attention_mask=False, return_token_type_ids=False,
    ).encodings  # fmt: skip
    return encodings


def _first_tokens(words: Sequence[str], encoding: Any) -> dict[int, int]:
    """Word -> its first token; a token is of the word of its first sign, a blank being of the word behind it."""
    word_of_sign = [word for word, text in enumerate(words) for _ in f"{_BLANK}{text}"][len(_BLANK) :]
    firsts: dict[int, int] = {}
    for token, ((begin, _), is_special) in enumerate(zip(encoding.offsets, encoding.special_tokens_mask, strict=True)):
        if not is_special:
            firsts.setdefault(word_of_sign[begin], token)
    return firsts


def _ids(examples: Sequence[Example]) -> NDArray[np.uint64]:
    """(N,) a number for each example, made of its content, and of how many of the same content stand before it."""
    seen: Counter[str] = Counter()
    numbers = []
    for example in examples:
        content = sha256_of_text(*example.words, *example.labels)
        numbers.append(int(sha256_of_text(content, str(seen[content]))[:16], 16))
        seen[content] += 1
    return np.array(numbers, dtype=np.uint64)


def _units(examples: Sequence[Example], ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """(N,) a number for each unit, made of its name; an example without one is its own."""
    names = [each.unit for each in examples]
    found = [int(sha256_of_text("unit", name)[:16], 16) if name is not None else 0 for name in names]
    return np.where([name is not None for name in names], np.array(found, dtype=np.uint64), ids)
