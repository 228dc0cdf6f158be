"""The corpus stage's entry to everything about personal data; the work is done in corpus/privacy/.

In: text, URLs, blocks of a page. Out: counts of CPR numbers, texts without them and without contact data, and whether
a page is of a kind that stays outside. Gives no value back. Names of persons on other pages are not looked for.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from corpus.privacy.cpr import find_cpr
from corpus.privacy.masking import (
    PLACEHOLDERS,
    MaskedText,
    has_dropped_kind,
    masked,
    masked_blocks,
    masked_url,
    num_placeholders,
    unmasked_kinds,
)
from corpus.privacy.page_kinds import private_kind
from corpus.privacy.url_parts import change_parts

__all__ = [
    "BLOT", "PLACEHOLDERS", "MaskedText", "bare_cpr", "blotted", "blotted_url", "count_cpr", "cpr_by_block",
    "cpr_on_page", "has_dropped_kind", "masked", "masked_blocks", "masked_url", "num_placeholders", "private_kind",
    "unmasked_kinds",
]  # fmt: skip

BLOT = "[cpr]"


def cpr_on_page(text: str) -> int:
    """How many sure CPR numbers: the page that holds one is kept out whole."""
    return sum(each.is_sure for each in find_cpr(text))


def bare_cpr(text: str) -> int:
    """How many bare ten digits that are most likely CPR numbers: they cost their block."""
    return sum(not each.is_sure for each in find_cpr(text))


def cpr_by_block(texts: Sequence[str]) -> list[int]:
    """How many numbers each block of a page must go for: read with the cells and lines before it, and alone.

    A label may stand in the block before. What only that label makes a look-alike goes too: the block is a number
    without words, and in a table of texts nobody sees the label any more.
    """
    counts = [count_cpr(text) for text in texts]
    ends = list(accumulate(len(text) + 1 for text in texts))
    together = Counter(bisect_right(ends, each.start) for each in find_cpr("\n".join(texts)))
    return [max(count, together[place]) for place, count in enumerate(counts)]


def count_cpr(text: str) -> int:
    """How many CPR numbers a text holds, of either kind."""
    return len(find_cpr(text))


def blotted(text: str) -> str:
    """The text with each CPR number replaced."""
    while found := find_cpr(text):  # the next one may show itself only when its neighbour is gone
        for each in reversed(found):
            text = f"{text[: each.start]}{BLOT}{text[each.end :]}"
    return text


def blotted_url(url: str) -> str:
    """A URL with CPR numbers replaced, also percent-encoded ones; unchanged where it has none."""
    return change_parts(url, blotted)
