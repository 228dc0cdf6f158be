"""Pages that say "not found" with status 200.

In: the texts of a site's front page, and of an address that cannot exist. Out: whether another page is that error page
again. One probe a site, at an address made from its id, so that every crawl asks for the same.
"""

import hashlib
import json
from collections.abc import Sequence

from crawler.frontier import Frontier
from crawler.novelty import hash64, normalised

MIN_MARKS_SHARE = 0.5  # of the error page's own texts: one of them may quote the address that was asked for
MAX_OWN_WORDS = 12  # more than that, and the page says something besides
MAX_TEXTS = 1_000


def probe_path(site: str) -> str:
    """A path that no site has."""
    return f"/{hashlib.sha256(site.encode()).hexdigest()[:12]}-findes-ikke"


class SoftErrors:
    """What the error page of one site looks like, kept in its frontier."""

    def __init__(self, frontier: Frontier) -> None:
        self._frontier = frontier
        known = json.loads(frontier.fact("soft_error") or "{}")
        self._marks, self._texts = frozenset(known.get("marks", ())), frozenset(known.get("texts", ()))

    def learn_front(self, texts: Sequence[str]) -> None:
        """The front page shows what all pages of the site have in common."""
        if self._frontier.fact("front_texts") is None:
            self._frontier.set_fact("front_texts", json.dumps(sorted(_hashes(texts))))

    def learn_probe(self, texts: Sequence[str]) -> None:
        """The answer for an address that cannot exist, where it came with status 200."""
        front = frozenset(json.loads(self._frontier.fact("front_texts") or "[]"))
        self._texts = _hashes(texts)
        self._marks = self._texts - front
        known = {"marks": sorted(self._marks), "texts": sorted(self._texts)}
        self._frontier.set_fact("soft_error", json.dumps(known))

    def is_one(self, texts: Sequence[str]) -> bool:
        """Whether a page is the error page: it has the marks that the front page lacks, and nothing else of its own."""
        if not self._marks:
            return False
        hashed = {hash64(normalised(text)): text for text in texts[:MAX_TEXTS]}
        if len(self._marks & hashed.keys()) < MIN_MARKS_SHARE * len(self._marks):
            return False
        return sum(len(text.split()) for value, text in hashed.items() if value not in self._texts) <= MAX_OWN_WORDS


def _hashes(texts: Sequence[str]) -> frozenset[int]:
    return frozenset(hash64(normalised(text)) for text in texts[:MAX_TEXTS])
