"""Scrapy's scheduler, fed from the sites' frontiers.

In: the site crawls. Out: a Request only when a URL is leased and its site has rested. Nothing else makes Requests, so
nothing passes the frontier by. Sites that share an address wait for each other in turns.py.
"""

import asyncio
import heapq
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawler.frontier import Lease
from crawler.politeness import now
from crawler.site_crawl import SiteCrawl

JOB = "job"
LONGEST_NAP_S = 5.0  # a suspended machine's timers come late; this bounds how late
SHORTEST_NAP_S = 0.001


class Job:
    """A leased URL on its way, and the site it is for."""

    def __init__(self, crawl: SiteCrawl, lease: Lease) -> None:
        self.crawl, self.lease = crawl, lease


class FrontierScheduler(BaseScheduler):
    """Takes the sites in the order in which they may be asked again; one request at a time for each."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._queue: list[tuple[float, int, SiteCrawl]] = []  # when each site may be asked
        self._entries: dict[str, int] = {}  # site -> the number of its valid entry; none while it is in flight
        self._in_flight: set[str] = set()
        self._num_entries = 0
        self._timer: asyncio.TimerHandle | None = None
        self._paused_until = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        for crawl in spider.crawls:  # type: ignore[attr-defined]  # SiteSpider
            self._put_back(crawl, now())

    def close(self, reason: str) -> None:  # noqa: ARG002  # Scrapy's interface
        if self._timer:
            self._timer.cancel()

    def has_pending_requests(self) -> bool:
        return bool(self._entries)

    def enqueue_request(self, request: Request) -> bool:
        raise RuntimeError(f"no Request may pass the frontier by: {request.url}")

    def next_request(self) -> Request | None:
        try:
            return self._next_request(now())
        except Exception as error:  # noqa: BLE001  # such as a full disk; the engine would log it and ask for ever
            spider: Any = self._crawler.spider
            spider.end_broken(error)
            return None

    def job_ended(self, job: Job) -> None:
        """The answer or failure of a job was committed; its site rests."""
        self._in_flight.discard(job.crawl.site.id)
        self._put_back(job.crawl, now() + job.crawl.delay_s(job.lease.url))
        # once Scrapy has let go of the request: to go on, or to find that nothing waits any more
        asyncio.get_running_loop().call_later(SHORTEST_NAP_S, self.wake)

    def requeue(self, crawl: SiteCrawl) -> None:
        """What a site waits for has changed."""
        if crawl.site.id not in self._in_flight:
            self._put_back(crawl, now())

    def pause(self, seconds: float) -> None:
        """Ask nobody for a while; then one site, to see whether anybody answers."""
        self._paused_until = now() + seconds

    def go_on(self) -> None:
        self._paused_until = 0.0

    def _next_request(self, at: float) -> Request | None:
        while self._queue and max(self._queue[0][0], self._paused_until) <= at:
            _, number, crawl = heapq.heappop(self._queue)
            if self._entries.get(crawl.site.id) != number:
                continue  # it was queued anew
            del self._entries[crawl.site.id]
            lease = crawl.lease(at)
            if lease is None:
                self._put_back(crawl, at + SHORTEST_NAP_S)
                continue
            if self._paused_until:
                self.pause(self._crawler.spider.pause_s)  # type: ignore[union-attr]  # SiteSpider
            return self._request(crawl, lease)
        self._wake_later(at)
        return None

    def _request(self, crawl: SiteCrawl, lease: Lease) -> Request:
        self._in_flight.add(crawl.site.id)
        spider: Any = self._crawler.spider
        meta: dict[str, Any] = {
            JOB: Job(crawl, lease), "download_slot": crawl.site.id, "delay_s": crawl.delay_s(lease.url),
            "address_delay_s": crawl.own_delay_s,
            "verbatim_url": True,  # Scrapy would write [ ] | ^ otherwise, and the archive hold another URL than we do
        }  # fmt: skip
        return Request(
            lease.url, callback=spider.parse, errback=spider.failed, dont_filter=True, meta=meta,
            headers=crawl.headers(lease),
        )  # fmt: skip

    def _put_back(self, crawl: SiteCrawl, not_before: float) -> None:
        """Queue a site for when it has rested and has something due; drop it where nothing waits any more."""
        due = crawl.next_due()
        if due is not None:
            self._num_entries += 1
            self._entries[crawl.site.id] = self._num_entries
            heapq.heappush(self._queue, (max(due, not_before), self._num_entries, crawl))

    def _wake_later(self, at: float) -> None:
        """Ask the engine to call again when the first site may be asked."""
        if self._timer:
            self._timer.cancel()
        if self._queue:
            wait_s = max(self._queue[0][0], self._paused_until) - at
            wait_s = min(max(wait_s, SHORTEST_NAP_S), LONGEST_NAP_S)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self.wake)

    def wake(self) -> None:
        engine: Any = self._crawler.engine
        if engine is not None and engine._slot is not None:  # no public name for "call again"
            engine._slot.nextcall.schedule()
