"""Open a site for crawling: its lock, its frontier and its archive, made to agree with each other.

In: a site of a plan. Out: a SiteCrawl. What a kill or a power cut left half done is undone here: records that no row
names are cut off, rows whose record is not on the disk wait again. Links are read again where the register changed.
"""

import logging
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from crawler import frontier as states
from crawler.erasing.obeying import Obeyed, note_obeyed
from crawler.frontier import FRONTIER_NAME, PAGE, SITEMAP, Found, Frontier
from crawler.net.answers import is_html
from crawler.pages.links import read_page
from crawler.pages.parsing import is_suspicious
from crawler.pages.sitemaps import read_sitemap
from crawler.plan_types import CrawlPlan
from crawler.politeness import Politeness, now
from crawler.refresh.gate import was_doubted
from crawler.refresh.known import FOLLOWS, remember
from crawler.refresh.losses import SECOND_PASS, second_pass
from crawler.refresh.revalidation import VALIDATORS_OFF, Revalidation, still_off
from crawler.register import Site
from crawler.scope import NotTaken
from crawler.settings import user_agent
from crawler.site_crawl import NOT_FOLLOWED, SiteCrawl
from crawler.snapshot import OPEN_SUFFIX, SITES_FOLDER, DamagedRecordError, body_at
from crawler.warc.archive import CommittedRecord, WarcSeries, lost_exchanges, num_exchanges
from crawler.warc.records import FORMAT_INFO
from foundation.errors import ConfigError
from foundation.files import sha256_of_text
from foundation.locks import held

log = logging.getLogger(__name__)
MAX_UNSYNCED = 5_000  # committed exchanges looked at, at a time; a checkpoint every ten seconds leaves far fewer open
MAX_BUDGET, MIN_BUDGET = 60_000, 5_000  # fetches of a site; the largest municipal site seen has a fifth of the first
GROWTH = 3  # times the pages of last quarter


def budget_of(num_last_quarter: int | None) -> int:
    """The most fetches of a site in one quarter: three times last quarter's pages; on a first crawl the cap."""
    if num_last_quarter is None:
        return MAX_BUDGET
    return min(max(GROWTH * num_last_quarter, MIN_BUDGET), MAX_BUDGET)


def open_site(plan: CrawlPlan, site: Site, politeness: Politeness, stack: ExitStack) -> SiteCrawl:
    """Make a site ready; `stack` closes its files and its lock, however far the others come.

    Raises:
        ConfigError: another process crawls the site; its archive is there without its frontier.
        BrokenRunError: its frontier is damaged.
    """
    folder, archive = plan.work / site.id, plan.snapshot / SITES_FOLDER / site.id
    prefix = f"{site.id}-{plan.quarter}"
    stack.enter_context(held(folder / "lock", busy=f"{site.name} is being crawled by another process"))
    is_new = not (folder / FRONTIER_NAME).exists()
    frontier = None if is_new else Frontier(folder)
    if frontier:
        stack.callback(frontier.close)
    if not (frontier and frontier.committed_ends()) and num_exchanges(archive, prefix, limit=2) > (not is_new):
        raise ConfigError(  # with a frontier one exchange may have been written and not yet committed
            f"{archive} holds an archive, but {folder / FRONTIER_NAME} is gone or empty; restore that file, or begin "
            f"the site anew (the archive is set aside): tvaerkom crawl {plan.quarter} --only {site.id} --fresh"
        )
    if frontier is None:
        frontier = Frontier(folder)
        stack.callback(frontier.close)
    _forget_lost(frontier, archive, prefix)
    warc = WarcSeries(archive, prefix, _warc_info(plan, site), frontier.committed_ends())
    stack.callback(warc.close)
    budget = budget_of(plan.num_last_quarter.get(site.id))
    revalidation = _revalidation(plan, site, frontier)
    second_pass(frontier)
    obeyed = Obeyed(plan.erasures, site.id)
    if is_new:
        with frontier.transaction():
            note_obeyed(frontier.db, plan.erasures.ids)
    crawl = SiteCrawl(
        site, plan.network, frontier, warc, politeness, budget=budget, revalidation=revalidation, obeyed=obeyed
    )  # fmt: skip
    _follow_register(crawl, archive)
    return crawl


