"""`tvaerkom site`: what was done at one site and is held of it, on the terminal or as a letter in Danish to its owner.

In: a site, and what crawls, corpora and runs say of it. Out: visits or requests on standard output, or one file that
can be sent as it is. A sequence of the stages' own functions, like workflows.py; heavy imports stand in the functions.
"""

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.command import Command, command_of
from foundation.errors import ConfigError
from foundation.files import written_aside
from foundation.places import complete_names

if TYPE_CHECKING:
    from crawler.register import Register, Site

app = typer.Typer()
SUFFIXES = (".html", ".md", ".txt")


@app.callback()
def _commands() -> None:
    """Without a callback Typer makes no group of one command."""


@app.command()
def site(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="SITE", help="An id (0540), a name (sønderborg) or a host.")],
    requests: Annotated[bool, typer.Option("--requests", help="Every request, in order.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Every request as CSV.")] = False,
    quarter: Annotated[str | None, typer.Option(help="Only this quarter, such as 2026Q4.")] = None,
    letter: Annotated[
        Path | None, typer.Option(help="Write a letter in Danish to its owner: FILE.html, .md or .txt.", metavar="FILE")
    ] = None,
) -> None:
    """Show exactly what was done at one site: when, how often, with what pauses, and what was left alone.

    For a webmaster who asks. Times are local; in CSV and JSON they are in UTC. A letter also says what the corpora and
    models hold of the site, where personal data was found, and how to object; a file of that name is written over.
    Example: tvaerkom site sønderborg --letter brev.html
    """
    from crawler.site_cli import show_requests, show_visits, visited_site

    command = command_of(ctx)
    if letter is not None:
        if requests or as_csv or quarter:
            raise ConfigError("--letter tells of all quarters, and of requests as a sum: give it alone")
        _checked(command, letter)
    found = visited_site(command, name, quarter)
    if letter is not None:
        _write_letter(command, found.register, found.site, found.quarters, letter)
    elif requests or as_csv:
        show_requests(command, found, as_csv=as_csv)
    else:
        show_visits(command, found)


def _checked(command: Command, path: Path) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"--letter {path}: the name has to end in one of {', '.join(SUFFIXES)}")
    if path.is_dir():
        raise ConfigError(f"--letter {path}: this is a folder; name a file")
    if command.places.keeps(path):
        raise ConfigError(f"--letter {path}: only tvaerkom writes there; give a place outside {command.places.data}")


def _write_letter(command: Command, register: "Register", site: "Site", quarters: Sequence[str], path: Path) -> None:
    from corpus.inspection.site_holdings import site_holdings
    from corpus.schema import read_corpus_manifest
    from crawler.snapshot import read_snapshot_manifest
    from crawler.telling.visits import visit_of
    from letters.contents import PLACEHOLDER, Known, letter_of
    from letters.page import letter_as_html, letter_as_markdown
    from training.site_runs import site_runs

    places, operator = command.places, command.settings.operator
    holdings = site_holdings(places, site.id)
    snapshots = [read_snapshot_manifest(places.snapshot(str(name))) for name in complete_names(places.snapshots)]
    corpora = [read_corpus_manifest(places.corpus(str(name))) for name in complete_names(places.corpora)]
    known = Known(
        register=register, site=site, operator=operator, holdings=holdings,
        visits=[visit_of(places, register, site, quarter) for quarter in quarters],
        runs=site_runs(places, [each.corpus for each in holdings if each.num_sentences]),
        is_archived=any(
            each.site == site.id and each.num_captures
            for snapshot in snapshots if snapshot.pruned is None for each in snapshot.sites
        ),
        is_erased=any(each.erasures for each in snapshots) or any(each.erasures for each in corpora),
    )  # fmt: skip
    letter = letter_of(known, datetime.date.today())
    text = letter_as_html(letter) if path.suffix.lower() == ".html" else letter_as_markdown(letter)
    is_there = path.exists()
    try:
        with written_aside(path) as aside:
            aside.touch(mode=0o600)  # it tells where personal data lies open
            aside.write_text(text, encoding="utf-8")
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise ConfigError(f"--letter {path}: cannot be written ({error.strerror})") from None
    if operator is None:
        typer.echo(
            f"tvaerkom.yaml names nobody who crawls, so the letter says {PLACEHOLDER}; fill it in, or say who with: "
            "tvaerkom init", err=True,
        )  # fmt: skip
    _tell(command, site, path, is_there=is_there)


def _tell(command: Command, site: "Site", path: Path, *, is_there: bool) -> None:
    if command.json:
        typer.echo(json.dumps({"site": site.id, "letter": str(path)}, ensure_ascii=False))
    else:
        typer.echo(f"{path}: the letter to {site.official_name}{' (written over an earlier file)' if is_there else ''}")
