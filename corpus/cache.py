"""What was worked out for pages of a site, kept from build to build: extractions, and what their text became.

In: a key made of all that a value depends on (bytes and charset, or blocks; the configuration; the code). Out: the
value, or None. One SQLite file a site under data/cache/pages; it may be deleted at any time. A value that cannot be
read back is worked out anew, so a build is the same with and without a cache.
"""

import contextlib
import hashlib
import json
import logging
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from backports import zstd

from foundation.errors import BrokenRunError
from foundation.files import make_folder

log = logging.getLogger(__name__)
Value = TypeVar("Value")
EXTRACTIONS, TEXTS = "extractions", "texts"
_KEY_BYTES = 16
_ROWS_PER_COMMIT = 200  # what a kill costs: a few seconds of work
_BYTES_PER_COMMIT = 4 << 20  # packed; some hundred long pages
_BUSY_PAUSE_S = 0.05
_BUSY_S = 120  # another build, of a trial, may write the same site's file
_OPTIONS = {
    int(zstd.CompressionParameter.compression_level): 1,
    int(zstd.CompressionParameter.checksum_flag): 1,
}
_TABLES = (EXTRACTIONS, TEXTS)
_VERSION = 2  # of the schema; a file of another one is begun anew
_SCHEMA = """
    CREATE TABLE {table}
    (key BLOB PRIMARY KEY, quarter TEXT NOT NULL, brief BLOB NOT NULL, value BLOB NOT NULL) WITHOUT ROWID
"""
_CHECKSUM_BYTES = 4
_ADVICE = {
    sqlite3.SQLITE_BUSY: "wait for the other build of this site to end", sqlite3.SQLITE_FULL: "make room on the disk",
}  # fmt: skip


def cache_key(*parts: str) -> bytes:
    """128 bits for what a value depends on."""
    digest = hashlib.blake2b(digest_size=_KEY_BYTES)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.digest()


