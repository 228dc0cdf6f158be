"""From what a person asks for to all that is meant: older addresses of the same page, and its bytes elsewhere.

In: what is sought by its own words, and all archives. Out: the same with more addresses and the hashes of bodies.
An address brings along those that the page had before or has since (first_url, moved_to), and those that only lead to
it. A text brings along the bytes of every page that shows it, but not the address: what stands there now may be free of
it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from crawler.erasing.archives import Archive, archives_of, quarters_of
from crawler.erasing.frontier_rows import frontier_rows
from crawler.erasing.inspecting import answer_block, inspect, table_rows
from crawler.erasing.showing import EMPTY_SHA256, SiteMatcher, location_of
from crawler.pages.urls import normal_url, url_key
from crawler.snapshot import CAPTURES_NAME, OPEN_SUFFIX, OUTCOMES_NAME, DamagedRecordError
from foundation.erasures import Sought
from foundation.places import Places
from foundation.progress import Meter


def expand(places: Places, sought: Sought, meter: Meter | None) -> Sought:
    """All that is meant.

    Raises:
        BrokenRunError: a table or a frontier cannot be read.
    """
    archives = [archive for quarter in quarters_of(places) for archive in archives_of(places, quarter)]
    urls = _with_other_addresses(archives, sought.urls) if sought.urls else sought.urls
    payloads = set(sought.payloads)
    if urls or sought.prefixes:
        asked = Sought(urls=urls, prefixes=sought.prefixes)
        payloads |= {each for archive in archives for each in _payloads_of(archive, asked)}
    if sought.texts:
        asked = Sought(texts=sought.texts)
        payloads |= {each for archive in archives for each in inspect(archive, asked, meter).payloads}
    return replace(sought, urls=urls, payloads=frozenset(payloads - {EMPTY_SHA256}))


def _with_other_addresses(archives: list[Archive], urls: frozenset[str]) -> frozenset[str]:
    same: dict[str, set[str]] = defaultdict(set)  # the same page
    leading: dict[str, set[str]] = defaultdict(set)  # target -> what is redirected to it
    for archive in archives:
        for row in _rows_of(archive):
            key = _key(row["url"])
            for other in (row.get("first_url"), row.get("moved_to")):
                if key and other and (other_key := _key(other)):
                    same[key].add(other_key)
                    same[other_key].add(key)
            target = _target(archive, row)
            if key and target and target != key:
                leading[target].add(key)
    found, waiting = set(urls), list(urls)
    while waiting:
        key = waiting.pop()
        new = (same.get(key, set()) | leading.get(key, set())) - found
        found |= new
        waiting += new
    return frozenset(found)


def _rows_of(archive: Archive) -> Iterator[dict[str, Any]]:
    for name in (CAPTURES_NAME, OUTCOMES_NAME):
        yield from table_rows(archive.folder / name)
    if archive.frontier:
        yield from (row for row in frontier_rows(archive.frontier, ("capture", "known")) if row.get("url"))


def _target(archive: Archive, row: dict[str, Any]) -> str | None:
    """Where a redirect leads: its record says."""
    if not row.get("warc_file") or not 300 <= (row.get("status") or 0) < 400:
        return None
    path = archive.folder / row["warc_file"]
    path = path if path.exists() else path.with_name(path.name + OPEN_SUFFIX)
    try:
        return location_of(answer_block(path, row["warc_offset"]), row["url"])
    except DamagedRecordError:
        return None  # the search names it


def _payloads_of(archive: Archive, asked: Sought) -> Iterator[str]:
    """Bodies of the pages at what is sought; error pages and redirects are the same for many addresses."""
    matcher = SiteMatcher(asked, archive.site)
    for row in _rows_of(archive):
        is_page = row.get("kind", "page") == "page" and row.get("status", 200) == 200 and row.get("body_sha256")
        if is_page and any(row.get(name) and matcher.covers_url(row[name]) for name in ("url", "first_url")):
            yield row["body_sha256"]


def _key(url: str) -> str | None:
    normal = normal_url(url)
    return url_key(normal) if normal else None
