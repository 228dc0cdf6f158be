"""All hostile cases, and the web they make: a host each, with ordinary pages beside the harm.

In: a seed. Out: `HOSTILE`, the cases by id, and for each one its site and its listed pages. How a case behaves on the
wire is in the modules `hostile_*`; the server asks `HostileCase.behaviour` before it looks for a page.
"""

from collections.abc import Iterator, Mapping

from demo.building import PLAIN_TEXT, BuiltPage, html_page, plain_page
from demo.cms import Link
from demo.extras import content_extra, content_spec, extra_page, list_view
from demo.hostile_addresses import ADDRESS_CASES
from demo.hostile_case import SIDES, HostileCase
from demo.hostile_codings import CODING_CASES
from demo.hostile_load import LOAD_CASES
from demo.hostile_parser import PARSER_CASES
from demo.hostile_robots import ROBOTS_CASES
from demo.hostile_wire import WIRE_CASES
from demo.places import REGIONS, PretendSite, SiteKind
from demo.plan import Traits
from demo.truth import PageKind
from demo.views import SitePlan

__all__ = ["HOSTILE", "HostileCase", "hostile_pages", "hostile_plans"]

FIRST_CODE = 9501
FIRST_ADDRESS = 100  # 127.0.1.100: behind those of the municipalities and of KL
FIRST_TEXT = 3000

HOSTILE: Mapping[str, HostileCase] = {
    case.id: case for case in (*WIRE_CASES, *CODING_CASES, *PARSER_CASES, *ROBOTS_CASES, *ADDRESS_CASES, *LOAD_CASES)
}


def hostile_plans(seed: int, *, with_tls: bool) -> list[tuple[HostileCase, SitePlan]]:
    """Every case with its site; those that need TLS only where the web has it."""
    numbers = {case_id: number for number, case_id in enumerate(HOSTILE)}
    return [
        (case, _plan(seed, case, numbers[case.id], numbers[case.shares_with or case.id]))
        for case in HOSTILE.values()
        if with_tls or not case.needs_tls
    ]


def hostile_pages(case: HostileCase, plan: SitePlan) -> Iterator[BuiltPage]:
    """The front page, the two ordinary pages and robots.txt."""
    links = [*(Link(label="Side", href=path) for path in SIDES), *(Link(label="Her", href=href) for href in case.links)]
    # the hostile links stand between the ordinary ones, so that what comes after the harm is seen too
    ordered = [links[0], *links[2:], links[1]]
    view = list_view(plan, "/", f"Velkommen til {plan.site.name}", (f"Denne vært {plan.site.name}.",), ordered)
    yield html_page(plan, PageKind.HOME, "/", lambda: view, hrefs=SIDES if case.is_intact else ())
    for number, path in enumerate(SIDES):
        page = extra_page(plan, content_extra(plan, content_spec(plan, path, FIRST_TEXT + number)))
        kind = PageKind.CONTENT if case.is_intact else PageKind.HOSTILE
        yield BuiltPage(page=page.page.with_changes(kind=kind), hrefs=page.hrefs, shared=page.shared)
    if "/robots.txt" not in case.behaviours:
        yield plain_page(plan, PageKind.ROBOTS, "/robots.txt", case.robots.encode, PLAIN_TEXT)


def _plan(seed: int, case: HostileCase, number: int, address_number: int) -> SitePlan:
    site = PretendSite(
        id=str(FIRST_CODE + number),
        name=f"Fjendtlig {case.id}",
        region=REGIONS[number % len(REGIONS)],
        kind=SiteKind.MUNICIPALITY,
        host=case.host,
        apex_host=case.host,
        address=f"127.0.1.{FIRST_ADDRESS + address_number}",
        index=number,
        scheme=case.scheme,
    )
    return SitePlan(seed=seed, site=site, traits=Traits(), specs=())
