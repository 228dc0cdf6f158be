"""metrics.jsonl: the numbers of a run by step, one JSON object per line, readable while it runs.

In: lines with a `step`. Out: the file, and its lines. A line that a killed process left unfinished is passed over. Of
the numbers it calculates only the mean of one over the run.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foundation.errors import BrokenRunError
from foundation.files import write_text

Line = dict[str, Any]


class MetricsFile:
    """The metrics of one run; the file need not be there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, line: Line) -> None:
        """Write a line; numbers that are none (not a number, endless) become null, which JSON has no other word for."""
        finite = {key: None if _is_no_number(value) else value for key, value in line.items()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(finite, ensure_ascii=False, allow_nan=False) + "\n")

    def cut(self, step: int) -> None:
        """Keep the lines up to a step: what was written after the checkpoint is done again."""
        if self.path.exists():
            kept = [line for line in self.read() if line["step"] <= step]
            write_text(self.path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept))

    def read(self) -> list[Line]:
        """All lines, in the order written.

        Raises:
            BrokenRunError: a line other than the last, unfinished one is not that of a step.
        """
        if not self.path.exists():
            return []
        *finished, _ = self.path.read_text(encoding="utf-8", errors="replace").split("\n")
        return [self._parsed(number, text) for number, text in enumerate(finished, start=1)]

    def _parsed(self, number: int, text: str) -> Line:
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict) or not isinstance(line.get("step"), int):
            raise BrokenRunError(
                f"{self.path}: line {number} is not a line of metrics; remove that line, or train anew: "
                "tvaerkom train --fresh"
            )
        return line


def mean_mfu(lines: Sequence[Line]) -> float | None:
    """MFU over the whole run, each line counting as long as its steps took; None where it was not counted."""
    total, total_s, tokens_before = 0.0, 0.0, 0
    for line in lines:
        if "tokens" not in line:
            continue
        seconds = (line["tokens"] - tokens_before) / max(line["tokens_per_s"], 1)
        tokens_before = line["tokens"]
        if line.get("mfu") is not None:
            total, total_s = total + line["mfu"] * seconds, total_s + seconds
    return total / total_s if total_s else None


def _is_no_number(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
