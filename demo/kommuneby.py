"""Kommuneby: a whole pretend municipal web from one seed number.

In: seed, quarter and sizes. Out: a `Web`: every page's bytes and the truth about it. The same arguments
give the same bytes on any machine. It is not served here (`demo.server`), nor registered (`demo.register`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from demo.building import BuiltPage, error_page, host_pages, site_pages
from demo.changes import changed_specs
from demo.evolution import evolved
from demo.extras import Feature, extra_page
from demo.hostile import hostile_pages, hostile_plans
from demo.islands import island
from demo.places import PretendSite, SiteKind, kl_areas, municipalities
from demo.plan import plan_site, traits_of
from demo.reach import reached_by_links
from demo.reservations import reservations_of, robots_lines
from demo.site_lives import QUIET, Incident, Validators, life_of
from demo.traps import is_mirrored, traps_of
from demo.truth import WASTE_KINDS, PageKind, TruePage
from demo.views import SitePlan
from demo.web import Web

__all__ = ["WASTE_KINDS", "PageKind", "PretendSite", "SiteKind", "TruePage", "Web", "make_web"]

TLS_EVERY, TLS_FIRST = 5, 4  # every fifth municipality is reached by https, the fifth first


@dataclass(frozen=True, kw_only=True)
class _Recipe:
    """The arguments of `make_web`."""

    seed: int
    quarter_index: int
    num_municipalities: int
    pages_per_site: int
    trap_months: int
    is_realistic: bool
    with_traps: bool
    with_reservations: bool
    with_tls: bool
    with_hostile: bool
    with_changes: bool


def make_web(
    *,
    seed: int = 1,
    quarter_index: int = 0,
    num_municipalities: int = 12,
    pages_per_site: int = 30,
    trap_months: int = 24,
    is_realistic: bool = False,
    with_traps: bool = False,
    with_reservations: bool = False,
    with_tls: bool = False,
    with_hostile: bool = False,
    with_changes: bool = False,
) -> Web:
    """Make the web as it stands in one quarter.

    Args:
        quarter_index: 0 is the first; later ones are reached by replaying the changes of each quarter.
        pages_per_site: HTML pages of a municipality, about; an area of KL has about a quarter of that.
        trap_months: length of the calendar that ends, which for simple crawlers is trap enough.
        is_realistic: pages of about 35 KB with about 120 links.
        with_traps: the municipalities have traps without end, in turn; the calendar that ends is then left out.
        with_reservations: some pages may not be kept, and say so.
        with_tls: every fifth municipality is reached by https.
        with_hostile: beside the municipalities there is a host for each hostile case (`demo.hostile`).
        with_changes: the quarters differ in each way that a refresh must cope with (`demo.changes`), on the pages and
            on whole sites, instead of the few ways of `demo.evolution`; made for `demo.expected`, so without traps.

    Raises:
        ValueError: a size that cannot be made.
    """
    if quarter_index < 0 or pages_per_site < 1 or trap_months < 0:
        raise ValueError("quarter_index, pages_per_site and trap_months count upwards from 0, 1 and 0")
    if with_changes and (with_traps or with_hostile):
        raise ValueError("with_changes goes with neither with_traps nor with_hostile: nobody could say what is due")
    recipe = _Recipe(
        seed=seed,
        quarter_index=quarter_index,
        num_municipalities=num_municipalities,
        pages_per_site=pages_per_site,
        trap_months=0 if with_traps or with_changes else trap_months,
        is_realistic=is_realistic,
        with_traps=with_traps,
        with_reservations=with_reservations,
        with_tls=with_tls,
        with_hostile=with_hostile,
        with_changes=with_changes,
    )
    built = [_with_features(recipe, plan) for plan in _plans(recipe)]
    plans = [plan for plan, _ in built]
    features = {plan.site.origin: own for plan, own in built if own}
    hostile = hostile_plans(seed, with_tls=with_tls) if with_hostile else []
    pages = _all_pages(plans, features)
    pages |= {page.page.url: page for case, plan in hostile for page in hostile_pages(case, plan)}
    plans += [plan for _, plan in hostile]
    sites = tuple(plan.site for plan in plans)
    return Web(
        seed=seed,
        quarter_index=quarter_index,
        sites=sites,
        pages=_with_reach(pages, sites, from_sitemaps=with_changes),
        error_pages={plan.site.host: error_page(plan) for plan in plans},
        generators={origin: tuple(feature.answer for feature in own) for origin, own in features.items()},
        mirrors=dict(_mirrors(plans)),
        cases={host: case for case, _ in hostile for host in (case.host, *case.other_hosts)},
        incidents=dict(_incidents(plans)),
        fickle_hosts=frozenset(plan.site.host for plan in plans if plan.life.validators is Validators.EACH_REQUEST),
    )


def _plans(recipe: _Recipe) -> Iterator[SitePlan]:
    areas = kl_areas()
    evolve = changed_specs if recipe.with_changes else evolved
    for site in (*municipalities(recipe.num_municipalities), *areas):
        if recipe.with_tls and site.kind is SiteKind.MUNICIPALITY and site.index % TLS_EVERY == TLS_FIRST:
            site = replace(site, scheme="https")
        traits = traits_of(site, num_municipalities=recipe.num_municipalities, trap_months=recipe.trap_months)
        if recipe.with_traps and site.kind is SiteKind.MUNICIPALITY:
            traits = replace(traits, is_mirrored=is_mirrored(site.index, recipe.num_municipalities))
        first = plan_site(recipe.seed, site, traits, pages_per_site=recipe.pages_per_site)
        yield SitePlan(
            seed=recipe.seed,
            site=site,
            traits=traits,
            specs=evolve(first, seed=recipe.seed, site=site, quarter_index=recipe.quarter_index),
            areas=areas,
            founding=first,
            is_realistic=recipe.is_realistic,
            life=life_of(site) if recipe.with_changes else QUIET,
            quarter_index=recipe.quarter_index,
        )


def _with_features(recipe: _Recipe, plan: SitePlan) -> tuple[SitePlan, tuple[Feature, ...]]:
    """What a municipality has beside its own pages, and its plan with the links to that."""
    if plan.site.kind is SiteKind.AREA:
        return plan, ()
    place = (plan.site.index, recipe.num_municipalities)
    reservations = reservations_of(*place) if recipe.with_reservations else ()
    traps = traps_of(*place) if recipe.with_traps else ()
    islands = (island,) if plan.life.island_quarter else ()
    features = tuple(make(plan) for make in (*reservations, *traps, *islands))
    doors = tuple(door for feature in features for door in feature.doors)
    lines = robots_lines(*place) if recipe.with_reservations else ()
    return replace(plan, doors=doors, robots_lines=lines), features


def _all_pages(plans: list[SitePlan], features: dict[str, tuple[Feature, ...]]) -> dict[str, BuiltPage]:
    """Every page by its URL.

    Raises:
        ValueError: two pages would have one URL; the name lists are then too short for the sizes.
    """
    hosts: dict[str, list[SitePlan]] = {}
    for plan in plans:
        hosts.setdefault(plan.site.host, []).append(plan)
    built: dict[str, BuiltPage] = {}
    for together in hosts.values():
        pages = [page for plan in together for page in site_pages(plan)] + host_pages(together)
        for plan in together:
            pages += [extra_page(plan, extra) for own in features.get(plan.site.origin, ()) for extra in own.extras]
        for page in pages:
            if page.page.url in built:
                raise ValueError(f"two pages at {page.page.url}")
            built[page.page.url] = page
    return built


def _mirrors(plans: list[SitePlan]) -> Iterator[tuple[str, str]]:
    for plan in plans:
        if plan.traits.is_mirrored:
            for host in (plan.site.host, plan.site.apex_host):
                for scheme in ("http", "https"):
                    if f"{scheme}://{host}" != plan.site.origin:
                        yield f"{scheme}://{host}", plan.site.origin


def _incidents(plans: list[SitePlan]) -> Iterator[tuple[str, Incident]]:
    for plan in plans:
        incident = plan.life.incident_in(plan.quarter_index)
        if incident:
            yield from ((host, incident) for host in (plan.site.host, plan.site.apex_host))


def _with_reach(
    built: dict[str, BuiltPage], sites: tuple[PretendSite, ...], *, from_sitemaps: bool
) -> dict[str, TruePage]:  # fmt: skip
    """With `from_sitemaps` a link on a page that only a sitemap shows leads on as well."""
    roots = [site.root for site in sites]
    linked = reached_by_links(built, roots)
    if from_sitemaps:
        listed = {url for url, page in built.items() if page.page.in_sitemap}
        linked |= reached_by_links(built, {*roots, *listed}) - listed
    return {url: page.page.with_changes(linked=url in linked) for url, page in built.items()}
