"""Pseudo-log-likelihood (PLL): how well a model guesses each word of a text from the others, whatever its tokenizer.

In: a model and sentences. Out: nats per word and per character of the text itself, lower is better. Words stand between
blanks, so that they are the same under every tokenizer. To score a token, it and the rest of its word are hidden
(PLL-word-l2r of Kauf and Ivanova 2023, arXiv 2305.10588: a word in pieces would give itself away otherwise); the sum
over all tokens is that of Salazar et al. 2020. Placeholders of personal data stay visible and count for nothing.

Shapes: N sentences, T tokens of all of them end to end, J tokens to score, each with a copy of its sentence.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from corpus.schema import PLACEHOLDERS
from foundation.errors import ConfigError
from foundation.progress import progress
from training.bases.loading import MaskedModel
from training.devices import calculating_on
from training.feeding.batches import Flags, Tokens, pieces
from training.feeding.draws import mixed
from training.feeding.masking import MaskedSentences
from training.feeding.shards import read_rows

SAMPLE_SENTENCES = 2000  # each token costs a forward pass of its sentence
PIECE_TOKENS = 16_384  # through the model at once
SCORES_BYTES = 300 << 20  # of one piece, in float32: the vocabulary of XLM-R has 250,002 entries
_WORD = re.compile(r"\S+")
_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS)))
_NEVER = -1  # special tokens and placeholders have no word to score


@dataclass(frozen=True, kw_only=True)
class Pll:
    """Minus the pseudo-log-likelihood, in nats."""

    per_word: float
    per_character: float
    num_words: int
    num_characters: int
    num_sentences: int


def pll(model: MaskedModel, texts: list[str], *, precision: str, name: str) -> Pll:
    """Score sentences; `name` is shown with the progress bar.

    Args:
        texts: none longer than the model takes (`fitting`).

    Raises:
        ConfigError: no word to score in them.
    """
    spans = [_scored_words(text) for text in texts]
    num_words = sum(len(words) for words in spans)
    if not num_words:
        raise ConfigError(f"{name}: no word to score in {len(texts)} sentences")
    num_characters = sum(len(text) - _placeholder_length(text) for text in texts)
    total = _total(model, _tokenized(model.tokenizer, texts), precision, name)
    return Pll(
        per_word=total / num_words, per_character=total / num_characters, num_words=num_words,
        num_characters=num_characters, num_sentences=len(texts),
    )  # fmt: skip


def sample(corpus_folder: Path, num_sentences: int) -> list[str]:
    """Sentences of the validation split chosen by their ids, so the same for every model; in an order by chance.

    Raises BrokenRunError where the corpus cannot be read.
    """
    texts: list[str] = []
    ids: list[int] = []
    for rows in read_rows(corpus_folder, "validation"):
        texts += rows.texts
        ids += [int(each, 16) for each in rows.sentence_ids]
    order = np.argsort(mixed(np.array(ids, dtype=np.uint64)), kind="stable")
    return [texts[place] for place in order[:num_sentences]]


def fitting(tokenizer: Any, texts: list[str], max_length: int) -> Flags:
    """(N,) which sentences a model reads whole: neither cut off, nor with a sign that its tokenizer does not know."""
    encodings = _encoded(tokenizer, texts)
    return np.array([len(each) <= max_length and tokenizer.unk_token_id not in each.ids for each in encodings])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tokenized:
    """Sentences end to end.

    Attributes:
        ids, words, sentences: (T,) each token, the word of its sentence that it is of (-1: none), and its sentence.
        starts, lengths: (N,)
    """

    ids: Tokens
    words: Tokens
    sentences: Tokens
    starts: Tokens
    lengths: Tokens


def _encoded(tokenizer: Any, texts: list[str]) -> list[Any]:
    encoded = tokenizer(texts, truncation=False, return_attention_mask=False, return_token_type_ids=False)
    return list(encoded.encodings)


def _tokenized(tokenizer: Any, texts: list[str]) -> _Tokenized:
    encodings = _encoded(tokenizer, texts)
    lengths = np.array([len(each) for each in encodings], dtype=np.int64)
    words = [_words_of_tokens(text, each) for text, each in zip(texts, encodings, strict=True)]
    return _Tokenized(
        ids=np.concatenate([np.array(each.ids, dtype=np.int64) for each in encodings]), words=np.concatenate(words),
        sentences=np.repeat(np.arange(len(texts)), lengths), starts=np.cumsum(lengths) - lengths, lengths=lengths,
    )  # fmt: skip


def _words_of_tokens(text: str, encoding: Any) -> Tokens:
    """Number of the word of each token; a token that begins with the blank before a word is of that word."""
    ends = [match.end() for match in _WORD.finditer(text)]
    scored = _scored_words(text)
    placeholders = [match.span() for match in _PLACEHOLDER.finditer(text)]
    words = np.full(len(encoding), _NEVER, dtype=np.int64)
    for place, ((begin, end), is_special) in enumerate(
        zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
    ):
        word = min(int(np.searchsorted(ends, begin, side="right")), len(ends) - 1)
        hidden = any(begin < last and end > first for first, last in placeholders)
        if word in scored and not is_special and not hidden:
            words[place] = word
    return words


def _scored_words(text: str) -> set[int]:
    """Numbers of the words with more in them than placeholders."""
    return {number for number, word in enumerate(_WORD.findall(text)) if _PLACEHOLDER.sub("", word)}


def _placeholder_length(text: str) -> int:
    return sum(len(match[0]) for match in _PLACEHOLDER.finditer(text))


def _total(model: MaskedModel, read: _Tokenized, precision: str, name: str) -> float:
    """Minus the log-probability of all tokens to score, each from its own copy of its sentence."""
    targets = np.flatnonzero(read.words != _NEVER)
    lengths = read.lengths[read.sentences[targets]]
    most_copies = max(SCORES_BYTES // (4 * model.model.config.vocab_size), 1)
    costs = np.maximum(lengths, -(-PIECE_TOKENS // most_copies))  # so few copies that their scores have room, too
    total = torch.zeros((), dtype=torch.float64, device=model.device)
    was_training = model.model.training
    model.model.eval()
    with torch.inference_mode(), progress(name, unit="words hidden", total=len(targets)) as meter:
        for piece in pieces(costs, PIECE_TOKENS):
            batch = model.reader.batch(_copies(read, targets[piece], model.vocabulary.mask_id))
            with calculating_on(model.device, precision):
                scores = model.reader.scores(batch)
            total += F.cross_entropy(scores.float(), batch.answers, reduction="none").double().sum()
            meter.advance(len(piece))
    model.model.train(was_training)
    return float(total)


def _copies(read: _Tokenized, targets: Tokens, mask_id: int) -> MaskedSentences:
    """For each of (J,) tokens a copy of its sentence in which it and the rest of its word are hidden."""
    numbers = read.sentences[targets]
    starts, lengths = read.starts[numbers], read.lengths[numbers]
    first = np.cumsum(lengths) - lengths
    tokens = np.arange(lengths.sum()) + np.repeat(starts - first, lengths)
    target = np.repeat(targets, lengths)
    is_hidden = (tokens >= target) & (read.words[tokens] == read.words[target])
    return MaskedSentences(
        inputs=np.where(is_hidden, mask_id, read.ids[tokens]), lengths=lengths,
        places=first + targets - starts, answers=read.ids[targets],
    )  # fmt: skip
