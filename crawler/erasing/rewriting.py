"""One site's archive written anew without what is covered: WARC files, tables, and the frontiers that point into it.

In: an archive and its `Inspection`. Out: new files, written aside, to be put in their places at once (Replacement).
The gzip members of records that stay are copied byte for byte, and captures keep their ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.erasing.archives import Archive
from crawler.erasing.frontier_rows import FrontierChange, Shift, count_covered, rewrite
from crawler.erasing.inspecting import TABLES, Inspection, row_is_dropped, table_rows
from crawler.erasing.showing import SiteMatcher
from crawler.snapshot import CAPTURES_NAME, OPEN_SUFFIX, OUTCOMES_NAME, Outcome
from crawler.warc.records import ERASED
from foundation.erasures import Matcher
from foundation.files import READ_BLOCK_BYTES
from foundation.revisions import Replacement


@dataclass(kw_only=True)
class SiteLoss:
    """What an archive lost, for the counts in the manifest.

    Attributes:
        outcomes: outcome -> how many rows fewer (or, below zero, more) have it.
        traces: file -> kind -> how many things went.
    """

    num_captures: int = 0
    num_pages: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    traces: dict[Path, dict[str, int]] = field(default_factory=dict)


def stage(
    archive: Archive, found: Inspection, matcher: Matcher, change: Replacement, erasure_id: str
) -> tuple[SiteLoss, dict[str, Shift]]:
    """Write the new files of an archive aside; also gives where its records lie then."""
    loss = SiteLoss()
    of_site = SiteMatcher(matcher, archive.site)
    shifts = {name: Shift(removed) for name, removed in found.removed.items()}
    for path in archive.warc_files():
        if removed := found.removed.get(path.name.removesuffix(OPEN_SUFFIX)):
            with change.replacing(path) as aside:
                copy_without(path, aside, removed)
            loss.traces[path] = {"WARC record": len(removed)}
    gone_ids: set[str] = set()
    for name in TABLES:
        path = archive.folder / name
        if path.exists():
            _stage_table(path, found, of_site, shifts, gone_ids, loss, change)
    if archive.frontier:
        num_rows = count_covered(archive.frontier, of_site, found.covers_place)
        if num_rows or shifts:
            new = FrontierChange(
                matcher=of_site, removed=found.covers_place, own_shifts=shifts, erasures=[erasure_id]
            )  # fmt: skip
            stage_frontier(archive.frontier, change, new)
            loss.traces[archive.frontier] = {"frontier row": num_rows} if num_rows else {}
    return loss, shifts


def stage_frontier(path: Path, change: Replacement, new: FrontierChange) -> None:
    """Its log of changes goes first: it belongs to the old file."""
    with change.replacing(path) as aside:
        rewrite(path, aside, new)
    for suffix in ("-wal", "-shm"):
        change.removing(path.with_name(path.name + suffix))


def copy_without(path: Path, aside: Path, removed: Mapping[int, int]) -> None:
    """Copy a file without some stretches of it."""
    with path.open("rb") as source, aside.open("wb") as target:
        aside.chmod(path.stat().st_mode & 0o777)
        position = 0
        for offset, length in [*sorted(removed.items()), (path.stat().st_size, 0)]:
            source.seek(position)
            left = offset - position
            while left > 0:
                block = source.read(min(READ_BLOCK_BYTES, left))
                left -= len(block)
                target.write(block)
            position = offset + length


def _stage_table(
    path: Path, found: Inspection, matcher: SiteMatcher, shifts: Mapping[str, Shift], gone_ids: set[str],
    loss: SiteLoss, change: Replacement,
) -> None:  # fmt: skip
    """Drop rows, and shift places."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = list(table_rows(path))
    kept = [not row_is_dropped(matcher, found, row) for row in rows]
    gone = [row for row, is_kept in zip(rows, kept, strict=True) if not is_kept]
    is_shifted = any(row.get("warc_file") in shifts for row in rows)
    lost = [row for row, is_kept in zip(rows, kept, strict=True) if is_kept and _has_lost(path, row, gone_ids)]
    if path.name == CAPTURES_NAME:
        gone_ids |= {row["capture_id"] for row in gone}
    if not gone and not is_shifted and not lost:
        return
    table = pq.read_table(path).filter(pa.array(kept, pa.bool_()))
    if "warc_offset" in table.column_names:
        places = zip(table["warc_file"].to_pylist(), table["warc_offset"].to_pylist(), strict=True)
        offsets = [shifts[file].new(offset) if file in shifts else offset for file, offset in places]
        table = _with(table, "warc_offset", offsets)
    if path.name == OUTCOMES_NAME:
        table = _count_outcomes(table, path, gone_ids, loss)
    elif path.name == CAPTURES_NAME:
        loss.num_captures = len(gone)
        if not (path.parent / OUTCOMES_NAME).exists():
            still = _pages(row for row, is_kept in zip(rows, kept, strict=True) if is_kept)
            loss.num_pages = len(_pages(rows) - still)
    with change.replacing(path) as aside:
        pq.write_table(table, aside, compression="zstd")
    if gone or lost:
        loss.traces[path] = {TABLES[path.name]: len(gone) + len(lost)}


def _has_lost(path: Path, row: Mapping[str, Any], gone_ids: set[str]) -> bool:
    return path.name == OUTCOMES_NAME and row["capture_id"] in gone_ids


def _pages(rows: Any) -> set[str]:
    """Addresses of kept pages."""
    return {
        row["url"] for row in rows if row["kind"] == "page" and row["status"] == 200 and row.get("withheld") is None
    }  # fmt: skip


def _count_outcomes(table: Any, path: Path, gone_ids: set[str], loss: SiteLoss) -> Any:
    """A URL that stays but lost its capture is excluded as erased; counts what changed."""
    import pyarrow.parquet as pq

    ids = table["capture_id"].to_pylist()
    lost = [each in gone_ids for each in ids]
    before = pq.read_table(path, columns=["outcome", "capture_id"])
    loss.num_pages = sum(each is not None for each in before["capture_id"].to_pylist()) - sum(
        each is not None and not is_lost for each, is_lost in zip(ids, lost, strict=True)
    )
    for name, new in (
        ("capture_id", None), ("outcome", str(Outcome.EXCLUDED)), ("reason", ERASED),
    ):  # fmt: skip
        old = table[name].to_pylist()
        table = _with(table, name, [new if is_lost else each for each, is_lost in zip(old, lost, strict=True)])
    counts: dict[str, int] = {}
    for sign, column in ((1, before["outcome"].to_pylist()), (-1, table["outcome"].to_pylist())):
        for outcome in column:
            counts[outcome] = counts.get(outcome, 0) + sign
    loss.outcomes = {outcome: number for outcome, number in counts.items() if number}
    return table


def _with(table: Any, name: str, values: list[Any]) -> Any:
    import pyarrow as pa

    number = table.schema.get_field_index(name)
    return table.set_column(number, table.schema.field(number), pa.array(values, table.schema.field(number).type))
