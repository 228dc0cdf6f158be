"""The one spider: hands each answer to the site it belongs to.

In: responses and failures of leased URLs. Out: nothing through Scrapy; the site's crawl commits everything.
Links do not become Requests here; scheduler.py makes them from the frontier.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any

from scrapy import Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.frontier import Lease
from crawler.net.answers import Answer, answer_of
from crawler.net.failures import is_silence
from crawler.net.guard import is_forbidden
from crawler.net.turns import TurnsClosedError
from crawler.net.wire import EXCHANGE
from crawler.network_watch import PAUSE_S, NetworkWatch
from crawler.pages.links import PageReading, read_page
from crawler.pages.parsing import ParseWorker, is_suspicious
from crawler.politeness import now
from crawler.scheduler import JOB, Job
from crawler.site_crawl import SiteCrawl
from foundation.errors import BrokenRunError

log = logging.getLogger(__name__)


class SiteSpider(Spider):
    """Crawls any number of sites; `broken` is the error that ended it, such as a full disk."""

    name = "site"
    pause_s = PAUSE_S

    def __init__(
        self, crawls: Sequence[SiteCrawl], *, on_progress: Callable[[SiteCrawl], None], say: Callable[[str], None],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.crawls = crawls
        self.broken: Exception | None = None
        self._on_progress, self._say = on_progress, say
        self._watch = NetworkWatch()
        self._worker = ParseWorker()
        self._has_answer = False
        self._silent: set[str] = set()  # sites that gave no answer so far

    async def start(self) -> AsyncIterator[Any]:
        """Nothing to start with: seeds are in the frontiers."""
        return
        yield

    async def parse(self, response: Response, **_: Any) -> None:
        job: Job = response.meta[JOB]
        self._has_answer = True
        if self._watch.answered(job.crawl, now()):
            self._say("the network is there again; the crawl goes on")
            self._scheduler.go_on()
        pause_s = response.meta.get("pause_s")
        try:
            answer = job.crawl.resolved(job.lease, answer_of(response, response.meta[EXCHANGE]))
            reading = await self._reading(job, answer)
            job.crawl.fetched(job.lease, answer, reading, pause_s=pause_s)
        except (OSError, sqlite3.Error, BrokenRunError) as error:
            return self.end_broken(error)
        except Exception as error:  # our own mistake on one page; Scrapy would swallow it with its site
            log.exception("%s could not be read", job.lease.url)
            line, address = f"not read: {type(error).__name__}", response.meta.get("address")
            return self._commit(
                job, lambda: job.crawl.failed(job.lease, line, is_final=True, address=address, pause_s=pause_s)
            )
        return self._ended(job)

    def failed(self, failure: Failure) -> None:
        request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        job: Job = request.meta[JOB]
        error: Any = failure.value
        line = ((failure.getErrorMessage() or type(error).__name__).splitlines() or [""])[0][:200]

        def commit() -> None:
            if isinstance(error, TurnsClosedError):
                return job.crawl.unused(job.lease)
            job.crawl.failed(
                job.lease, line, is_final=is_forbidden(error), address=request.meta.get("address"),
                pause_s=request.meta.get("pause_s"),
            )  # fmt: skip
            if is_silence(error):
                self._fell_silent(job.crawl, job.lease)
            return self._tell_silence(job.crawl, line)

        self._commit(job, commit)

    def closed(self, reason: str) -> None:  # noqa: ARG002  # Scrapy's interface
        self._worker.close()

    async def _reading(self, job: Job, answer: Answer) -> PageReading | None:
        """Links and texts of a page; one that could hang the parser is read by a process that may be stopped."""
        if not job.crawl.wants_reading(job.lease, answer):
            return None
        content_type = answer.headers.get("content-type", "")
        if is_suspicious(answer.body):
            return await self._worker.read_page(answer.body, job.lease.url, content_type)
        return read_page(answer.body, job.lease.url, content_type)

    def _fell_silent(self, crawl: SiteCrawl, lease: Lease) -> None:
        was_lost = self._watch.is_lost
        for silent, leases in self._watch.fell_silent(crawl, lease, now()):
            silent.forgive(leases)
            self._scheduler.requeue(silent)
        if self._watch.is_lost:
            self._scheduler.pause(self.pause_s)
        if self._watch.is_lost and not was_lost:
            self._say(
                "most sites fell silent within a minute: it is probably this machine's network; the crawl pauses, "
                f"tries every {self.pause_s:.0f} s, and counts nothing against a site"
            )

    def _tell_silence(self, crawl: SiteCrawl, error: str) -> None:
        """That no site at all answers is most likely the operator's own network; nobody wants to wait for retries."""
        site = crawl.site
        if site.id not in self._silent:
            self._say(f"{site.name}: no answer: {error}")
        self._silent.add(site.id)
        if not self._has_answer and len(self._silent) == len(self.crawls) > 1:
            self.end_broken(ConnectionError(f"none of the {len(self.crawls)} sites answers (is the network there?)"))

    def end_broken(self, error: Exception) -> None:
        """End the crawl; what was committed stays."""
        if self.broken is None:
            self.broken = error
            self.crawler.settings["TVAERKOM_WIRE"].turns.close()  # nobody waits for a turn any more
            engine: Any = self.crawler.engine
            self._ending = asyncio.ensure_future(engine.close_spider_async(reason="broken"))  # kept, or it may vanish

    def _commit(self, job: Job, commit: Callable[[], None]) -> None:
        """A disk that is full ends the whole crawl; Scrapy would log it and call the crawl finished."""
        try:
            commit()
        except (OSError, sqlite3.Error, BrokenRunError) as error:
            return self.end_broken(error)
        return self._ended(job)

    def _ended(self, job: Job) -> None:
        self._scheduler.job_ended(job)
        with suppress(OSError):  # the process that shows it was killed; this one will find out
            self._on_progress(job.crawl)

    @property
    def _scheduler(self) -> Any:
        engine: Any = self.crawler.engine
        return engine.scheduler

