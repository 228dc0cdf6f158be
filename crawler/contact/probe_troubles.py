"""What a person should know after a probe.

In: the findings on a site. Out: sentences on what keeps it from being crawled, which somebody should look at, and
sentences that are good to know. Changes nothing and proposes nothing; probe_proposals.py does.
"""

from collections.abc import Iterator

from crawler.contact.probe_findings import PageFinding, SiteFinding
from crawler.contact.probe_page import MIN_DANISH_SHARE
from crawler.pages.urls import host_of
from crawler.rules.robots import MAX_CRAWL_DELAY_S, RobotsVerdict


def troubles(site: SiteFinding) -> list[str]:
    """What a person should look at, in sentences; an area of which some prefixes are gone is none."""
    found = list(_robots_troubles(site))
    for page in site.pages:
        url = page.trail[0]
        if page.leaves:
            found.append(f"{url} leads to {page.trail[-1]}, which is none of its hosts and was not asked")
        elif site.kind != "area" and not page.is_there:
            found.append(f"{url}: {page.problem or f'status {page.status}'}")
        elif page.wall:
            found.append(f"{url} is answered by a {page.wall} page")
        elif page.needs_javascript:
            found.append(f"{url} looks empty without JavaScript")
        elif page.is_there and page.reservation:
            found.append(f"{url} is reserved: {page.reservation}")
        elif page.is_there and not _is_danish(page):
            found.append(f"{url} does not look Danish (it says: {page.language or 'nothing'})")
    if site.kind == "area" and site.pages and not any(page.is_there for page in site.pages):
        found.append("none of its prefixes leads to a page")
    return found


def notes(site: SiteFinding) -> list[str]:
    """What is good to know and needs nobody."""
    found = []
    agents = dict.fromkeys(agent for robots in site.robots for agent in robots.shut_out_ai_agents)
    if agents:
        found.append(f"robots.txt shuts out {', '.join(agents)}: its texts count as reserved")
    if site.tdmrep:
        found.append(f"tdmrep.json reserves its front page: {site.tdmrep}")
    for robots in site.robots:
        if 0 < robots.crawl_delay_s <= MAX_CRAWL_DELAY_S:
            found.append(f"{host_of(robots.origin)} asks for {robots.crawl_delay_s:g} s between requests")
    for twin in site.twins:
        if twin.is_there and len(twin.trail) == 1:
            found.append(f"{twin.trail[0]} shows pages of its own address; they count as the same pages")
        elif twin.problem:
            found.append(f"{twin.trail[0]}: {twin.problem}")
    if site.kind == "area":
        gone = [page.trail[0] for page in site.pages if not page.is_there]
        found += [f"no page at {', '.join(gone)}"] if gone and len(gone) < len(site.pages) else []
    if site.neighbours:
        found.append(f"shares {site.address} with {', '.join(site.neighbours)}: they take turns")
    return found


def _robots_troubles(site: SiteFinding) -> Iterator[str]:
    for robots in site.robots:
        if robots.verdict == RobotsVerdict.UNREACHABLE:
            yield f"{robots.origin}/robots.txt cannot be had ({robots.problem}); a crawl would wait for it in vain"
        if robots.crawl_delay_s > MAX_CRAWL_DELAY_S:
            yield (
                f"{robots.origin}/robots.txt asks for {robots.crawl_delay_s:g} s between requests; without a word of "
                f"yours a crawl waits {MAX_CRAWL_DELAY_S:g} s"
            )


def _is_danish(page: PageFinding) -> bool:
    """By its words, else by what it says; a page that says nothing is given the benefit of the doubt."""
    if page.danish_share is not None:
        return page.danish_share >= MIN_DANISH_SHARE
    return page.language is None or page.language.startswith("da")
