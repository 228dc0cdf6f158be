"""The pages of a site: the newest capture of each URL, or why it is no page.

In: a snapshot and a site, and what must be forgotten. Out: `Capture`, or a `Dropped` with its reason, in order of their
URL; and the bytes of a capture. Decodes and extracts nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from corpus.addresses import covers_address
from corpus.schema import DropReason
from crawler.snapshot import SITES_FOLDER, Capture, DamagedRecordError, captures_table, read_body
from foundation.erasures import NOTHING_ERASED, Erasures

HTML_TYPES = ("text/html", "application/xhtml+xml")
# why the crawl kept no body, besides a reservation
_WITHHELD = {"login": DropReason.WALL, "challenge": DropReason.WALL, "soft 404": DropReason.SOFT_404,
             "unread": DropReason.EXTRACTION_FAILED, "erased": DropReason.ERASED}  # fmt: skip
_ROWS_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """An address without a page in the corpus."""

    url: str
    reason: DropReason


def read_pages(
    snapshot: Path, site: str, *, is_reserved: bool = False, erasures: Erasures = NOTHING_ERASED
) -> Iterator[Capture | Dropped]:
    """The pages of a site in order of their URL; of a reserved site each is dropped."""
    for batch in _newest(captures_table(snapshot, site)).to_batches(max_chunksize=_ROWS_AT_ONCE):
        for row in batch.to_pylist():
            capture = Capture(**row)
            reason = _reason_to_drop(capture) or (DropReason.RESERVED_SITE if is_reserved else None)
            if erasures and _is_erased(capture, site, erasures):
                reason = DropReason.ERASED
            yield Dropped(url=capture.url, reason=reason) if reason else capture


def body_of(snapshot: Path, site: str, capture: Capture) -> bytes | None:
    """The decoded body; None where its record is damaged."""
    try:
        return read_body(snapshot / SITES_FOLDER / site, capture)
    except DamagedRecordError:
        return None


def _newest(captures: pa.Table) -> pa.Table:
    """Of each URL the last row of kind `page`."""
    pages = captures.filter(pc.equal(captures["kind"], "page"))
    pages = pages.append_column("row", pa.array(range(pages.num_rows), type=pa.int64()))
    pages = pages.sort_by([("url", "ascending"), ("row", "ascending")]).drop_columns("row")
    if pages.num_rows < 2:
        return pages
    urls = pages["url"].combine_chunks()
    is_last = pc.not_equal(urls.slice(0, len(urls) - 1), urls.slice(1))
    return pages.filter(pa.concat_arrays([is_last, pa.array([True])]))


def _is_erased(capture: Capture, site: str, erasures: Erasures) -> bool:
    is_covered = covers_address(erasures, site, capture.url, capture.first_url)
    return is_covered or erasures.covers_payload(capture.body_sha256)


def _reason_to_drop(capture: Capture) -> DropReason | None:
    if capture.withheld:
        return _WITHHELD.get(capture.withheld, DropReason.RESERVED_PAGE)
    if capture.status != 200:
        return DropReason.HTTP_STATUS
    if not _is_html(capture.content_type or ""):
        return DropReason.NOT_HTML
    return DropReason.TRUNCATED_PAGE if capture.truncated else None


@lru_cache(maxsize=100)
def _is_html(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in HTML_TYPES
