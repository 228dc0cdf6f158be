"""What a corpus knows of a sentence.

In: nothing. Out: dataclasses. tracing.py finds what stands in them, trace_lines.py tells it.
"""

from dataclasses import dataclass

from corpus.tracing.origins import Origin
from corpus.tracing.page_history import QuarterState
from corpus.tracing.traced_boilerplate import BoilerplateBlock

MAX_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class NearDuplicate:
    """A sentence that went for another one."""

    reason: str
    similarity: float
    text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class KeptSentence:
    """A sentence of the corpus; `num_near_duplicates` is None in a corpus of format 1."""

    sentence_id: str
    text: str
    split: str
    block: str
    position: int
    site: str
    url: str
    document_id: str
    first_quarter: str
    num_occurrences: int
    num_sites: int
    num_near_duplicates: int | None


@dataclass(frozen=True, kw_only=True)
class LostSentence:
    """A sentence that was left out of one page; `kept_id` is the one for which it went."""

    reason: str
    site: str
    url: str
    text: str
    kept_id: str | None
    similarity: float | None


@dataclass(frozen=True, kw_only=True)
class TracedSentence:
    """What a corpus knows of a sentence.

    Attributes:
        corpus: the one that tells of it.
        missing_from: the corpus that was asked, where it knows nothing of it; `corpus` is the last that has it.
        kept: it, or the one for which it went.
        origin: the document of `kept`.
        near_duplicates: what went for it, the most similar first.
        lost: the pages that it was left out of, the first of them; `num_lost`: of how many.
    """

    corpus: str
    text: str
    kept: KeptSentence | None
    origin: Origin | None
    near_duplicates: tuple[NearDuplicate, ...] = ()
    lost: tuple[LostSentence, ...] = ()
    num_lost: int = 0
    boilerplate: tuple[BoilerplateBlock, ...] = ()
    history: tuple[QuarterState, ...] = ()
    missing_from: str | None = None

    @property
    def page(self) -> tuple[str, str] | None:
        """Site and address of the page it stands on, or was left out of."""
        if self.lost:
            return self.lost[0].site, self.lost[0].url
        return (self.kept.site, self.kept.url) if self.kept else None
