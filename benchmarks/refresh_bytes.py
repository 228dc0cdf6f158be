"""What a refresh fetches of a large site with honest validators, against its first crawl.

In: a folder and a number of pages. Out: figures. Pages are of 35 KB. In the second quarter one content page of twenty
has another fact, as Kommuneby's own edits make them; so that it is not made too easy, its front page and all its lists
of subpages have changed too, as those of real sites do. Nothing is added, moved or removed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.figures import Figure, at_most, exactly
from benchmarks.refresh_outcomes import crawl_and_publish, found_outcomes, quarter_name
from benchmarks.served import say
from crawler.snapshot import Outcome
from demo.kommuneby import PageKind, SiteKind, TruePage, Web, make_web
from demo.server import KommunebyServer
from demo.town import Town, found_town

MAX_SHARE = 0.15  # of the first crawl's bytes
CHANGED_SHARE = 0.05  # of the content pages
HUBS = (PageKind.HOME, PageKind.SECTION)
NEWS = "<p>Siden er opdateret den 1. april.</p></body>"


def byte_figures(folder: Path, pages_per_site: int) -> Iterator[Figure]:
    before, evolved = (
        make_web(num_municipalities=1, pages_per_site=pages_per_site, is_realistic=True, trap_months=0,
                 quarter_index=index)
        for index in range(2)
    )  # fmt: skip
    now, num_changed = _next_quarter(before, evolved)
    sites = [site.id for site in before.sites if site.kind is SiteKind.MUNICIPALITY]
    num_pages = sum(page.is_content or page.kind in HUBS for page in before.pages.values() if page.site in sites)
    webs = (before, now)
    with KommunebyServer(before) as server:
        town = found_town(folder, before, server)
        for web in webs:
            server.publish(web)
            crawl_and_publish(town, quarter_name(web), "--only", ",".join(sites))
    first, second = (_fetched(town, quarter_name(web)) for web in webs)
    found = found_outcomes(town, quarter_name(now)).values()
    num_found = sum(each.outcome == Outcome.CHANGED for each in found)
    say(f"{num_changed} of {num_pages} pages changed, {num_found} found; bytes {first:,} and {second:,}")
    share = f"{num_changed / num_pages:.1%} of {num_pages} pages changed"
    yield exactly(f"refresh, {share}: pages found changed", num_changed, num_found)
    yield at_most(f"refresh, {share}: bytes / first crawl", MAX_SHARE, second / first)


def _next_quarter(before: Web, evolved: Web) -> tuple[Web, int]:
    """The web with as many of the evolved web's edits as there are to be, and changed hubs; and how many that are.

    Raises:
        ValueError: the evolved web has fewer edits.
    """
    pages = dict(before.pages)
    changed = []
    for site in before.sites:
        if site.kind is not SiteKind.MUNICIPALITY:
            continue
        content = [url for url, page in before.pages.items() if page.site == site.id and page.kind is PageKind.CONTENT]
        edited = [url for url in content if _is_edited(before.pages[url], evolved.pages.get(url))]
        num = round(CHANGED_SHARE * len(content))
        if len(edited) < num:
            raise ValueError(f"{site.name}: {len(edited)} pages are edited, {num} are wanted")
        hubs = [url for url, page in before.pages.items() if page.site == site.id and page.kind in HUBS]
        pages |= {url: evolved.pages[url] for url in edited[:num]}
        pages |= {url: _with_news(before.pages[url]) for url in hubs}
        changed += [*edited[:num], *hubs]
    return replace(before, quarter_index=1, pages=pages), len(changed)


def _is_edited(page: TruePage, later: TruePage | None) -> bool:
    return later is not None and later.kind is PageKind.CONTENT and later.text != page.text


def _with_news(page: TruePage) -> TruePage:
    return page.with_changes(body=partial(_newer_body, page), headers=partial(_newer_headers, page))


def _newer_body(page: TruePage) -> bytes:
    encoding = "iso-8859-1" if "8859" in (page.header("Content-Type") or "") else "utf-8"
    return page.body.replace(b"</body>", NEWS.encode(encoding))


def _newer_headers(page: TruePage) -> tuple[tuple[str, str], ...]:
    tag = hashlib.sha256(_newer_body(page)).hexdigest()[:16]
    return tuple((name, f'"{tag}"' if name == "ETag" else value) for name, value in page.headers)


def _fetched(town: Town, name: str) -> int:
    """Bytes of all answers, with their heads."""
    ledgers = (town.data / "snapshots" / name / "sites").glob("*/requests.parquet")
    return sum(sum(pq.read_table(path)["bytes"].to_pylist()) for path in ledgers)
