"""Commands that count finished corpora: corpus stats, corpus compare.

In: the command line. Out: one call, its result as text, tables or JSON, an exit code. Heavy imports stand in the
functions.
"""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from corpus.choosing import chosen_corpus, named_corpus
from foundation.command import Command, command_of
from foundation.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.inspection.coverage import SiteCoverage
    from corpus.inspection.figures import Figures
    from crawler.snapshot import RegisteredSite

_TEXT = "text"
Name = Annotated[str | None, typer.Argument(help="Such as 2026Q4; left out: the newest.")]


def stats(
    ctx: typer.Context,
    name: Name = None,
    table: Annotated[str | None, typer.Option(help="Only this table, such as sites, regions or dropped.")] = None,
    form: Annotated[str, typer.Option("--format", help="text, markdown, csv or latex.")] = _TEXT,
    tokenizer: Annotated[
        str | None, typer.Option(help="Count tokens too: a folder with tokenizer.json, or a name on the hub.")
    ] = None,
) -> None:
    """Show what a corpus holds and what was left out, by site, region, KL area and reason, and what it lacks.

    Example: tvaerkom corpus stats 2026Q4 --table sites --format csv
    """
    from corpus.inspection.connection import stoppable
    from corpus.inspection.coverage import knows
    from corpus.inspection.measuring import measure
    from corpus.inspection.tables import coverage_table, tables_of
    from corpus.inspection.values import figures_values
    from corpus.inspection.writing import FORMATS
    from crawler.snapshot import registered_sites

    command = command_of(ctx)
    if form not in FORMATS:
        raise ConfigError(f"--format {form}: choose one of {', '.join(FORMATS)}")
    if command.json and (table or form != _TEXT):
        raise ConfigError("--json gives everything at once: leave out --table and --format")
    if form == "csv" and table is None:
        table = "sites"  # a CSV file holds one table
    folder = chosen_corpus(command, name)
    figures = stoppable(lambda: measure(folder, command.places.spilled, tokenizer=tokenizer))
    registered = registered_sites(command.register, command.settings.sites)
    covered = _coverage(command, figures, registered)
    if command.json:
        typer.echo(json.dumps(figures_values(figures, covered), ensure_ascii=False, indent=2))
        return
    tables = {each.name: each for each in (*tables_of(figures), coverage_table(covered)) if each.rows}
    if table is not None and table not in tables:
        raise ConfigError(f"--table {table}: there is no such table, or it has no rows; there are {', '.join(tables)}")
    chosen = [tables[table]] if table else [each for each in tables.values() if each.name not in _LONG]
    typer.echo("\n\n".join(FORMATS[form](each) for each in chosen))
    if table is None and form == _TEXT and "coverage" not in tables:
        typer.echo("\nEvery site of the register is there, fresh and whole." if knows(registered, figures.sites) else
                   "\nThis register does not know the corpus's sites; give theirs with --register.")  # fmt: skip


def compare(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(help="The older corpus, such as 2026Q3.")],
    after: Annotated[str, typer.Argument(help="The newer one, such as 2026Q4.")],
    across_configurations: Annotated[
        bool, typer.Option("--across-configurations", help="Also where their settings differ.")
    ] = False,
) -> None:
    """Show what changed between two corpora, by site: what the sites did, what we did, and where to look.

    A page or sentence counts as changed by its site only where the bytes of the page changed; what our settings or
    software, an erasure, or a duplicate elsewhere changed is told apart.
    Example: tvaerkom corpus compare 2026Q3 2026Q4
    """
    from corpus.comparison.comparing import compare as compare_corpora
    from corpus.comparison.lines import comparison_lines
    from corpus.inspection.connection import stoppable
    from corpus.inspection.values import comparison_values

    command = command_of(ctx)
    folders = [named_corpus(command, each) for each in (before, after)]
    found = stoppable(lambda: compare_corpora(command.places, *folders, across_configurations=across_configurations))
    if command.json:
        typer.echo(json.dumps(comparison_values(found), ensure_ascii=False, indent=2))
        return
    for line in comparison_lines(found):
        typer.echo(line)


_LONG = ("dropped-by-site", "duplicates-by-site")  # shown only when they are asked for


def _coverage(
    command: Command, figures: "Figures", registered: "Sequence[RegisteredSite]"
) -> "list[SiteCoverage]":  # fmt: skip
    from corpus.inspection.coverage import coverage
    from corpus.inspection.sources import snapshot_of
    from corpus.schema import read_corpus_manifest
    from crawler.snapshot import read_snapshot_manifest

    snapshot = snapshot_of(command.places, read_corpus_manifest(command.places.corpus(figures.name)))
    return coverage(figures.sites, registered, read_snapshot_manifest(snapshot).sites if snapshot else ())
