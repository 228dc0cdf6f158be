"""The next quarter, in which one page of twenty has changed: what its build costs, and whether its bytes are right.

In: a folder and a number of pages of 2 KB. Out: figures. The second build finds the cache of the first one; it is set
against the first, and its bytes against those of a build that finds no cache.
"""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus_bench import cpu_of_reading_text, step_cpu
from benchmarks.corpus_inputs import NEXT_QUARTER, Workshop, workshop_of_small_pages
from benchmarks.danish_prose import has_prose
from benchmarks.figures import Figure, at_most, exactly, skipped
from benchmarks.served import QUARTER, say

NAMES = (
    "second build, 5 % of pages changed: CPU of extraction and language / first",
    "second build, 5 % of pages changed: CPU of all / first",
    "second build: files that differ from a build with an empty cache",
)


def refresh_figures(folder: Path, num_pages: int) -> Iterator[Figure]:
    if not has_prose():
        yield from (skipped(name) for name in NAMES)
        return
    workshop = workshop_of_small_pages(folder, num_pages, num_quarters=2)
    first, second = _cpu_of_steps(workshop)
    yield at_most(f"{NAMES[0]}, {num_pages} pages", 0.1, second / first)
    first, second, num_differing = _cpu_of_all(workshop)
    yield at_most(f"{NAMES[1]}, {num_pages} pages", 0.25, second / first)
    yield exactly(NAMES[2], 0, num_differing)


def _cpu_of_steps(workshop: Workshop) -> tuple[float, float]:
    workshop.forget(QUARTER, NEXT_QUARTER)
    seconds = [step_cpu(workshop, name) for name in (QUARTER, NEXT_QUARTER)]
    for name, found in zip((QUARTER, NEXT_QUARTER), seconds, strict=True):
        say(f"{name}: " + ", ".join(f"{step} {step_s:.1f} s" for step, step_s in found.items()))
    first, second = map(cpu_of_reading_text, seconds)
    return first, second


def _cpu_of_all(workshop: Workshop) -> tuple[float, float, int]:
    """The second corpus is built twice; the first one stays, because a corpus carries on the one before it."""
    workshop.forget(QUARTER, NEXT_QUARTER)
    first, second = (workshop.build(name).cpu_s for name in (QUARTER, NEXT_QUARTER))
    with_cache = workshop.digests(NEXT_QUARTER)
    workshop.forget(NEXT_QUARTER)
    again = workshop.build(NEXT_QUARTER).cpu_s
    say(f"first {first:.1f} s of CPU, second {second:.1f} s, second without the cache {again:.1f} s")
    return first, second, len(with_cache.items() ^ workshop.digests(NEXT_QUARTER).items())
