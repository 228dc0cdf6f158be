"""What a crawl brings home, wastes, and must not do: a large Kommuneby with traps, reservations and hostile hosts.

In: a folder and sizes. Out: figures. The truth is Kommuneby's; what was asked for stands in its server's log, and what
was kept in the crawl's tables and WARC files. Politeness under delays is measured apart, by polite_gate.py.
"""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from benchmarks.figures import Figure, at_least, at_most, exactly
from benchmarks.kill_crawl import num_complaints
from benchmarks.served import ServedTown, say, served
from crawler.pages.urls import url_key
from demo.hostile import HOSTILE
from demo.kommuneby import WASTE_KINDS, PageKind, Web, make_web
from demo.manners import closed_requests, hasty_requests, nameless_requests
from demo.request_log import LogEntry

MAX_MB = 300
# Like the cases that say so of themselves, it holds a crawl up for an hour; tests/crawler/test_hostile.py has them.
LEFT_OUT = ("R03d",)


def make_hostile_web(num_municipalities: int, pages_per_site: int) -> Web:
    return make_web(
        num_municipalities=num_municipalities, pages_per_site=pages_per_site, with_traps=True, with_reservations=True,
        with_tls=True, with_hostile=True,
    )  # fmt: skip


def crawl_figures(
    folder: Path, num_municipalities: int, pages_per_site: int, num_processes: int = 1
) -> Iterator[Figure]:  # fmt: skip
    """One crawl, judged from all sides."""
    web = make_hostile_web(num_municipalities, pages_per_site)
    with served(web, folder) as stage:
        say(f"crawling {len(web.sites)} sites, {len(web.pages)} pages, {len(web.cases)} hostile hosts")
        cost = stage.crawl(only=sites_crawled(web), num_processes=num_processes)
        rate = len(stage.server.log) / cost.cpu_s
        say(f"{len(stage.server.log)} requests in {cost.wall_s:.0f} s, {cost.cpu_s:.0f} s of CPU, {rate:.0f} a CPU s")
        yield from _recall(stage)
        yield from _waste(stage)
        yield from _forbidden(stage)
        yield exactly("hostile Kommuneby: complaints about its archive", 0, _complaints(stage))
        yield at_most("hostile Kommuneby: memory (PSS) of a process and its helpers, MB", MAX_MB, cost.peak_mb)


def sites_crawled(web: Web) -> list[str]:
    """All but those whose case is to be waited for."""
    left_out = {case.host for case in web.cases.values() if case.is_slow or case.id in LEFT_OUT}
    return [site.id for site in web.sites if site.host not in left_out]


def _recall(stage: ServedTown) -> Iterator[Figure]:
    web = stage.web
    kept = {url_key(row["url"]): row["body_sha256"] for row in stage.rows("captures")
            if row["status"] == 200 and row["withheld"] is None}  # fmt: skip
    ordinary = [url for url in web.content_urls() if web.pages[url].site not in hostile_sites(web)]
    intact = {url for url in ordinary if kept.get(url_key(url)) == hashlib.sha256(web.pages[url].body).hexdigest()}
    listed = {url for url in ordinary if web.pages[url].in_sitemap}
    yield at_least("hostile Kommuneby: content pages archived intact / reachable", 0.999, len(intact) / len(ordinary))
    yield exactly("hostile Kommuneby: pages of sitemaps archived intact / all", 1, len(listed & intact) / len(listed))
    crawled = set(sites_crawled(web))
    hosts = {site.host for site in web.sites if site.id in crawled}
    beside = [url for case in web.cases.values() if case.host in hosts for url in case.content]
    archived = [url for url in beside if url_key(url) in kept]
    yield exactly("hostile hosts: pages beside the harm archived / all", 1, len(archived) / len(beside))


def _waste(stage: ServedTown) -> Iterator[Figure]:
    """Of all requests to ordinary hosts, those for traps, for second addresses of a page, and for a page twice."""
    web = stage.web
    log = [entry for entry in stage.server.log if entry.host not in web.cases]
    wasted = wasted_requests(log, web)
    yield at_most("hostile Kommuneby: requests wasted / all", 0.05, len(wasted) / len(log))


def wasted_requests(log: Collection[LogEntry], web: Web) -> list[LogEntry]:
    content = set(web.content_urls())
    asked: set[str] = set()
    wasted = []
    for entry in log:
        kind = web.classify(entry.url)
        is_trap = kind in WASTE_KINDS and entry.url not in content
        if is_trap or (entry.url in asked and kind not in (PageKind.ROBOTS, PageKind.SITEMAP, PageKind.MISSING)):
            wasted.append(entry)
        asked.add(entry.url)
    return wasted


def _forbidden(stage: ServedTown) -> Iterator[Figure]:
    web, log = stage.web, stage.server.log
    yield exactly("hostile Kommuneby: requests against robots.txt", 0, len(closed_requests(log, web)))
    yield exactly("hostile Kommuneby: requests before a pause asked for was over", 0, len(hasty_requests(log)))
    yield exactly("hostile Kommuneby: requests that do not say who asks", 0, len(nameless_requests(log)))
    kept = list(_targets_of_responses(stage.town.data))
    reserved = {url_key(url) for url, page in web.pages.items() if page.kind is PageKind.RESERVED}
    reserved |= {url_key(url) for case in web.cases.values() for url in case.unkept}
    bodies = [url for url in kept if url_key(url) in reserved]
    yield exactly("hostile Kommuneby: bodies of reserved pages in the archive", 0, len(bodies))
    yield exactly("hostile hosts: connections to where nobody may come", 0, len(stage.server.canary_hits))
    files = [url for url in kept if not url.startswith(("http://", "https://"))]
    yield exactly("hostile hosts: files of this machine in the archive", 0, len(files))


def _complaints(stage: ServedTown) -> int:
    """warcio 1.8.1 ends with an AttributeError where a body is coded with brotli, as those of one host are."""
    brotli = {site.id for site in stage.web.sites if site.host == HOSTILE["W14"].host}
    return num_complaints(stage, unreadable=brotli)


def hostile_sites(web: Web) -> set[str]:
    return {site.id for site in web.sites if site.host in web.cases}


def _targets_of_responses(data: Path) -> Iterator[str]:
    """The URL of each response record in all WARC files."""
    for path in sorted(data.rglob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=False):
                yield record.headers["WARC-Target-URI"]
