"""What an audit asks a head and its base: examples of the run with their true labels.

In: an audited head, and its base, on which the same fresh head is put that the run began with. Out: the loss of each
example under both. An example that stands in the training split too is none of the others. Finds nothing out
(on_the_run.py) and trains nothing.

Shapes: N examples.
"""

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from training.audit.kinds import ModelReplies
from training.audit.words import WordGuesses
from training.bases.finding import Base
from training.bases.loading import MaskedModel
from training.devices import precision_on
from training.heads.answering import answer
from training.heads.encoding import Questions, encode
from training.heads.examples import TRAIN, Example
from training.heads.loading import load_trained_head, load_with_head

if TYPE_CHECKING:
    from training.audit.head import HeadRun

NUM_EXAMPLES = 5000  # of each kind, as of a language model's sentences
_DRAWN = 5  # key of the draws, arbitrary
_MEMBERS, _OTHERS = "trained examples", "other examples"


@dataclass(frozen=True, kw_only=True)
class ExampleAnswers:
    """What a model made of each example, (N,): labels asked for, those that it got right, and the sum of their loss in
    nats; the document of an example is its unit."""

    document_ids: NDArray[np.uint64]
    num_masked: NDArray[np.int64]
    num_right: NDArray[np.int64]
    loss_sum: NDArray[np.float64]

    @property
    def guesses(self) -> WordGuesses:
        """The same, as of words that are guessed whole."""
        return WordGuesses(num_pieces=self.num_masked, num_first=self.num_right, loss_sum=self.loss_sum)


def ask_head(subject: "HeadRun", base: Base, device: torch.device) -> ModelReplies:
    """Examples that were trained on, and those of the other splits."""
    splits = subject.data.splits
    trained = {each.words for each in splits[TRAIN]}
    others = [each for split, examples in splits.items() if split != TRAIN for each in examples]
    questions = {
        _MEMBERS: questions_of(subject, _some(splits[TRAIN])),
        _OTHERS: questions_of(subject, _some([each for each in others if each.words not in trained])),
    }
    before = ask_and_forget(lambda: load_fresh(subject, base, device), questions)
    after = ask_and_forget(lambda: load_trained_head(subject.base, subject.config, subject.labels, device), questions)
    return ModelReplies(
        members=(before[_MEMBERS], after[_MEMBERS]), others=(before[_OTHERS], after[_OTHERS]), words=None
    )


def load_fresh(subject: "HeadRun", base: Base, device: torch.device) -> MaskedModel:
    """The base with the head that the run began with."""
    return load_with_head(base, subject.config, subject.labels, device)


def questions_of(subject: "HeadRun", examples: Sequence[Example]) -> Questions:
    """As the run reads them."""
    config = subject.config
    return encode(examples, subject.labels, subject.tokenizer, task=config.task, max_length=config.max_length)


def ask_and_forget(
    load: Callable[[], MaskedModel], questions: Mapping[str, Questions]
) -> dict[str, ExampleAnswers]:  # fmt: skip
    """Load a model, ask, and let its memory go."""
    model = load()
    replies = {name: answers_of(model, each, name) for name, each in questions.items()}
    del model
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return replies


def answers_of(model: MaskedModel, questions: Questions, name: str) -> ExampleAnswers:
    """Raises BrokenRunError where the model gives no numbers."""
    number = len(questions.word_ends)
    example = np.searchsorted(questions.word_ends, questions.word_of_place, side="right")
    asked = np.bincount(example, minlength=number)
    if not len(example):
        right, losses = np.empty(0), np.empty(0)
    else:
        precision = precision_on(model.device, "auto")
        answers = answer(model, questions, precision=precision, name=f"{model.base.name}: {name}")
        right, losses = (answers.guesses == questions.truth)[questions.word_of_place], answers.losses
    return ExampleAnswers(
        document_ids=questions.tokens.document_ids, num_masked=asked,
        num_right=np.bincount(example[np.flatnonzero(right)], minlength=number),
        loss_sum=np.bincount(example, losses, minlength=number).astype(np.float64),
    )  # fmt: skip


def _some(examples: Sequence[Example]) -> list[Example]:
    """At most NUM_EXAMPLES, drawn, the same each time."""
    order = np.random.Generator(np.random.Philox(key=_DRAWN)).permutation(len(examples))
    return [examples[each] for each in np.sort(order[:NUM_EXAMPLES])]
