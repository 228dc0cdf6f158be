"""Canaries as a run's tokenizer reads them: to be trained on, and to be asked about.

In: canaries and a tokenizer. Out: token files in memory. What is asked about is a canary's secret alone, its name and
its number: the words around it, every canary has. Trains nothing.

Shapes: N canaries.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from foundation.errors import ConfigError
from training.audit.canaries import Canary
from training.audit.words import HiddenWords, hidden_words, marked
from training.feeding.batches import IS_FIXED, Flags
from training.feeding.encoding import Encoder
from training.feeding.texts import text_number
from training.feeding.tokens import NO_AREA, TokenFile

SITE = "canaries"


@dataclass(frozen=True, kw_only=True)
class EncodedCanaries:
    """Canaries as numbers.

    Attributes:
        tokens: as they are trained on, each a document of its own.
        secrets: the same sentences, with all but their secrets never to be hidden.
        names, numbers: N words each.
    """

    tokens: TokenFile
    secrets: TokenFile
    names: HiddenWords
    numbers: HiddenWords


def encode_canaries(canaries: Sequence[Canary], tokenizer: Any, max_length: int) -> EncodedCanaries:
    """Raises ConfigError as `secret_words`."""
    texts = [each.text for each in canaries]
    names, numbers = secret_words(canaries, tokenizer, max_length)
    tokens = token_file(texts, tokenizer, max_length, name=SITE)
    is_secret = marked(tokenizer, texts, [[each.name, each.number] for each in canaries], max_length)
    secrets = np.where(is_secret, tokens.tokens, tokens.tokens | IS_FIXED)
    return EncodedCanaries(
        tokens=tokens, secrets=replace(tokens, tokens=secrets.astype(np.uint32)), names=names, numbers=numbers
    )


def secret_words(canaries: Sequence[Canary], tokenizer: Any, max_length: int) -> tuple[HiddenWords, HiddenWords]:
    """Names and numbers; raises ConfigError where one is cut off, or has no sign that the tokenizer knows."""
    texts = [each.text for each in canaries]
    names, has_name = hidden_words(tokenizer, texts, [each.name for each in canaries], max_length)
    numbers, has_number = hidden_words(tokenizer, texts, [each.number for each in canaries], max_length)
    if not (has_name & has_number).all():
        raise ConfigError(
            f"canaries: in {int((~(has_name & has_number)).sum())} of {len(texts)} there is nothing to ask about under "
            f"this tokenizer, with max_length {max_length}: a sentence is cut off before its number, or the tokenizer "
            "knows no digits; without a twin: tvaerkom audit RUN --no-twin"
        )
    return names, numbers


def token_file(texts: Sequence[str], tokenizer: Any, max_length: int, *, name: str) -> TokenFile:
    """Texts as a token file in memory, each a document of its own; one without an ordinary token has length 0."""
    words, lengths = Encoder(tokenizer, max_length).encode(list(texts))
    ids = np.array([text_number(text) for text in texts], dtype=np.uint64)
    none = np.zeros(len(texts), np.uint16)
    return TokenFile(
        folder=Path(name), tokens=words, offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint64),
        sentence_ids=ids, document_ids=ids, sites=none, areas=none, site_names=(name,), area_names=(NO_AREA,),
        num_skipped=0,
    )  # fmt: skip


def with_canaries(tokens: TokenFile, canaries: TokenFile, is_in: Flags) -> tuple[TokenFile, Flags]:
    """A run's sentences and behind them the canaries that are in; and which sentences those are, (N + in,)."""
    lengths, chosen = np.diff(canaries.offsets).astype(np.int64), np.flatnonzero(is_in)
    ends = np.cumsum(lengths[chosen]).astype(np.uint64) + tokens.offsets[-1]
    names = ("sentence_ids", "document_ids", "sites", "areas")
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(tokens, name), getattr(canaries, name)[chosen]]) for name in names
    }
    joined = replace(
        tokens, tokens=np.concatenate([tokens.tokens, canaries.tokens[np.repeat(is_in, lengths)]]),
        offsets=np.concatenate([tokens.offsets, ends]), **columns,
    )  # fmt: skip
    return joined, np.arange(joined.num_sentences) >= tokens.num_sentences
