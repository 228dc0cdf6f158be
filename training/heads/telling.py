"""What a finished run of fine-tuning says to a person or a program.

In: a result. Out: a line, or JSON. Prints nothing.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from foundation.printing import printable_json
from training.heads.config import ENTITIES
from training.heads.examples import TEST, VALIDATION

if TYPE_CHECKING:
    from training.heads.finetune import HeadResult


def line_of(result: "HeadResult") -> str:
    """Its scores on each split, and where its model is."""
    parts = [f"{result.run}: {'already finished' if result.already_finished else 'trained'}"]
    for split in (VALIDATION, TEST):
        if split in result.evaluation:
            scores = result.evaluation[split]
            parts.append(f"{split} {_measures(result.task, scores)} on {scores['num_examples']:,} examples")
    return "; ".join([*parts, f"model: {result.model_folder}"])


def as_json(result: "HeadResult") -> str:
    """All that is known of it."""
    return printable_json(json.dumps(asdict(result), ensure_ascii=False, indent=2, default=str))


def _measures(task: str, scores: dict[str, Any]) -> str:
    if task == ENTITIES:
        return f"F1 {_with_ends(scores, 'f1')}"
    return f"accuracy {_with_ends(scores, 'accuracy')}, mean F1 of the classes {_with_ends(scores, 'macro_f1')}"


def _with_ends(scores: dict[str, Any], name: str) -> str:
    low, high = scores[f"{name}_low"], scores[f"{name}_high"]
    return f"{scores[name]:.3f}" + ("" if low is None else f" ({low:.3f} to {high:.3f})")
