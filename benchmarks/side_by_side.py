"""Three crawlers on the same Kommuneby: ours, Scrapy's CrawlSpider with a JOBDIR, and wget with a WARC file.

In: a folder and sizes. Out: tables of what each brings home, wastes, takes and breaks on a web with traps and
reservations, and of what is lost when each is killed with -9 and typed again, on a web that ends. The rivals have no
rule by which to stop in a trap; they are stopped after three times the web's pages, or bytes.
"""

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crawl_gate import wasted_requests
from benchmarks.kill_crawl import kill_again_and_again, moments_of, num_complaints
from benchmarks.rivals import (
    Rival,
    crawlspider,
    found_by_crawlspider,
    found_by_wget,
    has_crawlspider,
    has_wget,
    wget,
)  # fmt: skip
from benchmarks.served import QUARTER, ServedTown, measured, say, served
from crawler.pages.urls import url_key
from demo.kommuneby import PageKind, Web, make_web
from demo.manners import closed_requests

MOST = 3  # times the web's pages, or its bytes
SEED = 11
ENDS = tuple(range(9))  # wget's exit codes; 3 is that a page and a folder have one name, 8 that a page was missing


@dataclass(frozen=True, kw_only=True)
class Contender:
    """How one of them is started, and what it found: URL -> digest, and how many records are cut or stand twice."""

    name: str
    start: Callable[[ServedTown, Path], Rival]
    found: Callable[[ServedTown, Path], tuple[dict[str, str], int]]


def contenders() -> Iterator[Contender]:
    yield Contender(name="tvaerkom crawl", start=_ours, found=_found_by_us)
    if has_crawlspider():
        yield Contender(
            name="CrawlSpider + JOBDIR", found=lambda _, folder: found_by_crawlspider(folder),
            start=lambda stage, folder: crawlspider(stage, folder, most_pages=_most(stage)[0]),
        )  # fmt: skip
    if has_wget():
        yield Contender(
            name="wget --recursive --warc-file", found=lambda _, folder: found_by_wget(folder),
            start=lambda stage, folder: wget(stage, folder, most_bytes=_most(stage)[1]),
        )  # fmt: skip


def harvest_table(folder: Path, num_municipalities: int, pages_per_site: int) -> Iterator[tuple[str, ...]]:
    """What each brings home from a web with traps and reservations."""
    yield ("", "requests", "content found", "wasted", "closed", "reserved kept", "CPU s", "wall s", "PSS MB")
    for contender in contenders():
        web = make_web(num_municipalities=num_municipalities, pages_per_site=pages_per_site, with_traps=True,
                       with_reservations=True)  # fmt: skip
        place = _place(folder, contender)
        with served(web, place) as stage:
            say(f"{contender.name}: {len(web.pages)} pages with traps")
            rival = contender.start(stage, place)
            cost = measured(rival.command, rival.folder, environment=rival.environment, expected=ENDS)
            log = stage.server.log
            found = {url_key(url): digest for url, digest in contender.found(stage, place)[0].items()}
        reserved = {url_key(url) for url, page in web.pages.items() if page.kind is PageKind.RESERVED}
        yield (
            contender.name, str(len(log)), f"{_share_found(web, found):.2%}",
            f"{len(wasted_requests(log, web)) / len(log):.1%}", str(len(closed_requests(log, web))),
            str(len(reserved & found.keys())), f"{cost.cpu_s:.1f}", f"{cost.wall_s:.0f}", f"{cost.peak_mb:.0f}",
        )  # fmt: skip


def kill_table(
    folder: Path, num_municipalities: int, pages_per_site: int, num_kills: int
) -> Iterator[tuple[str, ...]]:  # fmt: skip
    """What each has lost after so many kills, when it is typed again and ends by itself."""
    yield ("", "kills", "pages undisturbed", "lost", "cut or twice", "asked again")
    for contender in contenders():
        found: list[dict[str, str]] = []
        num_asked: list[int] = []
        num_bad = 0
        start_s = wall_s = 0.0
        for is_killed in (False, True):
            web = make_web(num_municipalities=num_municipalities, pages_per_site=pages_per_site)
            place = _place(folder, contender, "killed" if is_killed else "undisturbed")
            with served(web, place) as stage:
                rival = contender.start(stage, place)
                if is_killed:
                    say(f"{contender.name}: {num_kills} kills")
                    moments = moments_of(random.Random(SEED), num_kills, start_s, wall_s - start_s)
                    kill_again_and_again(rival.command, rival.folder, rival.environment, moments)
                started = time.monotonic()
                wall_s = measured(rival.command, rival.folder, environment=rival.environment, expected=ENDS).wall_s
                log = stage.server.log
                start_s = log[0].time - started
                pages, num_bad = contender.found(stage, place)
            found.append(pages)
            num_asked.append(len(log))
        yield (
            contender.name, str(num_kills), str(len(found[0])), str(len(found[0].keys() - found[1].keys())),
            str(num_bad), str(num_asked[1] - num_asked[0]),
        )  # fmt: skip


def _ours(stage: ServedTown, folder: Path) -> Rival:
    command = stage.town.command("--quiet", "crawl", QUARTER)
    return Rival(name="tvaerkom crawl", command=command, folder=folder, environment=stage.environment)


def _found_by_us(stage: ServedTown, _: Path) -> tuple[dict[str, str], int]:
    rows = [row for row in stage.rows("captures") if row["status"] == 200 and row["withheld"] is None]
    return {row["url"]: row["body_sha256"] for row in rows}, num_complaints(stage)


def _most(stage: ServedTown) -> tuple[int, int]:
    """The most pages and bytes that a rival may fetch."""
    pages = stage.web.pages.values()
    return MOST * len(pages), MOST * sum(len(page.body) for page in pages)


def _share_found(web: Web, found: dict[str, str]) -> float:
    urls = web.content_urls()
    return sum(found.get(url_key(url)) == hashlib.sha256(web.pages[url].body).hexdigest() for url in urls) / len(urls)


def _place(folder: Path, contender: Contender, *more: str) -> Path:
    place = folder.joinpath(contender.name.partition(" ")[0], *more)
    place.mkdir(parents=True)
    return place
