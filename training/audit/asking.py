"""Put the same questions to one model after another: single pieces under fixed masks, and whole words.

In: questions and a model. Out: its replies, from which the measures are made. Never holds two models at once.
"""

import gc
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from training.audit.words import HiddenWords, WordGuesses, guess_words
from training.bases.finding import Base
from training.bases.loading import MaskedModel, load_masked_model
from training.devices import precision_on
from training.evaluation.scoring import SentenceScores, score
from training.feeding.batches import Tokens
from training.feeding.tokens import TokenFile


@dataclass(frozen=True, kw_only=True)
class Sentences:
    """Sentences of a token file that are asked about so many times, each time with other pieces hidden."""

    tokens: TokenFile
    indexes: Tokens
    num_draws: int


@dataclass(frozen=True, kw_only=True)
class Questions:
    """By name."""

    sentences: Mapping[str, Sentences] = field(default_factory=dict)
    words: Mapping[str, HiddenWords] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Replies:
    """By the names of the questions."""

    sentences: dict[str, SentenceScores]
    words: dict[str, WordGuesses]


def ask_base(base: Base, questions: Questions, tokenizer: Any, device: torch.device) -> Replies:
    """Load a model, ask, and let its memory go; the tokenizer decides what is hidden."""
    model = replace(load_masked_model(base, device), tokenizer=tokenizer)
    replies = ask(model, questions)
    del model
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return replies


def ask(model: MaskedModel, questions: Questions) -> Replies:
    """Raises BrokenRunError where the model gives no numbers."""
    precision = precision_on(model.device, "auto")

    def told(name: str) -> str:
        return f"{model.base.name}: {name}"

    return Replies(
        sentences={
            name: score(
                model, each.tokens, each.indexes, precision=precision, num_draws=each.num_draws, name=told(name)
            )
            for name, each in questions.sentences.items()
        },
        words={
            name: guess_words(model, each, precision=precision, name=told(name))
            for name, each in questions.words.items()
        },
    )  # fmt: skip
