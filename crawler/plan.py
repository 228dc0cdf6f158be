"""From a command to a crawl: which sites, for whom, into which folders; and from a crawl to a published snapshot.

In: the global options and a quarter. Out: a checked CrawlPlan; a manifest; how each site stands.
Crawls nothing itself; crawl.py does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.crawl import CrawlPlan, only_crawl_of
from crawler.frontier import FRONTIER_NAME, Frontier
from crawler.publishing import publish, terminal_state
from crawler.register import Register, Site, chosen_sites, read_register
from crawler.snapshot import SnapshotManifest
from foundation.command import Command
from foundation.errors import ConfigError
from foundation.manifests import is_complete
from foundation.quarters import parse_quarter


def plan_crawl(command: Command, quarter: str, *, only: Sequence[str], include_all: bool) -> CrawlPlan:
    """Check what is asked for before any folder is made.

    Raises:
        ConfigError: not a quarter, already published, unknown site, broken register.
    """
    name = str(parse_quarter(quarter))
    register = read_register(command.register, command.settings.sites)
    snapshot = command.places.snapshot(name)
    if is_complete(snapshot):
        raise ConfigError(
            f"{name} is published and is not changed any more; for another try give it a suffix: {name}-try"
        )
    return CrawlPlan(
        quarter=name, sites=chosen_sites(register, only, include_all=include_all), network=register.network,
        operator=command.settings.operator, snapshot=snapshot, work=command.places.crawl_work(name),
    )  # fmt: skip


def publish_crawl(command: Command, quarter: str) -> SnapshotManifest:
    """Publish all sites that this quarter's crawls have begun. Raises as crawler.snapshot.publish."""
    name = str(parse_quarter(quarter))
    snapshot = command.places.snapshot(name)
    if is_complete(snapshot):
        raise ConfigError(f"{name} is published already")
    begun = [(site, folder) for site, folder in _begun(command, name) if not site.is_barred]
    if not begun:
        raise ConfigError(f"{name} was not crawled; run: tvaerkom crawl {name}")
    with only_crawl_of(name, command.places.crawl_work(name)):
        return publish(snapshot, name, begun)


@dataclass(frozen=True, kw_only=True)
class SiteStanding:
    """How one site of a quarter stands."""

    site: str
    name: str
    state: str
    reason: str | None
    num_pages: int
    waiting: int
    failed: int
    excluded: int


def site_standings(command: Command, quarter: str) -> list[SiteStanding]:
    """Each site of a quarter that a crawl has begun; may be asked while the crawl runs."""
    begun = list(_begun(command, str(parse_quarter(quarter))))
    if not begun:
        raise ConfigError(f"{quarter} was not crawled; run: tvaerkom crawl {quarter}")
    return [_standing(site, folder) for site, folder in begun]


def _standing(site: Site, folder: Path) -> SiteStanding:
    frontier = Frontier(folder)
    try:
        state, reason = terminal_state(frontier, site)
        totals = frontier.totals()
    finally:
        frontier.close()
    if site.is_barred:
        reason = f"left out: crawl: false in tvaerkom.yaml ({site.reason})"
    return SiteStanding(
        site=site.id, name=site.name, state=state, reason=reason, num_pages=totals.num_pages, waiting=totals.waiting,
        failed=totals.failed, excluded=totals.excluded,
    )  # fmt: skip


def _begun(command: Command, quarter: str) -> Iterator[tuple[Site, Path]]:
    register: Register = read_register(command.register, command.settings.sites)
    work = command.places.crawl_work(quarter)
    for site in register.sites:
        if (work / site.id / FRONTIER_NAME).exists():
            yield site, work / site.id
