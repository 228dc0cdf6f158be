"""What becomes of a page that says something: whether it is about persons, and the outcome of its text.

In: a page's address and text, which of its blocks go as boilerplate, the configuration. Out: `JudgedPage`, which
depends on nothing else and is therefore kept in the cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from corpus.config import CorpusConfig
from corpus.page_limits import PageTooSlowError, page_limit
from corpus.page_text import PageText
from corpus.personal_data import private_kind
from corpus.schema import DropReason
from corpus.text_steps import Outcome, work_out


@dataclass(frozen=True, kw_only=True)
class JudgedPage:
    """Its private kind, or what it states and the outcome of its text."""

    private: str | None = None
    stated: Sequence[str | None] = ()  # language attribute, date, method of extraction, its reason
    outcome: Outcome = field(default_factory=Outcome)

    def as_value(self) -> list[Any]:
        """For the cache."""
        return [self.private, list(self.stated), self.outcome.as_value()]

    @classmethod
    def from_value(cls, value: Sequence[Any]) -> Self:
        private, stated, outcome = value
        return cls(private=private, stated=stated, outcome=Outcome.from_value(outcome))


def judged_page(url: str, text: PageText, gone: frozenset[int], config: CorpusConfig) -> JudgedPage:
    """`gone` are the places of the blocks that are boilerplate."""
    private = private_kind(url, text.title, text.blocks)
    if private in config.leave_out:
        return JudgedPage(private=private)
    try:
        with page_limit():
            outcome = work_out(text.title, text.blocks, config, gone)
    except PageTooSlowError:
        outcome = Outcome(reason=DropReason.TOO_SLOW)
    return JudgedPage(stated=(text.language, text.date, text.method, text.reason), outcome=outcome)
