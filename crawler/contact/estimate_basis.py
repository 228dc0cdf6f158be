"""How large a site will be: what an estimate rests on.

In: the last published quarter, the newest probe, or nothing. Out: a `SiteSize` for each site, which says what it rests
on. Reads files only; asks nobody.
"""

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.contact.probe_report import ProbedSize, probed_sizes
from crawler.opening import MAX_BUDGET
from crawler.plan_types import CrawlPlan
from crawler.politeness import LOOPBACK, POLITE, Politeness
from crawler.register import Site
from crawler.rules.robots import MAX_CRAWL_DELAY_S
from crawler.snapshot import REQUESTS_NAME, SITES_FOLDER, TerminalState, read_snapshot_manifest
from crawler.telling.ledger import table_rows

# Of 495 URLs that a crawl of a municipal site asked for in 2022, 317 were pages; the others were gone or forbidden.
REQUESTS_PER_PAGE = 495 / 317
# A further sitemap of an index lists 2,000 pages at most in Drupal and 1,000 in WordPress; most are not full.
PAGES_PER_FURTHER_SITEMAP = 1_000
DEFAULT = "a plain default"
# An earlier crawl kept 2,140 Danish pages of each site on average, after filtering; the largest site seen has 12,000.
DEFAULT_NUM_REQUESTS = 5_000
DEFAULT_NUM_REQUESTS_OF_AREA = 1_000  # no count of KL's pages is known; an area is a part of one host
DEFAULT_SECONDS = 0.5  # for an answer: ordinary for a page that a content management system makes
# A page of 35 kB with its request takes 5 kB in the archive where its text repeats (measured); real pages are larger
# and more varied.
BYTES_PER_REQUEST = 20_000


@dataclass(frozen=True, kw_only=True)
class SiteSize:
    """What the crawl of one site takes.

    Attributes:
        basis: what the figures rest on, in words.
        seconds_per_request: that an answer takes.
        pause_s: between two requests.
    """

    basis: str
    num_requests: int
    seconds_per_request: float
    pause_s: float
    num_bytes: int
    address: str | None = None

    @property
    def seconds(self) -> float:
        return self.num_requests * (self.pause_s + self.seconds_per_request)


def site_sizes(plan: CrawlPlan) -> dict[str, SiteSize]:
    """The size of each site of a plan: from last quarter, else from the newest probe, else a plain default.

    Raises:
        BrokenRunError: a file that is there cannot be read.
    """
    politeness = LOOPBACK if plan.stays_on_loopback else POLITE
    known = dict(_of_last_quarter(plan.previous, plan, politeness)) if plan.previous else {}
    probed = probed_sizes(plan.reports)
    return {
        site.id: known.get(site.id) or _of_probe(site, probed.get(site.id), politeness) for site in plan.sites
    }  # fmt: skip


def _of_last_quarter(snapshot: Path, plan: CrawlPlan, politeness: Politeness) -> Iterator[tuple[str, SiteSize]]:
    """Only of sites that were crawled to their end: what broke off says nothing of the size."""
    manifest = read_snapshot_manifest(snapshot)
    complete = {each.site for each in manifest.sites if each.state == TerminalState.COMPLETE}
    for site in plan.sites:
        prefix = f"{SITES_FOLDER}/{site.id}/"
        num_bytes = sum(entry.size for entry in manifest.files if entry.path.startswith(prefix))
        table = snapshot / prefix / REQUESTS_NAME
        if site.id not in complete or not table.is_file():
            continue  # a site of an imported snapshot has no table of requests
        rows = list(table_rows(table, ("seconds", "pause_s", "address")))
        seconds = [row["seconds"] for row in rows if row["seconds"] is not None]
        pauses = [row["pause_s"] for row in rows if row["pause_s"] is not None]
        if rows:
            yield site.id, SiteSize(
                basis=manifest.quarter, num_requests=len(rows), num_bytes=num_bytes,
                seconds_per_request=statistics.fmean(seconds) if seconds else DEFAULT_SECONDS,
                # the median: a rest of hours for the sake of an outage is not to be expected again
                pause_s=max(statistics.median(pauses) if pauses else 0.0, _own_delay_s(site, politeness)),
                address=next((row["address"] for row in rows if row["address"]), None),
            )  # fmt: skip


def _of_probe(site: Site, probed: ProbedSize | None, politeness: Politeness) -> SiteSize:
    num_pages, basis = _pages_of_probe(site, probed)
    num_requests = min(round(num_pages * REQUESTS_PER_PAGE), MAX_BUDGET)
    if not num_pages:
        num_requests = DEFAULT_NUM_REQUESTS_OF_AREA if site.kind == "area" else DEFAULT_NUM_REQUESTS
    seconds = DEFAULT_SECONDS if probed is None or probed.seconds is None else probed.seconds
    asked_s = min(probed.crawl_delay_s, MAX_CRAWL_DELAY_S) if probed else 0.0
    return SiteSize(
        basis=basis, num_requests=num_requests, num_bytes=num_requests * BYTES_PER_REQUEST,
        seconds_per_request=seconds, address=probed.address if probed else None,
        pause_s=max(_own_delay_s(site, politeness), asked_s, politeness.latency_factor * seconds),
    )  # fmt: skip


def _pages_of_probe(site: Site, probed: ProbedSize | None) -> tuple[int, str]:
    """How many pages the sitemaps name, 0 where that is not known, and what that rests on."""
    num_pages = probed.num_pages if probed else 0
    # the further sitemaps of a host with several areas are for all of them
    num_further = probed.num_sitemaps if probed and site.kind != "area" else 0
    if probed is None or num_pages + num_further == 0:
        return 0, DEFAULT
    guessed = f" ({num_further} further sitemaps guessed)" if num_further else ""
    return num_pages + num_further * PAGES_PER_FURTHER_SITEMAP, f"probe of {probed.date}{guessed}"


def _own_delay_s(site: Site, politeness: Politeness) -> float:
    return politeness.delay_s if site.delay_s is None else site.delay_s


def addresses_of(plan: CrawlPlan, sizes: Mapping[str, SiteSize]) -> dict[str, str]:
    """Host -> address, for the hosts of sites whose address is known."""
    return {host: address for site in plan.sites if (address := sizes[site.id].address) for host in site.hosts}
