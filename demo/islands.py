"""A theme that a site forgets: a list and its pages, which link to one another and which one link leads to.

In: a `SitePlan`. Out: a `Feature`; from the site's island quarter on without its door on the front page. No sitemap
shows the pages, so that only who asks what the front page leads to can tell that they are lost.
"""

from demo.cms import Link
from demo.extras import Feature, content_extra, content_spec, list_extra
from demo.plan import label_of
from demo.views import SitePlan

FIRST_TEXT = 2600  # texts that no section of the site has
NUM_PAGES = 5
ENTRY = "/tema/"


def island(plan: SitePlan) -> Feature:
    specs = [content_spec(plan, f"{ENTRY}side-{number + 1}/", FIRST_TEXT + number) for number in range(NUM_PAGES)]
    links = [Link(label=label_of(plan.seed, plan.site, spec), href=spec.path) for spec in specs]
    back = Link(label="Tema", href=ENTRY)
    pages = [content_extra(plan, spec, links[(i + 1) % NUM_PAGES], back) for i, spec in enumerate(specs)]
    entry = list_extra(plan, ENTRY, "Tema", ("Her har vi samlet sider om et aktuelt tema.",), links)
    doors = (back,) if plan.quarter_index < plan.life.island_quarter else ()
    return Feature(id="F9", doors=doors, extras=(entry, *pages))
