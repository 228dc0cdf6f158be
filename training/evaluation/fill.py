"""Let models fill a hidden word in, as a person would try them out: a run beside the base it began from.

In: a model and a text with `[MASK]`. Out: the likeliest words. Uses the fill-mask pipeline of transformers.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
import transformers

from foundation.errors import ConfigError
from foundation.places import Places
from training.bases.finding import Base, find_base
from training.bases.positions import longest_sentence
from training.evaluation.candidates import Candidate, base_of
from training.evaluation.plain import load_plain

PLACEHOLDER = "[MASK]"


@dataclass(frozen=True, kw_only=True)
class Filling:
    """One guess: the word piece, how sure the model is (0 to 1), and the whole sentence with it."""

    word: str
    score: float
    sentence: str


@dataclass(frozen=True, kw_only=True)
class ModelFillings:
    """What one model guesses, the likeliest first."""

    model: str
    fillings: list[Filling]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The guesses of one or two models; `why_alone` says why a run's base is not beside it."""

    text: str
    models: list[ModelFillings]
    why_alone: str | None


def fill(model_folder: Path, text: str, top_k: int = 5) -> list[Filling]:
    """Guess the one hidden word of a text; `[MASK]` stands for whatever mask token the model has.

    Raises:
        ConfigError: no model in the folder, not exactly one hidden word in the text, or a text that is too long.
    """
    return _fill(find_base(str(model_folder)), text, top_k)


def fill_side_by_side(places: Places, asked: Candidate, text: str, top_k: int) -> Answers:
    """A run after its base, where that is at hand; another model alone. Raises ConfigError as `fill`."""
    candidates, why_alone = [asked], None
    if asked.run_folder is not None:
        try:
            candidates = [base_of(places, asked), asked]
        except ConfigError as error:
            why_alone = str(error)
    return Answers(
        text=text, why_alone=why_alone,
        models=[ModelFillings(model=each.name, fillings=_fill(each.base, text, top_k)) for each in candidates],
    )  # fmt: skip


def _fill(base: Base, text: str, top_k: int) -> list[Filling]:
    model, tokenizer = load_plain(base, torch.device("cpu"))
    asked = text.replace(PLACEHOLDER, tokenizer.mask_token)
    if asked.count(tokenizer.mask_token) != 1:
        raise ConfigError(f"{text!r}: write {PLACEHOLDER} once, where a word is to be guessed")
    longest, length = longest_sentence(model.config), len(tokenizer(asked)["input_ids"])
    if length > longest:
        raise ConfigError(f"a text of {length} tokens; {base.name} takes at most {longest}: give one sentence")
    pipeline = transformers.FillMaskPipeline(model=model, tokenizer=tokenizer)
    return [
        Filling(word=guess["token_str"].strip(), score=float(guess["score"]), sentence=guess["sequence"])
        for guess in pipeline(asked, top_k=top_k)
    ]


def answer_lines(answers: Answers) -> list[str]:
    """A column for each model, each with word and score."""
    columns = []
    for each in answers.models:
        words = [guess.word for guess in each.fillings]
        width = max(len(word) for word in words)
        cells = [f"{guess.score:6.1%}  {guess.word:{width}}" for guess in each.fillings]
        wide = max(len(each.model), len(cells[0]))
        columns.append([each.model.ljust(wide), *(cell.ljust(wide) for cell in cells)])
    return ["   ".join(row).rstrip() for row in zip(*columns, strict=True)]
