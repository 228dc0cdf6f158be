"""A crawl of one quarter, from the register to archived sites.

In: sites, network, operator, folders. Out: frontiers, WARC files and a result for each site. Typed again it goes on.
Does not publish; snapshot.py does, when nothing waits any more.
"""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess

from crawler.archive import WarcSeries
from crawler.frontier import Frontier, Totals
from crawler.politeness import LOOPBACK, POLITE, Politeness
from crawler.register import Network, Site
from crawler.settings import scrapy_settings, user_agent
from crawler.site_crawl import SiteCrawl
from crawler.snapshot import SITES_FOLDER, TerminalState, close_site, terminal_state
from crawler.spiders.site import SiteSpider
from foundation.errors import BrokenRunError, ConfigError
from foundation.files import make_folder
from foundation.progress import progress
from foundation.user_settings import Operator

log = logging.getLogger(__name__)


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
            stack.enter_context(_only_crawl_of(plan))
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
    with progress(f"crawl {plan.quarter}", unit="pages") as meter:

        def on_progress(site_crawl: SiteCrawl) -> None:
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
        **({"operator": f"{plan.operator.name} <{plan.operator.contact}>"} if plan.operator else {}),
    }
    folder = plan.snapshot / SITES_FOLDER / site.id
    warc = WarcSeries(folder, f"{site.id}-{plan.quarter}", info, frontier.committed_ends())
    stack.callback(warc.close)
    return SiteCrawl(site, plan.network, frontier, warc, politeness)


def _result(plan: CrawlPlan, site_crawl: SiteCrawl) -> SiteResult:
    """Close a site's files; write its tables where nothing waits."""
    site, frontier = site_crawl.site, site_crawl.frontier
    site_crawl.warc.close()
    state, reason = terminal_state(frontier, site)
    close_site(plan.snapshot / SITES_FOLDER / site.id, site, frontier)
    log.info("%s %s: %s%s", site.id, site.name, state, f" ({reason})" if reason else "")
    return SiteResult(site=site, state=state, reason=reason, totals=frontier.totals())


@contextmanager
def _only_crawl_of(plan: CrawlPlan) -> Iterator[None]:
    """Hold the quarter's lock; the system lets it go when the process ends, however it ends."""
    lock = make_folder(plan.work) / "lock"
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise ConfigError(
                f"another crawl of {plan.quarter} is running (process {file.read().strip() or 'unknown'}); wait for it"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
