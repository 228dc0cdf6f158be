"""What trafilatura takes for the main text of a page.

In: the tree of a page without its shell, which is left as it is. Out: a `Vote` that says of any text whether it was
found. Comments are off and tables on; nothing is remembered between pages (its duplicate test stays unused).
"""

import logging
from dataclasses import dataclass

import trafilatura
from lxml import html

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it calls an odd page an error; ours has a reason

_GRAM = 3
# Of a text's runs of three words; a link or a footnote taken out of a paragraph costs a few of them.
_ENOUGH_GRAMS = 0.7
_LONG_FOR_FEW_WORDS = 20


@dataclass(frozen=True, kw_only=True)
class Vote:
    """What was found: whole lines, runs of three words, and how many characters in all."""

    lines: frozenset[str]
    grams: frozenset[tuple[str, ...]]
    joined: str
    num_chars: int

    def has(self, text: str) -> bool:
        if text in self.lines:
            return True
        words = text.split()
        grams = _grams(words)
        if not grams:  # few words, or a language without blanks
            return len(text) > _LONG_FOR_FEW_WORDS and text in self.joined
        return sum(gram in self.grams for gram in grams) >= _ENOUGH_GRAMS * len(grams)


NOTHING = Vote(lines=frozenset(), grams=frozenset(), joined="", num_chars=0)


def vote(root: html.HtmlElement, *, with_fall_backs: bool = False) -> Vote:
    """trafilatura copies the tree itself. Its XML has no formatting, which saves writing the text out."""
    found = trafilatura.bare_extraction(
        root, fast=not with_fall_backs, include_comments=False, include_tables=True, deduplicate=False,
        with_metadata=False, output_format="xml",
    )  # fmt: skip
    if found is None or isinstance(found, dict) or found.body is None:
        return NOTHING
    pieces = [" ".join(text.split()) for text in found.body.itertext()]
    wholes = [" ".join("".join(node.itertext()).split()) for node in found.body.iter("p", "head", "item", "cell")]
    words = " ".join(pieces).split()
    return Vote(
        lines=frozenset((*pieces, *wholes)) - {""},
        grams=frozenset(_grams(words)),
        joined=" ".join(words),
        num_chars=sum(map(len, words)),
    )


def _grams(words: list[str]) -> list[tuple[str, ...]]:
    return list(zip(*(words[start:] for start in range(_GRAM)), strict=False))
