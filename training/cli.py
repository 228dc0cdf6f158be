"""The command `tvaerkom train`.

In: what the user typed. Out: one call into the stage, and one line (or JSON) with its result.
"""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.command import Command, command_of
from foundation.errors import ConfigError
from foundation.places import newest_complete
from foundation.quarters import parse_quarter

if TYPE_CHECKING:
    from training.config import TrainingConfig
    from training.run import TrainingResult

app = typer.Typer(no_args_is_help=True)
_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@app.callback()
def _commands() -> None:
    """Without a callback Typer makes no group of one command."""


@app.command()
def train(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The corpus; without it the newest published one.")] = None,
    config: Annotated[
        str | None,
        typer.Option(help="published (the default), fast, changed, private, demo, debug, or a file of your own."),
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="Name (Hugging Face) or folder of the base, or champion: the model in use.")
    ] = None,
    run: Annotated[str | None, typer.Option("--name", help="Name of the run; else CORPUS-CONFIG.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="Change one setting: KEY=VALUE.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw an earlier run of this name away.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    estimate: Annotated[bool, typer.Option("--estimate", help="Say steps, memory and time; train nothing.")] = False,
    max_hours: Annotated[float | None, typer.Option(min=0, help="Stop with a checkpoint after so many hours.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a run of more than 12 hours on a CPU.")] = False,
) -> None:
    """Train a language model on a corpus.

    The model learns to guess hidden words. Its loss (how wrong it guesses; lower is better) is measured on
    sentences kept apart, before and after. The same command typed again goes on where it was stopped.

    Example: tvaerkom train 2026Q4 --base xlm-roberta-base --set epochs=3
    """
    from training.extra import require_training_extra

    require_training_extra()
    from training.config import read_config
    from training.run import Wishes
    from training.run import train as train_model
    from training.wanted_base import config_for, folder_for

    command = command_of(ctx)
    is_first = _is_first()
    corpus = _corpus_name(command, name)
    config = config or config_for(base)
    run_folder = command.places.run(_checked(run or f"{corpus}-{Path(config).stem}"))
    chosen = read_config(config, settings or (), base=folder_for(command.places, base, run_folder, fresh=fresh))
    wishes = Wishes(
        device=device, fresh=fresh, max_hours=max_hours, may_take=None if yes else _may_take,
        controls=command.settings.training.controls,
    )  # fmt: skip
    corpus_folder = command.places.corpus(corpus)
    if estimate:
        _tell_estimate(command, corpus_folder, chosen, device)
        return
    result = train_model(corpus_folder, run_folder, chosen, cache=command.places.cache, wishes=wishes)
    if is_first:
        _tell(command, result)


def _is_first() -> bool:
    """Of several processes under torchrun only the first one speaks."""
    from foundation.progress import configure_logging
    from training.loop.processes import group_of_environment

    if group_of_environment().is_first:
        return True
    configure_logging(quiet=True, verbose=False)
    return False


def _tell(command: Command, result: "TrainingResult") -> None:
    if command.json:
        from training.telling.result import as_json

        print(as_json(result))
        return
    state = "already finished" if result.already_finished else f"trained on {result.corpus}"
    print(
        f"{result.run}: {state}; "
        f"validation loss {result.score('before', 'loss'):.2f} before, {result.score('after', 'loss'):.2f} after; "
        f"hidden word pieces guessed right {result.score('before', 'top1'):.1%} before, "
        f"{result.score('after', 'top1'):.1%} after; "
        f"model: {result.model_folder}"
    )


def _tell_estimate(command: Command, corpus_folder: Path, config: "TrainingConfig", device: str) -> None:
    from training.estimating import estimate_run
    from training.telling.result import estimate_as_json, estimate_lines

    found = estimate_run(corpus_folder, config, cache=command.places.cache, device=device)
    print(estimate_as_json(found) if command.json else "\n".join(estimate_lines(found)))


def _may_take(hours: float) -> bool:
    """Ask a person; where none is there, no."""
    return sys.stdin.isatty() and typer.confirm(f"This will take about {hours:,.0f} hours on this processor. Begin?")


def _corpus_name(command: Command, name: str | None) -> str:
    if name is not None:
        quarter = str(parse_quarter(name))
        if not command.places.corpus(quarter).is_dir():
            raise ConfigError(
                f"there is no corpus {quarter} in {command.places.corpora}; run: tvaerkom corpus build {quarter}"
            )
        return quarter
    newest = newest_complete(command.places.corpora)
    if newest is None:
        raise ConfigError(f"{command.places.corpora}: no corpus to train on; run: tvaerkom corpus build")
    typer.echo(f"training on the newest corpus, {newest}", err=True)
    return str(newest)


def _checked(run: str) -> str:
    if not _RUN_NAME.fullmatch(run):
        raise ConfigError(f"--name {run}: letters, digits, dot, hyphen and underscore only, and no other sign first")
    return run
