"""The command `sites`: the register, whether it is in order, and what its hosts say to a first question.

In: the command line. Out: lists, warnings, findings; as text or JSON. Heavy imports stand in the functions.
"""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from foundation.command import Command, command_of
from foundation.errors import ConfigError

sites_app = typer.Typer()


@sites_app.command()
def sites(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Look for mistakes in the files; visits nobody.")] = False,
    probe: Annotated[bool, typer.Option("--probe", help="Ask each host a little: at most 4 requests.")] = False,
    only: Annotated[str | None, typer.Option(help="With --probe: sites by id, name or host.")] = None,
    all_sites: Annotated[bool, typer.Option("--all", help="With --probe: also sites marked crawl: false.")] = False,
) -> None:
    """Show the register: each site, its seed, and whether it is crawled; check it, or probe its hosts.

    A probe finds out where each front page leads, what robots.txt says, how large the sitemap is, and what the register
    should say otherwise; that is written to a file in data/reports, never to the register.
    Example: tvaerkom sites --probe --only sønderborg
    """
    command = command_of(ctx)
    if check and probe:
        raise ConfigError("--check visits nobody and --probe does; type them one after the other")
    if (only or all_sites) and not probe:
        raise ConfigError("--only and --all go with --probe")
    if check:
        _check(command)
    elif probe:
        _probe(command, [part for part in (only or "").split(",") if part], include_all=all_sites)
    else:
        _list(command)


def _list(command: Command) -> None:
    from crawler.register import read_register

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


def _check(command: Command) -> None:
    from crawler.register import read_register
    from crawler.register_check import read_register_file, register_warnings

    register = read_register(command.register, command.settings.sites)
    warnings = register_warnings(read_register_file(command.register), register, command.settings)
    num_crawled = sum(site.crawl for site in register.sites)
    if command.json:
        numbers = {"num_sites": len(register.sites), "num_crawled": num_crawled, "warnings": warnings}
        typer.echo(json.dumps(numbers, ensure_ascii=False, indent=2))
        return
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(
        f"the register is in order: {len(register.sites)} sites, {num_crawled} of them are crawled; "
        f"{len(warnings) or 'no'} {'warning' if len(warnings) == 1 else 'warnings'}"
    )


def _probe(command: Command, only: list[str], *, include_all: bool) -> None:
    from rich.console import Console

    from crawler.contact.probe_run import probe_register
    from crawler.contact.probe_text import show
    from crawler.contact.probe_troubles import troubles

    result = probe_register(command, only=only, include_all=include_all)
    if command.json:
        values = {
            **asdict(result.findings), "proposals": [asdict(each) for each in result.proposals],
            "proposals_path": result.proposals_path,
        }  # fmt: skip
        typer.echo(json.dumps(values, ensure_ascii=False, indent=2, default=str))
    else:
        show(result.findings, Console())
        probed = "1 site" if len(result.findings.sites) == 1 else f"{len(result.findings.sites)} sites"
        num_troubled = sum(bool(troubles(site)) for site in result.findings.sites)
        typer.echo(
            f"{probed} probed with {len(result.findings.requests)} requests; "
            f"{num_troubled} to look at; {len(result.proposals)} changes proposed in {result.proposals_path}"
        )
    if result.needs_person:
        raise typer.Exit(3)
