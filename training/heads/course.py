"""What a head is trained on, and in which order: the course of the training loop, with questions instead of masks.

In: the questions of the training split and the settings. Out: a `Course`. Nothing is hidden, so what a step asks does
not depend on its number. For a private run: private_course.py.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from foundation.printing import printable
from training.config import TrainingConfig
from training.feeding.batches import Tokens
from training.feeding.masking import MaskedSentences, Vocabulary
from training.feeding.order import Mixture, mix
from training.heads.encoding import Questions
from training.loop.steps import Course


@dataclass(frozen=True, kw_only=True)
class HeadCourse(Course):
    """Examples with their questions; only those that have one. `labels`: names, in the order of their numbers."""

    questions: Questions
    labels: tuple[str, ...]

    def masked(self, vocabulary: Vocabulary, indexes: Tokens, step: int) -> MaskedSentences:  # noqa: ARG002
        """The examples of a step, with what is asked about them."""
        return self.questions.asked(indexes)

    def sample(self, tokenizer: Any, masked: MaskedSentences) -> str:
        """The first example of a step in letters, and what is asked about it, for the log."""
        length = int(masked.lengths[0])
        text = tokenizer.decode(masked.inputs[:length].tolist(), clean_up_tokenization_spaces=False)
        places = masked.places[masked.places < length].tolist()
        tokens = [tokenizer.decode([int(masked.inputs[place])]) for place in places]
        answers = [self.labels[answer] for answer in masked.answers[: len(places)]]
        asked = ", ".join(f"{token!r}: {answer}" for token, answer in zip(tokens, answers, strict=True))
        return printable(f"{text} | asked: {asked}")


def head_course(questions: Questions, labels: tuple[str, ...], config: TrainingConfig) -> HeadCourse:
    return HeadCourse(
        tokens=questions.tokens, mixture=asked_of(questions), config=config, questions=questions, labels=labels
    )


def asked_of(questions: Questions) -> Mixture:
    """An epoch is every example that has a question."""
    return mix(np.flatnonzero(questions.is_asked))
