"""Matrix products in float32 on processors where torch's own library does them at half speed.

In: nothing. Out: a context in which torch's linear layers go through oneDNN, which torch brings along. Intel's MKL,
which torch asks otherwise, leaves AVX-512 unused on the processors of others: 90 against 180 GFLOP/s on one core of an
AMD EPYC (benchmarks/training_2cores_202611.md). The same sums in another order; which library is asked follows from the
processor alone, so that a resumed run does what it did before.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

_CPUINFO = Path("/proc/cpuinfo")


@lru_cache(maxsize=1)
def is_onednn_faster() -> bool:
    """Whether this is a processor with AVX-512 that is not Intel's."""
    is_there = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]  # torch ships it without types
    if not (is_there and torch.cpu._is_avx512_supported()):
        return False
    try:
        return "GenuineIntel" not in _CPUINFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


class OneDnnProducts(TorchFunctionMode):
    """While it is entered, linear layers in float32 on the CPU are calculated by oneDNN, forward and backward.

    `learns_weights`: false where no gradient of a weight will be asked for: torch's own layers notice, these do not.
    """

    def __init__(self, *, learns_weights: bool = True) -> None:
        super().__init__()
        self._learns_weights = learns_weights

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        if func is F.linear and not kwargs and all(_is_plain(each) for each in args[:2]):
            inputs, weight, bias = (*args, None)[:3]
            if not self._learns_weights:
                weight, bias = weight.detach(), None if bias is None else bias.detach()
            return _Linear.apply(inputs, weight, bias)  # type: ignore[no-untyped-call]
        return func(*args, **(kwargs or {}))


def gradient_of_weight(gradient: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """What a linear layer's weight learns from the gradient (R, N) of what it made of `rows` (R, K): (N, K)."""
    if is_onednn_faster() and _is_plain(gradient) and _is_plain(rows):
        return _product(gradient.t(), rows.t())
    return gradient.t() @ rows


def _is_plain(value: Any) -> bool:
    is_float = isinstance(value, torch.Tensor) and value.dtype == torch.float32 and value.device.type == "cpu"
    return is_float and value.numel() > 0  # oneDNN does not take a product of nothing


class _Linear(torch.autograd.Function):
    """inputs (..., K), weight (N, K), bias (N,) or None -> (..., N)"""

    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        rows = inputs.reshape(-1, inputs.shape[-1])
        ctx.save_for_backward(rows, weight)
        ctx.shape, ctx.has_bias = inputs.shape, bias is not None
        return _product(rows, weight, bias).view(*inputs.shape[:-1], weight.shape[0])

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        rows, weight = ctx.saved_tensors
        gradient = gradients[0].reshape(-1, weight.shape[0])
        return (
            _product(gradient, weight.t()).view(ctx.shape) if ctx.needs_input_grad[0] else None,
            _product(gradient.t(), rows.t()) if ctx.needs_input_grad[1] else None,
            gradient.sum(dim=0) if ctx.has_bias and ctx.needs_input_grad[2] else None,
        )


def _product(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """rows (M, K) times weight (N, K) transposed, plus bias: (M, N)"""
    return torch.ops.mkldnn._linear_pointwise(  # type: ignore[no-any-return]  # as torch's own compiler calls it
        rows, weight, bias, "none", [], ""
    )
