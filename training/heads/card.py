"""The model card of a head: what a reader of it must know, as README.md beside the weights.

In: the settings, the record and the evaluation of a run. Out: README.md with the YAML head that huggingface.co reads.
Every number is the run's own. Names no folder of this machine, and of a private run nothing that was not protected but
the numbers on validation and test examples, which the card says.
"""

import json
import re
from pathlib import Path
from typing import Any

import jinja2
import yaml

from foundation.files import write_text
from foundation.printing import printable
from training.bases.finding import UNKNOWN_LICENCE
from training.heads.config import ENTITIES, HeadConfig
from training.heads.examples import TEST, VALIDATION
from training.private.statement import paragraph, read_statement
from training.telling.card import flat
from training.telling.card_head import base_link

TEMPLATE_NAME = "head_card.md.j2"
_LICENCE_ID = re.compile(r"[a-z0-9][a-z0-9.-]*")  # as huggingface.co writes them
_NOT_OF_HEADS = ("privacy.unit", "privacy.unit_file")  # the data say their units
_PIPELINES = {"entities": "token-classification", "classes": "text-classification"}


def write_head_card(
    folder: Path, config: HeadConfig, record: dict[str, Any], evaluation: dict[str, Any]
) -> None:  # fmt: skip
    """Write README.md into a model folder; of a private run privacy.json lies there already.

    Args:
        record: run.json.
        evaluation: evaluation.json.

    Raises:
        BrokenRunError: of a private run whose privacy.json is not there.
    """
    privacy = read_statement(folder) if record.get("private") else None
    settings = config.model_dump(mode="json") | {"base": record["base"]["name"]}
    for name in ("train_batch_examples",) if config.privacy.is_on else ("privacy", "unit"):
        del settings[name]  # without a meaning here
    settings = {key: value for key, value in flat(settings).items() if key not in _NOT_OF_HEADS}
    text = _environment().get_template(TEMPLATE_NAME).render(
        head=yaml.safe_dump(metadata(record, evaluation), sort_keys=False, allow_unicode=True), record=record,
        base=record["base"], base_link=base_link(record["base"]), is_entities=config.task == ENTITIES,
        measure="f1" if config.task == ENTITIES else "accuracy", pipeline=_PIPELINES[config.task],
        sets={name: evaluation[name] for name in (VALIDATION, TEST) if name in evaluation},
        settings=settings, privacy=privacy, promise=paragraph(privacy) if privacy else None,
    )  # fmt: skip
    write_text(folder / "README.md", text)


def metadata(record: dict[str, Any], evaluation: dict[str, Any]) -> dict[str, Any]:
    """The YAML head; `base_model` only where others can look the base up."""
    base, pipeline = record["base"], _PIPELINES[record["task"]]
    known = base if base["on_hub"] else record.get("origin")
    names = ("f1", "precision", "recall") if record["task"] == ENTITIES else ("accuracy", "macro_f1")
    results = [
        {
            "task": {"type": pipeline}, "dataset": {"name": "own examples", "type": "own", "split": split},
            "metrics": [{"type": name, "value": round(evaluation[split][name], 4)} for name in names],
        }
        for split in (VALIDATION, TEST) if split in evaluation
    ]  # fmt: skip
    is_known = base["licence"] != UNKNOWN_LICENCE and _LICENCE_ID.fullmatch(base["licence"])
    head: dict[str, Any] = {"language": ["da"], "license": base["licence"] if is_known else "other"}
    if not is_known:
        head["license_name"] = UNKNOWN_LICENCE
    if known and known["on_hub"]:
        head |= {"base_model": known["name"], "base_model_relation": "finetune"}
    return head | {
        "library_name": "transformers", "pipeline_tag": pipeline,
        "tags": ["danish", pipeline, "tvaerkom", base["model_type"]],
        "model-index": [{"name": record["name"], "results": results}],
    }  # fmt: skip


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    environment.filters |= {"cell": _cell, "count": lambda value: f"{value:,}", "interval": _interval}
    return environment


def _cell(value: Any) -> str:
    """A text of others in a cell of a table: it begins nothing of its own."""
    text = value if isinstance(value, str) else json.dumps(value)
    return printable(text).replace("|", "\\|").replace("`", "'")


def _interval(scores: dict[str, Any], name: str) -> str:
    low, high = scores[f"{name}_low"], scores[f"{name}_high"]
    return f"{scores[name]:.4f}" + ("" if low is None else f" ({low:.4f} to {high:.4f})")
