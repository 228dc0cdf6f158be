"""From a command to a crawl: which sites, for whom, into which folders; and from a crawl to a published snapshot.

In: the global options and a quarter. Out: a checked CrawlPlan; a manifest.
Crawls nothing itself; crawl.py does. How a crawl stands is told by standing.py.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from crawler.crawl import only_crawl_of
from crawler.plan_types import CrawlPlan
from crawler.publishing import publish
from crawler.register import Site, chosen_sites, read_register
from crawler.snapshot import SITES_FOLDER, SnapshotManifest, read_snapshot_manifest
from crawler.telling.reading import begun_sites
from foundation.command import Command
from foundation.errors import BrokenRunError, ConfigError
from foundation.files import make_folder
from foundation.manifests import is_complete
from foundation.places import complete_names
from foundation.quarters import QuarterName, parse_quarter


def plan_crawl(command: Command, quarter: str, *, only: Sequence[str], include_all: bool) -> CrawlPlan:
    """Check what is asked for before any folder is made.

    Raises:
        ConfigError: not a quarter, already published, unknown site, broken register.
    """
    parsed = parse_quarter(quarter)
    name = str(parsed)
    register = read_register(command.register, command.settings.sites)
    snapshot = command.places.snapshot(name)
    if is_complete(snapshot):
        raise ConfigError(
            f"{name} is published and is not changed any more; for another try give it a suffix: {name}-try"
        )
    previous = _previous(command, parsed)
    return CrawlPlan(
        quarter=name, sites=chosen_sites(register, only, include_all=include_all), network=register.network,
        operator=command.settings.operator, snapshot=snapshot, work=command.places.crawl_work(name),
        reports=command.places.reports, previous=previous, num_last_quarter=_pages_of(previous),
    )  # fmt: skip


def set_aside(plan: CrawlPlan) -> list[Path]:
    """Move what was crawled of the plan's sites out of the way, so that they begin anew; gives where it lies now.

    Raises:
        ConfigError: the quarter is being crawled.
    """
    moved = []
    with only_crawl_of(plan.quarter, plan.work):
        for site in plan.sites:
            for folder in (plan.snapshot / SITES_FOLDER / site.id, plan.work / site.id):
                if folder.exists():
                    aside = plan.work / "set-aside" / f"{site.id}-{folder.parent.name}"
                    number = 1
                    while (numbered := aside.with_name(f"{aside.name}-{number}")).exists():
                        number += 1
                    make_folder(numbered.parent)
                    folder.rename(numbered)
                    moved.append(numbered)
    return moved


def _previous(command: Command, quarter: QuarterName) -> Path | None:
    """The newest quarter published before this one."""
    names = [name for name in complete_names(command.places.snapshots) if not name.is_trial and name < quarter]
    return command.places.snapshot(str(max(names))) if names else None


def _pages_of(snapshot: Path | None) -> dict[str, int]:
    """Pages of each site; none where the snapshot is damaged: the budgets are then those of a first crawl."""
    if snapshot is None:
        return {}
    with suppress(BrokenRunError):
        return {site.site: site.num_pages for site in read_snapshot_manifest(snapshot).sites if site.num_pages}
    return {}


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
        if is_complete(snapshot):  # by another, while this one waited
            raise ConfigError(f"{name} is published already")
        return publish(snapshot, name, begun)


def _begun(command: Command, quarter: str) -> Iterator[tuple[Site, Path]]:
    register = read_register(command.register, command.settings.sites)
    return begun_sites(register, command.places.crawl_work(quarter))