def _revalidation(plan: CrawlPlan, site: Site, frontier: Frontier) -> Revalidation:
    """What the site's frontier has of last quarter; it stays with the quarter that it began with."""
    begins = not frontier.fact(FOLLOWS) and not frontier.committed_ends()
    before = plan.previous_sites.get(site.id)
    if plan.previous and before is not None and begins:
        facts: dict[str, str | None] = {VALIDATORS_OFF: still_off(before.validators_off, plan.quarter)}
        if was_doubted(before):  # this crawl is the second look
            facts[SECOND_PASS] = str(now())
        remember(frontier, plan.previous, site.id, plan.quarter, facts)
    follows = frontier.fact(FOLLOWS)
    archive = plan.snapshot.parent / follows / SITES_FOLDER / site.id if follows else None
    return Revalidation(frontier, archive, plan.quarter)


def _forget_lost(frontier: Frontier, archive: Path, prefix: str) -> None:
    """Un-commit exchanges whose records did not reach the disk before the power went."""
    while True:
        rows = frontier.db.execute(
            "select warc_file, warc_offset, warc_end, id from request where warc_file is not null"
            " order by id desc limit ?", (MAX_UNSYNCED,),
        ).fetchall()  # fmt: skip
        committed = [CommittedRecord(file=row[0], offset=row[1], end=row[2], id=row[3]) for row in reversed(rows)]
        lost = lost_exchanges(archive, prefix, committed)
        if not lost:
            return
        with frontier.transaction():
            frontier.forget_exchanges([record.id for record in lost])
        log.warning("%s: %d answers had not reached the disk; they are fetched again", archive, len(lost))


def _follow_register(crawl: SiteCrawl, archive: Path) -> None:
    """Where the register says otherwise than at the last start, look at all links found so far again."""
    site, frontier = crawl.site, crawl.frontier
    scope = sha256_of_text(*sorted(site.hosts), "|", *site.prefixes, "|", *site.excludes)
    before = frontier.fact("scope")
    if before not in (None, scope):
        log.info("%s: the register changed; its links are read again", site.name)
        with frontier.transaction():
            for reason in NotTaken:
                frontier.take_up(str(reason))
            frontier.db.execute("delete from not_taken")
        _read_links_again(crawl, archive)
    frontier.set_fact("scope", scope)


def _read_links_again(crawl: SiteCrawl, archive: Path) -> None:
    """What led out of the site's scope may be in it now: links, what sitemaps list, and where redirects led."""
    frontier = crawl.frontier
    rows = frontier.db.execute(
        "select c.url, c.kind, c.content_type, c.body_sha256, c.warc_file, c.warc_offset, u.depth, u.id, c.revisit"
        " from capture c join url u on u.id = c.url_id"
        " where c.kind in ('page', 'sitemap') and c.status = 200 and c.withheld is null"
        " and u.reason is not ? order by c.id", (NOT_FOLLOWED,),
    ).fetchall()  # fmt: skip
    for url, kind, content_type, body_sha256, file, offset, depth, url_id, revisit in rows:
        if kind == PAGE and not is_html(content_type):
            continue
        path = archive / file
        try:
            if revisit:
                body = crawl.archived_body(url)
            else:
                path = path if path.exists() else path.with_name(f"{file}{OPEN_SUFFIX}")
                body = body_at(path, offset, body_sha256)
        except DamagedRecordError as error:
            log.warning("%s: %s", url, error)
            continue
        if kind == SITEMAP:
            crawl.add_listed(read_sitemap(body, url), via=url_id)
        elif not is_suspicious(body):  # what could hang the parser led nowhere worth a process of its own here
            found = Found(priority=states.PRIORITY_LINK, depth=depth + 1, via=url_id)
            crawl.add_links(read_page(body, url, content_type or "").links, found, page=url)
    redirects = frontier.db.execute(
        "select id, depth, reason from url where kind = 'page' and reason like 'redirects to %'"
    ).fetchall()
    for url_id, depth, reason in redirects:
        found = Found(priority=states.PRIORITY_LINK, depth=depth, via=url_id, hops=1)
        crawl.add_links([reason.removeprefix("redirects to ")], found, page=None)


def _warc_info(plan: CrawlPlan, site: Site) -> dict[str, str]:
    """What the first record of each file says of the crawl."""
    operator = plan.operator
    who = {"operator": f"{operator.name} <{operator.contact}>"} if operator else {}
    what_for = {"description": operator.purpose} if operator and operator.purpose else {}
    return {
        "software": f"Tvaerkom/{version('tvaerkom')} Scrapy/{version('scrapy')}",
        **FORMAT_INFO,
        "isPartOf": f"{site.id}-{plan.quarter}",
        "robots": "obeyed (RFC 9309)",
        "http-header-user-agent": user_agent(operator),
        **who, **what_for,
    }  # fmt: skip
