"""A model reads masked sentences, packed where its family is known, padded where it is not.

In: a masked language model and masked sentences. Out: its scores for the tokens to be guessed, and for no other: the
head of a multilingual model is larger than its encoder. Through public hooks of transformers; no model code is copied.

Shapes: B sentences, L tokens of the longest, T tokens in all, M tokens to be guessed, V entries of the vocabulary.
"""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from training.feeding.masking import MaskedSentences
from training.packed.attention import NAME as PACKED
from training.packed.embedding_gradient import hook_embeddings
from training.packed.families import FAMILIES, first_position
from training.packed.rows import RowReader

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Masked sentences on the device of the model.

    Attributes:
        inputs, positions: (1, T) packed, or (B, L) padded.
        key_mask: (B, L) bool, true where there is a token.
        table_places: (T,) place of each token in the (B, L) table.
        rows: (M,) which of the T tokens (packed) or of the B x L places (padded) are to be guessed.
        answers: (M,) what stood there.
    """

    inputs: torch.Tensor
    positions: torch.Tensor | None
    key_mask: torch.Tensor
    table_places: torch.Tensor
    rows: torch.Tensor
    answers: torch.Tensor

    @property
    def num_sentences(self) -> int:
        return len(self.key_mask)

    @property
    def num_tokens(self) -> int:
        return len(self.table_places)


class Reader:
    """A model with the way in which sentences are given to it.

    Attributes:
        model: as transformers made it, `attn_implementation="packed"` where it is to be packed; may be wrapped for
            several processes.
        is_packed: sentences end to end; else padded to the longest, with the whole head.
    """

    def __init__(self, model: Any, *, pad_id: int, device: torch.device) -> None:
        self.model, self.pad_id, self.device = model, pad_id, device
        self.is_packed = model.config._attn_implementation == PACKED
        self.forward = self.scores  # or the same compiled
        self._first_position = first_position(model.config)
        self._rows: torch.Tensor | None = None
        self._embedding_gradient = hook_embeddings(model) if self.is_packed else None
        self.is_compiled = False
        if self.is_packed:
            model.base_model.register_forward_hook(self._keep_rows)
        else:
            log.warning(
                "model type %s is not known to be exact when sentences stand end to end: they are padded, and training "
                "takes several times as long", model.config.model_type,
            )  # fmt: skip

    def compile(self) -> None:
        """From now on `forward` is compiled: minutes at its first calls, one program for all lengths."""
        if self._embedding_gradient is not None:
            self._embedding_gradient.remove()
        compiled, self.is_compiled = torch.compile(self.scores, dynamic=True), True

        def forward(batch: Batch) -> torch.Tensor:
            try:
                return compiled(batch)
            except torch._dynamo.exc.TorchDynamoException as error:  # no compiler on this machine, for one
                log.warning("torch.compile failed (%s); going on without it", str(error).strip().splitlines()[0])
                self.forward, self.is_compiled = self.scores, False
                return self.scores(batch)

        self.forward = forward

    def release(self) -> None:
        """Leave the gradient to torch again: the model is learnt from in another way than by this reader."""
        if self._embedding_gradient is not None:
            self._embedding_gradient.remove()
            self._embedding_gradient = None

    def by_unit(self) -> RowReader:
        """Another way to give sentences to the model, by which each unit's loss can be told."""
        return RowReader(self.model, pad_id=self.pad_id, device=self.device)

    def forget(self) -> None:
        """Nothing of an attempt that broke off goes into the next."""
        if self._embedding_gradient is not None:
            self._embedding_gradient.forget()

    def batch(self, masked: MaskedSentences) -> Batch:
        """Bring masked sentences to the device."""
        lengths, longest = masked.lengths, int(masked.lengths.max())
        key_mask = np.arange(longest) < lengths[:, None]
        table_places = np.flatnonzero(key_mask)
        columns = table_places - np.arange(0, key_mask.size, longest).repeat(lengths)
        if self.is_packed:
            inputs, rows = masked.inputs[None], masked.places
            positions = self._sent(columns[None] + self._first_position)
        else:
            inputs = np.full(key_mask.shape, self.pad_id, dtype=np.int64)
            inputs[key_mask] = masked.inputs
            rows, positions = table_places[masked.places], None
        return Batch(
            inputs=self._sent(inputs), positions=positions, key_mask=self._sent(key_mask),
            table_places=self._sent(table_places), rows=self._sent(rows), answers=self._sent(masked.answers),
        )  # fmt: skip

    def scores(self, batch: Batch) -> torch.Tensor:
        """Run the model: (M, V), as the autocast around the call makes them."""
        if batch.positions is None:
            scores = self.model(input_ids=batch.inputs, attention_mask=batch.key_mask).logits
            return scores.flatten(0, 1).index_select(0, batch.rows)  # type: ignore[no-any-return]  # transformers
        self._rows = batch.rows
        try:
            return self.model(  # type: ignore[no-any-return]  # transformers
                input_ids=batch.inputs, position_ids=batch.positions,
                table_places=batch.table_places, key_mask=batch.key_mask,
            ).logits.squeeze(0)  # fmt: skip
        finally:
            self._rows = None

    def _keep_rows(self, _module: Any, _inputs: Any, output: Any) -> Any:
        """Hand only the tokens to be guessed on to the head."""
        if self._rows is not None:
            hidden = output.last_hidden_state
            output.last_hidden_state = hidden.squeeze(0).index_select(0, self._rows).unsqueeze(0)
        return output

    def _sent(self, values: Any) -> torch.Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(values))
        return tensor.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else tensor


def attention_for(model_type: str) -> str | None:
    """The attention to load a model of this type with; None: what transformers takes by itself."""
    return PACKED if model_type in FAMILIES else None
