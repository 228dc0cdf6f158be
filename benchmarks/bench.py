"""Speed and memory of each stage, and of crawl and corpus beside their rivals: `make bench`.

In: sizes; `--only` for some of the tables. Out: tables of wall seconds, CPU seconds (of a command and its children),
peak memory (PSS, all processes of the command together) and rates. Both sides of a ratio are measured in one run,
because machines are noisy. Progress goes to standard error.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.corpus_bench import step_table
from benchmarks.corpus_rivals import rival_table
from benchmarks.crawl_bench import BARE, OURS, RIVAL, crawl_in_turn
from benchmarks.crawl_parts import ms_by_part
from benchmarks.rivals import has_crawlspider
from benchmarks.served import QUARTER, Cost, say, served
from benchmarks.side_by_side import harvest_table, kill_table
from benchmarks.ts1_table import ts1_table
from demo.kommuneby import make_web

Row = tuple[str, ...]
Table = Callable[[Path], Iterator[Row]]


def main() -> None:
    sizes = _arguments().parse_args()
    with tempfile.TemporaryDirectory() as name:
        for table_name, table in _tables(sizes).items():
            if sizes.only and table_name not in sizes.only.split(","):
                continue
            folder = Path(name) / table_name
            folder.mkdir()
            say(f"measuring: {table_name}")
            for number, row in enumerate(table(folder)):
                _write(row, is_head=number == 0)
            sys.stdout.write("\n")
            shutil.rmtree(folder)


def _tables(sizes: argparse.Namespace) -> dict[str, Table]:
    return {
        "stages": partial(stages, num_municipalities=sizes.municipalities, pages_per_site=sizes.pages),
        "rates": partial(rates, num_municipalities=sizes.rate_municipalities, pages_per_site=sizes.rate_pages),
        "parts": partial(parts, num_municipalities=sizes.rate_municipalities, pages_per_site=sizes.rate_pages),
        "harvest": partial(harvest_table, num_municipalities=sizes.side_municipalities,
                           pages_per_site=sizes.side_pages),
        "kills": partial(kill_table, num_municipalities=sizes.side_municipalities, pages_per_site=sizes.side_pages,
                         num_kills=sizes.side_kills),
        "steps": partial(step_table, num_pages=sizes.build_pages),
        "datatrove": partial(rival_table, num_pages=sizes.build_pages),
        "ts1": partial(ts1_table, num_pages=sizes.build_pages),
    }  # fmt: skip


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--only", default="", help="tables, with commas between")
    for name, number, what in (
        ("--municipalities", 24, "size of the web of the stages, up to 94"),
        ("--pages", 60, "pages of a municipality, about"),
        ("--rate-municipalities", 30, "size of the web for rates, of pages of 35 KB"),
        ("--rate-pages", 100, "pages of a municipality, about"),
        ("--side-municipalities", 20, "size of the web for the rivals"),
        ("--side-pages", 40, "pages of a municipality, about"),
        ("--side-kills", 10, "kill -9 of each of them"),
        ("--build-pages", 400, "pages of 150 KB of a build; the full size is 2000"),
    ):
        parser.add_argument(name, type=int, default=number, help=what)
    return parser


def stages(folder: Path, num_municipalities: int, pages_per_site: int) -> Iterator[Row]:
    """Each command once, in the order of a quarter."""
    yield ("command", "wall s", "CPU s", "peak MB", "rate")
    yield ("tvaerkom --help, best of 5", f"{min(_help_s() for _ in range(5)):.2f}", "", "", "")
    with served(make_web(num_municipalities=num_municipalities, pages_per_site=pages_per_site), folder) as stage:
        cost = stage.crawl(expected=(0,))
        num_requests = len(stage.server.log)
        yield _row("crawl", cost, num_requests, "requests")
        yield _row("snapshot publish", stage.run("snapshot", "publish", QUARTER), num_requests, "requests")
        costs = []
        for workers in ("1", "2"):
            shutil.rmtree(folder / "corpora", ignore_errors=True)
            costs.append(stage.run("corpus", "build", QUARTER, "--workers", workers))
            yield _row(f"corpus build, {workers} workers", costs[-1], num_requests, "pages")
        yield ("2 workers against 1", f"{costs[0].wall_s / costs[1].wall_s:.2f}x", "", "", "")
        yield _row("corpus verify", stage.run("corpus", "verify", QUARTER), num_requests, "pages")
        training = stage.run("train", QUARTER, "--config", "demo", "--set", "max_steps=200")
        yield _row("train, small model, 200 steps of 32", training, 6400, "sentences")


def rates(folder: Path, num_municipalities: int, pages_per_site: int) -> Iterator[Row]:
    """Pages per CPU second, against the rival."""
    if not has_crawlspider():
        yield ("no .venv-bench: make bench makes it",)
        return
    rounds = crawl_in_turn(folder, num_municipalities, pages_per_site)
    medians = {name: statistics.median(one.rate for one in rounds[name]) for name in rounds}
    yield ("pages of 35 KB", "pages per CPU s", "median", "against CrawlSpider", "peak MB")
    for name in (OURS, BARE, RIVAL):
        each = ", ".join(f"{one.rate:.0f}" for one in rounds[name])
        peak_mb = max(one.cost.peak_mb for one in rounds[name])
        yield (name, each, f"{medians[name]:.0f}", f"{medians[name] / medians[RIVAL]:.2f}x", f"{peak_mb:.0f}")


def parts(folder: Path, num_municipalities: int, pages_per_site: int) -> Iterator[Row]:
    """Where the CPU of a page goes."""
    web = make_web(
        num_municipalities=num_municipalities, pages_per_site=pages_per_site, trap_months=0, is_realistic=True
    )
    with served(web, folder) as stage:
        yield ("part of the crawl", "ms of CPU a request")
        for name, number in ms_by_part(stage, stage.crawl(expected=(0,)), folder / "again"):
            yield (name, f"{number:.3f}")


def _row(name: str, cost: Cost, number: int, unit: str) -> Row:
    rate = f"{number / cost.cpu_s:.0f} {unit}/CPU s"
    return (name, f"{cost.wall_s:.1f}", f"{cost.cpu_s:.1f}", f"{cost.peak_mb:.0f}", rate)


def _write(row: Row, *, is_head: bool) -> None:
    first, *others = row
    cells = [f"{first:50}", *(f"{cell:>12}" for cell in others)]
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    if is_head:
        sys.stdout.write("|---" * len(row) + "|\n")
    sys.stdout.flush()


def _help_s() -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-P", "-m", "tvaerkom", "--help"], check=True, capture_output=True)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
