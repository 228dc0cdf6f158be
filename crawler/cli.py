"""Commands of the crawl stage: init and crawl; the others stand in the modules beside it that end in _cli.

In: the command line. Out: one call, a short result, an exit code. Heavy imports stand in the functions.
"""

import datetime
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.sites_cli import sites_app
from crawler.snapshot_cli import Quarter, snapshot_app
from foundation.command import Command, command_of
from foundation.errors import BrokenRunError, ConfigError
from foundation.places import newest_unfinished
from foundation.quarters import quarter_of

if TYPE_CHECKING:
    from crawler.plan_types import CrawlPlan

app = typer.Typer()
app.add_typer(snapshot_app, name="snapshot")
app.add_typer(sites_app)


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
def crawl(
    ctx: typer.Context,
    quarter: Quarter = None,
    only: Annotated[str | None, typer.Option(help="Sites by id, name or host, with commas between.")] = None,
    all_sites: Annotated[bool, typer.Option("--all", help="Also sites marked crawl: false.")] = False,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Divide the sites among so many processes.")] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin the sites of --only anew.")] = False,
    estimate: Annotated[bool, typer.Option("--estimate", help="Say time, disk and memory; do nothing.")] = False,
) -> None:
    """Crawl the sites of a quarter into WARC archives; typed again it goes on where it was.

    Without a quarter: the one that is unfinished, else today's. One process is enough for 102 sites at one page a
    second; several keep what goes wrong with one apart from the others.
    Example: tvaerkom crawl 2026Q4-try --only sønderborg
    """
    from crawler.crawl import crawl as crawl_sites
    from crawler.plan import plan_crawl, set_aside

    command = command_of(ctx)
    today = quarter_of(datetime.date.today())
    name = quarter or str(newest_unfinished(command.places.snapshots) or today)
    plan = plan_crawl(command, name, only=[part for part in (only or "").split(",") if part], include_all=all_sites)
    if estimate:
        _estimate(command, plan, processes)
        return
    if quarter is None:
        typer.echo(f"quarter {name}", err=command.json)
    if fresh:
        if not only:
            raise ConfigError("--fresh needs --only: name the sites that are to begin anew")
        for folder in set_aside(plan):
            typer.echo(f"set aside: {folder}", err=True)
    results = crawl_sites(plan, num_processes=processes)
    pages = sum(result.totals.num_pages for result in results)
    if command.json:
        sites = [
            {"site": each.site, "state": each.state, "reason": each.reason, "doubt": each.doubt} | asdict(each.totals)
            for each in results
        ]
        typer.echo(json.dumps({"quarter": name, "snapshot": str(plan.snapshot), "sites": sites}, ensure_ascii=False))
    else:
        typer.echo(f"{name}: {pages} pages of {len(results)} sites archived in {plan.snapshot}")
        typer.echo(f"next: tvaerkom snapshot publish {name}")
    troubled = [result for result in results if result.state != "complete"]
    for result in troubled:
        typer.echo(f"  {result.name}: {result.state}: {result.reason}", err=True)
    for result in results:
        if result.doubt:
            typer.echo(f"  {result.name}: {result.doubt}", err=True)
    if pages == 0:
        raise BrokenRunError("no site gave a page; is the network there? Type the same command to try again")
    if troubled:
        raise typer.Exit(3)


def _estimate(command: Command, plan: "CrawlPlan", num_processes: int) -> None:
    from crawler.contact.estimate import estimate
    from crawler.contact.estimate_text import estimate_lines

    found = estimate(plan, num_processes=num_processes)
    if command.json:
        more = {"needed_bytes": found.needed_bytes, "has_room": found.has_room}
        typer.echo(json.dumps(asdict(found) | more, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(estimate_lines(found)))
