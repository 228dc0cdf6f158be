"""Conditional requests: whether a page is as it was, without sending it again, and whether the answers are true.

In: what last quarter's snapshot knows (known.py) and the answers of this quarter. Out: headers of requests; for a 304
the page as it is archived, so that its links, texts and reservations are read as ever; for pages chosen by hash a
second fetch without a condition. At the first 304 that was false all pages of the site that answered so are fetched
again, and its validators are not believed for a year.
"""

import enum
import json
import logging
import math
from dataclasses import replace
from pathlib import Path

from crawler.frontier import PAGE, Frontier, Lease
from crawler.net.answers import Answer
from crawler.novelty import hash64
from crawler.pages.links import PageReading
from crawler.pages.urls import url_key
from crawler.refresh.known import Known, known_url, quarters_between
from crawler.refresh.page_texts import texts_of
from crawler.snapshot import DamagedRecordError, body_at
from crawler.warc.members import read_record
from crawler.warc.records import NOT_MODIFIED, SAME_PAYLOAD, RecordName, behind_head, digest_of

log = logging.getLogger(__name__)
AUDIT_SHARE = 0.03
MIN_AUDITS = 60  # where 5 % of the answers are false, so many find one with probability 95 %
OFF_QUARTERS = 4  # sites change their software
VALIDATORS_OFF, LASTMOD = "validators_off", "lastmod"  # facts of the frontier


class DateTruth(enum.StrEnum):
    """What the dates of a sitemap were worth: whether one that moved, or stayed, said what became of the page."""

    RIGHT = "right"
    FALSE_ALARM = "false alarm"  # the date moved, the page did not change
    MISSED = "missed"  # the page changed, the date did not move


