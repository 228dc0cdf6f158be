"""Fine-tuning in reading order: labelled examples and a base in, a run folder with a model out.

In: the data, the settings and a run folder. Out: `runs/<name>/` (docs/reference/heads.md), complete once its
manifest.json is there. The same call again goes on at the newest checkpoint, or says that all is done. On the loop of
masked language modelling (training/loop/), one process alone.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import is_complete
from foundation.places import Places
from training.devices import precision_on
from training.extra import require_private_extra
from training.heads.answering import answer
from training.heads.config import HeadConfig
from training.heads.examples import TRAIN, VALIDATION, Data
from training.heads.preparing import Prepared, course_of, facts_of, prepare
from training.heads.publishing import publish_head
from training.heads.record import begin_head_record, check_same_head, head_identity, read_head_record
from training.heads.scores import scores_of
from training.loop.driving import Drive, train_on
from training.loop.processes import Group, group_of_environment
from training.record import check_same_base
from training.run_folder import (
    MODEL_FOLDER,
    discard,
    locked,
    read_evaluation,
    remove_leftovers,
    write_evaluation,
)  # fmt: skip

EVALUATION_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class HeadResult:
    """What a run came to; `evaluation` is the content of evaluation.json."""

    run: str
    run_folder: Path
    model_folder: Path
    task: str
    labels: tuple[str, ...]
    base: str
    num_steps: int
    evaluation: dict[str, Any]
    training_s: float
    already_finished: bool


def finetune(
    data: Data, run_folder: Path, config: HeadConfig, *, cache: Path, device: str = "auto", fresh: bool = False
) -> HeadResult:
    """Put a head on a base and train both on labelled examples, or go on where an earlier call was stopped.

    Args:
        run_folder: made where it is not there.
        cache: where converted bases are looked for.
        device: auto, cpu or cuda.
        fresh: throw an earlier run of this folder away.

    Raises:
        ConfigError: data or a base that cannot be used, or an earlier run with other settings.
        BrokenRunError: too little memory, or a loss that is no longer a number.
        KeyboardInterrupt: stopped by the user; the same call goes on.
    """
    if config.privacy.is_on:
        require_private_extra()
    group = group_of_environment()
    if group.world > 1:
        raise ConfigError("fine-tuning is done by one process; start it without torchrun")
    with locked(run_folder, group):
        if fresh:
            with suppress(BrokenRunError):  # nothing is lost with a record that nobody can read
                read_head_record(run_folder)
        elif (earlier := read_head_record(run_folder)) is not None:
            check_same_head(run_folder, earlier, config, data)
            if is_complete(run_folder):
                remove_leftovers(run_folder)
                return read_head_result(run_folder, already_finished=True)
        prepared = prepare(data, config, cache=cache, device=device)
        if fresh:
            course = course_of(data, config, prepared, None)  # all that can be refused, before anything goes
            facts_of(data, config, prepared, course, Places(run_folder.parent.parent))
            discard(run_folder)
        _train(data, run_folder, config, prepared, group)
    return read_head_result(run_folder, already_finished=False)


def read_head_result(run_folder: Path, *, already_finished: bool) -> HeadResult:
    """What a finished run came to. Raises ConfigError and BrokenRunError where its files are not readable."""
    record, evaluation = read_head_record(run_folder), read_evaluation(run_folder)
    if record is None:
        raise ConfigError(f"{run_folder}: not the folder of a run; run: tvaerkom finetune")
    return HeadResult(
        run=run_folder.name, run_folder=run_folder, model_folder=run_folder / MODEL_FOLDER, task=record["task"],
        labels=tuple(record["labels"]), base=record["base"]["name"], num_steps=record["num_steps"],
        evaluation=evaluation, training_s=record["training_s"], already_finished=already_finished,
    )  # fmt: skip


def _train(data: Data, run_folder: Path, config: HeadConfig, prepared: Prepared, group: Group) -> None:
    trainee, places = prepared.trainee, Places(run_folder.parent.parent)
    course = course_of(data, config, prepared, run_folder)
    record = read_head_record(run_folder)
    if record is None:
        facts = facts_of(data, config, prepared, course, places)
        record = begin_head_record(run_folder, config, prepared.base, trainee.device, facts)
    check_same_base(run_folder, record, prepared.base)
    drive = Drive(
        trainee=trainee, course=course, validation=prepared.questions[VALIDATION].tokens, run_folder=run_folder,
        record=record, identity=head_identity(record), group=group, counts_work=False,
    )  # fmt: skip
    position = train_on(drive)
    record["num_steps"] = position.step
    evaluation = {"format_version": EVALUATION_VERSION, **_evaluation(config, prepared)}
    write_evaluation(run_folder, evaluation)
    if config.privacy.is_on:
        from training.private.beginning import state_privacy  # opacus is an extra

        state_privacy(run_folder, record)
    publish_head(run_folder, trainee, config, record, evaluation)


def _evaluation(config: HeadConfig, prepared: Prepared) -> dict[str, Any]:
    """The scores of each split that was not trained on."""
    record = {}
    for split, questions in prepared.questions.items():
        if split == TRAIN:
            continue
        answers = answer(
            prepared.trainee, questions, precision=precision_on(prepared.trainee.device, config.precision),
            name=f"evaluation: {split}",
        )  # fmt: skip
        scores = scores_of(config.task, prepared.labels, questions, answers.guesses)
        record[split] = scores | {"loss": answers.loss, "num_cut": questions.num_cut}
    return record
