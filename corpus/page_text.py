"""One page's bytes to what it says: decoded, taken apart into blocks, and looked through for CPR numbers.

In: a body and its content type. Out: `PageText`, which depends on nothing else and is therefore kept in the cache.
Knows no site and no configuration.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from corpus.decoding import decoded
from corpus.extract import Block, ExtractionError, extract
from corpus.page_limits import PageTooSlowError, page_limit
from corpus.personal_data import cpr_on_page
from corpus.schema import DropReason

# A code of languages, with script or region (BCP 47): da, da-DK, zh-Hans-CN. Whatever else a page states is free text,
# which may be long or personal, and says nothing of its language.
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:[-_](?:[a-zA-Z]{2,8}|\d{3})){0,3}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class PageText:
    """What a page says, or why it says nothing. `date` is ISO 8601; `language` is the page's own lang attribute."""

    failure: DropReason | None = None
    num_cpr: int = 0
    title: str | None = None
    language: str | None = None
    date: str | None = None
    method: str = ""
    reason: str | None = None
    blocks: tuple[Block, ...] = ()

    def as_value(self) -> list[Any]:
        """For the cache."""
        blocks = [[block.kind, block.text] for block in self.blocks]
        return [self.failure, self.num_cpr, self.title, self.language, self.date, self.method, self.reason, blocks]

    @classmethod
    def from_value(cls, value: Sequence[Any]) -> Self:
        failure, num_cpr, title, language, date, method, reason, blocks = value
        return cls(
            failure=DropReason(failure) if failure else None, num_cpr=num_cpr, title=title, language=language,
            date=date, method=method, reason=reason, blocks=tuple(Block(kind, text) for kind, text in blocks),
        )  # fmt: skip


def whole_text(text: PageText) -> str:
    """All that it says, a line for each block, below its title."""
    return "\n".join((text.title or "", *(block.text for block in text.blocks)))


def read_page_text(body: bytes, content_type: str) -> PageText:
    """Never raises for what a page may be."""
    if not body.strip():
        return PageText(failure=DropReason.EMPTY_PAGE)
    try:
        with page_limit():
            found = extract(decoded(body, content_type))
            num_cpr = cpr_on_page("\n".join((found.title or "", found.text)))
    except PageTooSlowError:
        return PageText(failure=DropReason.TOO_SLOW)
    except (ExtractionError, MemoryError):
        return PageText(failure=DropReason.EXTRACTION_FAILED)
    if num_cpr:
        return PageText(num_cpr=num_cpr)  # its text goes no further, not even into the cache
    if not found.blocks:
        return PageText(failure=DropReason.NO_TEXT)
    return PageText(
        title=found.title, language=_language(found.language), date=found.date, method=found.method,
        reason=found.reason, blocks=found.blocks,
    )  # fmt: skip


def _language(stated: str | None) -> str | None:
    return stated if stated and _LANGUAGE.fullmatch(stated) else None
