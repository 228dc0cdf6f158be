"""What a run needs before its first step: the base, and the sentences it is trained on.

In: a corpus, the configuration and the cache. Out: a base on this machine, token files and what an epoch is made of.
Does not train.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from corpus.schema import CorpusManifest, read_corpus_manifest
from foundation.errors import ConfigError
from foundation.files import make_folder, sync_tree
from foundation.places import Places
from training.bases.finding import Base, find_base
from training.bases.loading import MaskedModel, check_fit, load_masked_model
from training.bases.small import make_small_base
from training.champions.lineage import is_head, seen_sentences
from training.champions.tracks import read_tracks
from training.config import SMALL_BASE, TrainingConfig
from training.erasing import run_at
from training.extra import require_private_extra
from training.feeding.composing import compose, encoded_texts
from training.feeding.order import Mixture
from training.feeding.shards import check_shards, read_sentences
from training.feeding.texts import read_texts
from training.feeding.tokens import TokenFile, prepare_tokens
from training.loop.steps import Course

if TYPE_CHECKING:
    from training.private.chain import Earlier
    from training.private.plan import Plan

MAX_GENERAL_TEXTS = 200_000  # of general Danish; more than the published corpus needs at 5 %


def prepare_base(
    corpus_folder: Path, corpus: CorpusManifest, run_folder: Path, config: TrainingConfig, cache: Path
) -> Base:
    """Find the base; the small one is made in the run folder first, once."""
    if config.base != SMALL_BASE:
        return find_base(config.base, revision=config.base_revision, cache=cache)
    folder = run_folder / "base"
    if not folder.is_dir():
        check_shards(corpus_folder, corpus, "train")
        aside = run_folder / "base.tmp"
        shutil.rmtree(aside, ignore_errors=True)
        make_folder(aside)
        sentences = chain.from_iterable(read_sentences(corpus_folder, "train"))
        make_small_base(aside, sentences, config.small, seed=config.seed)
        sync_tree(aside)
        aside.replace(folder)
    return replace(find_base(str(folder)), name=SMALL_BASE, licence="none (random weights)")


def check_may_go(run_folder: Path, config: TrainingConfig) -> None:
    """Raises ConfigError where a run is needed still, so that it may not be thrown away."""
    places = Places(run_folder.parent.parent)
    name = run_folder.name
    if is_head(places, name):
        raise ConfigError(f"{run_folder}: a run of tvaerkom finetune; give the new one another --name")
    if Path(config.base).expanduser().resolve().is_relative_to(run_folder.resolve()):
        raise ConfigError(f"{run_folder}: the new run would begin with this one's model; give it another --name")
    for track in read_tracks(places):
        if name in [each.run for each in (track.champion, *track.before)]:
            raise ConfigError(
                f"{run_folder}: this run is, or was, in use on track {track.name}, and promote --back may need it; "
                "give the new run another --name"
            )


@contextmanager
def tried_beginning(
    corpus_folder: Path, config: TrainingConfig, device: torch.device, *, cache: Path
) -> Iterator[tuple[MaskedModel, Course]]:
    """All that can be refused before a first step, without a run; nothing but token files stays on disk."""
    if config.privacy.is_on:
        require_private_extra()
    corpus = read_corpus_manifest(corpus_folder)
    with tempfile.TemporaryDirectory() as folder:  # a small base is made for this only
        base = prepare_base(corpus_folder, corpus, Path(folder), config, cache)
        earlier_promises(corpus_folder, base, config, cache)
        trainee = load_masked_model(base, device)
        check_fit(base, trainee.model, trainee.tokenizer, max_length=config.max_length)
        yield trainee, prepare_course(corpus_folder, trainee, config, cache)


def earlier_promises(
    corpus_folder: Path, base: Base, config: TrainingConfig, cache: Path
) -> "Sequence[Earlier]":
    """The private runs behind the base of one that is to be private, too; else none.

    Raises:
        ConfigError: what lies behind it makes a promise of privacy empty.
    """
    if not config.privacy.is_on:
        return ()
    from training.private.chain import earlier_privacy

    return earlier_privacy(Places(cache.parent), base, corpus_folder, config.privacy.unit)


def prepare_course(
    corpus_folder: Path, trainee: MaskedModel, config: TrainingConfig, cache: Path, *, run_folder: Path | None = None
) -> Course:
    """Token file and epochs of the training split; without a run folder for a run that is only tried."""
    tokens, mixture = sentences_of(corpus_folder, trainee.tokenizer, config, cache)
    return course_of(tokens, mixture, config, trainee, corpus_folder=corpus_folder, run_folder=run_folder)


def sentences_of(
    corpus_folder: Path, tokenizer: Any, config: TrainingConfig, cache: Path, *, with_revised: bool = False
) -> tuple[TokenFile, Mixture]:  # fmt: skip
    """All sentences that a run may see, and what an epoch is made of; `with_revised` as in `seen_sentences`."""
    tokens = prepare_tokens(corpus_folder, "train", tokenizer, max_length=config.max_length, cache=cache)
    general = None
    if config.data.general is not None:
        texts = read_texts(config.data.general, limit=MAX_GENERAL_TEXTS)
        general = encoded_texts(texts, tokenizer, config.max_length, tokens)
    seen = _seen(config, cache, with_revised) if config.data.part == "changed" else None
    return compose(tokens, config.data, seen=seen, general=general)


def course_of(
    tokens: TokenFile, mixture: Mixture, config: TrainingConfig, trainee: MaskedModel, *, corpus_folder: Path,
    run_folder: Path | None, plan: "Plan | None" = None, alone: NDArray[np.bool_] | None = None,
) -> Course:  # fmt: skip
    """What a run is trained on, privately where its settings say so; see `training.private.beginning.private_course`.

    `plan` and `alone` are for private runs.
    """
    if not config.privacy.is_on:
        return Course(tokens=tokens, mixture=mixture, config=config)
    from training.private.beginning import private_course  # opacus is an extra

    return private_course(
        tokens, mixture, config, trainee.model, corpus_folder=corpus_folder, run_folder=run_folder, plan=plan,
        alone=alone,
    )  # fmt: skip


def tokens_of(corpus_folder: Path, split: str, trainee: MaskedModel, config: TrainingConfig, cache: Path) -> TokenFile:
    """The token file of a split, as this run reads it."""
    return prepare_tokens(corpus_folder, split, trainee.tokenizer, max_length=config.max_length, cache=cache)


def _seen(config: TrainingConfig, cache: Path, with_revised: bool) -> NDArray[np.uint64]:
    """What the run behind the base was trained on."""
    places = Places(cache.parent)
    name = run_at(places, config.base)
    if name is None:
        raise ConfigError(
            f"data.part: changed: base {config.base} is not a run of {places.runs}, so nobody knows what it has seen; "
            "use --base champion, or data.part=all"
        )
    return seen_sentences(places, name, with_revised=with_revised)
