"""Danish prose for pages: sentences of the proceedings of the Danish parliament, and the clauses they are made of.

In: ../shared/data/text. Out: sentences in their running order; heads and tails of sentences, of which any two make a
new one that reads like Danish and stands in no other place. Splits by a rule of its own, so that no measurement
depends on the sentence splitter that is measured.
"""

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache

from benchmarks.real_material import PROCEEDINGS

_PARAGRAPH = re.compile(r"\n\s*\n|\n {3,}")
_END = re.compile(r"(?<=[.?!])\s+(?=[A-ZÆØÅ])")
_FURNITURE = re.compile(r"Kl\. \d|\([^)]*\): |\.dk|\d{4,}")  # times, speakers, addresses and numbers of files
MIN_CHARS, MAX_CHARS = 40, 300
MIN_WORDS = 8  # shorter ones a corpus leaves out, and then the Danish steps have nothing to do
MAX_CLAUSE_CHARS = 70  # two of them make a sentence of about 80 characters, the mean of municipal pages
MIN_CLAUSE_WORDS = 4


def has_prose() -> bool:
    return PROCEEDINGS.is_file()


@cache
def sentences() -> tuple[str, ...]:
    """About 100,000 whole sentences, in the order of the sittings."""
    return tuple(_sentences())


@cache
def clauses() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What sentences begin with up to their first comma, and what they end with behind their last."""
    parts = [sentence.split(", ") for sentence in sentences() if ", " in sentence]
    heads = dict.fromkeys(first for first, *_ in parts if _is_clause(first))
    tails = dict.fromkeys(last for *_, last in parts if _is_clause(last))
    return tuple(heads), tuple(tails)


def _sentences() -> Iterator[str]:
    with gzip.open(PROCEEDINGS, "rt") as file:
        for line in file:
            for paragraph in _PARAGRAPH.split(json.loads(line)["text"]):
                yield from filter(_is_sentence, _END.split(" ".join(paragraph.split())))


def _is_sentence(text: str) -> bool:
    return (
        MIN_CHARS <= len(text) <= MAX_CHARS and text[0].isupper() and text[-1] in ".?!"
        and text.count(" ") >= MIN_WORDS - 1 and not _FURNITURE.search(text)
    )  # fmt: skip


def _is_clause(text: str) -> bool:
    return len(text) <= MAX_CLAUSE_CHARS and text.count(" ") >= MIN_CLAUSE_WORDS - 1
