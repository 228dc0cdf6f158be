"""Who is judged, and against whom.

In: the name of a run. Out: the finished run, checked; the model it has to beat, and that model at hand. This is the
champion of its track; where there is none that can be used, the base that the run itself began with. Scores nothing.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from corpus.schema import read_corpus_manifest
from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import FileEntry, damaged_files, is_complete, read_manifest
from foundation.places import Places
from foundation.yaml_errors import load_yaml
from training.bases.finding import Base, find_base
from training.bases.loading import load_tokenizer
from training.bases.small import make_small_base
from training.champions.lineage import Lineage, corpus_as_used, is_head, lineage_of, read_run_record
from training.champions.standing import complaint_about
from training.champions.tracks import InUse, is_private, read_track, track_name
from training.config import SMALL_BASE, TrainingConfig
from training.feeding.shards import read_sentences
from training.feeding.tokens import tokenizer_sha256

KIND = "run"
log = logging.getLogger(__name__)
CHAMPION, BASE = "champion", "base"


class OpponentGoneError(ConfigError):
    """The model to compare with is not there any more, for good."""


@dataclass(frozen=True, kw_only=True)
class Challenger:
    """A finished run whose files are as its manifest says.

    Attributes:
        base: its own model, to be loaded; named as the run.
        record, config: what it was made with.
        track: name of its track, whether or not that has a champion.
    """

    run: str
    base: Base
    record: dict[str, Any]
    config: TrainingConfig
    lineage: Lineage
    track: str
    tokenizer_sha256: str
    is_private: bool


@dataclass(frozen=True, kw_only=True)
class Opponent:
    """What a challenger has to beat.

    Attributes:
        kind: `champion` or `base`.
        run: whose model it is; None for a base from elsewhere.
        note: why it is not the champion, where there is one.
    """

    kind: str
    name: str
    weights_sha256: str
    run: str | None
    note: str | None


def finished_run(places: Places, run: str) -> Challenger:
    """Read and check a run.

    Raises:
        ConfigError: there is no such run, or it is not finished.
        BrokenRunError: files are missing or damaged.
    """
    if is_head(places, run):
        raise ConfigError(f"run {run} is one of tvaerkom finetune; only language models are judged and promoted")
    folder, record = undamaged_run(places, run, kind=KIND, command="tvaerkom train")
    base = replace(find_base(str(folder / "model")), name=run)
    lineage, tokenizer = lineage_of(places, run), tokenizer_sha256(load_tokenizer(base))
    private = is_private(folder, record)
    return Challenger(
        run=run, base=base, record=record, config=load_yaml(folder / "config.yaml", TrainingConfig), lineage=lineage,
        track=track_name(places, base=lineage.base, tokenizer_sha256=tokenizer, is_private=private),
        tokenizer_sha256=tokenizer, is_private=private,
    )  # fmt: skip


def undamaged_run(places: Places, run: str, *, kind: str, command: str) -> tuple[Path, dict[str, Any]]:
    """The folder of a finished run and its record, its files as its manifest says; raises as `finished_run`."""
    folder = places.run(run)
    if Path(run).name != run or not folder.is_dir():
        known = sorted(path.name for path in places.runs.glob("*") if is_complete(path))
        raise ConfigError(f"there is no run {run} in {places.runs}; finished are: {', '.join(known) or 'none yet'}")
    if not is_complete(folder):
        raise ConfigError(f"run {run} is not finished; type the command again that began it: {command}")
    manifest = read_manifest(folder, kind=kind, help_command=command)
    complaints = damaged_files(folder, [FileEntry(**entry) for entry in manifest["files"]])
    record = read_run_record(places, run)
    if complaints or record is None:
        raise BrokenRunError("\n".join([*complaints, f"run {run} is damaged; restore {folder} from a backup"]))
    return folder, record


def opponent_of(places: Places, challenger: Challenger) -> Opponent:
    """The champion of the challenger's track, or the newest one before it that can be used; else the own base."""
    track = read_track(places, challenger.track)
    note = None
    for used in (track.champion, *reversed(track.before)) if track is not None else ():
        complaint = _why_not(places, challenger, used)
        if complaint is None:
            return Opponent(
                kind=CHAMPION, name=used.run, weights_sha256=used.weights_sha256, run=used.run, note=note
            )
        note = note or complaint
    base, parent = challenger.record["base"], challenger.lineage.parent
    return Opponent(
        kind=BASE, name=parent or base["name"], weights_sha256=base["weights_sha256"], run=parent, note=note
    )


def _why_not(places: Places, challenger: Challenger, used: InUse) -> str | None:
    complaint = complaint_about(places, used)
    if complaint is None and used.run == challenger.run:
        return f"run {challenger.run} is the champion itself"
    return complaint


@contextmanager
def at_hand(places: Places, opponent: Opponent, challenger: Challenger) -> Iterator[Base]:
    """The opponent's model, ready to be loaded.

    Raises:
        OpponentGoneError: it is not there any more, or has other weights.
        ConfigError: a Hugging Face base is not on this machine and cannot be downloaded now.
    """
    with tempfile.TemporaryDirectory() as folder:
        base = replace(_found(places, opponent, challenger, Path(folder)), name=opponent.name)
        if base.weights_sha256 != opponent.weights_sha256:
            raise OpponentGoneError(f"{opponent.kind} {opponent.name} has other weights now than it had")
        yield base


def _found(places: Places, opponent: Opponent, challenger: Challenger, folder: Path) -> Base:
    recorded = challenger.record["base"]
    if opponent.run is None and recorded["on_hub"]:
        return find_base(recorded["name"], revision=recorded["revision"], cache=places.cache)
    try:
        if opponent.run is not None:
            return find_base(str(places.run(opponent.run) / "model"))
        if challenger.config.base == SMALL_BASE:
            return _made_again(places, challenger, folder)
        return find_base(challenger.config.base, cache=places.cache)
    except ConfigError as error:
        log.warning("%s", error)  # names folders of this machine, which a judgement does not
        raise OpponentGoneError(f"{opponent.kind} {opponent.name} is not at hand") from None


def _made_again(places: Places, challenger: Challenger, folder: Path) -> Base:
    """The random weights that a run on base `small` began with; the same corpus and seed give the same."""
    corpus = corpus_as_used(places, challenger.lineage.links[0])
    sentences = chain.from_iterable(read_sentences(corpus, "train"))
    make_small_base(folder, sentences, challenger.config.small, seed=challenger.config.seed)
    return find_base(str(folder))


def states_of_corpora(places: Places, lineages: list[Lineage]) -> list[str]:
    """What decides whether lineages are known: each corpus, as it was used and as it is."""
    lines = [f"gap {lineage.gap}" for lineage in lineages]
    for corpus in dict.fromkeys(link.corpus for lineage in lineages for link in lineage.links):
        folder = places.corpus(corpus.name)
        now = read_corpus_manifest(folder).content_sha256 if is_complete(folder) else "gone"
        lines.append(f"corpus {corpus.name} {corpus.content_sha256} {now}")
    return lines
