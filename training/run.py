"""The training stage in reading order: a corpus folder in, a run folder with a model out.

In: a corpus, a configuration and the cache for token files. Out: `runs/<name>/`
(docs/reference/training.md), complete once its manifest.json is there. The same call again goes on at the
newest checkpoint, or says that all is done.
"""

import json
import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from corpus.schema import CorpusManifest, read_corpus_manifest
from foundation.errors import BrokenRunError, ConfigError
from foundation.files import make_folder, sha256_of_text, write_text
from foundation.locks import held
from foundation.manifests import file_entries, is_complete, write_manifest
from foundation.overrides import config_sha256
from training.bases.finding import Base, find_base
from training.bases.loading import check_fit, load_model, load_tokenizer, masking_vocabulary
from training.bases.small import make_small_base
from training.config import SMALL_BASE, TrainingConfig
from training.evaluation.evaluate import Scores, evaluate
from training.feeding.tokens import TokenFile, check_shards, prepare_tokens, read_sentences
from training.loop.checkpoint import Identity, load_newest, save_checkpoint
from training.loop.steps import Position, Trainee, choose_device, make_optimizer, run_steps
from training.record import (
    CONFIG_NAME,
    RECORD_NAME,
    RunInputs,
    begin_record,
    check_same_base,
    check_same_run,
    now,
    read_record,
    write_record,
)  # fmt: skip
from training.telling.card import write_card

KIND = "run"
EVALUATION_NAME, METRICS_NAME, LOCK_NAME = "evaluation.json", "metrics.jsonl", "lock"
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """What a run came to; scores are on the validation split, before and after training."""

    run: str
    run_folder: Path
    model_folder: Path
    corpus: str
    base: str
    num_steps: int
    before: Scores
    after: Scores
    training_s: float
    already_finished: bool


def train(
    corpus_folder: Path, run_folder: Path, config: TrainingConfig, *,
    cache: Path, device: str = "auto", fresh: bool = False,
) -> TrainingResult:  # fmt: skip
    """Train a model on a corpus, or go on where an earlier call with the same arguments was stopped.

    Args:
        corpus_folder: a complete corpus.
        run_folder: made where it is not there.
        cache: where token files are kept between runs.
        device: auto, cpu or cuda.
        fresh: throw an earlier run in `run_folder` away.

    Raises:
        ConfigError: a base that cannot be used, or an earlier run with other settings.
        BrokenRunError: a damaged corpus, or a loss that is no longer a number.
    """
    corpus = read_corpus_manifest(corpus_folder)
    torch_device = choose_device(device)
    with locked(run_folder):
        if fresh:
            discard(run_folder)
        record = read_record(run_folder)
        if record is not None:
            check_same_run(run_folder, record, config, corpus)
            if is_complete(run_folder):
                remove_leftovers(run_folder)
                return read_result(run_folder, already_finished=True)
        else:
            remove_leftovers(run_folder)  # a base made for a run that never began may be of other sizes
        base = prepare_base(corpus_folder, corpus, run_folder, config)
        if record is not None:
            check_same_base(run_folder, record, base)
        trainee = make_trainee(base, config, torch_device)
        if record is None:
            record = begin_record(run_folder, RunInputs(config=config, corpus=corpus, base=base), torch_device)
        tokens = {
            split: prepare_tokens(corpus_folder, split, trainee.tokenizer, max_length=config.max_length, cache=cache)
            for split in ("train", "validation")
        }
        scores = read_scores(run_folder)
        if "before" not in scores:
            scores["before"] = evaluate(trainee, tokens["validation"], config, name="evaluation before")
            write_scores(run_folder, scores)
        position = train_on(trainee, tokens["train"], run_folder, config, record)
        scores["after"] = evaluate(trainee, tokens["validation"], config, name="evaluation after")
        write_scores(run_folder, scores)
        publish(run_folder, trainee, record, position, scores)
    return read_result(run_folder, already_finished=False)


def prepare_base(corpus_folder: Path, corpus: CorpusManifest, run_folder: Path, config: TrainingConfig) -> Base:
    """Find the base; the small one is made in the run folder first, once."""
    if config.base != SMALL_BASE:
        return find_base(config.base, revision=config.base_revision)
    folder = run_folder / "base"
    if not folder.is_dir():
        check_shards(corpus_folder, corpus, "train")
        aside = run_folder / "base.tmp"
        shutil.rmtree(aside, ignore_errors=True)
        make_folder(aside)
        sentences = chain.from_iterable(read_sentences(corpus_folder, "train"))
        make_small_base(aside, sentences, config.small, seed=config.seed)
        aside.replace(folder)
    return replace(find_base(str(folder)), name=SMALL_BASE, licence="none (random weights)")


def make_trainee(base: Base, config: TrainingConfig, device: torch.device) -> Trainee:
    tokenizer = load_tokenizer(base)
    model = load_model(base)
    check_fit(base, model, tokenizer, max_length=config.max_length)
    model.to(device)
    return Trainee(
        model=model, tokenizer=tokenizer, vocabulary=masking_vocabulary(tokenizer),
        optimizer=make_optimizer(model, config.optimizer, device), device=device,
    )  # fmt: skip


