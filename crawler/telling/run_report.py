"""The report of one run of a crawl: what each site gave, what was left out and why, and what somebody should look at.

In: the frontiers of the run, and the snapshot of the quarter before. Out: `RunReport`, and its two files: JSON with
all numbers, and a text to read. Changes no frontier.
"""

import datetime
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from crawler.register import Site
from crawler.snapshot import TerminalState, read_snapshot_manifest
from crawler.telling.report_text import report_text
from crawler.telling.site_report import SiteReport, site_report
from foundation.errors import BrokenRunError
from foundation.files import write_text

MAX_LOSS_PERCENT = 30.0  # of last quarter's pages; more is a relaunch or an outage, not ordinary coming and going


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Over all sites of the run; the counts mean what they mean in a SiteReport."""

    states: dict[str, int]
    num_pages: int
    num_requests: int
    num_bytes: int
    failed: dict[str, int]
    excluded: dict[str, int]
    withheld: dict[str, int]
    not_taken: dict[str, int]
    num_429: int
    num_5xx: int
    shortest_pause_s: float | None


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """One run. Times are in seconds since the epoch, in the file ISO 8601 in UTC."""

    quarter: str
    previous: str | None  # the quarter that pages are compared with
    began_at: float
    ended_at: float
    sites: tuple[SiteReport, ...]
    totals: Totals
    warnings: tuple[str, ...]


def make_run_report(
    *, quarter: str, sites: Sequence[tuple[Site, Path]], previous: Path | None, began_at: float, ended_at: float
) -> RunReport:
    """Read the frontiers of a run.

    Args:
        sites: each with the folder of its frontier.
        previous: folder of the last published snapshot; None on a first crawl.
    """
    before: Mapping[str, int] = {}
    warnings = []
    if previous is not None:
        try:
            before = {site.site: site.num_pages for site in read_snapshot_manifest(previous).sites}
        except BrokenRunError as error:  # the run is over all the same
            warnings.append(f"not compared with last quarter: {error}")
    kinds = {site.id: site.kind for site, _ in sites}
    reports = tuple(site_report(site, folder, before.get(site.id)) for site, folder in sites)
    for each in reports:
        warnings += _warnings(each, is_area=kinds[each.site] == "area")
    return RunReport(
        quarter=quarter, previous=previous.name if previous else None, began_at=began_at, ended_at=ended_at,
        sites=reports, totals=_totals(reports), warnings=tuple(warnings),
    )  # fmt: skip


def write_run_report(folder: Path, report: RunReport) -> None:
    """Write `crawl-<quarter>.json` and `crawl-<quarter>.txt`, in place of those of an earlier run."""
    values = asdict(report) | {"began_at": _utc(report.began_at), "ended_at": _utc(report.ended_at)}
    for written, site in zip(values["sites"], report.sites, strict=True):
        written["change_percent"] = site.change_percent
    name = f"crawl-{report.quarter}"
    write_text(folder / f"{name}.json", json.dumps(values, ensure_ascii=False, indent=2) + "\n")
    write_text(folder / f"{name}.txt", report_text(report))


def _warnings(each: SiteReport, *, is_area: bool) -> list[str]:
    """What somebody should look at; that an area of KL has no pages any more is told, but nobody can mend it."""
    found = []
    is_known_to_be_empty = is_area and each.state == TerminalState.EMPTY
    if each.state not in (TerminalState.COMPLETE, TerminalState.UNFINISHED) and not is_known_to_be_empty:
        found.append(f"{each.name}: {each.state}: {each.reason}")
    change = each.change_percent
    if change is not None and change < -MAX_LOSS_PERCENT and each.state != TerminalState.UNFINISHED:
        found.append(f"{each.name}: {each.num_pages} pages, {each.num_pages_before} last quarter ({change:+.0f} %)")
    return found


def _totals(sites: Sequence[SiteReport]) -> Totals:
    return Totals(
        states=dict(Counter(each.state for each in sites).most_common()),
        num_pages=sum(each.num_pages for each in sites), num_requests=sum(each.num_requests for each in sites),
        num_bytes=sum(each.num_bytes for each in sites), failed=_added([each.failed for each in sites]),
        excluded=_added([each.excluded for each in sites]), withheld=_added([each.withheld for each in sites]),
        not_taken=_added([each.not_taken for each in sites]), num_429=sum(each.num_429 for each in sites),
        num_5xx=sum(each.num_5xx for each in sites),
        shortest_pause_s=min(
            (each.shortest_pause_s for each in sites if each.shortest_pause_s is not None), default=None
        ),
    )  # fmt: skip


def _added(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total.most_common())


def _utc(at: float) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).isoformat(timespec="seconds")
