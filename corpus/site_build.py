"""Everything that is done with the pages of one site, apart from the others.

In: the task of a site. Out: its tables in the task's folder, which then says that it is done. The pages are gone
through twice: once to learn which blocks are boilerplate, once to work out the texts without them. Runs in a worker
process; holds no more than a few pages at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from corpus.boilerplate import PageFrequencies, kept_keys
from corpus.cache import TEXTS, PageCache, cache_key
from corpus.cached_texts import covers_outcome, covers_value
from corpus.dedup import document_number, text_number
from corpus.judged_page import JudgedPage, judged_page
from corpus.page_keys import PageKeys, PageKeysFile, hash_of
from corpus.page_text import PageText
from corpus.pages import Dropped, read_pages
from corpus.personal_data import blotted_url, masked_url
from corpus.schema import DropReason
from corpus.site_boilerplate import SiteBoilerplate
from corpus.site_tables import BLOCK_KINDS, DOCUMENTS, DROPPED, OCCURRENCES, PERSONAL_DATA, SiteTables
from corpus.site_task import SiteTask, begin, end
from corpus.site_texts import SiteTexts
from crawler.snapshot import Capture
from foundation.files import make_folder, sha256_of_text
from foundation.memory import memory_given_back

_KIND_NUMBER = {kind: number for number, kind in enumerate(BLOCK_KINDS)}


def build_site(task: SiteTask) -> str:
    """Process a site; gives its id."""
    folder = make_folder(task.folder)
    begin(task)
    with memory_given_back(), PageCache(task.cache, task.quarter) as cache:
        texts, page_keys = SiteTexts(task, cache), PageKeysFile(folder)
        boilerplate = _learn(task, texts, page_keys)
        cache.commit()
        with SiteTables(folder) as tables:
            num_pages = _SecondPass(task, texts, boilerplate, tables, cache).write(page_keys.read())
            page_keys.close()
            boilerplate.write(tables, task.carried, task.quarter)
        if texts.has_erased:
            cache.sweep(lambda table, value: covers_value(task.erasures, table, value))
        cache.forget_before(task.oldest_quarter)
    end(task, num_pages)
    return task.site


def _pages(task: SiteTask) -> Iterator[Capture | Dropped]:
    return read_pages(task.snapshot, task.site, is_reserved=task.is_reserved, erasures=task.erasures)


def _learn(task: SiteTask, texts: SiteTexts, page_keys: PageKeysFile) -> SiteBoilerplate:
    frequencies = PageFrequencies(task.folder)
    for page in _pages(task):
        if isinstance(page, Capture):
            keys = texts.keys_of(page)
            frequencies.add(keys.blocks)
            page_keys.add(keys)
    found = {each.key: each for each in frequencies.found(task.config, task.carried)}
    frequencies.close()
    return SiteBoilerplate(found, kept_keys(task.config), task.config, frequencies.num_pages)


@dataclass(frozen=True)
class _SecondPass:
    """From pages to rows of the site's tables."""

    task: SiteTask
    texts: SiteTexts
    boilerplate: SiteBoilerplate
    tables: SiteTables
    cache: PageCache

    def write(self, keys_of_pages: Iterator[PageKeys]) -> int:
        """How many pages there were; redirects and error pages are none, though each is dropped with its reason."""
        num_pages, task = 0, self.task
        for page in _pages(task):
            num_pages += not (isinstance(page, Dropped) and page.reason is DropReason.HTTP_STATUS)
            url = masked_url(blotted_url(page.url), task.config)
            reason = page.reason if isinstance(page, Dropped) else self._take(page, url, next(keys_of_pages))
            if reason:  # of what must be forgotten the address too
                self.tables.add(DROPPED, "page", reason, "" if reason is DropReason.ERASED else url, None)
        return num_pages

    def _take(self, capture: Capture, url: str, keys: PageKeys) -> DropReason | None:
        """Write the rows of a page; the reason where it goes whole."""
        if not keys.blocks:
            return self._nothing_said(capture, url)
        gone = self.boilerplate.places(keys.blocks)
        judged = self._judged(capture, keys, gone)
        if isinstance(judged, DropReason):
            return judged
        if judged.private:
            return DropReason(judged.private)
        if self.boilerplate.needs_example(keys.blocks) and (text := self._text_again(capture, keys)):
            self.boilerplate.add_examples(text, keys.blocks)
        if len(gone) == len(keys.blocks):
            return DropReason.ONLY_BOILERPLATE
        outcome = judged.outcome
        for kind, number in outcome.findings.items():
            self.tables.add(PERSONAL_DATA, url, kind, number)
        for loss in outcome.losses:
            self.tables.add(DROPPED, loss.level, loss.reason, url, loss.text)
        if outcome.reason:
            self.tables.add(DROPPED, "document", outcome.reason, url, outcome.text)
        else:
            self._write_document(capture, url, judged, keys)
        return None

    def _nothing_said(self, capture: Capture, url: str) -> DropReason:
        text = self.texts.of(capture)
        if text.num_cpr:
            self.tables.add(PERSONAL_DATA, url, "cpr", text.num_cpr)
            return DropReason.CPR_ON_PAGE
        if text.blocks:  # the first time there was no memory for it
            return DropReason.EXTRACTION_FAILED
        return text.failure or DropReason.NO_TEXT

    def _text_again(self, capture: Capture, keys: PageKeys) -> PageText | None:
        """The text of the first pass; None where it cannot be read a second time, for want of memory or a disk."""
        text = self.texts.of(capture)
        return text if hash_of(text) == keys.text_hash else None

    def _judged(self, capture: Capture, keys: PageKeys, gone: frozenset[int]) -> JudgedPage | DropReason:
        """By address (which tells pages about persons), text, and which of its blocks go."""
        key = cache_key(self.task.text_sha256, capture.url, keys.text_hash.hex(), *map(str, sorted(gone)))
        value = self.cache.get(TEXTS, key)
        if value is not None:
            judged = JudgedPage.from_value(value)
        elif text := self._text_again(capture, keys):
            judged = judged_page(capture.url, text, gone, self.task.config)
        else:
            return DropReason.EXTRACTION_FAILED
        if self.task.erasures.has_texts and covers_outcome(self.task.erasures, judged.outcome):
            self.texts.has_erased = True
            return DropReason.ERASED
        if value is None:
            self.cache.put(TEXTS, key, judged.as_value())
        return judged

    def _write_document(self, capture: Capture, url: str, judged: JudgedPage, keys: PageKeys) -> None:
        # no two pages of a snapshot have one address of first sight
        document = document_number(self.task.site, capture.first_url or capture.url)
        outcome = judged.outcome
        whole = outcome.text
        sha256 = sha256_of_text(whole)
        self.tables.add(
            DOCUMENTS, document, text_number(sha256), keys.page_number, url, outcome.title, outcome.language,
            outcome.score, *judged.stated, whole, [(block.kind, block.text) for block in outcome.blocks], sha256,
            capture.capture_id, capture.fetched_at, capture.first_seen, capture.last_changed,
            capture.first_url and masked_url(blotted_url(capture.first_url), self.task.config), capture.outcome,
        )  # fmt: skip
        numbers, texts, positions, kinds, *others = zip(*outcome.sentences, strict=True)
        documents = [document] * len(numbers)
        kind_numbers = [_KIND_NUMBER[kind] for kind in kinds]
        self.tables.extend(OCCURRENCES, [numbers, documents, positions, kind_numbers, *others, texts])
