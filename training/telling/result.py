"""What a finished run, or an estimate of one, says to a person or a program.

In: a result or an estimate. Out: lines, or JSON. Prints nothing.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from training.loop.estimate import Estimate

if TYPE_CHECKING:
    from training.run import TrainingResult


def as_json(result: "TrainingResult") -> str:
    """Scores are those of the validation split; all others stand in evaluation.json."""
    values = asdict(result)
    validation = values.pop("evaluation")["validation"]
    told = values | {moment: validation[moment] for moment in ("before", "after", "difference")}
    return json.dumps(told, ensure_ascii=False, indent=2, default=str)


def estimate_as_json(found: Estimate) -> str:
    return json.dumps(asdict(found) | {"hours": round(found.hours, 2)}, indent=2)


def estimate_lines(found: Estimate) -> list[str]:
    """What will be done, what it needs, how long it takes."""
    lines = [
        f"steps     {found.num_steps:,}, each of {found.batch_tokens:,} tokens on average",
        f"sentences {found.num_sentences:,} an epoch; {found.num_tokens:,} tokens in all",
        f"memory    {found.model_bytes / 1e9:.1f} GB for {found.num_parameters / 1e6:.0f} million weights with their "
        f"gradients and moments; {found.free_bytes / 1e9:.1f} GB are free on the {_name(found)}",
        f"at once   {found.physical_batch_tokens:,} tokens fit" + (
            "" if found.physical_batch_tokens >= found.batch_tokens
            else "; each step is done in pieces whose gradients add up"),
        f"time      {found.seconds_per_step:.3g} s a step in {found.precision}: about {_hours(found.hours)}",
    ]  # fmt: skip
    if found.could_use_bfloat16 and found.precision == "float32":
        lines.append("faster    this processor multiplies bfloat16 by itself: --set precision=bfloat16")
    if found.unit is not None:
        from training.private.tradeoff import tradeoff_lines  # opacus is an extra

        lines += tradeoff_lines(found.tradeoff, found.unit, found.num_units)
    return lines


def _name(found: Estimate) -> str:
    return "GPU" if found.device == "cuda" else "machine"


def _hours(hours: float) -> str:
    return f"{hours * 60:.0f} minutes" if hours < 2 else f"{hours:,.0f} hours"
