"""A crawl of one quarter, from the register to archived sites.

In: sites, network, operator, folders. Out: frontiers, WARC files and a result for each site. Typed again it goes on.
Does not publish; snapshot.py does, when nothing waits any more.
"""

import logging
import sqlite3
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess

from crawler.archive import WarcSeries
from crawler.frontier import Frontier, Totals
from crawler.politeness import LOOPBACK, POLITE, Politeness
from crawler.publishing import close_site, terminal_state
from crawler.register import Network, Site
from crawler.settings import scrapy_settings, user_agent
from crawler.site_crawl import SiteCrawl
from crawler.snapshot import SITES_FOLDER, TerminalState
from crawler.spiders.site import SiteSpider
from foundation.errors import BrokenRunError, ConfigError
from foundation.locks import held
from foundation.progress import progress
from foundation.user_settings import Operator

log = logging.getLogger(__name__)
COUNT_INTERVAL_S = 1.0  # counting a site's frontier reads it whole


@dataclass(frozen=True, kw_only=True)
class CrawlPlan:
    """One crawl: what, for whom, and where to."""

    quarter: str
    sites: Sequence[Site]
    network: Network
    operator: Operator | None
    snapshot: Path  # data/snapshots/<quarter>
    work: Path  # data/work/<quarter>


@dataclass(frozen=True, kw_only=True)
class SiteResult:
    """How a site stood when the crawl ended."""

    site: Site
    state: TerminalState
    reason: str | None
    totals: Totals


def only_crawl_of(quarter: str, work: Path) -> AbstractContextManager[None]:
    """Hold a quarter: one process crawls or publishes it. Raises ConfigError where another does."""
    return held(work / "lock", busy=f"{quarter} is being crawled or published by another process")


def stays_on_loopback(plan: CrawlPlan) -> bool:
    """Whether every host of the plan is sent to this machine by the register."""
    hosts = {host for site in plan.sites for host in site.hosts}
    return all(plan.network.resolve.get(host, "").startswith("127.") for host in hosts)


def crawl(plan: CrawlPlan) -> list[SiteResult]:
    """Crawl until nothing waits, or the user stops it.

    Raises:
        ConfigError: no operator for a crawl beyond loopback; the quarter is published; another crawl runs.
        BrokenRunError: the disk is full or a frontier is damaged; what was committed stays.
        KeyboardInterrupt: stopped by the user; the same command goes on.
    """
    if not stays_on_loopback(plan) and plan.operator is None:
        raise ConfigError(
            "tvaerkom.yaml names no operator and contact; webmasters must be able to ask who crawls. "
            'Run: tvaerkom init --name "Your organisation" --contact you@example.dk'
        )
    politeness = LOOPBACK if stays_on_loopback(plan) else POLITE
    try:
        with ExitStack() as stack:
            stack.enter_context(only_crawl_of(plan.quarter, plan.work))
            crawls = [_site_crawl(plan, site, politeness, stack) for site in plan.sites]
            _run(plan, crawls)
            return [_result(plan, site_crawl) for site_crawl in crawls]
    except (OSError, sqlite3.Error) as error:
        raise BrokenRunError(
            f"the crawl stopped: {error}; mend that, then type the same command again: nothing committed is lost"
        ) from error


def _run(plan: CrawlPlan, crawls: Sequence[SiteCrawl]) -> None:
    # one count for all: the sum over the sites of what is done and what is known of
    done_of: dict[str, Totals] = {site_crawl.site.id: site_crawl.frontier.totals() for site_crawl in crawls}
    counted_at: dict[str, float] = {}
    with progress(f"crawl {plan.quarter}", unit="pages") as meter:

        def on_progress(site_crawl: SiteCrawl) -> None:
            now = time.monotonic()
            if now - counted_at.get(site_crawl.site.id, 0.0) < COUNT_INTERVAL_S:
                return
            counted_at[site_crawl.site.id] = now
            done_of[site_crawl.site.id] = site_crawl.frontier.totals()
            done = sum(totals.done + totals.failed for totals in done_of.values())
            meter.show(done, done + sum(totals.waiting for totals in done_of.values()), site_crawl.site.name)

        hosts = {host for site in plan.sites for host in site.hosts}
        settings = scrapy_settings(plan.network, plan.operator, num_hosts=len(hosts))
        logging.disable(logging.INFO)  # its greeting
        process = AsyncCrawlerProcess(settings)
        logging.disable(logging.NOTSET)
        for library in ("scrapy", "twisted"):  # it has just set its own logger to DEBUG
            logging.getLogger(library).setLevel(logging.WARNING)
        crawler = process.create_crawler(SiteSpider)
        process.crawl(crawler, crawls=crawls, on_progress=on_progress)
        process.start()
    spider = crawler.spider
    if not isinstance(spider, SiteSpider):
        raise BrokenRunError("the crawl could not be started; run it with --verbose to see why")
    if spider.broken:
        raise spider.broken
    if crawler.stats and crawler.stats.get_value("finish_reason") == "shutdown":
        raise KeyboardInterrupt


def _site_crawl(plan: CrawlPlan, site: Site, politeness: Politeness, stack: ExitStack) -> SiteCrawl:
    """Open a site's frontier and archive; `stack` closes them, however far the others come."""
    frontier = Frontier(plan.work / site.id)
    stack.callback(frontier.close)
    info = {
        "software": f"Tvaerkom/{version('tvaerkom')} Scrapy/{version('scrapy')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": f"{site.id}-{plan.quarter}",
        "robots": "obeyed (RFC 9309)",
        "http-header-user-agent": user_agent(plan.operator),
        **_operator_fields(plan.operator),
    }
    folder = plan.snapshot / SITES_FOLDER / site.id
    warc = WarcSeries(folder, f"{site.id}-{plan.quarter}", info, frontier.committed_ends())
    stack.callback(warc.close)
    return SiteCrawl(site, plan.network, frontier, warc, politeness)


def _operator_fields(operator: Operator | None) -> dict[str, str]:
    """Who crawled and what for, in each WARC file."""
    if operator is None:
        return {}
    purpose = {"description": operator.purpose} if operator.purpose else {}
    return {"operator": f"{operator.name} <{operator.contact}>", **purpose}


def _result(plan: CrawlPlan, site_crawl: SiteCrawl) -> SiteResult:
    """Close a site's files; write its tables where nothing waits."""
    site, frontier = site_crawl.site, site_crawl.frontier
    site_crawl.warc.close()
    state, reason = terminal_state(frontier, site)
    close_site(plan.snapshot / SITES_FOLDER / site.id, site, frontier)
    log.info("%s %s: %s%s", site.id, site.name, state, f" ({reason})" if reason else "")
    return SiteResult(site=site, state=state, reason=reason, totals=frontier.totals())
