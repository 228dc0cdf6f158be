"""What privacy costs, and what the lot does to it: `python -m benchmarks.gate --only private-utility`.

In: the proceedings of the Danish parliament in ../shared, a number of seeds. Out: figures. A small BERT with random
weights learns from them: without privacy; with epsilon 8 and the lot that the product chooses; with epsilon 8 and the
research model's lot of 64. Same sentences, same epochs, embeddings trainable in all three. Each is trained at the rate
of a few, the same ones for all, that is best for a seed of its own. Loss on validation sentences.
"""

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scipy.stats import t as students_t

from benchmarks.corpus_gate import built
from benchmarks.figures import Figure, at_most, skipped
from benchmarks.real_material import PROCEEDINGS, web_of_proceedings
from benchmarks.served import say
from training.config import TrainingConfig
from training.run import train

NUM_SITTINGS, QUARTER = 14, "2022Q1"
EPSILON, EPOCHS = 8.0, 2
OPEN, OURS, LOT_OF_64 = "not private", "epsilon 8, our lot", "epsilon 8, a lot of 64"
PRIVACY: dict[str, dict[str, Any]] = {
    OPEN: {},
    OURS: {"epsilon": EPSILON, "embeddings": "trainable"},
    LOT_OF_64: {"epsilon": EPSILON, "embeddings": "trainable", "lot": 64},
}
RATES = (1e-4, 3e-4, 1e-3, 3e-3)
RATE_SEED = 0  # rates are chosen with it; no figure is made of it
SHAPE = {"num_layers": 2, "hidden_size": 128, "num_heads": 4, "intermediate_size": 256, "vocabulary_size": 4000}


def utility_figures(folder: Path, num_seeds: int) -> Iterator[Figure]:
    name = "the same: upper end of ours less lower end of the other (95 % intervals apart)"
    if not PROCEEDINGS.exists():
        yield skipped(name, "<= 0")
        return
    built(folder, web_of_proceedings(NUM_SITTINGS), name=QUARTER)
    found = {kind: _losses(folder / "data", kind, num_seeds) for kind in PRIVACY}
    means = {kind: statistics.mean(losses) for kind, losses in found.items()}
    ends = {kind: interval(losses) for kind, losses in found.items()}
    for kind, (low, high) in ends.items():
        say(f"{kind}: loss {means[kind]:.3f} ({low:.3f} to {high:.3f})")
    yield at_most(f"loss, {OPEN}, beside {OURS}", means[OURS], means[OPEN])
    yield at_most(f"loss, {OURS}, beside {LOT_OF_64}", means[LOT_OF_64], means[OURS])
    yield at_most(name, 0, ends[OURS][1] - ends[LOT_OF_64][0])


def interval(losses: list[float]) -> tuple[float, float]:
    """95 % interval of the mean over two seeds or more, by Student's t."""
    mean, number = statistics.mean(losses), len(losses)
    half = float(students_t.ppf(0.975, number - 1)) * statistics.stdev(losses) / number**0.5
    return mean - half, mean + half


def _losses(data: Path, kind: str, num_seeds: int) -> list[float]:
    """By seed, at the best of the rates."""
    best = min(RATES, key=lambda rate: _loss(data, kind, rate, RATE_SEED))
    return [_loss(data, kind, best, seed) for seed in range(1, num_seeds + 1)]


def _loss(data: Path, kind: str, rate: float, seed: int) -> float:
    config = TrainingConfig.model_validate({
        "base": "small", "small": SHAPE, "seed": seed, "epochs": EPOCHS, "eval_sentences": 2000, "max_length": 32,
        "privacy": PRIVACY[kind], "optimizer": {"learning_rate": rate}, "checkpoint_steps": 10_000,
    })  # fmt: skip
    run = data / "runs" / f"{kind.replace(' ', '-').replace(',', '')}-{rate:g}-{seed}"
    result = train(data / "corpora" / QUARTER, run, config, cache=data / "cache")
    say(f"{kind}, rate {rate:g}, seed {seed}: {result.score('before', 'loss'):.3f} -> "
        f"{result.score('after', 'loss'):.3f} in {result.num_steps} steps, {result.training_s:.0f} s")  # fmt: skip
    return result.score("after", "loss")
