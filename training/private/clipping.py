"""The gradient of each unit, shortened to a fixed length and added up, in one way back through the model.

In: a model and the loss of each unit, which must depend on that unit alone. Out: the sum of the shortened gradients.
opacus listens at each layer and gives the length of each unit's gradient without making it (ghost clipping: Li et al.
2022); what it heard is kept, so that the shortened sum is one more product of matrices (book-keeping: Bu et al. 2023)
instead of a second way back. The gradient of a weight over all units, which nothing would shorten, is never made:
forgetting to clip is not possible here. What cannot be clipped exactly is refused at the beginning.

Shapes: U units, P tokens of the longest, M tokens to be guessed, V entries of the vocabulary, D width.
"""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import torch
import torch.nn.functional as F
from opacus.grad_sample import GradSampleModuleFastGradientClipping
from opacus.grad_sample.layer_norm import compute_layer_norm_grad_sample
from torch import nn

from foundation.errors import BrokenRunError, ConfigError
from training.packed.products import gradient_of_weight

_MAX_TABLE = 2**26  # numbers: a quarter of a gigabyte of scores at once, spread out by unit
Sums = dict[nn.Parameter, torch.Tensor]


def _layer_norm(
    layer: nn.LayerNorm, activations: list[torch.Tensor], backprops: torch.Tensor
) -> dict[nn.Parameter, torch.Tensor]:  # fmt: skip
    """opacus's own asks for a bias, which ModernBERT's layers do not have."""
    if layer.bias is not None:
        return cast("dict[nn.Parameter, torch.Tensor]", compute_layer_norm_grad_sample(layer, activations, backprops))
    normed = F.layer_norm(activations[0], layer.normalized_shape, eps=layer.eps)
    each = normed * backprops
    return {layer.weight: each.flatten(1, -2).sum(dim=1) if each.dim() > 2 else each}


@dataclass(slots=True)
class _Heard:
    """What went into a layer, and the gradient of what came out of it."""

    layer: nn.Module
    inputs: torch.Tensor
    gradient: torch.Tensor