class PageCache:
    """One site's cache. `quarter` is written beside each value that a build uses."""

    def __init__(self, path: Path, quarter: str) -> None:
        self._path, self._quarter = path, quarter
        # held here until they are written at once: an open transaction would shut out another build for minutes
        self._waiting: dict[str, dict[bytes, tuple[bytes, bytes]]] = {table: {} for table in _TABLES}
        self._num_bytes = 0
        self._used: dict[str, list[bytes]] = {table: [] for table in _TABLES}
        make_folder(path.parent)
        try:
            self._database = self._opened()
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.commit()
        finally:
            self._database.close()

    def get(self, table: str, key: bytes) -> Any:
        """The value, or None where there is none that can be read."""
        return self._read(table, key, "value", _unpacked)

    def brief(self, table: str, key: bytes) -> bytes | None:
        """What was put beside the value, read without it."""
        return self._read(table, key, "brief", _checked)

    def put(self, table: str, key: bytes, value: Any, brief: bytes = b"") -> None:
        packed = zstd.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), options=_OPTIONS)
        self._waiting[table][key] = (brief + _checksum(brief), packed)
        self._num_bytes += len(brief) + len(packed)
        if sum(map(len, self._waiting.values())) >= _ROWS_PER_COMMIT or self._num_bytes >= _BYTES_PER_COMMIT:
            self.commit()

    def sweep(self, is_meant: Callable[[str, Any], bool]) -> None:
        """Take out each value of which `is_meant` (table, value; None for a damaged one), and overwrite it."""
        self.commit()
        try:
            for table in _TABLES:
                rows = self._database.execute(f"SELECT key, value FROM {table}")
                meant = [(key,) for key, packed in rows if is_meant(table, _value_or_none(packed))]
                self._database.executemany(f"DELETE FROM {table} WHERE key = ?", meant)
            self._database.commit()
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)

    def commit(self) -> None:
        try:
            self._write()
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
            self._write()
        for waiting in self._waiting.values():
            waiting.clear()
        self._num_bytes = 0

    def _write(self) -> None:
        for table, keys in self._used.items():
            rows = [(self._quarter, key) for key in keys]
            self._database.executemany(f"UPDATE {table} SET quarter = ? WHERE key = ?", rows)
            keys.clear()
        for table, waiting in self._waiting.items():
            new = [(key, self._quarter, *contents) for key, contents in waiting.items()]
            self._database.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?)", new)
        self._database.commit()

    def forget_before(self, quarter: str) -> None:
        """Remove what no build has used since that quarter."""
        self.commit()  # what this build uses is of its quarter
        with contextlib.suppress(sqlite3.DatabaseError):  # another build writes it; the next one removes them
            for table in _TABLES:
                self._database.execute(f"DELETE FROM {table} WHERE quarter < ?", (quarter,))

    def _read(self, table: str, key: bytes, column: str, unpacked: Callable[[bytes], Value]) -> Value | None:
        try:
            row = self._row(table, key, column)
            value = None if row is None else unpacked(row[1])
        except (sqlite3.DatabaseError, zstd.ZstdError, EOFError, TypeError, ValueError) as error:
            log.warning("%s: a value is damaged (%s) and is worked out anew", self._path, error)
            return None
        if row is not None and row[0] < self._quarter:
            self._used[table].append(key)
        return value

    def _row(self, table: str, key: bytes, column: str) -> tuple[str, bytes] | None:
        """The quarter, and what this column holds."""
        if key in self._waiting[table]:
            return self._quarter, self._waiting[table][key][column == "value"]
        statement = f"SELECT quarter, {column} FROM {table} WHERE key = ?"
        found: tuple[str, bytes] | None = self._database.execute(statement, (key,)).fetchone()
        return found

    def _opened(self) -> sqlite3.Connection:
        """Where two builds begin one file at the same time, SQLite refuses one of them without waiting."""
        last = time.monotonic() + _BUSY_S
        while True:
            try:
                return self._opened_at_once()
            except sqlite3.OperationalError as error:
                if _code_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() > last:
                    raise
                time.sleep(_BUSY_PAUSE_S)

    def _opened_at_once(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=_BUSY_S)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA cache_size = -4000")  # 4 MB
            database.execute("PRAGMA secure_delete = ON")
            if _version_of(database) != _VERSION:
                _make_tables(database)
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database

    def _begin_anew(self, error: sqlite3.DatabaseError) -> None:
        """A damaged file is as good as none; one that cannot be written ends the build."""
        if isinstance(error, sqlite3.OperationalError):
            raise self._broken(error) from None
        log.warning("%s: not readable (%s); it is begun anew, and its pages are read again", self._path, error)
        with contextlib.suppress(AttributeError, sqlite3.DatabaseError):  # it may never have been open
            self._database.close()
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._database = self._opened()

    def _broken(self, error: sqlite3.DatabaseError) -> BrokenRunError:
        advice = _ADVICE.get(_code_of(error), "see that it can be written")
        return BrokenRunError(
            f"{self._path}: cannot be written ({error}); {advice}, or remove the file, and type the same "
            "command again: sites that are done are not done again"
        )


def _code_of(error: sqlite3.DatabaseError) -> int:
    """Without what extends it: there are several ways of being busy."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _version_of(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _make_tables(database: sqlite3.Connection) -> None:
    database.execute("BEGIN IMMEDIATE")  # another build may be at the same
    if _version_of(database) != _VERSION:
        for table in _TABLES:
            database.execute(f"DROP TABLE IF EXISTS {table}")
            database.execute(_SCHEMA.format(table=table))
        database.execute(f"PRAGMA user_version = {_VERSION}")
    database.commit()


def _unpacked(packed: bytes) -> Any:
    decompressor = zstd.ZstdDecompressor()
    content = decompressor.decompress(packed)
    if not decompressor.eof:
        raise ValueError("cut off")
    return json.loads(content)


def _value_or_none(packed: bytes) -> Any:
    try:
        return _unpacked(packed)
    except (zstd.ZstdError, EOFError, TypeError, ValueError):
        return None


def _checksum(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(_CHECKSUM_BYTES, "little")


def _checked(content: bytes) -> bytes:
    content, checksum = content[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
    if checksum != _checksum(content):
        raise ValueError("wrong checksum")
    return content


def cached_values(path: Path) -> Iterator[tuple[str, Any]]:
    """Table and value of all that a file holds; None for a value that cannot be read. Changes nothing.

    Raises:
        sqlite3.DatabaseError: the file is damaged, or no cache.
    """
    # without a log beside it nobody writes the file, and none is made by reading it
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    database = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=_BUSY_S)
    try:
        for table in _TABLES:
            for (packed,) in database.execute(f"SELECT value FROM {table}"):
                yield table, _value_or_none(packed)
    finally:
        database.close()


def source_sha256(paths: Iterable[Path]) -> str:
    """Hash of the code that a value depends on, so that a changed rule never meets an old value."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
