"""The texts of a site's pages: from the cache, or read from the archive and put there.

In: captures of a site, and what must be forgotten. Out: their `PageText`, or only their keys. A page whose record is
damaged says nothing, also where the cache knows what it said; nor does one of which a text must be forgotten.
"""

import logging

from corpus.cache import EXTRACTIONS, PageCache, cache_key
from corpus.page_keys import PageKeys
from corpus.page_limits import hard_page_limit
from corpus.page_text import PageText, read_page_text, whole_text
from corpus.pages import body_of
from corpus.schema import DropReason
from corpus.site_task import SiteTask
from crawler.snapshot import Capture
from foundation.manifests import damaged_files

log = logging.getLogger(__name__)


class SiteTexts:
    """The text of each page, from the cache where it can be; `has_erased`: one of them must be forgotten."""

    def __init__(self, task: SiteTask, cache: PageCache) -> None:
        self._task, self._cache = task, cache
        self.has_erased = False
        self._checked: set[str] = set()
        # an archive that is not the one published is read record by record, so that its damage is found
        complaints = damaged_files(task.snapshot, task.archive)
        self._is_archive_whole = not complaints
        for complaint in complaints:
            log.warning("%s; its pages are read one by one, and those that are damaged are left out", complaint)

    def of(self, capture: Capture) -> PageText:
        if not self._is_readable(capture):
            return PageText(failure=DropReason.DAMAGED_RECORD)
        key = extraction_key(self._task.extraction_sha256, capture)
        value = self._cache.get(EXTRACTIONS, key)
        return self._read(capture, key) if value is None else self._unless_erased(PageText.from_value(value))

    def _unless_erased(self, text: PageText) -> PageText:
        erasures = self._task.erasures
        if not (erasures.has_texts and erasures.covers_text(whole_text(text))):
            return text
        self.has_erased = True
        return PageText(failure=DropReason.ERASED)

    def keys_of(self, capture: Capture) -> PageKeys:
        """Mostly without reading the text."""
        key = extraction_key(self._task.extraction_sha256, capture)
        if self._task.erasures.has_texts:
            return PageKeys.of(self.of(capture))
        brief = self._cache.brief(EXTRACTIONS, key) if self._is_readable(capture) else None
        if brief is None:
            text = self.of(capture)
            brief = self._cache.brief(EXTRACTIONS, key)  # put there just now, unless it could not be read
            if brief is None or text.failure:
                return PageKeys.of(text)
        return PageKeys.from_bytes(brief)

    def _is_readable(self, capture: Capture) -> bool:
        if self._is_archive_whole or capture.capture_id in self._checked:
            return True
        if body_of(self._task.snapshot, self._task.site, capture) is None:
            return False
        self._checked.add(capture.capture_id)
        return True

    def _read(self, capture: Capture, key: bytes) -> PageText:
        body = body_of(self._task.snapshot, self._task.site, capture)
        if body is None:
            return PageText(failure=DropReason.DAMAGED_RECORD)
        self._task.now.write_bytes(key)
        with hard_page_limit():
            text = self._unless_erased(read_page_text(body, capture.content_type or ""))
        self._task.now.unlink()
        # what failed for want of memory may succeed next time, or elsewhere
        if text.failure not in (DropReason.EXTRACTION_FAILED, DropReason.ERASED):
            self._cache.put(EXTRACTIONS, key, text.as_value(), PageKeys.of(text).as_bytes())
        return text


def extraction_key(extraction_sha256: str, capture: Capture) -> bytes:
    """The bytes of a page and the charset they were sent with decide what it says."""
    return cache_key(extraction_sha256, capture.body_sha256, capture.content_type or "")


def give_up_page(task: SiteTask) -> str | None:
    """After a worker was ended for its CPU seconds: write down that its page is too slow; None if there was none."""
    try:
        key = task.now.read_bytes()
    except FileNotFoundError:
        return None
    with PageCache(task.cache, task.quarter) as cache:
        if cache.get(EXTRACTIONS, key) is not None:
            return None
        text = PageText(failure=DropReason.TOO_SLOW)
        cache.put(EXTRACTIONS, key, text.as_value(), PageKeys.of(text).as_bytes())
    return key.hex()
