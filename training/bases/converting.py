"""Base models: a base that has only pytorch_model.bin is converted to safetensors, once, when the user asks for it.

In: a base and the cache folder. Out: `data/cache/bases/<name>-<commit>/`, which find_base takes from then on: the
weights as safetensors, config and tokenizer as they were, and a manifest. The .bin file is read in a process of its own
(unpickling.py), never in this one.
"""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from foundation.errors import BrokenRunError, ConfigError
from foundation.files import make_folder, sync_folder, write_bytes
from foundation.locks import held
from foundation.manifests import file_entries, is_complete, write_manifest
from training.bases.finding import (
    CONVERTED_KIND,
    Base,
    BaseSource,
    converted_folder,
    find_base,
    find_source,
    hash_of_weights,
    read_conversion,
)  # fmt: skip
from training.bases.hub import PICKLES, SAFETENSORS, TEXT_FILES
from training.bases.unpickling import BIN_INDEX_NAME, EXIT_REFUSED

_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR", "LANG")  # and no token of huggingface.co
log = logging.getLogger(__name__)


def convert_base(name: str, *, cache: Path, revision: str | None = None) -> Base:
    """Convert a base, or find what was converted of it before; one that has safetensors is given as it is.

    Args:
        name: a Hugging Face name, or the path of a folder.
        cache: the folder `data/cache`.

    Raises:
        ConfigError: not found, not a base that can be trained, or its weights are not only tensors.
        BrokenRunError: the conversion was cut short, by a full disk or the limits it runs under.
    """
    if any(find_source(name, revision=revision).folder.glob(SAFETENSORS)):
        log.info("%s has safetensors: nothing is converted", name)
        return find_base(name, revision=revision, cache=cache)
    source = find_source(name, revision=revision, with_pickles=True)
    if not any(source.folder.glob(PICKLES)):
        raise ConfigError(f"base {name}: neither safetensors nor pytorch_model.bin in it; name another base")
    target = converted_folder(source, cache)
    with held(target.with_name(f"{target.name}.lock"), busy=f"base {name}: another process is converting it"):
        if not _is_whole(target):
            _convert(source, target)
    return find_base(name, revision=revision, cache=cache)


def _is_whole(folder: Path) -> bool:
    return is_complete(folder) and read_conversion(folder)["weights_sha256"] == hash_of_weights(folder, SAFETENSORS)


def _convert(source: BaseSource, target: Path) -> None:
    """Write the folder aside and rename it."""
    aside = target.with_name(f"{target.name}.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    make_folder(aside)
    log.info("%s: converting its weights; this is done once", source.asked)
    _run(source, aside)
    for path in sorted({path for pattern in TEXT_FILES for path in source.folder.glob(pattern)}):
        if path.name not in (BIN_INDEX_NAME, "manifest.json"):
            write_bytes(aside / path.name, path.read_bytes())
    write_manifest(aside, _manifest(source, aside))
    shutil.rmtree(target, ignore_errors=True)
    aside.replace(target)
    sync_folder(target.parent)


def _manifest(source: BaseSource, folder: Path) -> dict[str, Any]:
    return {
        "kind": CONVERTED_KIND, "format_version": 1, "name": source.name, "revision": source.commit,
        "source_files": [vars(entry) for entry in file_entries(source.folder, source.folder.glob(PICKLES))],
        "source_sha256": hash_of_weights(source.folder, PICKLES),
        "weights_sha256": hash_of_weights(folder, SAFETENSORS),
        "files": [vars(entry) for entry in file_entries(folder, folder.iterdir())],
    }  # fmt: skip


def _run(source: BaseSource, target: Path) -> None:
    """The other process: -P keeps modules of the current folder out of it."""
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    environment |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-P", "-B", "-m", "training.bases.unpickling", str(source.folder), str(target)]
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return
    shutil.rmtree(target, ignore_errors=True)
    last = (done.stderr.strip().splitlines() or ["no word"])[-1]
    if done.returncode == EXIT_REFUSED:
        raise ConfigError(f"base {source.asked}: {last}")
    raise BrokenRunError(
        f"base {source.asked}: the conversion was cut short (exit code {done.returncode}: {last}); "
        f"make room on the disk and in memory, and run it again"
    )
