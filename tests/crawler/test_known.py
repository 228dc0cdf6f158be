"""What last quarter's snapshot knows, from tables of this version and of the one before."""

import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler.frontier import Frontier
from crawler.refresh.known import Known, known_url, read_known, remember
from crawler.snapshot import capture_schema

DAY = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)


def capture(name: str, **differences: Any) -> dict[str, Any]:
    return {
        "capture_id": f"id-{name}", "url": f"http://nordby.test/{name}", "kind": "page", "status": 200, "outcome": None,
        "content_type": "text/html", "etag": '"1"', "last_modified": None, "payload_digest": "sha1:x",
        "body_sha256": "b", "warc_file": "f", "warc_offset": 10, "warc_length": 20, "fetched_at": DAY,
        "first_seen": DAY, "last_changed": DAY, "withheld": None, "truncated": None,
    } | differences  # fmt: skip


@pytest.fixture
def of_format_1(tmp_path: Path) -> Path:
    """A snapshot that has no outcomes and no first addresses."""
    folder = tmp_path / "2025Q4" / "sites" / "9001"
    folder.mkdir(parents=True)
    schema = pa.schema([field for field in capture_schema() if field.name != "first_url"])
    rows = [
        capture("a"), capture("b", status=404), capture("c", withheld="noindex: x", body_sha256=""),
        capture("robots.txt", kind="robots"),
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "captures.parquet")
    return tmp_path / "2025Q4"


def test_snapshot_of_format_1_can_be_refreshed(of_format_1: Path, frontier: Frontier) -> None:
    (known,) = read_known(of_format_1, "9001").values()
    assert (known.key, known.outcome, known.since, known.is_live) == ("nordby.test/a", "new", "2025Q4", True)
    assert (known.etag, known.warc_offset, known.fetched_at) == ('"1"', 10, DAY)
    remember(frontier, of_format_1, "9001", "2026Q1", {"validators_off": None, "second_pass_at": "1"})
    assert known_url(frontier.db, "nordby.test/a") == known
    assert (frontier.fact("follows"), frontier.fact("second_pass_at")) == ("2025Q4", "1")
    lease = frontier.lease(0)
    assert lease and lease.url == "http://nordby.test/a"


@pytest.mark.parametrize(
    ("outcome", "since", "reason", "is_live", "is_due"),
    [
        ("unchanged", "2026Q1", None, True, True),
        ("orphan", "2026Q1", None, True, True),
        ("orphan", "2025Q4", None, True, False),
        ("gone", "2026Q1", "status 404", False, True),
        ("gone", "2025Q4", "status 404", False, False),
        ("gone", "2026Q1", "status 410", False, False),
        ("excluded", "2026Q1", "noindex: x", False, False),
        ("stale", "2026Q1", "status 500", True, True),
        ("stale", "2025Q3", "status 500", False, True),
        ("stale", "2025Q1", "status 500", False, False),
    ],
)
def test_which_urls_are_visited_again(
    outcome: str, since: str, reason: str | None, is_live: bool, is_due: bool
) -> None:  # fmt: skip
    known = Known(
        key="k", url="u", outcome=outcome, reason=reason, since=since, first_url=None, moved_to=None, first_seen=DAY,
        last_changed=DAY, depth=1, lastmod=None, capture_id="id" if is_live else None,
    )  # fmt: skip
    assert known.is_due("2026Q2", "2026Q1") is is_due
