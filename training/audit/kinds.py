"""What an audit asks of a finished run, of whatever kind it is: a language model (subject.py) or a head (head.py).

In: nothing. Out: the types of a run that is audited and of what it replies. Asks nothing itself.

Shapes: N sentences or examples, of canaries their number.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from numpy.typing import NDArray

from foundation.places import Places
from training.audit.canaries import Canary
from training.audit.membership import Losses
from training.audit.words import WordGuesses
from training.bases.finding import Base
from training.evaluation.scoring import SentenceScores
from training.feeding.batches import Flags, Tokens

Pair = tuple[Losses, Losses]  # under the base, and under the run or its twin
Guesses = tuple[WordGuesses, WordGuesses]


@dataclass(frozen=True, kw_only=True)
class RareWordGuesses:
    """Guesses of rare words of the training split and of the validation split, with the document of each word."""

    members: Guesses
    others: Guesses
    documents: tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class ModelReplies:
    """What base and run make of what was trained on (`members`) and of what was not; `words`: None of a head."""

    members: Pair
    others: Pair
    words: RareWordGuesses | None


@dataclass(frozen=True, kw_only=True)
class ProbeReplies:
    """What base and run make of texts and of validation sentences; the lengths are in tokens."""

    texts: tuple[SentenceScores, SentenceScores]
    lengths: Tokens
    others: tuple[SentenceScores, SentenceScores]
    other_lengths: Tokens


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Canaries, which of them the twin is to learn, (N,), and the seed that both are of."""

    canaries: Sequence[Canary]
    is_in: Flags
    seed: int


@dataclass(frozen=True, kw_only=True)
class CanaryReplies:
    """What base and twin make of the canaries' secrets; `guesses`: what was guessed whole, by name, of N each."""

    secrets: Pair
    guesses: Mapping[str, Guesses]


Prober = Callable[[Base, torch.device], ProbeReplies]


class Subject(Protocol):
    """A finished run that is audited, and what it was made of, as far as it is still there."""

    @property
    def places(self) -> Places: ...
    @property
    def name(self) -> str: ...
    @property
    def folder(self) -> Path: ...
    @property
    def record(self) -> dict[str, Any]: ...
    @property
    def weights_sha256(self) -> str: ...
    @property
    def is_private(self) -> bool: ...
    @property
    def fills_in_words(self) -> bool:
        """Whether words can be got out of it at all."""

    @property
    def why_changed(self) -> str | None:
        """Why its data are not as they were; None where they are."""

    @property
    def consequence(self) -> str:
        """What follows where its audit did not pass, behind an `and`."""

    def check_data(self) -> None:
        """Raises ConfigError where a twin would be trained on something else than the run."""

    def prober(self, texts: Mapping[int, str]) -> Prober:
        """Who asks base and run about the texts of a probe file, by their lines.

        Raises ConfigError where this kind of run cannot be asked, or reads only a part of one of them.
        """

    def base_at_hand(self) -> AbstractContextManager[Base]:
        """The base that the run began with. Raises ConfigError: it is gone, or has other weights than it had."""

    def ask_model(self, base: Base, device: torch.device) -> ModelReplies:
        """Ask base and run about what was trained on, and about what was not.

        Raises LineageUnknown where nobody can say what that was.
        """

    def ask_twin(self, base: Base, planted: Planted, device: torch.device) -> CanaryReplies:
        """Train the twin, or go on with it, and ask base and twin about the canaries; raises as `train_twin`."""
