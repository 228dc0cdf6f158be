"""Questions in SQL to all quarters: what the views say, what is refused, how answers leave, and that the docs agree."""

import csv
import datetime
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner

from corpus.cli import app
from corpus.inspection.connection import connected
from corpus.inspection.measuring import measure
from corpus.querying.answers import Answer, show
from corpus.querying.quarter_views import MEANINGS, add_quarter_views
from corpus.querying.queries import PIVOT, READ_ONLY
from corpus.schema import read_corpus_manifest
from corpus.stats import read_statistics
from crawler.site_tables import _ledger_schema
from crawler.snapshot import outcome_schema
from foundation.errors import BrokenRunError, ConfigError, TvaerkomError
from foundation.manifests import MANIFEST_NAME, file_entries, write_manifest
from foundation.places import Places, complete_names

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
FIRST, BEFORE, NOW, TRIAL = "2022Q1", "2022Q2", "2022Q3", "2022Q3-try"
ASKED = f"corpora {FIRST}, {BEFORE}, {NOW}"
NORDBY, ORHOLM = "http://www.nordby.kommuneby.test", "http://www.oerholm.kommuneby.test"
STAYS = "Kommunen har i år tolv ledige pladser til børn i alle daginstitutionerne i byen."
NEAR = "Kommunen har i år tolv ledige pladser til børn i alle daginstitutionerne i bye."
SHARED = "Du kan søge om tilskud til briller, hvis du modtager helbredstillæg fra staten."
ALONE = "Biblioteket i Nordby har åbent hver dag fra klokken otte til klokken tyve."
OLD = "Hjemmehjælpen bliver aflyst, hvis du ringer til os senest dagen før besøget."
NEW = "Hjemmehjælpen kan kun aflyses på nettet, og det skal ske to dage før besøget."
GONE = "Svømmehallen holder lukket hele sommeren, fordi taget skal skiftes helt ud."
RESERVED = "Haveaffald hentes hver anden uge, hvis sækken står ved skellet før klokken syv."
PAGES = {
    # what is met again goes before what is new: so that NEAR goes in the third quarter, STAYS was there in the first
    FIRST: {f"{NORDBY}/pladser": [STAYS]},
    BEFORE: {
        f"{NORDBY}/bibliotek": [ALONE], f"{NORDBY}/briller": [SHARED, "Vi har åbent i dag."], f"{NORDBY}/hjaelp": [OLD],
        f"{NORDBY}/pladser": [NEAR], f"{NORDBY}/svoemmehal": [GONE], f"{NORDBY}/have": [RESERVED],
        f"{ORHOLM}/briller": [SHARED, "Her er kun seks ord i."],
    },
    NOW: {
        f"{NORDBY}/bibliotek": [ALONE], f"{NORDBY}/briller": [SHARED, "Vi har åbent i dag."], f"{NORDBY}/hjaelp": [NEW],
        f"{NORDBY}/pladser": [NEAR, STAYS], f"{ORHOLM}/briller": [SHARED, "Her er kun seks ord i."],
    },
}  # fmt: skip
TIME = datetime.datetime(2022, 7, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def quarters(tmp_path_factory: pytest.TempPathFactory, kommuneby: Any, response: Any, page_of: Any) -> Any:
    """Two quarters and a trial of a small web; to be read, never changed."""
    places = Places(tmp_path_factory.mktemp("quarters"))
    house = type(kommuneby)(replace(kommuneby.command, places=places))
    for quarter, pages in PAGES.items():
        house.snapshot(quarter, [response(url=url, body=page_of(*texts)) for url, texts in pages.items()])
        house.build_with(quarter)
        _write_snapshot_tables(places.snapshot(quarter), quarter)
    house.build(TRIAL)
    return house


def _write_snapshot_tables(snapshot: Path, quarter: str) -> None:
    """What an archive made elsewhere does not have: outcomes and requests."""
    for folder in (snapshot / "sites").iterdir():
        rows = [
            {"url": row["url"], "outcome": "new", "since": quarter, "capture_id": row["capture_id"], "depth": 1}
            for row in pq.read_table(folder / "captures.parquet").to_pylist()
        ]
        if (quarter, folder.name) == (NOW, "9001"):
            gone = {"since": NOW, "depth": 1, "first_seen": TIME}
            rows += [
                gone | {"url": f"{NORDBY}/svoemmehal", "outcome": "gone", "reason": "status 404"},
                gone | {"url": f"{NORDBY}/have", "outcome": "excluded", "reason": "noindex: meta robots: noindex"},
            ]
        pq.write_table(pa.Table.from_pylist(rows, schema=outcome_schema()), folder / "outcomes.parquet")
        ledger = [{"time": TIME, "method": "GET", "url": row["url"], "status": 200} for row in rows]
        pq.write_table(pa.Table.from_pylist(ledger, schema=_ledger_schema()), folder / "requests.parquet")


@pytest.fixture
def own(quarters: Any, tmp_path: Path) -> Any:
    """A copy to be changed."""
    shutil.copytree(quarters.data, tmp_path / "own")
    return type(quarters)(replace(quarters.command, places=Places(tmp_path / "own")))


def call(house: Any, *arguments: str, given: str | None = None, **options: Any) -> str:
    """The command as tvaerkom runs it; errors meant for the user are raised."""
    command = replace(house.command, **options)
    result = CliRunner().invoke(app, ["corpus", "sql", *arguments], obj=command, input=given)
    if isinstance(result.exception, TvaerkomError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def ask(house: Any, query: str, *options: str) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(call(house, query, *options, json=True))
    return answer


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# What the views say


def test_every_quarter_answers_and_trials_only_when_asked_for(quarters: Any) -> None:
    query = "select quarter, count(*) as number from sentences group by all order by all"
    numbers = [{"quarter": quarter, "number": number} for quarter, number in ((FIRST, 1), (BEFORE, 6), (NOW, 4))]
    assert ask(quarters, query) == numbers
    assert ask(quarters, query, "--trials") == [*numbers, {"quarter": TRIAL, "number": 4}]


def test_rows_are_those_of_the_tables(quarters: Any, sentences: Any) -> None:
    found = ask(quarters, f"from sentences where quarter = '{NOW}' order by split, sentence_id")
    there = sorted(sentences(quarters.corpus(NOW)), key=lambda row: (row["split"], row["sentence_id"]))
    assert found == [{"quarter": NOW} | row for row in there]


def test_a_query_that_names_a_quarter_reads_no_other(quarters: Any, tmp_path: Path) -> None:
    places = quarters.command.places
    with connected(tmp_path) as connection:
        add_quarter_views(connection, places, complete_names(places.corpora), complete_names(places.snapshots))
        for view in ("sentences", "documents", "dropped", "sites", "captures", "outcomes", "requests", "losses"):
            plan = connection.execute(f"explain from {view} where quarter = '{BEFORE}'").fetchall()[0][1]
            assert plan.count("READ_PARQUET") == 1, view


def test_totals_are_those_of_the_statistics(quarters: Any, tmp_path: Path) -> None:
    figures = measure(quarters.corpus(NOW), tmp_path / "work")
    columns = ("pages", "documents", "sentences", "train", "validation", "words", "occurrences", "unique_share")
    rows = ask(
        quarters, f"select site, name, kind, {', '.join(columns)} from totals where quarter = '{NOW}' order by 1"
    )
    assert rows == [
        {"site": each.site, "name": each.name, "kind": each.kind}
        | {name: each.counts.totals.as_dict()[name] for name in columns}
        for each in figures.sites
    ]
    assert [row["sentences"] for row in rows] == [4, 0]


def test_losses_are_those_of_the_statistics(quarters: Any) -> None:
    rows = ask(quarters, f"select site, reason, number from losses where quarter = '{NOW}' order by all")
    assert rows == [
        {"site": site, "reason": reason, "number": number}
        for site, counts in sorted(read_statistics(quarters.corpus(NOW))["sites"].items())
        for reason, number in sorted(counts["dropped"].items())
    ]


def test_lost_sentences_have_the_reason_why_they_are_not_there_any_more(quarters: Any) -> None:
    rows = ask(quarters, "select * exclude(sentence_id, url, num_words) from lost_sentences order by 1, reason")
    assert rows[0] | {"reason": "text_changed", "text": STAYS} == rows[0]
    assert rows[1:] == [
        {"quarter": NOW, "quarter_before": BEFORE, "site": "9001", "reason": reason, "text": text}
        for reason, text in [
            ("excluded", RESERVED), ("gone", GONE), ("near_duplicate_sentence", NEAR), ("text_changed", OLD),
        ]
    ]  # fmt: skip


def test_lost_sentence_without_outcomes_is_gone(own: Any) -> None:
    for path in own.command.places.snapshots.glob("*/sites/*/outcomes.parquet"):
        path.unlink()
    rows = ask(own, f"select reason, text from lost_sentences where quarter = '{NOW}' order by all")
    assert [(row["reason"], row["text"]) for row in rows] == [
        ("gone", RESERVED), ("gone", GONE), ("near_duplicate_sentence", NEAR), ("text_changed", OLD),
    ]  # fmt: skip


def test_page_history_follows_a_page_through_the_quarters(quarters: Any) -> None:
    query = "select quarter, outcome, outcome_reason, num_sentences from page_history where first_url = '{}' order by 1"
    assert [tuple(row.values()) for row in ask(quarters, query.format(f"{NORDBY}/have"))] == [
        (BEFORE, "new", None, 1), (NOW, "excluded", "noindex: meta robots: noindex", None),
    ]  # fmt: skip
    documents = ask(quarters, f"select count(document_id) as number from page_history where quarter = '{NOW}'")
    assert documents == [{"number": read_corpus_manifest(quarters.corpus(NOW)).counts["documents"]}]


def test_page_without_a_document_has_the_reason(quarters: Any) -> None:
    rows = ask(quarters, f"select url, drop_reason from page_history where quarter = '{NOW}' and site = '9002'")
    dropped = [(row["url"], row["reason"]) for row in quarters.rows(NOW, "dropped")
               if row["site"] == "9002" and row["level"] in ("page", "document")]  # fmt: skip
    kept = [(row["url"], None) for row in quarters.rows(NOW, "documents") if row["site"] == "9002"]
    assert sorted((row["url"], row["drop_reason"]) for row in rows) == sorted(dropped + kept)
    assert rows != []


def test_near_duplicates_stand_beside_the_one_that_stays(quarters: Any) -> None:
    rows = ask(quarters, "select quarter, text, kept_text, kept_site, is_across_sites from near_duplicates")
    assert rows == [{"quarter": NOW, "text": NEAR, "kept_text": STAYS, "kept_site": "9001", "is_across_sites": False}]


def test_tables_of_snapshots_have_quarter_and_site(quarters: Any) -> None:
    for view, number in (("captures", len(PAGES[NOW])), ("outcomes", len(PAGES[NOW]) + 2)):
        rows = ask(quarters, f"select site, url from {view} where quarter = '{NOW}'")
        assert len(rows) == number
        assert {row["site"] for row in rows} == {"9001", "9002"}
        assert all(("nordby" in row["url"]) == (row["site"] == "9001") for row in rows)
    assert ask(quarters, "select distinct time from requests") == [{"time": TIME.isoformat()}]


def test_columns_that_an_old_format_lacks_are_null(own: Any) -> None:
    old = own.corpus(BEFORE)
    for pattern, columns in (("documents/*", ["first_url", "change"]), ("dropped/*", ["kept_id", "similarity"])):
        for path in old.glob(pattern):
            pq.write_table(pq.read_table(path).drop_columns(columns), path)
    (old / "sites.parquet").unlink()
    manifest = json.loads((old / MANIFEST_NAME).read_text())
    paths = [path for path in old.rglob("*") if path.is_file() and path.name != MANIFEST_NAME]
    write_manifest(old, manifest | {"files": [vars(entry) for entry in file_entries(old, paths)]})
    for path in own.command.places.snapshot(BEFORE).glob("sites/*/requests.parquet"):
        pq.write_table(pq.read_table(path).drop_columns(["seconds"]), path)
    query = "select count(change) as c, count(*) as n from documents group by quarter order by quarter"
    assert ask(own, query)[1:] == [{"c": 0, "n": 7}, {"c": 5, "n": 5}]
    assert ask(own, f"select count(kept_id) as n from dropped where quarter = '{BEFORE}'") == [{"n": 0}]
    assert ask(own, f"select count(*) as n from requests where quarter = '{BEFORE}' and seconds is null") == [{"n": 7}]
    assert ask(own, f"from sites where quarter = '{BEFORE}'") == []


# What is refused


@pytest.mark.parametrize(
    "query",
    [
        "copy (select 1) to '{}/x.csv'",
        "select 1; drop view sentences",
        "install httpfs", "load httpfs", "attach '{}/x.db'", "create table x as select 1", "set threads = 1",
        "pragma database_list", "drop view sentences", "delete from sentences", "export database '{}/x'",
        "explain analyze copy (select 1) to '{}/x.csv'",
        # these are SELECT to DuckDB
        "with x as (copy (select 1) to '{}/x.csv') from x",
        "from (with x as (copy (select 1) to '{}/x.csv') from x)",
        "from json_execute_serialized_sql(json_serialize_sql('with x as (copy (select 1) to ''{}/x.csv'') from x'))",
        "from query('from json_exe'||'cute_serialized_sql(json_serialize_sql(''with x as (copy (select 1 as a) to "
        "{}/x.parquet) select * from x''))')",
        'from system.main."JSON_Execute_Serialized_SQL"(json_serialize_sql('
        "'with x as (copy (select 1) to ''{}/x.csv'') from x'))",
        "from query('from query(''with x as (copy (select 1) to {}/x.csv) from x'')')",
        "from query_table('sentences')",
        "select (select count(*) from query('select 1'))", "describe from query('select 1')",
        "with a as (with x as (copy (select 1) to '{}/x.csv') from x) from a",
        "with recursive a as (select 1 union all (with x as (copy (select 1) to '{}/x.csv') from x)) from a",
        "select 1 union all (with x as (copy (select 1) to '{}/x.csv') select 1 from x)",
        "with x as (delete from sites returning *) from x",
        "with x as (insert into sites values (1) returning *) from x",
        "prepare p as copy (select 1) to '{}/x.csv'", "execute p",
        "create macro m() as table with x as (copy (select 1) to '{}/x.csv') from x",
        "pragma json_execute_serialized_sql('{{}}')", "import database '{}'",
        "from enable_logging(storage = 'file', storage_path = '{}/log')",
        "from enable_profiling(save_location = '{}/profile.json')", "from force_checkpoint()", "from checkpoint()",
        "from create_external_resource('a', map {{}})", "from register_external_resource('a', 'b', 'c')",
    ],
)  # fmt: skip
def test_what_writes_is_refused_and_writes_nothing(quarters: Any, tmp_path: Path, query: str) -> None:
    before = files_of(quarters.data)
    with pytest.raises(ConfigError) as caught:
        call(quarters, query.format(tmp_path))
    assert str(caught.value) == READ_ONLY
    assert caught.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []
    assert files_of(quarters.data) == before


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_what_writes_is_refused_where_the_answer_goes_into_a_file(quarters: Any, tmp_path: Path, kind: str) -> None:
    query = f"with x as (copy (select 1) to '{tmp_path}/x.csv') from x"
    with pytest.raises(ConfigError) as caught:
        call(quarters, query, "--output", str(tmp_path / f"answer.{kind}"))
    assert str(caught.value) == READ_ONLY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("selec 1", 'syntax error at or near "selec"'),
        ("from sentenses", 'Table with name sentenses does not exist!\nDid you mean "sentences"?'),
        ("select txt from sentences", 'Candidate bindings: "text"'),
        ("select text + 1 from sentences", "You might need to add explicit type casts"),
        ("from read_csv('missing.csv')", 'No files found that match the pattern "missing.csv"'),
        ("select cast(text as integer) from sentences", "Could not convert string"),
        ("from 'http://127.0.0.1:9/x.csv'", "no extension is loaded here, and no network is asked"),
        ("from sqlite_scan('a', 'b')", "no extension is loaded here, and no network is asked"),
        ("select " + "abs(" * 700 + "1" + ")" * 700, "nested too deeply"),
        ("pivot totals on quarter using sum(sentences)", PIVOT),
        ("", "the query is empty"),
        ("/* nothing */", "the query is empty"),
    ],
)
def test_a_mistake_is_named_in_a_few_lines(
    quarters: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        call(quarters, query)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 9
    assert "query($query)" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_no_published_table_is_overwritten(own: Any) -> None:
    (path, *_) = own.corpus(NOW).glob("sentences/*.parquet")
    copied = f"with x as (copy (select 1 as a) to '{path}') select * from x".replace("'", "''")
    inner = f"from json_execute_serialized_sql(json_serialize_sql('{copied}'))"
    halves = [half.replace("'", "''") for half in inner.split("cute_")]
    before = files_of(own.data)
    with pytest.raises(ConfigError) as caught:
        call(own, f"from query('{halves[0]}' || 'cute_{halves[1]}')")
    assert str(caught.value) == READ_ONLY
    assert files_of(own.data) == before


@pytest.mark.parametrize(
    "query",
    [
        "select text from sentences where text = 'json_execute_serialized_sql' or text = 'query(''select 1'')'",
        "pivot totals on quarter in ('2022Q2', '2022Q3') using sum(sentences)",
        "unpivot (select sentences, words from totals) on sentences, words",
        "describe sentences", "summarize totals", "show tables", "values (1)", "table sites", "from range(3)",
        "with recursive r as (select 1 as i union all select i + 1 from r where i < 3) from r",
        "from histogram_values(sentences, num_words)", "select unnest([1, 2])", "from unnest([1, 2])",
        "from duckdb_views()", "from sites semi join sentences using (quarter, site)", "from sites using sample 1",
        "select list_transform([1], lambda x: x + 1)", "select (select 1) union select 2 order by all limit 1",
    ],
)  # fmt: skip
def test_what_reads_is_answered(quarters: Any, query: str) -> None:
    assert isinstance(ask(quarters, query), list)


def test_own_files_may_be_joined(quarters: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("site\n9002\n")
    query = f"select distinct name from sites join read_csv('{tmp_path}/mine.csv', all_varchar = true) using (site)"
    assert ask(quarters, query) == [{"name": "Ørholm"}]


@pytest.mark.parametrize("damage", ["missing", "cut off", "zeroed"])
@pytest.mark.parametrize("table", ["corpora/{}/sentences/*.parquet", "snapshots/{}/sites/9001/captures.parquet"])
def test_damaged_table_is_named(own: Any, damage: str, table: str) -> None:
    (path, *_) = sorted(own.data.glob(table.format(NOW)))
    folder = own.data / Path(table).parts[0] / NOW
    if table.startswith("snapshots"):  # as a crawl names its tables, and an archive made elsewhere does not
        manifest = json.loads((folder / MANIFEST_NAME).read_text())
        write_manifest(folder, manifest | {"files": [vars(each) for each in file_entries(folder, [path])]})
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "cut off":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(content[:4] + bytes(len(content) - 4))
    with pytest.raises(BrokenRunError) as caught:
        call(own, "select max(hash(t)) from (from sentences) t" if "corpora" in table else "from captures")
    assert str(path) in str(caught.value) or "captures.parquet" in str(caught.value)
    assert f"verify {NOW}" in str(caught.value)


def test_table_damaged_inside_is_named(own: Any) -> None:
    (path, *_) = own.corpus(NOW).glob("documents/*.parquet")
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(60) + content[64:])
    with pytest.raises(BrokenRunError) as caught:
        call(own, "select max(hash(t)) from (from documents) t")
    complaint, advice = str(caught.value).split("; restore it from a backup; ")
    assert complaint.partition(": ")[0] == str(path)
    assert advice == f"all that is wrong: tvaerkom corpus verify {NOW}"


def test_without_a_corpus_it_says_so(house: Any, quarters: Any, own: Any) -> None:
    with pytest.raises(ConfigError, match=r"there is no corpus in .*; see: tvaerkom status"):
        call(house, "from sentences")
    for name in (FIRST, BEFORE, NOW):
        shutil.rmtree(own.corpus(name))
    with pytest.raises(ConfigError, match=r"there is no corpus in .*; with --trials there is one"):
        call(own, "from sentences")
    assert ask(own, "select count(*) as n from sentences", "--trials") == [{"n": 4}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give a query, or --views"),
        (["from sites", "--views"], "give a query, or --views"),
        (["from sites", "--csv", "--output", "x.csv"], "give one of --csv, --json and --output"),
        (["from sites", "--output", "x.xlsx"], "a file whose name ends in .csv, .json or .parquet"),
        (["from sites", "--output", "{data}/corpora/x.csv"], "only tvaerkom writes there"),
        (["from sites", "--output", "{data}/snapshots/../corpora/2022Q3/sites.parquet"], "only tvaerkom writes there"),
    ],
)
def test_wrong_use_is_refused(quarters: Any, arguments: list[str], said: str) -> None:
    before = files_of(quarters.data)
    with pytest.raises(ConfigError) as caught:
        call(quarters, *(each.format(data=quarters.data) for each in arguments))
    assert said in str(caught.value)
    assert files_of(quarters.data) == before


