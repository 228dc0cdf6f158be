"""What a crawl asks before it fetches a page, and before it keeps one: must this be forgotten?

In: all erasures (foundation/erasures.py). Out: yes or no. Where nothing was ever erased it costs nothing.
"""

from collections.abc import Sequence

from crawler.erasing.frontier_rows import note_obeyed
from crawler.erasing.showing import Body, SiteMatcher, shows_text
from crawler.pages.urls import normal_url, url_key
from crawler.warc.records import ERASED
from foundation.erasures import Erasures

__all__ = ["ERASED", "Obeyed", "note_obeyed"]


class Obeyed:
    """The erasures, for one site."""

    def __init__(self, erasures: Erasures, site: str) -> None:
        self.erasures = erasures
        self._matcher = SiteMatcher(erasures, site)

    def __bool__(self) -> bool:
        return bool(self.erasures)

    def covers(self, url: str) -> bool:
        """Whether a normal URL is not to be fetched, nor kept as a place where others lead to."""
        return bool(self.erasures) and self._matcher.covers_key(url_key(url))

    def covers_redirect(self, location: str, url: str) -> bool:
        """Whether an answer leads to a page that was erased: its head would keep that address."""
        if not self.erasures:
            return False
        target = normal_url(location, url)
        return target is not None and self._matcher.covers_key(url_key(target))

    def withholds(self, body: bytes, url: str, content_type: str, texts: Sequence[str] | None = None) -> bool:
        """Whether a body is not to be kept: its bytes were erased, or a text on it was.

        Args:
            texts: the visible texts, where they were read already.
        """
        if not self.erasures or not body:
            return False
        content = Body(body, content_type)
        if self.erasures.covers_payload(content.sha256):
            return True
        if not self.erasures.has_texts:
            return False
        return self.erasures.covers_text(" ".join(texts or ())) or shows_text(self.erasures, content, url)
