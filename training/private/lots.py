"""The lots of a private run: which units a step sees, and what is hidden in them.

In: a token file, its units, the plan and the secret key. Out: the sentences of any step. Each unit is drawn by itself
with the same chance (Poisson sampling, what the accountants reckon with), so a lot may be larger or smaller, or empty.
What is hidden in a sentence depends on the sentence and the step alone: taking one unit away changes nothing of the
others. The same interface as training.loop.steps.Course.

Shapes: N sentences, U units, B sentences of a lot.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from training.feeding.batches import Tokens, gather
from training.feeding.draws import Purpose, keyed_uniform, torch_seed
from training.feeding.masking import MaskedSentences, Vocabulary, choose_places, hide
from training.loop.steps import Course
from training.packed.rows import MaskedUnits
from training.private.plan import Plan
from training.private.randomness import Secret
from training.private.units import Units


@dataclass(frozen=True, kw_only=True)
class PrivateCourse(Course):
    """What is trained on, drawn by unit."""

    units: Units
    plan: Plan
    secret: Secret

    @property
    def num_steps(self) -> int:
        return self.plan.num_steps

    def order(self) -> "Lots":
        return Lots(self)

    def masked(self, vocabulary: Vocabulary, indexes: Tokens, step: int) -> MaskedUnits:
        """The sentences of a lot, those of a unit beside each other, with some words hidden."""
        masked = self._hidden(vocabulary, indexes, step)
        _, unit = np.unique(self.units.of_sentence[indexes], return_inverse=True)
        return MaskedUnits(
            inputs=masked.inputs, lengths=masked.lengths, places=masked.places, answers=masked.answers,
            unit=unit.astype(np.int64),
        )  # fmt: skip

    def _hidden(self, vocabulary: Vocabulary, indexes: Tokens, step: int) -> MaskedSentences:
        sentences = gather(self.tokens.tokens, self.tokens.offsets, indexes)
        if not len(indexes):
            nothing = np.empty(0, np.int64)
            return MaskedSentences(inputs=nothing, lengths=nothing, places=nothing, answers=nothing)
        keys = np.repeat(self.tokens.sentence_ids[indexes], sentences.lengths)
        positions = np.arange(len(keys)) - np.repeat(sentences.starts, sentences.lengths)
        stream = torch_seed(self.config.seed, Purpose.UNIT_MASK, step)
        choice, fate, stranger = (keyed_uniform(keys, positions, stream + number) for number in range(3))
        places = choose_places(
            choice, sentences, self.config.mlm_probability, whole_words=self.config.whole_words
        )  # fmt: skip
        return hide(sentences, places, vocabulary, fate[places], stranger[places])


class Lots:
    """The sentences of each step, those of a unit beside each other."""

    def __init__(self, course: PrivateCourse) -> None:
        self._course, self._plan = course, course.plan
        self.steps_per_epoch = 1 / course.plan.sampling_rate

    @cached_property
    def _by_unit(self) -> tuple[Tokens, Tokens]:
        """Sentences in the order of their units, and where each unit begins, and the end of the last."""
        of_sentence = self._course.units.of_sentence
        ends = np.cumsum(np.bincount(of_sentence, minlength=self._course.units.num_units))
        return np.argsort(of_sentence, kind="stable"), np.concatenate([[0], ends])

    def units_of(self, step: int) -> Tokens:
        """The units that are drawn for a step."""
        stream = self._course.secret.number("lot", step)
        keys = self._course.units.keys
        luck = keyed_uniform(keys, np.zeros(len(keys), np.int64), stream)
        drawn: Tokens = np.flatnonzero(luck < self._plan.sampling_rate)
        return drawn

    def sentences_of(self, step: int) -> Tokens:
        """Indexes of the sentences of a step, those of a unit beside each other."""
        return self.drawn_of(self.units_of(step), step)

    def drawn_of(self, units: Tokens, step: int) -> Tokens:
        """The sentences of some units; of a unit with more than its share, some drawn anew in each step."""
        sentences, starts = self._by_unit
        first, counts = starts[units], starts[units + 1] - starts[units]
        ends = np.cumsum(counts)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - (ends - counts), counts)
        found: Tokens = sentences[places]
        if not len(found) or counts.max() <= self._plan.sentences_per_unit:
            return found
        stream = self._course.secret.number("sentences", step)
        ids = self._course.tokens.sentence_ids[found]
        luck = keyed_uniform(ids, np.zeros(len(ids), np.int64), stream)
        of_unit = np.repeat(np.arange(len(units)), counts)
        by_luck = np.lexsort((luck, of_unit))
        rank = np.arange(len(found)) - np.repeat(ends - counts, counts)
        chosen = by_luck[rank < self._plan.sentences_per_unit]
        some: Tokens = found[np.sort(chosen)]
        return some
