"""The commands `tvaerkom train` and `tvaerkom fill`.

In: what the user typed. Out: one call into the stage, and one line (or JSON) with its result.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from foundation.command import Command, command_of
from foundation.errors import ConfigError
from foundation.places import newest_complete
from foundation.quarters import parse_quarter

app = typer.Typer(no_args_is_help=True)
_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@app.command()
def train(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The corpus; without it the newest published one.")] = None,
    config: Annotated[str, typer.Option(help="published, demo, debug, or a YAML file.")] = "published",
    base: Annotated[str | None, typer.Option(help="Hugging Face name or folder of the model to start from.")] = None,
    run: Annotated[str | None, typer.Option("--name", help="Name of the run; else CORPUS-CONFIG.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="Change one setting: KEY=VALUE.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw an earlier run of this name away.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Train a language model on a corpus.

    The model learns to guess hidden words. Its loss (how wrong it guesses; lower is better) is measured on
    sentences kept apart, before and after. The same command typed again goes on where it was stopped.

    Example: tvaerkom train 2026Q4 --base xlm-roberta-base --set epochs=3
    """
    from training.extra import require_training_extra

    require_training_extra()
    from training.config import read_config
    from training.run import train as train_model

    command = command_of(ctx)
    corpus = _corpus_name(command, name)
    run_name = _checked(run or f"{corpus}-{Path(config).stem}")
    places, chosen = command.places, read_config(config, settings or (), base=base)
    corpus_folder, run_folder = places.corpus(corpus), places.run(run_name)
    result = train_model(corpus_folder, run_folder, chosen, cache=places.cache, device=device, fresh=fresh)
    if command.json:
        _print_json(asdict(result))
        return
    state = "already finished" if result.already_finished else f"trained on {result.corpus}"
    print(
        f"{result.run}: {state}; "
        f"validation loss {result.before.loss:.2f} before, {result.after.loss:.2f} after; "
        f"words guessed right {result.before.accuracy:.1%} before, {result.after.accuracy:.1%} after; "
        f"model: {result.model_folder}"
    )


@app.command()
def fill(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(help="A run, or the folder of a model.")],
    text: Annotated[str, typer.Argument(help="A sentence with [MASK] where a word is to be guessed.")],
    top: Annotated[int, typer.Option(min=1, max=100, help="How many guesses.")] = 5,
) -> None:
    """Let a model guess the word behind [MASK].

    Example: tvaerkom fill 2026Q4-published "Borgeren kan [MASK] om hjælp."
    """
    from training.extra import require_training_extra

    require_training_extra()
    from training.evaluation.fill import fill as fill_in
    from training.record import superseded_warning

    command = command_of(ctx)
    folder = _model_folder(command, run)
    if warning := superseded_warning(folder.parent, command.places.corpora):
        typer.echo(warning, err=True)
    guesses = fill_in(folder, text, top)
    if command.json:
        _print_json([asdict(guess) for guess in guesses])
        return
    for guess in guesses:
        print(f"{guess.score:6.1%}  {guess.word:<20}  {guess.sentence}")


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


def _model_folder(command: Command, run: str) -> Path:
    if _RUN_NAME.fullmatch(run) and (command.places.run(run) / "model").is_dir():
        return command.places.run(run) / "model"
    if (Path(run) / "config.json").is_file():
        return Path(run)
    known = sorted(path.parent.name for path in command.places.runs.glob("*/model"))
    raise ConfigError(f"{run}: neither a finished run ({', '.join(known) or 'none yet'}) nor the folder of a model")


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))
