"""The run that is audited, and what it was made of, as far as it is still there.

In: the name of a finished run. Out: its model, base, corpus and settings, each checked to be what it was. Loads
tokenizers only; models are loaded by who asks them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.schema import read_corpus_manifest
from foundation.errors import ConfigError
from foundation.manifests import is_complete
from foundation.places import Places
from training.bases.finding import Base
from training.bases.loading import load_tokenizer
from training.champions.contenders import BASE, Challenger, Opponent, at_hand, finished_run

_NO_TWIN = "tvaerkom audit {run} --no-twin asks the model itself all the same"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is audited.

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

    @property
    def name(self) -> str:
        return self.run.run

    @property
    def folder(self) -> Path:
        return self.places.run(self.name)

    def check_corpus(self) -> None:
        """Raises ConfigError where a twin would be trained on something else than the run."""
        if self.why_changed is not None:
            raise ConfigError(f"{self.why_changed}; {_NO_TWIN.format(run=self.name)}")


def open_subject(places: Places, run: str) -> Subject:
    """Raises ConfigError: no such run, not finished, or its corpus is gone; BrokenRunError: it is damaged."""
    challenger = finished_run(places, run)
    used = challenger.lineage.links[0].corpus
    folder = places.corpus(used.name)
    trained_on = f"corpus {used.name}, which run {run} was trained on,"
    if not is_complete(folder):
        raise ConfigError(f"{trained_on} is gone, and without it there is nothing to compare with; restore {folder}")
    manifest, why_changed = read_corpus_manifest(folder), None
    if used.content_sha256 in manifest.superseded:
        # what was erased is gone from both splits; what is left is on the side where it was
        why_changed = f"{trained_on} was changed by an erasure since, so no twin can be trained on the same"
    elif used.content_sha256 != manifest.content_sha256:
        raise ConfigError(
            f"{trained_on} was built anew since with other content, so nobody knows what the run has seen; audit a run "
            f"of the present one: tvaerkom train {used.name} --name NEW"
        )
    return Subject(
        places=places, run=challenger, tokenizer=load_tokenizer(challenger.base), corpus_folder=folder,
        why_changed=why_changed,
    )  # fmt: skip


@contextmanager
def base_at_hand(subject: Subject) -> Iterator[Base]:
    """The base that the run began with.

    Raises:
        ConfigError: it is gone, or has other weights than it had.
    """
    recorded, parent = subject.run.record["base"], subject.run.lineage.parent
    base = Opponent(
        kind=BASE, name=parent or recorded["name"], weights_sha256=recorded["weights_sha256"], run=parent, note=None
    )
    with at_hand(subject.places, base, subject.run) as found:
        yield found
