"""What changed between two corpora, told apart by who changed it.

In: nothing. Out: `Comparison` and what it is made of; comparing.py fills it, judging.py gives verdicts.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from corpus.inspection.figures import NewWord
from crawler.snapshot import Freshness

MIN_PAGES = 10  # of a site before; shares of fewer say nothing


class Cause(enum.StrEnum):
    """Who is behind a change of a page or a sentence."""

    SITE = "site"  # the page is new, gone, or has other bytes
    OURS = "ours"  # the same bytes, read otherwise: settings, extractor, or boilerplate learnt from other pages
    ERASURE = "erasure"  # something was to be forgotten
    ELSEWHERE = "elsewhere"  # nobody: of duplicates another one stays now
    ABSENT = "absent"  # the site could not be fetched for one of the two, or was not yet, or no longer, to be


@dataclass(frozen=True, kw_only=True)
class PageChanges:
    """Pages that gave a document in one of the two corpora, or both; each counts once.

    Attributes:
        new, gone, changed: by the site.
        ours: appeared, went or has another text though it has the same bytes.
        elsewhere: appeared or went because a page with its text went or came.
        absent: of a site that one of the two corpora has nothing of, because it was not crawled for it.
        erased: pages of the newer snapshot that were left out because they are to be forgotten.
    """

    kept: int = 0
    new: int = 0
    gone: int = 0
    changed: int = 0
    ours: int = 0
    elsewhere: int = 0
    absent: int = 0
    erased: int = 0

    @property
    def before(self) -> int:
        """How many of them the site had before, as far as the site decides it."""
        return self.kept + self.gone + self.changed

    @property
    def now(self) -> int:
        """How many of them it has now, whoever is behind it."""
        return self.kept + self.new + self.changed + self.ours + self.elsewhere


@dataclass(frozen=True, kw_only=True)
class Sentences:
    """Sentences that came or went for one cause, with the sums of their words and language scores."""

    number: int = 0
    words: int = 0
    scores: float = 0.0

    def __add__(self, other: "Sentences") -> "Sentences":
        return Sentences(
            number=self.number + other.number, words=self.words + other.words, scores=self.scores + other.scores
        )


@dataclass(frozen=True, kw_only=True)
class SentenceChanges:
    """Sentences by cause; a sentence that moved to another site is gone from one and new on the other (elsewhere)."""

    kept: Sentences = Sentences()
    new: Mapping[Cause, Sentences] = field(default_factory=dict)
    gone: Mapping[Cause, Sentences] = field(default_factory=dict)

    @property
    def before(self) -> Sentences:
        """What the site had before, without what others changed."""
        return self.kept + self.gone.get(Cause.SITE, Sentences())

    @property
    def after(self) -> Sentences:
        return self.kept + self.new.get(Cause.SITE, Sentences())


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why somebody should look at a site: `kind`, and the numbers that say so."""

    kind: str
    numbers: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class SiteComparison:
    """One site of either corpus; `reasons` empty: as usual.

    Attributes:
        unique_share: before and after; None where the site has no sentences.
        freshness: of the newer snapshot: fresh, carried or absent; None where that is not there.
    """

    site: str
    name: str
    pages: PageChanges
    sentences: SentenceChanges
    unique_share: tuple[float | None, float | None] = (None, None)
    freshness: str | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def is_fresh(self) -> bool:
        """Whether it was crawled as usual, as far as anybody knows."""
        return self.freshness in (None, Freshness.FRESH)

    @property
    def is_judged(self) -> bool:
        """Whether it had enough pages for a verdict, or has one all the same."""
        return bool(self.reasons) or self.pages.before >= MIN_PAGES


@dataclass(frozen=True, kw_only=True)
class ChangedWords:
    """Words that only new, or only gone, sentences have; the commonest of each."""

    num_distinct: int
    num_appeared: int
    num_vanished: int
    appeared: tuple[NewWord, ...]
    vanished: tuple[NewWord, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two corpora.

    Attributes:
        settings, software: that differ, name -> (before, after).
        knows_bytes: whether both snapshots are there; without them a page with another text counts as changed by its
            site.
        words: None where they were not asked for.
    """

    before: str
    after: str
    settings: Mapping[str, tuple[object, object]]
    software: Mapping[str, tuple[object, object]]
    knows_bytes: bool
    sites: tuple[SiteComparison, ...]
    words: ChangedWords | None = None

    @property
    def pages(self) -> PageChanges:
        return PageChanges(
            **{each.name: sum(getattr(site.pages, each.name) for site in self.sites) for each in fields(PageChanges)}
        )

    @property
    def sentences(self) -> SentenceChanges:
        parts = [site.sentences for site in self.sites]
        return SentenceChanges(
            kept=sum((part.kept for part in parts), Sentences()),
            new={cause: sum((part.new.get(cause, Sentences()) for part in parts), Sentences()) for cause in Cause},
            gone={cause: sum((part.gone.get(cause, Sentences()) for part in parts), Sentences()) for cause in Cause},
        )  # fmt: skip

    @property
    def to_look_at(self) -> list[SiteComparison]:
        return [site for site in self.sites if site.reasons]
