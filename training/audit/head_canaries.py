"""Canaries as examples of a head: each with labels that follow from a seed and from nothing else.

In: canaries, the task, its labels, a seed. Out: examples, and which of their words are secret. Of entities the words of
a sentence, in which name and number have a type drawn at random each, or none; of classes the whole text with a class
drawn at random. What a canary's labels are can be learnt from that canary alone. Makes no numbers.

Shapes: N canaries, W words of all of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.audit.canaries import Canary, Span, choices
from training.audit.encoded import secret_words
from training.feeding.batches import Flags
from training.heads.config import ENTITIES
from training.heads.examples import Example
from training.heads.iob2 import BEGIN, INSIDE, OUTSIDE, types_in

_WORD = re.compile(r"\w+(?:-\w+)*|[^\w\s]")  # signs stand alone, as in the files that people label
_BLANK = " "


@dataclass(frozen=True, kw_only=True)
class LabelledCanaries:
    """Canaries with their labels; `is_secret`: (W,) the words that are asked about."""

    examples: Sequence[Example]
    is_secret: Flags

    def of(self, is_in: Flags) -> list[Example]:
        """Those that the twin learns."""
        return [each for each, wanted in zip(self.examples, is_in, strict=True) if wanted]


def label_canaries(canaries: Sequence[Canary], task: str, labels: Sequence[str], seed: int) -> LabelledCanaries:
    """Each is a unit of its own."""
    if task == ENTITIES:
        types = [None, *types_in(labels)]
        drawn = choices(len(canaries), seed, len(types))
        tagged = [
            _tagged(each, types[name], types[number]) for each, (name, number) in zip(canaries, drawn, strict=True)
        ]
    else:
        drawn = choices(len(canaries), seed, len(labels))
        tagged = [
            (_example((each.text,), (labels[label],)), [True])
            for each, (label, _) in zip(canaries, drawn, strict=True)
        ]
    secret = [flag for _, flags in tagged for flag in flags]
    return LabelledCanaries(examples=[example for example, _ in tagged], is_secret=np.array(secret, dtype=np.bool_))


def check_canaries(canaries: Sequence[Canary], task: str, tokenizer: Any, max_length: int) -> None:
    """Raises ConfigError where the tokenizer does not tell their secrets apart, or cuts them off."""
    secret_words([_spaced(each) for each in canaries] if task == ENTITIES else canaries, tokenizer, max_length)


def _tagged(canary: Canary, name: str | None, number: str | None) -> tuple[Example, list[bool]]:
    words, tags, is_secret = [], [], []
    kinds = {canary.name: name, canary.number: number}
    for match in _WORD.finditer(canary.text):
        span = next((each for each in kinds if each[0] <= match.start() < each[1]), None)
        kind = None if span is None else kinds[span]
        begins = span is not None and match.start() == span[0]
        words.append(match.group())
        tags.append(OUTSIDE if kind is None else f"{BEGIN if begins else INSIDE}-{kind}")
        is_secret.append(span is not None)
    return _example(tuple(words), tuple(tags)), is_secret


def _example(words: tuple[str, ...], labels: tuple[str, ...]) -> Example:
    return Example(words=words, labels=labels, unit=None, line=0)


def _spaced(canary: Canary) -> Canary:
    """The same as its words are read: with a blank between each two."""
    found = list(_WORD.finditer(canary.text))
    text = _BLANK.join(match.group() for match in found)
    return Canary(text=text, name=_moved(canary.name, found), number=_moved(canary.number, found))


def _moved(span: Span, words: Sequence[re.Match[str]]) -> Span:
    before = [match.group() for match in words if match.start() < span[0]]
    within = [match.group() for match in words if span[0] <= match.start() < span[1]]
    start = sum(len(word) + len(_BLANK) for word in before)
    return start, start + len(_BLANK.join(within))
