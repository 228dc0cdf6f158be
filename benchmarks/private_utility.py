"""What privacy costs, and what the lot does to it: `python -m benchmarks.gate --only private-utility`.

In: the proceedings of the Danish parliament in ../shared. Out: figures. A small BERT that learnt from the first
sittings, which stand for public text, goes on with the others, which stand for a municipality's own: without privacy;
with epsilon 8 and the lot that the product chooses; with epsilon 8 and the research model's lot of 64. Same base, same
epochs, five seeds of each, each at the best of a few learning rates. Loss on validation sentences of the others.
"""

import math
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.corpus_gate import built
from benchmarks.figures import Figure, at_most, skipped
from benchmarks.real_material import PROCEEDINGS, web_of_proceedings
from benchmarks.served import say
from training.config import TrainingConfig
from training.run import train

NUM_PUBLIC_SITTINGS, NUM_SITTINGS, QUARTER = 10, 24, "2022Q1"
EPSILON, LOT_OF_THE_ORIGINAL, EPOCHS = 8.0, 64, 1
T_OF_4 = 2.776  # Student's t, 97.5 %, four degrees of freedom: five seeds
RATES = {"open": (5e-4,), "ours": (1e-3, 3e-3), "lot of 64": (1e-5, 1e-4, 1e-3)}
SHAPE = {"num_layers": 2, "hidden_size": 128, "num_heads": 4, "intermediate_size": 256, "vocabulary_size": 4000}


def utility_figures(folder: Path, num_seeds: int) -> Iterator[Figure]:
    name = "loss: upper end of ours less the lower end with a lot of 64 (95 % intervals apart)"
    if not PROCEEDINGS.exists():
        yield skipped(name)
        return
    base, corpus = _base(folder / "public"), _corpus(folder / "own", NUM_PUBLIC_SITTINGS, NUM_SITTINGS)
    found = {kind: _losses(corpus, base, folder / "own" / "data", kind, num_seeds) for kind in RATES}
    for kind, losses in found.items():
        low, high = interval(losses)
        say(f"{kind}: loss {statistics.mean(losses):.3f} ({low:.3f} to {high:.3f}), seeds {losses}")
    yield at_most("loss after, not private", 20, statistics.mean(found["open"]))
    yield at_most("loss after, epsilon 8, our lot", 20, statistics.mean(found["ours"]))
    yield at_most("loss after, epsilon 8, a lot of 64", 20, statistics.mean(found["lot of 64"]))
    yield at_most(name, 0, interval(found["ours"])[1] - interval(found["lot of 64"])[0])


def interval(losses: list[float]) -> tuple[float, float]:
    """95 % interval of the mean over five seeds."""
    mean = statistics.mean(losses)
    half = T_OF_4 * statistics.stdev(losses) / math.sqrt(len(losses)) if len(losses) > 1 else 0.0
    return mean - half, mean + half


def _corpus(folder: Path, first: int, last: int) -> Path:
    made = folder / "data" / "corpora" / QUARTER
    if not made.exists():
        built(folder, web_of_proceedings(last, first=first), name=QUARTER)
    return made


def _base(folder: Path) -> Path:
    """Learnt without privacy from text that is not in the other corpus's data folder."""
    run = folder / "data" / "runs" / "base"
    config = TrainingConfig.model_validate({
        "base": "small", "small": SHAPE, "max_steps": 3000, "eval_sentences": 1000, "max_length": 32,
        "optimizer": {"learning_rate": 1e-3},
    })  # fmt: skip
    result = train(_corpus(folder, 0, NUM_PUBLIC_SITTINGS), run, config, cache=folder / "data" / "cache")
    say(f"the base: loss {result.score('after', 'loss'):.3f} on its own validation sentences")
    return result.model_folder


def _losses(corpus: Path, base: Path, data: Path, kind: str, num_seeds: int) -> list[float]:
    """At the rate that is best for the first seed; what the rates were tried with is not part of the promise."""
    tried = {rate: _loss(corpus, base, data, kind, rate, 1) for rate in RATES[kind]}
    best = min(tried, key=lambda rate: tried[rate])
    say(f"{kind}: rates {tried}")
    return [tried[best], *(_loss(corpus, base, data, kind, best, seed) for seed in range(2, num_seeds + 1))]


def _loss(corpus: Path, base: Path, data: Path, kind: str, rate: float, seed: int) -> float:
    privacy: dict[str, Any] = {} if kind == "open" else {"epsilon": EPSILON}
    if kind == "lot of 64":
        privacy["lot"] = LOT_OF_THE_ORIGINAL
    config = TrainingConfig.model_validate({
        "base": str(base), "seed": seed, "epochs": EPOCHS, "eval_sentences": 2000, "max_length": 32, "privacy": privacy,
        "optimizer": {"learning_rate": rate}, "checkpoint_steps": 10_000,
    })  # fmt: skip
    run = data / "runs" / f"{kind.replace(' ', '-')}-{rate:g}-{seed}"
    result = train(corpus, run, config, cache=data / "cache")
    say(f"{kind}, rate {rate:g}, seed {seed}: {result.score('before', 'loss'):.3f} -> "
        f"{result.score('after', 'loss'):.3f} in {result.num_steps} steps, {result.training_s:.0f} s")  # fmt: skip
    return result.score("after", "loss")
