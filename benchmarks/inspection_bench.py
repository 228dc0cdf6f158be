"""Looking at a large corpus: time and memory of the commands, and of the same statistics with pandas.

In: a folder and a number of sentences, for which large_corpora.py makes two corpora; or a folder with them. Out:
figures. Each command is a process of its own, start included; memory is PSS. `corpus trace` finds none of the data in
the page cache. `python -m benchmarks.inspection_bench DATA` measures what was made before.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pyarrow.parquet as pq

from benchmarks.danish_prose import has_prose
from benchmarks.figures import Figure, at_least, at_most, exactly, skipped
from benchmarks.large_corpora import make_corpora
from benchmarks.large_snapshots import QUARTERS
from benchmarks.rivals import ROOT
from benchmarks.served import Cost, measured, say
from corpus.verify import verify_corpus

OLDER, NEWER = QUARTERS
NUM_TRACED, SEED = 7, 1
NUM_VERIFIED = 5000  # sentences of the corpora that are checked whether they are such as a build writes
REPORT_PAGE = Path("reports", NEWER, "report.html")


@dataclass(frozen=True)
class Inspection:
    """The commands on a data folder; `folder` takes what they complain of."""

    folder: Path
    data: Path

    def run(self, *arguments: str, is_cold: bool = False) -> Cost:
        if is_cold:
            forget_pages(self.data)
        command = [sys.executable, "-P", "-m", "tvaerkom", "--data", str(self.data), "--quiet", "corpus", *arguments]
        cost = measured(command, self.folder)
        say(f"corpus {' '.join(arguments)[:60]}: {cost.wall_s:.2f} s, {cost.cpu_s:.2f} s of CPU, {cost.peak_mb:.0f} MB")
        return cost

    def run_rival(self) -> Cost:
        command = [sys.executable, "-m", "benchmarks.pandas_statistics", str(self.data / "corpora" / NEWER)]
        cost = measured(command, self.folder, environment={"PYTHONPATH": str(ROOT)})
        say(f"the same with pandas: {cost.wall_s:.2f} s, {cost.cpu_s:.2f} s of CPU, {cost.peak_mb:.0f} MB")
        return cost


def inspection_figures(folder: Path, num_sentences: int) -> Iterator[Figure]:
    if not has_prose():
        yield skipped("looking at a large corpus")
        return
    small, data = folder / "small", folder / "data"
    make_corpora(small, NUM_VERIFIED)
    complaints = [line for name in QUARTERS for line in verify_corpus(small / "corpora" / name)]
    yield exactly(f"corpora of {NUM_VERIFIED} sentences made alike: complaints of verify", 0, len(complaints))
    make_corpora(data, num_sentences)
    yield from figures_of(data, folder)


def figures_of(data: Path, folder: Path) -> Iterator[Figure]:
    inspection = Inspection(folder, data.resolve())
    rows = drawn_sentences(data / "corpora" / NEWER)
    size = f"{num_kept(data)} sentences"
    stats, rival = inspection.run("stats", NEWER), inspection.run_rival()
    yield from _cost_figures(f"corpus stats, {size}", stats, wall_s=20, peak_mb=1000)
    yield at_least(f"the same with pandas / corpus stats, {size}: wall clock", 1, rival.wall_s / stats.wall_s)
    yield at_least(f"the same with pandas / corpus stats, {size}: peak memory", 1, rival.peak_mb / stats.peak_mb)
    yield from _cost_figures(f"corpus compare, {size}", inspection.run("compare", *QUARTERS), wall_s=30, peak_mb=1000)
    yield from _cost_figures(f"corpus report, {size}", inspection.run("report", NEWER), wall_s=30, peak_mb=1000)
    yield at_most("report.html, MB", 3, (data / REPORT_PAGE).stat().st_size / 1e6)
    for column, what, most_s in (("sentence_id", "ID", 1), ("text", "TEXT", 1), ("url", "URL", 5)):
        costs = [inspection.run("trace", row[column], "--corpus", NEWER, is_cold=True) for row in rows]
        median_s = statistics.median(cost.wall_s for cost in costs)
        cpu_s = statistics.median(cost.cpu_s for cost in costs)
        name = f"corpus trace {what}, {size}, cold: worst of {len(rows)}, s (median {median_s:.2f}, CPU {cpu_s:.2f})"
        yield at_most(name, most_s, max(cost.wall_s for cost in costs))


def _cost_figures(name: str, cost: Cost, *, wall_s: float, peak_mb: float) -> Iterator[Figure]:
    yield at_most(f"{name}: wall clock, s", wall_s, cost.wall_s)
    yield at_most(f"{name}: peak memory, MB", peak_mb, cost.peak_mb)


def num_kept(data: Path) -> int:
    return sum(pq.ParquetFile(path).metadata.num_rows for path in _shards(data / "corpora" / NEWER))


def drawn_sentences(corpus: Path) -> list[dict[str, str]]:
    """Id, text and address of some sentences, drawn with a seed."""
    rng, found = Random(SEED), []
    for path in rng.choices(_shards(corpus), k=NUM_TRACED):
        file = pq.ParquetFile(path)
        group = file.read_row_group(rng.randrange(file.num_row_groups), columns=["sentence_id", "text", "url"])
        found += group.slice(rng.randrange(group.num_rows), 1).to_pylist()
    return found


def forget_pages(folder: Path) -> None:
    """Have the kernel forget what it holds of these files."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())  # what is not written out yet it does not forget
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _shards(corpus: Path) -> list[Path]:
    return sorted((corpus / "sentences").glob("*.parquet"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder that benchmarks.large_corpora made")
    data = parser.parse_args().data
    for figure in figures_of(data, data):
        sys.stdout.write(f"{figure}\n")


if __name__ == "__main__":
    main()
