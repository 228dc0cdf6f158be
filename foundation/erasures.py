"""What must be forgotten, known by keyed hashes only: `data/erasures/index.db`, obeyed by every crawl and build.

In: keys of URLs, beginnings of them, sites, texts, payloads. Out: whether something is covered. Nobody can read from
the index what was erased; whoever has the key (`data/erasures/key`, mode 0600) can only ask whether it knows a thing.
Erases nothing itself; each stage does in its own places.
"""

import hmac
import re
import secrets
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from foundation.errors import BrokenRunError
from foundation.files import make_folder, sha256_of_text, write_bytes

INDEX_NAME, KEY_NAME = "index.db", "key"
URL, PREFIX, SITE, TEXT, PAYLOAD = "url", "prefix", "site", "text", "payload"
PENDING, DONE = "pending", "done"
MIN_TEXT_WORDS = 4  # fewer stand on pages that are not meant
_HASH_BYTES = 16
# Behind the hash of a text stand so many bits of a sum over its words. Only a window of words with the same sum is
# hashed as a whole, one of 4,096, which is ten times as fast. They tell as much about the text as a checksum would.
_SUM_MASK, _SUM_BYTES = 4095, 2
_MAX_WORDS_AT_HAND = 200_000
_WORD = re.compile(r"\w+")
_NOT_SEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")  # soft hyphens and the like, inside of words
_TABLES = """
create table if not exists erasure (id text primary key, state text not null, date text not null);
create table if not exists covered (
    erasure text not null, kind text not null, length integer not null, hash blob not null,
    primary key (kind, length, hash, erasure)
) without rowid;
"""


class Matcher(Protocol):
    """What is sought, by its own words or by hashes. Keys are those of crawler.pages.urls.url_key."""

    @property
    def has_texts(self) -> bool:
        """Whether there is any text to look for; to look for none costs nothing."""

    def covers_url(self, site: str, key: str) -> bool:
        """Whether an address is meant: it, a beginning of it, or all of its site."""

    def covers_text(self, text: str) -> bool:
        """Whether a text that is meant stands in this one, in whatever case, blanks and signs."""

    def covers_payload(self, body_sha256: str) -> bool:
        """Whether a page of exactly these bytes is meant, at whatever address."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """How many things of one kind were found, or taken away, in one place.

    Attributes:
        place: the file (or the model's folder) below the data folder, as text.
        kind: "WARC record", "capture", "request", "outcome", "frontier row", "sentence", "document", "dropped row",
            "token row", "cached page", "report line", "report" (of a corpus), "model".
    """

    place: str
    kind: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What a person asks for, by its own words; never written to a file."""

    urls: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    sites: frozenset[str] = frozenset()
    texts: tuple[tuple[str, ...], ...] = ()  # words_of each
    payloads: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.urls or self.prefixes or self.sites or self.texts or self.payloads)

    @property
    def has_texts(self) -> bool:
        return bool(self.texts)

    def covers_url(self, site: str, key: str) -> bool:
        return site in self.sites or key in self.urls or key.startswith(self.prefixes)

    def covers_text(self, text: str) -> bool:
        if not self.texts:
            return False
        if not (near := self._near(plain_text(text))):
            return False  # most pages; to take each of them apart would take ten times as long
        whole = f" {' '.join(words_of(text))} "
        return any(f" {' '.join(words)} " in whole for words in near)

    def has_all_words(self, text: str) -> bool:
        """Whether all words of some text that is sought stand here, in any order: else it cannot be here."""
        return bool(self._near(plain_text(text)))

    def _near(self, lowered: str) -> list[tuple[str, ...]]:
        return [words for words in self.texts if all(word in lowered for word in words)]

    def covers_payload(self, body_sha256: str) -> bool:
        return body_sha256 in self.payloads


