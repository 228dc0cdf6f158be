"""The commands `tvaerkom evaluate` and `tvaerkom fill`: what models guess, side by side.

In: what the user typed. Out: one call into the stage, and its tables, lines or JSON. Heavy imports stand in the
functions.
"""

import enum
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from foundation.command import Command, command_of
from foundation.errors import ConfigError
from foundation.places import newest_complete
from foundation.printing import printable, printable_json
from foundation.quarters import parse_quarter

app = typer.Typer(no_args_is_help=True)


class Format(enum.StrEnum):
    """How tables are written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    LATEX = "latex"
    JSON = "json"


@app.command()
def evaluate(
    ctx: typer.Context,
    models: Annotated[list[str], typer.Argument(help="Runs, folders of models, or Hugging Face names.")],
    on: Annotated[str | None, typer.Option(help="The corpus; without it the newest published one.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How the tables are written.")] = Format.TEXT,
    sentences: Annotated[int | None, typer.Option(min=1, help="Sentences of each set; without it all.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Compare models on sentences kept apart: how well they guess hidden words, and what they cost.

    Untrained bases may stand beside runs; a run beside its base is shown for each municipality and KL area, too.
    Control sets (training: controls: in tvaerkom.yaml) show what a run forgot.

    Example: tvaerkom evaluate 2026Q4-published NbAiLab/nb-bert-base xlm-roberta-base --format markdown
    """
    from training.extra import require_training_extra

    require_training_extra()
    from training.devices import choose_device
    from training.evaluation.bench import Question
    from training.evaluation.candidates import find_candidate
    from training.evaluation.comparing import compare

    command = command_of(ctx)
    question = Question(
        corpus_folder=_corpus(command, on), cache=command.places.cache, controls=command.settings.training.controls,
        num_sentences=sentences, device=choose_device(device),
    )  # fmt: skip
    comparison = compare([find_candidate(command.places, name) for name in models], question)
    for warning in comparison.warnings:
        typer.echo(printable(warning), err=True)
    typer.echo(_written(comparison, Format.JSON if command.json else form))


@app.command()
def fill(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(help="A run, the folder of a model, or a Hugging Face name.")],
    text: Annotated[str, typer.Argument(help="A sentence with [MASK] where a word is to be guessed.")],
    top: Annotated[int, typer.Option(min=1, max=100, help="How many guesses.")] = 5,
) -> None:
    """Let a model guess the word behind [MASK]; a run beside the base it began from.

    Example: tvaerkom fill 2026Q4-published "Borgeren kan [MASK] om hjælp."
    """
    from training.extra import require_training_extra

    require_training_extra()
    from training.evaluation.candidates import find_candidate
    from training.evaluation.fill import answer_lines, fill_side_by_side

    command = command_of(ctx)
    asked = find_candidate(command.places, run)
    if asked.warning:
        typer.echo(printable(asked.warning), err=True)
    answers = fill_side_by_side(command.places, asked, text, top)
    if command.json:
        typer.echo(_json(asdict(answers)))
        return
    if answers.why_alone:
        typer.echo(printable(f"without its base: {answers.why_alone}"), err=True)
    for line in answer_lines(answers):
        typer.echo(printable(line))


def _corpus(command: Command, name: str | None) -> Path:
    if name is not None:
        folder = command.places.corpus(str(parse_quarter(name)))
        if not folder.is_dir():
            raise ConfigError(f"--on {name}: there is no such corpus; run: tvaerkom corpus list")
        return folder
    newest = newest_complete(command.places.corpora)
    if newest is None:
        raise ConfigError(f"{command.places.corpora}: no corpus to evaluate on; run: tvaerkom corpus build")
    typer.echo(f"evaluating on the newest corpus, {newest}", err=True)
    return command.places.corpus(str(newest))


def _written(comparison: Any, form: Format) -> str:
    from training.evaluation.comparison_tables import tables_of
    from training.evaluation.table import as_latex, as_markdown, as_text

    if form is Format.JSON:
        return _json(asdict(comparison))
    first, *others = tables_of(comparison)
    write = {Format.TEXT: as_text, Format.MARKDOWN: as_markdown, Format.LATEX: as_latex}[form]
    tables = [first if form is Format.MARKDOWN else first.turned(), *others]  # a page of paper is narrow, too
    return "\n\n".join(map(write, tables))


def _json(value: Any) -> str:
    return printable_json(json.dumps(value, ensure_ascii=False, indent=2))