# How answers leave


def test_csv_has_times_in_utc_and_lists_as_json(quarters: Any) -> None:
    query = (
        "select null as nothing, [1, 2] as list, true as yes, timestamptz '2022-07-01 12:00:00+02' as time, "
        "sum(num_words) as words, 'a' || chr(27) || chr(10) as text from sentences"
    )
    said = call(quarters, query, "--csv")
    words = sum(row["num_words"] for row in ask(quarters, "from sentences"))
    assert list(csv.reader(io.StringIO(said))) == [
        ["nothing", "list", "yes", "time", "words", "text"],
        ["", "[1, 2]", "true", "2022-07-01T10:00:00+00:00", str(words), "a\x1b\n"],
    ]


def test_control_characters_are_escaped_in_json(quarters: Any, tmp_path: Path) -> None:
    query = "select 'a' || chr(27) || chr(155) || chr(8238) as text"
    call(quarters, query, "--output", str(tmp_path / "a.json"))
    for said in (call(quarters, query, json=True), (tmp_path / "a.json").read_text()):
        assert said == '[\n{"text": "a\\u001b\\u009b\\u202e"}\n]\n'
        assert json.loads(said) == [{"text": "a\x1b\x9b\u202e"}]


def test_json_has_values_that_every_program_reads(quarters: Any) -> None:
    query = (
        "select 'nan'::double as n, 1.5::decimal(3, 1) as d, {'a': [null]} as s, date '2022-07-01' as day, "
        "'x'::blob as b, interval 1 day as i, 1::hugeint as h, 1 as twice, 2 as twice"
    )
    assert ask(quarters, query) == [
        {"n": None, "d": 1.5, "s": {"a": [None]}, "day": "2022-07-01", "b": "78", "i": "1 day, 0:00:00", "h": 1,
         "twice": 1, "twice_1": 2},
    ]  # fmt: skip
    assert ask(quarters, "from sites where false") == []


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_file_holds_every_row(quarters: Any, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "answers" / f"totals.{kind}"
    query = "select quarter, site, sum(words) as words from totals group by all order by all"
    assert call(quarters, query, "--output", str(path)) == f"5 rows in {path}\n"
    rows = ask(quarters, query)
    if kind == "csv":
        assert [row | {"words": int(row["words"])} for row in csv.DictReader(path.open())] == rows
    else:
        assert (json.loads(path.read_text()) if kind == "json" else pq.read_table(path).to_pylist()) == rows
    assert list(path.parent.iterdir()) == [path]


def test_failed_query_leaves_the_file_as_it_was(quarters: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("mine")
    with pytest.raises(ConfigError):
        call(quarters, "select cast(text as integer) from sentences", "--output", str(path))
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_query_is_read_from_standard_input(quarters: Any) -> None:
    said = call(quarters, "-", "--csv", given="select max(quarter) as q -- the newest\nfrom sites;\n")
    assert said == f"q\n{NOW}\n"


def test_quarters_asked_are_named_on_standard_error(quarters: Any) -> None:
    for quiet, said in ((False, f"{ASKED}\n"), (True, "")):
        command = replace(quarters.command, quiet=quiet)
        assert CliRunner().invoke(app, ["corpus", "sql", "select 1"], obj=command).stderr == said
    found = CliRunner().invoke(app, ["corpus", "sql", "select 1", "--trials"], obj=quarters.command)
    assert found.stderr == f"{ASKED}, {TRIAL}; snapshots {FIRST}, {BEFORE}, {NOW}\n"


def shown(
    columns: tuple[str, ...], rows: list[tuple[Any, ...]], width: int | None = None
) -> tuple[list[str], str | None]:
    """Lines of the table, on a terminal of this width or in a file, and what is said below."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=width is not None, color_system=None, highlight=False)
    remark = show(Answer(columns=columns, rows=iter(rows), count=lambda: len(rows)), console)
    return [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in file.getvalue().splitlines()], remark


def test_table_in_a_file_is_as_wide_as_it_is() -> None:
    lines, remark = shown(("text", "number"), [("ord " * 100 + "slut", 5), ("kort", None)])
    assert lines == ["text" + " " * 402 + "number", "ord " * 100 + "slut" + " " * 7 + "5", "kort"]
    assert remark is None


def test_table_on_a_terminal_fits_the_window() -> None:
    lines, remark = shown(("quarter", "text", "number", "one more"), [(NOW, "ord " * 50, 5, "x")], width=33)
    assert lines == ["quarter  text            number", f"{NOW}   ord ord ord o…       5"]
    assert remark == "and 1 more columns: --csv or --output FILE"


def test_only_the_first_rows_are_shown() -> None:
    lines, remark = shown(("number",), [(number,) for number in range(102)])
    assert (len(lines), remark) == (101, "and 2 more rows: --csv or --output FILE")
    assert shown(("number",), [(number,) for number in range(100)])[1] is None


def test_rows_that_are_not_shown_are_counted(quarters: Any) -> None:
    assert call(quarters, "from range(250)").splitlines()[-1] == "and 150 more rows: --csv or --output FILE"


def test_text_of_pages_does_not_steer_the_terminal(quarters: Any) -> None:
    said = call(
        quarters, "select 'a' || chr(27) || '[31m' || chr(7) || chr(8238) || '[red]b' as \"x\x1by\", [chr(27)] as l"
    )
    assert set(said) & {"\x1b", "\x07", "\u202e"} == set()
    assert "a?[31m??[red]b" in said
    with pytest.raises(ConfigError) as caught:
        call(quarters, "select cast('a' || chr(27) || repeat('b', 1000) as integer)")
    assert "\x1b" not in str(caught.value)
    assert max(map(len, str(caught.value).splitlines())) <= 300


def test_views_are_listed_with_their_columns(quarters: Any, house: Any) -> None:
    lines = call(quarters, "--views").splitlines()
    assert [line.partition(":")[0] for line in lines[1:] if re.match(r"\w+: ", line)] == list(MEANINGS)
    assert "  quarter varchar, site varchar, level varchar, reason varchar, number bigint" in lines
    found = json.loads(call(house, "--views", json=True))
    assert [view["name"] for view in found] == list(MEANINGS)
    assert all(next(iter(view["columns"])) == "quarter" for view in found)


def test_nothing_is_left_in_the_working_folder(own: Any) -> None:
    work = own.data / "work" / "spilled"
    left, running = work / "4194304", work / str(os.getppid())  # the first is above the highest number of a process
    for folder in (left, running):
        folder.mkdir(parents=True)
        (folder / "duckdb_temp_storage.tmp").write_text("a text")
    query = "select value from duckdb_settings() where name = 'temp_directory'"
    assert ask(own, query) == [{"value": str(work / str(os.getpid()))}]
    assert list(work.iterdir()) == [running]


def _tvaerkom(house: Any, *arguments: str, **options: Any) -> Any:
    command = [sys.executable, "-m", "tvaerkom", "--data", str(house.data), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_ctrl_c_stops_a_long_query_at_once(quarters: Any) -> None:
    process = _tvaerkom(
        quarters, "corpus", "sql", "select sum(hash(a.range * b.range)) from range(10000000) a, range(10000000) b"
    )
    assert process.stderr.readline() == f"{ASKED}\n"
    time.sleep(1)  # so that the query runs
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert time.monotonic() - sent < 20
    assert "Traceback" not in said


def test_reader_that_has_enough_is_no_error(quarters: Any) -> None:
    process = _tvaerkom(quarters, "corpus", "sql", "--csv", "from range(3000000)")
    assert process.stdout.readline() == "range\n"
    process.stdout.close()
    said = process.stderr.read()
    assert (process.wait(timeout=60), said) == (0, f"{ASKED}\n")


# What the docs say


@pytest.fixture
def connection(quarters: Any, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    places = quarters.command.places
    with connected(tmp_path) as found:
        add_quarter_views(found, places, complete_names(places.corpora), complete_names(places.snapshots))
        yield found


def test_every_view_and_column_is_described_and_no_other(connection: duckdb.DuckDBPyConnection) -> None:
    parts = re.split(r"^### (\w+)$", (DOCS / "reference" / "views.md").read_text(), flags=re.MULTILINE)
    described = {
        name: re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, flags=re.MULTILINE)
        for name, section in zip(parts[1::2], parts[2::2], strict=True)
    }
    there = {
        view: [(row[0], row[1].lower()) for row in connection.execute(f"describe {view}").fetchall()]
        for view in MEANINGS
    }
    assert described == there


def _blocks(language: str) -> list[str]:
    text = (DOCS / "how-to" / "query-corpora.md").read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.parametrize("query", _blocks("sql"))
def test_examples_of_the_docs_can_be_asked(quarters: Any, query: str) -> None:
    assert json.loads(call(quarters, "-", given=query, json=True)) is not None


def test_worked_examples_answer_what_they_promise(quarters: Any) -> None:
    lost, history, shared, *_ = _blocks("sql")
    (row,) = ask(quarters, lost)
    reasons = {"excluded": 1, "gone": 1, "near_duplicate_sentence": 1, "text_changed": 1}
    assert row == {"name": "Nordby", "lost": 4, "reasons": reasons}
    address = re.search(r"first_url = '(.*)'", history)
    assert address is not None
    assert [row["quarter"] for row in ask(quarters, history.replace(address[1], f"{NORDBY}/hjaelp"))] == [BEFORE, NOW]
    assert next((row["num_sites"], row["text"]) for row in ask(quarters, shared)) == (2, SHARED)


@pytest.mark.parametrize("code", _blocks("python"))
def test_python_of_the_docs_reads_the_shards(
    quarters: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").symlink_to(quarters.data)
    monkeypatch.chdir(tmp_path)
    exec(code, {})  # it stands in our docs
    assert NOW in capsys.readouterr().out
