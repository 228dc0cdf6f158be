"""Frontier and archive alone, under Scrapy: `python -m benchmarks.bare_crawl`.

In: a register, a data folder. Out: a crawl by the links of pages, with the frontier, the WARC files, the wire and the
scheduler of the real one, and nothing else of it: no robots.txt, sitemaps, reservations, walls, traps or tables. It
shows what these cost, and is for loopback only.
"""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lxml import etree
from scrapy.crawler import AsyncCrawlerProcess

from crawler.exchange_rows import record_capture, record_exchange
from crawler.frontier import DONE, FAILED, PRIORITY_LINK, PRIORITY_SEED, Found, Frontier, Lease
from crawler.net.addresses import AddressBook
from crawler.net.answers import Answer
from crawler.net.turns import Turns
from crawler.net.wire import Wire
from crawler.pages.links import PageReading
from crawler.pages.urls import host_of, normal_url
from crawler.politeness import now
from crawler.register import Site, read_register
from crawler.scheduler import Job
from crawler.settings import scrapy_settings
from crawler.site_crawl import CHECKPOINT_S
from crawler.spiders.site import SiteSpider
from crawler.warc.archive import WarcSeries


class BareCrawl:
    """One site: fetches what its pages lead to, and keeps it."""

    own_delay_s = 0.0

    def __init__(self, site: Site, frontier: Frontier, warc: WarcSeries) -> None:
        self.site, self.frontier, self.warc = site, frontier, warc
        self._checkpoint_at = now() + CHECKPOINT_S
        with frontier.transaction():
            frontier.begin()
            frontier.add(site.seeds, Found(priority=PRIORITY_SEED))

    def lease(self, at: float) -> Lease | None:
        with self.frontier.transaction():
            return self.frontier.lease(at)

    def next_due(self) -> float | None:
        return self.frontier.next_due()

    def delay_s(self, url: str) -> float:  # noqa: ARG002  # the scheduler's interface
        return 0.0

    def wants_reading(self, lease: Lease, answer: Answer) -> bool:  # noqa: ARG002  # the spider's interface
        return answer.status == 200 and answer.is_html

    def fetched(self, lease: Lease, answer: Answer, reading: PageReading | None, *, pause_s: float | None) -> None:
        place = self.warc.write(answer.exchange)
        links = [link for link in reading.links if host_of(link) in self.site.hosts] if reading else []
        with self.frontier.transaction():
            record_exchange(self.frontier.db, lease, answer, place, pause_s)
            record_capture(self.frontier.db, lease, answer, place, None)
            self.frontier.add(links, Found(priority=PRIORITY_LINK, depth=lease.depth + 1, via=lease.id))
            self.frontier.settle(lease, DONE, status=answer.status)
        if now() >= self._checkpoint_at:
            self.frontier.checkpoint(self.warc.sync)
            self._checkpoint_at = now() + CHECKPOINT_S

    def failed(self, lease: Lease, error: str, **_: Any) -> None:
        with self.frontier.transaction():
            self.frontier.settle(lease, FAILED, reason=error)


class BareSpider(SiteSpider):
    """Reads links only."""

    async def _reading(self, job: Job, answer: Answer) -> PageReading | None:
        if not job.crawl.wants_reading(job.lease, answer):
            return None
        page = etree.fromstring(answer.body, etree.HTMLParser())
        written = dict.fromkeys(page.xpath("//a/@href"))
        links = (normal_url(link, job.lease.url) for link in written)
        return PageReading(links=tuple(dict.fromkeys(link for link in links if link)))


def main(register_path: str, data: str) -> None:
    register = read_register(Path(register_path), {})
    hosts = {host_of(site.seeds[0]): site for site in register.sites}  # it knows no areas: one site for each host
    with ExitStack() as stack:
        crawls = [_opened(site, Path(data), stack) for site in hosts.values()]
        _run(register.network, crawls)


def _opened(site: Site, data: Path, stack: ExitStack) -> BareCrawl:
    frontier = Frontier(data / "work" / site.id)
    stack.callback(frontier.close)
    warc = WarcSeries(data / "sites" / site.id, f"{site.id}-bare", {"format": "WARC File Format 1.1"}, {})
    stack.callback(warc.close)
    return BareCrawl(site, frontier, warc)


def _run(network: Any, crawls: Sequence[BareCrawl]) -> None:
    wire = Wire(network=network, book=AddressBook(network.resolve), turns=Turns())
    process = AsyncCrawlerProcess(scrapy_settings(wire, None, num_hosts=len(crawls)))
    crawler = process.create_crawler(BareSpider)
    process.crawl(crawler, crawls=crawls, on_progress=lambda _: None, say=sys.stderr.write)
    process.start()
    if (broken := crawler.spider.broken) is not None:  # type: ignore[union-attr]  # BareSpider
        raise broken


if __name__ == "__main__":
    main(*sys.argv[1:])
