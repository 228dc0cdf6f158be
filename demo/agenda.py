"""An agenda archive that looks like a trap and is none: query strings, GUIDs, lists of lists, and all of it real text.

In: a site's plan. Out: a `Feature` whose pages are all listed: index, years, meetings and items, each item with facts
of its own. None of them is in the sitemap.
"""

import random
import uuid

from demo.chance import chance
from demo.cms import Link
from demo.extras import Extra, Feature, content_extra, content_spec, list_extra
from demo.grammar import MONTHS
from demo.plan import label_of
from demo.topics_agenda import AGENDA
from demo.views import SitePlan

ENTRY = "/dagsordener"
YEARS = (2021, 2022, 2023, 2024, 2025)
MEETINGS_PER_YEAR = 6
ITEMS_PER_MEETING = 6


def agenda_archive(plan: SitePlan) -> Feature:
    rng = chance("agenda", plan.seed, plan.site.id)
    extras: list[Extra] = []
    year_links = []
    for place, year in enumerate(YEARS):
        meeting_links = []
        for meeting in range(MEETINGS_PER_YEAR):
            first = (place * MEETINGS_PER_YEAR + meeting) * ITEMS_PER_MEETING
            link, pages = _meeting(plan, rng, f"{MONTHS[2 * meeting]} {year}", first)
            meeting_links.append(link)
            extras += pages
        href = f"{ENTRY}?aar={year}"
        year_links.append(Link(label=f"Møder i {year}", href=href))
        extras.append(list_extra(plan, href, f"Møder i {year}", (f"Alle møder i {year}.",), meeting_links))
    extras.append(list_extra(plan, ENTRY, "Dagsordener og referater", ("Vælg et år.",), year_links))
    return Feature(id="T14", doors=(Link(label="Dagsordener", href=ENTRY),), extras=tuple(extras))


def _meeting(plan: SitePlan, rng: random.Random, when: str, first: int) -> tuple[Link, list[Extra]]:
    """The link to one meeting, its page, and those of its items, which have the numbers from `first` on."""
    specs = [
        content_spec(plan, f"{ENTRY}?agendaid={_guid(rng)}", first + number, AGENDA)
        for number in range(ITEMS_PER_MEETING)
    ]
    title = f"Møde i {when}"
    link = Link(label=title, href=f"{ENTRY}?moedeid={_guid(rng)}")
    links = [Link(label=f"Punkt: {label_of(plan.seed, plan.site, spec)}", href=spec.path) for spec in specs]
    page = list_extra(plan, link.href, title, (f"Dagsorden for mødet i {when}.",), links)
    return link, [page, *(content_extra(plan, spec, link) for spec in specs)]


def _guid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
