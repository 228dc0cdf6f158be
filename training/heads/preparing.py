"""What fine-tuning needs before its first step: base with head, numbers, and the course.

In: data, settings, folders. Out: `Prepared`, and a course. All that can be refused is refused here. Does not train.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from foundation.errors import ConfigError
from foundation.places import Places
from training.bases.finding import Base, find_base
from training.bases.loading import MaskedModel
from training.bases.quirks import quirks_of
from training.devices import choose_device, precision_on
from training.heads.config import HeadConfig, loop_config
from training.heads.course import head_course
from training.heads.encoding import Questions, encode
from training.heads.examples import TRAIN, Data, labels_of, shared_units
from training.heads.loading import load_with_head
from training.loop.steps import Course

if TYPE_CHECKING:
    from training.heads.private_course import PrivateHeadCourse

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What is there before the first step; `labels` are in the order of the model's outputs."""

    base: Base
    trainee: MaskedModel
    labels: tuple[str, ...]
    questions: dict[str, Questions]


def prepare(data: Data, config: HeadConfig, *, cache: Path, device: str) -> Prepared:
    """Raises ConfigError where base, data or settings do not go together."""
    base = find_base(config.base, revision=config.base_revision, cache=cache)
    labels = labels_of(config.task, (example for split in data.splits.values() for example in split))
    trainee = load_with_head(base, config, labels, choose_device(device))
    questions = {
        split: encode(examples, labels, trainee.tokenizer, task=config.task, max_length=config.max_length)
        for split, examples in data.splits.items()
    }
    if not questions[TRAIN].is_asked.any():
        raise ConfigError("the training examples have no token that the tokenizer knows; look at your data")
    if shared := shared_units(data):
        log.warning(
            "%d units (persons, cases) have examples to train on and examples to be scored on: the scores flatter",
            shared,
        )
    return Prepared(base=base, trainee=trainee, labels=labels, questions=questions)


def course_of(data: Data, config: HeadConfig, prepared: Prepared, run_folder: Path | None) -> Course:
    """What is trained on; without a run folder for a run that is only tried.

    Raises:
        ConfigError: of a private run, a promise that cannot be kept.
    """
    if not config.privacy.is_on:
        return head_course(prepared.questions[TRAIN], prepared.labels, loop_config(config))
    from training.heads.private_course import private_head_course  # opacus is an extra

    return private_head_course(data, prepared.questions[TRAIN], config, prepared.trainee.model, run_folder)


def facts_of(data: Data, config: HeadConfig, prepared: Prepared, course: Course, places: Places) -> dict[str, Any]:
    """What run.json says of a new run besides settings and base.

    Raises:
        ConfigError: of a private run, a base that was trained on the same corpus without privacy.
    """
    trainee = prepared.trainee
    counts = {split: len(each.word_ends) for split, each in prepared.questions.items()}
    cut = {split: each.num_cut for split, each in prepared.questions.items()}
    facts: dict[str, Any] = {"corpus": data.corpus} if data.corpus else {}
    if config.privacy.is_on:
        from training.heads.promise import promised_facts  # opacus is an extra

        facts |= promised_facts(data, prepared.base, cast("PrivateHeadCourse", course), places)
        del counts[TRAIN], cut[TRAIN]  # how many there are, or are cut off, is not protected
    return facts | {
        "labels": list(prepared.labels),
        "data": {"sha256": data.sha256, "files": data.files, "num_examples": counts, "num_cut": cut},
        "precision": precision_on(trainee.device, config.precision), "world_size": 1,
        "quirks": [quirk.sentence for quirk in quirks_of(prepared.base, trainee.tokenizer, trainee.model.config)],
    }  # fmt: skip
