"""From a command to a crawl: which sites, for whom, into which folders; and from a crawl to a published snapshot.

In: the global options and a quarter. Out: a checked CrawlPlan; a manifest; lines that say how the sites stand.
Crawls nothing itself; crawl.py does.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from crawler.crawl import CrawlPlan
from crawler.frontier import FRONTIER_NAME, Frontier
from crawler.register import Register, Site, chosen_sites, read_register
from crawler.snapshot import SnapshotManifest, publish, terminal_state
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
    begun = list(_begun(command, name))
    if not begun:
        raise ConfigError(f"{name} was not crawled; run: tvaerkom crawl {name}")
    return publish(snapshot, name, begun)


def site_states(command: Command, quarter: str) -> Iterator[str]:
    """One line for each site of a quarter that a crawl has begun."""
    begun = list(_begun(command, str(parse_quarter(quarter))))
    if not begun:
        raise ConfigError(f"{quarter} was not crawled; run: tvaerkom crawl {quarter}")
    for site, folder in begun:
        frontier = Frontier(folder)
        state, reason = terminal_state(frontier, site)
        totals = frontier.totals()
        frontier.close()
        yield (
            f"{site.id:34} {site.name:30} {state:14} {totals.num_pages:6} pages {totals.waiting:6} waiting "
            f"{totals.failed:5} failed {totals.excluded:5} excluded{f'  {reason}' if reason else ''}"
        )


def _begun(command: Command, quarter: str) -> Iterator[tuple[Site, Path]]:
    register: Register = read_register(command.register, command.settings.sites)
    work = command.places.crawl_work(quarter)
    for site in register.sites:
        if (work / site.id / FRONTIER_NAME).exists():
            yield site, work / site.id
