"""The YAML head of a model card, in the form that huggingface.co reads.

In: the record of a run and its evaluation. Out: a mapping. Names no folder of this machine. The words below the head
are card.py's.
"""

import re
from typing import Any

from training.evaluation.fixed_masks import EVALUATION_SHARE

HUB = "https://huggingface.co"
_LICENCE_ID = re.compile(r"[a-z0-9][a-z0-9.-]*")


def metadata(record: dict[str, Any], evaluation: dict[str, Any]) -> dict[str, Any]:
    """The head; `base_model` only where the base, or what it was itself trained from, can be looked up by others.

    Args:
        record: run.json; `origin`, where the base is a run of one's own, is the `base` of the first run of the chain.
        evaluation: evaluation.json.
    """
    base = record["base"]
    head: dict[str, Any] = {"language": ["da"], **_licence(base["licence"])}
    known = base if base["on_hub"] else record.get("origin")
    if known and known["on_hub"]:
        head |= {"base_model": known["name"], "base_model_relation": "finetune"}
    return head | {
        "library_name": "transformers", "pipeline_tag": "fill-mask",
        "tags": ["danish", "fill-mask", "municipal", "tvaerkom", base["model_type"]],
        "model-index": [{"name": record["name"], "results": _results(record, evaluation)}],
    }  # fmt: skip


def base_link(base: dict[str, Any]) -> str | None:
    """Where the base can be looked up, at the revision it was taken from; None where it is on no hub."""
    if not base["on_hub"]:
        return None
    return f"{HUB}/{base['name']}" + (f"/tree/{base['revision']}" if base["revision"] else "")


def _licence(licence: str) -> dict[str, str]:
    if licence != "unknown" and _LICENCE_ID.fullmatch(licence):
        return {"license": licence}
    return {"license": "other", "license_name": "unknown"}


def _results(record: dict[str, Any], evaluation: dict[str, Any]) -> list[dict[str, Any]]:
    """One result for each set of sentences; the scores are of the finished model."""
    corpus = record["corpus"]
    validation = {
        "name": f"Tværkom corpus {corpus['name']}", "type": corpus["id"], "config": "sentences",
        "split": "validation",
    }  # fmt: skip
    if not record.get("private"):  # a hash tells whoever knows all sentences but one whether that is there
        validation["revision"] = corpus["content_sha256"]
    return [
        {
            "task": {"type": "fill-mask", "name": "Masked language modelling"},
            "dataset": validation if name == "validation" else {"name": f"control: {name}", "type": f"control-{name}"},
            "metrics": _metrics(scores["after"]),
        }
        for name, scores in scored_sets(evaluation).items()
    ]


def scored_sets(evaluation: dict[str, Any]) -> dict[str, Any]:
    """What evaluation.json tells of each set of sentences, the validation split first."""
    sets = {name: scores for name, scores in evaluation.items() if isinstance(scores, dict) and "after" in scores}
    return {name: sets[name] for name in sorted(sets, key=lambda name: (name != "validation", name))}


def _metrics(scores: dict[str, Any]) -> list[dict[str, Any]]:
    names = {
        "loss": ("loss", "cross-entropy, nats per hidden token"),
        "top1": ("accuracy", "hidden tokens guessed at first try"),
        "top5": ("top-5-accuracy", "hidden tokens among the first five guesses"),
    }
    return [
        {
            "type": kind, "name": name, "value": round(scores[key], 4),
            "args": {"share_hidden": EVALUATION_SHARE, "num_hidden": scores["num_masked"]},
        }
        for key, (kind, name) in names.items()
    ]  # fmt: skip
