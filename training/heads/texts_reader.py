"""A model with a head for classes reads texts, one in a row: such a head looks at the first token of its row.

In: texts with one question each. Out: a score for each label. The same interface as `training.packed.reading.Reader`;
attention is calculated as there where the family is known, else as transformers does it. And the same for the private
path, as `training.packed.rows.RowReader`.

Shapes: B texts, L tokens of the longest, T tokens in all, C labels; U units, of one text each.
"""

from typing import Any

import numpy as np
import torch

from training.feeding.masking import MaskedSentences
from training.packed.attention import NAME as PACKED
from training.packed.families import first_position
from training.packed.reading import Batch, Reader
from training.packed.rows import RowReader, UnitBatch


class TextsReader(Reader):
    """A classification model with the way in which texts are given to it; `is_packed`: by our own attention."""

    def __init__(self, model: Any, *, pad_id: int, device: torch.device) -> None:
        # not the parent's: nothing is to be taken out of the rows before the head sees them
        self.model, self.pad_id, self.device = model, pad_id, device
        self.is_packed = model.config._attn_implementation == PACKED
        self.is_compiled, self.forward = False, self.scores
        self._first_position = first_position(model.config)
        self._embedding_gradient = None

    def batch(self, masked: MaskedSentences) -> Batch:
        """Bring texts to the device, in the order in which they stand."""
        lengths, longest = masked.lengths, int(masked.lengths.max())
        key_mask = np.arange(longest) < lengths[:, None]
        inputs = np.full(key_mask.shape, self.pad_id, dtype=np.int64)
        inputs[key_mask] = masked.inputs
        positions = np.broadcast_to(np.arange(longest) + self._first_position, key_mask.shape)
        text_of_place = np.searchsorted(np.cumsum(lengths), masked.places, side="right")
        return Batch(
            inputs=self._sent(inputs), positions=self._sent(positions) if self.is_packed else None,
            key_mask=self._sent(key_mask), table_places=self._sent(np.flatnonzero(key_mask)),
            rows=self._sent(text_of_place), answers=self._sent(masked.answers),
        )  # fmt: skip

    def scores(self, batch: Batch) -> torch.Tensor:
        """Run the model: (B, C), of the texts that are asked about."""
        given: dict[str, Any] = {"input_ids": batch.inputs, "attention_mask": batch.key_mask}
        if self.is_packed:  # one text in a row: its place among the rows is that in the attention's table
            given |= {
                "position_ids": batch.positions, "key_mask": batch.key_mask, "table_places": batch.table_places,
                "row_places": batch.table_places,
            }  # fmt: skip
        return self.model(**given).logits.index_select(0, batch.rows)  # type: ignore[no-any-return]  # transformers

    def by_unit(self) -> RowReader:
        """Another way to give texts to the model, by which each one's loss can be told."""
        return TextRows(self.model, pad_id=self.pad_id, device=self.device)


class TextRows(RowReader):
    """A classification model reads one text of each unit, in rows that the head sees as they are."""

    def scores(self, batch: UnitBatch) -> torch.Tensor:
        """(U, C)"""
        is_token = torch.zeros(batch.inputs.numel(), dtype=torch.int64, device=self.device)
        is_token = is_token.index_fill(0, batch.row_places, 1).view(batch.inputs.shape)
        logits = self.model(
            input_ids=batch.inputs, position_ids=batch.positions, table_places=batch.table_places,
            key_mask=batch.key_mask, row_places=batch.row_places,
            attention_mask=is_token,  # a head that takes a mean over tokens takes none of padding
        ).logits  # fmt: skip
        return logits.index_select(0, batch.unit_of_answer)  # type: ignore[no-any-return]  # transformers
