"""Token file and epochs of a run: the whole corpus or its changed part, with general Danish where it is asked for.

In: the token file of the training split, the settings, the sentences that the base has seen, texts from elsewhere. Out:
one token file and what an epoch is made of. Reads no corpus.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.errors import BrokenRunError
from foundation.files import sha256_of_text
from training.config import DataConfig
from training.feeding.batches import gather
from training.feeding.encoding import Encoder
from training.feeding.order import Mixture, mix
from training.feeding.tokens import TokenFile

_OUTSIDE = 0  # general sentences have no id, document, site or area


def compose(
    tokens: TokenFile, settings: DataConfig, *, seen: NDArray[np.uint64] | None, general: TokenFile | None
) -> tuple[TokenFile, Mixture]:
    """Compose a run's sentences.

    Args:
        seen: with part `changed`: ids of the sentences that the base was trained on, sorted.
        general: sentences from outside the corpus.

    Raises:
        BrokenRunError: nothing changed.
    """
    every = np.arange(tokens.num_sentences)
    always, replayed = every, every[:0]
    if settings.part == "changed":
        assert seen is not None  # who asks for the changed part says what was there before
        is_seen = np.isin(tokens.sentence_ids, seen)
        always, replayed = every[~is_seen], every[is_seen]
        if not len(always):
            raise BrokenRunError(
                "data.part: changed: the base has seen every sentence of this corpus; there is nothing to train on"
            )
    if general is None:
        return tokens, mix(always, replayed=replayed, replay_share=_share(settings))
    outside = np.arange(general.num_sentences) + tokens.num_sentences
    mixture = mix(
        always, replayed=replayed, replay_share=_share(settings), general=outside,
        general_share=settings.general_share,
    )  # fmt: skip
    return _joined(tokens, general), mixture


def mixture_sha256(tokens: TokenFile, mixture: Mixture) -> str:
    """Hash of which sentences may come, and of how many of each kind an epoch has."""
    kinds = (mixture.always, mixture.replayed)  # general sentences have no ids; of them the tokens count
    digests = [hashlib.sha256(tokens.sentence_ids[kind].tobytes()).hexdigest() for kind in kinds]
    digests.append(hashlib.sha256(gather(tokens.tokens, tokens.offsets, mixture.general).ids.tobytes()).hexdigest())
    return sha256_of_text(*digests, str(mixture.num_replayed), str(mixture.num_general))


def encoded_texts(texts: Sequence[str], tokenizer: Any, max_length: int, about: TokenFile) -> TokenFile:
    """Texts from elsewhere as a token file in memory, beside another."""
    words, lengths = Encoder(tokenizer, max_length).encode(list(texts))
    kept = lengths[lengths > 0]
    zeros = np.full(len(kept), _OUTSIDE)
    return replace(
        about, tokens=words, offsets=np.concatenate([[0], np.cumsum(kept)]).astype(np.uint64),
        sentence_ids=zeros.astype(np.uint64), document_ids=zeros.astype(np.uint64),
        sites=zeros.astype(np.uint16), areas=zeros.astype(np.uint16), num_skipped=len(lengths) - len(kept),
    )  # fmt: skip


def _share(settings: DataConfig) -> float:
    return settings.replay_share if settings.part == "changed" else 0.0


def _joined(first: TokenFile, second: TokenFile) -> TokenFile:
    """One behind the other, in memory."""
    names = ("tokens", "sentence_ids", "document_ids", "sites", "areas")
    arrays: dict[str, Any] = {name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names}
    offsets = np.concatenate([first.offsets, second.offsets[1:] + first.offsets[-1]])
    return replace(first, offsets=offsets, **arrays)
