"""Milliseconds of CPU a page, by part of the crawl: a finished crawl's answers are given to it again, without a web.

In: a served web that was crawled, and a folder. Out: rows of part and milliseconds. What Scrapy, the wire and the
scheduler take is what is left of a crawl's CPU; start and end are those of the same command typed once more.
"""

import datetime
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from fastwarc.warc import ArchiveIterator, WarcRecordType

import crawler.pages.links as links
import crawler.site_crawl as site_crawl
from benchmarks.served import QUARTER, Cost, ServedTown
from crawler.discovery import Discovery
from crawler.frontier import Frontier
from crawler.net.answers import Answer
from crawler.net.messages import body_of_answer
from crawler.novelty import SiteTexts
from crawler.politeness import LOOPBACK, now
from crawler.register import Register, Site, read_register
from crawler.site_crawl import SiteCrawl
from crawler.warc.archive import Exchange, WarcSeries
from demo.town import REGISTER_NAME

MAX_BODY_BYTES = 10_000_000
Rows = list[tuple[str, float]]
# What is timed, under which name; what one of them calls of another counts for the other.
PARTS: tuple[tuple[Any, str, str], ...] = (
    (links, "read_page", "parser, texts"),
    (links, "_links", "links in their normal form"),
    (WarcSeries, "write", "WARC records"),
    (SiteTexts, "learn", "fingerprint of the text"),
    (site_crawl, "judged", "walls, reservations, soft 404"),
    (Discovery, "reason_to_pass_over", "scope and traps"),
    (Discovery, "add_pages", "scope and traps"),
    (Discovery, "count_references", "scope and traps"),
    (Discovery, "learn", "scope and traps"),
    (Frontier, "add", "frontier: new URLs"),
    (SiteCrawl, "lease", "frontier: lease"),
    (SiteCrawl, "fetched", "frontier: rows and commit"),
)


class _Stopwatch:
    """Seconds of CPU by part; the clock of a part stands still while another one that it called runs."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {name: 0.0 for *_, name in PARTS}
        self._open: list[str] = []
        self._since = 0.0

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            self._switch()
            self._open.append(name)
            try:
                return function(*arguments, **named)
            finally:
                self._switch()
                self._open.pop()

        return run

    def _switch(self) -> None:
        at = time.process_time()
        if self._open:
            self.seconds[self._open[-1]] += at - self._since
        self._since = at

    @contextmanager
    def running(self) -> Iterator[None]:
        with ExitStack() as stack:
            for owner, name, part in PARTS:
                stack.enter_context(patch.object(owner, name, self.timed(part, getattr(owner, name))))
            yield


def ms_by_part(stage: ServedTown, crawled: Cost, folder: Path) -> Rows:
    """Args: crawled: what the crawl of this town cost."""
    num_requests = len(stage.server.log)
    again = stage.crawl(expected=(0,))
    watch = _Stopwatch()
    register = read_register(stage.town.folder / REGISTER_NAME, {})
    with watch.running():
        for site in register.sites:
            _replay(site, register, _answers(stage.town.data, site), folder)
    rows = [(name, 1000 * seconds / num_requests) for name, seconds in watch.seconds.items()]
    whole = 1000 * (crawled.cpu_s - again.cpu_s) / num_requests
    rows.append(("Scrapy's engine, wire, scheduler (what is left)", whole - sum(ms for _, ms in rows)))
    return [*rows, ("all", whole), ("start and end of the command, once, s", again.cpu_s)]


def _replay(site: Site, register: Register, answers: dict[str, Answer], folder: Path) -> None:
    frontier = Frontier(folder / "work" / site.id)
    warc = WarcSeries(folder / "sites" / site.id, f"{site.id}-again", {"format": "WARC File Format 1.1"}, {})
    crawl = SiteCrawl(site, register.network, frontier, warc, LOOPBACK, budget=60_000)
    while crawl.next_due() is not None:
        lease = crawl.lease(now())
        if lease is None:  # it has passed over many
            continue
        answer = answers[lease.url]
        reading = None
        if crawl.wants_reading(lease, answer):
            reading = links.read_page(answer.body, lease.url, answer.headers.get("content-type", ""))
        crawl.fetched(lease, answer, reading, pause_s=0.0)
    warc.close()
    frontier.close()


def _answers(data: Path, site: Site) -> dict[str, Answer]:
    """What each URL was answered, as the bytes of the wire have it."""
    found = {}
    request = b"GET / HTTP/1.1\r\nHost: a.test\r\nUser-Agent: Tvaerkom\r\nAccept-Encoding: gzip\r\n\r\n"
    for path in sorted((data / "snapshots" / QUARTER / "sites" / site.id).glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=False):
                url, response = record.headers["WARC-Target-URI"], record.reader.read()
                head, *lines = response.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
                exchange = Exchange(
                    url=url, method="GET", request=request, response=response, address="127.0.1.1",
                    started_at=datetime.datetime.now(datetime.UTC),
                )  # fmt: skip
                fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
                body = body_of_answer(response, MAX_BODY_BYTES).body
                found[url] = Answer(status=int(head.split(" ")[1]), fields=fields, body=body, exchange=exchange)
    return found
