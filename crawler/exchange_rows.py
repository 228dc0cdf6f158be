"""The rows that an exchange leaves in a site's frontier: one in the ledger of requests, and a capture.

In: a lease, an answer or an error, the place of its record. Out: rows. To be called inside a transaction.
"""

import datetime
import hashlib
import sqlite3

from crawler.frontier import ROBOTS, Lease
from crawler.net.answers import Answer
from crawler.politeness import now
from crawler.warc.archive import RecordPlace


def record_exchange(
    db: sqlite3.Connection, lease: Lease, answer: Answer, place: RecordPlace, pause_s: float | None
) -> None:
    """What was asked and came back, whatever it was."""
    exchange = answer.exchange
    db.execute(
        "insert into request (url_id, time, method, url, address, status, bytes, seconds, pause_s, robots_verdict,"
        " warc_file, warc_offset, warc_end) values (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (lease.id, exchange.started_at.isoformat(), exchange.method, lease.url, exchange.address,
         304 if answer.is_archived else answer.status,
         len(exchange.response), round(answer.seconds, 3), pause_s, _verdict(lease), place.file, place.offset,
         place.end),
    )  # fmt: skip


def record_failure(
    db: sqlite3.Connection, lease: Lease, error: str, address: str | None, pause_s: float | None
) -> None:
    """What was asked and brought nothing."""
    at = datetime.datetime.fromtimestamp(now(), datetime.UTC).isoformat()
    db.execute(
        "insert into request (url_id, time, method, url, address, bytes, pause_s, robots_verdict, error)"
        " values (?, ?, 'GET', ?, ?, 0, ?, ?, ?)",
        (lease.id, at, lease.url, address, pause_s, _verdict(lease), error),
    )


def record_capture(
    db: sqlite3.Connection, lease: Lease, answer: Answer, place: RecordPlace, withheld: str | None,
    revisit: str | None = None,
) -> None:  # fmt: skip
    """What is kept of an answer; without a body where there is a reason to withhold it, or an earlier record has it."""
    headers, exchange = answer.headers, answer.exchange
    body_sha256 = "" if withheld else hashlib.sha256(answer.body).hexdigest()
    db.execute(
        "insert into capture (url_id, url, kind, status, content_type, etag, last_modified, payload_digest,"
        " body_sha256, warc_file, warc_offset, warc_length, fetched_at, withheld, truncated, revisit)"
        " values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (lease.id, lease.url, lease.kind, answer.status, headers.get("content-type"), headers.get("etag"),
         headers.get("last-modified"), place.payload_digest, body_sha256, place.file, place.offset, place.length,
         exchange.started_at.isoformat(), withheld, exchange.truncated or answer.problem, revisit),
    )  # fmt: skip


def _verdict(lease: Lease) -> str | None:
    """Nothing is asked for without the permission of robots.txt, but robots.txt itself."""
    return None if lease.kind == ROBOTS else "allowed"
