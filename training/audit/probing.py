"""Whether texts can still be elicited from a model: erased ones, or any that somebody asks about.

In: a file with one text a line, and what base and run make of them and of validation sentences, under the same masks.
Out: for each line numbers and a verdict. A text that was never trained on gains as much from training as validation
sentences of its length do; one that gains more than nearly all of them was learnt. The texts go nowhere: findings name
lines.

Shapes: N texts, V validation sentences.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.erasures import KEY_NAME, keyed_hash
from foundation.errors import ConfigError
from foundation.places import Places
from training.audit.membership import gains
from training.evaluation.scoring import SentenceScores

NEVER_SEEN, BETTER, NOT_TESTABLE = "as a text never seen", "better than a text never seen", "not testable"
# Chance that any line of a file is called better although none was trained on (Bonferroni).
MAX_CHANCE = 0.05
LIKE_LENGTH, MIN_ALIKE = 0.25, 100  # so much longer or shorter at most; but at least so many sentences


@dataclass(frozen=True, kw_only=True)
class ProbedLine:
    """What was found of one line.

    Attributes:
        base_loss, run_loss: nats per hidden piece; None where nothing could be hidden.
        base_first, run_first: shares of the hidden pieces that were guessed first.
        num_compared: validation sentences of like length.
        chance: that a text never seen gains as much.
    """

    line: int
    num_hidden: int
    base_loss: float | None
    run_loss: float | None
    base_first: float | None
    run_first: float | None
    num_compared: int
    chance: float | None
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Probed:
    """`keyed_hash` of the file's texts, under the key of the erasures, which tells nobody else what they are; None
    where nothing was ever erased."""

    keyed_hash: str | None
    lines: tuple[ProbedLine, ...]


def read_probe(path: Path) -> dict[int, str]:
    """Texts by the number of their line. Raises ConfigError where there are none.

    A line ends at a line feed and nowhere else: editors count no other sign.
    """
    try:
        content = path.expanduser().read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"--probe-file {path}: not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"--probe-file {path}: cannot be read ({type(error).__name__})") from None
    lines = enumerate(content.split("\n"), start=1)
    texts = {number: line.strip() for number, line in lines if line.strip()}
    if not texts:
        raise ConfigError(f"--probe-file {path}: there is no text in it; write one a line")
    return texts


def check_lengths(texts: Mapping[int, str], tokenizer: Any, max_length: int) -> None:
    """Raises ConfigError where a text is longer than is read: what is cut off would never be asked about."""
    read = tokenizer(list(texts.values()), truncation=True, max_length=max_length + 1)["input_ids"]
    for number, ids in zip(texts, read, strict=True):
        if len(ids) > max_length:
            raise ConfigError(
                f"--probe-file: line {number} is longer than the model reads ({max_length} tokens); write one sentence "
                "a line"
            )


def hash_of_probe(places: Places, texts: dict[int, str]) -> str | None:
    path = places.erasures / KEY_NAME
    return keyed_hash(path.read_bytes(), "probe", "\n".join(texts.values())).hex() if path.is_file() else None


def probed_lines(
    numbers: list[int], texts: tuple[SentenceScores, SentenceScores], lengths: NDArray[np.int64],
    others: tuple[SentenceScores, SentenceScores], other_lengths: NDArray[np.int64],
) -> tuple[ProbedLine, ...]:  # fmt: skip
    """Judge each text.

    Args:
        numbers: (N,) lines of the file.
        texts, others: scores under base and run.
        lengths, other_lengths: (N,) and (V,) in tokens.
    """
    asked = np.flatnonzero(others[0].num_masked)
    gain, other_gain = gains(*texts), gains(*others)[asked]
    found = []
    for place, number in enumerate(numbers):
        alike = _alike(int(lengths[place]), other_lengths[asked])
        chance = _chance(float(gain[place]), other_gain[alike])
        base, run = (_told(each, place) for each in texts)
        found.append(ProbedLine(
            line=number, num_hidden=int(texts[0].num_masked[place]), base_loss=base[0], run_loss=run[0],
            base_first=base[1], run_first=run[1], num_compared=len(alike), chance=chance,
            verdict=_verdict(chance, len(alike), len(numbers)),
        ))  # fmt: skip
    return tuple(found)


def _alike(length: int, others: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sentences of like length, or else the MIN_ALIKE nearest to it."""
    apart = np.abs(others - length)
    order = np.argsort(apart, kind="stable")
    within = int((apart <= LIKE_LENGTH * length).sum())
    return order[: max(within, MIN_ALIKE)]


def _chance(gain: float, others: NDArray[np.float64]) -> float | None:
    if np.isnan(gain) or not len(others):
        return None
    return float((1 + (others >= gain).sum()) / (1 + len(others)))


def _told(scores: SentenceScores, place: int) -> tuple[float | None, float | None]:
    number = int(scores.num_masked[place])
    if not number:
        return None, None
    return float(scores.loss_sum[place]) / number, float(scores.num_top1[place]) / number


def num_testable(num_compared: int) -> int:
    """How many lines at most can be tested against so many sentences."""
    return math.floor(MAX_CHANCE * (1 + num_compared) + 1e-9)


def _verdict(chance: float | None, num_compared: int, num_lines: int) -> str:
    if chance is None or num_lines > num_testable(num_compared):
        return NOT_TESTABLE
    return BETTER if chance * num_lines <= MAX_CHANCE else NEVER_SEEN
