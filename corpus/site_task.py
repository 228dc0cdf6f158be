"""Everything that is done with the pages of one site, apart from the others.

In: a snapshot, a site, a configuration, what the corpus before found to be boilerplate there. Out: the site's tables
in a working folder; complete when `done.json` is there and names the same inputs. The pages are gone through twice:
once to learn which blocks are boilerplate, once to work out the texts without them. Runs in a worker process; holds
no more than a few pages at a time.
"""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from corpus.boilerplate import Found, PageFrequencies, block_key, kept_keys, key_text
from corpus.cache import EXTRACTIONS, TEXTS, PageCache, cache_key
from corpus.config import CorpusConfig
from corpus.dedup import document_number, text_number
from corpus.extract import Block
from corpus.memory import release_memory
from corpus.page_keys import PageKeys, PageKeysFile
from corpus.page_limits import PageTooSlowError, hard_page_limit, page_limit
from corpus.page_text import PageText, read_page_text
from corpus.pages import Dropped, body_of, read_pages
from corpus.personal_data import BLOT, blotted_url, cpr_by_block, masked_blocks, masked_url, private_kind
from corpus.schema import DropReason
from corpus.site_tables import BLOCK_KINDS, BOILERPLATE, DOCUMENTS, DROPPED, OCCURRENCES, PERSONAL_DATA, SiteTables
from corpus.text_steps import Outcome, work_out
from crawler.snapshot import SITES_FOLDER, Capture
from foundation.files import make_folder, sha256_of_text, write_text
from foundation.manifests import FileEntry, damaged_files

log = logging.getLogger(__name__)
DONE_NAME, NOW_NAME = "done.json", "page.now"
_KIND_NUMBER = {kind: number for number, kind in enumerate(BLOCK_KINDS)}


@dataclass(frozen=True, kw_only=True)
class SiteTask:
    """One site of one build.

    Attributes:
        inputs_sha256: stands for the snapshot, the configuration and the software.
        extraction_sha256, text_sha256: stand for all that an extraction, and the outcome of a text, depend on besides
            bytes and text.
        archive: the site's WARC files as the snapshot's manifest has them.
        carried: boilerplate of the corpus before: key -> first quarter.
    """

    snapshot: Path
    site: str
    config: CorpusConfig
    quarter: str
    inputs_sha256: str
    extraction_sha256: str
    text_sha256: str
    archive: tuple[FileEntry, ...]
    carried: Mapping[int, str]
    folder: Path
    cache: Path
    oldest_quarter: str
    num_pages: int = 0
    is_reserved: bool = False


@dataclass
class _Boilerplate:
    """What was found: key -> its numbers; and an example of each, masked, when it is met."""

    found: dict[int, Found]
    keep: frozenset[int]
    config: CorpusConfig
    examples: dict[int, Block] = field(default_factory=dict)

    def places(self, keys: Sequence[int]) -> frozenset[int]:
        """Which blocks of a page go."""
        return frozenset(place for place, key in enumerate(keys) if key in self.found and key not in self.keep)

    def needs_example(self, keys: Sequence[int]) -> bool:
        return any(key in self.found and key not in self.examples for key in keys)

    def add_examples(self, text: PageText, keys: Sequence[int]) -> None:
        texts = [block.text for block in text.blocks]
        shown, _ = masked_blocks(texts, self.config)
        suspect = cpr_by_block(texts)
        for key, block, example, number in zip(keys, text.blocks, shown, suspect, strict=True):
            if key in self.found:
                self.examples.setdefault(key, Block(block.kind, BLOT if number else example))


def is_done(task: SiteTask) -> bool:
    try:
        return bool(json.loads((task.folder / DONE_NAME).read_text())["inputs"] == task.inputs_sha256)
    except (OSError, ValueError, KeyError):
        return False


def num_pages_of(folder: Path) -> int:
    """How many pages a finished site had, dropped ones included."""
    return int(json.loads((folder / DONE_NAME).read_text())["num_pages"])


