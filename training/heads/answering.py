"""A model with a head answers the questions of a split.

In: the model and `Questions`. Out: its label for each word (or text), and its loss. Counts nothing (scores.py).

Shapes: N examples, W words of all of them, M of them asked about, C labels.
"""

from dataclasses import dataclass

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray

from foundation.errors import BrokenRunError
from foundation.progress import progress
from training.bases.loading import MaskedModel
from training.evaluation.scoring import asking
from training.feeding.batches import Tokens, pieces
from training.heads.encoding import Questions

MAX_PIECE_TOKENS = 16_384  # at once, as in training.evaluation.scoring
_OUTSIDE = 0  # the first label of entities; each text of a classification is asked about


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a model said.

    Attributes:
        guesses: (W,) the label held likeliest, of equally likely ones the first; of a word that was not asked about
            the first label, which means no entity.
        losses: (M,) cross-entropy in nats of what was asked about, in the order of `Questions.word_of_place`.
        accuracy: share of it that was answered right.
    """

    guesses: Tokens
    losses: NDArray[np.float64]
    accuracy: float

    @property
    def loss(self) -> float:
        """Their mean."""
        return float(self.losses.mean())


def answer(model: MaskedModel, questions: Questions, *, precision: str, name: str) -> Answers:
    """Ask all questions of a split; `name` is shown with the progress bar.

    Raises:
        BrokenRunError: the model gives no numbers, or there is nothing to ask.
    """
    lengths = np.diff(questions.tokens.offsets).astype(np.int64)
    places = _places_of_examples(questions)
    guesses = np.full(len(questions.truth), _OUTSIDE, dtype=np.int64)
    losses = np.zeros(len(questions.word_of_place))
    if not len(losses):
        raise BrokenRunError(f"{name}: nothing could be asked; its words have no token within max_length")
    with asking(model, precision), progress(name, unit="examples", total=len(lengths)) as meter:
        for part in pieces(lengths, MAX_PIECE_TOKENS):
            asked = questions.asked(part)
            if len(asked.places):
                batch = model.reader.batch(asked)
                scores = model.reader.scores(batch).float()
                which = np.concatenate([places[example] for example in part])
                losses[which] = F.cross_entropy(scores, batch.answers, reduction="none").double().cpu().numpy()
                guesses[questions.word_of_place[which]] = scores.argmax(dim=1).cpu().numpy()
            meter.advance(len(part))
    if not np.isfinite(losses).all():
        raise BrokenRunError(f"{model.base.name}: its answers are not numbers; it diverged: lower the learning rate")
    is_right = (guesses == questions.truth)[questions.word_of_place]
    return Answers(guesses=guesses, losses=losses, accuracy=float(is_right.mean()))


def _places_of_examples(questions: Questions) -> list[Tokens]:
    """For each example the numbers of its questions, in the order of their tokens."""
    ends = np.searchsorted(questions.word_of_place, questions.word_ends, side="left")
    return np.split(np.arange(len(questions.word_of_place)), ends[:-1])
