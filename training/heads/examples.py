"""What a head is trained on: words with a label each, or a text with one.

In: nothing. Out: the types, and the label set that examples come to. Reads no files (tagged_files.py,
labelled_files.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from foundation.errors import ConfigError
from training.heads.config import ENTITIES
from training.heads.iob2 import BEGIN, INSIDE, OUTSIDE, types_in

TRAIN, VALIDATION, TEST = "train", "validation", "test"
MAX_COMPLAINTS = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One sentence or text.

    Attributes:
        words: of a sentence; of a text to be classified its only one is the whole text.
        labels: one for each of them.
        unit: the person, case or document it is of; None where the data do not say.
        line: where it begins in its file, counted from 1; of a corpus its number.
    """

    words: tuple[str, ...]
    labels: tuple[str, ...]
    unit: str | None
    line: int


@dataclass(frozen=True, kw_only=True)
class Data:
    """The examples of a run.

    Attributes:
        splits: `train` and `validation`, and `test` where there is one.
        sha256: hash of all that they were read from.
        name: of the folder or corpus.
        files: the name of each split's file; empty where they are of a corpus.
        corpus: the corpus they are of, as run.json names it; None where they are of files.
    """

    splits: dict[str, Sequence[Example]]
    sha256: str
    name: str
    files: dict[str, str]
    corpus: dict[str, Any] | None = None

    @property
    def says_units(self) -> bool:
        """Whether each training example says which unit it is of."""
        return self.splits[TRAIN][0].unit is not None


def labels_of(task: str, examples: Iterable[Example]) -> tuple[str, ...]:
    """The labels in the order of the model's outputs.

    Classes by their names. Of entities `O`, then B and I of each type by its name, also where one of the two does not
    occur: it may in other texts.

    Raises:
        ConfigError: there are fewer than two.
    """
    found = {label for example in examples for label in example.labels}
    if task == ENTITIES:
        labels = [OUTSIDE, *(f"{begin}-{kind}" for kind in types_in(found) for begin in (BEGIN, INSIDE))]
    else:
        labels = sorted(found)
    if len(labels) < 2:
        told = f"the only label is {labels[0]}" if labels else "there is no label"
        raise ConfigError(f"{told}: nothing can be learnt from examples that are all alike; look at your data")
    return tuple(labels)


def shared_units(data: Data) -> int:
    """How many units stand in the training split and in another."""
    units = {
        split: {each.unit for each in examples if each.unit is not None} for split, examples in data.splits.items()
    }
    return len(units[TRAIN] & set().union(*(found for split, found in units.items() if split != TRAIN)))


def raise_complaints(complaints: Sequence[str]) -> None:
    """Raises ConfigError with all that is wrong with a file, or the first of it; where nothing is, goes on."""
    if not complaints:
        return
    shown = list(complaints[:MAX_COMPLAINTS])
    if len(complaints) > len(shown):
        shown.append(f"... and {len(complaints) - len(shown)} more")
    raise ConfigError("\n".join(shown))
