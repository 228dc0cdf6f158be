"""Base models: find one by Hugging Face name or folder, and check that it can be used.

In: a name and, for a Hugging Face name, a revision. Out: a `Base` with its folder. Downloads what is not on this
machine, safetensors only, and turns every failure into one sentence. Does not load models (loading.py).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import (  # type: ignore[attr-defined]  # HTTPError: from a library that varies
    GatedRepoError,
    HFValidationError,
    HTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from foundation.errors import ConfigError
from foundation.files import sha256_of_file, sha256_of_text

MODEL_TYPES = ("bert", "distilbert", "electra", "roberta", "xlm-roberta")
HUB_FILES = ["*.json", "*.txt", "*.model", "README.md", "model*.safetensors"]
HUB_TIMEOUT_S = 10.0  # for huggingface.co to answer at all; a download may then take as long as it needs
UNKNOWN_LICENCE = "unknown"


@dataclass(frozen=True, kw_only=True)
class Base:
    """A base model on this machine.

    `name` is what goes into cards: the Hugging Face name, or the last part of a folder's path.
    `weights_sha256` is the hash over its safetensors files.
    """

    name: str
    folder: Path
    on_hub: bool
    revision: str | None
    model_type: str
    licence: str
    weights_sha256: str


def find_base(name: str, *, revision: str | None = None) -> Base:
    """Find a base, downloading it where it is not on this machine yet.

    Raises:
        ConfigError: not found, no network, or not a base that can be trained.
    """
    folder = Path(name).expanduser()
    on_hub = not folder.is_dir()
    if on_hub:
        folder = _download(name, revision)
    elif revision is not None:
        raise ConfigError(f"base {name}: base_revision is for Hugging Face names; this is a folder")
    settings = _read_json(folder / "config.json", name)
    model_type = str(settings.get("model_type"))
    if model_type not in MODEL_TYPES:
        raise ConfigError(f"base {name}: model type {model_type!r} is not supported; use {', '.join(MODEL_TYPES)}")
    weights = sorted(folder.glob("model*.safetensors"))
    if not weights:
        raise ConfigError(
            f"base {name}: no safetensors in it (other weight formats can run code and are not read); "
            "name another base, or with --set base_revision=... a revision that has them"
        )
    return Base(
        name=name if on_hub else folder.resolve().name, folder=folder, on_hub=on_hub,
        revision=folder.name if on_hub else None, model_type=model_type,
        licence=read_licence(folder / "README.md"),
        weights_sha256=sha256_of_text(*[sha256_of_file(path) for path in weights]),
    )  # fmt: skip


def _download(name: str, revision: str | None) -> Path:
    """The folder of a Hugging Face model in the local cache; without a network, what the cache has."""
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ConfigError(f"base {name}: there is no such folder")
    commit = _commit_on_hub(name, revision)
    try:
        folder = snapshot_download(
            name, revision=commit or revision, allow_patterns=HUB_FILES, local_files_only=commit is None
        )
    except (OSError, ValueError, HTTPError):
        raise ConfigError(
            f"base {name}: not on this machine and huggingface.co cannot be reached; "
            "download it on a machine with a network and give its folder as --base"
        ) from None
    return Path(folder)


def _commit_on_hub(name: str, revision: str | None) -> str | None:
    """The commit of a revision; None where huggingface.co cannot be reached within a few seconds.

    Asked for first and by itself: the download waits for a silent network for ever.
    """
    try:
        return HfApi().model_info(name, revision=revision, timeout=HUB_TIMEOUT_S).sha
    except GatedRepoError:
        reason = "its owner asks for a login; accept its terms, then run: hf auth login"
    except RepositoryNotFoundError:
        reason = "neither a folder nor a public model on huggingface.co"
    except RevisionNotFoundError:
        reason = f"huggingface.co has no revision {revision} of it"
    except HFValidationError:
        reason = "neither a folder nor a name that huggingface.co could have"
    except (OSError, HTTPError):
        return None
    raise ConfigError(f"base {name}: {reason}")


def _read_json(path: Path, name: str) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"base {name}: no {path.name} in it; it is not a transformers model") from None
    except ValueError:
        raise ConfigError(f"base {name}: its {path.name} is not readable as JSON") from None
    if not isinstance(values, dict):
        raise ConfigError(f"base {name}: its {path.name} does not describe a model")
    return values


def read_licence(card: Path) -> str:
    """The licence a model card states in its YAML head; "unknown" where it states none."""
    if not card.is_file():
        return UNKNOWN_LICENCE
    _, *head = card.read_text(encoding="utf-8", errors="replace").split("---\n", maxsplit=2)
    try:
        values = yaml.safe_load(head[0]) if head else None
    except yaml.YAMLError:
        return UNKNOWN_LICENCE
    if not isinstance(values, dict):
        return UNKNOWN_LICENCE
    licence = values.get("license")
    if licence == "other":
        licence = values.get("license_name", licence)
    return licence if isinstance(licence, str) else UNKNOWN_LICENCE
