import datetime
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler import frontier as states
from crawler.frontier import Found, Frontier
from crawler.publishing import Publication, publish
from crawler.register import Network, Site
from crawler.snapshot import (
    Capture,
    DamagedRecordError,
    TerminalState,
    read_body,
    read_captures,
    read_snapshot_manifest,
    verify,
)
from crawler.telling.outcome import terminal_state
from crawler.warc.archive import Exchange, WarcSeries
from foundation.errors import BrokenRunError, NeedsPersonError
from foundation.manifests import MANIFEST_NAME

BODY = "<p>Ærlig talt</p>".encode()


def fetch(frontier: Frontier, status: int | None = 200, *, kind: str = "page", place: Any = None,
          error: str | None = None) -> None:  # fmt: skip
    """Rows as a crawl leaves them."""
    now = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC).isoformat()
    frontier.db.execute(
        "insert into request (url_id, time, method, url, status, bytes, error, warc_file, warc_offset)"
        " values (1, ?, 'GET', 'http://nordby.test/', ?, 0, ?, ?, ?)",
        (now, status, error, place.file if place else None, place.offset if place else None),
    )
    if status is not None:
        frontier.db.execute(
            "insert into capture (url_id, url, kind, status, payload_digest, body_sha256, warc_file, warc_offset,"
            " warc_length, fetched_at) values (1, 'http://nordby.test/', ?, ?, ?, ?, ?, ?, ?, ?)",
            (kind, status, place.payload_digest if place else "sha1:x", hashlib.sha256(BODY).hexdigest(),
             place.file if place else "f", place.offset if place else 0, place.length if place else 0, now),
        )  # fmt: skip


def wait(frontier: Frontier) -> None:
    frontier.add(["http://nordby.test/a"], Found(priority=states.PRIORITY_LINK))


def closed_by_robots(frontier: Frontier) -> None:
    fetch(frontier, 200, kind="robots")
    wait(frontier)
    lease = frontier.lease(0)
    assert lease
    frontier.settle(lease, states.EXCLUDED, reason="robots.txt")


def robots_unreachable(frontier: Frontier) -> None:
    fetch(frontier, 503, kind="robots")
    wait(frontier)
    frontier.set_robots("http://nordby.test", verdict="unreachable", text="", fetched_at="2026-01-01T00:00:00+00:00")
    frontier.set_fact("stopped", "robots.txt of nordby.test cannot be reached")


def stopped(frontier: Frontier) -> None:
    fetch(frontier)
    wait(frontier)
    frontier.set_fact("stopped", "5 failures in a row, the last: status 503")


def dead(frontier: Frontier) -> None:
    fetch(frontier, None, error="Connection refused")
    frontier.set_fact("stopped", "robots.txt of nordby.test cannot be reached")


@pytest.mark.parametrize(
    ("story", "state", "reason"),
    [
        ([fetch], TerminalState.COMPLETE, None),
        ([fetch, wait], TerminalState.UNFINISHED, "1 URLs wait; type the crawl again"),
        ([stopped], TerminalState.PARTIAL, "5 failures in a row, the last: status 503"),
        ([dead], TerminalState.DEAD, "Connection refused"),
        ([closed_by_robots], TerminalState.ROBOTS_CLOSED, "robots.txt allows no page of it"),
        ([robots_unreachable], TerminalState.ROBOTS_CLOSED, "robots.txt of nordby.test cannot be reached"),
        ([lambda frontier: fetch(frontier, 404)], TerminalState.EMPTY, "it answered, but with no page of its own"),
    ],
    ids=["complete", "unfinished", "partial", "dead", "robots-closed", "robots-unreachable", "empty"],
)
def test_terminal_state_tells_how_a_site_ended(
    story: list[Callable[[Frontier], None]], state: TerminalState, reason: str | None, frontier: Frontier,
    make_site: Callable[..., Site],
) -> None:  # fmt: skip
    for happens in story:
        happens(frontier)
    assert (state, reason) == terminal_state(frontier.db, make_site())


def test_area_without_a_known_prefix_says_so(frontier: Frontier, make_site: Callable[..., Site]) -> None:
    fetch(frontier, 404)
    state, reason = terminal_state(frontier.db, make_site(prefixes=("/a/",), has_known_prefix=False))
    assert state == TerminalState.EMPTY
    assert reason and reason.startswith("none of the area's prefixes")


def publish_site_of(snapshot: Path, site: Site, frontier: Frontier) -> None:
    frontiers = [(site, frontier.path.parent)]
    publish(Publication(snapshot=snapshot, quarter="2020Q1", network=Network(), frontiers=frontiers))


