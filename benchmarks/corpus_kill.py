"""kill -9 at random moments, and whether the build that is typed again writes the bytes of one that nobody disturbed.

In: a folder, a number of pages, a number of kills, a seed. Out: figures. Each kill meets a build of its own, which
starts with nothing: one in each equal part of the life of an undisturbed build, its start and end included. All
processes of the build are killed at once; then the same command is typed again, and its corpus compared file by file.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus_inputs import Workshop, workshop_of_small_pages
from benchmarks.danish_prose import has_prose
from benchmarks.figures import Figure, exactly, skipped
from benchmarks.process_tree import kill_tree
from benchmarks.served import QUARTER, say
from foundation.manifests import is_complete

NAME = "files that differ from an undisturbed build"
LEFT = "files that it left behind"
SEED = 7
WORKERS = 2
TAKEN = 2  # exit code of a build whose corpus is there already: the kill came behind its last step


def build_kill_figures(folder: Path, num_pages: int, num_kills: int) -> Iterator[Figure]:
    if not has_prose():
        yield from (skipped(name, "0") for name in (NAME, LEFT))
        return
    workshop = workshop_of_small_pages(folder, num_pages)
    wall_s = min(_undisturbed_wall_s(workshop) for _ in range(2))
    undisturbed = workshop.digests()
    say(f"{num_pages} pages, undisturbed: {wall_s:.1f} s, {len(undisturbed)} files")
    rng = random.Random(SEED)
    num_met = num_differing = num_left = 0
    for number in range(num_kills):
        workshop.forget(QUARTER)
        moment_s = wall_s * (number + rng.random()) / num_kills
        num_met += _killed(workshop, moment_s)
        workshop.build(workers=WORKERS, expected=(TAKEN,) if is_complete(workshop.corpus()) else (0,))
        differing = dict(workshop.digests().items() ^ undisturbed.items())
        num_differing += len(differing)
        num_left += len(_left_behind(workshop))
        say(f"kill {number + 1} of {num_kills} at {moment_s:.1f} s: {sorted(differing) or 'the same bytes'}")
    name = f"{num_kills} kill -9 of a build, {num_met} of them before its end"
    yield exactly(f"{name}: {NAME}", 0, num_differing)
    yield exactly(f"{name}: {LEFT}", 0, num_left)


def _undisturbed_wall_s(workshop: Workshop) -> float:
    workshop.forget(QUARTER)
    return workshop.build(workers=WORKERS).wall_s


def _killed(workshop: Workshop, moment_s: float) -> bool:
    """Whether the build was still at work."""
    process = subprocess.Popen(
        workshop.command(QUARTER, WORKERS), cwd=workshop.town.folder, env=dict(os.environ),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(moment_s)
    kill_tree(process.pid)
    return process.wait() == -signal.SIGKILL


def _left_behind(workshop: Workshop) -> list[Path]:
    """Files of the working folder, which a build that ends well clears away."""
    return [path for path in (workshop.town.data / "work" / "corpus").rglob("*") if path.is_file()]
