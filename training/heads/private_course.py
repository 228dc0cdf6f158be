"""What a private head is trained on: lots of units, with questions instead of masks.

In: the questions of the training split, the settings and the run folder with its secret key. Out: a `PrivateCourse`. A
unit is one example, or all that the column `unit` says are of one person or case. Of a unit's sentences some are drawn
in each step, of its texts one: a head for classes sees one text in a row.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from foundation.errors import ConfigError
from training.feeding.batches import Tokens
from training.feeding.masking import Vocabulary
from training.heads.config import CLASSES, HeadConfig, loop_config
from training.heads.course import asked_of
from training.heads.encoding import Questions
from training.heads.examples import Data
from training.packed.rows import MaskedUnits
from training.private.beginning import planned
from training.private.config import DOCUMENT, SENTENCE
from training.private.lots import PrivateCourse
from training.private.plan import Plan, plan_from
from training.private.randomness import Secret
from training.private.units import Units
from training.record import read_record

_TEXT = "text"  # as an example that is no sentence is called where it is the unit


@dataclass(frozen=True, kw_only=True)
class PrivateHeadCourse(PrivateCourse):
    """Examples with their questions, drawn by unit."""

    questions: Questions

    def masked(self, vocabulary: Vocabulary, indexes: Tokens, step: int) -> MaskedUnits:  # noqa: ARG002
        """The examples of a lot, with what is asked about them."""
        of_example = self.units.of_sentence[indexes]
        by_unit = np.argsort(of_example, kind="stable")
        if self.plan.sentences_per_unit == 1:
            by_unit = np.unique(of_example, return_index=True)[1]
        _, unit = np.unique(of_example[by_unit], return_inverse=True)
        asked = self.questions.asked(indexes[by_unit])
        return MaskedUnits(
            inputs=asked.inputs, lengths=asked.lengths, places=asked.places, answers=asked.answers,
            unit=unit.astype(np.int64),
        )  # fmt: skip


def private_head_course(
    data: Data, questions: Questions, config: HeadConfig, model: Any, run_folder: Path | None, *,
    plan: Plan | None = None,
) -> PrivateHeadCourse:  # fmt: skip
    """The lots of a run.

    Args:
        model: its size decides the lot, where nobody else does.
        run_folder: keeps the secret key, and, once the run is begun, its plan; None: of a run that is only tried.
        plan: another than the settings give; None: theirs.

    Raises:
        ConfigError: the data do not say of which unit an example is, or say it and nobody asked; a promise that cannot
            be kept; a lost key.
    """
    _check_unit(data, config)
    names = questions.tokens.sentence_ids if config.unit is None else questions.tokens.document_ids
    keys, of_example = np.unique(names, return_inverse=True)
    units = Units(of_sentence=of_example.astype(np.int64), keys=keys)
    begun = read_record(run_folder) if run_folder is not None else None
    if plan is None:
        plan = plan_from(begun["privacy"]) if begun else _plan(data, config, units.num_units, model)
    secret = Secret.new() if run_folder is None else Secret.kept_in(run_folder, is_begun=begun is not None)
    return PrivateHeadCourse(
        tokens=questions.tokens, mixture=asked_of(questions), config=loop_config(config), units=units,
        plan=plan, secret=secret, questions=questions,
    )  # fmt: skip


def unit_of(data: Data, config: HeadConfig) -> str:
    """What is protected, in a word."""
    return config.unit or (_TEXT if config.task == CLASSES and data.corpus is None else SENTENCE)


def _plan(data: Data, config: HeadConfig, num_units: int, model: Any) -> Plan:
    """As for a language model, under the name that the unit has here."""
    plan = planned(config, num_units, model)
    if config.unit is None:
        return replace(plan, unit=unit_of(data, config), sentences_per_unit=1)
    share = 1 if config.task == CLASSES else config.privacy.sentences_per_unit
    return replace(plan, unit=config.unit, sentences_per_unit=share)


def _check_unit(data: Data, config: HeadConfig) -> None:
    if config.unit is not None and not data.says_units:
        raise ConfigError(
            f"unit {config.unit}: the training examples have no column unit that says which {config.unit} each is of"
        )
    if config.unit not in (None, DOCUMENT) and data.corpus is not None:
        raise ConfigError(f"unit {config.unit}: a corpus says of which document a sentence is: --set unit={DOCUMENT}")
    if config.unit is None and data.says_units and data.corpus is None:
        raise ConfigError(
            "the training examples have a column unit: say in a word what it holds (--set unit=person), and each is "
            f"protected as a whole; or take the column out, and each {unit_of(data, config)} is protected by itself"
        )
