"""Epsilon and noise against others' numbers: `privacy-accounting`, a measure of `make gate`.

In: reference values of opacus and a closed form (../shared), and Google's dp-accounting in .venv-bench
(benchmarks/constraints.txt). Out: for each the largest difference, as a share; and by how much a number of ours lies
below the independent one, where a bound must not. Skipped, each, where it is not there. Opacus's third accountant, GDP,
is left out: what it gives is no bound.
"""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.corpus_rivals import has_rivals
from benchmarks.figures import Figure, at_most, skipped
from benchmarks.real_material import SHARED_DATA
from benchmarks.rivals import PYTHON, ROOT
from benchmarks.served import measured, say
from training.private.accounting import PRV, RDP, Mechanism, epsilon_of, noise_for, usual_delta

REFERENCE = SHARED_DATA / "privacy" / "opacus_prv_reference.jsonl"
MOST = 0.01
EXACT = "exact gaussian"
NUM_SENTENCES, EPOCHS = 2_672_566, 10  # of ts1
LOTS, EPSILONS = (64, 4096, 16_384, 131_072), (1.0, 8.0)
# name -> noise multiplier, sampling rate, steps: where an accountant may go wrong
CASES: dict[str, list[tuple[float, float, int]]] = {
    "very many steps": [(0.38, 64 / NUM_SENTENCES, 835_177)],
    "all units in each lot": [(20.0, 1.0, 500)],
    "half of them": [(20.0, 0.5, 500)],
    "few units": [(2.0, 0.05, 60)],
    "little noise": [(0.5, 0.02, 300)],
    "a chain of two": [(0.8, 0.006, 1600), (1.2, 0.012, 800)],
    "a chain of three": [(1.0, 0.002, 3000), (1.0, 0.004, 1500), (3.0, 0.05, 200)],
}


def privacy_accounting_figures(folder: Path) -> Iterator[Figure]:
    yield from _reference_figures()
    yield from _independent_figures(folder)


def _reference_figures() -> Iterator[Figure]:
    names = {
        PRV: "epsilon and noise by PRV: largest difference from opacus's reference values",
        RDP: "epsilon by RDP: largest difference from opacus's reference values",
        EXACT: "epsilon without sampling: difference from the closed form",
    }
    if not REFERENCE.is_file():
        yield from (skipped(name, f"<= {MOST:g}") for name in names.values())
        return
    rows = [json.loads(line) for line in REFERENCE.read_text().splitlines()]
    for accountant, name in names.items():
        chosen = [row for row in rows if row["accountant"] == accountant]
        yield at_most(name, MOST, max(map(_share_off, chosen)))


def _share_off(row: dict[str, Any]) -> float:
    """How far ours lies from a reference value; of RDP, which finds no noise here, what their noise costs."""
    if row["accountant"] == EXACT:
        steps = Mechanism(noise_multiplier=row["sigma"], sampling_rate=row["q"], num_steps=row["steps"])
        return abs(epsilon_of([steps], _exact_delta(row), PRV) / row["epsilon"] - 1)
    num_steps = row.get("steps") or int(row["epochs"] / row["q"])
    if row["quantity"] == "sigma" and row["accountant"] == PRV:
        noise = noise_for(row["epsilon"], row["delta"], sampling_rate=row["q"], num_steps=num_steps)
        return abs(noise / row["value"] - 1)
    noise, epsilon = (row["sigma"], row["value"]) if "sigma" in row else (row["value"], row["epsilon"])
    steps = Mechanism(noise_multiplier=noise, sampling_rate=row["q"], num_steps=num_steps)
    return abs(epsilon_of([steps], row["delta"], row["accountant"]) / epsilon - 1)


def _exact_delta(row: dict[str, Any]) -> float:
    """The row's own formula."""
    epsilon, mean = row["epsilon"], math.sqrt(row["steps"]) / row["sigma"]
    high, low = -epsilon / mean + mean / 2, -epsilon / mean - mean / 2
    return _normal_cdf(high) - math.exp(epsilon) * _normal_cdf(low)


def _normal_cdf(value: float) -> float:
    return math.erfc(-value / math.sqrt(2)) / 2


def _independent_figures(folder: Path) -> Iterator[Figure]:
    off, below = (
        "epsilon by PRV: largest difference from dp-accounting's",
        "epsilon by PRV: most by which it lies below dp-accounting's",
    )
    if not has_rivals("dp_accounting"):
        yield from (skipped(off, f"<= {MOST:g}"), skipped(below, "<= 0.001"))
        return
    rows = [*_rows_of_ts1(), *({"name": name, "history": steps, "delta": 1e-6} for name, steps in CASES.items())]
    ours = [epsilon_of([_mechanism(*each) for each in row["history"]], row["delta"], PRV) for row in rows]
    shares = [mine / other - 1 for mine, other in zip(ours, _asked(folder, rows), strict=True)]
    for row, epsilon, share in zip(rows, ours, shares, strict=True):
        say(f"{row['name']}: epsilon {epsilon:.4f}, {share:+.2%} against dp-accounting")
    yield at_most(off, MOST, max(map(abs, shares)))
    # the two grids round in different ways: a tenth of a percent is within what either says of itself
    yield at_most(below, 0.001, max(0.0, -min(shares)))


def _rows_of_ts1() -> Iterator[dict[str, Any]]:
    """The noise that we would take for ts1's corpus."""
    delta = usual_delta(NUM_SENTENCES)
    for epsilon in EPSILONS:
        for lot in LOTS:
            rate, num_steps = lot / NUM_SENTENCES, math.ceil(EPOCHS * NUM_SENTENCES / lot)
            noise = noise_for(epsilon, delta, sampling_rate=rate, num_steps=num_steps)
            yield {"name": f"lot {lot:,} at epsilon {epsilon:g}", "history": [(noise, rate, num_steps)], "delta": delta}


def _mechanism(noise: float, rate: float, num_steps: int) -> Mechanism:
    return Mechanism(noise_multiplier=noise, sampling_rate=rate, num_steps=num_steps)


def _asked(folder: Path, rows: Sequence[dict[str, Any]]) -> list[float]:
    """What dp-accounting says."""
    (folder / "plan.json").write_text(json.dumps(rows))
    command = [str(PYTHON), "-m", "benchmarks.dp_accounting_side", "plan.json", "results.json"]
    measured(command, folder, environment={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"})
    found: list[float] = json.loads((folder / "results.json").read_text())
    return found
