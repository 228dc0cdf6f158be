"""A head that is audited, and what it was made of, as far as it is still there.

In: the name of a finished run of tvaerkom finetune, and the files of the user's that it was trained on. Out: its model,
base, data and settings, each checked to be what it was. Loads a tokenizer only. Of a language model: subject.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import torch

from foundation.errors import ConfigError
from foundation.places import Places
from foundation.yaml_errors import load_yaml
from training.audit.head_answers import ask_head
from training.audit.head_twin import ask_head_twin
from training.audit.kinds import CanaryReplies, ModelReplies, Planted, Prober
from training.audit.subject import check_unchanged, corpus_of_run
from training.bases.finding import Base, find_base
from training.bases.loading import load_tokenizer
from training.champions.contenders import undamaged_run
from training.champions.lineage import CorpusUsed
from training.champions.tracks import is_private
from training.heads.config import HeadConfig
from training.heads.data import read_areas, read_files
from training.heads.examples import Data
from training.heads.publishing import KIND
from training.record import CONFIG_NAME
from training.run_folder import MODEL_FOLDER


@dataclass(frozen=True, kw_only=True)
class HeadRun:
    """A run of tvaerkom finetune, as `training.audit.kinds.Subject` has it.

    Attributes:
        base: its own model, to be loaded; named as the run.
        record, config: what it was made with.
        data: what it was trained and scored on.
        why_changed: why the corpus is not as it was: pages were erased from it since; None where it is, and of files.
    """

    places: Places
    name: str
    base: Base
    record: dict[str, Any]
    config: HeadConfig
    data: Data
    tokenizer: Any
    why_changed: str | None
    fills_in_words: ClassVar[bool] = False
    consequence: ClassVar[str] = "whether it is used is for you to decide"

    @property
    def folder(self) -> Path:
        return self.places.run(self.name)

    @property
    def weights_sha256(self) -> str:
        return self.base.weights_sha256

    @property
    def is_private(self) -> bool:
        return is_private(self.folder, self.record)

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order of the model's outputs."""
        return tuple(self.record["labels"])

    def check_data(self) -> None:
        check_unchanged(self.name, self.why_changed)

    def prober(self, texts: Mapping[int, str]) -> Prober:  # noqa: ARG002  # whatever the texts are
        raise ConfigError(
            f"--probe-file: run {self.name} is a head, which gives labels and cannot fill in words; ask the language "
            f"model that it began with, {self.record['base']['name']}"
        )

    @contextmanager
    def base_at_hand(self) -> Iterator[Base]:
        recorded, settings = self.record["base"], self.config
        name, revision = settings.base, settings.base_revision
        if recorded["on_hub"]:
            name, revision = recorded["name"], recorded["revision"]
        base = find_base(name, revision=revision, cache=self.places.cache)
        if base.weights_sha256 != recorded["weights_sha256"]:
            raise ConfigError(f"base {recorded['name']} has other weights now than it had when run {self.name} began")
        yield replace(base, name=recorded["name"])

    def ask_model(self, base: Base, device: torch.device) -> ModelReplies:
        return ask_head(self, base, device)

    def ask_twin(self, base: Base, planted: Planted, device: torch.device) -> CanaryReplies:
        return ask_head_twin(self, base, planted, device)


def open_head(places: Places, run: str, paths: Sequence[Path]) -> HeadRun:
    """Open a finished head.

    Args:
        paths: the user's files; none of a head whose data are of a corpus.

    Raises:
        ConfigError: not finished, or its data are not what they were, or not given.
        BrokenRunError: it is damaged.
    """
    folder, record = undamaged_run(places, run, kind=KIND, command="tvaerkom finetune")
    data, why_changed = _data_of(places, run, record, paths)
    base = replace(find_base(str(folder / MODEL_FOLDER)), name=run)
    return HeadRun(
        places=places, name=run, base=base, record=record, config=load_yaml(folder / CONFIG_NAME, HeadConfig),
        data=data, tokenizer=load_tokenizer(base), why_changed=why_changed,
    )  # fmt: skip


def _data_of(places: Places, run: str, record: dict[str, Any], paths: Sequence[Path]) -> tuple[Data, str | None]:
    used = record.get("corpus")
    if used is not None:
        if paths:
            raise ConfigError(
                f"--data: run {run} was trained on corpus {used['name']}, which is found by itself; leave --data out"
            )
        folder, why_changed = corpus_of_run(places, run, CorpusUsed(**used))
        return read_areas(folder), why_changed
    if not paths:
        names = ", ".join(record["data"]["files"].values())
        raise ConfigError(
            f"run {run} was trained on files of your own ({names}), which are not kept; say where they are: "
            f"tvaerkom audit {run} --data PATH"
        )
    data = read_files(record["task"], paths)
    if data.sha256 != record["data"]["sha256"]:
        where = ", ".join(map(str, paths))
        raise ConfigError(f"--data {where}: not the files that run {run} was trained on, or they changed since")
    return data, None
