"""Scrapy's scheduler, fed from the sites' frontiers.

In: the site crawls and the paces of their hosts. Out: a Request only when a URL is leased and its host is free.
Nothing else makes Requests, so nothing passes the frontier by.
"""

import asyncio
import sqlite3
import time
from collections import deque
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawler.frontier import Lease
from crawler.politeness import Pace
from crawler.site_crawl import SiteCrawl
from crawler.urls import host_of

JOB = "job"
LONGEST_NAP_S = 5.0


class Job:
    """A leased URL on its way: which site it is for, and the pause before it."""

    def __init__(self, crawl: SiteCrawl, lease: Lease, pace: Pace, pause_s: float | None) -> None:
        self.crawl, self.lease, self.pace, self.pause_s = crawl, lease, pace, pause_s


class FrontierScheduler(BaseScheduler):
    """Takes turns among the sites; a site whose host is busy or pausing is passed over."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._turns: deque[SiteCrawl] = deque()
        self._paces: dict[str, Pace] = {}
        self._in_flight = 0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        self._turns = deque(spider.crawls)  # type: ignore[attr-defined]  # SiteSpider

    def close(self, reason: str) -> None:  # noqa: ARG002  # Scrapy's interface
        if self._timer:
            self._timer.cancel()

    def has_pending_requests(self) -> bool:
        return any(crawl.next_due() is not None for crawl in self._turns)

    def enqueue_request(self, request: Request) -> bool:
        raise RuntimeError(f"no Request may pass the frontier by: {request.url}")

    def next_request(self) -> Request | None:
        try:
            return self._next_request(time.time())
        except sqlite3.Error as error:  # a full disk; the engine would log it and ask again for ever
            spider: Any = self._crawler.spider
            spider.end_broken(error)
            return None

    def _next_request(self, now: float) -> Request | None:
        for _ in range(len(self._turns)):
            crawl = self._turns[0]
            self._turns.rotate(-1)
            pace = self._pace_of(crawl)
            if pace.is_free(now) and (lease := crawl.lease(now)):
                return self._request(crawl, lease, pace, now)
        self._wake_later(now)
        return None

    def job_ended(self, job: Job) -> None:
        """The answer or failure of a job was committed."""
        job.pace.delay_s = job.crawl.delay_of(job.lease.host)
        job.pace.end(time.time())

    def _request(self, crawl: SiteCrawl, lease: Lease, pace: Pace, now: float) -> Request:
        pause_s = None if pace.ended_at is None else round(now - pace.ended_at, 3)
        pace.start()
        job = Job(crawl, lease, pace, pause_s)
        meta: dict[str, Any] = {JOB: job, "download_slot": host_of(lease.url)}
        spider: Any = self._crawler.spider
        return Request(lease.url, callback=spider.parse, errback=spider.failed, dont_filter=True, meta=meta)

    def _pace_of(self, crawl: SiteCrawl) -> Pace:
        """Sites on the same hosts (the eight KL areas) have one pace."""
        key = min(crawl.site.hosts)
        if key not in self._paces:
            self._paces[key] = Pace(crawl.politeness.delay_s)
        return self._paces[key]

    def _wake_later(self, now: float) -> None:
        """Ask the engine to call again when the first host is free and has something due."""
        times = []
        for crawl in self._turns:
            free_at, due_at = self._pace_of(crawl).next_at, crawl.next_due()
            if free_at is not None and due_at is not None:
                times.append(max(free_at, due_at))
        if not times:
            return
        if self._timer:
            self._timer.cancel()
        wait_s = min(max(min(times) - now, 0.001), LONGEST_NAP_S)
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._wake)

    def _wake(self) -> None:
        engine: Any = self._crawler.engine
        if engine is not None and engine._slot is not None:  # no public name for "call again"
            engine._slot.nextcall.schedule()
