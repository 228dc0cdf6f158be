"""The command `corpus report`.

In: the command line. Out: one file, and where it is. Heavy imports stand in the function.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from corpus.choosing import chosen_corpus
from foundation.command import command_of
from foundation.errors import ConfigError

LANGUAGES = ("da", "en")


def report(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Such as 2026Q4; left out: the newest.")] = None,
    tokenizer: Annotated[
        str | None, typer.Option(help="Count tokens too: a folder with tokenizer.json, or a name on the hub.")
    ] = None,
    figures: Annotated[Path | None, typer.Option(help="Also write its pictures for a paper (SVG, PDF) there.")] = None,
    language: Annotated[str, typer.Option(help="Of those pictures: da or en.")] = "en",
) -> None:
    """Write a report that anybody can read: one HTML file, which opens from disk and asks no network.

    Change since the quarter before, what needs somebody, every site, and what was left out and why. In Danish, with a
    switch to English.
    Example: tvaerkom corpus report 2026Q4
    """
    if language not in LANGUAGES:
        raise ConfigError(f"--language {language}: choose one of {', '.join(LANGUAGES)}")
    if figures is not None and figures.exists() and not figures.is_dir():
        raise ConfigError(f"--figures {figures}: this is a file; name a folder")
    from corpus.inspection.connection import stoppable
    from corpus.report.making import Figures, make_report
    from crawler.snapshot import registered_sites

    command = command_of(ctx)
    if figures is not None and command.places.keeps(figures):
        raise ConfigError(f"--figures {figures}: only tvaerkom writes there; give another place")
    corpus = chosen_corpus(command, name)
    registered = registered_sites(command.register, command.settings.sites)
    wanted = Figures(folder=figures, language=language) if figures else None
    path, *drawn = stoppable(
        lambda: make_report(command.places, corpus, registered, tokenizer=tokenizer, figures=wanted)
    )
    if command.json:
        typer.echo(json.dumps({"report": str(path), "figures": [str(each) for each in drawn]}, ensure_ascii=False))
        return
    typer.echo(f"{path} ({path.stat().st_size / 1e6:.1f} MB); open it in a browser")
    if drawn:
        typer.echo(f"{len(drawn)} pictures in {figures}")
