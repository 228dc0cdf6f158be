"""Let a model fill a hidden word in, as a person would try it out.

In: a model folder and a text with `[MASK]`. Out: the likeliest words. Uses the fill-mask pipeline of
transformers.
"""

from dataclasses import dataclass
from pathlib import Path

import transformers

from foundation.errors import ConfigError
from training.bases.finding import find_base
from training.bases.loading import load_model, load_tokenizer

PLACEHOLDER = "[MASK]"


@dataclass(frozen=True, kw_only=True)
class Filling:
    """One guess: the word piece, how sure the model is (0 to 1), and the whole sentence with it."""

    word: str
    score: float
    sentence: str


def fill(model_folder: Path, text: str, top_k: int = 5) -> list[Filling]:
    """Guess the one hidden word of a text; `[MASK]` stands for whatever mask token the model has.

    Raises:
        ConfigError: no model in the folder, or not exactly one hidden word in the text.
    """
    base = find_base(str(model_folder))
    tokenizer = load_tokenizer(base)
    asked = text.replace(PLACEHOLDER, tokenizer.mask_token)
    if asked.count(tokenizer.mask_token) != 1:
        raise ConfigError(f"{text!r}: write {PLACEHOLDER} once, where a word is to be guessed")
    pipeline = transformers.FillMaskPipeline(model=load_model(base), tokenizer=tokenizer)
    return [
        Filling(word=guess["token_str"].strip(), score=float(guess["score"]), sentence=guess["sequence"])
        for guess in pipeline(asked, top_k=top_k)
    ]
