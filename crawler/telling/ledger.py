"""Every request to one site, as it was sent.

In: a site, and the quarters there are. Out: the quarters in which it was visited, `SentRequest` for each request, and
`Traffic`, the sum of a quarter. Published quarters are read from their tables, unfinished ones from the frontier.
Writes nothing.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.frontier import FRONTIER_NAME
from crawler.snapshot import REQUESTS_NAME, SITES_FOLDER
from crawler.telling.reading import frontier_read
from foundation.errors import BrokenRunError
from foundation.manifests import is_complete
from foundation.places import Places, names_below
from foundation.quarters import parse_quarter

REFUSALS = (401, 403, 407, 429, 451, 503)  # the server was there, and would not have us, or not now
_COLUMNS = ("time", "method", "url", "address", "status", "bytes", "pause_s", "robots_verdict", "error")


@dataclass(frozen=True, kw_only=True)
class SentRequest:
    """One request. The pause is from the end of the request before, to the same host or address, to its start."""

    time: datetime.datetime
    method: str
    url: str
    address: str | None
    status: int | None
    bytes: int
    pause_s: float | None
    robots_verdict: str | None
    error: str | None


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """The sum of a quarter's requests to a site.

    Attributes:
        num_refused: answered with a status that means "not you" or "not now".
        num_failed: brought no answer.
    """

    began_at: datetime.datetime | None
    ended_at: datetime.datetime | None
    num_requests: int
    num_refused: int
    num_failed: int
    num_bytes: int
    shortest_pause_s: float | None
    statuses: dict[int, int]
    addresses: tuple[str, ...]


def quarters_visited(places: Places, site: str, quarter: str | None) -> list[str]:
    """The quarters in which a site was visited, oldest first; or the one asked for, where it was."""
    known = {str(name) for folder in (places.snapshots, places.data / "work") for name in names_below(folder)}
    if quarter is not None:
        known &= {str(parse_quarter(quarter))}
    return [
        str(name) for name in sorted(map(parse_quarter, known))
        if published_table(places, str(name), site, REQUESTS_NAME) or frontier_folder(places, str(name), site)
    ]  # fmt: skip


def published_table(places: Places, quarter: str, site: str, name: str) -> Path | None:
    """A table of a published quarter; None where it is not published, or not about this site."""
    snapshot = places.snapshot(quarter)
    path = snapshot / SITES_FOLDER / site / name
    return path if is_complete(snapshot) and path.is_file() else None


def frontier_folder(places: Places, quarter: str, site: str) -> Path | None:
    folder = places.crawl_work(quarter) / site
    return folder if (folder / FRONTIER_NAME).is_file() else None


def sent_requests(places: Places, quarter: str, site: str) -> Iterator[SentRequest]:
    """Every request of a quarter to a site, in order.

    Raises:
        BrokenRunError: the table or the frontier cannot be read.
    """
    if table := published_table(places, quarter, site, REQUESTS_NAME):
        for row in table_rows(table, _COLUMNS):
            yield SentRequest(**row)
    elif folder := frontier_folder(places, quarter, site):
        with frontier_read(folder) as db:
            for time, *values in db.execute(f"select {', '.join(_COLUMNS)} from request order by id"):
                row = dict(zip(_COLUMNS[1:], values, strict=True))
                yield SentRequest(time=datetime.datetime.fromisoformat(time), **row)


def traffic_of(requests: Iterable[SentRequest]) -> Traffic:
    """Add requests up."""
    statuses: Counter[int] = Counter()
    addresses: dict[str, None] = {}
    times: list[datetime.datetime] = []
    num_requests = num_failed = num_bytes = 0
    shortest: float | None = None
    for request in requests:
        num_requests += 1
        num_bytes += request.bytes
        times = [times[0] if times else request.time, request.time]
        if request.status is None:
            num_failed += 1
        else:
            statuses[request.status] += 1
        if request.address is not None:
            addresses[request.address] = None
        if request.pause_s is not None:
            shortest = request.pause_s if shortest is None else min(shortest, request.pause_s)
    return Traffic(
        began_at=times[0] if times else None, ended_at=times[-1] if times else None, num_requests=num_requests,
        num_refused=sum(statuses[status] for status in REFUSALS), num_failed=num_failed, num_bytes=num_bytes,
        shortest_pause_s=shortest, statuses=dict(sorted(statuses.items())), addresses=tuple(addresses),
    )  # fmt: skip


def table_rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows of a published table, a part at a time.

    Raises:
        BrokenRunError: it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(columns=list(columns)):
                yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise BrokenRunError(
            f"{path}: cannot be read ({error}); run: tvaerkom snapshot verify {path.parents[2].name}"
        ) from None