def run_site_task(task: SiteTask) -> str:
    """Process a site; gives its id."""
    folder = make_folder(task.folder)
    (folder / DONE_NAME).unlink(missing_ok=True)
    with PageCache(task.cache, task.quarter) as cache:
        texts, page_keys = _Texts(task, cache), PageKeysFile(folder)
        boilerplate = _learn(task, texts, page_keys)
        cache.commit()
        with SiteTables(folder) as tables:
            num_pages = _write(task, texts, page_keys, boilerplate, tables, cache)
            page_keys.close()
            _write_boilerplate(task, boilerplate, texts.num_different, tables)
        cache.forget_before(task.oldest_quarter)
    write_text(folder / DONE_NAME, json.dumps({"inputs": task.inputs_sha256, "num_pages": num_pages}))
    release_memory()
    return task.site


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """What became of a page that says something: its private kind, or what it states and the outcome of its text."""

    private: str | None = None
    stated: Sequence[str | None] = ()  # language attribute, date, method of extraction, its reason
    outcome: Outcome = field(default_factory=Outcome)

    def as_value(self) -> list[Any]:
        """For the cache."""
        return [self.private, list(self.stated), self.outcome.as_value()]

    @classmethod
    def from_value(cls, value: Sequence[Any]) -> Self:
        private, stated, outcome = value
        return cls(private=private, stated=stated, outcome=Outcome.from_value(outcome))


class _Texts:
    """The text of each page, from the cache where it can be."""

    def __init__(self, task: SiteTask, cache: PageCache) -> None:
        self.num_different = 0
        self._task, self._cache = task, cache
        self._checked: set[str] = set()
        # an archive that is not the one published is read record by record, so that its damage is found
        complaints = damaged_files(task.snapshot, task.archive)
        self._is_archive_whole = not complaints
        for complaint in complaints:
            log.warning("%s; its pages are read one by one, and those that are damaged are left out", complaint)

    def of(self, capture: Capture) -> PageText:
        key = extraction_key(self._task.extraction_sha256, capture)
        if not (self._is_archive_whole or capture.capture_id in self._checked):
            if body_of(self._task.snapshot, self._task.site, capture) is None:
                return PageText(failure=DropReason.DAMAGED_RECORD)
            self._checked.add(capture.capture_id)
        value = self._cache.get(EXTRACTIONS, key)
        return self._read(capture, key) if value is None else PageText.from_value(value)

    def _read(self, capture: Capture, key: bytes) -> PageText:
        body = body_of(self._task.snapshot, self._task.site, capture)
        if body is None:
            return PageText(failure=DropReason.DAMAGED_RECORD)
        # for whoever finds that this process was ended by it
        now = self._task.folder / NOW_NAME
        now.write_bytes(key)
        with hard_page_limit():
            text = read_page_text(body, capture.content_type or "")
        now.unlink()
        # what failed for want of memory may succeed next time, or elsewhere
        if text.failure is not DropReason.EXTRACTION_FAILED:
            self._cache.put(EXTRACTIONS, key, text.as_value())
        return text


def extraction_key(extraction_sha256: str, capture: Capture) -> bytes:
    """The bytes of a page and the charset they were sent with decide what it says."""
    return cache_key(extraction_sha256, capture.body_sha256, capture.content_type or "")


def give_up_page(task: SiteTask) -> str | None:
    """After a worker was ended for its CPU seconds: write down that its page is too slow; None if there was none."""
    try:
        key = (task.folder / NOW_NAME).read_bytes()
    except FileNotFoundError:
        return None
    with PageCache(task.cache, task.quarter) as cache:
        if cache.get(EXTRACTIONS, key) is not None:
            return None
        cache.put(EXTRACTIONS, key, PageText(failure=DropReason.TOO_SLOW).as_value())
    return key.hex()


def _learn(task: SiteTask, texts: _Texts, page_keys: PageKeysFile) -> _Boilerplate:
    frequencies = PageFrequencies(task.folder)
    for page in read_pages(task.snapshot, task.site, is_reserved=task.is_reserved):
        if isinstance(page, Capture):
            text = texts.of(page)
            keys = [block_key(block.text) for block in text.blocks]
            frequencies.add(keys)
            page_keys.add(PageKeys(_text_hash(text), keys))
    found = {each.key: each for each in frequencies.found(task.config, task.carried)}
    frequencies.close()
    texts.num_different = frequencies.num_pages
    return _Boilerplate(found, kept_keys(task.config), task.config)


def _text_hash(text: PageText) -> bytes:
    stated = (text.title, text.language, text.date, text.method, text.reason)
    blocks = (f"{block.kind} {block.text}" for block in text.blocks)
    return cache_key(*(each or "" for each in stated), *blocks)


def _write(
    task: SiteTask, texts: _Texts, page_keys: PageKeysFile, boilerplate: _Boilerplate, tables: SiteTables,
    cache: PageCache,
) -> int:  # fmt: skip
    num_pages, keys_of_pages = 0, page_keys.read()
    for page in read_pages(task.snapshot, task.site, is_reserved=task.is_reserved):
        # redirects and error pages are no pages, though each is dropped with its reason
        num_pages += not (isinstance(page, Dropped) and page.reason is DropReason.HTTP_STATUS)
        if isinstance(page, Dropped):
            _drop_page(tables, task, page.url, page.reason)
        else:
            _take_page(page, next(keys_of_pages), texts, task, boilerplate, tables, cache)
    return num_pages


