"""What a page says that its site has not said before.

In: the visible texts of a page, and the site's tables. Out: how many new pairs of words it brings, how much of it
was seen before, and a digest of its text. Numbers, dates and the names of months and days do not count, so a calendar
that turns its leaves says nothing new. Keeps hashes only.
"""

import hashlib
import re
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

MIN_NEW_PAIRS = 3  # a name in its place has three; the echo of a filter or a search word soon has none
MAX_NEW_PAIRS = 12  # enough to decide; storing all would make the table as large as the text
MAX_KNOWN_TEXTS = 800  # in memory for each site: its menus; 102 sites stay below 15 MB
MAX_TEXT_CHARS = 2_000  # of one text between two tags; what is longer is told apart by its beginning
MAX_VARIABLES = 500  # of one SQL statement; older SQLite allows 999
# Three statements that stay prepared, not one for each number of texts.
_KNOWN_BLOCKS = [(f"select hash from block where hash in ({','.join('?' * number)})", number)
                 for number in (16, 80, MAX_VARIABLES)]  # fmt: skip
_MONTHS = "januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december"
_DAYS = "mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag"
_VARYING = re.compile(rf"\b(?:{_MONTHS}|{_DAYS})(?:en|s)?\b|\b[^\W\d]*+\d\w*+")  # linear in the length of the text
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
        hashes = [self._known.get(text) for text in texts]
        unknown: dict[int, str] = {}  # in the order of the page
        for place, text in enumerate(texts):
            if hashes[place] is None:
                normal = normalised(text)
                hashes[place] = value = hash64(normal)
                unknown[value] = normal
                self._keep(text, value)
        new = self._add_blocks(unknown)
        num_unseen = sum(each in new for each in hashes)
        digest = hashlib.blake2b(digest_size=8)
        for each in hashes:
            digest.update((each or 0).to_bytes(8, "big", signed=True))
        return Novelty(
            num_new_pairs=self._count_pairs(unknown[value] for value in unknown if value in new),
            seen_share=1 - num_unseen / len(texts) if texts else 1.0,
            text_digest=int.from_bytes(digest.digest(), "big", signed=True),
        )  # fmt: skip

    def _add_blocks(self, unknown: Collection[int]) -> set[int]:
        """Those that were not there before."""
        values = list(unknown)
        new = set(values)
        for start in range(0, len(values), MAX_VARIABLES):
            part = values[start : start + MAX_VARIABLES]
            statement, num_marks = next(each for each in _KNOWN_BLOCKS if each[1] >= len(part))
            part += [part[-1]] * (num_marks - len(part))
            new.difference_update(value for (value,) in self._db.execute(statement, part))
        self._db.executemany("insert into block values (?)", [(value,) for value in values if value in new])
        return new

    def _count_pairs(self, blocks: Iterable[str]) -> int:
        """New pairs of words in the new texts, up to as many as are kept."""
        num_pairs = 0
        for normal in blocks:
            for first, second in pairwise(_WORD.findall(normal)):
                value = hash64(f"{first} {second}")
                added = self._db.execute("insert or ignore into pair values (?)", (value,)).rowcount
                num_pairs += max(added, 0)
                if num_pairs >= MAX_NEW_PAIRS:
                    return num_pairs
        return num_pairs

    def _keep(self, text: str, value: int) -> None:
        """The first texts of a site are its menus, which come back on every page."""
        if len(self._known) < MAX_KNOWN_TEXTS and len(text) < 200:
            self._known[text] = value


def normalised(text: str) -> str:
    """Lower case; whatever varies from leaf to leaf of a calendar, and every word with a digit, becomes 0."""
    return _VARYING.sub("0", text[:MAX_TEXT_CHARS].lower())


def hash64(text: str) -> int:
    """A signed 64-bit hash, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big",
                          signed=True)  # fmt: skip
