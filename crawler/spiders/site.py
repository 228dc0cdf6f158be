"""The one spider: hands each answer to the site it belongs to.

In: responses and failures of leased URLs. Out: nothing through Scrapy; the site's crawl commits everything.
Links do not become Requests here; scheduler.py makes them from the frontier.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

from scrapy import Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.scheduler import JOB, Job
from crawler.site_crawl import Answer, SiteCrawl
from crawler.wire import EXCHANGE


class SiteSpider(Spider):
    """Crawls any number of sites; `broken` is the error that ended it, such as a full disk."""

    name = "site"

    def __init__(self, crawls: Sequence[SiteCrawl], on_progress: Callable[[SiteCrawl], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.crawls = crawls
        self.broken: Exception | None = None
        self._on_progress = on_progress
        self._has_answer = False
        self._silent: set[str] = set()  # sites that gave no answer so far

    async def start(self) -> AsyncIterator[Any]:
        """Nothing to start with: seeds are in the frontiers."""
        return
        yield

    def parse(self, response: Response, **_: Any) -> Iterable[Any]:
        job: Job = response.meta[JOB]
        exchange = response.meta[EXCHANGE]
        self._has_answer = True
        headers = {name.decode("latin-1").lower(): values[0].decode("latin-1") for name, values in
                   response.headers.items() if values}  # fmt: skip
        answer = Answer(status=response.status, headers=headers, body=response.body, exchange=exchange)
        self._commit(job, lambda: job.crawl.fetched(job.lease, answer, pause_s=job.pause_s))
        return ()

    def failed(self, failure: Failure) -> Iterable[Any]:
        job: Job = failure.request.meta[JOB]  # type: ignore[attr-defined]  # Scrapy puts it there
        error = failure.getErrorMessage() or type(failure.value).__name__
        line = error.splitlines()[0][:200]
        self._commit(job, lambda: job.crawl.failed(job.lease, line, pause_s=job.pause_s))
        self._watch_network(job.crawl, line)
        return ()

    def _watch_network(self, crawl: SiteCrawl, error: str) -> None:
        """That no site at all answers is most likely the operator's own network; nobody wants to wait for retries."""
        site = crawl.site
        if site.id not in self._silent:
            self.logger.warning("%s %s: no answer: %s", site.id, site.name, error)
        self._silent.add(site.id)
        if not self._has_answer and len(self._silent) == len(self.crawls) > 1:
            self.end_broken(ConnectionError(f"none of the {len(self.crawls)} sites answers (is the network there?)"))

    def end_broken(self, error: Exception) -> None:
        """End the crawl where no answer is at hand whose callback could raise CloseSpider."""
        if self.broken is None:
            self.broken = error
            engine: Any = self.crawler.engine
            self._ending = asyncio.ensure_future(engine.close_spider_async(reason="broken"))  # kept, or it may vanish

    def _commit(self, job: Job, commit: Callable[[], None]) -> None:
        """A disk that is full ends the whole crawl; Scrapy would log it and call the crawl finished."""
        try:
            commit()
        except (OSError, sqlite3.Error) as error:
            self.broken = error
            raise CloseSpider("broken") from error
        finally:
            self.crawler.engine.scheduler.job_ended(job)  # type: ignore[union-attr]
        self._on_progress(job.crawl)