class UnitGradients(GradSampleModuleFastGradientClipping):  # type: ignore[misc]  # opacus ships without types
    """A model whose weights get shortened gradients only.

    Args:
        model: its trainable parameters are those that require a gradient now.
        clip_norm: longest gradient of a unit.

    Raises:
        ConfigError: a trainable weight belongs to a layer that is not known here.
    """

    GRAD_SAMPLERS = GradSampleModuleFastGradientClipping.GRAD_SAMPLERS | {nn.LayerNorm: _layer_norm}

    def __init__(self, model: Any, *, clip_norm: float) -> None:
        self.__dict__["_layers"] = _known_layers(model)  # torch's modules take nothing before their own beginning
        super().__init__(model, strict=False, loss_reduction="sum", max_grad_norm=clip_norm)
        self._heard: list[_Heard] = []
        self._unit_of_answer = torch.empty(0, dtype=torch.int64)
        self._num_units = 0
        self._tied = _tied_pair(model)
        self._starts: list[torch.Tensor] = []
        self._catching = [
            layer.register_forward_hook(self._begin_here)
            for layer in model.modules()
            if isinstance(layer, nn.Embedding)
        ]

    def iterate_submodules(self, module: nn.Module) -> Iterable[nn.Module]:  # noqa: ARG002  # asked by opacus
        """The layers that opacus listens at."""
        return self.__dict__["_layers"]  # type: ignore[no-any-return]

    def add_clipped(self, losses: torch.Tensor, unit_of_answer: torch.Tensor, sums: Sums) -> torch.Tensor:
        """Add the shortened gradient of each unit to `sums`.

        Args:
            losses: (U,) each a function of one unit, just calculated.
            unit_of_answer: (M,) the unit of each row that the head was given.
            sums: for each trainable parameter one tensor of its shape, changed in place.

        Returns:
            (U,) lengths of the gradients before they were shortened. Not protected: to be looked at, not to be told.

        Raises:
            BrokenRunError: a layer was not heard exactly once, so that something would not be clipped.
        """
        if not len(unit_of_answer):  # no unit asks anything, so all gradients are 0
            self.forget()
            return torch.zeros_like(losses)
        self._heard.clear()
        self._unit_of_answer, self._num_units = unit_of_answer, len(losses)
        starts, self._starts = self._starts, []
        way_back(losses, starts)  # only what leads to these is calculated: no gradient of a weight
        self._check_heard()
        self._finish_tied()
        shares = self.get_clipping_coef().to(torch.float32 if losses.dtype != torch.float64 else torch.float64)
        for heard in self._heard:
            self._add(heard, shares, sums)
        self._heard.clear()
        return cast("torch.Tensor", self.per_sample_gradient_norms)

    def forget(self) -> None:
        """Throw away what an attempt that broke off left behind."""
        self._heard.clear()
        self._starts.clear()
        for layer in self.__dict__["_layers"]:
            layer.activations = []  # opacus keeps them there

    def take_off(self) -> None:
        """Leave the model as it was found."""
        for hook in self._catching:
            hook.remove()
        self.remove_hooks()

    def _begin_here(self, _layer: nn.Module, _inputs: Any, output: torch.Tensor) -> torch.Tensor:
        """All that is learnt comes behind embeddings, or is one: here the way back may end."""
        if self._module.training and torch.is_grad_enabled():
            if not output.requires_grad:
                output.requires_grad_()
            self._starts.append(output)
        return output

    def capture_activations_hook(self, module: nn.Module, forward_input: Any, _forward_output: Any) -> None:
        if not (module.training and torch.is_grad_enabled() and self.hooks_enabled):
            return
        if not hasattr(module, "activations"):
            module.activations = []  # type: ignore[assignment]  # opacus keeps them there
        module.activations.append([each.detach() for each in forward_input])  # type: ignore[operator, union-attr]

    def capture_backprops_hook(
        self, module: nn.Module, _forward_input: Any, forward_output: Any, **_: Any
    ) -> None:  # fmt: skip
        if not self.hooks_enabled:
            return
        inputs, gradient = module.activations.pop()[0], forward_output[0].detach()  # type: ignore[operator, union-attr]
        if gradient.dtype in (torch.bfloat16, torch.float16):
            gradient = gradient.float()
        if inputs.is_floating_point():
            inputs = inputs.to(gradient.dtype)
        self._check_shape(module, gradient)
        self._heard.append(_Heard(module, inputs, gradient))
        if module not in self._tied:
            for parameter, lengths in self._lengths(module, inputs, gradient).items():
                parameter._norm_sample = lengths  # type: ignore[attr-defined]  # where opacus looks for them

    def _lengths(
        self, layer: nn.Module, inputs: torch.Tensor, gradient: torch.Tensor
    ) -> dict[nn.Parameter, torch.Tensor]:  # fmt: skip
        """(U,) length of each unit's gradient, for each trainable parameter of a layer."""
        if not self._is_flat(gradient):
            return self._lengths_of_rows(layer, inputs, gradient)
        slots = self._slots()
        size = max(1, _MAX_TABLE // (slots.shape[1] * gradient.shape[-1]))
        found = [
            self._lengths_of_rows(layer, _spread(inputs, part), _spread(gradient, part))
            for part in torch.split(slots, size)
        ]
        return {parameter: torch.cat([each[parameter] for each in found]) for parameter in found[0]}

    def _lengths_of_rows(
        self, layer: nn.Module, inputs: torch.Tensor, gradient: torch.Tensor
    ) -> dict[nn.Parameter, torch.Tensor]:  # fmt: skip
        sampler = self.NORM_SAMPLERS.get(type(layer))
        if sampler is None:
            made = self.GRAD_SAMPLERS[type(layer)](layer, [inputs], gradient)
            return {parameter: each.flatten(1).norm(dim=1) for parameter, each in made.items()}
        if isinstance(layer, nn.Embedding):
            gradient = _without_padding(layer, inputs, gradient)
        return cast("dict[nn.Parameter, torch.Tensor]", sampler(layer, [inputs], gradient))

    def _finish_tied(self) -> None:
        """The length where one matrix is both embedding and head: |H + E|^2 = |H|^2 + |E|^2 + 2 <H, E>."""
        if not self._tied:
            return
        embedding, head = (next(each for each in self._heard if each.layer is layer) for layer in self._tied)
        weight = cast("nn.Parameter", embedding.layer.weight)
        ids, read = embedding.inputs, _without_padding(embedding.layer, embedding.inputs, embedding.gradient)
        of_head = self._lengths(head.layer, head.inputs, head.gradient)
        of_embedding = self._lengths_of_rows(embedding.layer, ids, read)[weight]
        slots = self._slots()
        # <H, E> of a unit: over its answers t and its tokens s, gradient of t's score for the word of s, times h_t e_s
        words = head.gradient[0].gather(1, ids[self._unit_of_answer])  # (M, P)
        alike = torch.bmm(_spread(head.inputs, slots), read.transpose(1, 2))  # (U, K, P)
        both = (_spread(words[None], slots) * alike).sum(dim=(1, 2))
        squared = of_head.pop(weight).square() + of_embedding.square() + 2 * both
        weight._norm_sample = squared.clamp(min=0).sqrt()  # type: ignore[attr-defined]
        for parameter, lengths in of_head.items():
            parameter._norm_sample = lengths  # type: ignore[attr-defined]

    def _add(self, heard: _Heard, shares: torch.Tensor, sums: Sums) -> None:
        layer, inputs = heard.layer, heard.inputs
        if self._is_flat(heard.gradient):
            gradient = heard.gradient * shares[self._unit_of_answer][None, :, None]
        else:
            gradient = heard.gradient * shares.view(-1, *[1] * (heard.gradient.dim() - 1))
        rows = gradient.flatten(0, -2)
        weight, bias = cast("nn.Parameter", layer.weight), cast("nn.Parameter", getattr(layer, "bias", None))
        if weight in sums:
            if isinstance(layer, nn.Embedding):
                rows = _without_padding(layer, inputs, gradient).flatten(0, -2)
                sums[weight].index_add_(0, inputs.flatten(), rows)
            elif isinstance(layer, nn.LayerNorm):
                normed = F.layer_norm(inputs, layer.normalized_shape, eps=layer.eps)
                sums[weight] += (normed.flatten(0, -2) * rows).sum(dim=0)
            else:
                sums[weight] += gradient_of_weight(rows, inputs.flatten(0, -2))
        if bias in sums:
            sums[bias] += rows.sum(dim=0)

    def _is_flat(self, gradient: torch.Tensor) -> bool:
        """Whether it is of the head, whose rows are the tokens to be guessed of all units."""
        return gradient.dim() == 3 and len(gradient) == 1 and self._num_units > 1

    def _slots(self) -> torch.Tensor:
        """(U, K) which of the M rows of the head are each unit's; M where it has fewer than K."""
        owner = self._unit_of_answer
        counts = torch.bincount(owner, minlength=self._num_units)
        order = torch.argsort(owner, stable=True)
        column = torch.arange(len(owner), device=owner.device) - (counts.cumsum(0) - counts)[owner[order]]
        slots = owner.new_full((self._num_units, max(1, int(counts.max()))), len(owner))
        slots[owner[order], column] = order
        return slots

    def _check_shape(self, layer: nn.Module, gradient: torch.Tensor) -> None:
        is_of_head = gradient.dim() == 3 and gradient.shape[:2] == (1, len(self._unit_of_answer))
        if len(gradient) != self._num_units and not is_of_head:
            raise BrokenRunError(
                f"a layer {type(layer).__name__} mixes units before anything could be clipped (its output has the "
                f"shape {tuple(gradient.shape)} for {self._num_units} units); this model is not trained privately"
            )

    def _check_heard(self) -> None:
        heard, expected = [each.layer for each in self._heard], self.__dict__["_layers"]
        if len(heard) != len(expected) or set(heard) != set(expected):
            raise BrokenRunError(
                f"{len(expected)} layers are learnt and {len(heard)} were heard: something would not be clipped; this "
                "model is not trained privately"
            )


def way_back(losses: torch.Tensor, ends: list[torch.Tensor]) -> list[torch.Tensor | None]:
    """The gradients of the sum of losses with respect to some tensors; None for what it does not depend on."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Full backward hook is firing")  # an embedding's inputs have none
        return list(torch.autograd.grad(losses.sum(), ends, allow_unused=True))


def _known_layers(model: Any) -> list[nn.Module]:
    """The layers that own a trainable weight, each of a kind whose clipping is exact."""
    layers, covered = [], set()
    for layer in model.modules():
        own = [parameter for parameter in layer.parameters(recurse=False) if parameter.requires_grad]
        if own and type(layer) in (nn.Linear, nn.LayerNorm, nn.Embedding):
            layers.append(layer)
            covered.update(own)
    # a head may hold its last layer's bias a second time: the same tensor, met there
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and parameter not in covered:
            owner = model.get_submodule(name.rpartition(".")[0])
            raise ConfigError(
                f"weight {name} belongs to a layer {type(owner).__name__}, whose gradients are not known to be clipped "
                "exactly; take another base for a private run"
            )
    return layers


def _tied_pair(model: Any) -> tuple[nn.Module, ...]:
    """Embedding and head where they share a trainable matrix."""
    embedding = model.get_input_embeddings()
    head = model.get_output_embeddings() if hasattr(model, "get_output_embeddings") else None
    if head is None or head.weight is not embedding.weight or not embedding.weight.requires_grad:
        return ()
    return embedding, head


def _spread(rows: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
    """(1, M, D) -> (U, K, D), zero where a unit has fewer than K."""
    is_there = slots < rows.shape[1]
    return rows[0][slots.clamp(max=rows.shape[1] - 1)] * is_there[..., None]


def _without_padding(layer: nn.Module, ids: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """As torch's own embeddings, which never learn the padding token."""
    padding = cast("nn.Embedding", layer).padding_idx
    return gradient if padding is None else gradient * (ids != padding)[..., None]
