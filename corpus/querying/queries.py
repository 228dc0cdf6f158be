"""One question in SQL to the views of all quarters, and its answer on the way out.

In: a connection with views (quarter_views.py) and the text of a query. Out: rows, a few at a time; or a file of them.
Runs nothing that writes: published tables are never changed.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from corpus.querying.answers import Answer, write_csv, write_json
from corpus.schema import read_corpus_manifest
from crawler.snapshot import read_snapshot_manifest
from foundation.errors import BrokenRunError, ConfigError
from foundation.files import written_aside
from foundation.manifests import damaged_files
from foundation.places import Places, complete_names
from foundation.printing import printable

READ_ONLY = (
    "one query that reads is run, such as SELECT, FROM, DESCRIBE or SUMMARIZE: published tables are never changed; "
    "what a query gives is written with --output FILE"
)
PIVOT = "give PIVOT its values: pivot ... on quarter in ('2026Q3', '2026Q4') using ..."
CSV, JSON, PARQUET = ".csv", ".json", ".parquet"
# DuckDB lets a WITH clause write files, but only at the top: below this none can.
_AS_SUBQUERY = "from query($query)"
# A SELECT may hold nodes that write, and functions that run other SQL, change settings or write. So what is known to
# read is let through, and nothing else that DuckDB has.
_READING_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_READING_FUNCTIONS = frozenset({
    "generate_series", "glob", "histogram", "histogram_values", "icu_calendar_names", "json_each", "json_tree",
    "pg_timezone_names", "range", "repeat", "repeat_row", "sniff_csv", "summary", "unnest",
})  # fmt: skip
_READING_FAMILIES = ("duckdb_", "parquet_", "pragma_", "read_")
_WRITES_BELOW_TOP = "must be at the top level"
_NEEDS_EXTENSION = "Please try installing"
_NO_ROOM = "No space left"
_MAX_ERROR_LINES, _MAX_ERROR_CHARS = 8, 300  # of candidates DuckDB names dozens, and of a value all of a page's text
# Errors that say what they are about; any other, such as "TProtocolException: Invalid data", may be a damaged file.
_NAMED = (duckdb.ProgrammingError, duckdb.DataError, duckdb.OperationalError, duckdb.NotSupportedError)
_FETCHED_ROWS = 10_000


@contextmanager
def asked(connection: duckdb.DuckDBPyConnection, query: str, places: Places) -> Iterator[Answer]:
    """Run a query; its rows are read inside.

    Raises:
        ConfigError: it is not one query that reads, or has a mistake.
        BrokenRunError: a table is damaged, or there is no room.
    """
    with _explained(places):
        _check(connection, query)
        cursor = connection.execute(_AS_SUBQUERY, {"query": query})
        columns = tuple(each[0] for each in cursor.description or ())
        yield Answer(columns=columns, rows=_rows(cursor), count=lambda: _num_rows(connection, query))


def write_answer(connection: duckdb.DuckDBPyConnection, query: str, places: Places, path: Path) -> int:
    """Write what a query gives to a file of the kind that its suffix says, and give the number of rows.

    Raises:
        ConfigError: as asked; or the file has another suffix, lies where only tvaerkom writes, or cannot be written.
        BrokenRunError: as asked.
    """
    if path.suffix not in (CSV, JSON, PARQUET):
        raise ConfigError(f"{path}: a file whose name ends in {CSV}, {JSON} or {PARQUET} can be written")
    if places.keeps(path):
        raise ConfigError(f"{path}: only tvaerkom writes there; give a place outside {places.data}")
    try:
        with written_aside(path) as aside:
            if path.suffix == PARQUET:
                return _write_parquet(connection, query, places, aside)
            write = write_csv if path.suffix == CSV else write_json
            with aside.open("w", encoding="utf-8", newline="") as file, asked(connection, query, places) as answer:
                return write(answer, file)
    except (PermissionError, NotADirectoryError, IsADirectoryError) as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from None


def _check(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    kinds = [statement.type for statement in connection.extract_statements(query)]
    if not kinds:
        raise ConfigError("the query is empty")
    if kinds == [duckdb.StatementType.MULTI]:
        raise ConfigError(PIVOT)
    if kinds != [duckdb.StatementType.SELECT] or not _only_reads(connection, query):
        raise ConfigError(READ_ONLY)


def _only_reads(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    """By the syntax tree that DuckDB makes of it; how a query is written plays no part."""
    ((text,),) = connection.execute("select json_serialize_sql($query)", {"query": query}).fetchall()
    try:
        parsed = json.loads(text)
    except RecursionError:
        raise ConfigError("the query is nested too deeply; part it with WITH") from None
    if parsed["error"]:
        return False
    functions, waiting = set(), [parsed["statements"]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            kind = node.get("type")
            if isinstance(kind, str) and kind.endswith("_NODE") and kind not in _READING_NODES:
                return False
            if kind == "TABLE_FUNCTION":
                functions.add(node["function"]["function_name"].lower())
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    unknown = [name for name in functions - _READING_FUNCTIONS if not name.startswith(_READING_FAMILIES)]
    return not unknown or not _has_function(connection, unknown)


def _has_function(connection: duckdb.DuckDBPyConnection, names: list[str]) -> bool:
    """Of a function that is not there, DuckDB itself says what it might be."""
    return bool(
        connection.execute(
            "select 1 from duckdb_functions() where lower(function_name) in (select unnest($names)) limit 1",
            {"names": names},
        ).fetchall()
    )


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_FETCHED_ROWS):
        yield from rows


def _num_rows(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    found = connection.execute(f"select count(*) {_AS_SUBQUERY}", {"query": query}).fetchone()
    return int(found[0]) if found else 0


def _write_parquet(connection: duckdb.DuckDBPyConnection, query: str, places: Places, path: Path) -> int:
    with _explained(places):
        _check(connection, query)
        table = connection.sql(_AS_SUBQUERY, params={"query": query})
        names = ['"' + name.replace('"', '""') + '"' for name in table.columns]
        # sums are of 128 bits, for which Parquet has no whole number
        columns = [f"cast({name} as bigint) as {name}" if str(kind) == "HUGEINT" else name
                   for name, kind in zip(names, table.types, strict=True)]  # fmt: skip
        table.project(", ".join(columns)).write_parquet(str(path), compression="zstd")
    return int(pq.read_metadata(path).num_rows)


@contextmanager
def _explained(places: Places) -> Iterator[None]:
    """Turns what DuckDB says into a sentence for the user, of the right kind."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise BrokenRunError(f"not enough memory or disk for this query: {_said(error)}") from None
    except duckdb.Error as error:
        said = _said(error)
        if _WRITES_BELOW_TOP in said:
            raise ConfigError(READ_ONLY) from None
        if _NEEDS_EXTENSION in str(error):
            raise ConfigError(f"{said.rstrip('.')}; no extension is loaded here, and no network is asked") from None
        if damage := _damaged(places, said, may_be_anywhere=not isinstance(error, _NAMED)):
            raise BrokenRunError(damage) from None
        if _NO_ROOM in said:
            raise BrokenRunError(f"the disk is full; make room, then type the same command again ({said})") from None
        raise ConfigError(said) from None


