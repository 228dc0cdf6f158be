"""A first contact with sites, before they are crawled: what is there, and whether the register knows it rightly.

In: sites of the register. Out: `ProbeFindings`. At most four requests are sent to a host, beside those to an area of
KL for its own paths; addresses, turns, pauses, limits and robots.txt are those of a crawl. Archives nothing, takes no
page's links, and writes nothing to the register.
"""

import asyncio
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.utils.reactor import install_reactor

from crawler.contact.probe_asking import Asker, Fetched
from crawler.contact.probe_findings import ProbeFindings, SiteFinding
from crawler.contact.probe_site import SiteProber
from crawler.net.addresses import AddressBook
from crawler.net.answers import Answer, answer_of
from crawler.net.failures import FetchError, is_silence
from crawler.net.turns import Turns
from crawler.net.wire import EXCHANGE, TeeDownloadHandler, Wire
from crawler.pages.links import PageReading, read_page
from crawler.pages.parsing import ParseWorker, is_suspicious
from crawler.plan_types import stays_on_loopback
from crawler.politeness import LOOPBACK, POLITE
from crawler.processes import shards_of
from crawler.register import Network, Site
from crawler.settings import scrapy_settings
from foundation.errors import BrokenRunError, ConfigError
from foundation.progress import Meter
from foundation.user_settings import Operator

_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"


def probe_sites(
    sites: Sequence[Site], network: Network, operator: Operator | None, meter: Meter | None = None
) -> ProbeFindings:
    """Ask each host of the sites a little; `meter` counts sites.

    Raises:
        ConfigError: no operator for requests beyond loopback.
        BrokenRunError: nothing came back from any of several sites.
    """
    if operator is None and not stays_on_loopback(sites, network):
        raise ConfigError(
            "tvaerkom.yaml names no operator and contact; webmasters must be able to ask who visits them. "
            'Run: tvaerkom init --name "Your organisation" --contact you@example.dk'
        )
    install_reactor(_REACTOR)
    from twisted.internet import reactor

    running: Any = reactor
    loop: asyncio.AbstractEventLoop = running._asyncioEventloop  # no public name for the loop it was given
    return loop.run_until_complete(_probe(sites, network, operator, meter))


async def _probe(
    sites: Sequence[Site], network: Network, operator: Operator | None, meter: Meter | None
) -> ProbeFindings:
    at = datetime.datetime.now(datetime.UTC)
    wire = _Wire(network, operator, num_sites=len(sites))
    addresses = await asyncio.to_thread(wire.book.resolve_all, {host for site in sites for host in site.hosts})
    politeness = LOOPBACK if stays_on_loopback(sites, network) else POLITE
    askers, tasks = [], []
    for group in shards_of(sites, {}, len(sites)):  # sites that share a host; those on one address wait by turns
        hosts = {host for site in group for host in site.hosts}
        delays = [site.delay_s for site in group if site.delay_s is not None]
        asker = Asker(wire.fetch, politeness, hosts, asked_delay_s=max(delays, default=None))
        askers.append(asker)
        prober = SiteProber(asker=asker, read=wire.read, network=network, addresses=addresses)
        tasks.append(_probe_group(prober, group, meter))
    try:
        found = [finding for findings in await asyncio.gather(*tasks) for finding in findings]
    finally:
        await wire.close()
    if len(sites) > 1 and all(asker.is_silent for asker in askers):
        raise BrokenRunError(f"none of the {len(sites)} sites answers; is the network there?")
    requests = sorted((each for asker in askers for each in asker.requests), key=lambda each: each.time)
    ordered = sorted(found, key=lambda finding: finding.site)
    return ProbeFindings(at=at, sites=tuple(_with_neighbours(ordered)), requests=tuple(requests))


async def _probe_group(prober: SiteProber, sites: Sequence[Site], meter: Meter | None) -> list[SiteFinding]:
    findings = []
    for site in sites:
        findings.append(await prober.probe(site))
        if meter is not None:
            meter.advance(1, site.name)
    return findings


class _Wire:
    """A crawl's download handler, without a crawl."""

    def __init__(self, network: Network, operator: Operator | None, *, num_sites: int) -> None:
        self.book = AddressBook(network.resolve)
        wire = Wire(network=network, book=self.book, turns=Turns())
        crawler = Crawler(Spider, scrapy_settings(wire, operator, num_hosts=num_sites))
        self._headers: Mapping[str, str] = {
            **crawler.settings["DEFAULT_REQUEST_HEADERS"], "User-Agent": crawler.settings["USER_AGENT"]
        }  # fmt: skip
        self._handler = TeeDownloadHandler(crawler)
        self._worker = ParseWorker()

    async def fetch(self, url: str, delay_s: float) -> Fetched:
        request = Request(url, headers=dict(self._headers), meta={"delay_s": delay_s})
        try:
            response = await self._handler.download_request(request)
            answer = answer_of(response, request.meta[EXCHANGE])
        except FetchError as error:
            return Fetched(
                problem=str(error), address=request.meta.get("address"), pause_s=request.meta.get("pause_s"),
                is_silence=is_silence(error),
            )  # fmt: skip
        return Fetched(answer=answer, address=answer.exchange.address, pause_s=request.meta.get("pause_s"))

    async def read(self, answer: Answer, url: str) -> PageReading | None:
        content_type = answer.headers.get("content-type", "")
        if is_suspicious(answer.body):
            return await self._worker.read_page(answer.body, url, content_type)
        return read_page(answer.body, url, content_type)

    async def close(self) -> None:
        self._worker.close()
        await self._handler.close()


def _with_neighbours(findings: Sequence[SiteFinding]) -> list[SiteFinding]:
    """Each with the sites of other hosts that are visited at the same address."""
    return [
        replace(each, neighbours=tuple(
            other.site for other in findings
            if each.address and other.address == each.address and other.hosts != each.hosts
        ))
        for each in findings
    ]  # fmt: skip
