"""The twin of a language model: the sentences of the run and canaries behind them, and what it makes of the canaries.

In: an audited language model, its base, the canaries. Out: replies of base and twin. How it is trained: twin.py.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from training.audit.asking import Questions, Sentences, ask, ask_base
from training.audit.encoded import EncodedCanaries, encode_canaries, with_canaries
from training.audit.kinds import CanaryReplies, Planted
from training.audit.twin import Upbringing, plan_of, train_twin
from training.bases.finding import Base
from training.bases.loading import MaskedModel, load_masked_model
from training.config import TrainingConfig
from training.evaluation.evaluate import VALIDATION
from training.feeding.batches import Flags
from training.feeding.composing import mixture_sha256
from training.feeding.order import Mixture, everything
from training.feeding.tokens import TokenFile
from training.loop.checkpoint import Identity
from training.preparing import course_of, prepare_course, tokens_of

if TYPE_CHECKING:
    from training.audit.subject import LanguageModelRun

NUM_DRAWS = 32  # masks of each canary: its secret is short, and each piece is to be asked about several times
_SECRETS, _NAMES, _NUMBERS = "canaries", "names of canaries", "numbers of canaries"


def ask_language_model_twin(
    subject: "LanguageModelRun", base: Base, planted: Planted, device: torch.device
) -> CanaryReplies:  # fmt: skip
    """Raises ConfigError: the corpus is not what the run was trained on; and as `train_twin`."""
    subject.check_data()
    canaries = encode_canaries(planted.canaries, subject.tokenizer, subject.run.config.max_length)
    questions = Questions(
        sentences={_SECRETS: Sentences(
            tokens=canaries.secrets, indexes=np.arange(len(planted.canaries)), num_draws=NUM_DRAWS
        )},
        words={_NAMES: canaries.names, _NUMBERS: canaries.numbers},
    )  # fmt: skip
    before = ask_base(base, questions, subject.tokenizer, device)
    trainee = replace(load_masked_model(base, device), tokenizer=subject.tokenizer)
    after = ask(train_twin(subject, _upbringing(subject, trainee, canaries, planted.is_in)), questions)
    return CanaryReplies(
        secrets=(before.sentences[_SECRETS], after.sentences[_SECRETS]),
        guesses={
            name: (before.words[key], after.words[key]) for name, key in (("names", _NAMES), ("numbers", _NUMBERS))
        },
    )  # fmt: skip


def _upbringing(
    subject: "LanguageModelRun", trainee: MaskedModel, canaries: EncodedCanaries, is_in: Flags
) -> Upbringing:  # fmt: skip
    config = _config(subject.run.config)
    tokens, mixture = _sentences(subject, trainee, config)
    tokens, is_canary = with_canaries(tokens, canaries.tokens, is_in)
    mixture = replace(mixture, always=np.concatenate([mixture.always, np.flatnonzero(is_canary)]))
    record = subject.record
    return Upbringing(
        trainee=trainee, counts_work=True,
        identity=Identity(
            config_sha256=record["config_sha256"], corpus_sha256=record["corpus"]["content_sha256"],
            base_sha256=record["base"]["weights_sha256"], sentences_sha256=mixture_sha256(tokens, mixture),
        ),
        course_in=lambda folder: course_of(
            tokens, mixture, config, trainee, corpus_folder=subject.corpus_folder, run_folder=folder,
            plan=plan_of(subject), alone=is_canary,
        ),
        validation=tokens_of(subject.corpus_folder, VALIDATION, trainee, config, subject.places.cache),
    )  # fmt: skip


def _config(config: TrainingConfig) -> TrainingConfig:
    """Evaluations on the way change no weights; only where the best of them is published they are needed."""
    return config if config.publish == "best" else config.model_copy(update={"eval_steps": None})


def _sentences(
    subject: "LanguageModelRun", trainee: MaskedModel, config: TrainingConfig
) -> tuple[TokenFile, Mixture]:  # fmt: skip
    """What the run was trained on."""
    if config.privacy.is_on:  # all of the corpus; a course of its own would reckon its noise anew
        tokens = tokens_of(subject.corpus_folder, "train", trainee, config, subject.places.cache)
        return tokens, everything(tokens.num_sentences)
    course = prepare_course(subject.corpus_folder, trainee, config, subject.places.cache)
    return course.tokens, course.mixture
