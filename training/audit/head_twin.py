"""The twin of a head: the examples of the run and canaries behind them, and what it makes of the canaries.

In: an audited head, its base, the canaries. Out: replies of base and twin. Each canary is a unit of its own, and is
asked about at its secrets alone. How the twin is trained: twin.py.
"""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from training.audit.head_answers import answers_of, ask_and_forget, load_fresh, questions_of
from training.audit.head_canaries import check_canaries, label_canaries
from training.audit.kinds import CanaryReplies, Planted
from training.audit.twin import Upbringing, plan_of, train_twin
from training.bases.finding import Base
from training.bases.loading import MaskedModel
from training.feeding.tokens import TokenFile
from training.heads.config import loop_config
from training.heads.course import head_course
from training.heads.examples import TRAIN, VALIDATION, Data
from training.loop.checkpoint import Identity
from training.loop.steps import Course

if TYPE_CHECKING:
    from training.audit.head import HeadRun

_SECRETS, _LABELS = "canaries", "labels"


def ask_head_twin(subject: "HeadRun", base: Base, planted: Planted, device: torch.device) -> CanaryReplies:
    """Raises ConfigError: the corpus is not what the run was trained on, or canaries that cannot be; see train_twin."""
    subject.check_data()
    task = subject.config.task
    check_canaries(planted.canaries, task, subject.tokenizer, subject.config.max_length)
    canaries = label_canaries(planted.canaries, task, subject.labels, planted.seed)
    secrets = questions_of(subject, canaries.examples).only(canaries.is_secret)
    splits = {**subject.data.splits, TRAIN: [*subject.data.splits[TRAIN], *canaries.of(planted.is_in)]}
    before = ask_and_forget(lambda: load_fresh(subject, base, device), {_SECRETS: secrets})[_SECRETS]
    trainee = load_fresh(subject, base, device)
    twin = train_twin(subject, _upbringing(subject, trainee, replace(subject.data, splits=splits)))
    after = answers_of(twin, secrets, _SECRETS)
    return CanaryReplies(secrets=(before, after), guesses={_LABELS: (before.guesses, after.guesses)})


def _upbringing(subject: "HeadRun", trainee: MaskedModel, data: Data) -> Upbringing:
    """`data`: with the canaries that are in."""
    questions, record = questions_of(subject, data.splits[TRAIN]), subject.record

    def course_in(folder: Path) -> Course:
        if not subject.config.privacy.is_on:
            return head_course(questions, subject.labels, loop_config(subject.config))
        from training.heads.private_course import private_head_course  # opacus is an extra

        return private_head_course(
            data, questions, subject.config, trainee.model, folder, plan=plan_of(subject)
        )

    return Upbringing(
        trainee=trainee, course_in=course_in, counts_work=False,
        validation=questions_of(subject, data.splits[VALIDATION]).tokens,
        identity=Identity(
            config_sha256=record["config_sha256"], corpus_sha256=record["data"]["sha256"],
            base_sha256=record["base"]["weights_sha256"], sentences_sha256=_sha256(questions.tokens),
        ),
    )  # fmt: skip


def _sha256(tokens: TokenFile) -> str:
    """The ids of examples follow from their words and labels."""
    return hashlib.sha256(tokens.sentence_ids.tobytes()).hexdigest()
