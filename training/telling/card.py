"""The model card: what a reader of a model must know, as README.md beside the weights.

In: the record of a run, its settings and its evaluation. Out: README.md with the YAML head that huggingface.co reads
(card_head.py). Every number is the run's own; nothing is measured here. Names no folder of this machine.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import yaml

from foundation.files import write_text
from foundation.printing import printable
from training.config import SMALL_BASE, TrainingConfig
from training.evaluation.fixed_masks import EVALUATION_SHARE
from training.packed.families import FAMILIES
from training.private.statement import paragraph, read_statement, rounded_up
from training.record import CONFIG_NAME
from training.telling.card_head import base_link, metadata, scored_sets

TEMPLATE_NAME, PICTURE_NAME = "model_card.md.j2", "run.svg"
MAX_SITES, NUM_ENDS = 20, 5  # more municipalities than a reader reads: the best and the worst of them
# What a record may lack: written by runs of other kinds, or by an earlier version.
_NOT_THERE: dict[str, Any] = {
    "commit": None, "origin": None, "data": {}, "quirks": [], "precision": None, "world_size": 1,
    "physical_batch_tokens": None, "halved": [], "resumed_at": [], "published_step": None, "mfu": None,
    "energy_kwh": None, "energy_source": None,
}  # fmt: skip
_DATA_LABELS = {
    "part": "part of the corpus", "general": "general Danish mixed in, from", "num_always": "sentences in every epoch",
    "num_replayed": "sentences replayed in an epoch", "num_general": "sentences of general Danish in an epoch",
    "sentences_per_epoch": "sentences in an epoch",
}  # fmt: skip
_SUFFIXES_OF_TEXT = (".txt", ".jsonl", ".gz", ".parquet")


def write_card(model_folder: Path, run_folder: Path, record: dict[str, Any], evaluation: dict[str, Any]) -> None:
    """Write README.md into the model folder; shows the picture of the run if it is there already.

    Args:
        record: run.json; what it does not have is not told.
        evaluation: evaluation.json.

    Raises:
        BrokenRunError: of a private run whose privacy.json is not there.
    """
    settings: dict[str, Any] = yaml.safe_load((run_folder / CONFIG_NAME).read_text())
    told = _NOT_THERE | {key: value for key, value in record.items() if value is not None}
    privacy = read_statement(run_folder) if record.get("private") else None
    validation, base = evaluation["validation"], record["base"]
    sites = validation.get("by_site", [])
    text = _environment().get_template(TEMPLATE_NAME).render(
        head=yaml.safe_dump(metadata(record, evaluation), sort_keys=False, allow_unicode=True),
        record=told, base=base, is_packed=base["model_type"] in FAMILIES,
        data=[] if privacy else _data(told["data"]), privacy=privacy, promise=paragraph(privacy) if privacy else None,
        settings=_settings(settings, record), selects_best=settings.get("publish") == "best",
        sets=scored_sets(evaluation), share_hidden=EVALUATION_SHARE, validation=validation,
        areas=validation.get("by_area", []), sites=shown_sites(sites), num_sites=len(sites),
        hardware=", ".join(f"{key} {value}" for key, value in record["hardware"].items() if value),
        picture=PICTURE_NAME if (model_folder / PICTURE_NAME).exists() else None,
    )  # fmt: skip
    write_text(model_folder / "README.md", text)


def shown_sites(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a table of municipalities: all, or the five that gained most and the five that gained least."""
    if len(rows) <= MAX_SITES:
        return list(rows)
    ranked = sorted(rows, key=lambda row: (row["difference"]["loss"], row["name"]))
    return ranked[:NUM_ENDS] + ranked[-NUM_ENDS:]


def flat(settings: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings as dotted keys, values as JSON writes them."""
    lines: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            lines |= flat(value, f"{prefix}{key}.")
        else:
            lines[prefix + key] = value if isinstance(value, str) else json.dumps(value)
    return lines


def _settings(settings: dict[str, Any], record: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(key, value, value of the published recipe where that is another) of the settings that had a meaning."""
    settings["base"] = record["base"]["name"]
    if record["base"]["name"] != SMALL_BASE:
        settings.pop("small", None)
    settings["data"] = _without_folders(settings.get("data", {}))
    _tell_privacy(settings, is_private=bool(record.get("private")))
    published = flat(TrainingConfig().model_dump(mode="json"))
    return [(key, value, "" if value == published.get(key) else published.get(key, ""))
            for key, value in flat(settings).items()]  # fmt: skip


def _tell_privacy(settings: dict[str, Any], *, is_private: bool) -> None:
    """Only what had a meaning, and of the file of units its name alone."""
    if not is_private:
        settings.pop("privacy", None)
        return
    settings.pop("train_batch_sentences", None)
    if settings["privacy"].get("unit_file"):
        settings["privacy"]["unit_file"] = Path(settings["privacy"]["unit_file"]).name


def _data(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """What was trained on, in words; what there is none of is not told."""
    return [(_DATA_LABELS.get(key, key), f"{value:,}" if isinstance(value, int) else str(value))
            for key, value in _without_folders(facts).items() if value]  # fmt: skip


def _without_folders(data: dict[str, Any]) -> dict[str, Any]:
    """A file of general Danish by its name alone; a data set of Hugging Face as it is."""
    general = data.get("general")
    if general and general.endswith(_SUFFIXES_OF_TEXT):
        return data | {"general": Path(general).name}
    return data


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    environment.filters |= {
        "named": _named,
        "cell": _cell,
        "count": lambda value: f"{value:,}",
        "duration": _duration,
        "spent": lambda epsilon: f"{rounded_up(epsilon['prv'])} by PRV, {rounded_up(epsilon['rdp'])} by RDP",
        "measure": lambda scores, key: _with_ends(scores[key], scores.get(f"{key}_low"), scores.get(f"{key}_high")),
        "change": lambda change: _with_ends(change["loss"], change["low"], change["high"], sign="+"),
    }
    return environment


def _cell(value: Any) -> str:
    """A text of others in a cell of a table, or in a line: it begins nothing of its own."""
    return printable(str(value)).replace("|", "\\|").replace("`", "'")


def _named(base: dict[str, Any]) -> str:
    """A base by its name, with a link where it can be looked up."""
    link, name = base_link(base), _cell(base["name"])
    return f"[{name}]({link})" if link else f"`{name}`"


def _with_ends(value: float, low: float | None, high: float | None, *, sign: str = "") -> str:
    if low is None or high is None:
        return f"{value:{sign}.4f}"
    return f"{value:{sign}.4f} ({low:{sign}.4f} to {high:{sign}.4f})"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
