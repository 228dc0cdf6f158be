"""What is counted of a corpus: of each site, and summed over regions, KL areas and all.

In: nothing. Out: `Figures` and what it is made of; measuring.py counts, presenting.py and the report show. A figure of
several sites is the sum of theirs.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

LENGTH_EDGES = tuple(range(0, 61, 5))  # words in a sentence; each edge opens a bucket, the last is open
DOCUMENT_EDGES = (0, 1, 2, 4, 8, 16, 32, 64)  # sentences kept of a document
SCORE_STEPS = 20
SCORE_EDGES = tuple(step / SCORE_STEPS for step in range(SCORE_STEPS))  # language score of a sentence

T = TypeVar("T", "Totals", "Twins")


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sizes.

    Attributes:
        pages: that were kept and judged: those that gave a document, and those that a rule or a duplicate took.
        train, validation: sentences by side of the split.
        occurrences: sentences that passed the rules, each as often as it was met, before duplicates went.
        tokens: None where they were not counted.
    """

    pages: int = 0
    documents: int = 0
    train: int = 0
    validation: int = 0
    words: int = 0
    occurrences: int = 0
    tokens: int | None = None

    @property
    def sentences(self) -> int:
        return self.train + self.validation

    @property
    def unique_share(self) -> float:
        """Of all occurrences, those that stay."""
        return self.sentences / self.occurrences if self.occurrences else 0.0

    def as_dict(self) -> dict[str, int | float | None]:
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        return own | {"sentences": self.sentences, "unique_share": round(self.unique_share, 4)}


@dataclass(frozen=True, kw_only=True)
class Twins:
    """Duplicates that went: whether the one that stays is of the same site or of another."""

    within: int = 0
    across: int = 0


@dataclass(frozen=True, kw_only=True)
class Counts:
    """All that can be summed.

    Attributes:
        dropped: (level, reason) -> rows.
        lengths, document_lengths, scores: counts by bucket of the edges above.
        score_sum: of the language scores of all sentences.
        first_seen, last_changed: quarter -> documents; that of the page, that of its main text.
        first_quarters: quarter -> sentences, since when they stand in a corpus.
        same, near: sentences that went as duplicates; `documents_same`, `documents_near` the same of documents.
        personal_data: kind -> findings.
        changes, outcomes: what became of documents since the corpus before, and of addresses since the snapshot before.
    """

    totals: Totals = Totals()
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    document_lengths: Counter[int] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)
    score_sum: float = 0.0
    first_seen: Counter[str] = field(default_factory=Counter)
    last_changed: Counter[str] = field(default_factory=Counter)
    first_quarters: Counter[str] = field(default_factory=Counter)
    blocks: Counter[str] = field(default_factory=Counter)
    same: Twins = Twins()
    near: Twins = Twins()
    documents_same: Twins = Twins()
    documents_near: Twins = Twins()
    personal_data: Counter[str] = field(default_factory=Counter)
    num_boilerplate: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def mean_words(self) -> float | None:
        return self.totals.words / self.totals.sentences if self.totals.sentences else None

    @property
    def mean_score(self) -> float | None:
        return self.score_sum / self.totals.sentences if self.totals.sentences else None


@dataclass(frozen=True, kw_only=True)
class SiteFigures:
    """One site; `state` as sites.parquet has it."""

    site: str
    name: str
    kind: str
    region: str | None
    area: str | None
    state: str
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class NewWord:
    """A word that only sentences of this quarter have."""

    word: str
    count: int
    num_sites: int


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Different words of all sentences; new ones are None in a first corpus."""

    num_distinct: int
    num_new: int | None = None
    new: tuple[NewWord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A corpus in numbers; `vocabulary` is None where words were not counted."""

    name: str
    id: str
    revision: int
    follows: str | None
    tokenizer: str | None
    sites: tuple[SiteFigures, ...]
    vocabulary: Vocabulary | None

    @property
    def all(self) -> Counts:
        return summed(each.counts for each in self.sites)

    @property
    def regions(self) -> dict[str, Counts]:
        """Region -> its municipalities' counts."""
        return _grouped((each.region, each.counts) for each in self.sites)

    @property
    def areas(self) -> dict[str, Counts]:
        """Label of a KL area -> its counts."""
        return _grouped((each.area, each.counts) for each in self.sites)


def summed(parts: Iterable[Counts]) -> Counts:
    """The sum of counts; tokens are None where they were not counted."""
    found = list(parts)
    rest: dict[str, Any] = {name: sum((getattr(each, name) for each in found), Counter()) for name in _COUNTERS}
    rest |= {name: _sum_of_fields(Twins, [getattr(each, name) for each in found]) for name in _TWINS}
    return Counts(
        totals=_sum_of_fields(Totals, [each.totals for each in found]),
        score_sum=sum(each.score_sum for each in found),
        num_boilerplate=sum(each.num_boilerplate for each in found),
        **rest,
    )


def quarters_of(counts: Counts) -> list[str]:
    """All quarters that something of it is from, oldest first."""
    return sorted(counts.first_seen.keys() | counts.last_changed.keys() | counts.first_quarters.keys())


def _grouped(parts: Iterable[tuple[str | None, Counts]]) -> dict[str, Counts]:
    groups: dict[str, list[Counts]] = {}
    for name, counts in parts:
        if name is not None:
            groups.setdefault(name, []).append(counts)
    return {name: summed(group) for name, group in sorted(groups.items())}


def _sum_of_fields(kind: type[T], parts: Sequence[T]) -> T:
    """Field by field; None where none of the parts has a number."""
    sums: dict[str, Any] = {}
    for each in fields(kind):
        numbers = [number for part in parts if (number := getattr(part, each.name)) is not None]
        sums[each.name] = sum(numbers) if numbers else each.default
    return kind(**sums)


_COUNTERS = [each.name for each in fields(Counts) if each.default_factory is Counter]
_TWINS = [each.name for each in fields(Counts) if isinstance(each.default, Twins)]
