"""What the cached values of pages say, for whoever looks for a text that must be forgotten.

In: values as the cache keeps them. Out: whether such a text stands in one. Knows nothing of addresses: a cached value
is known by bytes and text only.
"""

from collections.abc import Iterator
from typing import Any

from corpus.cache import EXTRACTIONS
from corpus.config import CorpusConfig
from corpus.judged_page import JudgedPage
from corpus.page_text import PageText, whole_text
from corpus.personal_data import masked
from corpus.text_steps import Outcome
from foundation.erasures import Matcher

_MASKS = CorpusConfig()


def covers_value(matcher: Matcher, table: str, value: Any) -> bool:
    """Whether a text that is meant stands in a cached value; nobody knows it of a damaged one, which counts as meant.

    `value` is None for a damaged one.
    """
    if value is None:
        return True
    if table == EXTRACTIONS:
        whole = whole_text(PageText.from_value(value))
        # it was met there as it stands on the page; in a corpus, where people read it, masked
        return matcher.covers_text(whole) or matcher.covers_text(masked(whole, _MASKS).text)
    return covers_outcome(matcher, JudgedPage.from_value(value).outcome)


def covers_outcome(matcher: Matcher, outcome: Outcome) -> bool:
    """Whether such a text stands in it as the corpus would have it: masked."""
    return any(matcher.covers_text(text) for text in _texts(outcome))


def _texts(outcome: Outcome) -> Iterator[str]:
    yield from (outcome.title or "", outcome.text)
    yield from (each.text for each in outcome.sentences)
    yield from (each.text for each in outcome.losses if each.text)
