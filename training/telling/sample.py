"""A masked sentence in letters, for the log at the start of a run: what the model sees, and what it is to guess.

In: a tokenizer and masked sentences. Out: one line for each sentence shown. Steers no terminal.
"""

from typing import Any

import numpy as np

from foundation.printing import printable
from training.feeding.masking import MaskedSentences


def decoded_sample(tokenizer: Any, masked: MaskedSentences, number: int = 1) -> str:
    """The first `number` sentences; behind each its guesses in order, with what is shown where no mask token is."""
    ends = np.cumsum(masked.lengths)
    return "\n".join(
        _decoded(tokenizer, masked, int(end - length), int(end))
        for end, length in zip(ends[:number], masked.lengths[:number], strict=True)
    )


def _decoded(tokenizer: Any, masked: MaskedSentences, first: int, last: int) -> str:
    def text(ids: Any) -> str:
        return printable(str(tokenizer.decode(ids, clean_up_tokenization_spaces=False)))

    guesses = []
    for place, answer in zip(masked.places.tolist(), masked.answers.tolist(), strict=True):
        if first <= place < last:
            shown = int(masked.inputs[place])
            seen = "" if shown == tokenizer.mask_token_id else " (shown)"
            if seen and shown != answer:
                seen = f" (shown as {text([shown])!r})"
            guesses.append(f"{text([answer])!r}{seen}")
    return f"{text(masked.inputs[first:last].tolist())} | to guess: {', '.join(guesses) or 'nothing'}"
