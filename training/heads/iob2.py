"""IOB2: named entities as one tag for each word.

In: tags. Out: the entities they mean, and what is wrong with a tag. `O` is outside; `B-TYPE` begins an entity, and
`I-TYPE` goes on with one (Tjong Kim Sang and Veenstra 1999). An `I-TYPE` that goes on with nothing is an error in data,
and in a guess it is no entity: the strict reading.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

OUTSIDE, BEGIN, INSIDE = "O", "B", "I"
_TAG = re.compile(r"([BI])-(\S+)")
Span = tuple[int, int, str]  # first word, word behind the last, type


def type_of(tag: str) -> str | None:
    """The type in a tag; None outside."""
    return None if tag == OUTSIDE else tag[2:]


def types_in(tags: Iterable[str]) -> list[str]:
    """The types that occur, by their names."""
    return sorted({kind for tag in tags if (kind := type_of(tag)) is not None})


def complaint_about(tag: str, before: str) -> str | None:
    """What is wrong with a tag behind another (`O` before a sentence); None where nothing is."""
    if tag == OUTSIDE:
        return None
    if not _TAG.fullmatch(tag):
        return f"the tag is {tag!r}; allowed are O, B-TYPE and I-TYPE"
    if tag[0] == INSIDE and type_of(before) != type_of(tag):
        return f"{tag} goes on with an entity that did not begin: in IOB2 its first word has B-{type_of(tag)}"
    return None


def spans_of(tags: Sequence[str]) -> Iterator[Span]:
    """The entities of one sentence, first to last."""
    begin, kind = 0, None
    for place, tag in enumerate((*tags, OUTSIDE)):
        if kind is not None and tag != f"{INSIDE}-{kind}":
            yield begin, place, kind
            kind = None
        if tag.startswith(f"{BEGIN}-"):
            begin, kind = place, tag[2:]
