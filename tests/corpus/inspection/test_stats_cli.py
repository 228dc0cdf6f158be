"""`corpus stats`: what it says in each form, that it says it again, and what it refuses with which exit code."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from corpus.cli import app
from corpus.inspection.coverage import coverage
from corpus.inspection.measuring import measure
from corpus.inspection.tables import tables_of
from corpus.inspection.values import figures_values
from corpus.schema import SITE_SCHEMA, SITES_NAME
from crawler.snapshot import read_snapshot_manifest, registered_sites
from foundation.errors import BrokenRunError, ConfigError, TvaerkomError
from foundation.manifests import MANIFEST_NAME, file_entries
from foundation.places import Places

ROOT = Path(__file__).parents[3]


def call(house: Any, *arguments: str, as_json: bool = False) -> str:
    """corpus stats as tvaerkom runs it; errors meant for the user are raised."""
    command = replace(house.command, json=as_json)
    result = CliRunner().invoke(app, ["corpus", "stats", *arguments], obj=command)
    if isinstance(result.exception, TvaerkomError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return str(result.stdout)


@pytest.fixture
def mine(kommuneby: Any, tmp_path: Path) -> Any:
    """A copy of Kommuneby's corpus that a test may change; its snapshot is gone."""
    house = replace(kommuneby, command=replace(kommuneby.command, places=Places(tmp_path)))
    shutil.copytree(kommuneby.corpus("2020Q1"), house.corpus("2020Q1"))
    return house


def change_sites(house: Any, **values: Any) -> None:
    """Other values for the first site, in a corpus that is as built."""
    corpus = house.corpus("2020Q1")
    rows = pq.read_table(corpus / SITES_NAME).to_pylist()
    rows[0] |= values
    pq.write_table(pa.Table.from_pylist(rows, SITE_SCHEMA), corpus / SITES_NAME)
    manifest = json.loads((corpus / MANIFEST_NAME).read_text())
    paths = [corpus / entry["path"] for entry in manifest["files"]]
    manifest["files"] = [vars(entry) for entry in file_entries(corpus, paths)]
    (corpus / MANIFEST_NAME).write_text(json.dumps(manifest))


def change_snapshot(house: Any, kommuneby: Any, **values: Any) -> None:
    """A snapshot beside the corpus, with other values for its first site."""
    snapshot = house.command.places.snapshot("2020Q1")
    snapshot.mkdir(parents=True)
    manifest = json.loads((kommuneby.command.places.snapshot("2020Q1") / MANIFEST_NAME).read_text())
    manifest["sites"][0] |= values
    (snapshot / MANIFEST_NAME).write_text(json.dumps(manifest))


def blocks_of(said: str) -> dict[str, list[list[str]]]:
    """Title -> lines below it, in words."""
    return {
        title: [line.split() for line in lines]
        for title, *lines in (block.splitlines() for block in said.strip().split("\n\n"))
    }


# --- what it says


def test_all_tables_that_are_not_long_are_shown_with_the_sites_and_reasons(kommuneby: Any) -> None:
    said = blocks_of(call(kommuneby, "2020Q1"))
    assert list(said) == [
        "All", "Sites", "Regions", "Areas of KL", "Left out", "Duplicates that went", "Words in a sentence",
        "Sentences of a document", "Language score of sentences", "Freshness", "Where sentences stand",
        "Personal data found and kept out", "Every site of the register is there, fresh and whole.",
    ]  # fmt: skip
    rows = kommuneby.rows("2020Q1", "sentences/train") + kommuneby.rows("2020Q1", "sentences/validation")
    assert ["sentences", str(len(rows))] in said["All"]
    assert [row[0] for row in said["Sites"][1:]] == [row["site"] for row in kommuneby.rows("2020Q1", "sites")]
    assert {row[1] for row in said["Left out"][1:-1]} == {row["reason"] for row in kommuneby.rows("2020Q1", "dropped")}


def test_newest_corpus_is_taken_and_named_on_standard_error(kommuneby: Any) -> None:
    result = CliRunner().invoke(app, ["corpus", "stats"], obj=kommuneby.command)
    assert result.stderr == "corpus 2020Q1\n"
    assert result.stdout == call(kommuneby, "2020Q1")


@pytest.mark.parametrize("arguments", [[], ["--table", "dropped"], ["--format", "csv"], ["--format", "latex"]])
def test_same_corpus_gives_the_same_bytes_again(kommuneby: Any, arguments: list[str]) -> None:
    assert call(kommuneby, "2020Q1", *arguments) == call(kommuneby, "2020Q1", *arguments)
    assert call(kommuneby, "2020Q1", as_json=True) == call(kommuneby, "2020Q1", as_json=True)


