"""A model reads units of privacy, one in a row, so that the gradient of each can be told from that of the others.

In: masked sentences grouped by unit. Out: the loss of each unit. The sentences of a unit stand end to end in its row
and do not see each other; a row is padded to the longest, so units of like lengths belong together. Families that
`reading.py` packs, and no other.

Shapes: U units, P tokens of the longest unit, B sentences, L tokens of the longest sentence, T tokens in all, M tokens
to be guessed, V entries of the vocabulary.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from foundation.errors import ConfigError
from training.feeding.batches import Tokens
from training.feeding.masking import MaskedSentences
from training.packed.attention import NAME as PACKED
from training.packed.families import FAMILIES, first_position


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedUnits(MaskedSentences):
    """Masked sentences of some units.

    `unit`: (B,) int64, which unit each sentence is of, numbered from 0 without gaps; the sentences of a unit stand
    together, in the order of the units.
    """

    unit: Tokens

    @property
    def num_units(self) -> int:
        return int(self.unit[-1]) + 1 if len(self.unit) else 0

    @property
    def unit_lengths(self) -> Tokens:
        """(U,) tokens of each unit."""
        return np.bincount(self.unit, self.lengths, minlength=self.num_units).astype(np.int64)

    def take_units(self, chosen: Tokens) -> "MaskedUnits":
        """Some of the units, in the order given."""
        sizes = np.bincount(self.unit, minlength=self.num_units)
        starts, counts = (np.cumsum(sizes) - sizes)[chosen], sizes[chosen]
        ends = np.cumsum(counts)
        sentences = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - counts), counts)
        taken = MaskedSentences.take(self, sentences)
        return MaskedUnits(
            inputs=taken.inputs, lengths=taken.lengths, places=taken.places, answers=taken.answers,
            unit=np.repeat(np.arange(len(chosen)), counts),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitBatch:
    """Units on the device of the model.

    Attributes:
        inputs, positions: (U, P).
        key_mask: (B, L) bool, true where there is a token.
        table_places: (T,) place of each token in the (B, L) table of the attention.
        row_places: (T,) its place in the U x P places.
        rows: (M,) which of the U x P places are to be guessed.
        answers: (M,) what stood there.
        unit_of_answer: (M,) the unit each is of.
    """

    inputs: torch.Tensor
    positions: torch.Tensor
    key_mask: torch.Tensor
    table_places: torch.Tensor
    row_places: torch.Tensor
    rows: torch.Tensor
    answers: torch.Tensor
    unit_of_answer: torch.Tensor

    @property
    def num_units(self) -> int:
        return len(self.inputs)


class RowReader:
    """A model with the way in which units are given to it. Raises ConfigError where its family is not known."""

    def __init__(self, model: Any, *, pad_id: int, device: torch.device) -> None:
        if model.config.model_type not in FAMILIES or model.config._attn_implementation != PACKED:
            raise ConfigError(
                f"model type {model.config.model_type}: nobody has tested that the gradient of one unit can be told "
                f"from another's, so it is not trained privately; take a base of type {', '.join(sorted(FAMILIES))}"
            )
        self.model, self.pad_id, self.device = model, pad_id, device
        self._first_position = first_position(model.config)
        self._rows: torch.Tensor | None = None
        model.base_model.register_forward_hook(self._keep_rows)

    def batch(self, masked: MaskedUnits) -> UnitBatch:
        """Bring masked units to the device."""
        lengths, longest = masked.lengths, int(masked.lengths.max())
        key_mask = np.arange(longest) < lengths[:, None]
        table_places = np.flatnonzero(key_mask)
        columns = table_places - np.arange(0, key_mask.size, longest).repeat(lengths)
        unit_lengths = masked.unit_lengths
        unit_of_token = masked.unit.repeat(lengths)
        starts = np.cumsum(unit_lengths) - unit_lengths
        width = int(unit_lengths.max())
        row_places = unit_of_token * width + np.arange(len(unit_of_token)) - starts[unit_of_token]
        inputs = np.full(masked.num_units * width, self.pad_id, dtype=np.int64)
        inputs[row_places] = masked.inputs
        positions = np.full(masked.num_units * width, self._first_position, dtype=np.int64)
        positions[row_places] += columns
        return UnitBatch(
            inputs=self._sent(inputs).view(-1, width), positions=self._sent(positions).view(-1, width),
            key_mask=self._sent(key_mask), table_places=self._sent(table_places), row_places=self._sent(row_places),
            rows=self._sent(row_places[masked.places]), answers=self._sent(masked.answers),
            unit_of_answer=self._sent(unit_of_token[masked.places]),
        )  # fmt: skip

    def losses(self, batch: UnitBatch) -> torch.Tensor:
        """(U,) mean cross-entropy in nats of each unit's own hidden tokens; 0 where it has none.

        A mean over all units together, as transformers gives it, would let one unit change the gradients of others.
        """
        scores = self.scores(batch)
        scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
        each = F.cross_entropy(scores, batch.answers, reduction="none")
        sums = each.new_zeros(batch.num_units).index_add(0, batch.unit_of_answer, each)
        counts = torch.bincount(batch.unit_of_answer, minlength=batch.num_units).clamp(min=1)
        return sums / counts

    def scores(self, batch: UnitBatch) -> torch.Tensor:
        """(M, V), for the tokens to be guessed and no other."""
        self._rows = batch.rows
        try:
            return self.model(  # type: ignore[no-any-return]  # transformers
                input_ids=batch.inputs, position_ids=batch.positions, table_places=batch.table_places,
                key_mask=batch.key_mask, row_places=batch.row_places,
            ).logits.squeeze(0)  # fmt: skip
        finally:
            self._rows = None

    def _keep_rows(self, _module: Any, _inputs: Any, output: Any) -> Any:
        """Hand only the tokens to be guessed on to the head, all in one row: (1, M, ...)."""
        if self._rows is not None:
            hidden = output.last_hidden_state
            output.last_hidden_state = hidden.flatten(0, 1).index_select(0, self._rows).unsqueeze(0)
        return output

    def _sent(self, values: Any) -> torch.Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(values))
        return tensor.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else tensor
