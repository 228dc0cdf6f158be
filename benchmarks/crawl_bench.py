"""Pages per CPU second: the crawl with everything on, frontier and archive alone, and Scrapy's CrawlSpider.

In: a folder and sizes. Out: a `Rates`, and figures. Pages of about 35 KB and 120 links, no pauses, no traps. The three
crawl the same web in turn, three times over, in one run, because machines are noisy; the medians count. CPU is that of
the crawler's process alone, from its start to its end; a page is an answer with status 200.
"""

import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, at_least, skipped
from benchmarks.rivals import ROOT, crawlspider, has_crawlspider
from benchmarks.served import Cost, ServedTown, measured, say, served
from demo.kommuneby import make_web
from demo.town import REGISTER_NAME

NUM_ROUNDS = 3
OURS, BARE, RIVAL = "crawl, everything on", "frontier and archive alone", "CrawlSpider + JOBDIR"
NAMES = (f"pages per CPU s, {OURS} / {RIVAL}", f"pages per CPU s, {BARE} / {RIVAL}")


@dataclass(frozen=True, kw_only=True)
class Round:
    """One crawl of the web."""

    num_requests: int
    num_pages: int
    cost: Cost

    @property
    def rate(self) -> float:
        return self.num_pages / self.cost.cpu_s


def rate_figures(folder: Path, num_municipalities: int, pages_per_site: int) -> Iterator[Figure]:
    if not has_crawlspider():
        yield from (skipped(name) for name in NAMES)
        return
    rates = crawl_in_turn(folder, num_municipalities, pages_per_site)
    ours, bare, rival = (statistics.median(one.rate for one in rates[name]) for name in (OURS, BARE, RIVAL))
    yield at_least(NAMES[0], 2.5, ours / rival)
    yield at_least(NAMES[1], 4, bare / rival)


def crawl_in_turn(folder: Path, num_municipalities: int, pages_per_site: int) -> dict[str, list[Round]]:
    web = make_web(
        num_municipalities=num_municipalities, pages_per_site=pages_per_site, trap_months=0, is_realistic=True
    )
    say(f"{len(web.pages)} pages, {NUM_ROUNDS} rounds")
    rounds: dict[str, list[Round]] = {OURS: [], BARE: [], RIVAL: []}
    for number in range(NUM_ROUNDS):
        for name, crawl in ((OURS, _ours), (BARE, _bare), (RIVAL, _rival)):
            place = folder / f"{number}-{name.partition(' ')[0].strip(',')}"
            place.mkdir(parents=True)
            with served(web, place) as stage:
                cost = crawl(stage)
                log = stage.server.log
            one = Round(num_requests=len(log), num_pages=sum(entry.status == 200 for entry in log), cost=cost)
            rounds[name].append(one)
            say(f"{name}: {one.num_pages} pages, {cost.cpu_s:.1f} s of CPU, {one.rate:.0f} a CPU s, "
                f"{cost.wall_s:.0f} s, {cost.peak_mb:.0f} MB")  # fmt: skip
    return rounds


def _ours(stage: ServedTown) -> Cost:
    return stage.crawl(expected=(0,))


def _bare(stage: ServedTown) -> Cost:
    register, data = stage.town.folder / REGISTER_NAME, stage.town.folder / "bare"
    command = [sys.executable, "-m", "benchmarks.bare_crawl", str(register), str(data)]
    return measured(command, stage.town.folder, environment={"PYTHONPATH": str(ROOT)})


def _rival(stage: ServedTown) -> Cost:
    rival = crawlspider(stage, stage.town.folder / "rival")
    return measured(rival.command, rival.folder, environment=rival.environment)
