"""Commands that show, verify and publish snapshots.

In: the command line. Out: one call, a short result, an exit code. Heavy imports stand in the functions.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from foundation.command import Command, command_of
from foundation.errors import BrokenRunError, ConfigError, NeedsPersonError
from foundation.manifests import is_complete
from foundation.places import names_below, newest_complete, newest_unfinished
from foundation.quarters import parse_quarter

snapshot_app = typer.Typer(help="Show, verify and publish what was crawled.", no_args_is_help=True)
Quarter = Annotated[str | None, typer.Argument(help="Such as 2026Q4; or 2026Q4-try for a trial.")]


@snapshot_app.command("list")
def list_snapshots(ctx: typer.Context) -> None:
    """Show the snapshots there are, with their sizes.

    Example: tvaerkom snapshot list
    """
    places = command_of(ctx).places
    found: list[dict[str, Any]] = []
    for name in names_below(places.snapshots):
        folder = places.snapshot(str(name))
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        found.append({"name": str(name), "published": is_complete(folder), "bytes": size, "folder": str(folder)})
    if command_of(ctx).json:
        typer.echo(json.dumps(found, indent=2))
        return
    for each in found:
        state = "published" if each["published"] else "not published"
        typer.echo(f"{each['name']:20} {state:14} {each['bytes'] / 1e6:10.1f} MB  {each['folder']}")


@snapshot_app.command()
def status(ctx: typer.Context, quarter: Quarter = None) -> None:
    """Show how each site of a quarter stands, published or not; may be typed while a crawl runs.

    Without a quarter: the one that is unfinished, else the newest.
    Example: tvaerkom snapshot status 2026Q4
    """
    from crawler.plan import site_standings

    command = command_of(ctx)
    unfinished = newest_unfinished(command.places.snapshots)
    standings = site_standings(command, quarter or (str(unfinished) if unfinished else _newest(command)))
    if command.json:
        typer.echo(json.dumps([asdict(each) for each in standings], ensure_ascii=False, indent=2))
        return
    for each in standings:
        typer.echo(
            f"{each.site:34} {each.name:30} {each.state:14} {each.num_pages:6} pages {each.waiting:6} waiting "
            f"{each.failed:5} failed {each.excluded:5} excluded{f'  {each.reason}' if each.reason else ''}"
        )


@snapshot_app.command()
def show(ctx: typer.Context, quarter: Quarter = None) -> None:
    """Show what a published snapshot holds.

    Example: tvaerkom snapshot show 2026Q4
    """
    from crawler.snapshot import read_snapshot_manifest

    command = command_of(ctx)
    manifest = read_snapshot_manifest(_folder(command, quarter or _newest(command)))
    if command.json:
        typer.echo(json.dumps(asdict(manifest), ensure_ascii=False, indent=2))
        return
    typer.echo(f"{manifest.id}, revision {manifest.revision}, {len(manifest.files)} files")
    for site in manifest.sites:
        reason = f"  {site.reason}" if site.reason else ""
        typer.echo(f"{site.site:34} {site.name:30} {site.num_pages:7} pages  {site.state}{reason}")


@snapshot_app.command()
def verify(ctx: typer.Context, quarter: Quarter = None) -> None:
    """Compare every file of a published snapshot with its recorded sha256.

    Example: tvaerkom snapshot verify 2026Q4
    """
    from crawler.snapshot import verify as verify_snapshot

    command = command_of(ctx)
    name = quarter or _newest(command)
    complaints = verify_snapshot(_folder(command, name))
    if complaints:
        raise BrokenRunError("\n".join(complaints))
    typer.echo(f"{name}: every file is as published")


@snapshot_app.command()
def publish(ctx: typer.Context, quarter: Quarter = None) -> None:
    """Make a crawl complete: name its files with their sha256, so that a corpus can be built from it.

    Example: tvaerkom snapshot publish 2026Q4
    """
    from crawler.plan import publish_crawl

    command = command_of(ctx)
    unfinished = newest_unfinished(command.places.snapshots)
    name = quarter or (str(unfinished) if unfinished else None)
    if name is None:
        raise ConfigError("no crawl waits to be published; which quarter do you mean?")
    manifest = publish_crawl(command, name)
    if command.json:
        typer.echo(json.dumps(asdict(manifest), ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{name}: published as {manifest.id}; next: tvaerkom corpus build {name}")
    if any(site.needs_person for site in manifest.sites):
        raise NeedsPersonError("some sites are not complete; see: tvaerkom snapshot status " + name)


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
