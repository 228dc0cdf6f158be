"""The snapshots of the large corpora: tables and manifest, without any archive.

In: a plan, a quarter, a folder. Out: `captures.parquet` and `outcomes.parquet` of each site, and a manifest that names
them. There are no WARC files, so nothing can be read out of the archive.
"""

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.large_pages import first_urls, page_times
from benchmarks.large_plan import FATES, NEW, NEWER, OLDER, SAME, Plan
from corpus.dedup import ids_of
from corpus.schema import DropReason
from crawler.publishing import snapshot_sha256
from crawler.snapshot import (
    CAPTURES_NAME,
    FORMAT_VERSION,
    MANIFEST_KIND,
    OUTCOMES_NAME,
    SITES_FOLDER,
    Outcome,
    SiteSummary,
    SnapshotManifest,
    TerminalState,
    capture_schema,
    outcome_schema,
    read_snapshot_manifest,
)  # fmt: skip
from foundation.files import make_folder
from foundation.manifests import file_entries, write_manifest

QUARTERS = ("2026Q3", "2026Q4")
_PUBLISHED_AT = ("2026-07-20T00:00:00+00:00", "2026-10-19T00:00:00+00:00")
_RECORD_BYTES = 9000
_IS_MISSING = FATES.index(DropReason.HTTP_STATUS)


def write_snapshot(folder: Path, plan: Plan, quarter: int) -> SnapshotManifest:
    summaries = []
    for place in range(len(plan.sites)):
        outcomes, num_captures = _write_tables(folder, plan, quarter, place)
        summaries.append(_summary(plan, quarter, place, outcomes, num_captures))
    files = file_entries(folder, (path for path in folder.rglob("*") if path.is_file()))
    content = snapshot_sha256(files, summaries)
    write_manifest(
        folder,
        {
            "kind": MANIFEST_KIND, "format_version": FORMAT_VERSION,
            "id": f"snapshot-{QUARTERS[quarter]}-{content[:12]}", "quarter": QUARTERS[quarter], "revision": 1,
            "content_sha256": content, "published_at": _PUBLISHED_AT[quarter], "software": {},
            "follows": None if quarter == OLDER else QUARTERS[OLDER], "erasures": [],
            "sites": [asdict(each) for each in summaries], "files": [asdict(entry) for entry in files],
        },
    )  # fmt: skip
    return read_snapshot_manifest(folder)


def _write_tables(folder: Path, plan: Plan, quarter: int, place: int) -> tuple[Counter[str], int]:
    site = make_folder(folder / SITES_FOLDER / plan.sites[place].id)
    captures = _captures(plan, quarter, place)
    outcomes = _outcomes(plan, quarter, place)
    pq.write_table(captures, site / CAPTURES_NAME, compression="zstd")
    pq.write_table(outcomes, site / OUTCOMES_NAME, compression="zstd")
    return Counter(outcomes["outcome"].to_pylist()), captures.num_rows


def _captures(plan: Plan, quarter: int, place: int) -> pa.Table:
    rows = np.flatnonzero((plan.site == place) & plan.is_there[quarter])
    times = page_times(plan, quarter, rows)
    ids, size, is_missing = ids_of(plan.capture_numbers(quarter)[rows]), len(rows), plan.fate[rows] == _IS_MISSING
    columns = {
        "capture_id": ids, "url": plan.urls(quarter).take(rows), "kind": ["page"] * size,
        "status": np.where(is_missing, 404, 200),
        "outcome": pa.array(_outcome_names(plan, quarter, rows), pa.string()),
        "content_type": ["text/html; charset=utf-8"] * size, "etag": pa.nulls(size, pa.string()),
        "last_modified": pa.nulls(size, pa.string()),
        "payload_digest": pc.binary_join_element_wise("sha1:", ids, ids, ""),
        "body_sha256": pc.binary_join_element_wise(ids, ids, ids, ids, ""),
        "warc_file": [f"{plan.sites[place].id}-{QUARTERS[quarter]}-00000.warc.gz"] * size,
        "warc_offset": np.arange(size) * _RECORD_BYTES, "warc_length": np.full(size, _RECORD_BYTES),
        "fetched_at": times["fetched_at"], "first_seen": times["first_seen"], "last_changed": times["bytes_changed"],
        "withheld": pa.nulls(size, pa.string()), "truncated": pa.nulls(size, pa.string()),
        "first_url": first_urls(plan, quarter, rows),
    }  # fmt: skip
    return pa.table(columns).cast(capture_schema())