def test_json_has_the_numbers_of_the_figures(kommuneby: Any, tmp_path: Path) -> None:
    figures = measure(kommuneby.corpus("2020Q1"), tmp_path / "work")
    snapshot = read_snapshot_manifest(kommuneby.command.places.snapshot("2020Q1"))
    covered = coverage(figures.sites, registered_sites(kommuneby.command.register, {}), snapshot.sites)
    said = json.loads(call(kommuneby, "2020Q1", as_json=True))
    assert said == json.loads(json.dumps(figures_values(figures, covered)))
    assert said["all"]["sentences"] == sum(site["sentences"] for site in said["sites"]) > 100


@pytest.mark.parametrize("table", ["sites", "regions", "dropped", "dropped-by-site", "duplicates-by-site", "totals"])
def test_csv_of_a_table_has_its_numbers(kommuneby: Any, tmp_path: Path, table: str) -> None:
    made = {each.name: each for each in tables_of(measure(kommuneby.corpus("2020Q1"), tmp_path / "work"))}[table]
    said = list(csv.reader(io.StringIO(call(kommuneby, "2020Q1", "--table", table, "--format", "csv"), newline="")))
    assert said == [list(made.columns), *(
        ["" if cell is None else str(round(cell, 4) if isinstance(cell, float) else cell) for cell in row]
        for row in made.rows
    )]  # fmt: skip


def test_csv_without_a_table_is_that_of_the_sites(kommuneby: Any) -> None:
    assert call(kommuneby, "2020Q1", "--format", "csv") == call(
        kommuneby, "2020Q1", "--format", "csv", "--table", "sites"
    )


def test_markdown_and_latex_are_tables_without_lines_between(kommuneby: Any) -> None:
    markdown = call(kommuneby, "2020Q1", "--format", "markdown")
    assert [line for line in markdown.splitlines() if line.startswith("#")][:3] == ["## All", "## Sites", "## Regions"]
    assert "Every site" not in markdown
    latex = call(kommuneby, "2020Q1", "--format", "latex")
    assert latex.count(r"\begin{table}") == latex.count(r"\end{table}") == markdown.count("## ")


