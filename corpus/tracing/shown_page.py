"""The text of a page as it may be shown: what reading it from the archive gives, and what a person is shown.

In: nothing. Out: dataclasses. All texts in them are masked; titles and addresses too.
"""

import datetime
from dataclasses import dataclass

from corpus.tracing.traced_boilerplate import BoilerplateBlock


@dataclass(frozen=True, kw_only=True)
class NotShown:
    """Why a page is not shown; `is_hidden`: because of what it is, so that it is not shown in another way either."""

    reason: str
    is_hidden: bool = False


@dataclass(frozen=True, kw_only=True)
class PageBlock:
    """A block; `boilerplate` is what it is one of, where it was removed as such."""

    kind: str
    text: str
    boilerplate: BoilerplateBlock | None = None


@dataclass(frozen=True, kw_only=True)
class ArchivedPage:
    """A page as the archive has it."""

    title: str | None
    url: str
    fetched_at: datetime.datetime
    blocks: tuple[PageBlock, ...]


@dataclass(frozen=True, kw_only=True)
class OpenedSentence:
    """A sentence of a page; `is_sought`: the one that was asked for."""

    text: str
    is_sought: bool


@dataclass(frozen=True, kw_only=True)
class OpenedBlock:
    """A block of a page; `is_boilerplate`: the corpus removed it."""

    kind: str
    is_boilerplate: bool
    sentences: tuple[OpenedSentence, ...]


@dataclass(frozen=True, kw_only=True)
class OpenedPage:
    """A page to be read.

    Attributes:
        without_archive: why it is shown as the corpus has it; None: it is as the archive has it.
        sought: id of the sentence that was asked for.
    """

    title: str | None
    url: str
    fetched_at: datetime.datetime | None
    without_archive: str | None
    sought: str | None
    blocks: tuple[OpenedBlock, ...]

    @property
    def has_sought(self) -> bool:
        return any(sentence.is_sought for block in self.blocks for sentence in block.sentences)
