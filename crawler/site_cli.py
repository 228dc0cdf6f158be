"""The command `site`: what was done at one site.

In: the command line. Out: a sum of each visit, or every request; as text, CSV or JSON. Heavy imports stand in the
functions.
"""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foundation.command import Command, command_of
from foundation.errors import BrokenRunError, ConfigError

if TYPE_CHECKING:
    from crawler.register import Register, Site
    from crawler.telling.ledger import SentRequest

site_app = typer.Typer()


@site_app.command("site")
def show_site(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="An id (0540), a name (sønderborg) or a host.")],
    requests: Annotated[bool, typer.Option("--requests", help="Every request, in order.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Every request as CSV.")] = False,
    quarter: Annotated[str | None, typer.Option(help="Only this quarter, such as 2026Q4.")] = None,
) -> None:
    """Show exactly what was done at one site: when, how often, with what pauses, and what was left alone.

    For a webmaster who asks. Times are local; in CSV and JSON they are in UTC.
    Example: tvaerkom site sønderborg --requests --quarter 2026Q4
    """
    from crawler.register import read_register
    from crawler.telling.ledger import quarters_visited

    command = command_of(ctx)
    register = read_register(command.register, command.settings.sites)
    found = _site_named(register, site)
    quarters = quarters_visited(command.places, found.id, quarter)
    if not quarters:
        raise ConfigError(f"{found.name} was not visited{f' in {quarter}' if quarter else ''}")
    if requests or as_csv:
        _show_requests(command, found, quarters, as_csv=as_csv)
    else:
        _show_visits(command, register, found, quarters)


def _site_named(register: "Register", text: str) -> "Site":
    """The site; a host that several share names none of them."""
    host = text.strip().removeprefix("https://").removeprefix("http://").rstrip("/").lower()
    there = [each for each in register.sites if host in each.hosts]
    if len(there) > 1:
        raise ConfigError(f"{len(there)} sites are on {host}; name one: {', '.join(each.id for each in there)}")
    return register.find(text)


def _show_visits(command: Command, register: "Register", site: "Site", quarters: Sequence[str]) -> None:
    from crawler.telling.site_view import site_lines, visit_lines
    from crawler.telling.visits import visit_of

    visits, damage = [], []
    for quarter in quarters:
        try:
            visits.append(visit_of(command.places, register, site, quarter))
        except BrokenRunError as error:  # one quarter hides no other
            damage.append(str(error))
    if command.json:
        typer.echo(json.dumps([asdict(visit) for visit in visits], ensure_ascii=False, indent=2, default=str))
    else:
        typer.echo("\n".join(site_lines(site, register)))
        for visit in visits:
            typer.echo("\n".join(visit_lines(visit)))
        typer.echo(f"every request: tvaerkom site {site.id} --requests")
    if damage:
        raise BrokenRunError("\n".join(damage))


def _show_requests(command: Command, site: "Site", quarters: Sequence[str], *, as_csv: bool) -> None:
    from crawler.telling.ledger import SentRequest
    from crawler.telling.site_view import REQUEST_HEADING, request_line

    rows = _requests(command, site, quarters)
    if as_csv:
        names = [field.name for field in fields(SentRequest)]
        table = csv.DictWriter(sys.stdout, ["quarter", *names], lineterminator="\n")
        table.writeheader()
        table.writerows(_plain(quarter, request) for quarter, request in rows)
    elif command.json:
        typer.echo(json.dumps([_plain(*row) for row in rows], ensure_ascii=False, indent=2))
    else:
        typer.echo(REQUEST_HEADING)
        for _, request in rows:
            typer.echo(request_line(request))


def _requests(command: Command, site: "Site", quarters: Sequence[str]) -> Iterator[tuple[str, "SentRequest"]]:
    from crawler.telling.ledger import sent_requests

    for quarter in quarters:
        for request in sent_requests(command.places, quarter, site.id):
            yield quarter, request


def _plain(quarter: str, request: "SentRequest") -> dict[str, Any]:
    return {"quarter": quarter, **asdict(request), "time": request.time.isoformat()}
