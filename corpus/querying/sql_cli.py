"""The command corpus sql: a question in SQL to all quarters.

In: the command line. Out: a table that fits the window, CSV, JSON or a file; on standard error, which quarters were
asked. corpus/cli.py gives it its name. Heavy imports stand in the functions.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.command import Command, command_of
from foundation.errors import ConfigError
from foundation.places import Places, complete_names
from foundation.quarters import QuarterName

if TYPE_CHECKING:
    import duckdb


def sql(
    ctx: typer.Context,
    query: Annotated[str | None, typer.Argument(help="A query in DuckDB's SQL; -: on standard input.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Every row as CSV.")] = False,
    output: Annotated[Path | None, typer.Option(help="Every row into this .csv, .parquet or .json file.")] = None,
    views: Annotated[bool, typer.Option("--views", help="The views there are, and their columns.")] = False,
    trials: Annotated[bool, typer.Option("--trials", help="Trials too, such as 2026Q4-min6.")] = False,
) -> None:
    """Ask all corpora and snapshots at once; every table has a column `quarter`.

    Example: tvaerkom corpus sql "select quarter, count(*) from sentences group by all order by all"
    """
    from corpus.inspection.connection import connected, stoppable
    from corpus.querying.quarter_views import add_quarter_views

    command = command_of(ctx)
    if views == (query is not None):
        raise ConfigError("give a query, or --views for what can be asked; how: docs/how-to/query-corpora.md")
    if as_csv + command.json + (output is not None) > 1:
        raise ConfigError("give one of --csv, --json and --output")
    text = sys.stdin.read() if query == "-" else query
    places = command.places
    corpora, snapshots = _names(places.corpora, trials=trials), _names(places.snapshots, trials=trials)
    if text is not None:
        _say_what_is_asked(command, corpora, snapshots)

    def answer() -> None:
        add_quarter_views(connection, places, corpora, snapshots)
        connection.execute("set lock_configuration = true")
        if text is None:
            _show_views(connection, as_json=command.json)
        elif output is not None:
            _write(connection, text, places, output)
        else:
            _show(connection, text, command, as_csv=as_csv)

    with connected(places.spilled) as connection, _until_nobody_reads():
        stoppable(answer)


def _names(folder: Path, *, trials: bool) -> list[QuarterName]:
    return [name for name in complete_names(folder) if trials or not name.is_trial]


def _say_what_is_asked(command: Command, corpora: Sequence[QuarterName], snapshots: Sequence[QuarterName]) -> None:
    folder = command.places.corpora
    if not corpora:
        hint = "; with --trials there is one" if complete_names(folder) else "; see: tvaerkom status"
        raise ConfigError(f"there is no corpus in {folder}{hint}")
    if not command.quiet:
        others = "" if list(corpora) == list(snapshots) else f"; snapshots {', '.join(map(str, snapshots)) or 'none'}"
        typer.echo(f"corpora {', '.join(map(str, corpora))}{others}", err=True)


@contextmanager
def _until_nobody_reads() -> Iterator[None]:
    """`... | head` has enough before the end, which is no error."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it ends


def _show_views(connection: "duckdb.DuckDBPyConnection", *, as_json: bool) -> None:
    from dataclasses import asdict

    from corpus.querying.quarter_views import described_views

    found = list(described_views(connection))
    if as_json:
        typer.echo(json.dumps([asdict(view) for view in found], ensure_ascii=False, indent=2))
        return
    typer.echo("A row of each view is:")
    for view in found:
        typer.echo(f"\n{view.name}: {view.meaning}")
        typer.echo("  " + ", ".join(f"{name} {kind}" for name, kind in view.columns.items()))


def _write(connection: "duckdb.DuckDBPyConnection", query: str, places: Places, output: Path) -> None:
    from corpus.querying.queries import write_answer

    number = write_answer(connection, query, places, output)
    typer.echo(f"{number} rows in {output}")


def _show(connection: "duckdb.DuckDBPyConnection", query: str, command: Command, *, as_csv: bool) -> None:
    from rich.console import Console

    from corpus.querying.answers import show, write_csv, write_json
    from corpus.querying.queries import asked

    with asked(connection, query, command.places) as answer:
        if as_csv or command.json:
            (write_csv if as_csv else write_json)(answer, sys.stdout)
        elif remark := show(answer, Console(highlight=False)):
            typer.echo(remark)
