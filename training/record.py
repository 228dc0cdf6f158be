"""`run.json` and `config.yaml`: what a run was made with, so that it can be told apart, repeated and trusted.

In: configuration, corpus manifest, base and device. Out: both files in the run folder, and the comparison
of a run begun earlier with what is asked for now. Does not train.
"""

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import yaml

from corpus.schema import CorpusManifest, read_corpus_manifest
from foundation.errors import BrokenRunError, ConfigError
from foundation.files import write_text
from foundation.manifests import is_complete
from foundation.overrides import config_sha256
from foundation.yaml_errors import parse_yaml
from training.bases.finding import Base
from training.config import TrainingConfig, differing_keys
from training.loop.steps import Course

if TYPE_CHECKING:
    from training.private.chain import Earlier

CONFIG_NAME, RECORD_NAME = "config.yaml", "run.json"
LIBRARIES = ("tvaerkom", "torch", "transformers", "tokenizers", "safetensors", "datasets", "numpy")
REMEDY = "give the run another --name, or --fresh to throw it away and start anew"


@dataclass(frozen=True, kw_only=True)
class RunInputs:
    """What decides the outcome of a run."""

    config: TrainingConfig
    corpus: CorpusManifest
    base: Base
    earlier_privacy: "Sequence[Earlier]" = ()  # of a private run: those behind its base


def read_record(run_folder: Path) -> dict[str, Any] | None:
    """What an earlier start of this run wrote; None where there was none."""
    path = run_folder / RECORD_NAME
    try:
        record = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise BrokenRunError(f"{path}: not readable as JSON; {REMEDY}") from None
    if not isinstance(record, dict):
        raise BrokenRunError(f"{path}: not the record of a run; {REMEDY}")
    return record


def check_same_run(run_folder: Path, record: dict[str, Any], config: TrainingConfig, corpus: CorpusManifest) -> None:
    """Raises ConfigError where a run of this name was begun with another configuration or corpus."""
    if not {"corpus", "base", "config_sha256", "training_s"} <= record.keys():
        raise BrokenRunError(f"{run_folder / RECORD_NAME}: not the record of a run; {REMEDY}")
    if record["corpus"]["content_sha256"] in corpus.superseded:
        raise ConfigError(
            f"{run_folder}: this run was begun on corpus {record['corpus']['name']} revision "
            f"{record['corpus']['revision']}, from which pages were erased since; train on revision "
            f"{corpus.revision}: {REMEDY}"
        )
    if record["corpus"]["content_sha256"] != corpus.content_sha256:
        raise ConfigError(
            f"{run_folder}: this run was begun on corpus {record['corpus']['name']} revision "
            f"{record['corpus']['revision']}, and {corpus.name} revision {corpus.revision} has other content"
            f"; {REMEDY}"
        )
    if record["config_sha256"] != config_sha256(config):
        path = run_folder / CONFIG_NAME
        try:
            changes = differing_keys(parse_yaml(path.read_text(), TrainingConfig, name=str(path)), config)
        except (ConfigError, OSError):
            changes = []
        detail = "; ".join(changes) or "its config.yaml is not readable"
        raise ConfigError(f"{run_folder}: this run was begun with another configuration ({detail}); {REMEDY}")


def superseded_warning(run_folder: Path, corpora: Path) -> str | None:
    """A sentence where a run was trained on a revision of a corpus from which something was erased since."""
    corpus = (read_record(run_folder) or {}).get("corpus")
    if not corpus or not is_complete(corpora / corpus["name"]):
        return None
    manifest = read_corpus_manifest(corpora / corpus["name"])
    if corpus["content_sha256"] not in manifest.superseded:
        return None
    return (
        f"{run_folder.name}: trained on corpus {corpus['name']} revision {corpus['revision']}, from which pages were "
        f"erased since; train a new run on revision {manifest.revision}: tvaerkom train {corpus['name']} --name NEW"
    )


