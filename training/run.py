"""The training stage in reading order: a corpus folder in, a run folder with a model out.

In: a corpus, a configuration and the cache for token files. Out: `runs/<name>/` (docs/reference/training.md), complete
once its manifest.json is there. The same call again goes on at the newest checkpoint, or says that all is done. Under
torchrun all processes train, and the first one writes.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from corpus.schema import CorpusManifest, read_corpus_manifest
from foundation.errors import BrokenRunError
from foundation.manifests import is_complete
from training.bases.loading import MaskedModel, check_fit, load_masked_model
from training.bases.quirks import quirks_of
from training.config import TrainingConfig
from training.devices import choose_device, precision_on
from training.evaluation.controls import control_tokens
from training.evaluation.evaluate import VALIDATION, evaluate, evaluation_record
from training.evaluation.scoring import SentenceScores
from training.extra import require_private_extra
from training.feeding.composing import mixture_sha256
from training.feeding.tokens import TokenFile
from training.loop.driving import Drive, identity_of, take_best, train_on
from training.loop.estimate import check_hours
from training.loop.processes import Group, connected, group_of_environment
from training.loop.steps import Course
from training.preparing import (
    check_may_go,
    earlier_promises,
    prepare_base,
    prepare_course,
    tokens_of,
    tried_beginning,
)  # fmt: skip
from training.publishing import publish
from training.record import (
    RECORD_NAME,
    RunInputs,
    begin_record,
    check_same_base,
    check_same_run,
    check_same_sentences,
    course_facts,
    earlier_of,
    origin_of,
    read_record,
)  # fmt: skip
from training.run_folder import (
    MODEL_FOLDER,
    SCORES_FOLDER,
    discard,
    locked,
    read_evaluation,
    remove_leftovers,
    write_evaluation,
)  # fmt: skip

if TYPE_CHECKING:
    from training.private.lots import PrivateCourse


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """What a run came to; `evaluation` is the content of evaluation.json."""

    run: str
    run_folder: Path
    model_folder: Path
    corpus: str
    base: str
    num_steps: int
    evaluation: dict[str, Any]
    training_s: float
    already_finished: bool

    def score(self, moment: str, name: str) -> float:
        """A number of the validation split `before` or `after`: loss, top1, top5."""
        return float(self.evaluation[VALIDATION][moment][name])


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a start asks for besides the configuration; none of it changes the model.

    Attributes:
        device: auto, cpu or cuda.
        fresh: throw an earlier run away.
        max_hours: end with a checkpoint after so long.
        may_take: asked with the estimated hours of a long run on a CPU; where it says no, nothing begins.
        controls: name -> source of texts that show what was forgotten.
    """

    device: str = "auto"
    fresh: bool = False
    max_hours: float | None = None
    may_take: Callable[[float], bool] | None = None
    controls: Mapping[str, str] = field(default_factory=dict)


def train(
    corpus_folder: Path, run_folder: Path, config: TrainingConfig, *, cache: Path, wishes: Wishes | None = None
) -> TrainingResult:
    """Train a model on a corpus, or go on where an earlier call with the same arguments was stopped.

    Args:
        corpus_folder: a complete corpus.
        run_folder: made where it is not there.
        cache: where token files are kept between runs; beside the folders of runs and corpora.

    Raises:
        ConfigError: a base that cannot be used, or an earlier run with other settings.
        BrokenRunError: a damaged corpus, too little memory, or a loss that is no longer a number.
        KeyboardInterrupt: stopped by the user, or the time is up; the same call goes on.
    """
    if config.privacy.is_on:
        require_private_extra()
    wishes, group = wishes or Wishes(), group_of_environment()
    deadline = None if wishes.max_hours is None else time.monotonic() + wishes.max_hours * 3600
    device = choose_device(wishes.device, local_rank=group.local_rank)
    corpus = read_corpus_manifest(corpus_folder)
    with connected(group, device), locked(run_folder, group):
        if group.is_first:
            if wishes.fresh and (run_folder / RECORD_NAME).exists():
                check_may_go(run_folder, config)
                with tried_beginning(corpus_folder, config, device, cache=cache) as tried:  # before anything goes
                    check_hours(*tried, wishes.may_take)
            _look_at_earlier(run_folder, config, corpus, wishes.fresh)
        group.wait()
        if is_complete(run_folder):
            return read_result(run_folder, already_finished=True)
        base = group.in_turn(lambda: prepare_base(corpus_folder, corpus, run_folder, config, cache))
        is_begun = (run_folder / RECORD_NAME).exists()
        earlier = () if is_begun else earlier_promises(corpus_folder, base, config, cache)
        trainee = load_masked_model(base, device)
        check_fit(base, trainee.model, trainee.tokenizer, max_length=config.max_length)
        course = group.in_turn(lambda: prepare_course(corpus_folder, trainee, config, cache, run_folder=run_folder))
        if not (run_folder / RECORD_NAME).exists():  # who began it was asked
            check_hours(trainee, course, wishes.may_take)
        inputs = RunInputs(config=config, corpus=corpus, base=base, earlier_privacy=earlier)
        record = group.in_turn(lambda: _record(run_folder, inputs, trainee, course, group))
        validation = group.in_turn(lambda: tokens_of(corpus_folder, VALIDATION, trainee, config, cache))
        sets = {VALIDATION: validation, **_controls(wishes.controls, trainee, config)} if group.is_first else {}
        before = _scored(sets, trainee, config, run_folder / SCORES_FOLDER)
        group.wait()
        drive = Drive(
            trainee=trainee, course=course, validation=validation, run_folder=run_folder, record=record, group=group,
            identity=identity_of(record), deadline=deadline,
        )  # fmt: skip
        position = train_on(drive)
        if group.is_first:
            record["published_step"] = take_best(drive, position)
            record |= {"num_steps": position.step, "num_tokens": position.num_tokens}
            evaluation = evaluation_record(before, _scored(sets, trainee, config, None))
            write_evaluation(run_folder, evaluation)
            if config.privacy.is_on:
                from training.private.beginning import state_privacy  # opacus is an extra

                state_privacy(run_folder, record)
            publish(run_folder, trainee, record, evaluation)
        group.wait()
    return read_result(run_folder, already_finished=False)


