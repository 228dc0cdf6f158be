"""Epsilon by Google's accountant: `python -m benchmarks.dp_accounting_side PLAN RESULTS`.

In: a JSON file with mechanisms (`history`: noise multiplier, sampling rate, steps) and `delta`, for each row. Out: a
JSON file with the epsilon of each, by its accountant of privacy loss distributions. Runs in .venv-bench and imports
nothing of the project.
"""

import json
import sys
from pathlib import Path
from typing import Any

from dp_accounting import dp_event, pld

INTERVAL = 1e-4  # between the points of its grid, its own default; ten times finer changes the third digit


def epsilon_of(history: list[list[Any]], delta: float) -> float:
    accountant = pld.PLDAccountant(value_discretization_interval=INTERVAL)
    for noise, rate, steps in history:
        event = dp_event.GaussianDpEvent(noise)
        if rate < 1:
            event = dp_event.PoissonSampledDpEvent(rate, event)
        accountant.compose(event, steps)
    return float(accountant.get_epsilon(delta))


def main() -> None:
    plan, results = sys.argv[1:]
    rows = json.loads(Path(plan).read_text())
    Path(results).write_text(json.dumps([epsilon_of(row["history"], row["delta"]) for row in rows]))


if __name__ == "__main__":
    main()
