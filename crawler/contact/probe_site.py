"""The questions that a probe puts to one site, or to several that share a host.

In: sites, their addresses, and how to ask. Out: a `SiteFinding` for each. Of each host: robots.txt, the front page, the
first sitemap, tdmrep.json, as long as requests are left. Sends nothing itself, and proposes nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.contact.probe_asking import Asker, Trail
from crawler.contact.probe_findings import HostFinding, PageFinding, SiteFinding, SitemapFinding
from crawler.contact.probe_page import page_finding
from crawler.frontier import TDMREP
from crawler.host_rules import PATHS
from crawler.net.answers import Answer
from crawler.pages.links import PageReading
from crawler.pages.sitemaps import sitemap_links
from crawler.pages.urls import host_of, normal_url, origin_of
from crawler.register import Network, Site
from crawler.rules.reservations import Signals, robots_reservation, tdmrep_reservation
from crawler.rules.tdmrep import reserving_rule
from crawler.scope import reason_not_taken

Read = Callable[[Answer, str], Awaitable[PageReading | None]]  # the body of a page and its URL


@dataclass(frozen=True, kw_only=True)
class SiteProber:
    """Asks about sites that share their hosts, one after the other, with one purse of requests.

    Attributes:
        addresses: host -> address, of all hosts that have one.
    """

    asker: Asker
    read: Read
    network: Network
    addresses: Mapping[str, str]

    async def probe(self, site: Site) -> SiteFinding:
        """An area has requests of its own for its prefixes, beside those of the host that all areas share."""
        account = site.id if site.prefixes else None
        trails = [await self.asker.trail(url, account) for url in first_pages(site)]
        front = next((trail for trail in trails if trail.answer is not None), None)
        origin = origin_of(front.end if front else site.seeds[0])
        sitemap = await self._sitemap(site, origin) if front else None
        tdmrep = await self._tdmrep(origin) if front else b""
        pages = [await self._page(trail, tdmrep) for trail in trails]
        twins = [await self._page(await self.asker.trail(url), b"") for url in self._twins(site)]
        return SiteFinding(
            site=site.id, name=site.name, kind=site.kind, hosts=self._hosts(site),
            robots=tuple(each for each in self.asker.robots_seen() if host_of(each.origin) in site.hosts),
            pages=tuple(pages), twins=tuple(twins), sitemap=sitemap,
            tdmrep=reserving_rule(tdmrep, _path(front.end)) if front and tdmrep else None,
        )  # fmt: skip

    async def _sitemap(self, site: Site, origin: str) -> SitemapFinding:
        """The first that robots.txt names, else the usual place."""
        robots, _ = await self.asker.robots(origin)
        listed = [normal_url(written, f"{origin}/") for written in robots.sitemaps] if robots else []
        own = [url for url in listed if url and host_of(url) in site.hosts]
        trail = await self.asker.trail(own[0] if own else f"{origin}/sitemap.xml", host_of(origin))
        if trail.answer is None or trail.answer.status != 200:
            problem = trail.problem or (f"status {trail.answer.status}" if trail.answer else "leads to another host")
            return SitemapFinding(url=trail.end, problem=problem)
        pages, sitemaps = sitemap_links(trail.answer.body, trail.end)
        return SitemapFinding(
            url=trail.end, num_listed=len(pages), num_sitemaps=len(sitemaps) + max(len(own) - 1, 0),
            num_pages=sum(reason_not_taken(url, site, self.network) is None for url in pages),
            problem=None if pages or sitemaps else "no sitemap: it lists nothing",
        )  # fmt: skip

    async def _tdmrep(self, origin: str) -> bytes:
        trail = await self.asker.trail(origin + PATHS[TDMREP])
        return trail.answer.body if trail.answer is not None and trail.answer.status == 200 else b""

    async def _page(self, trail: Trail, tdmrep: bytes) -> PageFinding:
        answer = trail.answer
        if answer is None:
            return page_finding(trail, None, ())
        robots, _ = await self.asker.robots(origin_of(trail.end))
        reserved = (
            tdmrep_reservation(tdmrep, _path(trail.end)) if tdmrep else None,
            robots_reservation(robots, trail.end) if robots else None,
        )
        signals = [Signals(reservation=each, follows_links=True) for each in reserved]
        reading = await self.read(answer, trail.end) if answer.status == 200 and answer.is_html else None
        return page_finding(trail, reading, signals)

    def _twins(self, site: Site) -> Sequence[str]:
        """The front pages of the seeds' hosts in their other form, where that has an address."""
        if site.prefixes:
            return ()
        seeds = {host_of(seed): seed for seed in site.seeds}
        twins = {host: host[4:] if host.startswith("www.") else f"www.{host}" for host in seeds}
        return [
            origin_of(seeds[host].replace(f"://{host}", f"://{twin}", 1)) + "/" for host, twin in twins.items()
            if twin in self.addresses and twin in site.hosts and twin not in seeds
        ]  # fmt: skip

    def _hosts(self, site: Site) -> tuple[HostFinding, ...]:
        """The seeds' hosts first."""
        hosts = dict.fromkeys([*map(host_of, site.seeds), *sorted(site.hosts)])
        return tuple(HostFinding(host=host, address=self.addresses.get(host)) for host in hosts)


def first_pages(site: Site) -> list[str]:
    """What is asked for: each seed, and for an area each prefix that no seed leads to."""
    origin = origin_of(site.seeds[0])
    asked = dict.fromkeys(site.seeds)
    if site.prefixes:
        asked |= dict.fromkeys(f"{origin}{prefix}" for prefix in site.prefixes)
    return list(asked)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
