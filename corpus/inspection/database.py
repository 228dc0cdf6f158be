"""The tables of finished corpora as views of a DuckDB connection.

In: a connection and corpus folders. Out: views that read their parquet files where they lie. What is asked of them has
to say its order.
"""

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.schema import (
    BOILERPLATE_NAME,
    BOILERPLATE_SCHEMA,
    DOCUMENT_SCHEMA,
    DROPPED_SCHEMA,
    PERSONAL_DATA_NAME,
    PERSONAL_DATA_SCHEMA,
    SENTENCE_SCHEMA,
    SITE_SCHEMA,
    SITES_NAME,
    read_corpus_manifest,
)
from foundation.errors import BrokenRunError
from foundation.manifests import FileEntry, damaged_files

SPLIT_COLUMN = "split"  # of sentences, from the name of the shard
# table -> (its files below the folder of a corpus, its columns)
TABLES: dict[str, tuple[str, pa.Schema]] = {
    "sentences": ("sentences/*.parquet", SENTENCE_SCHEMA),
    "documents": ("documents/*.parquet", DOCUMENT_SCHEMA),
    "dropped": ("dropped/*.parquet", DROPPED_SCHEMA),
    "sites": (SITES_NAME, SITE_SCHEMA),
    "personal_data": (PERSONAL_DATA_NAME, PERSONAL_DATA_SCHEMA),
    "boilerplate": (BOILERPLATE_NAME, BOILERPLATE_SCHEMA),
}


def add_views(connection: duckdb.DuckDBPyConnection, corpus: Path, prefix: str = "") -> None:
    """A view for each table of a corpus; of one that has no file, or no such column, with no rows, or nulls.

    Raises:
        BrokenRunError: the folder is not a complete corpus, or a file of it is missing.
    """
    # by the manifest: a table without rows is something else than one whose file is missing
    named = [entry.path for entry in read_corpus_manifest(corpus).files]
    for table, (pattern, schema) in TABLES.items():
        with readable(corpus):
            rows = select([corpus / path for path in fnmatch.filter(named, pattern)], table, schema)
            connection.execute(f'create view "{prefix}{table}" as {rows}')


def check_files(folder: Path, entries: Iterable[FileEntry], help_command: str) -> None:
    """A table that lacks a file would answer all the same, and wrongly; what the files hold is not looked at.

    Raises:
        BrokenRunError: a table is missing, or has another size than recorded.
    """
    for entry in entries:
        path = folder / entry.path
        if path.suffix == ".parquet" and not (path.is_file() and path.stat().st_size == entry.size):
            raise BrokenRunError(
                f"{path}: missing, or not as recorded; restore it from a backup; all that is wrong: {help_command}"
            )


def select(paths: Sequence[Path], table: str, schema: pa.Schema) -> str:
    """The rows of these files with the columns of a schema, as SQL."""
    if not paths:
        columns = [f"cast(null as {duckdb_type(field.type)}) as {field.name}" for field in schema]
        columns += [f"cast(null as varchar) as {SPLIT_COLUMN}"] if table == "sentences" else []
        return f"select {', '.join(columns)} where false"
    there = {name for path in paths for name in pq.read_schema(path).names}
    columns = [
        field.name if field.name in there else f"cast(null as {duckdb_type(field.type)}) as {field.name}"
        for field in schema
    ]
    if table == "sentences":
        columns.append(f"split_part(parse_filename(filename), '-', 1) as {SPLIT_COLUMN}")
    files = ", ".join(quoted(str(path)) for path in paths)
    options = f"filename = {table == 'sentences'}, union_by_name = true"
    return f"select {', '.join(columns)} from read_parquet([{files}], {options})"


def duckdb_type(kind: pa.DataType) -> str:
    """The name of a column's type in SQL."""
    if pa.types.is_list(kind):
        return f"{duckdb_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        return f"struct({', '.join(f'{field.name} {duckdb_type(field.type)}' for field in kind)})"
    return _TYPES[kind]


def quoted(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def readable(*corpora: Path) -> Iterator[None]:
    """Turns what DuckDB says of a file that it cannot read into a sentence that names the file.

    Raises:
        BrokenRunError: a query inside met a damaged file, or had no room.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise BrokenRunError(f"not enough memory or disk for this: {_first_line(error)}") from None
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        for corpus in corpora:
            entries = sorted(read_corpus_manifest(corpus).files, key=lambda entry: not _is_of_a_table(entry.path))
            if damage := damaged_files(corpus, entries):
                more = f" (and {len(damage) - 1} more)" if len(damage) > 1 else ""
                raise BrokenRunError(
                    f"{damage[0]}{more}; restore it from a backup, or build the corpus anew under another name; "
                    f"all that is wrong: tvaerkom corpus verify {corpus.name}"
                ) from None
        if isinstance(error, duckdb.IOException | OSError):  # the working folder cannot be written, or its disk is full
            raise BrokenRunError(f"{_first_line(error)}; the files of the corpus are as built") from None
        raise  # a mistake of ours


def _is_of_a_table(path: str) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern, _ in TABLES.values())


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


_TYPES = {
    pa.string(): "varchar", pa.int32(): "integer", pa.int64(): "bigint", pa.float64(): "double", pa.bool_(): "boolean",
    pa.timestamp("us", tz="UTC"): "timestamptz",
}  # fmt: skip
