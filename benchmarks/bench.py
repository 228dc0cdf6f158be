"""Speed and memory of each stage on Kommuneby: `make bench`.

In: sizes. Out: a table of wall seconds, CPU seconds (of the process and its children), peak memory and rate. Both
sides of a ratio are measured in one run, because machines are noisy.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from demo.kommuneby import make_web
from demo.server import KommunebyServer
from demo.town import Town, found_town

QUARTER = "2022Q1"


@dataclass(frozen=True)
class Cost:
    """What one command took; memory is the largest process's peak in MB."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--municipalities", type=int, default=24, help="size of the web, up to 94")
    parser.add_argument("--pages", type=int, default=60, help="pages of a municipality, about")
    sizes = parser.parse_args()
    web = make_web(num_municipalities=sizes.municipalities, pages_per_site=sizes.pages)
    line("command", "wall s", "CPU s", "peak MB", "rate")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        line("tvaerkom --help, best of 5", f"{min(_help_s() for _ in range(5)):.2f}", "", "", "")
        with KommunebyServer(web) as server:
            town = found_town(folder, web, server)
            cost = measured(town, "crawl", QUARTER)
            num_requests = len(server.log)
        report("crawl", cost, num_requests, "requests")
        report("snapshot publish", measured(town, "snapshot", "publish", QUARTER), num_requests, "requests")
        costs = []
        for workers in ("1", "2"):
            shutil.rmtree(folder / "corpora", ignore_errors=True)
            costs.append(measured(town, "corpus", "build", QUARTER, "--workers", workers))
            report(f"corpus build, {workers} workers", costs[-1], num_requests, "pages")
        line("2 workers against 1", f"{costs[0].wall_s / costs[1].wall_s:.2f}x", "", "", "")
        report("corpus verify", measured(town, "corpus", "verify", QUARTER), num_requests, "pages")
        training = measured(town, "train", QUARTER, "--config", "demo", "--set", "max_steps=200")
        report("train, small model, 200 steps of 32", training, 6400, "sentences")


def measured(town: Town, *arguments: str) -> Cost:
    started = time.monotonic()
    process = subprocess.Popen(
        town.command("--quiet", *arguments), cwd=town.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)  # of this command and the workers it waited for
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"tvaerkom {' '.join(arguments)}: exit code {process.returncode}")
    wall_s = time.monotonic() - started
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def report(name: str, cost: Cost, number: int, unit: str) -> None:
    rate = f"{number / cost.cpu_s:.0f} {unit}/CPU s"
    line(name, f"{cost.wall_s:.1f}", f"{cost.cpu_s:.1f}", f"{cost.peak_mb:.0f}", rate)


def line(*cells: str) -> None:
    sys.stdout.write(f"| {cells[0]:38} | {cells[1]:>8} | {cells[2]:>7} | {cells[3]:>8} | {cells[4]:>22} |\n")
    sys.stdout.flush()


def _help_s() -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-P", "-m", "tvaerkom", "--help"], check=True, capture_output=True)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
