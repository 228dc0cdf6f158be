"""Commands of the crawl stage: init, sites, crawl, snapshot.

In: the command line. Out: one call, a short result, an exit code. Heavy imports stand in the functions.
"""

import datetime
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from foundation.command import Command, command_of
from foundation.errors import BrokenRunError, ConfigError, NeedsPersonError
from foundation.places import names_below, newest_complete
from foundation.quarters import parse_quarter, quarter_of

app = typer.Typer()
snapshot_app = typer.Typer(help="Show, verify and publish what was crawled.", no_args_is_help=True)
app.add_typer(snapshot_app, name="snapshot")
Quarter = Annotated[str | None, typer.Argument(help="Such as 2026Q4; or 2026Q4-try for a trial.")]


@app.command()
def init(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option(help="The organisation that crawls.")] = None,
    contact: Annotated[str | None, typer.Option(help="An e-mail address for webmasters.")] = None,
    page: Annotated[str | None, typer.Option(help="A web page about the crawl.")] = None,
) -> None:
    """Write tvaerkom.yaml in this folder, and say what the machine can do.

    Example: tvaerkom init --name "Nordby Kommune" --contact data@nordby.example
    """
    from crawler.initial import check_machine, write_user_settings

    path = Path.cwd() / "tvaerkom.yaml"
    if not path.exists():
        name = name or typer.prompt("The organisation that crawls")
        contact = contact or typer.prompt("An e-mail address that webmasters can write to")
    typer.echo(write_user_settings(path, name=name, contact=contact, page=page))
    for line in check_machine(command_of(ctx).places.data):
        typer.echo(line)
    typer.echo("next: tvaerkom demo, or a first real site: tvaerkom crawl "
               f"{quarter_of(datetime.date.today())}-try --only sønderborg")  # fmt: skip


@app.command()
def sites(ctx: typer.Context) -> None:
    """Show the register: each site, its seed, and whether it is crawled.

    Example: tvaerkom sites
    """
    from crawler.register import read_register

    command = command_of(ctx)
    register = read_register(command.register, command.settings.sites)
    if command.json:
        listed = [asdict(site) | {"hosts": sorted(site.hosts)} for site in register.sites]
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for site in register.sites:
        note = "" if site.crawl else f"   not crawled: {site.reason}"
        note += "" if site.has_known_prefix else "   no current path known; tried by its former ones"
        typer.echo(f"{site.id:34} {site.name:30} {site.seeds[0]}{note}")
    crawled = sum(site.crawl for site in register.sites)
    typer.echo(f"{crawled} of {len(register.sites)} sites are crawled; --all crawls the others too")


@app.command()
def crawl(
    ctx: typer.Context,
    quarter: Quarter = None,
    only: Annotated[str | None, typer.Option(help="Sites by id, name or host, with commas between.")] = None,
    all_sites: Annotated[bool, typer.Option("--all", help="Also sites marked crawl: false.")] = False,
) -> None:
    """Crawl the sites of a quarter into WARC archives; typed again it goes on where it was.

    Without a quarter: the one that is unfinished, else today's.
    Example: tvaerkom crawl 2026Q4-try --only sønderborg
    """
    from crawler.plan import plan_crawl, run_crawl

    command = command_of(ctx)
    name = quarter or _unfinished(command) or str(quarter_of(datetime.date.today()))
    plan = plan_crawl(command, name, only=[part for part in (only or "").split(",") if part], include_all=all_sites)
    if quarter is None:
        typer.echo(f"quarter {name}")
    results = run_crawl(plan)
    pages = sum(result.totals.num_pages for result in results)
    typer.echo(f"{name}: {pages} pages of {len(results)} sites archived in {plan.snapshot}")
    troubled = [result for result in results if result.state != "complete"]
    for result in troubled:
        typer.echo(f"  {result.site.name}: {result.state}: {result.reason}", err=True)
    if pages == 0:
        raise BrokenRunError("no site gave a page; is the network there? Type the same command to try again")
    typer.echo(f"next: tvaerkom snapshot publish {name}")
    if troubled:
        raise typer.Exit(3)


@snapshot_app.command("list")
def list_snapshots(ctx: typer.Context) -> None:
    """Show the snapshots there are, with their sizes.

    Example: tvaerkom snapshot list
    """
    places = command_of(ctx).places
    for name in names_below(places.snapshots):
        folder = places.snapshot(str(name))
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        state = "published" if (folder / "manifest.json").exists() else "not published"
        typer.echo(f"{name!s:20} {state:14} {size / 1e6:10.1f} MB  {folder}")


@snapshot_app.command()
def status(ctx: typer.Context, quarter: Quarter = None) -> None:
    """Show how each site of a quarter stands, published or not.

    Example: tvaerkom snapshot status 2026Q4
    """
    from crawler.plan import site_states

    command = command_of(ctx)
    for line in site_states(command, quarter or _newest(command)):
        typer.echo(line)


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
    name = quarter or _unfinished(command)
    if name is None:
        raise ConfigError("no crawl waits to be published; which quarter do you mean?")
    manifest = publish_crawl(command, name)
    typer.echo(f"{name}: published as {manifest.id}; next: tvaerkom corpus build {name}")
    if any(site.state not in ("complete", "empty") for site in manifest.sites):
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


def _unfinished(command: Command) -> str | None:
    names = [name for name in names_below(command.places.snapshots)
             if not (command.places.snapshot(str(name)) / "manifest.json").exists()]  # fmt: skip
    return str(max(names)) if names else None
