"""Commands of the corpus stage: corpus build, list, config, stats, verify.

In: the command line. Out: one call, a short result, an exit code. Heavy imports stand in the functions.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from foundation.command import Command, command_of
from foundation.errors import BrokenRunError, ConfigError
from foundation.places import complete_names, newest_complete
from foundation.quarters import parse_quarter

app = typer.Typer()
corpus_app = typer.Typer(help="Build a corpus from a snapshot; show and verify it.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")
Name = Annotated[str | None, typer.Argument(help="Such as 2026Q4; left out: the newest.")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A YAML file with other thresholds.")]
Overrides = Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE, one threshold; see corpus config.")]


@app.callback()
def _group() -> None:
    """Keeps `corpus` a group of its own."""


@corpus_app.command()
def build(
    ctx: typer.Context,
    name: Name = None,
    config: ConfigFile = None,
    overrides: Overrides = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes; the result does not depend on it.")] = os.cpu_count()
    or 1,
    warc: Annotated[list[Path] | None, typer.Option(help="Build from these WARC files instead of a snapshot.")] = None,
) -> None:
    """Build a corpus from the published snapshot of that quarter. Typed again after an interruption it goes on.

    A trial such as 2026Q4-min6 takes the snapshot of that name, or else that of its quarter.
    Example: tvaerkom corpus build 2026Q4-min6 --set min_words=6
    """
    from corpus.build import build as build_corpus
    from corpus.plan import plan_build

    command = command_of(ctx)
    plan = plan_build(command, name, config=config, overrides=overrides or [], warc=warc or [], workers=workers)
    manifest = build_corpus(plan)
    quarter = plan.name
    if command.json:
        typer.echo(json.dumps(asdict(manifest), ensure_ascii=False, indent=2))
        return
    typer.echo(
        f"{quarter}: {manifest.counts['train']} training and {manifest.counts['validation']} validation sentences of "
        f"{manifest.counts['documents']} documents in {command.places.corpus(str(quarter))}; "
        f"next: tvaerkom corpus stats {quarter}, tvaerkom train {quarter}"
    )


@corpus_app.command("list")
def list_corpora(ctx: typer.Context) -> None:
    """Show the corpora there are.

    Example: tvaerkom corpus list
    """
    from corpus.schema import read_corpus_manifest

    places = command_of(ctx).places
    for name in complete_names(places.corpora):
        manifest = read_corpus_manifest(places.corpus(str(name)))
        typer.echo(
            f"{name!s:20} {manifest.counts['train']:10} train {manifest.counts['validation']:8} validation  "
            f"{manifest.id}"
        )


@corpus_app.command("config")
def show_config(ctx: typer.Context, name: Name = None, config: ConfigFile = None, overrides: Overrides = None) -> None:
    """Show every threshold, what it means, and what its rule removed from a corpus.

    The values are those the corpus was built with; with --config or --set, those of a build with them.
    Example: tvaerkom corpus config 2026Q4
    """
    from corpus.config import CorpusConfig, read_corpus_config
    from corpus.schema import read_corpus_manifest
    from corpus.show import config_lines

    command = command_of(ctx)
    newest = newest_complete(command.places.corpora)
    chosen = name or (str(newest) if newest else None)
    folder = _folder(command, chosen) if chosen else None
    settings = read_corpus_config(config, overrides or [])
    if folder and not config and not overrides:
        settings = CorpusConfig.model_validate(read_corpus_manifest(folder).configuration)
    for line in config_lines(settings, folder):
        typer.echo(line)


@corpus_app.command()
def stats(ctx: typer.Context, name: Name = None) -> None:
    """Show what a corpus holds and what was left out: by split, reason and site.

    Example: tvaerkom corpus stats 2026Q4
    """
    from corpus.show import statistics_lines
    from corpus.stats import read_statistics

    command = command_of(ctx)
    folder = _folder(command, name or _newest(command.places.corpora, "corpus"))
    statistics = read_statistics(folder)
    if command.json:
        typer.echo(json.dumps(statistics, ensure_ascii=False, indent=2))
        return
    for line in statistics_lines(folder, statistics):
        typer.echo(line)


@corpus_app.command()
def verify(ctx: typer.Context, name: Name = None) -> None:
    """Check a corpus against its manifest, its tables against each other, and every column for CPR numbers.

    Example: tvaerkom corpus verify 2026Q4
    """
    from corpus.verify import verify_corpus

    command = command_of(ctx)
    folder = _folder(command, name or _newest(command.places.corpora, "corpus"))
    if complaints := verify_corpus(folder):
        raise BrokenRunError("\n".join(complaints[:40]))
    typer.echo(f"{folder.name}: every file is as built, and the tables agree")


def _folder(command: Command, name: str) -> Path:
    folder = command.places.corpus(str(parse_quarter(name)))
    if not folder.is_dir():
        there = ", ".join(map(str, complete_names(command.places.corpora))) or "none"
        raise ConfigError(f"there is no corpus {name} in {command.places.corpora} (there: {there})")
    return folder


def _newest(folder: Path, kind: str) -> str:
    name = newest_complete(folder)
    if name is None:
        raise ConfigError(f"there is no {kind} in {folder}; see: tvaerkom status")
    typer.echo(f"{kind} {name}", err=True)
    return str(name)