def test_tokens_are_counted_where_a_tokenizer_is_named(kommuneby: Any, tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    made.save(str(tmp_path / "tokenizer.json"))
    rows = kommuneby.rows("2020Q1", "sentences/train") + kommuneby.rows("2020Q1", "sentences/validation")
    said = json.loads(call(kommuneby, "2020Q1", "--tokenizer", str(tmp_path), as_json=True))
    assert said["all"]["tokens"] == sum(len(row["text"].split()) for row in rows)
    assert said["tokenizer"] == str(tmp_path)


# --- what is not as it should be


def test_site_that_was_carried_on_and_is_thin_is_named(kommuneby: Any, mine: Any) -> None:
    change_snapshot(mine, kommuneby, freshness="carried", state="dead", is_thin=True, freshness_reason="no answer")
    lines = [line.split() for line in call(mine, "2020Q1").split("Not as it should be\n")[1].splitlines()]
    assert lines[1:] == [[what, "9001", "Nordby", "no", "answer"] for what in ("carried", "dead", "thin")]
    assert json.loads(call(mine, "2020Q1", as_json=True))["coverage"]["dead"] == [
        {"site": "9001", "name": "Nordby", "reason": "no answer"}
    ]


def test_corpus_is_shown_without_its_snapshot(mine: Any, kommuneby: Any) -> None:
    assert call(mine, "2020Q1") == call(kommuneby, "2020Q1")


def test_register_of_other_sites_is_not_held_against_the_corpus(mine: Any, tmp_path: Path) -> None:
    place = {"code": "0101", "name": "Andeby", "official_name": "Andeby Kommune", "region": "Region Hovedstaden",
             "seeds": ["http://www.andeby.test/"], "domains": ["andeby.test"], "aliases": []}  # fmt: skip
    register = tmp_path / "andeby.yaml"
    register.write_text(json.dumps({"municipalities": [place]}))  # JSON is YAML
    other = replace(mine, command=replace(mine.command, register=register))
    assert call(other, "2020Q1").endswith("does not know the corpus's sites; give theirs with --register.\n")
    assert json.loads(call(other, "2020Q1", as_json=True))["coverage"] == {}


def test_every_site_that_is_not_as_it_should_be_is_named(mine: Any) -> None:
    corpus = mine.corpus("2020Q1")
    rows = pq.read_table(corpus / SITES_NAME).to_pylist()
    more = [
        rows[0] | {"site": f"8{number:03}", "name": f"By {number}", "terminal_state": "dead"} for number in range(11)
    ]
    pq.write_table(pa.Table.from_pylist(more + rows, SITE_SCHEMA), corpus / SITES_NAME)
    lines = [line.split() for line in call(mine, "2020Q1").split("Not as it should be\n")[1].splitlines()[1:]]
    assert lines == [["dead", f"8{number:03}", "By", str(number)] for number in range(11)]
    written = call(mine, "2020Q1", "--table", "coverage", "--format", "csv").splitlines()
    assert written[:2] == ["what,site,name,reason", "dead,8000,By 0,"]


def test_json_is_given_whole(mine: Any) -> None:
    with pytest.raises(ConfigError, match="--json gives everything at once"):
        call(mine, "2020Q1", "--table", "sites", as_json=True)


# --- what names may hold


@pytest.mark.parametrize("form", ["text", "markdown", "csv", "latex"])
def test_name_that_would_steer_a_terminal_is_shown_without_it(mine: Any, form: str) -> None:
    change_sites(mine, name="Nord\x1b[31m\x07\x9bby", region="Region\x1b]0;x\r", terminal_state="dead")
    said = call(mine, "2020Q1", "--format", form)
    assert all(line.isprintable() for line in said.split("\n"))
    assert "Nord?[31m??by" in said


def test_name_that_a_spreadsheet_would_run_is_marked(mine: Any) -> None:
    change_sites(mine, name="=1+1")
    assert call(mine, "2020Q1", "--format", "csv").splitlines()[1].startswith("9001,'=1+1,")
    assert json.loads(call(mine, "2020Q1", as_json=True))["sites"][0]["name"] == "=1+1"


# --- what it refuses


def test_unknown_table_is_refused_with_those_there_are(kommuneby: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        call(kommuneby, "2020Q1", "--table", "site")
    assert str(caught.value) == (
        "--table site: there is no such table, or it has no rows; there are totals, sites, regions, areas, dropped, "
        "dropped-by-site, duplicates, duplicates-by-site, lengths, document-lengths, scores, freshness, blocks, "
        "personal-data"
    )


def test_unknown_form_is_refused_with_those_there_are(kommuneby: Any) -> None:
    with pytest.raises(ConfigError, match="--format html: choose one of text, markdown, csv, latex"):
        call(kommuneby, "2020Q1", "--format", "html")


def test_csv_of_a_corpus_without_sites_is_refused(mine: Any) -> None:
    (mine.corpus("2020Q1") / SITES_NAME).unlink()
    manifest = json.loads((mine.corpus("2020Q1") / MANIFEST_NAME).read_text())
    manifest["files"] = [entry for entry in manifest["files"] if entry["path"] != SITES_NAME]
    (mine.corpus("2020Q1") / MANIFEST_NAME).write_text(json.dumps(manifest))
    with pytest.raises(ConfigError, match="--table sites: there is no such table, or it has no rows; there are totals"):
        call(mine, "2020Q1", "--format", "csv")


def test_tokenizer_that_is_not_there_is_refused_without_the_network(kommuneby: Any) -> None:
    with pytest.raises(ConfigError, match=r"--tokenizer ingen/saadan: cannot be loaded \("):
        call(kommuneby, "2020Q1", "--tokenizer", "ingen/saadan")


def test_folder_that_is_not_complete_is_refused(mine: Any) -> None:
    (mine.corpus("2020Q1") / MANIFEST_NAME).unlink()
    with pytest.raises(BrokenRunError, match=r"2020Q1: not complete \(no manifest\.json\)"):
        call(mine, "2020Q1")


def _run(house: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The real command."""
    options = ["--data", str(house.data), "--register", str(house.command.register)]
    return subprocess.run(
        [sys.executable, "-m", "tvaerkom", *options, "corpus", "stats", *arguments],
        cwd=ROOT, env=os.environ | {"COLUMNS": "200"}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_real_command_ends_with_1_and_names_the_damaged_shard(mine: Any) -> None:
    shard = next((mine.corpus("2020Q1") / "sentences").glob("train-*"))
    shard.write_bytes(shard.read_bytes()[: shard.stat().st_size // 2])
    result = _run(mine, "2020Q1")
    assert (result.returncode, result.stdout) == (1, "")
    assert str(shard) in result.stderr
    assert "restore it from a backup" in result.stderr
    assert result.stderr.count("\n") == 1


def test_real_command_ends_with_2_where_it_is_used_wrongly(mine: Any) -> None:
    result = _run(mine, "2020Q1", "--table", "site")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("pattern", ["sentences/train-*", "documents/*", "dropped/*", SITES_NAME])
@pytest.mark.parametrize("harm", ["missing", "cut"])
def test_damaged_table_is_named(mine: Any, pattern: str, harm: str) -> None:
    path = next(mine.corpus("2020Q1").glob(pattern))
    content = path.read_bytes()
    path.unlink()
    if harm == "cut":
        path.write_bytes(content[:-9])
    with pytest.raises(BrokenRunError) as caught:
        call(mine, "2020Q1")
    assert str(caught.value).startswith(f"{path}: ")
    assert "tvaerkom corpus verify 2020Q1" in str(caught.value)


def test_what_is_read_stays_as_it_is_and_nothing_is_left_beside_it(mine: Any) -> None:
    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in mine.data.rglob("*") if path.is_file()}

    before = files()
    call(mine, "2020Q1")
    assert files() == before