def _said(error: Exception) -> str:
    """Without the place in the query, where that is the one around the user's, and without what would not help here."""
    text = str(error).partition(_NEEDS_EXTENSION)[0]
    text = text.partition(f"\n\nLINE 1: {_AS_SUBQUERY.partition('(')[0]}")[0]
    lines = [printable(line[:_MAX_ERROR_CHARS]) for line in text.strip().split("\n") if line.strip()]
    more = ["..."] if len(lines) > _MAX_ERROR_LINES else []
    return "\n".join([*lines[:_MAX_ERROR_LINES], *more])


def _damaged(places: Places, said: str, *, may_be_anywhere: bool) -> str | None:
    """A sentence about a published file that could not be read; None: nothing tells of one.

    DuckDB names it, or (`may_be_anywhere`) says something that tells nothing; then all are compared with what is
    recorded of them.
    """
    stages = ("corpus", places.corpora, read_corpus_manifest), ("snapshot", places.snapshots, read_snapshot_manifest)
    for stage, folder, read in stages:
        if match := re.search(re.escape(str(folder)) + r"/([^/]+)/[^'\"]*\.parquet", said):
            return _damage(f"{match[0]}: cannot be read", stage, match[1])
        for name in complete_names(folder) if may_be_anywhere else ():
            tables = [entry for entry in read(folder / str(name)).files if entry.path.endswith(".parquet")]
            if complaints := damaged_files(folder / str(name), tables):
                return _damage(complaints[0], stage, str(name))
    return None


def _damage(complaint: str, stage: str, name: str) -> str:
    return f"{complaint}; restore it from a backup; all that is wrong: tvaerkom {stage} verify {name}"
