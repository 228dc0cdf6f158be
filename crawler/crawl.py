"""A crawl of one quarter, from the register to archived sites.

In: a plan. Out: frontiers, WARC files and a result for each site, and a report of the run. Typed again it goes on.
Does not publish; publishing.py does, when nothing waits any more.
"""

import logging
import os
import sqlite3
import time
from contextlib import AbstractContextManager
from pathlib import Path

from crawler.frontier import FRONTIER_NAME
from crawler.net.addresses import AddressBook
from crawler.plan_types import CrawlPlan, Listener, SiteResult
from crawler.processes import crawl_in_processes, shards_of
from crawler.settings import proxy_notice
from crawler.shard import crawl_shard
from crawler.telling.display import CrawlDisplay
from crawler.telling.run_report import make_run_report, write_run_report
from foundation.errors import BrokenRunError, ConfigError
from foundation.locks import held

log = logging.getLogger(__name__)


def only_crawl_of(quarter: str, work: Path) -> AbstractContextManager[None]:
    """Hold a quarter: one process crawls or publishes it. Raises ConfigError where another does."""
    return held(work / "lock", busy=f"{quarter} is being crawled or published by another process")


def crawl(plan: CrawlPlan, *, num_processes: int = 1) -> list[SiteResult]:
    """Crawl until nothing waits, or the user stops it.

    Raises:
        ConfigError: no operator for a crawl beyond loopback; the quarter is published; another crawl runs.
        BrokenRunError: the disk is full or a frontier is damaged; what was committed stays.
        KeyboardInterrupt: stopped by the user; the same command goes on.
    """
    if not plan.stays_on_loopback and plan.operator is None:
        raise ConfigError(
            "tvaerkom.yaml names no operator and contact; webmasters must be able to ask who crawls. "
            'Run: tvaerkom init --name "Your organisation" --contact you@example.dk'
        )
    began_at = time.time()
    try:
        with only_crawl_of(plan.quarter, plan.work):
            try:
                with CrawlDisplay(plan.quarter, [(site.id, site.name) for site in plan.sites]) as display:
                    if notice := proxy_notice(os.environ):
                        display.say(notice)
                    return _crawl(plan, num_processes, display)
            finally:
                _report(plan, began_at)
    except (OSError, sqlite3.Error) as error:
        raise BrokenRunError(
            f"the crawl stopped: {error}; mend that, then type the same command again: nothing committed is lost"
        ) from error


def _report(plan: CrawlPlan, began_at: float) -> None:
    """How the run went, however it ended; that a report cannot be written takes nothing from the crawl."""
    frontiers = [(site, plan.work / site.id) for site in plan.sites if (plan.work / site.id / FRONTIER_NAME).exists()]
    try:
        report = make_run_report(
            quarter=plan.quarter, sites=frontiers, previous=plan.previous, began_at=began_at, ended_at=time.time()
        )
        write_run_report(plan.reports, report)
    except (BrokenRunError, OSError, sqlite3.Error) as error:
        log.warning("no report of the run: %s", error)


def _crawl(plan: CrawlPlan, num_processes: int, display: CrawlDisplay) -> list[SiteResult]:
    listener = Listener(show=display.show, say=display.say)
    if num_processes > 1:
        book = AddressBook(plan.network.resolve)
        addresses = book.resolve_all({host for site in plan.sites for host in site.hosts})
        shards = shards_of(plan.sites, addresses, num_processes)
        if len(shards) > 1:
            results = crawl_in_processes(plan, shards, listener)
            order = {site.id: number for number, site in enumerate(plan.sites)}
            return sorted(results, key=lambda result: order[result.site])
    return crawl_shard(plan, plan.sites, listener, parent=None)

