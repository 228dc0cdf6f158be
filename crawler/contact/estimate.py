"""What a crawl will take, before it is begun: hours, disk and memory.

In: a plan. Out: an `Estimate`. Looks at the last quarter, the newest probe and the disk; asks nobody, makes no folder.
The figures per site are estimate_basis.py's.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.contact.estimate_basis import SiteSize, addresses_of, site_sizes
from crawler.plan_types import CrawlPlan
from crawler.processes import shards_of

SPARE = 1.2  # a fifth more than estimated: sites grow, and a full disk stops a crawl
WORKING_BYTES_PER_REQUEST = 5_000  # of frontier.db: measured on pages of 35 kB with about 120 links
# Measured: a process that crawls 10 sites needs 196 MB, one that crawls 102 small sites 237 MB; a site of real size has
# up to 2,000 texts of its menus in memory besides.
MEMORY_BYTES_PER_PROCESS, MEMORY_BYTES_PER_SITE = 200_000_000, 2_000_000


@dataclass(frozen=True, kw_only=True)
class SiteEstimate:
    """One site. `seconds` as if it were alone; `group_seconds` with all sites at its address, which take turns."""

    site: str
    name: str
    size: SiteSize
    seconds: float
    group_seconds: float
    shares_with: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A whole crawl.

    Attributes:
        sites: those that end last come first.
        seconds: until the last site is done: all are crawled at the same time.
        archive_bytes, working_bytes: what data/snapshots and data/work will hold.
        free_bytes: on the disk of the data folder, now.
        has_begun: some of this quarter has been crawled already; that is not taken off.
    """

    quarter: str
    sites: tuple[SiteEstimate, ...]
    num_requests: int
    seconds: float
    archive_bytes: int
    working_bytes: int
    free_bytes: int
    memory_bytes: int
    num_processes: int
    has_begun: bool

    @property
    def needed_bytes(self) -> int:
        return round(SPARE * (self.archive_bytes + self.working_bytes))

    @property
    def has_room(self) -> bool:
        return self.free_bytes >= self.needed_bytes


def estimate(plan: CrawlPlan, *, num_processes: int = 1) -> Estimate:
    """Add up what is known of the sites.

    Raises:
        BrokenRunError: the last snapshot or the report of a probe cannot be read.
    """
    sizes = site_sizes(plan)
    groups = shards_of(plan.sites, addresses_of(plan, sizes), len(plan.sites))
    sites = []
    for group in groups:
        group_seconds = sum(sizes[site.id].seconds for site in group)
        for site in group:
            others = tuple(other.name for other in group if other is not site)
            sites.append(
                SiteEstimate(site=site.id, name=site.name, size=sizes[site.id], seconds=sizes[site.id].seconds,
                             group_seconds=group_seconds, shares_with=others)
            )  # fmt: skip
    sites.sort(key=lambda each: (-each.group_seconds, -each.seconds, each.site))
    num_requests = sum(size.num_requests for size in sizes.values())
    return Estimate(
        quarter=plan.quarter, sites=tuple(sites), num_requests=num_requests,
        seconds=max((each.group_seconds for each in sites), default=0.0),
        archive_bytes=sum(size.num_bytes for size in sizes.values()),
        working_bytes=num_requests * WORKING_BYTES_PER_REQUEST, free_bytes=_free_bytes(plan.snapshot),
        memory_bytes=_memory_bytes(plan.sites, num_processes), num_processes=num_processes,
        has_begun=plan.work.exists(),
    )  # fmt: skip


def _free_bytes(folder: Path) -> int:
    """On the disk that a folder will lie on; it need not be there yet."""
    existing = next(each for each in (folder.resolve(), *folder.resolve().parents) if each.exists())
    return shutil.disk_usage(existing).free


def _memory_bytes(sites: Sequence[object], num_processes: int) -> int:
    """Of all processes together; one that divides the work among others is a process besides."""
    num_all = num_processes + (num_processes > 1)
    return num_all * MEMORY_BYTES_PER_PROCESS + len(sites) * MEMORY_BYTES_PER_SITE
