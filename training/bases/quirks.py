"""What one must know of a base before one trains it: measured with its tokenizer and read from its configuration.

In: a base, its tokenizer and its configuration. Out: sentences, each with a key that does not change; they go into the
record of a run and its model card. None of them is an error.
"""

from dataclasses import dataclass
from typing import Any

from training.bases.finding import Base
from training.bases.positions import first_position
from training.packed.families import FAMILIES

LETTERS = "æøåé"  # letters of Danish words beyond a to z


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """One thing to know: `key` for programs, `sentence` for people."""

    key: str
    sentence: str


def quirks_of(base: Base, tokenizer: Any, config: Any) -> tuple[Quirk, ...]:
    """The quirks of a base.

    Args:
        tokenizer: of transformers, the fast kind.
        config: the model's configuration, of transformers.
    """
    sentences = {
        "lower-case": _lower_case(tokenizer),
        "lost-marks": _lost_marks(tokenizer),
        "unknown-letters": _unknown_letters(tokenizer),
        "spare-rows": _spare_rows(tokenizer, config),
        "untied-head": _untied_head(config),
        "first-position": _first_position(config),
        "padded": _padded(config),
        "converted": _converted(base),
    }
    return tuple(Quirk(key=key, sentence=sentence) for key, sentence in sentences.items() if sentence)


def reads_lower_case(tokenizer: Any) -> bool:
    """Whether capital letters are made small; measured, because a tokenizer's settings do not always say so."""
    return _read_back(tokenizer, "A") == "a"


def _lower_case(tokenizer: Any) -> str | None:
    if not reads_lower_case(tokenizer):
        return None
    return "It knows no capital letters: names and the beginnings of sentences are made small before it reads them."


def _lost_marks(tokenizer: Any) -> str | None:
    read = {letter: _read_back(tokenizer, letter) for letter in LETTERS}
    lost = [f"{letter} becomes {plain}" for letter, plain in read.items() if plain and plain != letter]
    if not lost:
        return None
    return f"Letters lose their marks before it reads them: {', '.join(lost)}; words that differ only there are one."


def _unknown_letters(tokenizer: Any) -> str | None:
    letters = f"abcdefghijklmnopqrstuvwxyz{LETTERS}ABCDEFGHIJKLMNOPQRSTUVWXYZ{LETTERS.upper()}"
    unknown = [letter for letter in letters if _read_back(tokenizer, letter) is None]
    if not unknown:
        return None
    return f"Not in its vocabulary, first in a word or within: {' '.join(unknown)}; it cannot read such a word."


def _read_back(tokenizer: Any, letter: str) -> str | None:
    """What of a letter reaches the model: twice in a word, first and within. None: the token for the unknown."""
    ids = tokenizer(letter * 2, add_special_tokens=False)["input_ids"]
    if not ids or tokenizer.unk_token_id in ids:
        return None
    text = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
    return "".join(text.split())[: len(text.strip()) // 2 or 1]


def _spare_rows(tokenizer: Any, config: Any) -> str | None:
    num_spare = config.vocab_size - len(tokenizer)
    if num_spare <= 0:
        return None
    return (
        f"Its vocabulary has {config.vocab_size} rows and its tokenizer {len(tokenizer)} tokens: the other {num_spare} "
        "are never shown nor drawn as random tokens, and learn only that they are never the answer."
    )


def _untied_head(config: Any) -> str | None:
    if getattr(config, "tie_word_embeddings", True):
        return None
    return "Its head has a matrix of its own instead of that of the word embeddings: more to train and to store."


def _first_position(config: Any) -> str | None:
    first = first_position(config)
    if not first:
        return None
    table = config.max_position_embeddings
    return (
        f"Its positions begin at {first}, behind the number of its padding token: of {table} positions a sentence can "
        f"have {table - first}."
    )


def _padded(config: Any) -> str | None:
    if config.model_type in FAMILIES:
        return None
    return (
        f"Sentences of model type {config.model_type} are padded, because it is not known to be exact when they stand "
        "end to end: training takes several times as long."
    )


def _converted(base: Base) -> str | None:
    if base.converted_from is None:
        return None
    return f"Its weights were converted from pytorch_model.bin (sha256 {base.converted_from})."
