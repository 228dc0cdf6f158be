"""The command `tvaerkom finetune`.

In: what the user typed. Out: one call into the stage, and one line (or JSON) with its result. Heavy imports stand in
the functions.
"""

import enum
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.command import Command, command_of
from foundation.errors import ConfigError
from foundation.printing import printable

if TYPE_CHECKING:
    from training.heads.examples import Data

app = typer.Typer(no_args_is_help=True)
_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Task(enum.StrEnum):
    """What the head does."""

    ENTITIES = "entities"
    CLASSES = "classes"


@app.callback()
def _commands() -> None:
    """Without a callback Typer makes no group of one command."""


@app.command()
def finetune(
    ctx: typer.Context,
    data: Annotated[list[str], typer.Argument(help="A folder or files (train.*, validation.*, test.*), or a corpus.")],
    base: Annotated[str, typer.Option(help="A run, champion, or name or folder of a base.")],
    task: Annotated[Task, typer.Option(help="entities: a label for each word; classes: one for each text.")],
    run: Annotated[str | None, typer.Option("--name", help="Name of the run; else DATA-TASK.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="Change one setting: KEY=VALUE.")] = None,
    private: Annotated[bool, typer.Option("--private", help="With differential privacy, epsilon 8.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw an earlier run of this name away.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Train a model on labelled examples: find named entities (people, places), or put texts into classes.

    Its F1 (how many are found, and how much of what is found is right; 1 is all) is measured on the validation
    examples. The same command typed again goes on where it was stopped.

    Example: tvaerkom finetune my-examples --task entities --base 2026Q4-published
    """
    from training.extra import require_training_extra

    require_training_extra()
    from training.heads.config import PRIVATE, head_config
    from training.heads.finetune import finetune as train_head
    from training.heads.telling import as_json, line_of
    from training.wanted_base import folder_for

    command = command_of(ctx)
    found = _data(command, data, task)
    run_folder = command.places.run(_checked(run or f"{found.name}-{task}"))
    wanted = folder_for(command.places, base, run_folder, fresh=fresh) or base
    overrides = [*(PRIVATE if private else ()), *(settings or ())]
    config = head_config(task.value, _model_of_run(command, wanted), overrides)
    result = train_head(found, run_folder, config, cache=command.places.cache, device=device, fresh=fresh)
    typer.echo(as_json(result) if command.json else printable(line_of(result)))


def _data(command: Command, given: list[str], task: Task) -> "Data":
    """A path that is there stands before a corpus of that name."""
    from training.heads.data import read_areas, read_files

    name = given[0]
    is_corpus = len(given) == 1 and not Path(name).exists() and _RUN_NAME.fullmatch(name)
    if not (is_corpus and command.places.corpus(name).is_dir()):
        return read_files(task.value, [Path(each).expanduser() for each in given])
    if task is Task.ENTITIES:
        raise ConfigError(f"{name}: a corpus has no named entities in it; give a folder with sentences of your own")
    return read_areas(command.places.corpus(name))


def _model_of_run(command: Command, base: str) -> str:
    """The model folder of a finished run; another base as it was typed. A run whose corpus changed is named."""
    from training.record import superseded_warning
    from training.run_folder import MODEL_FOLDER

    folder = command.places.run(base)
    if not (_RUN_NAME.fullmatch(base) and folder.is_dir()):
        return base
    if not (folder / MODEL_FOLDER).is_dir():
        raise ConfigError(f"{folder}: this run is not finished; go on with the tvaerkom train command that began it")
    if warning := superseded_warning(folder, command.places.corpora):
        typer.echo(printable(warning), err=True)
    return str((folder / MODEL_FOLDER).resolve())


def _checked(run: str) -> str:
    if not _RUN_NAME.fullmatch(run):
        raise ConfigError(
            f"{run}: not the name of a run (letters, digits, dot, hyphen and underscore only, and no other sign "
            "first); give one with --name"
        )
    return run
