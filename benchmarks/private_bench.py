"""A private step held against its rivals: `python -m benchmarks.gate --only private-step`.

In: a number of rounds. Out: figures of time and memory. Each recipe (private_step.py) runs in a process of its own, on
one thread, in turn within a round; ratios are of the medians of the rounds.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, at_most
from benchmarks.rivals import ROOT
from benchmarks.served import say

SIZES = (8, 32)  # sentences of 32 tokens
RECIPES = ("plain", "hooks", "ghost", "ours")
MAX_OF_PLAIN, MAX_OF_HOOKS = 0.8, 0.6  # of the time
MAX_MEMORY = {8: 0.5, 32: 0.35}  # of hooks mode


def private_step_figures(_folder: Path, num_rounds: int) -> Iterator[Figure]:
    for size in SIZES:
        seconds: dict[str, list[float]] = {name: [] for name in RECIPES}
        peaks = dict.fromkeys(RECIPES, 0)
        for number in range(num_rounds):
            for name in RECIPES:
                taken, peak = measured(name, size)
                seconds[name].append(taken)
                peaks[name] = max(peaks[name], peak)
                say(f"round {number + 1} of {num_rounds}: {size} sentences, {name}: {taken:.2f} s, {peak / 1e9:.2f} GB")
        middle = {name: statistics.median(taken) for name, taken in seconds.items()}
        told = f"private step, {size} sentences of 32 tokens, NB-BERT's shape, ours / "
        yield at_most(f"{told}not private, padded, whole head: time", MAX_OF_PLAIN, middle["ours"] / middle["plain"])
        yield at_most(f"{told}opacus hooks mode: time", MAX_OF_HOOKS, middle["ours"] / middle["hooks"])
        yield at_most(f"{told}opacus hooks mode: most memory", MAX_MEMORY[size], peaks["ours"] / peaks["hooks"])


def measured(name: str, size: int) -> tuple[float, int]:
    """Seconds of the fastest step, and the most memory of the process in bytes."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.private_step", name, str(size)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak)
