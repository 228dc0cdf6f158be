"""A corpus as views of a database: what is there is read as it is, and what is damaged is named."""

import datetime
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.inspection.connection import connected
from corpus.inspection.database import TABLES, add_views, duckdb_type, quoted, readable, select
from foundation.errors import BrokenRunError
from foundation.manifests import file_entries, write_manifest

AT = datetime.datetime(2020, 3, 31, 23, 30, tzinfo=datetime.UTC)  # in Denmark the next quarter has begun
VALUES = {
    pa.string(): "x", pa.int32(): 1, pa.int64(): 1, pa.float64(): 0.5, pa.bool_(): True,
    pa.timestamp("us", tz="UTC"): AT,
}  # fmt: skip
SHARDS = {
    "sentences/train-00000-of-00002.parquet": ("sentences", [{"text": "a"}, {"text": "b"}]),
    "sentences/train-00001-of-00002.parquet": ("sentences", [{"text": "c"}]),
    "sentences/validation-00000-of-00001.parquet": ("sentences", [{"text": "d"}]),
    "documents/documents-00000-of-00001.parquet": ("documents", [{}]),
    "dropped/dropped-00000-of-00001.parquet": ("dropped", [{"reason": "wall"}]),
    "sites.parquet": ("sites", [{}]),
    "personal_data.parquet": ("personal_data", [{}]),
    "boilerplate.parquet": ("boilerplate", [{}]),
}


def row_of(schema: pa.Schema, **values: Any) -> dict[str, Any]:
    return {field.name: values.get(field.name, VALUES.get(field.type, [])) for field in schema}


def seal(corpus: Path) -> Path:
    """The manifest of what lies in the folder."""
    write_manifest(corpus, {
        "kind": "corpus", "id": f"corpus-{corpus.name}-0", "name": corpus.name, "revision": 1, "content_sha256": "0",
        "inputs": {}, "follows": None, "configuration": {}, "counts": {},
        "files": [vars(entry) for entry in file_entries(corpus, sorted(corpus.rglob("*.parquet")))],
    })  # fmt: skip
    return corpus


def lay_out(corpus: Path) -> Path:
    for path, (table, rows) in SHARDS.items():
        schema = TABLES[table][1]
        (corpus / path).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist([row_of(schema, **row) for row in rows], schema), corpus / path)
    return seal(corpus)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "corpora" / "2020Q1")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connected(tmp_path / "work" / "inspection") as connection:
        yield connection


@pytest.fixture
def asked(connection: duckdb.DuckDBPyConnection) -> Callable[[str], list[Any]]:
    return lambda sql: connection.execute(sql).fetchall()


def test_each_table_is_a_view_with_the_columns_of_its_schema(
    connection: duckdb.DuckDBPyConnection, corpus: Path
) -> None:
    add_views(connection, corpus)
    for table, (_, schema) in TABLES.items():
        more = ["split"] if table == "sentences" else []
        assert connection.table(table).columns == [*schema.names, *more]


def test_rows_are_those_of_all_shards_and_a_sentence_has_its_split(
    connection: duckdb.DuckDBPyConnection, corpus: Path, asked: Callable[[str], list[Any]]
) -> None:
    add_views(connection, corpus)
    assert asked("select text, split from sentences order by text") == [
        ("a", "train"), ("b", "train"), ("c", "train"), ("d", "validation"),
    ]  # fmt: skip
    assert asked("select reason from dropped") == [("wall",)]


def test_two_corpora_are_side_by_side_under_their_prefixes(
    connection: duckdb.DuckDBPyConnection, corpus: Path, asked: Callable[[str], list[Any]]
) -> None:
    after = lay_out(corpus.parent / "2020Q2")
    (after / "sentences/train-00001-of-00002.parquet").unlink()
    add_views(connection, corpus, "a_")
    add_views(connection, seal(after), "b_")
    assert asked("select (select count(*) from a_sentences), (select count(*) from b_sentences)") == [(4, 3)]


@pytest.mark.parametrize("table", TABLES)
def test_view_without_files_has_the_columns_and_types_of_one_with_files(
    connection: duckdb.DuckDBPyConnection, corpus: Path, table: str
) -> None:
    pattern, schema = TABLES[table]
    there, missing = (
        [column[:2] for column in connection.execute(f"describe {select(paths, table, schema)}").fetchall()]
        for paths in (sorted(corpus.glob(pattern)), [])
    )
    assert missing == there


