"""The device that a model computes on, its precision and its memory.

In: what the user asked for. Out: torch's device, the context that calculates in bfloat16, free memory. Loads no model.
"""

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch

from foundation.errors import ConfigError
from training.packed.products import OneDnnProducts, is_onednn_faster

_CPU_BATCH_TOKENS = 4096  # any batch of the published recipe; about 5 GB at NB-BERT's shape, by arithmetic
_MEMINFO = Path("/proc/meminfo")
DEVICES = ("auto", "cpu", "cuda")


def choose_device(wanted: str, *, local_rank: int = 0) -> torch.device:
    """Read --device: auto takes the GPU where there is one. Raises ConfigError."""
    if wanted not in DEVICES:
        raise ConfigError(f"--device {wanted}: write {', '.join(DEVICES[:-1])} or {DEVICES[-1]}")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda: torch finds no NVIDIA GPU on this machine; use --device cpu")
    if wanted == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    if local_rank >= torch.cuda.device_count():
        raise ConfigError(f"process {local_rank} has no GPU of its own: there are {torch.cuda.device_count()}")
    # what cuBLAS asks for, before its first product, of who wants the same sums each time
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 by itself: GPUs from compute capability 8.0 on, some processors."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def precision_on(device: torch.device, wanted: str) -> str:
    """What `precision` means here: `auto` is bfloat16 on a GPU that has it, float32 elsewhere. Raises ConfigError."""
    if wanted == "auto":
        return "bfloat16" if device.type == "cuda" and multiplies_bfloat16(device) else "float32"
    if wanted == "bfloat16" and not multiplies_bfloat16(device):
        raise ConfigError("precision: bfloat16: this machine does not multiply it by itself; use float32")
    return wanted


def calculating_on(
    device: torch.device, precision: str, *, is_compiled: bool = False, learns_weights: bool = True
) -> AbstractContextManager[Any]:  # fmt: skip
    """Matrix products in bfloat16 where `precision` says so; weights, sums and losses stay in float32.

    In float32 on a CPU they go the faster way (packed/products.py), which cannot be compiled. `learns_weights`: false
    where no gradient of a weight will be asked for.
    """
    if device.type == "cpu" and precision == "float32" and not is_compiled and is_onednn_faster():
        return OneDnnProducts(learns_weights=learns_weights)
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")


def make_deterministic(device: torch.device) -> None:
    """From now on the same sums in the same order each time; a CPU does that anyway."""
    if device.type != "cuda":
        return
    torch.use_deterministic_algorithms(True)
    # nothing here reads what nobody wrote
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # torch
    # of the kernels for attention with a mask only torch's own is deterministic on its way back
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_mem_efficient_sdp(False)
    torch.backends.cuda.enable_cudnn_sdp(False)


def usual_batch_tokens(device: torch.device) -> int | None:
    """Most tokens at once where nobody says: on a CPU more is not faster, and memory is not given back in time.

    None on a GPU: the whole batch, halved where memory is short.
    """
    return _CPU_BATCH_TOKENS if device.type == "cpu" else None


def free_bytes(device: torch.device) -> int:
    """Memory that is free now, on the GPU or in the machine."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    for line in _MEMINFO.read_text().splitlines() if _MEMINFO.exists() else []:
        if line.startswith("MemAvailable:"):  # what is free, and what caches of files would give back
            return int(line.split()[1]) * 1024
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def peak_gib(device: torch.device) -> float | None:
    """Most GPU memory used so far, in GiB; None on the CPU."""
    return round(torch.cuda.max_memory_allocated(device) / 2**30, 3) if device.type == "cuda" else None
