"""How well personal data are found, on a gold set that others wrote.

In: tests/gate/personal_data.jsonl, rows {"id", "kind", "text", "expect": {"cpr": "page", "block" or "none", "masked":
[{"kind", "text"}]}}. Out: figures. Shows no text of a row, so that rules are not fitted to rows.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, at_least, at_most, exactly, skipped
from corpus.config import CorpusConfig
from corpus.personal_data import PLACEHOLDERS, bare_cpr, cpr_on_page, masked

GOLD = Path(__file__).parents[1] / "tests" / "gate" / "personal_data.jsonl"
MAX_LOOK_ALIKES = 0.01  # a page or block lost for nothing; a CPR number missed weighs far more
# Masking: a value missed stays in the text, a number masked for nothing costs a number.
MIN_RECALL = {"email": 0.95, "phone": 0.95, "account": 0.9}
MIN_PRECISION = {"email": 0.95, "phone": 0.95, "account": 0.9}


@dataclass(frozen=True, kw_only=True)
class _Masking:
    """One kind's values: wanted and found, and placeholders set, over all rows."""

    wanted: int
    found: int
    placed: int


def personal_data_figures(_: Path) -> Iterator[Figure]:
    """CPR outcomes, then masking by kind."""
    if not GOLD.is_file():
        yield skipped("CPR numbers with the right outcome / all", "1")
        return
    rows = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines() if line]
    yield from _cpr_figures(rows)
    for kind in PLACEHOLDERS:
        counts = _masking(rows, kind)
        if counts.wanted:
            yield at_least(f"{kind}: masked / written, {counts.wanted}", MIN_RECALL[kind], counts.found / counts.wanted)
        if counts.placed:
            right = min(counts.found / counts.placed, 1)
            yield at_least(f"{kind}: written / masked, {counts.placed}", MIN_PRECISION[kind], right)


def _cpr_figures(rows: Sequence[dict[str, Any]]) -> Iterator[Figure]:
    verdicts = [(row["expect"]["cpr"], _cpr_outcome(row["text"])) for row in rows]
    for wanted in ("page", "block"):
        ours = [outcome for gold, outcome in verdicts if gold == wanted]
        if ours:
            share = sum(outcome == wanted for outcome in ours) / len(ours)
            yield exactly(f"CPR numbers that cost their {wanted} / that must, {len(ours)}", 1, share)
    look_alikes = [outcome for gold, outcome in verdicts if gold == "none"]
    if look_alikes:
        touched = sum(outcome != "none" for outcome in look_alikes) / len(look_alikes)
        yield at_most(f"texts without CPR number taken for one / all, {len(look_alikes)}", MAX_LOOK_ALIKES, touched)


def _cpr_outcome(text: str) -> str:
    if cpr_on_page(text):
        return "page"
    return "block" if bare_cpr(text) else "none"


def _masking(rows: Sequence[dict[str, Any]], kind: str) -> _Masking:
    """A value is found where fewer copies of it are left than stood there, and a placeholder of its kind is set.

    Rows with a CPR number are left out: their text goes no further.
    """
    config = CorpusConfig()
    wanted = found = placed = 0
    for row in rows:
        if row["expect"]["cpr"] != "none":
            continue
        result = masked(row["text"], config)
        num_placed = result.counts.get(kind, 0)
        gold = Counter(each["text"] for each in row["expect"]["masked"] if each["kind"] == kind)
        gone = sum(min(number, row["text"].count(value) - result.text.count(value)) for value, number in gold.items())
        wanted += gold.total()
        found += min(gone, num_placed)
        placed += num_placed
    return _Masking(wanted=wanted, found=found, placed=placed)
