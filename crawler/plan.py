"""From a command to a crawl: which sites, for whom, into which folders; and from a crawl to a published snapshot.

In: the global options and a quarter. Out: a checked CrawlPlan; a manifest.
Crawls nothing itself; crawl.py does. How a crawl stands is told by standing.py.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

from crawler.crawl import only_crawl_of
from crawler.plan_types import CrawlPlan
from crawler.publishing import Publication, publish
from crawler.register import Register, Site, chosen_sites, read_register
from crawler.snapshot import SITES_FOLDER, SiteSummary, SnapshotManifest, read_snapshot_manifest
from crawler.telling.reading import begun_sites
from foundation.command import Command
from foundation.erasures import read_erasures
from foundation.errors import ConfigError
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
        reports=command.places.reports, previous=previous, previous_sites=_sites_of(previous),
        erasures=read_erasures(command.places.erasures),
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


def _sites_of(snapshot: Path | None) -> dict[str, SiteSummary]:
    """What the manifest says of each site.

    Raises:
        BrokenRunError: it is damaged; what changed since could not be told.
    """
    return {each.site: each for each in read_snapshot_manifest(snapshot).sites} if snapshot else {}


def publish_crawl(command: Command, quarter: str, *, accepted: Mapping[str, str] | None = None) -> SnapshotManifest:
    """Publish all sites that this quarter's crawls have begun, and carry those of last quarter that they left out.

    Args:
        accepted: site (id, name or host) -> why it is published as it was crawled, though a gate says no.

    Raises:
        ConfigError: published already, not crawled, or no such site. Others as crawler.publishing.publish.
    """
    parsed = parse_quarter(quarter)
    name = str(parsed)
    snapshot = command.places.snapshot(name)
    if is_complete(snapshot):
        raise ConfigError(f"{name} is published already")
    register = read_register(command.register, command.settings.sites)
    begun = [(site, folder) for site, folder in _begun(register, command, name) if not site.is_barred]
    if not begun:
        raise ConfigError(f"{name} was not crawled; run: tvaerkom crawl {name}")
    previous = _previous(command, parsed)
    plan = Publication(
        snapshot=snapshot, quarter=name, network=register.network, frontiers=begun, previous=previous,
        missing=() if parsed.is_trial else _missing(register, previous, {site.id for site, _ in begun}),
        accepted={register.find(each).id: why for each, why in (accepted or {}).items()},
        erasures=read_erasures(command.places.erasures).ids,
    )  # fmt: skip
    if unknown := plan.accepted.keys() - {site.id for site, _ in begun} - {site.id for site in plan.missing}:
        raise ConfigError(f"--accept {', '.join(sorted(unknown))}: not a site of the crawl of {name}")
    with only_crawl_of(name, command.places.crawl_work(name)):
        if is_complete(snapshot):  # by another, while this one waited
            raise ConfigError(f"{name} is published already")
        return publish(plan)


def _missing(register: Register, previous: Path | None, begun: Set[str]) -> list[Site]:
    """Sites with pages in last quarter's snapshot that nobody barred and this crawl did not visit."""
    before = _sites_of(previous)
    return [
        site for site in register.sites
        if site.id in before and before[site.id].num_pages and site.id not in begun and not site.is_barred
    ]  # fmt: skip


def _begun(register: Register, command: Command, quarter: str) -> Iterator[tuple[Site, Path]]:
    return begun_sites(register, command.places.crawl_work(quarter))
