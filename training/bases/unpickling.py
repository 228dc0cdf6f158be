"""The process in which pytorch_model.bin becomes safetensors: `python -m training.bases.unpickling SOURCE TARGET`.

In: a folder with pytorch_model.bin, or with the parts that pytorch_model.bin.index.json names. Out: the same tensors in
model.safetensors files in TARGET, read again and compared. Exit code 2 and one line where a file holds anything but
tensors. A .bin file is a pickle: a program. Only tensors are taken from it (weights_only), and should that fail, this
process may start no other, open no connection and write nowhere else. It is used once for a base, by converting.py.
"""

import json
import os
import pickle
import re
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from foundation.files import write_text, written_aside

BIN_NAME, BIN_INDEX_NAME = "pytorch_model.bin", "pytorch_model.bin.index.json"
EXIT_REFUSED = 2
MAX_CPU_S = 1800  # the largest base of docs/reference/training.md takes half a minute
SLACK_BYTES = 2 << 30
_PART = re.compile(r"pytorch_model-\d{5}-of-\d{5}\.bin")
_ASKED = re.compile(r"GLOBAL (\S+)")
_FORBIDDEN = ("socket.", "subprocess.", "pty.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
              "os.kill")  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class RefusedWeightsError(Exception):
    """A file holds something else than tensors, or is damaged; the message is one sentence for the user."""


def main() -> int:
    source, target = (Path(argument).resolve() for argument in sys.argv[1:3])
    torch.set_num_threads(1)
    try:
        parts = parts_of(source)
        limit_resources(max(path.stat().st_size for path in parts))
        confine(target)
        convert(parts, target)
    except RefusedWeightsError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED
    return 0


def parts_of(source: Path) -> list[Path]:
    """The files that hold the weights. Raises RefusedWeightsError."""
    if (source / BIN_NAME).is_file():
        return [source / BIN_NAME]
    try:
        names = sorted(set(json.loads((source / BIN_INDEX_NAME).read_text(encoding="utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise RefusedWeightsError(f"neither {BIN_NAME} nor a readable {BIN_INDEX_NAME} in it") from None
    if not names or not all(isinstance(name, str) and _PART.fullmatch(name) for name in names):
        raise RefusedWeightsError(f"its {BIN_INDEX_NAME} names files that are not parts of the weights")
    if missing := [name for name in names if not (source / name).is_file()]:
        raise RefusedWeightsError(f"{missing[0]} is not in it, which its index names; copy the base again")
    return [source / name for name in names]


def convert(parts: list[Path], target: Path) -> None:
    """Write each part as safetensors, and an index where there are several."""
    places: dict[str, str] = {}
    total_bytes = 0
    for path in parts:
        tensors = read_tensors(path)
        name = path.name.replace("pytorch_model", "model").replace(".bin", ".safetensors")
        with written_aside(target / name) as aside:
            save_file(tensors, aside, metadata={"format": "pt"})
        check_equal(target / name, tensors)
        places |= dict.fromkeys(tensors, name)
        total_bytes += sum(tensor.nbytes for tensor in tensors.values())
    if len(parts) > 1:
        index = {"metadata": {"total_size": total_bytes}, "weight_map": places}
        write_text(target / "model.safetensors.index.json", json.dumps(index, indent=2, sort_keys=True) + "\n")


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a .bin file by name; where two share their memory, as a tied head does, each has its own.

    transformers ties them again as the model is loaded: their values are equal.

    Raises:
        RefusedWeightsError: something else is in it, or it is damaged.
    """
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        asked = _ASKED.search(str(error))
        what = f"it asks for {asked[1]}" if asked else "it is damaged, or asks for more"
        raise RefusedWeightsError(f"{path.name} is not only tensors ({what}), so it is not read") from None
    except (RuntimeError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise RefusedWeightsError(f"{path.name} is damaged; copy or download the base again") from None
    if not isinstance(loaded, dict) or not loaded or not all(map(_is_plain, loaded, loaded.values())):
        raise RefusedWeightsError(f"{path.name} is not a plain table of tensors, so it is not a model's weights")
    storages: set[int] = set()
    tensors = {}
    for name, tensor in loaded.items():
        storage = tensor.untyped_storage().data_ptr()
        tensors[name] = tensor.clone(memory_format=torch.contiguous_format) if storage in storages else tensor
        tensors[name] = tensors[name].detach().contiguous()
        storages.add(storage)
    return tensors


def check_equal(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Raises OSError where what was written differs from what was read, in a single bit."""
    with safe_open(path, framework="pt") as written:
        for name, tensor in tensors.items():
            if not torch.equal(_bytes_of(written.get_tensor(name)), _bytes_of(tensor)):
                raise OSError(f"{path}: {name} reads other than it was written; is the disk sound?")


def limit_resources(part_bytes: int) -> None:
    """No core file, and memory, time and disk for weights of this size: a pickle of 1 kB can ask for a terabyte."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: MAX_CPU_S,
        resource.RLIMIT_AS: pages * resource.getpagesize() + 4 * part_bytes + SLACK_BYTES,
        resource.RLIMIT_FSIZE: 2 * part_bytes + SLACK_BYTES,
    }
    for kind, limit in limits.items():
        _, hardest = resource.getrlimit(kind)
        most = limit if hardest == resource.RLIM_INFINITY else min(limit, hardest)
        resource.setrlimit(kind, (most, most))


def confine(target: Path) -> None:
    """From here on this process starts no other, opens no connection, and writes below `target` only."""
    inside = f"{target}{os.sep}"

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(f"{event}: not while weights are converted")
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
            path = os.fspath(arguments[0]) if isinstance(arguments[0], str | bytes | os.PathLike) else ""
            if not os.path.realpath(os.fsdecode(path)).startswith(inside):
                raise PermissionError(f"{os.fsdecode(path)}: nothing is written there while weights are converted")

    sys.addaudithook(refuse)


def _is_plain(name: object, value: object) -> bool:
    return (
        isinstance(name, str) and isinstance(value, torch.Tensor) and value.layout == torch.strided
        and not value.is_quantized and not value.is_meta
    )  # fmt: skip


def _bytes_of(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous().reshape(-1).view(torch.uint8)


if __name__ == "__main__":
    sys.exit(main())
