"""What the command `site` shows on a terminal: what was done at one site. The command itself stands in letters/cli.py.

In: the name of a site. Out: on standard output a sum of each visit, or every request; as text, CSV or JSON. Heavy
imports stand in the functions.
"""

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import typer

from foundation.command import Command
from foundation.errors import BrokenRunError, ConfigError

if TYPE_CHECKING:
    from crawler.register import Register, Site
    from crawler.telling.ledger import SentRequest


@dataclass(frozen=True, kw_only=True)
class VisitedSite:
    """A site, and the quarters in which it was visited, oldest first."""

    register: "Register"
    site: "Site"
    quarters: tuple[str, ...]


def visited_site(command: Command, name: str, quarter: str | None) -> VisitedSite:
    """The site of this name, in all quarters or in one.

    Raises:
        ConfigError: there is none, or it was not visited.
    """
    from crawler.register import read_register
    from crawler.telling.ledger import quarters_visited

    register = read_register(command.register, command.settings.sites)
    found = _site_named(register, name)
    quarters = quarters_visited(command.places, found.id, quarter)
    if not quarters:
        raise ConfigError(f"{found.name} was not visited{f' in {quarter}' if quarter else ''}")
    return VisitedSite(register=register, site=found, quarters=tuple(quarters))


def _site_named(register: "Register", text: str) -> "Site":
    """The site; a host that several share names none of them."""
    host = text.strip().removeprefix("https://").removeprefix("http://").rstrip("/").lower()
    there = [each for each in register.sites if host in each.hosts]
    if len(there) > 1:
        raise ConfigError(f"{len(there)} sites are on {host}; name one: {', '.join(each.id for each in there)}")
    return register.find(text)


def show_visits(command: Command, visited: VisitedSite) -> None:
    """A paragraph for each quarter.

    Raises:
        BrokenRunError: a quarter cannot be read; the others are shown.
    """
    from crawler.telling.site_view import site_lines, visit_lines
    from crawler.telling.visits import visit_of

    visits, damage = [], []
    for quarter in visited.quarters:
        try:
            visits.append(visit_of(command.places, visited.register, visited.site, quarter))
        except BrokenRunError as error:  # one quarter hides no other
            damage.append(str(error))
    if command.json:
        typer.echo(json.dumps([asdict(visit) for visit in visits], ensure_ascii=False, indent=2, default=str))
    else:
        typer.echo("\n".join(site_lines(visited.site, visited.register)))
        for visit in visits:
            typer.echo("\n".join(visit_lines(visit)))
        typer.echo(f"every request: tvaerkom site {visited.site.id} --requests")
    if damage:
        raise BrokenRunError("\n".join(damage))


def show_requests(command: Command, visited: VisitedSite, *, as_csv: bool) -> None:
    from crawler.telling.ledger import SentRequest
    from crawler.telling.site_view import REQUEST_HEADING, request_line

    rows = _requests(command, visited)
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


def _requests(command: Command, visited: VisitedSite) -> Iterator[tuple[str, "SentRequest"]]:
    from crawler.telling.ledger import sent_requests

    for quarter in visited.quarters:
        for request in sent_requests(command.places, quarter, visited.site.id):
            yield quarter, request


def _plain(quarter: str, request: "SentRequest") -> dict[str, Any]:
    return {"quarter": quarter, **asdict(request), "time": request.time.isoformat()}
