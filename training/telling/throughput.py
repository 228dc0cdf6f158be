"""How much of what a device can calculate goes into the model: model FLOPs utilisation (MFU).

In: a model's configuration, the lengths of the sentences read and the number of tokens guessed; a device and a
precision. Out: useful floating-point operations, and how many the device does in a second at most. Times nothing but
the device itself, where its figure is not known.

Useful is what the result needs (Chowdhery et al. 2022, PaLM, appendix B): matrix products over real tokens, attention
within a sentence, the head at the guessed tokens alone; backward counts as twice forward. Padding, attention to other
sentences, a head at tokens that are not guessed and anything calculated twice do not count. Left out are embedding
look-ups, norms, activations, softmax, biases, dropout and the optimizer: none of them a matrix product.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

from training.devices import calculating_on
from training.feeding.batches import Tokens

TRAINING = 3  # forward, and backward with a gradient for the inputs and one for the weights of each product
DATA_SHEET = "NVIDIA data sheet, dense"
MEASURED = "measured with a matrix product"
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
MEASURING_S = 0.3
# Rows of the measured product: large enough to keep the device busy, small enough for a second of the slowest core.
MEASURED_ROWS = {"cuda": 8192, "cpu": 1024}


@dataclass(frozen=True, kw_only=True)
class Work:
    """Floating-point operations of one forward pass; an addition and a multiplication are two.

    Attributes:
        per_token: matrix products of the encoder, for each token.
        per_pair: attention of one layer, for each pair of tokens that see each other: scores, and sum of values.
        windows: for each layer how far its attention reaches: a token sees those nearer than this; None: all.
        per_guess: the head, for each guessed token.
    """

    per_token: int
    per_pair: int
    windows: tuple[int | None, ...]
    per_guess: int

    def forward(self, lengths: Tokens, num_guesses: int) -> int:
        """Operations of reading sentences of these lengths, (B,), and guessing so many of their tokens."""
        pairs = sum(self.windows.count(window) * _pairs(lengths, window) for window in set(self.windows))
        return int(lengths.sum()) * self.per_token + pairs * self.per_pair + num_guesses * self.per_guess

    def training(self, lengths: Tokens, num_guesses: int) -> int:
        """The same with the way back."""
        return TRAINING * self.forward(lengths, num_guesses)


def _pairs(lengths: Tokens, window: int | None) -> int:
    reach = lengths if window is None else np.minimum(lengths, window)
    return int((lengths * (2 * reach - 1) - reach * (reach - 1)).sum())


def work_of(config: Any) -> Work | None:
    """Count a model of a known family by its transformers configuration; None where the family is not known."""
    count = _FAMILIES.get(config.model_type)
    return None if count is None else count(config)


def _bert(config: Any) -> Work:
    return _work(config, config.intermediate_size)


def _distilbert(config: Any) -> Work:
    return _work(config, config.hidden_dim)


def _electra(config: Any) -> Work:
    """A generator: embeddings narrower than the layers, brought to their width before, and back in the head."""
    width, narrow = config.hidden_size, config.embedding_size
    entry = 2 * narrow * width if narrow != width else 0
    return _work(config, config.intermediate_size, entry=entry, head_width=narrow)


def _modernbert(config: Any) -> Work:
    """Gated feed-forward (a third matrix), and layers that see only a window."""
    reach = config.sliding_window + 1
    windows = tuple(reach if kind == "sliding_attention" else None for kind in config.layer_types)
    return _work(config, config.intermediate_size, num_inner=3, windows=windows)


def _work(
    config: Any, inner: int, *, num_inner: int = 2, entry: int = 0, head_width: int | None = None,
    windows: tuple[int | None, ...] | None = None,
) -> Work:  # fmt: skip
    width, layers = config.hidden_size, config.num_hidden_layers
    head = head_width or width
    return Work(
        per_token=entry + 2 * layers * (4 * width * width + num_inner * width * inner),
        per_pair=4 * width, windows=windows or (None,) * layers,
        per_guess=2 * head * (width + config.vocab_size),
    )  # fmt: skip


_FAMILIES: dict[str, Callable[[Any], Work]] = {
    "bert": _bert, "roberta": _bert, "xlm-roberta": _bert, "camembert": _bert,
    "distilbert": _distilbert, "electra": _electra, "modernbert": _modernbert,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Peak:
    """Most floating-point operations per second, and where the figure is from."""

    flops_per_s: float
    source: str


# (bfloat16 with sums in float32, float32 without TF32, as torch computes it by itself), in 1e12 per second, by torch's
# name of the GPU. Dense: half of what a data sheet gives "with sparsity". Sources: NVIDIA's data sheets of the H200,
# H100, A100, A30, A40, A10, L40S, L40, L4, V100, T4 and RTX A6000; for GeForce appendix A of the architecture
# whitepapers of Ada and GA102. None: the GPU does not multiply bfloat16 by itself. A part of a GPU (MIG), a laptop's
# and any other name is measured.
_PEAKS: dict[str, tuple[float | None, float]] = {
    "NVIDIA H200": (989.4, 66.9),
    "NVIDIA H200 NVL": (835.5, 60.0),
    "NVIDIA GH200 480GB": (989.4, 66.9),
    "NVIDIA H100 80GB HBM3": (989.4, 66.9),
    "NVIDIA H100 NVL": (835.5, 60.0),
    "NVIDIA H100 PCIe": (756.0, 51.0),
    "NVIDIA A100-SXM4-40GB": (312.0, 19.5),
    "NVIDIA A100-SXM4-80GB": (312.0, 19.5),
    "NVIDIA A100-PCIE-40GB": (312.0, 19.5),
    "NVIDIA A100 80GB PCIe": (312.0, 19.5),
    "NVIDIA A30": (165.0, 10.3),
    "NVIDIA A40": (149.7, 37.4),
    "NVIDIA A10": (125.0, 31.2),
    "NVIDIA L40S": (362.05, 91.6),
    "NVIDIA L40": (181.05, 90.5),
    "NVIDIA L4": (121.0, 30.3),
    "NVIDIA RTX A6000": (154.8, 38.7),
    "NVIDIA GeForce RTX 4090": (165.2, 82.6),
    "NVIDIA GeForce RTX 3090": (71.0, 35.6),
    "Tesla V100-SXM2-16GB": (None, 15.7),
    "Tesla V100-SXM2-32GB": (None, 15.7),
    "Tesla V100-PCIE-16GB": (None, 14.0),
    "Tesla V100-PCIE-32GB": (None, 14.0),
    "Tesla T4": (None, 8.1),
}


def peak_flops(device: torch.device, precision: str) -> Peak:
    """What the device can do at most in `float32` or `bfloat16`; measured in a fraction of a second if not known."""
    if device.type == "cuda" and (known := known_peak(torch.cuda.get_device_name(device), precision)):
        return Peak(flops_per_s=known, source=DATA_SHEET)
    return Peak(flops_per_s=_measured(device, precision), source=MEASURED)


def known_peak(name: str, precision: str) -> float | None:
    bfloat16, float32 = _PEAKS.get(name, (None, None))
    peak = bfloat16 if precision == "bfloat16" else float32
    return None if peak is None else peak * 1e12


@cache
def _measured(device: torch.device, precision: str) -> float:
    """The best of the products that fit into MEASURING_S: others may be using the machine."""
    rows = MEASURED_ROWS[device.type]
    factor = torch.ones(rows, rows, dtype=PRECISIONS[precision], device=device)
    best, deadline, num_done = float("inf"), time.perf_counter() + MEASURING_S, 0
    while num_done < 3 or time.perf_counter() < deadline:  # the first one also wakes the device up
        started = time.perf_counter()
        with calculating_on(device, precision):  # as training does its products
            torch.nn.functional.linear(factor, factor)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        best, num_done = min(best, time.perf_counter() - started), num_done + 1
    return 2 * rows**3 / best