class Revalidation:
    """The pages of one site that last quarter's snapshot has."""

    def __init__(self, frontier: Frontier, archive: Path | None, quarter: str) -> None:
        """`archive`: the folder of the site in last quarter's snapshot; None on a first crawl."""
        self._frontier, self._db, self._archive, self._quarter = frontier, frontier.db, archive, quarter

    def headers(self, lease: Lease) -> dict[str, str]:
        """What makes a request conditional; nothing where all of the page is wanted."""
        known = self._known(lease)
        if known is None or lease.is_plain or known.truncated or self._frontier.fact(VALIDATORS_OFF):
            return {}
        written = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        return {name: value for name, value in written.items() if value and value.isascii() and value.isprintable()}

    def resolved(self, lease: Lease, answer: Answer) -> Answer:
        """A 304 as the page that it stands for; any other answer, and a 304 whose page cannot be read, as it is."""
        known = self._known(lease) if answer.status == 304 and was_conditional(answer) else None
        if known is None:
            return answer
        try:
            body = self._body_of(known)
        except DamagedRecordError as error:
            log.warning("%s: %s; it is fetched anew", lease.url, error)
            return answer
        earlier = {"content-type": known.content_type, "etag": known.etag, "last-modified": known.last_modified}
        fields = [*answer.fields, *((name, value) for name, value in earlier.items() if value)]
        return replace(answer, status=200, fields=fields, body=body, is_archived=True)

    def revisit(self, lease: Lease, answer: Answer) -> tuple[str, RecordName] | None:
        """How and of which record an answer is the same page again; None where it is not."""
        known = self._known(lease)
        if known is None or answer.status != 200 or answer.exchange.truncated or known.truncated:
            return None
        if not answer.is_archived and digest_of(behind_head(answer.exchange.response)) != known.payload_digest:
            return None
        name = self._record_name(known)
        return (NOT_MODIFIED if answer.is_archived else SAME_PAYLOAD, name) if name else None

    def learn(self, lease: Lease, answer: Answer, reading: PageReading | None) -> None:
        """Compare a page that was sent whole with what was there; to be called when its capture is there."""
        known = self._known(lease)
        if known is None or answer.is_archived or answer.status != 200:
            return
        body_sha256 = self._db.execute(
            "select body_sha256 from capture where url_id = ? order by id desc limit 1", (lease.id,)
        ).fetchone()[0]
        is_changed = body_sha256 not in ("", known.body_sha256) and self._says_other(known, reading)
        self._count_date(known, is_changed=is_changed)
        was_unchanged = self._db.execute(
            "select 1 from capture where url_id = ? and revisit = ?", (lease.id, NOT_MODIFIED)
        ).fetchone()
        if is_changed and was_unchanged and not self._frontier.fact(VALIDATORS_OFF):
            log.warning("%s said that it had not changed, and had; its site's pages are fetched again", lease.url)
            self._frontier.set_fact(VALIDATORS_OFF, self._quarter)
            self._frontier.fetch_plainly([row_id for row_id, _, _ in self._unchanged()])

    def audit(self) -> None:
        """When nothing waits any more: fetch some of the pages that did not change, as if we had nothing of them."""
        if self._archive is None or self._frontier.fact(VALIDATORS_OFF):
            return
        unchanged = sorted(self._unchanged(), key=lambda row: hash64(f"{self._quarter} {row[1]}"))
        number = max(math.ceil(AUDIT_SHARE * len(unchanged)), MIN_AUDITS)
        contradicted = [row for row in unchanged if row[2]][:MIN_AUDITS]  # its sitemap says that it changed
        self._frontier.fetch_plainly([row[0] for row in (*unchanged[:number], *contradicted)])

    def archived_body(self, url: str) -> bytes:
        """The body that last quarter's snapshot has of a page.

        Raises:
            DamagedRecordError: it has none, or it cannot be read.
        """
        known = known_url(self._db, url_key(url))
        if known is None or not known.is_live:
            raise DamagedRecordError(f"{url}: not in the snapshot before")
        return self._body_of(known)

    def _body_of(self, known: Known) -> bytes:
        return body_at(self._path(known), known.warc_offset or 0, known.body_sha256 or "")

    def _unchanged(self) -> list[tuple[int, str, bool]]:
        """Id, key, and whether the sitemap's date has moved, of each page that answered 304."""
        rows = self._db.execute(
            "select u.id, u.key, l.lastmod is not null and l.lastmod is not k.lastmod from url u"
            " join known k on k.key = u.key left join listed l on l.key = u.key"
            " where u.id in (select url_id from capture where revisit = ?)",
            (NOT_MODIFIED,),
        )
        return [(row_id, key, bool(has_moved)) for row_id, key, has_moved in rows]

    def _known(self, lease: Lease) -> Known | None:
        if self._archive is None or lease.kind != PAGE:
            return None
        known = known_url(self._db, url_key(lease.url))
        return known if known and known.is_live else None

    def _path(self, known: Known) -> Path:
        return (self._archive or Path()) / (known.warc_file or "")

    def _record_name(self, known: Known) -> RecordName | None:
        try:
            with self._path(known).open("rb") as file:
                record = read_record(file, known.warc_offset or 0)
        except OSError:
            return None
        fields = record.fields
        if record.flaws or record.kind != "response" or not fields.get("warc-record-id"):
            return None
        return RecordName(
            record_id=fields["warc-record-id"], url=record.url, date=fields.get("warc-date", ""),
            payload_digest=fields.get("warc-payload-digest", ""),
        )  # fmt: skip

    def _says_other(self, known: Known, reading: PageReading | None) -> bool:
        """Whether a page of other bytes also shows other texts: some write the time into each answer."""
        try:
            body = self._body_of(known)
        except DamagedRecordError:
            return True
        texts = texts_of(body, known.url, known.content_type or "")
        return reading is None or texts is None or texts != reading.texts

    def _count_date(self, known: Known, *, is_changed: bool) -> None:
        row = self._db.execute("select lastmod from listed where key = ?", (known.key,)).fetchone()
        if row is None or row[0] is None or known.lastmod is None:
            return
        has_moved = row[0] != known.lastmod
        truth = DateTruth.RIGHT if has_moved == is_changed else (
            DateTruth.FALSE_ALARM if has_moved else DateTruth.MISSED
        )  # fmt: skip
        counts = json.loads(self._frontier.fact(LASTMOD) or "{}")
        counts[truth] = counts.get(truth, 0) + 1
        self._frontier.set_fact(LASTMOD, json.dumps(counts))


def was_conditional(answer: Answer) -> bool:
    """Whether the request asked for the page only if it changed; a 304 to any other request means nothing."""
    return b"\r\nif-" in answer.exchange.request.lower()


def still_off(since: str | None, quarter: str) -> str | None:
    """Since when a site's validators are not believed, where that still holds."""
    return since if since and quarters_between(since, quarter) < OFF_QUARTERS else None
