"""Crawl some sites in this process.

In: a plan and the sites of it that this process owns. Out: frontiers and archives on disk, a result for each site, and
word of how it goes. Does not publish, and knows nothing of the processes beside it.
"""

import logging
import os
import resource
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from twisted.internet import task

from crawler.net.addresses import AddressBook
from crawler.net.turns import Turns
from crawler.net.wire import Wire
from crawler.opening import open_site
from crawler.plan_types import CrawlPlan, Listener, SiteResult
from crawler.politeness import LOOPBACK, POLITE, now
from crawler.refresh.losses import note_losses
from crawler.register import Site
from crawler.settings import scrapy_settings
from crawler.site_crawl import SiteCrawl
from crawler.site_tables import write_tables
from crawler.snapshot import SITES_FOLDER, TerminalState
from crawler.spiders.site import SiteSpider
from crawler.telling.display import SiteProgress
from crawler.telling.outcome import terminal_state
from foundation.errors import BrokenRunError
from foundation.memory import give_memory_back

SHOW_INTERVAL_S = 1.0  # for each site
PARENT_INTERVAL_S = 2.0  # how often a process looks whether the one that started it is still there


class _Process(AsyncCrawlerProcess):
    """Scrapy's process; the first Ctrl-C, SIGTERM or SIGHUP ends it gently, the second at once."""

    is_stopped_by_user = False
    say: Callable[[str], None]
    turns: Turns

    def _signal_shutdown(self, signum: int, frame: Any) -> None:
        self.is_stopped_by_user = True
        super()._signal_shutdown(signum, frame)
        signal.signal(signal.SIGHUP, self._signal_kill)
        from twisted.internet import reactor

        running: Any = reactor
        running.callFromThread(self._begin_to_stop)  # a signal may have come in the middle of anything

    def _begin_to_stop(self) -> None:
        self.turns.close()
        self.say("stopping as soon as the requests under way are answered; once more to stop at once")

    def _signal_kill(self, signum: int, frame: Any) -> None:
        super()._signal_kill(signum, frame)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def stop_gently(self) -> None:
        self._signal_shutdown(signal.SIGTERM, None)


def crawl_shard(plan: CrawlPlan, sites: Sequence[Site], listener: Listener, *, parent: int | None) -> list[SiteResult]:
    """Crawl until nothing waits, or somebody stops it.

    Args:
        parent: the process that started this one; when it is gone, this one stops too.

    Raises:
        ConfigError, BrokenRunError, OSError, sqlite3.Error: what was committed stays.
        KeyboardInterrupt: stopped by the user.
    """
    _allow_open_files()
    give_memory_back()
    politeness = LOOPBACK if plan.stays_on_loopback else POLITE
    with ExitStack() as stack:
        crawls = [open_site(plan, site, politeness, stack) for site in sites]
        _run(plan, crawls, listener, parent)
        return [_result(plan, site_crawl) for site_crawl in crawls]


def _allow_open_files() -> None:
    """A site holds five files and a connection; some systems allow 1,024 in all unless asked."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _run(plan: CrawlPlan, crawls: Sequence[SiteCrawl], listener: Listener, parent: int | None) -> None:
    shown_at: dict[str, float] = {}

    def on_progress(crawl: SiteCrawl) -> None:
        at = time.monotonic()
        is_finished = crawl.next_due() is None
        if is_finished or at - shown_at.get(crawl.site.id, 0.0) >= SHOW_INTERVAL_S:
            shown_at[crawl.site.id] = at
            listener.show(_progress(crawl))

    wire = Wire(network=plan.network, book=AddressBook(plan.network.resolve), turns=_turns(crawls))
    settings = scrapy_settings(wire, plan.operator, num_hosts=len(crawls))
    logging.disable(logging.INFO)  # its greeting
    process = _Process(settings)
    logging.disable(logging.NOTSET)
    for library in ("scrapy", "twisted"):  # it has just set its own logger to DEBUG
        logging.getLogger(library).setLevel(logging.WARNING)
    process.say, process.turns = listener.say, wire.turns
    crawler = process.create_crawler(SiteSpider)
    process.crawl(crawler, crawls=crawls, on_progress=on_progress, say=listener.say)
    _watch_signals_and_parent(process, parent)
    process.start()
    spider = crawler.spider
    if not isinstance(spider, SiteSpider):
        raise BrokenRunError("the crawl could not be started; run it with --verbose to see why")
    if spider.broken:
        raise spider.broken
    if process.is_stopped_by_user:
        raise KeyboardInterrupt


def _watch_signals_and_parent(process: _Process, parent: int | None) -> None:
    from twisted.internet import reactor

    running: Any = reactor
    running.callWhenRunning(signal.signal, signal.SIGHUP, process._signal_shutdown)

    def look() -> None:
        if parent is not None and os.getppid() != parent and not process.is_stopped_by_user:
            process.stop_gently()

    running.callWhenRunning(lambda: task.LoopingCall(look).start(PARENT_INTERVAL_S, now=False))


def _turns(crawls: Sequence[SiteCrawl]) -> Turns:
    """Nobody knows how long before this start the last request of the one before it ended: each host rests first."""
    turns = Turns()
    for crawl in crawls:
        address = crawl.frontier.fact("address")
        if address is not None:
            keys = [f"address {address}", *(f"host {host}" for host in sorted(crawl.site.hosts))]
            turns.rest(keys, crawl.delay_s(crawl.site.seeds[0]))
    return turns


def _progress(crawl: SiteCrawl) -> SiteProgress:
    totals = crawl.frontier.totals()
    return SiteProgress(
        site=crawl.site.id, name=crawl.site.name, num_pages=totals.num_pages, waiting=totals.waiting,
        failed=totals.failed, note=crawl.condition(now()),
    )  # fmt: skip


def _result(plan: CrawlPlan, crawl: SiteCrawl) -> SiteResult:
    """Close a site's files, and write its tables as far as they are known before it is published."""
    site, frontier = crawl.site, crawl.frontier
    crawl.warc.close()
    with suppress(sqlite3.OperationalError):  # a reader is in the way: SQLite does it when the file is closed
        frontier.checkpoint(lambda: None)
    frontier.set_fact("running", None)
    state, reason = terminal_state(frontier.db, site)
    write_tables(plan.snapshot / SITES_FOLDER / site.id, site.id, frontier.db, {}, {}, with_pages=True)
    doubt = note_losses(frontier) if state is TerminalState.COMPLETE else None
    return SiteResult(site=site.id, name=site.name, state=state, reason=reason, totals=frontier.totals(), doubt=doubt)