def read_result(run_folder: Path, *, already_finished: bool) -> TrainingResult:
    """What a finished run came to. Raises BrokenRunError where its files are not readable."""
    record, evaluation = read_record(run_folder), read_evaluation(run_folder)
    if record is None:
        raise BrokenRunError(f"{run_folder}: not the folder of a finished run; run tvaerkom train --fresh")
    return TrainingResult(
        run=run_folder.name, run_folder=run_folder, model_folder=run_folder / MODEL_FOLDER,
        corpus=record["corpus"]["name"], base=record["base"]["name"], num_steps=record["num_steps"],
        evaluation=evaluation, training_s=record["training_s"], already_finished=already_finished,
    )  # fmt: skip


def _look_at_earlier(run_folder: Path, config: TrainingConfig, corpus: CorpusManifest, fresh: bool) -> None:
    """Refuse to mix two runs; clear away what is left of one that never began, or that is finished."""
    if fresh:
        discard(run_folder)
    earlier = read_record(run_folder)
    if earlier is not None:
        check_same_run(run_folder, earlier, config, corpus)
    if earlier is None or is_complete(run_folder):
        remove_leftovers(run_folder)  # a base made for a run that never began may be of other sizes


def _record(
    run_folder: Path, inputs: RunInputs, trainee: MaskedModel, course: Course, group: Group
) -> dict[str, Any]:  # fmt: skip
    sentences_sha256 = mixture_sha256(course.tokens, course.mixture)
    record = read_record(run_folder)
    if record is not None:
        check_same_base(run_folder, record, inputs.base)
        check_same_sentences(run_folder, record, sentences_sha256)
        if inputs.config.privacy.is_on:
            from training.private.beginning import check_same_units  # opacus is an extra

            check_same_units(run_folder, record, cast("PrivateCourse", course))
        return record
    told = quirks_of(inputs.base, trainee.tokenizer, trainee.model.config)
    facts: dict[str, Any] = {
        "precision": precision_on(trainee.device, inputs.config.precision), "world_size": group.world,
        "quirks": [quirk.sentence for quirk in told], "data": course_facts(course),
        "origin": origin_of(Path(inputs.config.base)), "sentences_sha256": sentences_sha256,
        "earlier": earlier_of(Path(inputs.config.base)),
    }  # fmt: skip
    if inputs.config.privacy.is_on:
        from training.private.beginning import private_facts  # opacus is an extra

        facts |= private_facts(cast("PrivateCourse", course), inputs.earlier_privacy)
    return begin_record(run_folder, inputs, trainee.device, facts)


def _controls(sources: Mapping[str, str], trainee: MaskedModel, config: TrainingConfig) -> dict[str, TokenFile]:
    return {
        name: control_tokens(name, source, trainee.tokenizer, max_length=config.max_length)
        for name, source in sources.items()
    }


def _scored(
    sets: Mapping[str, TokenFile], model: MaskedModel, config: TrainingConfig, folder: Path | None
) -> dict[str, SentenceScores]:
    """Score the model on each set; what lies in the folder was scored before, and is taken from there."""
    scores = {}
    for name, tokens in sets.items():
        path = None if folder is None else folder / f"{name}.parquet"
        if path is not None and path.exists():
            scores[name] = SentenceScores.load(path)
            continue
        scores[name] = evaluate(
            model, tokens, num_sentences=config.eval_sentences if name == VALIDATION else None,
            precision=precision_on(model.device, config.precision),
            name=f"evaluation {'after' if folder is None else 'before'}: {name}",
        )  # fmt: skip
        if path is not None:
            scores[name].save(path)
    return scores
