"""What a page says that its site has not said before.

In: the visible texts of a page, and the site's tables. Out: how many new pairs of words it brings, how much of it
was seen before, and a digest of its text. Numbers, dates and the names of months and days do not count, so a calendar
that turns its leaves says nothing new. Keeps hashes only.
"""

import hashlib
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MIN_NEW_PAIRS = 3  # a name in its place has three; the echo of a filter or a search word soon has none
MAX_NEW_PAIRS = 12  # enough to decide; storing all would make the table as large as the text
MAX_KNOWN_TEXTS = 2_000  # in memory for each site: its menus; 102 sites stay below 40 MB
_MONTHS = "januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december"
_DAYS = "mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag"
_VARYING = re.compile(rf"\b(?:{_MONTHS}|{_DAYS})(?:en|s)?\b|\w*\d\w*")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Novelty:
    """A page against what its site said before.

    Attributes:
        num_new_pairs: new pairs of words, counted up to MAX_NEW_PAIRS.
        seen_share: share of the page's texts that stand on pages seen before.
        text_digest: signed 64-bit hash of all its texts.
    """

    num_new_pairs: int
    seen_share: float
    text_digest: int

    @property
    def is_novel(self) -> bool:
        return self.num_new_pairs >= MIN_NEW_PAIRS


class SiteTexts:
    """The memory of one site's texts: hashes in its frontier, and the commonest texts at hand."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[str, int] = {}

    def learn(self, texts: Sequence[str]) -> Novelty:
        """Compare and remember; to be called inside the transaction that commits the page."""
        hashes = []
        num_seen = num_pairs = 0
        for text in texts:
            known = self._known.get(text)
            if known is not None:
                num_seen += 1
                hashes.append(known)
                continue
            normal = normalised(text)
            value = hash64(normal)
            hashes.append(value)
            if self._insert("block", value):
                num_pairs = self._count_pairs(normal, num_pairs)
            else:
                num_seen += 1
            self._keep(text, value)
        digest = hashlib.blake2b(b"".join(value.to_bytes(8, "big", signed=True) for value in hashes), digest_size=8)
        return Novelty(
            num_new_pairs=num_pairs, seen_share=num_seen / len(texts) if texts else 1.0,
            text_digest=int.from_bytes(digest.digest(), "big", signed=True),
        )  # fmt: skip

    def _count_pairs(self, normal: str, num_pairs: int) -> int:
        for first, second in pairwise(_WORD.findall(normal)):
            if num_pairs >= MAX_NEW_PAIRS:
                break
            num_pairs += self._insert("pair", hash64(f"{first} {second}"))
        return num_pairs

    def _insert(self, table: str, value: int) -> int:
        return max(self._db.execute(f"insert or ignore into {table} values (?)", (value,)).rowcount, 0)

    def _keep(self, text: str, value: int) -> None:
        """The first texts of a site are its menus, which come back on every page."""
        if len(self._known) < MAX_KNOWN_TEXTS and len(text) < 200:
            self._known[text] = value


def normalised(text: str) -> str:
    """Lower case; whatever varies from leaf to leaf of a calendar, and every word with a digit, becomes 0."""
    return _VARYING.sub("0", text.lower())


def hash64(text: str) -> int:
    """A signed 64-bit hash, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big",
                          signed=True)  # fmt: skip