@dataclass(frozen=True, kw_only=True)
class Erasures:
    """Everything that was erased, or what one erasure covers, by hashes.

    Attributes:
        ids: of the erasures, in order.
        hashes: kind -> length -> hashes; length is that of a prefix in characters, of a text in words, else 0.
    """

    key: bytes = b""
    ids: tuple[str, ...] = ()
    hashes: dict[str, dict[int, frozenset[bytes]]] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return bool(self.hashes)

    @property
    def sha256(self) -> str | None:
        """Changes with what is covered; None where nothing is."""
        if not self.hashes:
            return None
        return sha256_of_text(
            *(f"{kind} {length} {each.hex()}" for kind, lengths in sorted(self.hashes.items())
              for length, hashes in sorted(lengths.items()) for each in sorted(hashes))
        )  # fmt: skip

    @property
    def has_texts(self) -> bool:
        return TEXT in self.hashes

    def covers_url(self, site: str, key: str) -> bool:
        return (
            self._has(URL, 0, key) or self._has(SITE, 0, site)
            or any(len(key) >= length and self._has(PREFIX, length, key[:length])
                   for length in self.hashes.get(PREFIX, ()))
        )  # fmt: skip

    def covers_text(self, text: str) -> bool:
        if TEXT not in self.hashes:
            return False
        words = words_of(text)
        sums = [0, *accumulate(map(self._numbers.__getitem__, words))]
        return any(
            keyed_hash(self.key, TEXT, " ".join(words[start : start + length])) in wanted[(high - low) & _SUM_MASK]
            for length, wanted in self._wanted.items()
            for start, (low, high) in enumerate(zip(sums, sums[length:], strict=False))
            if (high - low) & _SUM_MASK in wanted
        )

    def covers_payload(self, body_sha256: str) -> bool:
        return self._has(PAYLOAD, 0, body_sha256)

    @cached_property
    def _wanted(self) -> dict[int, dict[int, set[bytes]]]:
        """Number of words -> sum over them -> hashes."""
        wanted: dict[int, dict[int, set[bytes]]] = defaultdict(dict)
        for length, hashes in self.hashes.get(TEXT, {}).items():
            for each in hashes:
                number = int.from_bytes(each[_HASH_BYTES:], "big")
                wanted[length].setdefault(number, set()).add(each[:_HASH_BYTES])
        return dict(wanted)

    @cached_property
    def _numbers(self) -> "_WordNumbers":
        return _WordNumbers(self.key)

    def _has(self, kind: str, length: int, value: str) -> bool:
        hashes = self.hashes.get(kind, {}).get(length)
        return bool(hashes) and keyed_hash(self.key, kind, value) in hashes  # type: ignore[operator]


