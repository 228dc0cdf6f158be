"""Base models: find one by Hugging Face name or folder, and check that it can be used.

In: a name and, for a Hugging Face name, a revision. Out: a `Base` with its folder. Downloads what is not on this
machine (hub.py), safetensors only; where a base has none, takes what was once converted of it (converting.py). Turns
every failure into one sentence. Does not load models (loading.py).
"""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from foundation.errors import ConfigError
from foundation.files import sha256_of_file, sha256_of_text
from foundation.manifests import is_complete, read_manifest
from training.bases.hub import PICKLES, SAFETENSORS, TEXT_FILES, download
from training.bases.suitability import check_settings

UNKNOWN_LICENCE = "unknown"
CONVERTED_KIND = "converted base"


# What decides besides the weights what a model makes of a sentence.
SETTINGS_FILES = (
    "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Base:
    """A base model on this machine.

    Attributes:
        name: what goes into cards: the Hugging Face name, the run whose model it is, or the last part of a path.
        folder: where weights, config.json and tokenizer lie.
        revision: the commit on huggingface.co; None for a folder.
        weights_sha256: hash over the hashes of its safetensors files.
        settings_sha256: hash over the files besides weights that decide what it does: configuration and tokenizer.
        converted_from: where its weights were converted, hash over the hashes of the files they came from; else None.
    """

    name: str
    folder: Path
    on_hub: bool
    revision: str | None
    model_type: str
    licence: str
    weights_sha256: str
    converted_from: str | None = None
    settings_sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class BaseSource:
    """A base as its owner keeps it: its folder, or that of its commit in the cache of huggingface_hub."""

    asked: str
    folder: Path
    on_hub: bool

    @property
    def name(self) -> str:
        if self.on_hub:
            return self.asked
        folder = self.folder.resolve()
        is_of_run = folder.name == "model" and (folder.parent / "run.json").exists()
        return folder.parent.name if is_of_run else folder.name

    @property
    def commit(self) -> str | None:
        return self.folder.name if self.on_hub else None


def find_base(name: str, *, revision: str | None = None, cache: Path | None = None) -> Base:
    """Find a base, downloading it where it is not on this machine yet.

    Args:
        name: a Hugging Face name, or the path of a folder.
        revision: branch, tag or commit of a Hugging Face base.
        cache: the folder `data/cache`, in which converted bases lie; None: none are looked for.

    Raises:
        ConfigError: not found, no network, or not a base that can be trained.
    """
    source = find_source(name, revision=revision)
    folder, converted_from = source.folder, None
    if not any(folder.glob(SAFETENSORS)):
        folder = converted_folder(source, cache) if cache else folder
        if not (cache and is_complete(folder)):
            raise ConfigError(f"base {name}: {_how_to_convert(source, revision)}")
        converted_from = str(read_conversion(folder)["source_sha256"])
    return Base(
        name=source.name, folder=folder, on_hub=source.on_hub, revision=source.commit,
        model_type=read_json(folder / "config.json", name)["model_type"],
        licence=read_licence(source.folder / "README.md"),
        settings_sha256=_settings_sha256(folder),
        weights_sha256=_checked_weights(folder, name, is_converted=converted_from is not None),
        converted_from=converted_from,
    )  # fmt: skip


def find_source(name: str, *, revision: str | None = None, with_pickles: bool = False) -> BaseSource:
    """Find the folder of a base and see by its config.json whether it can be trained.

    Args:
        with_pickles: download pytorch_model.bin instead of safetensors.

    Raises:
        ConfigError: not found, no network, or not a base that can be trained.
    """
    folder = Path(name).expanduser()
    on_hub = not folder.is_dir()
    if on_hub:
        folder = download(name, revision, (*TEXT_FILES, PICKLES if with_pickles else SAFETENSORS))
    elif revision is not None:
        raise ConfigError(f"base {name}: base_revision is for Hugging Face names; this is a folder")
    check_settings(read_json(folder / "config.json", name), name)
    return BaseSource(asked=name, folder=folder, on_hub=on_hub)


def converted_folder(source: BaseSource, cache: Path) -> Path:
    """Where what is converted of a base lies; a folder's name is told by its weights, which may be changed."""
    slug = source.name.replace("/", "--")
    mark = source.commit or hash_of_weights(source.folder, PICKLES)[:16]
    return cache / "bases" / f"{slug}-{mark}"


def read_conversion(folder: Path) -> dict[str, Any]:
    """The manifest of a converted base. Raises BrokenRunError where it cannot be read."""
    return read_manifest(folder, kind=CONVERTED_KIND, help_command="tvaerkom base NAME --convert")


def hash_of_weights(folder: Path, pattern: str) -> str:
    return sha256_of_text(*[sha256_of_file(path) for path in sorted(folder.glob(pattern))])


def read_json(path: Path, name: str) -> dict[str, Any]:
    """A JSON file of a base. Raises ConfigError where it is not there, or not an object."""
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


def _checked_weights(folder: Path, name: str, *, is_converted: bool) -> str:
    """The hash of the weights. Raises ConfigError where some are missing, or not what was once converted."""
    index = folder / "model.safetensors.index.json"
    if index.is_file() and not (folder / "model.safetensors").is_file():
        shards = read_json(index, name).get("weight_map")
        named = {str(shard) for shard in shards.values()} if isinstance(shards, dict) else set()
        if missing := sorted(named - {path.name for path in folder.glob(SAFETENSORS)}):
            raise ConfigError(f"base {name}: {missing[0]} is not in it, which its index names; copy the base again")
    sha256 = hash_of_weights(folder, SAFETENSORS)
    if is_converted and sha256 != read_conversion(folder)["weights_sha256"]:
        raise ConfigError(
            f"base {name}: what was converted of it is damaged; run: tvaerkom base {shlex.quote(name)} --convert"
        )
    return sha256


def _how_to_convert(source: BaseSource, revision: str | None) -> str:
    command = f"tvaerkom base {shlex.quote(source.asked)} --convert" + (f" --revision {revision}" if revision else "")
    has_pickles = any(source.folder.glob(PICKLES))
    if not source.on_hub and not has_pickles:
        return "no weights in it (model.safetensors); copy the base again, or name another"
    where = "" if has_pickles else "; if it has a pytorch_model.bin"
    other = ", or take another revision" if source.on_hub else ""
    return (
        f"no safetensors in it, and other weight formats can run code and are not read{where}: "
        f"convert it once with: {command}{other}"
    )


def _settings_sha256(folder: Path) -> str:
    paths = [folder / name for name in SETTINGS_FILES if (folder / name).is_file()]
    return sha256_of_text(*(part for path in paths for part in (path.name, sha256_of_file(path))))
