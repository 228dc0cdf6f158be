"""A language model that is audited, and what it was made of, as far as it is still there.

In: the name of a finished run. Out: its model, base, corpus and settings, each checked to be what it was. Loads
tokenizers only; models are loaded by who asks them. Of a head: head.py.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import torch

from corpus.schema import read_corpus_manifest
from foundation.errors import ConfigError
from foundation.manifests import is_complete
from foundation.places import Places
from training.audit.kinds import CanaryReplies, ModelReplies, Planted, Prober
from training.audit.language_model import ask_about_texts, ask_language_model
from training.audit.language_model_twin import ask_language_model_twin
from training.audit.probing import check_lengths
from training.bases.finding import Base
from training.bases.loading import load_tokenizer
from training.champions.contenders import BASE, Challenger, Opponent, at_hand, finished_run
from training.champions.lineage import CorpusUsed
from training.config import SMALL_BASE


@dataclass(frozen=True, kw_only=True)
class LanguageModelRun:
    """A run of tvaerkom train, as `training.audit.kinds.Subject` has it.

    Attributes:
        run: the finished run, checked.
        tokenizer: the run's; it decides for base, run and twin what is hidden.
        corpus_folder: the corpus that the run was trained on.
        why_changed: why the corpus is not as it was: pages were erased from it since; None where it is.
    """

    places: Places
    run: Challenger
    tokenizer: Any
    corpus_folder: Path
    why_changed: str | None
    fills_in_words: ClassVar[bool] = True
    consequence: ClassVar[str] = "promote will refuse it"

    @property
    def name(self) -> str:
        return self.run.run

    @property
    def folder(self) -> Path:
        return self.places.run(self.name)

    @property
    def record(self) -> dict[str, Any]:
        return self.run.record

    @property
    def weights_sha256(self) -> str:
        return self.run.base.weights_sha256

    @property
    def is_private(self) -> bool:
        return self.run.is_private

    def check_data(self) -> None:
        check_unchanged(self.name, self.why_changed)

    def prober(self, texts: Mapping[int, str]) -> Prober:
        check_lengths(texts, self.tokenizer, self.run.config.max_length)
        return partial(ask_about_texts, self, list(texts.values()))

    def base_at_hand(self) -> AbstractContextManager[Base]:
        return base_at_hand(self)

    def ask_model(self, base: Base, device: torch.device) -> ModelReplies:
        return ask_language_model(self, base, device)

    def ask_twin(self, base: Base, planted: Planted, device: torch.device) -> CanaryReplies:
        return ask_language_model_twin(self, base, planted, device)


def open_subject(places: Places, run: str) -> LanguageModelRun:
    """Raises ConfigError: no such run, not finished, or its corpus is gone; BrokenRunError: it is damaged."""
    challenger = finished_run(places, run)
    folder, why_changed = corpus_of_run(places, run, challenger.lineage.links[0].corpus)
    return LanguageModelRun(
        places=places, run=challenger, tokenizer=load_tokenizer(challenger.base), corpus_folder=folder,
        why_changed=why_changed,
    )  # fmt: skip


def corpus_of_run(places: Places, run: str, used: CorpusUsed) -> tuple[Path, str | None]:
    """The folder of a run's corpus, and why it is not as it was, where something was erased from it since.

    Raises:
        ConfigError: it is gone, or was built anew.
    """
    folder, trained_on = places.corpus(used.name), f"corpus {used.name}, which run {run} was trained on,"
    if not is_complete(folder):
        raise ConfigError(f"{trained_on} is gone, and without it there is nothing to compare with; restore {folder}")
    manifest = read_corpus_manifest(folder)
    if used.content_sha256 in manifest.superseded:
        # what was erased is gone from both splits; what is left is on the side where it was
        return folder, f"{trained_on} was changed by an erasure since, so no twin can be trained on the same"
    if used.content_sha256 != manifest.content_sha256:
        raise ConfigError(
            f"{trained_on} was built anew since with other content, so nobody knows what the run has seen; audit a run "
            f"of the present one: tvaerkom train {used.name} --name NEW"
        )
    return folder, None


def check_unchanged(run: str, why_changed: str | None) -> None:
    """Raises ConfigError where the data of a run are not as they were."""
    if why_changed is not None:
        raise ConfigError(f"{why_changed}; tvaerkom audit {run} --no-twin asks the model itself all the same")


@contextmanager
def base_at_hand(subject: LanguageModelRun) -> Iterator[Base]:
    """The base that the run began with.

    Raises:
        ConfigError: it is gone, or has other weights than it had.
    """
    if subject.run.lineage.parent is None and subject.run.config.base == SMALL_BASE and subject.why_changed is not None:
        corpus = subject.run.lineage.links[0].corpus.name
        raise ConfigError(
            f"run {subject.name} began with base small, which was made of corpus {corpus}, and that "
            "was changed by an erasure since: it cannot be made again, and there is nothing else to compare with; "
            f"train a new run on the present revision: tvaerkom train {corpus} --name NEW"
        )
    recorded, parent = subject.run.record["base"], subject.run.lineage.parent
    base = Opponent(
        kind=BASE, name=parent or recorded["name"], weights_sha256=recorded["weights_sha256"], run=parent, note=None
    )
    with at_hand(subject.places, base, subject.run) as found:
        yield found
