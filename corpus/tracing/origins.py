"""From a document to its capture and its record in the archive.

In: a corpus, and the id, address or capture of a document. Out: `Origin`. Opens no archive; says in words what is not
there any more.
"""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from corpus.tracing.lookups import rows_with
from corpus.tracing.snapshot_rows import snapshot_rows
from corpus.tracing.traced_corpus import TracedCorpus
from crawler.snapshot import CAPTURES_NAME, SITES_FOLDER

_DOCUMENT_COLUMNS = ("document_id", "url", "site", "title", "split", "capture_id", "fetched_at", "first_url")
_CAPTURE_COLUMNS = ("capture_id", "url", "first_url", "warc_file", "warc_offset", "warc_length")


@dataclass(frozen=True, kw_only=True)
class Record:
    """Where a capture lies in the archive: the file below the data folder, bytes; length 0 where nobody measured it."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A document and where it comes from.

    Attributes:
        url, first_url: as the corpus shows them.
        identity: its address at first sight as it was, not masked; never shown.
        without_record: why there is no record of it to be read.
    """

    document_id: str
    title: str | None
    site: str
    url: str
    first_url: str | None
    split: str
    capture_id: str
    fetched_at: datetime.datetime | None
    identity: str
    record: Record | None
    without_record: str | None


def origins(corpus: TracedCorpus, column: str, values: Collection[str]) -> list[Origin]:
    """The documents with one of these values in a column."""
    rows = rows_with(corpus.files("documents"), column, values, _DOCUMENT_COLUMNS)
    return [_origin(corpus, row) for row in rows]


def first_address(corpus: TracedCorpus, site: str, url: str) -> str:
    """The address at first sight of the page that stands at this one; itself where nobody knows."""
    if corpus.snapshot is None:
        return url
    rows = snapshot_rows(corpus.snapshot.folder, site, CAPTURES_NAME, "url", [url], _CAPTURE_COLUMNS)
    return next((row["first_url"] for row in reversed(rows) if row["first_url"]), url)


def _origin(corpus: TracedCorpus, row: Mapping[str, Any]) -> Origin:
    capture = _capture(corpus, row["site"], row["capture_id"])
    identity = row["first_url"] or row["url"]
    record, complaint = None, corpus.without_archive
    if capture is not None and corpus.snapshot is not None:
        identity = capture["first_url"] or capture["url"]
        path = corpus.snapshot.folder / SITES_FOLDER / row["site"] / capture["warc_file"]
        record = Record(
            file=path.relative_to(corpus.places.data).as_posix(), offset=capture["warc_offset"],
            length=capture["warc_length"],
        )  # fmt: skip
        complaint = complaint or (None if path.is_file() else f"{record.file} is not there")
    elif corpus.snapshot is not None:
        complaint = f"snapshot {corpus.snapshot.folder.name} does not have this capture any more"
    return Origin(**row, identity=identity, record=record, without_record=complaint)


def _capture(corpus: TracedCorpus, site: str, capture_id: str) -> dict[str, Any] | None:
    if corpus.snapshot is None:
        return None
    folder = corpus.snapshot.folder
    rows = snapshot_rows(folder, site, CAPTURES_NAME, "capture_id", [capture_id], _CAPTURE_COLUMNS)
    return rows[0] if rows else None