def test_corpus_without_a_table_has_no_rows_of_it(
    connection: duckdb.DuckDBPyConnection, corpus: Path, asked: Callable[[str], list[Any]]
) -> None:
    (corpus / "boilerplate.parquet").unlink()
    shutil.rmtree(corpus / "sentences")
    add_views(connection, seal(corpus))
    assert asked("select text, split from sentences union all select site, key from boilerplate") == []


def test_column_that_an_older_corpus_lacks_is_null_and_of_its_type(
    connection: duckdb.DuckDBPyConnection, corpus: Path, asked: Callable[[str], list[Any]]
) -> None:
    path = corpus / "documents/documents-00000-of-00001.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["change", "first_url", "first_seen", "blocks"]), path)
    add_views(connection, seal(corpus))
    assert asked("select change, first_url, first_seen, blocks, num_sentences from documents") == [
        (None, None, None, None, 1)
    ]
    types = dict(connection.execute("select name, type from pragma_table_info('documents')").fetchall())
    assert types["first_seen"] == "TIMESTAMP WITH TIME ZONE"
    assert types["blocks"] == 'STRUCT(kind VARCHAR, "text" VARCHAR)[]'


def test_times_are_told_in_utc_wherever_the_machine_stands(
    connection: duckdb.DuckDBPyConnection, corpus: Path, asked: Callable[[str], list[Any]]
) -> None:
    add_views(connection, corpus)
    assert asked("select year(first_seen), quarter(first_seen) from documents") == [(2020, 1)]


def test_folder_with_a_quote_in_its_name_is_read(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, asked: Callable[[str], list[Any]]
) -> None:
    add_views(connection, lay_out(tmp_path / "Søren's 'data'" / "2020Q1"))
    assert asked("select count(*) from sentences") == [(4,)]


def test_file_that_the_manifest_does_not_name_is_not_counted(
    connection: duckdb.DuckDBPyConnection, corpus: Path, asked: Callable[[str], list[Any]]
) -> None:
    shutil.copy(corpus / "sentences/train-00001-of-00002.parquet", corpus / "sentences/train-00001 (kopi).parquet")
    add_views(connection, corpus)
    assert asked("select count(*) from sentences") == [(4,)]


def test_folder_without_a_manifest_is_no_corpus(connection: duckdb.DuckDBPyConnection, corpus: Path) -> None:
    (corpus / "manifest.json").unlink()
    with pytest.raises(BrokenRunError, match=r"2020Q1: not complete \(no manifest\.json\)"):
        add_views(connection, corpus)


@pytest.mark.parametrize("path", SHARDS)
def test_missing_file_is_named_and_not_taken_for_no_rows(
    connection: duckdb.DuckDBPyConnection, corpus: Path, path: str
) -> None:
    (corpus / path).unlink()
    with pytest.raises(BrokenRunError) as caught, readable(corpus):
        add_views(connection, corpus)
        connection.execute(f"select count(*) from {SHARDS[path][0]}").fetchall()
    assert str(caught.value) == (
        f"{corpus / path}: missing; restore it from a backup, or build the corpus anew under another name; "
        "all that is wrong: tvaerkom corpus verify 2020Q1"
    )


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _other_bytes(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:4] + b"\xff" * (len(data) - 12) + data[-8:])


@pytest.mark.parametrize("harm", [_cut, _emptied, _other_bytes], ids=lambda harm: harm.__name__.strip("_"))
@pytest.mark.parametrize("path", SHARDS)
def test_damaged_file_is_named_with_what_to_do(
    connection: duckdb.DuckDBPyConnection, corpus: Path, path: str, harm: Callable[[Path], None]
) -> None:
    harm(corpus / path)
    with pytest.raises(BrokenRunError) as caught, readable(corpus):
        add_views(connection, corpus)
        connection.execute(f"select * from {SHARDS[path][0]}").fetchall()
    assert str(caught.value).startswith(f"{corpus / path}: ")
    assert "restore it from a backup" in str(caught.value)
    assert "tvaerkom corpus verify 2020Q1" in str(caught.value)