def check_same_base(run_folder: Path, record: dict[str, Any], base: Base) -> None:
    for key, what in (("weights_sha256", "weights"), ("settings_sha256", "tokenizer or configuration")):
        if record["base"].get(key) != getattr(base, key):
            raise ConfigError(
                f"{run_folder}: the {what} of base {base.name} changed since this run was begun; {REMEDY}"
            )


def check_same_sentences(run_folder: Path, record: dict[str, Any], sentences_sha256: str) -> None:
    """Raises ConfigError where the corpus is the same, but not what else goes into an epoch."""
    if record.get("sentences_sha256") != sentences_sha256:
        raise ConfigError(
            f"{run_folder}: the sentences of this run changed since it was begun: the texts of data.general, or what "
            f"its base was trained on; {REMEDY}"
        )


def write_record(run_folder: Path, record: dict[str, Any]) -> None:
    write_text(run_folder / RECORD_NAME, json.dumps(record, ensure_ascii=False, indent=2) + "\n")


def origin_of(base: Path) -> dict[str, Any] | None:
    """The base of the first run behind a base that is a run's own model, for licence and attribution; else None."""
    try:
        earlier = read_record(base.expanduser().parent)
    except BrokenRunError:
        return None
    return (earlier.get("origin") or earlier.get("base")) if earlier else None


def earlier_of(base: Path) -> list[dict[str, Any]]:
    """The runs behind a base that is a run's own model, oldest first, each with its corpus."""
    folder = base.expanduser().parent
    try:
        record = read_record(folder)
    except BrokenRunError:
        return []
    return [*record.get("earlier", []), {"run": folder.name, "corpus": record["corpus"]}] if record else []


def course_facts(course: Course) -> dict[str, Any]:
    """Which sentences are trained on, for run.json."""
    mixture, data = course.mixture, course.config.data
    return {
        "part": data.part, "general": data.general, "num_always": len(mixture.always),
        "num_replayed": mixture.num_replayed, "num_general": mixture.num_general,
        "sentences_per_epoch": mixture.num_sentences,
    }  # fmt: skip


def begin_record(
    run_folder: Path, inputs: RunInputs, device: torch.device, facts: dict[str, Any]
) -> dict[str, Any]:  # fmt: skip
    """Write config.yaml and a run.json with status `running`; `facts` are added as they are."""
    text = yaml.safe_dump(inputs.config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    write_text(run_folder / CONFIG_NAME, text)
    base, corpus = inputs.base, inputs.corpus
    record = {
        "format_version": 2, "name": run_folder.name, "status": "running",
        "config_sha256": config_sha256(inputs.config),
        "corpus": {
            "id": corpus.id, "name": corpus.name, "revision": corpus.revision,
            "content_sha256": corpus.content_sha256,
        },
        "base": {
            "name": base.name, "on_hub": base.on_hub, "revision": base.revision,
            "model_type": base.model_type, "licence": base.licence, "weights_sha256": base.weights_sha256,
            "converted_from": base.converted_from, "settings_sha256": base.settings_sha256,
        },
        "versions": versions(), "commit": commit(), "hardware": hardware(device),
        "started_at": now(), "finished_at": None, "training_s": 0.0, **facts,
    }  # fmt: skip
    write_record(run_folder, record)
    return record


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed as a package"
    return found


def commit() -> str | None:
    """The git commit of the software, `-dirty` where files differ from it; None outside a checkout."""
    top = Path(__file__).resolve().parent.parent
    if not (top / ".git").exists():
        return None
    try:
        command = ["git", "-C", str(top), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def hardware(device: torch.device) -> dict[str, Any]:
    return {
        "device": device.type, "gpu": torch.cuda.get_device_name(device) if device.type == "cuda" else None,
        "machine": platform.machine(), "num_cpus": os.cpu_count(), "torch_threads": torch.get_num_threads(),
    }  # fmt: skip


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
