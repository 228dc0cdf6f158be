"""Whether a page that is redirected is still there: by what the pages say, not by the redirect.

In: last quarter's archive and this quarter's, both of one site. Out: for `judge_urls`, whether two pages are the same.
Municipal sites redirect what they have removed to their front page, and that is no move.
"""

import logging
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from crawler.refresh.found import FoundUrl, end_of
from crawler.refresh.known import Known
from crawler.refresh.page_texts import is_same_page, own_words, texts_of
from crawler.snapshot import DamagedRecordError, body_at

log = logging.getLogger(__name__)


def moves_of(
    earlier: Path, folder: Path, known: Mapping[str, Known], found: Mapping[str, FoundUrl]
) -> Callable[[Known, FoundUrl], bool]:
    """The comparison for one site.

    Args:
        earlier, folder: the site's folder in last quarter's snapshot, and in this one.
        known, found: what each of them has, by key. Of the latter the front page shows what all pages have in common.
    """

    def words_now(found: FoundUrl, shell: frozenset[int]) -> dict[int, int]:
        before = known.get(found.key)
        if before and before.is_live and (found.revisit or found.withheld):  # of what is withheld, what it was
            return words_before(before, shell)
        if found.withheld or found.capture is None:
            return {}
        path = folder / found.warc_file
        return _words(path, found.warc_offset, found.body_sha256, found.url, found.content_type, shell)

    def words_before(before: Known, shell: frozenset[int]) -> dict[int, int]:
        path = earlier / (before.warc_file or "")
        return _words(
            path, before.warc_offset or 0, before.body_sha256 or "", before.url, before.content_type, shell
        )  # fmt: skip

    seeds = {key for key, each in found.items() if each.is_seed}
    ends = [end_of(found[key], found) for key in seeds]
    fronts = [each for each in ends if each is not None and each.status == 200 and not each.withheld]
    shell = frozenset(value for front in fronts for value in words_now(front, frozenset()))
    words_at = cache(lambda key, of_front: words_now(found[key], frozenset() if of_front else shell))

    def is_same(before: Known, now: FoundUrl) -> bool:
        of_front = before.key in seeds  # whose words are the shell
        return is_same_page(words_before(before, frozenset() if of_front else shell), words_at(now.key, of_front))

    return is_same


def _words(
    path: Path, offset: int, body_sha256: str, url: str, content_type: str | None, shell: frozenset[int]
) -> dict[int, int]:  # fmt: skip
    """A page's own texts; none where it cannot be read, so that it is like no other."""
    try:
        texts = texts_of(body_at(path, offset, body_sha256), url, content_type or "")
    except DamagedRecordError as error:
        log.warning("%s: %s", url, error)
        return {}
    return dict(own_words(texts or (), shell))