def test_changed_readme_is_not_blamed_for_a_damaged_table(connection: duckdb.DuckDBPyConnection, corpus: Path) -> None:
    (corpus / "README.md").write_text("før")
    write_manifest(corpus, {
        **_manifest(corpus), "files": [vars(entry) for entry in file_entries(
            corpus, [corpus / "README.md", *corpus.rglob("*.parquet")]
        )],
    })  # fmt: skip
    (corpus / "README.md").write_text("mine egne noter")
    _cut(corpus / "sites.parquet")
    with pytest.raises(BrokenRunError, match=r"sites\.parquet: .* \(and 1 more\)"):
        add_views(connection, corpus)


def _manifest(corpus: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((corpus / "manifest.json").read_text())
    return values


def test_damage_of_the_second_of_two_corpora_is_found(connection: duckdb.DuckDBPyConnection, corpus: Path) -> None:
    after = lay_out(corpus.parent / "2020Q2")
    _other_bytes(after / "sentences/train-00001-of-00002.parquet")
    with pytest.raises(BrokenRunError, match=r"2020Q2/sentences/train-00001.*verify 2020Q2"), readable(corpus, after):
        add_views(connection, corpus, "a_")
        add_views(connection, after, "b_")
        connection.execute("select text from b_sentences").fetchall()


def test_mistake_of_ours_is_no_damage(connection: duckdb.DuckDBPyConnection, corpus: Path) -> None:
    with pytest.raises(duckdb.CatalogException), readable(corpus):
        connection.execute("select * from no_such_table")


def test_lack_of_memory_and_disk_is_said_in_a_sentence(connection: duckdb.DuckDBPyConnection, corpus: Path) -> None:
    connection.execute("set memory_limit = '4MB'")
    connection.execute("set max_temp_directory_size = '1MB'")
    with pytest.raises(BrokenRunError, match="not enough memory or disk for this: ") as caught, readable(corpus):
        connection.execute("select list(number || 'æ' order by number desc) from range(1000000) as rows(number)")
    assert "\n" not in str(caught.value)


def test_what_does_not_fit_into_memory_goes_to_the_working_folder_and_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.inspection.connection.MEMORY_LIMIT", "20MB")
    work = tmp_path / "data" / "work" / "inspection"  # no folder of it is there yet
    with connected(work) as connection:
        connection.execute("set threads = 1")
        connection.execute("create table words as select (number * 7919) % 1000003 || 'æ' as word "
                           "from range(2000000) as rows(number)")  # fmt: skip
        assert connection.execute("select count(distinct word) from words").fetchone() == (1000003,)
        assert list(work.iterdir())
    assert not work.exists()


def test_working_folder_that_cannot_be_made_is_said_in_a_sentence(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.inspection.connection.MEMORY_LIMIT", "20MB")
    (tmp_path / "work").write_text("a file in its place")
    with connected(tmp_path / "work" / "inspection") as connection:
        connection.execute("set threads = 1")
        add_views(connection, corpus)  # what fits into memory needs no folder
        with pytest.raises(BrokenRunError, match="; the files of the corpus are as built") as caught, readable(corpus):
            connection.execute("create table words as select number || 'æ' as word from range(2000000) as rows(number)")
    assert "\n" not in str(caught.value)


def test_connection_reaches_for_no_extension_and_no_variable_of_ours(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    mine = pa.table({"number": [1]})
    with pytest.raises(duckdb.CatalogException):
        connection.execute("select * from mine")
    assert mine.num_rows == 1
    with pytest.raises(duckdb.Error, match="extension"):
        connection.execute("select * from read_parquet('http://127.0.0.1:9/a.parquet')")


@pytest.mark.parametrize("text", ["", "a", "it's", "''", "æ\\'"])
def test_quoted_text_is_the_text(asked: Callable[[str], list[Any]], text: str) -> None:
    assert asked(f"select {quoted(text)}") == [(text,)]


def test_every_type_of_every_table_has_a_name_in_sql(asked: Callable[[str], list[Any]]) -> None:
    for _, schema in TABLES.values():
        for field in schema:
            assert asked(f"select cast(null as {duckdb_type(field.type)})") == [(None,)]
