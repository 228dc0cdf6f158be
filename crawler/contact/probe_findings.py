"""What a probe found out, as plain values.

In: nothing. Out: `ProbeFindings`, with a `SiteFinding` for each site. probe_report.py writes them to a file; what
follows from them is told by probe_troubles.py and probe_proposals.py.
"""

import datetime
from dataclasses import dataclass

from crawler.telling.ledger import SentRequest


@dataclass(frozen=True, kw_only=True)
class HostFinding:
    """One host of a site. `address` None: the name has none."""

    host: str
    address: str | None


@dataclass(frozen=True, kw_only=True)
class RobotsFinding:
    """What one origin's robots.txt says. `verdict` is a RobotsVerdict, or None where it was not had."""

    origin: str
    verdict: str | None
    problem: str | None = None
    crawl_delay_s: float = 0.0  # as it is asked for; the crawl waits no longer than robots.MAX_CRAWL_DELAY_S
    shut_out_ai_agents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PageFinding:
    """A front page, or the first page of an area.

    Attributes:
        trail: the URL that was asked for, then each target of a redirect.
        redirect_status: of the last redirect.
        status: of the answer at the end of the trail; None where there is none.
        problem: why there is none.
        leaves: the end of the trail is on a host that is none of the site's; it was not asked.
        language: what the page or its header says of itself.
        danish_share: how many of its words are Danish function words; None where it has too few words to tell.
    """

    trail: tuple[str, ...]
    redirect_status: int | None = None
    status: int | None = None
    problem: str | None = None
    leaves: bool = False
    wall: str | None = None
    needs_javascript: bool = False
    reservation: str | None = None
    language: str | None = None
    danish_share: float | None = None
    num_words: int = 0
    seconds: float | None = None

    @property
    def is_there(self) -> bool:
        return self.status == 200


@dataclass(frozen=True, kw_only=True)
class SitemapFinding:
    """The first sitemap. `num_pages` are those in the site's scope, of `num_listed`; an index lists none itself."""

    url: str
    num_pages: int = 0
    num_listed: int = 0
    num_sitemaps: int = 0
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class SiteFinding:
    """All that was found of one site.

    Attributes:
        pages: where each seed leads, for an area where each of its prefixes leads.
        twins: where the other forms of the seeds' hosts lead (with www, without www).
        tdmrep: the rule of tdmrep.json that reserves the front page; None where none does, or it was not asked for.
        neighbours: ids of the other probed sites at the same address.
    """

    site: str
    name: str
    kind: str
    hosts: tuple[HostFinding, ...]
    robots: tuple[RobotsFinding, ...]
    pages: tuple[PageFinding, ...]
    twins: tuple[PageFinding, ...]
    sitemap: SitemapFinding | None
    tdmrep: str | None
    neighbours: tuple[str, ...] = ()

    @property
    def address(self) -> str | None:
        """That of the first host that has one; the host of the first seed comes first."""
        return next((host.address for host in self.hosts if host.address), None)


@dataclass(frozen=True, kw_only=True)
class ProbeFindings:
    """One probe: its sites in order of id, and every request that was sent for it."""

    at: datetime.datetime
    sites: tuple[SiteFinding, ...]
    requests: tuple[SentRequest, ...]