def _outcomes(plan: Plan, quarter: int, place: int) -> pa.Table:
    """Of pages that are there, that are gone, and of the old addresses of those that moved; in order of the address."""
    at_site = (plan.site == place) & (plan.fate != _IS_MISSING)
    there = np.flatnonzero(at_site & plan.is_there[quarter])
    parts = [_outcome_rows(plan, quarter, there, plan.urls(quarter), _outcome_names(plan, quarter, there))]
    if quarter == NEWER:
        gone = np.flatnonzero(at_site & ~plan.is_there[NEWER])
        moved = np.flatnonzero(at_site & plan.is_there[NEWER] & plan.is_moved)
        parts.append(_outcome_rows(plan, quarter, gone, plan.first_urls, [Outcome.GONE] * len(gone)))
        rows = _outcome_rows(plan, quarter, moved, plan.first_urls, [Outcome.MOVED] * len(moved))
        parts.append(rows.set_column(rows.schema.get_field_index("moved_to"), "moved_to",
                                     plan.urls(quarter).take(moved)))  # fmt: skip
    return pa.concat_tables(part.cast(outcome_schema()) for part in parts).sort_by("url")


def _outcome_rows(
    plan: Plan, quarter: int, rows: NDArray[np.int64], urls: pa.Array, outcomes: list[str | None]
) -> pa.Table:  # fmt: skip
    times, size = page_times(plan, quarter, rows), len(rows)
    is_old = [outcome == Outcome.UNCHANGED for outcome in outcomes]
    has_capture = pa.array([outcome != Outcome.GONE for outcome in outcomes], pa.bool_())
    captures = pc.if_else(has_capture, ids_of(plan.capture_numbers(quarter)[rows]), pa.scalar(None, pa.string()))
    return pa.table(
        {
            "url": urls.take(rows), "outcome": pa.array(outcomes, pa.string()), "reason": pa.nulls(size, pa.string()),
            "since": pa.array([QUARTERS[OLDER if each else quarter] for each in is_old], pa.string()),
            "first_url": first_urls(plan, quarter, rows), "moved_to": pa.nulls(size, pa.string()),
            "first_seen": times["first_seen"], "last_changed": times["bytes_changed"], "capture_id": captures,
            "depth": rows % 6, "lastmod": pa.nulls(size, pa.string()),
        }
    )  # fmt: skip


def _outcome_names(plan: Plan, quarter: int, rows: NDArray[np.int64]) -> list[str | None]:
    if quarter == OLDER:
        return [Outcome.NEW] * len(rows)
    pairs = zip(plan.change[rows].tolist(), plan.is_moved[rows].tolist(), strict=True)
    return [
        Outcome.MOVED if is_moved
        else Outcome.NEW if change == NEW
        else Outcome.UNCHANGED if change == SAME
        else Outcome.CHANGED
        for change, is_moved in pairs
    ]  # fmt: skip


def _summary(plan: Plan, quarter: int, place: int, outcomes: Counter[str], num_captures: int) -> SiteSummary:
    site, at_site = plan.sites[place], plan.site == place
    is_newer = quarter == NEWER
    return SiteSummary(
        site=site.id, name=site.name, official_name=site.official_name, kind=site.kind, region=site.region,
        area=site.label, state=TerminalState.COMPLETE, reason=None,
        num_pages=num_captures - int(np.sum(at_site & plan.is_there[quarter] & (plan.fate == _IS_MISSING))),
        num_captures=num_captures, robots_verdict="rules", robots_date=_PUBLISHED_AT[quarter],
        num_before=int(np.sum(at_site & plan.is_there[OLDER])) if is_newer else 0,
        num_lost=outcomes[Outcome.GONE], outcomes=dict(sorted(outcomes.items())),
        follows=QUARTERS[OLDER] if is_newer else None,
    )  # fmt: skip
