"""kill -9 of a training at random steps, and whether the run that goes on ends with the weights of an undisturbed one.

In: a folder, a number of kills. Out: figures. One run is killed again and again, each time behind another random step,
with everything that it started; then the same command is typed again. A small BERT on a corpus of Kommuneby, evaluated
and saved on the way, so that kills meet training, evaluation and half-written checkpoints.
"""

import json
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus_gate import built, run
from benchmarks.figures import Figure, exactly
from benchmarks.process_tree import kill_tree
from benchmarks.served import QUARTER, say
from demo.kommuneby import make_web
from demo.town import Town

SEED, NUM_STEPS, PATIENCE_S = 3, 150, 120
SETTINGS = (
    f"max_steps={NUM_STEPS}", "train_batch_sentences=32", "log_steps=1", "checkpoint_steps=7", "eval_steps=20",
    "eval_sentences=40",
)  # fmt: skip
THROUGH, KILLED = "through", "killed"


def training_kill_figures(folder: Path, num_kills: int) -> Iterator[Figure]:
    town = built(folder / "town", make_web(num_municipalities=2, pages_per_site=12, trap_months=1))
    for name in (THROUGH, "again"):
        run(town, *arguments(name))
    yield exactly("the same seed twice on a CPU: files of the model that differ", 0, num_differing(town, "again"))
    draw = random.Random(SEED)
    steps = sorted(draw.sample(range(1, NUM_STEPS), num_kills))
    for step in steps:
        kill_behind(town, step)
    run(town, *arguments(KILLED))
    name = f"{num_kills} kill -9 of a run behind random steps"
    resumed = json.loads((run_folder(town, KILLED) / "run.json").read_text()).get("resumed_at", [])
    say(f"killed behind {steps}, gone on after {resumed}")
    yield exactly(f"{name}: files of the model that differ from an undisturbed run's", 0, num_differing(town, KILLED))
    yield exactly(f"{name}: its losses by step that differ", 0, num_differing_losses(town))


def arguments(name: str) -> list[str]:
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    return ["train", QUARTER, "--config", "debug", "--name", name, "--device", "cpu", *settings]


def kill_behind(town: Town, step: int) -> None:
    """Start, or go on, and end it with all its children as soon as it has told of this step."""
    metrics = run_folder(town, KILLED) / "metrics.jsonl"
    command = town.command("--quiet", *arguments(KILLED))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    while last_step(metrics) < step and process.poll() is None:
        if time.monotonic() > deadline:
            raise RuntimeError(f"step {step} did not come")
        time.sleep(0.002)
    if process.poll() is None:
        kill_tree(process.pid)
    process.wait()


def last_step(metrics: Path) -> int:
    """The newest step that was written whole; a line may be half there."""
    lines = metrics.read_text().splitlines()[-2:] if metrics.exists() else []
    steps = [json.loads(line)["step"] for line in lines if line.endswith("}")]
    return max(steps, default=0)


def run_folder(town: Town, name: str) -> Path:
    return town.data / "runs" / name


def num_differing(town: Town, name: str) -> int:
    """Files of the model that differ, card and picture apart: they tell times."""
    folders = [run_folder(town, each) / "model" for each in (THROUGH, name)]
    contents = [
        {path.name: path.read_bytes() for path in each.iterdir() if path.suffix not in {".md", ".svg"}}
        for each in folders
    ]
    return len({name for name, _ in contents[0].items() ^ contents[1].items()})


def num_differing_losses(town: Town) -> int:
    kept = ("step", "loss", "grad_norm", "validation_loss")
    told = [
        {tuple(line.get(key) for key in kept) for line in map(json.loads, lines.splitlines())}
        for lines in ((run_folder(town, name) / "metrics.jsonl").read_text() for name in (THROUGH, KILLED))
    ]
    return len(told[0] ^ told[1])
