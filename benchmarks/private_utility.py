"""What privacy costs, and what the lot does to it: `python -m benchmarks.gate --only private-utility`.

In: the proceedings of the Danish parliament in ../shared, a number of seeds. Out: figures. A small BERT with random
weights learns from them: without privacy; with epsilon 8 and the lot that the product chooses; with epsilon 8 and the
research model's lot of 64. Same sentences, same epochs, embeddings trainable in all three. The private ones are trained
at the rate of a few, the same ones for both, that is best for a seed of its own. Loss on validation sentences.
"""

import statistics
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import torch
from scipy.stats import t as students_t

from benchmarks.corpus_gate import built
from benchmarks.figures import Figure, at_most, skipped
from benchmarks.real_material import PROCEEDINGS, web_of_proceedings
from benchmarks.served import say
from training.config import TrainingConfig
from training.run import train

QUARTER = "2022Q1"
EPSILON, EPOCHS = 8.0, 2
OPEN, OURS, LOT_OF_64 = "not private", "epsilon 8, our lot", "epsilon 8, a lot of 64"
PRIVACY: dict[str, dict[str, Any]] = {
    OPEN: {},
    OURS: {"epsilon": EPSILON, "embeddings": "trainable"},
    LOT_OF_64: {"epsilon": EPSILON, "embeddings": "trainable", "lot": 64},
}
RATES = {OPEN: (1e-3,), OURS: (1e-3, 3e-3, 1e-2), LOT_OF_64: (1e-3, 3e-3, 1e-2)}
RATE_SEED = 0  # rates are chosen with it; no figure is made of it
SHAPE = {"num_layers": 1, "hidden_size": 64, "num_heads": 2, "intermediate_size": 128, "vocabulary_size": 4000}
NUM_PROCESSES = 2


class Trial(NamedTuple):
    """One run to be made."""

    kind: str
    rate: float
    seed: int


def utility_figures(folder: Path, num_seeds: int) -> Iterator[Figure]:
    name = "the same: upper end of ours less lower end of the other (95 % intervals apart)"
    if not PROCEEDINGS.exists():
        yield skipped(name, "<= 0")
        return
    built(folder, web_of_proceedings(), name=QUARTER)
    found = _losses(folder / "data", num_seeds)
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


def _losses(data: Path, num_seeds: int) -> dict[str, list[float]]:
    """By kind and seed, each kind at the best of its rates."""
    with ProcessPoolExecutor(NUM_PROCESSES, mp_context=get_context("spawn")) as processes:

        def losses_of(trials: list[Trial]) -> dict[Trial, float]:
            return dict(zip(trials, processes.map(loss_of, [data] * len(trials), trials), strict=True))

        tried = losses_of([
            Trial(kind, rate, RATE_SEED) for kind, rates in RATES.items() for rate in rates if len(rates) > 1
        ])  # fmt: skip
        best = {kind: min(rates, key=lambda rate: tried.get(Trial(kind, rate, RATE_SEED), 0.0))
                for kind, rates in RATES.items()}  # fmt: skip
        found = losses_of([Trial(kind, best[kind], seed) for seed in range(1, num_seeds + 1) for kind in RATES])
    return {kind: [loss for trial, loss in found.items() if trial.kind == kind] for kind in RATES}


def loss_of(data: Path, trial: Trial) -> float:
    torch.set_num_threads(1)
    config = TrainingConfig.model_validate({
        "base": "small", "small": SHAPE, "seed": trial.seed, "epochs": EPOCHS, "eval_sentences": 2000,
        "max_length": 32, "privacy": PRIVACY[trial.kind], "optimizer": {"learning_rate": trial.rate},
        "checkpoint_steps": 10_000,
    })  # fmt: skip
    name = f"{trial.kind.replace(' ', '-').replace(',', '')}-{trial.rate:g}-{trial.seed}"
    result = train(data / "corpora" / QUARTER, data / "runs" / name, config, cache=data / "cache")
    say(f"{trial.kind}, rate {trial.rate:g}, seed {trial.seed}: {result.score('before', 'loss'):.3f} -> "
        f"{result.score('after', 'loss'):.3f} in {result.num_steps} steps, {result.training_s:.0f} s")  # fmt: skip
    return result.score("after", "loss")
