"""Whether a site's archive is whole, and is what its tables say.

In: the folder of a site in a snapshot. Out: one sentence for each thing that is wrong.
Tables and records are compared both ways. Where the folder has no table of requests with places, as in a snapshot
laid out from WARC files of other tools, only what its captures point at is looked at. Mends nothing.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crawler.pages.urls import normal_url
from crawler.snapshot import OPEN_SUFFIX, REQUESTS_NAME, Capture, DamagedRecordError, read_body, read_captures
from crawler.warc.members import GZIP_MAGIC, Record, read_record, read_records
from crawler.warc.record_parts import Flaw
from crawler.warc.records import NO_PAYLOAD
from foundation.errors import BrokenRunError
from foundation.progress import Meter

ANSWERS = ("response", "revisit", "metadata")  # kinds of records that a table must name


@dataclass(kw_only=True)
class _Named:
    """What the tables say of one place in a WARC file."""

    captures: list[Capture] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)  # URLs

    @property
    def url(self) -> str:
        return self.captures[0].url if self.captures else self.requested[0]


def check_site(folder: Path, site: str, meter: Meter | None = None) -> list[str]:
    """One sentence for each complaint; `folder` is that of the site, `meter` counts records."""
    try:
        captures = read_captures(folder.parents[1], site)
        requests = _requests(folder)
    except BrokenRunError as error:
        return [str(error)]
    complaints = []
    for complaint in _foreign(folder, captures) if requests is None else _own(folder, captures, requests):
        if complaint is not None:
            complaints.append(complaint)
        elif meter is not None:
            meter.advance(1, site)
    return complaints


def _own(folder: Path, captures: list[Capture], requests: list[tuple[str, int, str]]) -> Iterator[str | None]:
    """Complaints, with a None for each record that was looked at."""
    named: dict[str, dict[int, _Named]] = defaultdict(lambda: defaultdict(_Named))
    for capture in captures:
        named[capture.warc_file][capture.warc_offset].captures.append(capture)
    for file, offset, url in requests:
        named[file][offset].requested.append(url)
    for path in sorted(folder.glob(f"*{OPEN_SUFFIX}")):
        yield f"{path}: a crawl has not closed it"
    for path in sorted(folder.glob("*.warc.gz")):
        places = named.pop(path.name, {})
        for number, record in enumerate(read_records(path)):
            yield None
            place = places.pop(record.offset, None)
            yield from _check_record(path, record, place, is_first=number == 0)
        for offset, place in places.items():
            yield _sentence(path, offset, place.url, "no record begins here")
    for file, places in named.items():
        for offset, place in places.items():
            yield _sentence(folder / file, offset, place.url, "the file is missing")


def _check_record(path: Path, record: Record, place: _Named | None, *, is_first: bool) -> Iterator[str]:
    wrong: list[str] = list(record.flaws)
    if not wrong:
        wrong = [*_missing(path, record, is_first=is_first), *_misnamed(record, place)]
    for what in wrong:
        yield _sentence(path, record.offset, record.url or (place.url if place else ""), what)
    if not wrong and place and place.captures:
        yield from _check_body(path, place.captures[0])


def _missing(path: Path, record: Record, *, is_first: bool) -> Iterator[str]:
    """What a record of ours has always."""
    if is_first and (record.kind != "warcinfo" or record.fields.get("warc-filename") != path.name):
        yield "the file does not begin with its own warcinfo record"
    if "warc-block-digest" not in record.fields:
        yield "the record has no WARC-Block-Digest"
    if record.kind in ("response", "request") and "warc-payload-digest" not in record.fields:
        yield "the record has no WARC-Payload-Digest"


def _misnamed(record: Record, place: _Named | None) -> Iterator[str]:
    """Where a record and the tables do not say the same."""
    if place is None:
        if record.kind in ANSWERS:
            yield f"no capture and no request names this {record.kind} record"
        return
    if record.kind not in ANSWERS:
        yield f"a table names a {record.kind} record as an answer"
        return
    if len(place.captures) > 1 or len(place.requested) > 1:
        yield f"{len(place.captures)} captures and {len(place.requested)} requests name the same record"
    for url in {*place.requested, *(capture.url for capture in place.captures)} - {record.url}:
        yield f"a table names the record as that of {url}"
    for capture in place.captures[:1]:
        if capture.warc_length != record.length:
            yield f"the record has {record.length} bytes, its capture says {capture.warc_length}"
        if (capture.withheld is not None) != (record.kind == "metadata"):
            yield f"the capture has withheld = {capture.withheld}, but the record is a {record.kind} record"
        elif capture.payload_digest != record.fields.get("warc-payload-digest", NO_PAYLOAD):
            yield f"the capture has another payload digest, {capture.payload_digest}"


def _check_body(path: Path, capture: Capture) -> Iterator[str]:
    what = "a withheld body has a sha256" if capture.withheld is not None and capture.body_sha256 else ""
    if capture.withheld is None:
        try:
            read_body(path.parent, capture)
        except DamagedRecordError as error:
            what = str(error).partition(": ")[2]  # before it stands the place
    if what:
        yield _sentence(path, capture.warc_offset, capture.url, what)


def _foreign(folder: Path, captures: list[Capture]) -> Iterator[str | None]:
    """Captures of files that other tools wrote: digests of payloads and lengths are made in several ways there."""
    for capture in captures:
        yield None
        path = folder / capture.warc_file
        try:
            with path.open("rb") as file:
                is_packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
                record = read_record(file, capture.warc_offset) if is_packed else None
        except OSError as error:
            yield _sentence(path, capture.warc_offset, capture.url, str(error.strerror))
            continue
        wrong = [flaw for flaw in record.flaws if flaw is not Flaw.PAYLOAD] if record else []
        for flaw in wrong:
            yield _sentence(path, capture.warc_offset, capture.url, flaw)
        if record and not wrong and normal_url(record.url) != capture.url:
            yield _sentence(path, capture.warc_offset, capture.url, f"the record is that of {record.url}")
        if not wrong:
            yield from _check_body(path, capture)


def _requests(folder: Path) -> list[tuple[str, int, str]] | None:
    """(file, offset, URL) of each answered request; None where the folder's table has no places.

    Raises:
        BrokenRunError: the table cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / REQUESTS_NAME
    columns = ["warc_file", "warc_offset", "url"]
    try:
        if not path.exists() or not set(columns) <= set(pq.read_schema(path).names):
            return None
        rows = pq.read_table(path, columns=columns).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise BrokenRunError(f"{path}: cannot be read ({error})") from None
    return [(row["warc_file"], row["warc_offset"], row["url"]) for row in rows if row["warc_file"] is not None]


def _sentence(path: Path, offset: int, url: str, what: str) -> str:
    return f"{path} at {offset}{f' ({url})' if url else ''}: {what}"
