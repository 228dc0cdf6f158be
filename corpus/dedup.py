"""One copy of each document and sentence; which one stays follows from what they are, never from their order.

In: documents and sentence occurrences of all sites. Out: the survivors, with how often and on how many sites each
was met. The survivor of a duplicate is the one with the least (site, document_id, position). Near duplicates are
not looked for yet.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from foundation.files import sha256_of_text

ID_LENGTH = 16  # hex digits of sha256: two of 10 million different sentences meet with probability 3 in a million


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """One sentence at one place; `order` is what the survivor rule compares."""

    sentence_id: str
    text: str
    document_id: str
    position: int
    block: str
    site: str
    area: str | None
    url: str
    num_words: int
    language_score: float

    @property
    def order(self) -> tuple[str, str, int]:
        return (self.site, self.document_id, self.position)


@dataclass(frozen=True, kw_only=True, slots=True)
class UniqueSentence:
    """A surviving occurrence, how often it was met, and every document that holds it."""

    survivor: Occurrence
    num_occurrences: int
    num_sites: int
    document_ids: frozenset[str]
    removed: tuple[Occurrence, ...]


def normalised(text: str) -> str:
    """What makes two sentences the same: Unicode form, case and blanks do not."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def sentence_id(text: str) -> str:
    return sha256_of_text(normalised(text))[:ID_LENGTH]


def document_id(site: str, url: str) -> str:
    """`url` is the normal URL at first sight."""
    return sha256_of_text(site, url)[:ID_LENGTH]


def unique_sentences(
    occurrences: Iterable[Occurrence], surviving_documents: frozenset[str]
) -> Iterator[UniqueSentence]:
    """Group occurrences by sentence, in order of sentence_id.

    A survivor lies in a surviving document wherever one holds the sentence; a duplicate document has the same
    sentences as its survivor, so one always does.
    """
    ordered = sorted(occurrences, key=lambda each: (each.sentence_id, each.order))
    for _, group in groupby(ordered, key=attrgetter("sentence_id")):
        copies = list(group)
        survivor = next((each for each in copies if each.document_id in surviving_documents), copies[0])
        yield UniqueSentence(
            survivor=survivor, num_occurrences=len(copies), num_sites=len({each.site for each in copies}),
            document_ids=frozenset(each.document_id for each in copies),
            removed=tuple(each for each in copies if each is not survivor),
        )  # fmt: skip


def surviving_documents(documents: Iterable[tuple[str, str, str]]) -> frozenset[str]:
    """Ids of the documents that stay: of those with the same text, the one with the least (site, document_id).

    Args:
        documents: (site, document_id, text_sha256) of every document.
    """
    least: dict[str, tuple[str, str]] = {}
    for site, identity, text_sha256 in documents:
        least[text_sha256] = min(least.get(text_sha256, (site, identity)), (site, identity))
    return frozenset(identity for _, identity in least.values())
