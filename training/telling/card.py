"""The model card: what a reader of a model must know, as README.md beside the weights.

In: the record of a run and its scores. Out: README.md with the YAML head that Hugging Face reads. Names no
folder of this machine.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jinja2
import yaml

from foundation.files import write_text
from training.evaluation.evaluate import Scores
from training.record import CONFIG_NAME

TEMPLATE_NAME = "model_card.md.j2"
_LICENCE_ID = re.compile(r"[a-z0-9][a-z0-9.-]*")


def write_card(model_folder: Path, run_folder: Path, record: dict[str, Any], scores: dict[str, Scores]) -> None:
    """Write README.md into the model folder."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    text = environment.get_template(TEMPLATE_NAME).render(
        head=yaml.safe_dump(metadata(record), sort_keys=False, allow_unicode=True),
        record=record, settings=flat(_shown_settings(run_folder, record)),
        before=asdict(scores["before"]), after=asdict(scores["after"]),
        hardware=", ".join(f"{key} {value}" for key, value in record["hardware"].items() if value),
    )  # fmt: skip
    write_text(model_folder / "README.md", text)


def metadata(record: dict[str, Any]) -> dict[str, Any]:
    """The YAML head; `base_model` only where the base has a name that others can look up."""
    base = record["base"]
    head: dict[str, Any] = {"language": ["da"]}
    if base["licence"] != "unknown" and _LICENCE_ID.fullmatch(base["licence"]):
        head["license"] = base["licence"]
    else:
        head |= {"license": "other", "license_name": "unknown"}
    if base["on_hub"]:
        head["base_model"] = base["name"]
    return head | {
        "library_name": "transformers", "pipeline_tag": "fill-mask",
        "tags": ["danish", "fill-mask", "municipal", "tvaerkom", base["model_type"]],
    }  # fmt: skip


def _shown_settings(run_folder: Path, record: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load((run_folder / CONFIG_NAME).read_text())
    settings["base"] = record["base"]["name"]
    if record["base"]["name"] != "small":
        settings.pop("small")
    return settings


def flat(settings: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings as dotted keys, values as JSON writes them."""
    lines: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            lines |= flat(value, f"{prefix}{key}.")
        else:
            lines[prefix + key] = value if isinstance(value, str) else json.dumps(value)
    return lines
