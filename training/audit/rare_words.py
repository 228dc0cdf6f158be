"""Words that stand in one document only: names, numbers and the like that a model could have learnt by heart.

In: a corpus, and which of its sentences a run learnt. Out: sentences with such a word, of those (no other training
document has it) and of the validation split (no training document has it). Asks no model; texts stay in memory.
"""

import heapq
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foundation.progress import progress
from training.audit.words import Span
from training.champions.lineage import Ids
from training.feeding.draws import mixed
from training.feeding.shards import read_rows

NUM_WORDS = 1000  # of each split: a rate of 1 % to about half a percentage point
_LOOKED_AT = 20 * NUM_WORDS  # sentences: of names and numbers in running text about one of ten stands nowhere else
# A capital behind the first word, or three digits and more: what names people, places, cases, telephones and days.
_WORD = re.compile(r"(?<=\s)[(\"»]?([A-ZÆØÅ][a-zæøåéäöü]{3,}|\d[\d./-]*\d[\d./-]*\d)(?=[.,;:!?)\"«]*(?:\s|$))")
_SEVERAL = -1  # documents
_Candidate = tuple[int, int, str, list[Span]]  # its place by chance, its document, the text, its words


@dataclass(frozen=True, kw_only=True)
class RareWord:
    """A word in its sentence; `document` is the number of its document."""

    text: str
    span: Span
    document: int


def rare_words(
    corpus_folder: Path, trained: Ids, *, limit: int = NUM_WORDS
) -> tuple[list[RareWord], list[RareWord]]:
    """Words of the sentences with the ids `trained`, and of the validation split; one of a sentence, chosen by its id.

    Raises BrokenRunError where the corpus cannot be read.
    """
    where: dict[str, int] = {}
    members = heapq.nsmallest(_LOOKED_AT, _candidates(corpus_folder, "train", where, trained))
    others = heapq.nsmallest(_LOOKED_AT, _candidates(corpus_folder, "validation", None, None))
    return (
        _rare(members, lambda word, document: where[word] == document)[:limit],
        _rare(others, lambda word, _: word not in where)[:limit],
    )


def _candidates(
    corpus_folder: Path, split: str, where: dict[str, int] | None, wanted: Ids | None
) -> Iterator[_Candidate]:
    """Sentences with such words; on the way it is kept in which document each word stands, of unwanted ones too."""
    with progress(f"rare words, {split}", unit="sentences") as meter:
        for rows in read_rows(corpus_folder, split):
            ids = np.array([int(each, 16) for each in rows.sentence_ids], dtype=np.uint64)
            is_wanted = np.ones(len(ids), np.bool_) if wanted is None else np.isin(ids, wanted)
            columns = zip(mixed(ids).tolist(), rows.document_ids, rows.texts, is_wanted.tolist(), strict=True)
            for place, document, text, is_asked in columns:
                spans = [match.span(1) for match in _WORD.finditer(text)]
                number = int(document, 16)
                if where is not None:
                    _note(where, [text[first:last] for first, last in spans], number)
                if spans and is_asked:
                    yield place, number, text, spans
            meter.advance(len(rows.texts))


def _note(where: dict[str, int], words: list[str], document: int) -> None:
    for word in words:
        if where.setdefault(word, document) != document:
            where[word] = _SEVERAL


def _rare(candidates: list[_Candidate], is_rare: Callable[[str, int], bool]) -> list[RareWord]:
    """The first rare word of each sentence that has one."""
    found = []
    for _, document, text, spans in candidates:
        span = next((each for each in spans if is_rare(text[slice(*each)], document)), None)
        if span is not None:
            found.append(RareWord(text=text, span=span, document=document))
    return found