def train_on(
    trainee: Trainee, tokens: TokenFile, run_folder: Path, config: TrainingConfig, record: dict[str, Any]
) -> Position:
    """Run the loop from the newest checkpoint on, and add its time to the record."""
    identity = Identity(
        config_sha256=config_sha256(config), corpus_sha256=record["corpus"]["content_sha256"],
        base_sha256=record["base"]["weights_sha256"],
    )  # fmt: skip
    checkpoints, metrics = run_folder / "checkpoints", run_folder / METRICS_NAME
    start = load_newest(checkpoints, trainee.model, trainee.optimizer, identity) or Position()
    if start.step:
        log.info("going on after step %d", start.step)
    cut_metrics(metrics, start.step)
    started = time.monotonic()

    def save(position: Position) -> None:
        save_checkpoint(checkpoints, trainee.model, trainee.optimizer, position, identity)

    def write_metrics(line: dict[str, Any]) -> None:
        with metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    try:
        return run_steps(trainee, tokens, config, start=start, write_metrics=write_metrics, save=save)
    finally:
        record["training_s"] = round(record["training_s"] + time.monotonic() - started, 1)
        write_record(run_folder, record)


def publish(
    run_folder: Path, trainee: Trainee, record: dict[str, Any], position: Position, scores: dict[str, Scores]
) -> None:
    """Write the model and its card, then the manifest; what was needed only on the way is removed."""
    record |= {
        "status": "finished",
        "finished_at": now(),
        "num_steps": position.step,
        "num_tokens": position.num_tokens,
    }
    aside, model_folder = run_folder / "model.tmp", run_folder / "model"
    for old in (aside, model_folder):
        shutil.rmtree(old, ignore_errors=True)
    make_folder(aside)
    trainee.model.save_pretrained(aside)
    trainee.tokenizer.save_pretrained(aside)
    write_card(aside, run_folder, record, scores)
    aside.replace(model_folder)
    write_record(run_folder, record)
    paths = [path for path in model_folder.rglob("*") if path.is_file()]
    paths += [run_folder / name for name in (CONFIG_NAME, RECORD_NAME, METRICS_NAME, EVALUATION_NAME)]
    write_manifest(run_folder, {
        "kind": KIND, "format_version": 1, "name": run_folder.name, "revision": 1,
        "id": "run-" + sha256_of_text(run_folder.name, record["config_sha256"], record["started_at"])[:16],
        "corpus": record["corpus"], "files": [vars(entry) for entry in file_entries(run_folder, paths)],
    })  # fmt: skip
    remove_leftovers(run_folder)


def remove_leftovers(run_folder: Path) -> None:
    """Remove what a run needs only until it is finished."""
    for name in ("checkpoints", "base", "base.tmp", "model.tmp"):
        shutil.rmtree(run_folder / name, ignore_errors=True)


def read_result(run_folder: Path, *, already_finished: bool) -> TrainingResult:
    """What a finished run came to. Raises BrokenRunError where its files are not readable."""
    record, scores = read_record(run_folder), read_scores(run_folder)
    if record is None or set(scores) != {"before", "after"}:
        raise BrokenRunError(f"{run_folder}: not the folder of a finished run; run tvaerkom train --fresh")
    return TrainingResult(
        run=run_folder.name, run_folder=run_folder, model_folder=run_folder / "model",
        corpus=record["corpus"]["name"], base=record["base"]["name"], num_steps=record["num_steps"],
        before=scores["before"], after=scores["after"], training_s=record["training_s"],
        already_finished=already_finished,
    )  # fmt: skip


def read_scores(run_folder: Path) -> dict[str, Scores]:
    path = run_folder / EVALUATION_NAME
    if not path.exists():
        return {}
    return {moment: Scores(**values) for moment, values in json.loads(path.read_text()).items()}


def write_scores(run_folder: Path, scores: dict[str, Scores]) -> None:
    values = {moment: asdict(score) for moment, score in scores.items()}
    write_text(run_folder / EVALUATION_NAME, json.dumps(values, indent=2) + "\n")


def cut_metrics(path: Path, step: int) -> None:
    """Keep the lines up to a step: what was written after the checkpoint is done again."""
    if path.exists():
        lines = [line for line in path.read_text().splitlines() if line.endswith("}")]
        write_text(path, "".join(f"{line}\n" for line in lines if json.loads(line)["step"] <= step))


def discard(run_folder: Path) -> None:
    """Throw an earlier run away; a folder that is not a run is left alone."""
    if (run_folder / RECORD_NAME).exists():
        log.warning("%s: the earlier run is thrown away", run_folder)
    elif any(path.name not in (LOCK_NAME, "base", "base.tmp") for path in run_folder.iterdir()):
        raise ConfigError(f"{run_folder}: not the folder of a run (no {RECORD_NAME}), so it is not removed")
    for path in run_folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK_NAME:
            path.unlink()


@contextmanager
def locked(run_folder: Path) -> Iterator[None]:
    """Keep a second process out of the run folder; a folder in which nothing was begun is removed again."""
    lock = run_folder / LOCK_NAME
    with held(lock, busy=f"{run_folder}: another process is training this run"):
        try:
            yield
        finally:
            if list(run_folder.iterdir()) == [lock]:
                lock.unlink()
                run_folder.rmdir()
