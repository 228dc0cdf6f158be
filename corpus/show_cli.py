"""Commands that show a corpus: corpus list, config, preview, verify.

In: the command line. Out: one call, its result as lines or JSON, an exit code. corpus/cli.py gives them their names.
Heavy imports stand in the functions.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from corpus.choosing import chosen_corpus, named_corpus
from foundation.command import command_of
from foundation.errors import BrokenRunError
from foundation.places import complete_names, newest_complete

Name = Annotated[str | None, typer.Argument(help="Such as 2026Q4; left out: the newest.")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A YAML file with other thresholds.")]
Overrides = Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE, one threshold; see corpus config.")]


def list_corpora(ctx: typer.Context) -> None:
    """Show the corpora there are.

    Example: tvaerkom corpus list
    """
    from corpus.schema import read_corpus_manifest

    places = command_of(ctx).places
    names = complete_names(places.corpora)
    if not names:
        typer.echo(f"there is no corpus in {places.corpora}; start with: tvaerkom corpus build")
    for name in names:
        manifest = read_corpus_manifest(places.corpus(str(name)))
        typer.echo(
            f"{name!s:20} {manifest.counts['train']:10} train {manifest.counts['validation']:8} validation  "
            f"{manifest.id}"
        )


def show_config(ctx: typer.Context, name: Name = None, config: ConfigFile = None, overrides: Overrides = None) -> None:
    """Show every threshold, what it means, and what its rule removed from a corpus.

    The values are those the corpus was built with; with --config or --set, those of a build with them.
    Example: tvaerkom corpus config 2026Q4
    """
    from corpus.config import config_of, read_corpus_config
    from corpus.schema import read_corpus_manifest
    from corpus.show import config_lines

    command = command_of(ctx)
    newest = newest_complete(command.places.corpora)
    chosen = name or (str(newest) if newest else None)
    folder = named_corpus(command, chosen) if chosen else None
    settings = read_corpus_config(config, overrides or [])
    if folder and not config and not overrides:
        settings = config_of(read_corpus_manifest(folder).configuration)
    for line in config_lines(settings, folder):
        typer.echo(line)


def preview(
    ctx: typer.Context,
    name: Name = None,
    config: ConfigFile = None,
    overrides: Overrides = None,
    pages: Annotated[int, typer.Option(min=1, help="Pages of the sample.")] = 500,
) -> None:
    """Show on a sample of pages what other thresholds would add and remove, before a full build.

    They are compared with those of the quarter's corpus, or with the defaults where there is none.
    Example: tvaerkom corpus preview 2026Q4 --set min_words=6
    """
    from corpus.plan import plan_preview
    from corpus.preview import preview as compare
    from corpus.preview import preview_lines

    command = command_of(ctx)
    plan = plan_preview(command, name, config=config, overrides=overrides or [])
    found = compare(plan.snapshot, plan.manifest, plan.corpus, plan.before, plan.after, pages, plan.erasures)
    if command.json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
        return
    for line in preview_lines(found):
        typer.echo(line)


def verify(ctx: typer.Context, name: Name = None) -> None:
    """Check a corpus against its manifest, its tables against each other, and every column for CPR numbers.

    Example: tvaerkom corpus verify 2026Q4
    """
    from corpus.verify import verify_corpus

    command = command_of(ctx)
    folder = chosen_corpus(command, name)
    if complaints := verify_corpus(folder):
        raise BrokenRunError("\n".join(complaints[:40]))
    typer.echo(f"{folder.name}: every file is as built, and the tables agree")