def _take_page(
    capture: Capture, keys: PageKeys, texts: _Texts, task: SiteTask, boilerplate: _Boilerplate, tables: SiteTables,
    cache: PageCache,
) -> None:  # fmt: skip
    url = masked_url(blotted_url(capture.url), task.config)
    if not keys.blocks:
        text = texts.of(capture)
        if text.num_cpr:
            tables.add(PERSONAL_DATA, url, "cpr", text.num_cpr)
            return _drop_page(tables, task, url, DropReason.CPR_ON_PAGE)
        return _drop_page(tables, task, url, text.failure or DropReason.NO_TEXT)
    judged = _judged(capture, keys, texts, task, boilerplate, cache)
    if judged.private:
        return _drop_page(tables, task, url, DropReason(judged.private))
    if boilerplate.needs_example(keys.blocks):
        boilerplate.add_examples(texts.of(capture), keys.blocks)
    if len(boilerplate.places(keys.blocks)) == len(keys.blocks):
        return _drop_page(tables, task, url, DropReason.ONLY_BOILERPLATE)
    outcome = judged.outcome
    for kind, number in outcome.findings.items():
        tables.add(PERSONAL_DATA, url, kind, number)
    for loss in outcome.losses:
        tables.add(DROPPED, loss.level, loss.reason, url, loss.text)
    if outcome.reason:
        return tables.add(DROPPED, "document", outcome.reason, url, outcome.text)
    return _write_document(capture, url, judged, task, tables)


def _drop_page(tables: SiteTables, task: SiteTask, url: str, reason: DropReason) -> None:
    tables.add(DROPPED, "page", reason, masked_url(blotted_url(url), task.config), None)


def _judged(
    capture: Capture, keys: PageKeys, texts: _Texts, task: SiteTask, boilerplate: _Boilerplate, cache: PageCache
) -> _Judged:  # fmt: skip
    """By address (which tells pages about persons), text, and which of its blocks go."""
    gone = boilerplate.places(keys.blocks)
    key = cache_key(task.text_sha256, capture.url, keys.text_hash.hex(), *map(str, sorted(gone)))
    value = cache.get(TEXTS, key)
    if value is not None:
        return _Judged.from_value(value)
    judged = _judge(capture.url, texts.of(capture), gone, task.config)
    cache.put(TEXTS, key, judged.as_value())
    return judged


def _judge(url: str, text: PageText, gone: frozenset[int], config: CorpusConfig) -> _Judged:
    private = private_kind(url, text.title, text.blocks)
    if private in config.leave_out:
        return _Judged(private=private)
    try:
        with page_limit():
            outcome = work_out(text.title, text.blocks, config, gone)
    except PageTooSlowError:
        outcome = Outcome(reason=DropReason.TOO_SLOW)
    return _Judged(stated=(text.language, text.date, text.method, text.reason), outcome=outcome)


def _write_document(
    capture: Capture, url: str, judged: _Judged, task: SiteTask, tables: SiteTables
) -> None:  # fmt: skip
    document, outcome = document_number(task.site, capture.url), judged.outcome
    whole = outcome.text
    sha256 = sha256_of_text(whole)
    tables.add(
        DOCUMENTS, document, text_number(sha256), url, outcome.title, outcome.language, outcome.score,
        *judged.stated, whole, [vars(block) for block in outcome.blocks], sha256,
        capture.capture_id, capture.fetched_at, capture.first_seen, capture.last_changed,
    )  # fmt: skip
    for each in outcome.sentences:
        tables.add(
            OCCURRENCES, each.number, document, each.position, _KIND_NUMBER[each.kind], each.num_words,
            each.num_masked, each.score, each.text,
        )  # fmt: skip


def _write_boilerplate(task: SiteTask, boilerplate: _Boilerplate, num_pages: int, tables: SiteTables) -> None:
    """In order of the keys, without those that stand only on pages left out."""
    for key, block in sorted(boilerplate.examples.items()):
        found = boilerplate.found[key]
        tables.add(
            BOILERPLATE, key_text(key), block.kind, block.text, found.num_pages,
            round(found.num_pages / num_pages, 3), task.carried.get(key, task.quarter), key in boilerplate.keep,
        )  # fmt: skip


def archive_of(files: tuple[FileEntry, ...], site: str) -> tuple[FileEntry, ...]:
    """The WARC files of a site among the files of a snapshot."""
    folder = f"{SITES_FOLDER}/{site}{os.sep}"
    return tuple(each for each in files if each.path.startswith(folder) and ".warc" in each.path)
