"""Commands that show, verify and publish snapshots.

In: the command line. Out: one call, a short result, an exit code. Heavy imports stand in the functions.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from foundation.command import Command, command_of
from foundation.errors import BrokenRunError, ConfigError, NeedsPersonError
from foundation.places import names_below, newest_complete, newest_unfinished
from foundation.quarters import parse_quarter

snapshot_app = typer.Typer(help="Show, verify and publish what was crawled.", no_args_is_help=True)
Quarter = Annotated[str | None, typer.Argument(help="Such as 2026Q4; or 2026Q4-try for a trial.")]


@snapshot_app.command("list")
def list_snapshots(ctx: typer.Context) -> None:
    """Show the snapshots there are: sizes, and what depends on what.

    Example: tvaerkom snapshot list
    """
    from crawler.telling.holdings import holdings

    command = command_of(ctx)
    found = holdings(command.places, names_below(command.places.snapshots))
    if command.json:
        typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2))
        return
    for each in found:
        state = "not published" if not each.is_published else f"pruned {each.pruned}" if each.pruned else "published"
        sizes = f"archive {each.archive_bytes / 1e6:10.1f} MB  tables {each.table_bytes / 1e6:8.1f} MB"
        needed = f"  needed by {', '.join(each.needed_by)}" if each.needed_by else ""
        typer.echo(f"{each.name:20} {state:18} {sizes}  {each.folder}{needed}")


@snapshot_app.command()
def prune(
    ctx: typer.Context,
    quarter: Quarter = None,
    keep: Annotated[int, typer.Option(min=1, help="How many newest quarters keep their archives.")] = 2,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; remove nothing.")] = False,
) -> None:
    """Remove raw archives (WARC files) that are older than the current and the last quarter.

    Tables, outcomes and corpora stay. What a later quarter needs was copied into it when it was published. With a
    quarter: the archive of that one. `tvaerkom quarter` does this by itself.
    Example: tvaerkom snapshot prune --dry-run
    """
    from crawler.pruning import overdue
    from crawler.pruning import prune as prune_archives

    command = command_of(ctx)
    due = overdue(command.places, keep)
    names = [str(parse_quarter(quarter))] if quarter else [each.quarter for each in due]
    if not dry_run:
        prune_archives(command.places, names)
    if command.json:
        typer.echo(json.dumps({"pruned": [] if dry_run else names, "due": [asdict(each) for each in due]}, indent=2))
        return
    sizes = {each.quarter: f" ({each.num_files} files, {each.num_bytes / 1e6:.1f} MB)" for each in due}
    for name in names:
        typer.echo(f"{name}: its raw archive {'would go' if dry_run else 'is removed'}{sizes.get(name, '')}")
    if not names:
        typer.echo("nothing to prune")


@snapshot_app.command()
def status(
    ctx: typer.Context,
    quarter: Quarter = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again and again, until Ctrl-C.")] = False,
) -> None:
    """Show how each site of a quarter stands, published or not; may be typed while a crawl runs.

    Without a quarter: the one that is unfinished, else the newest. Exit code 1: the working state of a site is damaged.
    Example: tvaerkom snapshot status 2026Q4 --watch
    """
    import time

    from rich.console import Console

    from crawler.telling import status_view
    from crawler.telling.standing import DAMAGED, quarter_standings

    command = command_of(ctx)
    if watch and command.json:
        raise ConfigError("--watch is for people to look at; leave out --json, or type the command again and again")
    unfinished = newest_unfinished(command.places.snapshots)
    name = quarter or (str(unfinished) if unfinished else _newest(command))
    console = Console()
    if watch:
        standings = status_view.watch(lambda: quarter_standings(command, name, time.time()), console)
    else:
        standings = quarter_standings(command, name, time.time())
    if command.json:
        typer.echo(json.dumps([asdict(each) for each in standings], ensure_ascii=False, indent=2))
    elif not watch:
        status_view.show(standings, console)
    if damaged := [str(each.reason) for each in standings if each.state == DAMAGED]:
        raise BrokenRunError("\n".join(damaged))


@snapshot_app.command()
def show(ctx: typer.Context, quarter: Quarter = None) -> None:
    """Show what a published snapshot holds, and what became of the pages since last quarter.

    Example: tvaerkom snapshot show 2026Q4
    """
    from collections import Counter

    from crawler.snapshot import read_snapshot_manifest
    from crawler.telling.freshness import site_lines

    command = command_of(ctx)
    manifest = read_snapshot_manifest(_folder(command, quarter or _newest(command)))
    if command.json:
        typer.echo(json.dumps(asdict(manifest), ensure_ascii=False, indent=2))
        return
    follows = f", compared with {manifest.follows}" if manifest.follows else ""
    pruned = f", raw archive removed {manifest.pruned}" if manifest.pruned else ""
    typer.echo(f"{manifest.id}, revision {manifest.revision}, {len(manifest.files)} files{follows}{pruned}")
    total: Counter[str] = Counter()
    for site in manifest.sites:
        total.update(site.outcomes)
    typer.echo(", ".join(f"{outcome} {number}" for outcome, number in total.most_common()))
    for line in site_lines(manifest):
        typer.echo(line)


@snapshot_app.command()
def verify(ctx: typer.Context, quarter: Quarter = None) -> None:
    """Compare a published snapshot with its manifest, and each WARC record with the tables, both ways.

    Says what is wrong and where, one sentence each, and ends with exit code 1 then.
    Example: tvaerkom snapshot verify 2026Q4
    """
    from crawler.snapshot import read_snapshot_manifest
    from crawler.snapshot import verify as verify_snapshot
    from foundation.progress import progress

    command = command_of(ctx)
    name = quarter or _newest(command)
    folder = _folder(command, name)
    num_files = len(read_snapshot_manifest(folder).files)
    with progress(f"verify {name}", unit="records") as meter:
        complaints = verify_snapshot(folder, meter)
    checked = f"{num_files} files and {meter.done} WARC records checked"
    if complaints:
        raise BrokenRunError("\n".join([*complaints, f"{name}: {checked}, {len(complaints)} complaints"]))
    typer.echo(f"{name}: every file is as published; {checked}")


@snapshot_app.command()
def publish(
    ctx: typer.Context,
    quarter: Quarter = None,
    accept: Annotated[
        list[str] | None, typer.Option(metavar="SITE", help="Publish this site as it was crawled; may be repeated.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, with --accept; it is put on record.")] = None,
) -> None:
    """Make a crawl complete: name its files with their sha256, so that a corpus can be built from it.

    Of a site that was not crawled whole, or of which much seems gone, last quarter's pages are carried on for one
    quarter. Where more than a tenth of all is so, nothing is published. Exit code 3: some sites need a person.
    Example: tvaerkom snapshot publish 2026Q4 --accept sønderborg --reason "new web site since October"
    """
    from crawler.plan import publish_crawl
    from crawler.telling.freshness import person_lines

    command = command_of(ctx)
    unfinished = newest_unfinished(command.places.snapshots)
    name = quarter or (str(unfinished) if unfinished else None)
    if name is None:
        raise ConfigError("no crawl waits to be published; which quarter do you mean?")
    if accept and not (reason and reason.strip()):
        raise ConfigError("--accept needs --reason: why the site is published although a gate says no")
    if reason and not accept:
        raise ConfigError("--reason needs --accept: which site is it about?")
    manifest = publish_crawl(command, name, accepted=dict.fromkeys(accept or (), reason or ""))
    if command.json:
        typer.echo(json.dumps(asdict(manifest), ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{name}: published as {manifest.id}; next: tvaerkom corpus build {name}")
    if lines := person_lines(manifest):
        raise NeedsPersonError("\n".join(lines))


def _folder(command: Command, quarter: str) -> Path:
    folder = command.places.snapshot(str(parse_quarter(quarter)))
    if not folder.is_dir():
        raise ConfigError(f"there is no snapshot {quarter} in {command.places.snapshots}; see: tvaerkom snapshot list")
    return folder


def _newest(command: Command) -> str:
    name = newest_complete(command.places.snapshots)
    if name is None:
        raise ConfigError(f"there is no published snapshot in {command.places.snapshots}; start with: tvaerkom crawl")
    typer.echo(f"quarter {name}", err=True)
    return str(name)
