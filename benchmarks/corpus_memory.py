"""Peak memory of a build with two workers, and whether ten times the pages take more.

In: a folder and two numbers of pages of 2 KB. Out: figures. Memory is PSS, summed over the command and its workers.
"""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus_inputs import workshop_of_small_pages
from benchmarks.danish_prose import has_prose
from benchmarks.figures import Figure, at_most, skipped
from benchmarks.served import QUARTER, say

PEAK = "peak memory of a build, 2 workers, GB"
GROWTH = "peak memory of a build, ten times the pages"
LARGER = 10
BYTES_PER_MB = 1024**2  # as the kernel counts; a GB is 10^9


def memory_figures(folder: Path, num_pages: int) -> Iterator[Figure]:
    """Args: num_pages: of the smaller build."""
    if not has_prose():
        yield from (skipped(name) for name in (PEAK, GROWTH))
        return
    small, large = (_peak_gb(folder / f"{number}", number) for number in (num_pages, LARGER * num_pages))
    yield at_most(f"{PEAK}, {num_pages} pages", 1, small)
    yield at_most(f"{PEAK}, {LARGER * num_pages} pages", 1, large)
    yield at_most(f"{GROWTH}, {LARGER * num_pages} / {num_pages}", 1.2, large / small)


def _peak_gb(folder: Path, num_pages: int) -> float:
    workshop = workshop_of_small_pages(folder, num_pages)
    workshop.forget(QUARTER)
    cost = workshop.build(workers=2)
    say(f"{num_pages} pages: {cost.peak_mb:.0f} MB, {cost.wall_s:.0f} s, {cost.cpu_s:.0f} s of CPU")
    return cost.peak_mb * BYTES_PER_MB / 1e9
