"""What a municipal page can be about: the type, the sections of a site, and the list of all topics.

In: the phrase books `topics_*`. Out: `Topic` records for the grammar. No page is made here.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Topic:
    """The phrase book of one topic.

    Each fact template names `{inst}` and `{place}`; no two pages of a site have the same pair, so no two
    pages hold the same fact.
    """

    id: str
    label: str
    section: str
    subjects: tuple[str, ...]
    titles: tuple[str, ...]
    headings: tuple[str, ...]
    facts: tuple[str, ...]
    prose: tuple[str, ...]
    fees: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    id: str
    label: str


SECTIONS: tuple[Section, ...] = (
    Section(id="boern-og-skole", label="Børn og skole"),
    Section(id="bolig-og-miljoe", label="Bolig, byggeri og miljø"),
    Section(id="sundhed-og-omsorg", label="Sundhed og omsorg"),
    Section(id="job-og-borgerservice", label="Job og borgerservice"),
    Section(id="kultur-og-politik", label="Kultur, fritid og politik"),
)


def by_id(topics: tuple[Topic, ...]) -> Mapping[str, Topic]:
    return {topic.id: topic for topic in topics}
