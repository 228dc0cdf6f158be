"""Commands of the corpus stage: corpus build; those that show a corpus stand in show_cli.py.

In: the command line. Out: one call, a short result, an exit code. Heavy imports stand in the functions.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from corpus import show_cli
from corpus.inspection import figures_cli
from corpus.querying import sql_cli
from corpus.report import report_cli
from corpus.show_cli import ConfigFile, Name, Overrides
from corpus.tracing import trace_cli
from foundation.command import command_of
from foundation.errors import NeedsPersonError

app = typer.Typer()
corpus_app = typer.Typer(help="Build a corpus from a snapshot; show and verify it.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")
corpus_app.command("list")(show_cli.list_corpora)
corpus_app.command("config")(show_cli.show_config)
corpus_app.command("preview")(show_cli.preview)
corpus_app.command("sql")(sql_cli.sql)
corpus_app.command("stats")(figures_cli.stats)
corpus_app.command("report")(report_cli.report)
corpus_app.command("compare")(figures_cli.compare)
corpus_app.command("trace")(trace_cli.trace)
corpus_app.command("verify")(show_cli.verify)


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
    exclude: Annotated[
        list[Path] | None,
        typer.Option(help="Evaluation texts, a line each or JSON lines; nothing near them is taken in."),
    ] = None,
) -> None:
    """Build a corpus from the published snapshot of that quarter. Typed again after an interruption it goes on.

    A trial such as 2026Q4-min6 takes the snapshot of that name, or else that of its quarter.
    Example: tvaerkom corpus build 2026Q4-min6 --set min_words=6
    """
    from corpus.workers import Workers

    command = command_of(ctx)
    with Workers(workers) as pool:
        if not warc:
            pool.start("corpus.site_build")  # they load their libraries while this process loads its own
        from corpus.build import build as build_corpus
        from corpus.plan import plan_build
        from corpus.stats import damage_lines, read_statistics

        plan = plan_build(
            command, name, config=config, overrides=overrides or [], warc=warc or [], exclude=exclude or [],
            workers=workers,
        )  # fmt: skip
        manifest = build_corpus(plan, pool)
    folder = command.places.corpus(manifest.name)
    advice = f"warcio check {' '.join(map(str, warc))}" if warc else f"tvaerkom snapshot verify {plan.snapshot.name}"
    damage = damage_lines(read_statistics(folder), advice)
    if command.json:
        typer.echo(json.dumps(asdict(manifest) | {"needs_person": damage}, ensure_ascii=False, indent=2))
    else:
        typer.echo(
            f"{manifest.name}: {manifest.counts['train']} training and {manifest.counts['validation']} validation "
            f"sentences of {manifest.counts['documents']} documents in {folder}; "
            f"next: tvaerkom corpus stats {manifest.name}, tvaerkom train {manifest.name}"
        )
    if damage:
        raise NeedsPersonError("\n".join(damage))
