"""Words that a model is to guess with all their pieces hidden at once: what an attacker who knows the rest would ask.

In: token files or texts, and which tokens to hide; a model. Out: how many pieces of each the model guesses first, and
the loss. Asks about single pieces nowhere: that is training.evaluation.scoring.

Shapes: W words, each with a copy of its sentence; T tokens of all copies end to end.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from foundation.errors import BrokenRunError
from foundation.progress import progress
from training.bases.loading import MaskedModel
from training.devices import calculating_on
from training.evaluation.scoring import MAX_LOGITS_BYTES, MAX_PIECE_TOKENS
from training.feeding.batches import ID_BITS, Flags, Tokens, pieces
from training.feeding.encoding import Encoder
from training.feeding.masking import MaskedSentences

Span = tuple[int, int]  # first character, and first no more


@dataclass(frozen=True, kw_only=True)
class HiddenWords:
    """Sentences, in each of which one word is hidden.

    Attributes:
        ids: (T,) the tokens as they are.
        lengths: (W,) of the sentences.
        is_hidden: (T,) the pieces to be guessed; at least one of each.
    """

    ids: Tokens
    lengths: Tokens
    is_hidden: Flags

    @property
    def num_words(self) -> int:
        return len(self.lengths)


@dataclass(frozen=True, kw_only=True)
class WordGuesses:
    """What a model made of them, (W,) each: pieces, those guessed first, and the sum of their loss in nats."""

    num_pieces: NDArray[np.int64]
    num_first: NDArray[np.int64]
    loss_sum: NDArray[np.float64]

    @property
    def is_exact(self) -> Flags:
        """(W,) whether each piece was guessed first."""
        return np.asarray(self.num_first == self.num_pieces)


def hidden_words(tokenizer: Any, texts: list[str], spans: list[Span], max_length: int) -> tuple[HiddenWords, Flags]:
    """Hide in each text the word at its span.

    Returns:
        The words of which a token is there to be hidden, and which of the texts those are, (N,).
    """
    words, lengths = Encoder(tokenizer, max_length).encode(texts)
    is_hidden = marked(tokenizer, texts, [[span] for span in spans], max_length)
    is_hidden = is_hidden[np.repeat(lengths > 0, _all_lengths(tokenizer, texts, max_length))]
    is_hidden &= ~np.isin(words & ID_BITS, list(tokenizer.all_special_ids))
    counts = np.bincount(np.repeat(np.arange(len(texts)), lengths), is_hidden, minlength=len(texts))
    kept = counts > 0
    of_kept = np.repeat(kept, lengths)
    found = HiddenWords(
        ids=(words & ID_BITS).astype(np.int64)[of_kept], lengths=lengths[kept], is_hidden=is_hidden[of_kept]
    )
    return found, kept


def marked(tokenizer: Any, texts: list[str], spans: list[list[Span]], max_length: int) -> Flags:
    """(T,) which tokens, special ones included, touch one of the spans of their text."""
    flags = [
        any(begin < last and end > first for first, last in wanted)
        for each, wanted in zip(_encodings(tokenizer, texts, max_length), spans, strict=True)
        for begin, end in each.offsets
    ]
    return np.array(flags, dtype=np.bool_)


def guess_words(model: MaskedModel, words: HiddenWords, *, precision: str, name: str) -> WordGuesses:
    """Let a model guess; `name` is shown with the progress bar.

    Raises:
        BrokenRunError: the model gives no numbers.
    """
    number = np.repeat(np.arange(words.num_words), words.lengths)
    num_pieces = np.bincount(number, words.is_hidden, minlength=words.num_words).astype(np.int64)
    num_first, loss_sum = np.zeros(words.num_words, np.int64), np.zeros(words.num_words)
    starts = np.cumsum(words.lengths) - words.lengths
    was_training = model.model.training
    model.model.eval()
    with torch.inference_mode(), progress(name, unit="words hidden", total=words.num_words) as meter:
        for part in pieces(words.lengths, _limit(model)):
            masked = _hidden(words, part, starts, model.vocabulary.mask_id)
            owner = part[np.searchsorted(np.cumsum(masked.lengths), masked.places, side="right")]
            losses, is_first = _guess(model, masked, precision)
            loss_sum += np.bincount(owner, losses, minlength=words.num_words)
            num_first += np.bincount(owner[is_first], minlength=words.num_words)
            meter.advance(len(part))
    model.model.train(was_training)
    return WordGuesses(num_pieces=num_pieces, num_first=num_first, loss_sum=loss_sum)


def _limit(model: MaskedModel) -> int:
    """Tokens at once, should all of them be hidden."""
    return int(min(max(MAX_LOGITS_BYTES // (4 * int(model.model.config.vocab_size)), 1), MAX_PIECE_TOKENS))


def _hidden(words: HiddenWords, part: Tokens, starts: Tokens, mask_id: int) -> MaskedSentences:
    lengths = words.lengths[part]
    ends = np.cumsum(lengths)
    tokens = np.arange(ends[-1]) + np.repeat(starts[part] - (ends - lengths), lengths)
    ids, is_hidden = words.ids[tokens], words.is_hidden[tokens]
    return MaskedSentences(
        inputs=np.where(is_hidden, mask_id, ids), lengths=lengths, places=np.flatnonzero(is_hidden),
        answers=ids[is_hidden],
    )  # fmt: skip


def _guess(model: MaskedModel, masked: MaskedSentences, precision: str) -> tuple[NDArray[np.float64], Flags]:
    batch = model.reader.batch(masked)
    with calculating_on(model.device, precision):
        scores = model.reader.scores(batch).float()
    losses: NDArray[np.float64] = F.cross_entropy(scores, batch.answers, reduction="none").double().cpu().numpy()
    if not np.isfinite(losses).all():
        raise BrokenRunError(f"{model.base.name}: its guesses are not numbers; its weights are damaged or it diverged")
    is_first: Flags = (scores.argmax(dim=1) == batch.answers).cpu().numpy()
    return losses, is_first


def _encodings(tokenizer: Any, texts: list[str], max_length: int) -> list[Any]:
    return list(tokenizer(texts, truncation=True, max_length=max_length).encodings)


def _all_lengths(tokenizer: Any, texts: list[str], max_length: int) -> Tokens:
    return np.array([len(each) for each in _encodings(tokenizer, texts, max_length)], dtype=np.int64)
