"""The tables of one site in a snapshot: captures, outcomes, and the ledger of requests.

In: a frontier whose crawl has ended, what became of each URL (refresh/outcomes.py), and where carried records lie. Out:
`captures.parquet`, `outcomes.parquet`, `requests.parquet`. Decides nothing.
"""

import datetime
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crawler.frontier import PAGE
from crawler.refresh.carried import Place
from crawler.refresh.known import Known
from crawler.refresh.outcomes import Judged, first_url_of
from crawler.snapshot import (
    CAPTURES_NAME,
    OUTCOMES_NAME,
    REQUESTS_NAME,
    Capture,
    Outcome,
    UrlOutcome,
    capture_schema,
    outcome_schema,
)  # fmt: skip
from foundation.files import sha256_of_text, written_aside


def write_tables(
    folder: Path, site: str, db: sqlite3.Connection | None, judged: Mapping[str, Judged],
    carried: Mapping[Place, tuple[str, int]], *, with_pages: bool,
) -> int:  # fmt: skip
    """Write a site's tables, and give the number of captures; they may be written again until it is published.

    Args:
        db: None where the site was not visited this quarter.
        with_pages: whether the pages of this quarter are published; else only those of last quarter are.
    """
    captures = list(_captures(site, db, judged, carried, with_pages=with_pages)) if db else []
    by_url = {capture["key"]: capture for capture in captures if capture.pop("holds")}
    for key, each in sorted(judged.items()):
        if each.holds_known and each.known and key not in by_url:
            by_url[key] = _carried_row(site, each, each.known, carried)
            captures.append(by_url[key])
    outcomes = [asdict(_outcome(each, by_url.get(key))) for key, each in judged.items()]
    for capture in captures:
        del capture["key"]
    _write(folder / CAPTURES_NAME, captures, capture_schema())
    _write(folder / OUTCOMES_NAME, outcomes, outcome_schema())
    _write(folder / REQUESTS_NAME, _ledger(db) if db else [], _ledger_schema())
    return len(captures)


def place_of(known: Known) -> Place:
    """Where last quarter's archive has its body."""
    return known.warc_file or "", known.warc_offset or 0, known.warc_length or 0


def _captures(
    site: str, db: sqlite3.Connection, judged: Mapping[str, Judged], carried: Mapping[Place, tuple[str, int]], *,
    with_pages: bool,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    keys = dict(db.execute("select id, key from url"))
    last = dict(db.execute("select url_id, max(id) from capture where kind = 'page' group by url_id"))
    for row in _rows(db, "capture"):
        key = keys.get(row["url_id"], "")
        is_last = last.get(row["url_id"]) == row["id"]
        each = judged.get(key) if is_last else None
        holds = each is not None and (each.holds_known if row["revisit"] else each.holds_found)
        if row["kind"] == PAGE and not (with_pages and (holds or _may_stand(row, judged.get(key)))):
            continue
        kept = {name: row[name] for name in Capture.__annotations__ if name in row}
        if holds and row["revisit"] and each and each.known:
            place = place_of(each.known)
            kept["warc_file"], kept["warc_offset"] = carried[place]
            kept["warc_length"] = place[2]
        if each is not None and each.holds_known and not holds:
            each = None  # the outcome stands on the capture that is carried on
        yield _dated(site, kept, each) | {"key": key, "holds": holds}


def _may_stand(row: Mapping[str, Any], judged: Judged | None) -> bool:
    """Whether a row that does not hold the page is kept as evidence: it has no body that may not be there."""
    if row["revisit"]:
        return False
    has_body = row["status"] == 200 and row["withheld"] is None
    return not has_body or judged is None or judged.is_kept


def _dated(site: str, row: dict[str, Any], judged: Judged | None) -> dict[str, Any]:
    fetched_at = datetime.datetime.fromisoformat(row["fetched_at"])
    first_seen = last_changed = fetched_at
    if judged is not None:
        source = judged.source or judged.known
        first_seen = (source.first_seen if source else None) or fetched_at
        is_same = judged.holds_known or judged.outcome is Outcome.UNCHANGED
        last_changed = (judged.known.last_changed if judged.known and is_same else None) or fetched_at
    return row | {
        "capture_id": _capture_id(site, row), "fetched_at": fetched_at, "first_seen": first_seen,
        "last_changed": last_changed, "outcome": judged.outcome if judged else None,
        "first_url": first_url_of(judged) if judged and judged.is_kept else None,
    }  # fmt: skip


def _carried_row(
    site: str, judged: Judged, known: Known, carried: Mapping[Place, tuple[str, int]]
) -> dict[str, Any]:  # fmt: skip
    """The capture of a page that was not fetched this quarter."""
    place = place_of(known)
    file, offset = carried[place]
    row: dict[str, Any] = {
        "url": known.url, "kind": PAGE, "status": 200, "outcome": judged.outcome, "content_type": known.content_type,
        "etag": known.etag, "last_modified": known.last_modified, "payload_digest": known.payload_digest,
        "body_sha256": known.body_sha256, "warc_file": file, "warc_offset": offset, "warc_length": place[2],
        "fetched_at": known.fetched_at, "first_seen": known.first_seen, "last_changed": known.last_changed,
        "withheld": None, "truncated": known.truncated, "first_url": known.first_url, "key": known.key,
    }  # fmt: skip
    return row | {"capture_id": _capture_id(site, row)}


def _capture_id(site: str, row: Mapping[str, Any]) -> str:
    return sha256_of_text(site, row["warc_file"], str(row["warc_offset"]))[:16]


def _outcome(judged: Judged, capture: Mapping[str, Any] | None) -> UrlOutcome:
    source = judged.source or judged.known
    is_kept = judged.is_kept and capture is not None
    held: Mapping[str, Any] = capture if is_kept and capture is not None else {}
    known, found = judged.known, judged.found
    first_url = first_url_of(judged) if is_kept else (known.first_url if known else None)
    return UrlOutcome(
        url=held.get("url") or (found.url if found else known.url if known else ""),
        outcome=judged.outcome, reason=judged.reason, since=judged.since, first_url=first_url,
        moved_to=judged.moved_to, first_seen=held.get("first_seen") or (source.first_seen if source else None),
        last_changed=held.get("last_changed") or (source.last_changed if source else None),
        capture_id=held.get("capture_id"),
        depth=found.depth if found else known.depth if known else 0,
        lastmod=(found.lastmod if found else None) or (known.lastmod if known else None),
    )  # fmt: skip


def _write(path: Path, rows: Iterable[Mapping[str, Any]], schema: Any) -> None:
    import pyarrow as pa  # 44 MB that a crawl needs at its end only
    import pyarrow.parquet as pq

    with written_aside(path) as aside:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), aside, compression="zstd")


def _ledger(db: sqlite3.Connection) -> list[dict[str, Any]]:
    rows = [{name: row[name] for name in _LEDGER_COLUMNS} for row in _rows(db, "request")]
    for row in rows:
        row["time"] = datetime.datetime.fromisoformat(row["time"])
    return rows


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
