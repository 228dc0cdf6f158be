"""All topics of all phrase books, by id, and which of them a site writes about.

In: a site. Out: its topics. A new topic is one entry in a phrase book and one here.
"""

from collections.abc import Mapping

from demo.places import PretendSite, SiteKind
from demo.topics import Topic, by_id
from demo.topics_agenda import AGENDA
from demo.topics_family import DAY_CARE, ELDERLY_CARE, HEALTH, SCHOOL
from demo.topics_foreign import ENGLISH, GERMAN
from demo.topics_kl import KL_TOPICS
from demo.topics_life import BUDGET, CITIZEN_SERVICE, CULTURE, SPORT
from demo.topics_shared import SHARED_TEXTS, SharedText
from demo.topics_town import BUILDING, ENVIRONMENT, JOB_CENTRE, ROADS, WASTE

MUNICIPAL_TOPICS: tuple[Topic, ...] = (
    DAY_CARE,
    SCHOOL,
    ELDERLY_CARE,
    HEALTH,
    BUILDING,
    WASTE,
    ROADS,
    ENVIRONMENT,
    JOB_CENTRE,
    CITIZEN_SERVICE,
    CULTURE,
    SPORT,
    BUDGET,
)
TOPICS: Mapping[str, Topic] = by_id((*MUNICIPAL_TOPICS, *KL_TOPICS, ENGLISH, GERMAN, AGENDA))
SHARED: Mapping[str, SharedText] = {text.id: text for text in SHARED_TEXTS}


def topics_of(site: PretendSite) -> tuple[Topic, ...]:
    return KL_TOPICS if site.kind is SiteKind.AREA else MUNICIPAL_TOPICS
