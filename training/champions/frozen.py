"""The common frozen sentences: those on which challenger and opponent can be compared honestly.

In: both. Out: validation sentences of the challenger's corpus that nothing in either's lineage was trained on, and that
the opponent's corpus keeps apart too. They are the same for the same two runs, and named by number and hash.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundation.places import Places
from training.bases.loading import load_tokenizer
from training.champions.contenders import Challenger, Opponent
from training.champions.lineage import corpus_as_used, lineage_of, seen_sentences, sentence_ids
from training.feeding.batches import Tokens
from training.feeding.tokens import TokenFile, prepare_tokens


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """Some sentences of a token file.

    Attributes:
        indexes: (N,) which sentences of `tokens`.
        about: what the judgement says of them.
    """

    tokens: TokenFile
    indexes: Tokens
    about: dict[str, Any]


def frozen_sentences(places: Places, challenger: Challenger, opponent: Opponent) -> Frozen:
    """Choose them.

    Raises:
        LineageUnknown: nobody can say what one of the two was trained on.
        BrokenRunError: a shard cannot be read.
    """
    folder = corpus_as_used(places, challenger.lineage.links[0])
    ids = sentence_ids(folder, "validation")
    is_common = ~np.isin(ids, seen_sentences(places, challenger.run))
    if opponent.run is not None:
        is_common &= ~np.isin(ids, seen_sentences(places, opponent.run))
        kept_apart = corpus_as_used(places, lineage_of(places, opponent.run).links[0])
        is_common &= np.isin(ids, sentence_ids(kept_apart, "validation"))
    max_length = challenger.config.max_length
    tokens = prepare_tokens(
        folder, "validation", load_tokenizer(challenger.base), max_length=max_length, cache=places.cache
    )
    indexes = np.flatnonzero(np.isin(tokens.sentence_ids, ids[is_common]))
    chosen = np.sort(tokens.sentence_ids[indexes]).astype("<u8")
    return Frozen(tokens=tokens, indexes=indexes, about={
        "corpus": folder.name, "number": len(indexes), "sha256": hashlib.sha256(chosen.tobytes()).hexdigest(),
        "documents": len(np.unique(tokens.document_ids[indexes])), "max_length": max_length,
    })  # fmt: skip
