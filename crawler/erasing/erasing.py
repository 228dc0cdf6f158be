"""The crawl's part of `tvaerkom find` and `tvaerkom forget`: every archive, table, frontier and report there is.

In: the data folder, and what is sought. Out: where it was found, or taken away. May be done again after a kill at any
moment: each quarter is changed at once or not at all, and what is gone already is not found again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.erasing.archives import Archive, archives_of, frontiers_of, quarters_of
from crawler.erasing.frontier_rows import FrontierChange, Shift, applied_ids, count_covered, known_files, stamp_frontier
from crawler.erasing.inspecting import TABLES, Depth, Inspection, inspect
from crawler.erasing.reports import erase_from_reports, find_in_reports
from crawler.erasing.rewriting import SiteLoss, stage, stage_frontier
from crawler.erasing.showing import SiteMatcher, needles_of
from foundation.applied import manifest_ids, stamp
from foundation.erasures import Matcher, Sought, Trace
from foundation.manifests import is_complete
from foundation.places import Places
from foundation.progress import Meter
from foundation.revisions import JOURNAL_NAME, Replacement, Revision, content_sha256, sweep_asides


@dataclass(kw_only=True)
class Search:
    """What a search of the archives found, besides the places.

    Attributes:
        num_links: links to what is sought, in pages that stay; counted where it was asked for.
        unreadable: stretches of WARC files that are damaged, and so were not searched.
        captures, sites: what corpora know it by: ids of the captures, and the sites that have any of it.
    """

    traces: list[Trace] = field(default_factory=list)
    num_links: int = 0
    unreadable: list[str] = field(default_factory=list)
    captures: set[str] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)


def find_in_crawls(places: Places, matcher: Matcher, meter: Meter | None, depth: Depth = Depth()) -> Search:
    """Search everything that crawls have kept; changes nothing.

    Raises:
        BrokenRunError: a table or a frontier cannot be read.
    """
    search = Search()
    for quarter in quarters_of(places):
        for archive in archives_of(places, quarter):
            found = inspect(archive, matcher, meter, depth)
            traces = _traces(places, archive, found, matcher)
            search.traces += traces
            search.sites |= {archive.site} if traces else set()
            search.num_links += found.num_links
            search.unreadable += found.unreadable
            search.captures |= found.captures
    search.traces += find_in_reports(places, matcher)
    return search


def erase_from_crawls(places: Places, matcher: Matcher, erasure_id: str, meter: Meter | None) -> list[Trace]:
    """Take it out of everything that crawls have kept; gives what went from where.

    Raises:
        BrokenRunError: a table, a frontier or a manifest cannot be read.
    """
    traces = []
    for quarter in quarters_of(places):
        if not _is_applied(places, quarter, erasure_id):
            traces += _erase_quarter(places, quarter, matcher, erasure_id, meter)
    for path in frontiers_of(places):
        if erasure_id not in applied_ids(path):
            stamp_frontier(path, [erasure_id])
    traces += erase_from_reports(places, matcher)
    stamp(places.reports, erasure_id)
    return traces


def _is_applied(places: Places, quarter: str, erasure_id: str) -> bool:
    """Whether it was done before; what comes back from a backup does not say so."""
    snapshot, work = places.snapshot(quarter), places.crawl_work(quarter)
    if (snapshot / JOURNAL_NAME).exists() or (work / JOURNAL_NAME).exists():
        return False
    frontiers = [each.frontier for each in archives_of(places, quarter) if each.frontier]
    if is_complete(snapshot):
        if erasure_id not in manifest_ids(snapshot):
            return False
    elif not frontiers:
        return False
    return all(erasure_id in applied_ids(path) for path in frontiers)


def _erase_quarter(
    places: Places, quarter: str, matcher: Matcher, erasure_id: str, meter: Meter | None
) -> list[Trace]:  # fmt: skip
    snapshot, work = places.snapshot(quarter), places.crawl_work(quarter)
    losses: dict[str, SiteLoss] = {}
    traces: list[Trace] = []
    with _replacement(snapshot if snapshot.is_dir() else work, erasure_id, losses) as change:
        sweep_asides(snapshot)  # of an erasure that was killed
        sweep_asides(work)
        shifts: dict[str, Shift] = {}
        for archive in archives_of(places, quarter):
            found = inspect(archive, matcher, meter)
            loss, moved = stage(archive, found, matcher, change, erasure_id)
            if not archive.is_aside:
                losses[archive.site] = loss
                shifts |= moved
            traces += [
                Trace(place=_below(places, path), kind=kind, count=count)
                for path, kinds in loss.traces.items() for kind, count in kinds.items()
            ]  # fmt: skip
        if shifts:
            _stage_pointers(places, quarter, shifts, change)
    return traces


def _stage_pointers(places: Places, quarter: str, shifts: Mapping[str, Shift], change: Replacement) -> None:
    """Frontiers of later quarters that point into the archives of this one."""
    for other in quarters_of(places):
        for archive in archives_of(places, other) if other != quarter else ():
            if archive.frontier and known_files(archive.frontier) & shifts.keys():
                stage_frontier(archive.frontier, change, FrontierChange(known_shifts=shifts))


def _replacement(folder: Path, erasure_id: str, losses: Mapping[str, SiteLoss]) -> Replacement:
    if not is_complete(folder):
        return Replacement(folder)

    def update(values: dict[str, Any]) -> None:
        for site in values["sites"]:
            _lessen(site, losses.get(site["site"], SiteLoss()))

    return Revision(folder, erasure_id, content_sha256=snapshot_content, update=update)


def snapshot_content(values: Mapping[str, Any]) -> str:
    """The hash of a snapshot's content: its files, and what is said of the sites."""
    return content_sha256(values["files"], json.dumps(values["sites"], sort_keys=True))


def _lessen(site: dict[str, Any], loss: SiteLoss) -> None:
    """Counts of a site, which a corpus shows."""
    site["num_captures"] -= loss.num_captures
    site["num_pages"] = max(site["num_pages"] - loss.num_pages, 0)
    counts = dict(site.get("outcomes") or {})
    for outcome, fewer in loss.outcomes.items():
        counts[outcome] = max(counts.get(outcome, 0) - fewer, 0)
    if loss.outcomes:
        site["outcomes"] = {outcome: number for outcome, number in sorted(counts.items()) if number}


def _traces(places: Places, archive: Archive, found: Inspection, matcher: Matcher) -> list[Trace]:
    by_name = {path.name.removesuffix(".open"): path for path in archive.warc_files()}
    traces = [
        Trace(place=_below(places, by_name[name]), kind="WARC record", count=len(removed))
        for name, removed in sorted(found.removed.items())
    ]  # fmt: skip
    traces += [
        Trace(place=_below(places, archive.folder / name), kind=TABLES[name], count=number)
        for name, number in sorted(found.rows.items())
    ]  # fmt: skip
    if archive.frontier:
        number = count_covered(archive.frontier, SiteMatcher(matcher, archive.site), found.covers_place)
        if number:
            traces.append(Trace(place=_below(places, archive.frontier), kind="frontier row", count=number))
    return traces


def _below(places: Places, path: Path) -> str:
    return path.relative_to(places.data).as_posix()




def proof_depth() -> Depth:
    """To say that it is nowhere any more: every body is read."""
    return Depth(is_thorough=True)


def links_depth(sought: Sought) -> Depth:
    """The same, and the links to it in other pages are counted."""
    keys = [*sought.urls, *sought.prefixes]
    needles = needles_of(keys) if keys else []
    return Depth(is_thorough=True, needles=(b"",) if needles is None else tuple(needles))
