"""Conditional requests: whether a page is as it was, without sending it again, and whether the answers are true.

In: what last quarter's snapshot knows (known.py) and the answers of this quarter. Out: headers of requests; for a 304
the page as it is archived, so that its links, texts and reservations are read as ever; for pages chosen by hash a
second fetch without a condition. At the first 304 that was false all pages of the site that answered so are fetched
again, and its validators are not believed for a year.
"""

import logging
import math
from dataclasses import replace
from pathlib import Path

from crawler.frontier import PAGE, Asks, Frontier, Lease
from crawler.net.answers import Answer
from crawler.novelty import hash64
from crawler.pages.links import PageReading
from crawler.pages.urls import url_key
from crawler.refresh.known import Known, known_url
from crawler.refresh.page_texts import texts_of
from crawler.snapshot import DamagedRecordError, body_at
from crawler.warc.members import read_record
from crawler.warc.records import NOT_MODIFIED, SAME_PAYLOAD, RecordName, behind_head, digest_of
from foundation.quarters import parse_quarter

log = logging.getLogger(__name__)
AUDIT_SHARE = 0.03
MIN_AUDITS = 60  # where 5 % of the answers are false, so many find one with probability 95 %
OFF_QUARTERS = 4  # sites change their software
VALIDATORS_OFF = "validators_off"  # a fact of the frontier


class Revalidation:
    """The pages of one site that last quarter's snapshot has."""

    def __init__(self, frontier: Frontier, archive: Path | None, quarter: str) -> None:
        """`archive`: the folder of the site in last quarter's snapshot; None on a first crawl."""
        self._frontier, self._db, self._archive, self._quarter = frontier, frontier.db, archive, quarter

    def headers(self, lease: Lease) -> dict[str, str]:
        """What makes a request conditional; nothing where all of the page is wanted."""
        known = self._known(lease)
        if known is None or known.truncated or lease.asks is Asks.PLAINLY or self._frontier.fact(VALIDATORS_OFF):
            return {}
        written = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        return {name: value for name, value in written.items() if value and value.isascii() and value.isprintable()}

    def resolved(self, lease: Lease, answer: Answer) -> Answer:
        """A 304 as the page that it stands for; any other answer, and a 304 whose page cannot be read, as it is."""
        is_meant = answer.status == 304 and was_conditional(answer) and lease.asks is not Asks.TO_CONVICT
        known = self._known(lease) if is_meant else None
        if known is None:
            return answer
        try:
            body = self._body_of(known)
        except DamagedRecordError as error:
            log.warning("%s: %s; it is fetched anew", lease.url, error)
            return answer
        first = {"content-type": known.content_type}  # what was archived is read as it was sent then
        last = {"etag": known.etag, "last-modified": known.last_modified}
        given = [[(name, value) for name, value in each.items() if value] for each in (first, last)]
        fields = [*given[0], *answer.fields, *given[1]]
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
        """Compare what a page is, where all of it was wanted, with a 304 of this quarter for it.

        To be called when its capture, if there is one, is there. Where the two differ, the page may have changed
        meanwhile: it is asked for once more with the old condition.
        """
        known = self._known(lease) if lease.asks is Asks.PLAINLY else None
        if known is None or self._frontier.fact(VALIDATORS_OFF) or not self._was_unchanged(lease):
            return
        if self._is_other(known, lease, answer, reading):
            self._frontier.ask_again_as(lease, Asks.TO_CONVICT)

    def convict(self, lease: Lease) -> None:
        """It was not what the server said it was, and the server says so again."""
        log.warning("%s said that it had not changed, and had; its site's pages are fetched again", lease.url)
        self._frontier.let_stand(lease)
        self._frontier.set_fact(VALIDATORS_OFF, self._quarter)
        self._frontier.fetch_plainly([row_id for row_id, _, _ in self._unchanged()])

    def audit(self) -> int:
        """When nothing waits any more: fetch some of the pages that did not change, as if we had nothing of them.

        Gives how many are fetched for it; none where that was done.
        """
        if self._archive is None or self._frontier.fact(VALIDATORS_OFF):
            return 0
        unchanged = sorted(self._unchanged(), key=lambda row: hash64(f"{self._quarter} {row[1]}"))
        number = max(math.ceil(AUDIT_SHARE * len(unchanged)), MIN_AUDITS)
        contradicted = [row for row in unchanged if row[2]][:MIN_AUDITS]  # its sitemap says that it changed
        return self._frontier.fetch_plainly([row[0] for row in (*unchanged[:number], *contradicted)])

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
        # of a page that went over to https or to another twin, all is wanted once: its record has the old address
        return known if known and known.is_live and known.url == lease.url else None

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

    def _was_unchanged(self, lease: Lease) -> bool:
        row = self._db.execute("select 1 from capture where url_id = ? and revisit = ?", (lease.id, NOT_MODIFIED))
        return row.fetchone() is not None

    def _is_other(self, known: Known, lease: Lease, answer: Answer, reading: PageReading | None) -> bool:
        """Whether it is not the page that is archived: gone, withheld now, or with other texts.

        Other bytes alone are not: some write the time into each answer.
        """
        if answer.status != 200:
            return True
        row = self._db.execute(
            "select withheld, body_sha256 from capture where url_id = ? order by id desc limit 1", (lease.id,)
        ).fetchone()
        if row[0] is not None or row[1] == known.body_sha256:
            return row[0] is not None
        try:
            texts = texts_of(self._body_of(known), known.url, known.content_type or "")
        except DamagedRecordError:
            return True
        return reading is None or texts is None or texts != reading.texts


def was_conditional(answer: Answer) -> bool:
    """Whether the request asked for the page only if it changed; a 304 to any other request means nothing."""
    return b"\r\nif-" in answer.exchange.request.lower()


def still_off(since: str | None, quarter: str) -> str | None:
    """Since when a site's validators are not believed, where that still holds."""
    return since if since and parse_quarter(quarter).since(parse_quarter(since)) < OFF_QUARTERS else None
