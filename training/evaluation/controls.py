"""Control sets: text that is not what a model is trained on, scored before and after to see what it forgets.

In: the name of a set and where its texts come from (`training: controls:` in tvaerkom.yaml). Out: a token file in
memory: its ids are hashes of the texts, so the same text has the same masks in any set; nothing of it is written to
disk. Does not score.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foundation.errors import ConfigError
from training.feeding.encoding import Encoder
from training.feeding.texts import read_documents, text_number
from training.feeding.tokens import NO_AREA, TokenFile

MAX_SENTENCES = 2000  # about 8,000 hidden tokens: top-1 to about one percentage point


def control_tokens(name: str, source: str, tokenizer: Any, *, max_length: int) -> TokenFile:
    """Read a control set, at most MAX_SENTENCES of its texts.

    `site_names` holds the name of the set. A text without a `document_id` is a document of its own.

    Raises:
        ConfigError: the source cannot be read, or has nothing to guess in it.
    """
    texts = read_documents(source, limit=MAX_SENTENCES)
    words, lengths = Encoder(tokenizer, max_length).encode([each.text for each in texts])
    kept = np.flatnonzero(lengths)
    if not len(kept):
        raise ConfigError(f"control set {name}: {source}: there is no word in it that this tokenizer knows")
    documents = [text_number(each.text if each.document is None else f"document {each.document}") for each in texts]
    return TokenFile(
        folder=Path(source), tokens=words,
        offsets=np.concatenate([[0], np.cumsum(lengths[kept])]).astype(np.uint64),
        sentence_ids=np.array([text_number(each.text) for each in texts], dtype=np.uint64)[kept],
        document_ids=np.array(documents, dtype=np.uint64)[kept],
        sites=np.zeros(len(kept), np.uint16), areas=np.zeros(len(kept), np.uint16), site_names=(name,),
        area_names=(NO_AREA,), num_skipped=len(lengths) - len(kept),
    )  # fmt: skip


def controls_sha256(controls: Mapping[str, TokenFile]) -> str:
    """Hash of the names of control sets, and of the texts and documents in them; their order does not matter."""
    digest = hashlib.sha256()
    for name in sorted(controls):
        tokens = controls[name]
        order = np.argsort(tokens.sentence_ids, kind="stable")
        digest.update(f"{name}\0{tokens.num_sentences}\0".encode())
        digest.update(tokens.sentence_ids[order].astype("<u8").tobytes())
        digest.update(tokens.document_ids[order].astype("<u8").tobytes())
    return digest.hexdigest()
