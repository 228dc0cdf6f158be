"""What a crawl is asked to do, and what it brings back.

In: nothing. Out: `CrawlPlan`, `SiteResult`: plain values that go from process to process; `Listener`, who is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawler.frontier import Totals
from crawler.register import Network, Site
from crawler.snapshot import SiteSummary, TerminalState
from crawler.telling.display import SiteProgress
from foundation.erasures import NOTHING_ERASED, Erasures
from foundation.user_settings import Operator


def stays_on_loopback(sites: Sequence[Site], network: Network) -> bool:
    """Whether every host of the sites is sent to this machine by the register."""
    hosts = {host for site in sites for host in site.hosts}
    targets = dict.fromkeys(hosts, "")
    for name, target in network.resolve.items():
        host = name.partition(":")[0]
        if host in hosts and (":" not in name or not target.startswith("127.")):
            targets[host] = target  # one that leads elsewhere outweighs those that do not
    return all(target.startswith("127.") for target in targets.values())


@dataclass(frozen=True, kw_only=True)
class CrawlPlan:
    """One crawl: what, for whom, and where to."""

    quarter: str
    sites: Sequence[Site]
    network: Network
    operator: Operator | None
    snapshot: Path  # data/snapshots/<quarter>
    work: Path  # data/work/<quarter>
    reports: Path  # data/reports
    previous: Path | None = None  # the last published quarter's snapshot
    erasures: Erasures = NOTHING_ERASED  # what must not be fetched or kept
    previous_sites: Mapping[str, SiteSummary] = field(default_factory=dict)  # what its manifest says of each site

    @property
    def num_last_quarter(self) -> dict[str, int]:
        """Site -> pages in the last published quarter; without the sites that had none."""
        return {site: each.num_pages for site, each in self.previous_sites.items() if each.num_pages}

    @property
    def stays_on_loopback(self) -> bool:
        return stays_on_loopback(self.sites, self.network)


@dataclass(frozen=True, kw_only=True)
class SiteResult:
    """How a site stood when the crawl ended; `doubt`: what should be looked at a second time."""

    site: str
    name: str
    state: TerminalState
    reason: str | None
    totals: Totals
    doubt: str | None = None


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Who is told how a crawl goes: the state of a site, and sentences for the user."""

    show: Callable[[SiteProgress], None]
    say: Callable[[str], None]
