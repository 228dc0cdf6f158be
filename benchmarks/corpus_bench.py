"""What a build costs: beside the extractor alone, with two workers beside one, and by step.

In: a folder and a number of pages. Out: figures, and a table for the bench. The pages are real markup with Danish text.
Both sides of a ratio are measured in turn, three times over, in one run, because machines are noisy. Each build
starts from an empty cache.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.corpus_inputs import WARCS, Workshop, workshop_of_danish_pages, write_warc
from benchmarks.corpus_steps import EXTRACTION, LANGUAGE
from benchmarks.danish_markup import danish_pages
from benchmarks.danish_prose import has_prose
from benchmarks.figures import Figure, at_least, at_most, skipped
from benchmarks.rivals import ROOT
from benchmarks.served import QUARTER, say
from demo.town import REGISTER_NAME

NUM_ROUNDS = 3
ALONE = "CPU of a build / CPU of trafilatura alone"
WORKERS = "wall clock of a build with 1 worker / with 2"
OF_TWO_CORES = "the same / what two processes of trafilatura gain on this machine"


def cost_figures(folder: Path, num_pages: int) -> Iterator[Figure]:
    """The build's start, its models and its tables count; of trafilatura only the calls."""
    if not has_prose():
        yield skipped(ALONE, "<= 1.5")
        return
    workshop = workshop_of_danish_pages(folder, num_pages)
    ratios = []
    for _ in range(NUM_ROUNDS):
        alone_s = trafilatura_cpu_s(workshop.warcs[QUARTER])
        workshop.forget(QUARTER)
        ours_s = workshop.build().cpu_s
        ratios.append(ours_s / alone_s)
        say(f"{num_pages} pages: build {ours_s:.1f} s of CPU, trafilatura {alone_s:.1f} s, {ratios[-1]:.2f}x")
    yield at_most(f"{ALONE}, {num_pages} pages", 1.5, statistics.median(ratios))


def worker_figures(folder: Path, num_pages: int) -> Iterator[Figure]:
    """Beside the wall clock, what two cores of this machine are worth: shared ones are slower when both work."""
    if not has_prose() or (os.cpu_count() or 1) < 2:
        yield from (skipped(name) for name in (WORKERS, OF_TWO_CORES))
        return
    workshop = workshop_of_danish_pages(folder, num_pages)
    warc = write_warc(folder / WARCS / "control.warc.gz", danish_pages(max(num_pages // 5, 100)))
    gains, shares = [], []
    for _ in range(NUM_ROUNDS):
        wall_s = []
        for workers in (1, 2):
            workshop.forget(QUARTER)
            wall_s.append(workshop.build(workers=workers).wall_s)
        gains.append(wall_s[0] / wall_s[1])
        of_machine = _gain_of_two_cores(warc)
        shares.append(gains[-1] / of_machine)
        say(
            f"{num_pages} pages, 1 worker {wall_s[0]:.1f} s, 2 workers {wall_s[1]:.1f} s: {gains[-1]:.2f}x; "
            f"two processes of trafilatura alone {of_machine:.2f}x"
        )
    yield at_least(f"{WORKERS}, {num_pages} pages", 1.8, statistics.median(gains))
    yield at_least(f"{OF_TWO_CORES}, {num_pages} pages", 0.9, statistics.median(shares))


def _gain_of_two_cores(warc: Path) -> float:
    """2 where a process is as fast beside another one as alone."""
    alone_s = trafilatura_cpu_s(warc)
    with ThreadPoolExecutor(2) as pool:
        together_s = list(pool.map(trafilatura_cpu_s, [warc, warc]))
    return 2 * alone_s / statistics.mean(together_s)


def step_table(folder: Path, num_pages: int) -> Iterator[tuple[str, ...]]:
    """Milliseconds of CPU a page, by step, with the extractor alone above them."""
    if not has_prose():
        yield ("no ../shared/data: there are no pages",)
        return
    workshop = workshop_of_danish_pages(folder, num_pages)
    alone_s = trafilatura_cpu_s(workshop.warcs[QUARTER])
    workshop.forget(QUARTER)
    seconds = step_cpu(workshop)
    yield ("step of a build", "ms of CPU a page", "of the build")
    yield ("(trafilatura alone, all on)", f"{1000 * alone_s / num_pages:.2f}", "")
    for step, step_s in seconds.items():
        yield (step, f"{1000 * step_s / num_pages:.2f}", f"{step_s / sum(seconds.values()):.0%}")
    yield ("all", f"{1000 * sum(seconds.values()) / num_pages:.2f}", f"{sum(seconds.values()) / alone_s:.2f}x")


def step_cpu(workshop: Workshop, name: str = QUARTER) -> dict[str, float]:
    """Build in one process whose steps are timed; step -> seconds of CPU. The corpus must not be there yet."""
    town = workshop.town
    command = [sys.executable, "-m", "benchmarks.corpus_steps", str(town.folder / REGISTER_NAME), str(town.data), name]
    seconds: dict[str, float] = json.loads(said(command))
    return seconds


def cpu_of_reading_text(seconds: dict[str, float]) -> float:
    """Extraction and language together: what a page that has not changed must not cost again."""
    return seconds[EXTRACTION] + seconds[LANGUAGE]


def trafilatura_cpu_s(warc: Path) -> float:
    return float(json.loads(said([sys.executable, "-m", "benchmarks.trafilatura_alone", str(warc)]))["cpu_s"])


def said(command: list[str]) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
    sys.stderr.write(done.stderr)
    return done.stdout.splitlines()[-1]