@pytest.fixture
def snapshot(tmp_path: Path, frontier: Frontier, make_site: Callable[..., Site]) -> Path:
    """A published snapshot of one page."""
    folder = tmp_path / "2020Q1" / "sites" / "9001"
    warc = WarcSeries(folder, "9001-2020Q1", {}, {})
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
    exchange = Exchange(url="http://nordby.test/", method="GET", request=b"GET / HTTP/1.1\r\n\r\n", response=response,
                        address="127.0.1.1", started_at=datetime.datetime.now(datetime.UTC))  # fmt: skip
    fetch(frontier, place=warc.write(exchange))
    warc.close()
    frontier.add(["http://nordby.test/"], Found(priority=states.PRIORITY_SEED))
    lease = frontier.lease(0)
    assert lease
    frontier.settle(lease, states.DONE, status=200)
    publish_site_of(tmp_path / "2020Q1", make_site(), frontier)
    return tmp_path / "2020Q1"


def test_damaged_archive_is_not_published(snapshot: Path, frontier: Frontier, make_site: Callable[..., Site]) -> None:
    (snapshot / MANIFEST_NAME).unlink()
    path = next((snapshot / "sites" / "9001").glob("*.warc.gz"))
    whole = path.read_bytes()
    path.write_bytes(whole[:400] + bytes([whole[400] ^ 1]) + whole[401:])
    expected = rf"not published: the archive of Nordby is damaged: {path} at .*2020Q1 --only 9001 --fresh"
    with pytest.raises(NeedsPersonError, match=expected):
        publish_site_of(snapshot, make_site(), frontier)
    assert not (snapshot / MANIFEST_NAME).exists()


def test_published_snapshot_is_read_back(snapshot: Path) -> None:
    manifest = read_snapshot_manifest(snapshot)
    assert (
        manifest.quarter, manifest.revision, manifest.sites[0].state, manifest.sites[0].num_pages
    ) == ("2020Q1", 1, "complete", 1)  # fmt: skip
    (capture,) = read_captures(snapshot, "9001")
    assert read_body(snapshot / "sites" / "9001", capture) == BODY
    assert datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC) == capture.fetched_at == capture.first_seen
    assert verify(snapshot) == []


def test_record_that_cannot_be_read_is_damaged(snapshot: Path) -> None:
    folder = snapshot / "sites" / "9001"
    (capture,) = read_captures(snapshot, "9001")
    path = folder / capture.warc_file
    whole = path.read_bytes()
    for broken in (whole[: capture.warc_offset], whole[: capture.warc_offset + 40], b"\0" * len(whole), b""):
        path.write_bytes(broken)
        with pytest.raises(DamagedRecordError, match=capture.warc_file):
            read_body(folder, capture)
    path.unlink()
    with pytest.raises(DamagedRecordError, match="No such file"):
        read_body(folder, capture)


def test_body_that_is_not_the_captured_one_is_damaged(snapshot: Path) -> None:
    (capture,) = read_captures(snapshot, "9001")
    other = Capture(**(vars(capture) | {"body_sha256": "0" * 64}))
    with pytest.raises(DamagedRecordError, match=r"00000\.warc\.gz at [0-9]+: the body is not the one captured"):
        read_body(snapshot / "sites" / "9001", other)


def test_verify_names_each_file_that_is_not_as_published(snapshot: Path) -> None:
    folder = snapshot / "sites" / "9001"
    (folder / "captures.parquet").unlink()
    warc = next(folder.glob("*.warc.gz"))
    warc.write_bytes(warc.read_bytes() + b"x")
    complaints = verify(snapshot)
    assert any(line.startswith(f"{folder / 'captures.parquet'}") and line.endswith("missing") for line in complaints)
    assert any(line.startswith(str(warc)) and "recorded" in line for line in complaints)


def test_table_or_manifest_that_cannot_be_read_is_one_sentence(snapshot: Path) -> None:
    (snapshot / "sites" / "9001" / "captures.parquet").write_bytes(b"PAR1 not")
    with pytest.raises(BrokenRunError, match=r"captures.parquet: cannot be read .* tvaerkom snapshot verify 2020Q1"):
        read_captures(snapshot, "9001")
    (snapshot / MANIFEST_NAME).write_text("{")
    with pytest.raises(BrokenRunError, match="not readable as JSON"):
        read_snapshot_manifest(snapshot)


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([fetch, wait], r"1 of 1 sites are not finished: Nordby \(1 URLs wait.*Run: tvaerkom crawl 2020Q1"),
        ([dead], "no site of 2020Q1 gave a page. Run: tvaerkom snapshot status 2020Q1"),
    ],
)
def test_unfinished_crawl_is_not_published(
    story: list[Callable[[Frontier], None]], expected: str, tmp_path: Path, frontier: Frontier,
    make_site: Callable[..., Site],
) -> None:  # fmt: skip
    for happens in story:
        happens(frontier)
    with pytest.raises(NeedsPersonError, match=expected):
        publish_site_of(tmp_path / "2020Q1", make_site(), frontier)
    assert not (tmp_path / "2020Q1" / MANIFEST_NAME).exists()
