"""Kommuneby: a whole pretend municipal web from one seed number.

In: seed, quarter and sizes. Out: a `Web`: every page's bytes and the truth about it. The same arguments
give the same bytes on any machine. It is not served here (`demo.server`), nor registered (`demo.register`).
"""

from dataclasses import replace

from demo.building import BuiltPage, error_page, host_pages, site_pages
from demo.evolution import evolved
from demo.places import PretendSite, SiteKind, kl_areas, municipalities
from demo.plan import plan_site, traits_of
from demo.reach import reached_by_links
from demo.truth import PageKind, TruePage, Web
from demo.views import SitePlan

__all__ = ["PageKind", "PretendSite", "SiteKind", "TruePage", "Web", "make_web"]


def make_web(
    *,
    seed: int = 1,
    quarter_index: int = 0,
    num_municipalities: int = 12,
    pages_per_site: int = 30,
    trap_months: int = 24,
) -> Web:
    """Make the web as it stands in one quarter.

    Args:
        quarter_index: 0 is the first; later ones are reached by replaying the changes of each quarter.
        pages_per_site: HTML pages of a municipality, about; an area of KL has about a quarter of that.
        trap_months: length of the endless calendar, which for simple crawlers has an end.

    Raises:
        ValueError: a size that cannot be made.
    """
    if quarter_index < 0 or pages_per_site < 1 or trap_months < 0:
        raise ValueError("quarter_index, pages_per_site and trap_months count upwards from 0, 1 and 0")
    areas = kl_areas()
    sites = (*municipalities(num_municipalities), *areas)
    plans = []
    for site in sites:
        traits = traits_of(site, num_municipalities=num_municipalities, trap_months=trap_months)
        first = plan_site(seed, site, traits, pages_per_site=pages_per_site)
        specs = evolved(first, seed=seed, site=site, quarter_index=quarter_index)
        plans.append(SitePlan(seed=seed, site=site, traits=traits, specs=specs, areas=areas))
    built = _all_pages(plans)
    return Web(
        seed=seed,
        quarter_index=quarter_index,
        sites=sites,
        pages=_with_reach(built, sites),
        error_pages={plan.site.host: error_page(plan) for plan in plans},
    )


def _all_pages(plans: list[SitePlan]) -> dict[str, BuiltPage]:
    """Every page by its URL.

    Raises:
        ValueError: two pages would have one URL; the name lists are then too short for the sizes.
    """
    hosts: dict[str, list[SitePlan]] = {}
    for plan in plans:
        hosts.setdefault(plan.site.host, []).append(plan)
    built: dict[str, BuiltPage] = {}
    for together in hosts.values():
        for page in [page for plan in together for page in site_pages(plan)] + host_pages(together):
            if page.page.url in built:
                raise ValueError(f"two pages at {page.page.url}")
            built[page.page.url] = page
    return built


def _with_reach(built: dict[str, BuiltPage], sites: tuple[PretendSite, ...]) -> dict[str, TruePage]:
    linked = reached_by_links(built, [site.root for site in sites])
    return {url: replace(page.page, linked=url in linked) for url, page in built.items()}
