"""Captures to pages: the newest capture of each URL, its bytes decoded to text.

In: a snapshot and a site. Out: `Page`, or a `Dropped` with its reason. Extracts nothing from the HTML.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

from corpus.schema import DropReason
from crawler.snapshot import SITES_FOLDER, Capture, DamagedRecordError, read_body, read_captures

_PROBE = "<p>a+AOY-"  # utf-7 reads an æ in it, utf-16 and the like read nothing
HTML_TYPES = ("text/html", "application/xhtml+xml")
# why the crawl kept no body, besides a reservation
_WITHHELD = {"login": DropReason.WALL, "challenge": DropReason.WALL, "soft 404": DropReason.SOFT_404,
             "unread": DropReason.EXTRACTION_FAILED}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Page:
    """The decoded HTML of one capture."""

    site: str
    url: str
    html: str
    capture_id: str
    fetched_at: datetime.datetime
    first_seen: datetime.datetime
    last_changed: datetime.datetime


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """Something that is not in the corpus. `text` is null where it must not be kept."""

    level: str
    reason: DropReason
    site: str
    url: str
    text: str | None = None


def read_pages(snapshot: Path, site: str, *, is_reserved: bool = False) -> Iterator[Page | Dropped]:
    """The pages of a site in order of their URL; of a reserved site each is dropped."""
    newest: dict[str, Capture] = {}
    for capture in read_captures(snapshot, site):
        if capture.kind == "page":
            newest[capture.url] = capture
    folder = snapshot / SITES_FOLDER / site
    for url in sorted(newest):
        page = _read_page(folder, site, newest[url])
        if is_reserved and isinstance(page, Page):
            page = Dropped(level="page", reason=DropReason.RESERVED_SITE, site=site, url=url)
        yield page


def _read_page(folder: Path, site: str, capture: Capture) -> Page | Dropped:
    if capture.withheld:
        reason = _WITHHELD.get(capture.withheld, DropReason.RESERVED_PAGE)
        return Dropped(level="page", reason=reason, site=site, url=capture.url)
    if capture.status != 200:
        return Dropped(level="page", reason=DropReason.HTTP_STATUS, site=site, url=capture.url)
    content_type = (capture.content_type or "").partition(";")[0].strip().lower()
    if content_type not in HTML_TYPES:
        return Dropped(level="page", reason=DropReason.NOT_HTML, site=site, url=capture.url)
    if capture.truncated:
        return Dropped(level="page", reason=DropReason.TRUNCATED_PAGE, site=site, url=capture.url)
    try:
        body = read_body(folder, capture)
    except DamagedRecordError:
        return Dropped(level="page", reason=DropReason.DAMAGED_RECORD, site=site, url=capture.url)
    if not body.strip():
        return Dropped(level="page", reason=DropReason.EMPTY_PAGE, site=site, url=capture.url)
    return Page(
        site=site, url=capture.url, html=decoded(body, capture.content_type or ""), capture_id=capture.capture_id,
        fetched_at=capture.fetched_at, first_seen=capture.first_seen, last_changed=capture.last_changed,
    )  # fmt: skip


def decoded(body: bytes, content_type: str) -> str:
    """Bytes of a Danish page to text.

    A byte order mark decides; then what is valid UTF-8 is UTF-8, whatever is declared (mojibake is rarer than a
    wrong declaration); then the declaration of the header or the page; last cp1252, which undeclared Danish
    latin-1 is a part of (a detector takes it for cp1250 and reads ř for ø). Unpaired surrogates and NUL go.
    """
    encoding, mark = read_bom(body)
    if encoding and mark:
        text = body[len(mark):].decode(encoding, "replace")  # fmt: skip
    else:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            declared = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
            text = body.decode(_usable(declared) or "cp1252", "replace")
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _usable(declared: str | None) -> str | None:
    """A declared encoding in which a page can be written; UTF-8 was tried already and is a false declaration here."""
    name: str | None = resolve_encoding(declared) if declared else None
    if name is None or name.startswith("utf-8") or "escape" in name:
        return None
    try:  # Python also knows codecs that are none for pages: idna, utf-7, hex
        return name if _PROBE.encode("ascii").decode(name, "replace") == _PROBE else None
    except (LookupError, ValueError):
        return None
