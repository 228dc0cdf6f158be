"""From frontiers to a published snapshot: how each site ended, its tables, and the manifest that makes it complete.

In: frontiers that are done, and the folders of their archives. Out: `captures.parquet`, `requests.parquet`, the
manifest. The gates per site against last quarter are not here yet; what is read back stands in snapshot.py.
"""

import datetime
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crawler.frontier import counted
from crawler.register import Site
from crawler.snapshot import (
    CAPTURES_NAME,
    FORMAT_VERSION,
    OPEN_SUFFIX,
    REQUESTS_NAME,
    SITES_FOLDER,
    Capture,
    SiteSummary,
    SnapshotManifest,
    TerminalState,
    capture_schema,
    read_snapshot_manifest,
)  # fmt: skip
from crawler.telling.outcome import terminal_state
from crawler.telling.reading import facts_of, frontier_read
from foundation.errors import NeedsPersonError
from foundation.files import sha256_of_text, written_aside
from foundation.manifests import file_entries, write_manifest
from foundation.progress import progress


def close_site(folder: Path, site: Site, db: sqlite3.Connection) -> None:
    """Write a site's tables from its frontier; they may be written again until the snapshot is published."""
    import pyarrow as pa  # 44 MB that a crawl needs at its end only
    import pyarrow.parquet as pq

    rows = [_capture_row(site.id, row) for row in _rows(db, "capture")]
    ledger = [{name: row[name] for name in _LEDGER_COLUMNS} for row in _rows(db, "request")]
    for row in ledger:
        row["time"] = datetime.datetime.fromisoformat(row["time"])
    for name, schema, content in (
        (CAPTURES_NAME, capture_schema(), rows),
        (REQUESTS_NAME, _ledger_schema(), ledger),
    ):
        with written_aside(folder / name) as aside:
            pq.write_table(pa.Table.from_pylist(content, schema=schema), aside, compression="zstd")


def publish(snapshot: Path, quarter: str, frontiers: Sequence[tuple[Site, Path]]) -> SnapshotManifest:
    """Write the manifest that makes a snapshot complete.

    Args:
        frontiers: the sites of the crawl, each with the folder of its frontier.

    Raises:
        NeedsPersonError: a site is not finished, no site gave a page, or an archive is damaged.
    """
    summaries = [_summary(snapshot, site, folder) for site, folder in frontiers]
    unfinished = [f"{each.name} ({each.reason})" for each in summaries if each.state == TerminalState.UNFINISHED]
    if unfinished:
        raise NeedsPersonError(
            f"not published: {len(unfinished)} of {len(summaries)} sites are not finished: "
            f"{'; '.join(unfinished[:5])}. "
            f"Run: tvaerkom crawl {quarter}"
        )
    if not any(each.num_pages for each in summaries):
        raise NeedsPersonError(
            f"not published: no site of {quarter} gave a page. Run: tvaerkom snapshot status {quarter}"
        )
    folders = [snapshot / SITES_FOLDER / site.id for site, _ in frontiers]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".tmp"]
    if any(path.suffix == OPEN_SUFFIX for path in paths):  # killed before its files were closed
        raise NeedsPersonError(f"not published: the last crawl was cut off. Run: tvaerkom crawl {quarter}")
    _check_archives(snapshot, quarter, [site for site, _ in frontiers])
    files = file_entries(snapshot, paths)
    listed = [asdict(each) for each in summaries]
    # the summaries too: a corpus is made from them as well as from the files
    content = sha256_of_text(*(f"{entry.path} {entry.sha256}" for entry in files), json.dumps(listed, sort_keys=True))
    write_manifest(
        snapshot,
        {
            "kind": "snapshot", "format_version": FORMAT_VERSION, "id": f"snapshot-{quarter}-{content[:12]}",
            "quarter": quarter, "revision": 1, "content_sha256": content,
            "published_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "software": {name: version(name) for name in ("tvaerkom", "scrapy", "warcio")},
            "sites": listed, "files": [asdict(entry) for entry in files],
        },
    )  # fmt: skip
    return read_snapshot_manifest(snapshot)


def _check_archives(snapshot: Path, quarter: str, sites: Sequence[Site]) -> None:
    """What is published is hashed and never changed, so a damage is to be found before."""
    from crawler.warc.checking import check_site

    with progress(f"check {quarter}", unit="records") as meter:
        for site in sites:
            if complaints := check_site(snapshot / SITES_FOLDER / site.id, site.id, meter):
                others = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
                raise NeedsPersonError(
                    f"not published: the archive of {site.name} is damaged: {complaints[0]}{others}. Restore the file "
                    f"from a backup, or begin the site anew: tvaerkom crawl {quarter} --only {site.id} --fresh"
                )


_LEDGER_COLUMNS = (
    "time", "method", "url", "address", "status", "bytes", "seconds", "pause_s", "robots_verdict", "error",
    "warc_file", "warc_offset",
)  # fmt: skip


def _ledger_schema() -> Any:
    import pyarrow as pa

    kinds = {
        "time": pa.timestamp("us", tz="UTC"), "status": pa.int64(), "bytes": pa.int64(), "seconds": pa.float64(),
        "pause_s": pa.float64(), "warc_offset": pa.int64(),
    }  # fmt: skip
    return pa.schema([pa.field(name, kinds.get(name, pa.string())) for name in _LEDGER_COLUMNS])


def _rows(db: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    cursor = db.execute(f"select * from {table} order by id")
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def _capture_row(site: str, row: dict[str, Any]) -> dict[str, Any]:
    fetched_at = datetime.datetime.fromisoformat(row["fetched_at"])
    kept = {name: row[name] for name in Capture.__annotations__ if name in row}
    return kept | {
        "capture_id": sha256_of_text(site, row["warc_file"], str(row["warc_offset"]))[:16],
        "outcome": None, "fetched_at": fetched_at, "first_seen": fetched_at, "last_changed": fetched_at,
    }  # fmt: skip


def _summary(snapshot: Path, site: Site, folder: Path) -> SiteSummary:
    """How a site stands; its tables are written once more, for a kill may have left those of an earlier start."""
    with frontier_read(folder) as db:
        close_site(snapshot / SITES_FOLDER / site.id, site, db)
        state, reason = terminal_state(db, site)
        robots = db.execute("select verdict, fetched_at from robots order by origin limit 1").fetchone()
        return SiteSummary(
            site=site.id, name=site.name, official_name=site.official_name, kind=site.kind, region=site.region,
            area=site.label, state=state, reason=reason, num_pages=counted(db)["pages"],
            num_captures=db.execute("select count(*) from capture").fetchone()[0],
            robots_verdict=robots[0] if robots else None, robots_date=robots[1] if robots else None,
            reservation=facts_of(db).get("reservation"),
        )  # fmt: skip
