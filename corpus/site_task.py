"""Everything that is done with the pages of one site, apart from the others.

In: a snapshot, a site, a configuration. Out: four tables in a working folder: documents, sentence occurrences,
dropped, personal data; complete when `done.json` is there and names the same inputs. Runs in a worker process.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.config import CorpusConfig
from corpus.dedup import Occurrence, document_id, sentence_id
from corpus.extract import Extraction, ExtractionError, extract
from corpus.language import LanguageScore, identify_document, is_kept_document, sentence_score
from corpus.pages import Dropped, Page, read_pages
from corpus.personal_data import blotted_url, count_cpr
from corpus.quality import num_words, reason_to_drop
from corpus.schema import DOCUMENT_SCHEMA, DROPPED_SCHEMA, PERSONAL_DATA_SCHEMA, SENTENCE_SCHEMA, DropReason
from corpus.sentences import split_sentences
from corpus.shards import write_table
from foundation.files import make_folder, sha256_of_text, write_text

log = logging.getLogger(__name__)
DONE_NAME = "done.json"
DOCUMENTS, OCCURRENCES, DROPPED, PERSONAL_DATA = "documents", "occurrences", "dropped", "personal_data"
ROWS_PER_GROUP = 20_000
_OCCURRENCE_COLUMNS = list(Occurrence.__annotations__)
OCCURRENCE_SCHEMA = pa.schema([SENTENCE_SCHEMA.field(name) for name in _OCCURRENCE_COLUMNS])


@dataclass(frozen=True, kw_only=True)
class SiteTask:
    """One site of one build. `inputs_sha256` stands for the snapshot and the configuration."""

    snapshot: Path
    site: str
    area: str | None
    config: CorpusConfig
    inputs_sha256: str
    folder: Path
    is_reserved: bool = False


@dataclass(kw_only=True)
class _Tables:
    """What a site's pages have given so far."""

    num_pages: int = 0
    documents: list[dict[str, Any]] = field(default_factory=list)
    occurrences: list[Occurrence] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    personal_data: list[dict[str, Any]] = field(default_factory=list)


def is_done(task: SiteTask) -> bool:
    try:
        return bool(json.loads((task.folder / DONE_NAME).read_text())["inputs"] == task.inputs_sha256)
    except (OSError, ValueError, KeyError):
        return False


def run_site_task(task: SiteTask) -> str:
    """Process a site; gives its id."""
    tables = _Tables()
    for page in read_pages(task.snapshot, task.site, is_reserved=task.is_reserved):
        # redirects and error pages are no pages, though each is dropped with its reason
        tables.num_pages += not (isinstance(page, Dropped) and page.reason is DropReason.HTTP_STATUS)
        if isinstance(page, Dropped):
            tables.dropped.append(page)
        else:
            _take_page(page, task, tables)
    _write_tables(task, tables)
    return task.site


def _take_page(page: Page, task: SiteTask, tables: _Tables) -> None:
    """Extraction, personal data, language, sentences: in this order, so that a CPR number goes no further."""

    def drop(level: str, reason: DropReason, text: str | None = None) -> None:
        tables.dropped.append(Dropped(level=level, reason=reason, site=page.site, url=page.url, text=text))

    try:
        extraction = extract(page.html)
    except ExtractionError:
        return drop("page", DropReason.EXTRACTION_FAILED)
    if not extraction.blocks:
        return drop("page", DropReason.NO_TEXT)
    if count := count_cpr("\n".join((extraction.title or "", extraction.text))):
        tables.personal_data.append({"site": page.site, "url": blotted_url(page.url), "kind": "cpr", "count": count})
        return drop("page", DropReason.CPR_ON_PAGE)
    language = identify_document(extraction.text, task.config)
    if not is_kept_document(language, task.config):
        return drop("document", DropReason.DOCUMENT_OTHER_LANGUAGE, extraction.text)
    sentences = list(_sentences(page, extraction, language, task, drop))
    if not sentences:
        return drop("document", DropReason.NO_SENTENCES, extraction.text)
    tables.documents.append(_document_row(page, extraction, language, task.area))
    tables.occurrences += sentences
    return None


def _sentences(
    page: Page, extraction: Extraction, language: LanguageScore, task: SiteTask, drop: Callable[..., None]
) -> Iterator[Occurrence]:
    position = 0
    for block in extraction.blocks:
        for text in split_sentences(block.text):
            position += 1
            reason = reason_to_drop(text, task.config)
            score = None if reason else sentence_score(text, language, task.config)
            if reason or score is None:
                drop("sentence", reason or DropReason.SENTENCE_OTHER_LANGUAGE, text)
                continue
            yield Occurrence(
                sentence_id=sentence_id(text), text=text, document_id=document_id(page.site, page.url),
                position=position, block=block.kind, site=page.site, area=task.area, url=blotted_url(page.url),
                num_words=num_words(text), language_score=score,
            )  # fmt: skip


def _document_row(page: Page, extraction: Extraction, language: LanguageScore, area: str | None) -> dict[str, Any]:
    return {
        "document_id": document_id(page.site, page.url), "url": blotted_url(page.url), "site": page.site,
        "area": area, "title": extraction.title, "language": language.language, "language_score": language.score,
        "text": extraction.text, "blocks": [asdict(block) for block in extraction.blocks],
        "text_sha256": sha256_of_text(extraction.text), "cluster_id": None, "split": "",
        "capture_id": page.capture_id, "fetched_at": page.fetched_at, "first_seen": page.first_seen,
        "last_changed": page.last_changed, "num_sentences": 0,
    }  # fmt: skip


def _write_tables(task: SiteTask, tables: _Tables) -> None:
    folder = make_folder(task.folder)
    (folder / DONE_NAME).unlink(missing_ok=True)
    occurrences = sorted(tables.occurrences, key=lambda each: (each.sentence_id, each.order))
    dropped = [asdict(each) | {"url": blotted_url(each.url)} for each in tables.dropped]
    for name, schema, rows in (
        (DOCUMENTS, DOCUMENT_SCHEMA, tables.documents),
        (OCCURRENCES, OCCURRENCE_SCHEMA, [asdict(each) for each in occurrences]),
        (DROPPED, DROPPED_SCHEMA, dropped),
        (PERSONAL_DATA, PERSONAL_DATA_SCHEMA, tables.personal_data),
    ):
        table = pa.Table.from_pylist(rows, schema=schema)
        write_table(table, folder / f"{name}.parquet", rows_per_group=ROWS_PER_GROUP)
    write_text(folder / DONE_NAME, json.dumps({"inputs": task.inputs_sha256, "num_pages": tables.num_pages}))


def num_pages_of(folder: Path) -> int:
    """How many pages a finished site had, dropped ones included."""
    return int(json.loads((folder / DONE_NAME).read_text())["num_pages"])


def read_rows(folder: Path, name: str, **options: Any) -> list[dict[str, Any]]:
    """Rows of one of a finished site's tables."""
    rows: list[dict[str, Any]] = pq.read_table(folder / f"{name}.parquet", **options).to_pylist()
    return rows


def read_occurrences(folders: Iterable[Path], first_digit: str) -> Iterator[Occurrence]:
    """Occurrences whose sentence_id begins with a hex digit: a sixteenth of all, so that memory stays bounded."""
    last = f"{first_digit}g"  # behind every hex digit
    filters = [("sentence_id", ">=", first_digit), ("sentence_id", "<", last)]
    for folder in folders:
        for row in read_rows(folder, OCCURRENCES, filters=filters):
            yield Occurrence(**row)
