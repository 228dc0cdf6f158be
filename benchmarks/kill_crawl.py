"""kill -9 at random moments, and whether the crawl that goes on ends as one that nobody disturbed.

In: a folder, sizes, a number of kills, a seed. Out: a `KillReport`. All processes of the crawl are killed at once, at
moments drawn over its whole life: while it starts, fetches, and closes its files.
Sites that hand out a new session with every answer are left out: two undisturbed crawls of them differ.
"""

import math
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, exactly
from benchmarks.process_tree import kill_tree
from benchmarks.served import QUARTER, ServedTown, say, served
from crawler.telling.reading import frontier_read
from demo.kommuneby import SiteKind, Web, make_web
from demo.trap_twins import session_in_path, session_in_query
from demo.traps import traps_of
from foundation.errors import BrokenRunError

SEED = 7
Kept = Counter[tuple[str, str, str, str]]  # site, kind, URL, digest of the body


@dataclass(frozen=True, kw_only=True)
class KillReport:
    """What kills did to a crawl.

    Attributes:
        num_in_crawl: kills that met a crawl with URLs still to fetch.
        num_captures: what the undisturbed crawl kept.
        lost, other, twice: captures that only the undisturbed crawl has, that only the killed one has, and that the
            killed one has once more.
        num_corrupt: complaints of `tvaerkom snapshot verify` and of `warcio check`.
        num_asked_again: requests beyond those of the undisturbed crawl.
    """

    num_kills: int
    num_in_crawl: int
    num_captures: int
    lost: int
    other: int
    twice: int
    num_corrupt: int
    num_asked_again: int


def kill_figures(folder: Path, num_municipalities: int, pages_per_site: int, num_kills: int) -> Iterator[Figure]:
    report = kill_report(folder, num_municipalities, pages_per_site, num_kills)
    name = f"{report.num_kills} kill -9, {report.num_in_crawl} of them in mid-crawl"
    yield exactly(f"{name}: captures lost", 0, report.lost)
    yield exactly(f"{name}: captures that the undisturbed crawl has not", 0, report.other)
    yield exactly(f"{name}: records of one capture twice", 0, report.twice)
    yield exactly(f"{name}: corrupt records", 0, report.num_corrupt)


def kill_report(
    folder: Path, num_municipalities: int, pages_per_site: int, num_kills: int, seed: int = SEED
) -> KillReport:
    """Crawl undisturbed, and killed again and again, each on a fresh web and server."""
    undisturbed, killed = folder / "undisturbed", folder / "killed"
    kept: list[Kept] = []
    num_asked: list[int] = []
    num_corrupt = num_in_crawl = 0
    start_s = wall_s = 0.0
    for place in (undisturbed, killed):
        place.mkdir(parents=True)
        web = make_kill_web(num_municipalities, pages_per_site)
        sites = reproducible_sites(web, num_municipalities)
        with served(web, place) as stage:
            if place is killed:
                moments = moments_of(random.Random(seed), num_kills, start_s, wall_s - start_s)
                num_in_crawl = _kill(stage, sites, moments)
            started = time.monotonic()
            wall_s = stage.crawl(only=sites).wall_s
            start_s = stage.server.log[0].time - started
            kept.append(_kept(stage))
            num_asked.append(len(stage.server.log))
            say(f"{place.name}: {kept[-1].total()} captures, {num_asked[-1]} requests, {wall_s:.0f} s to the end")
            num_corrupt += num_complaints(stage)
    before, after = kept
    return KillReport(
        num_kills=num_kills, num_in_crawl=num_in_crawl, num_captures=before.total(),
        lost=len(before.keys() - after.keys()), other=len(after.keys() - before.keys()),
        twice=sum(max(number - max(before[key], 1), 0) for key, number in after.items()), num_corrupt=num_corrupt,
        num_asked_again=num_asked[1] - num_asked[0],
    )  # fmt: skip


def make_kill_web(num_municipalities: int, pages_per_site: int) -> Web:
    return make_web(
        num_municipalities=num_municipalities, pages_per_site=pages_per_site, with_traps=True, with_reservations=True,
        with_tls=True,
    )  # fmt: skip


def reproducible_sites(web: Web, num_municipalities: int) -> list[str]:
    restless = {session_in_query, session_in_path}
    return [
        site.id for site in web.sites
        if site.kind is SiteKind.AREA or restless.isdisjoint(traps_of(site.index, num_municipalities))
    ]  # fmt: skip


def moments_of(rng: random.Random, num_kills: int, start_s: float, work_s: float) -> list[float]:
    """Seconds of life before each kill, such that all lives together get through most of the work.

    A life that is drawn from [0, start_s + x] works for x*x / 2(start_s + x) seconds on average.
    """
    share_s = 0.8 * work_s / num_kills
    longest_s = share_s + math.sqrt(share_s * share_s + 2 * share_s * start_s)
    return [rng.uniform(0, start_s + longest_s) for _ in range(num_kills)]


def kill_again_and_again(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    moments: Sequence[float],
    is_unfinished: Callable[[], bool] = lambda: True,
) -> int:
    """Start and kill a command once for each moment; gives how many of them met it with something to do."""
    num_met = 0
    for number, moment_s in enumerate(moments, 1):
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(moment_s)
        kill_tree(process.pid)
        num_met += process.wait() == -signal.SIGKILL and is_unfinished()
        if number % 10 == 0:
            say(f"{number} kills, {num_met} of them in mid-crawl")
    return num_met


def _kill(stage: ServedTown, sites: Sequence[str], moments: Sequence[float]) -> int:
    command = stage.town.command("--quiet", "crawl", QUARTER, "--only", ",".join(sites))
    return kill_again_and_again(
        command, stage.town.folder, stage.environment, moments, lambda: _is_unfinished(stage, sites)
    )


def _is_unfinished(stage: ServedTown, sites: Sequence[str]) -> bool:
    return any(_waits(stage.town.data / "work" / QUARTER / site) for site in sites)


def _waits(folder: Path) -> bool:
    try:
        with frontier_read(folder) as db:
            return db.execute("select 1 from url where state in ('waiting', 'leased')").fetchone() is not None
    except BrokenRunError:  # not there yet, or killed while it was made
        return True


def _kept(stage: ServedTown) -> Kept:
    return Counter((row["site"], row["kind"], row["url"], row["body_sha256"]) for row in stage.rows("captures"))


def num_complaints(stage: ServedTown, *, unreadable: Collection[str] = ()) -> int:
    """What our own checker and that of warcio say of a crawl that has ended.

    Args:
        unreadable: sites whose files warcio cannot read, though they are whole.
    """
    stage.run("snapshot", "publish", QUARTER, expected=(0, 3))
    checked = stage.town.run("--quiet", "snapshot", "verify", QUARTER, capture_output=True)
    complaints = checked.stderr.splitlines()[:-1] if checked.returncode else []
    warcs = sorted(str(path) for path in stage.town.data.rglob("*.warc.gz") if path.parent.name not in unreadable)
    tool = Path(sys.executable).with_name("warcio")
    warcio = subprocess.run([tool, "check", *warcs], capture_output=True, text=True, check=False)
    complaints += [line for line in warcio.stdout.splitlines() if "digest failed" in line or "Error" in line]
    for complaint in complaints[:5]:
        say(complaint)
    return max(len(complaints), int(checked.returncode != 0), int(warcio.returncode != 0))