class _WordNumbers(dict[str, int]):
    """A number for each word, which only the key gives."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self.key = key

    def __missing__(self, word: str) -> int:
        if len(self) >= _MAX_WORDS_AT_HAND:
            self.clear()
        number = int.from_bytes(keyed_hash(self.key, "word", word)[:_SUM_BYTES], "big") & _SUM_MASK
        self[word] = number
        return number

    def __reduce__(self) -> tuple[type, tuple[bytes]]:
        return _WordNumbers, (self.key,)  # for another process, which finds its own words


NOTHING_ERASED = Erasures()


def plain_text(text: str) -> str:
    """Lower case, letters in one form (an å may be written as two signs), without hyphens that are not seen."""
    normal = text if text.isascii() else _NOT_SEEN.sub("", unicodedata.normalize("NFKC", text))
    return normal.lower()


def words_of(text: str) -> list[str]:
    """Words in lower case, without what stands between them."""
    return _WORD.findall(plain_text(text))


def keyed_hash(key: bytes, kind: str, value: str) -> bytes:
    content = f"{kind} {value}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, content, "sha256")[:_HASH_BYTES]


def read_erasures(folder: Path, ids: Iterable[str] | None = None) -> Erasures:
    """All that must be forgotten, or what the named erasures cover.

    Args:
        folder: data/erasures.

    Raises:
        BrokenRunError: the index or its key cannot be read; nothing may be crawled or built then.
    """
    path = folder / INDEX_NAME
    if not path.exists():
        return NOTHING_ERASED
    wanted = None if ids is None else set(ids)
    hashes: dict[str, dict[int, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            known = [row[0] for row in db.execute("select id from erasure order by rowid")]
            for erasure, kind, length, value in db.execute("select erasure, kind, length, hash from covered"):
                if wanted is None or erasure in wanted:
                    hashes[kind][length].add(value)
        finally:
            db.close()
        key = (folder / KEY_NAME).read_bytes()
    except (OSError, sqlite3.Error) as error:
        raise BrokenRunError(
            f"{path}: what must be forgotten cannot be read ({error}); restore {folder} from a backup: without it "
            "erased pages would come back"
        ) from None
    return Erasures(
        key=key, ids=tuple(each for each in known if wanted is None or each in wanted),
        hashes={kind: {length: frozenset(found) for length, found in lengths.items()}
                for kind, lengths in hashes.items()},
    )  # fmt: skip


def add_erasure(folder: Path, erasure: str, date: str, sought: Sought) -> Erasures:
    """Enter what is to be forgotten, as pending; gives it as hashes. The same id may be entered again."""
    key = _key(folder)
    rows = [
        (erasure, kind, length, keyed_hash(key, kind, value) + _sum_over(key, kind, value))
        for kind, length, value in _values(sought)
    ]  # fmt: skip
    path = make_folder(folder) / INDEX_NAME
    try:
        db = sqlite3.connect(path, isolation_level=None)
        try:
            path.chmod(0o600)
            db.executescript(_TABLES)
            db.execute("begin immediate")
            db.execute("insert or ignore into erasure values (?, ?, ?)", (erasure, PENDING, date))
            db.executemany("insert or ignore into covered values (?, ?, ?, ?)", rows)
            db.execute("commit")
        finally:
            db.close()
    except sqlite3.Error as error:
        raise BrokenRunError(f"{path}: cannot be written ({error}); nothing was erased") from None
    return read_erasures(folder, [erasure])


def set_done(folder: Path, erasure: str) -> None:
    db = sqlite3.connect(folder / INDEX_NAME)
    try:
        with db:
            db.execute("update erasure set state = ? where id = ?", (DONE, erasure))
    finally:
        db.close()


def erasure_ids(folder: Path, *, only_pending: bool = False) -> list[str]:
    """All erasures, or those that were begun and not ended, in order."""
    path = folder / INDEX_NAME
    if not path.exists():
        return []
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        rows = db.execute("select id from erasure where state = ? or not ? order by rowid", (PENDING, only_pending))
        return [row[0] for row in rows]
    finally:
        db.close()


def _sum_over(key: bytes, kind: str, value: str) -> bytes:
    """What stands behind the hash of a text; nothing behind others."""
    if kind != TEXT:
        return b""
    numbers = _WordNumbers(key)
    return (sum(numbers[word] for word in value.split(" ")) & _SUM_MASK).to_bytes(_SUM_BYTES, "big")


def _values(sought: Sought) -> Iterable[tuple[str, int, str]]:
    yield from ((URL, 0, each) for each in sorted(sought.urls))
    yield from ((PREFIX, len(each), each) for each in sorted(sought.prefixes))
    yield from ((SITE, 0, each) for each in sorted(sought.sites))
    yield from ((TEXT, len(words), " ".join(words)) for words in sought.texts)
    yield from ((PAYLOAD, 0, each) for each in sorted(sought.payloads))


def _key(folder: Path) -> bytes:
    path = make_folder(folder) / KEY_NAME
    if not path.exists():
        write_bytes(path, secrets.token_bytes(32))
        path.chmod(0o600)
    return path.read_bytes()


def text_words(texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The texts of a request as words."""
    return tuple(tuple(words_of(text)) for text in texts)
