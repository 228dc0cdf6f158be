"""The corpus commands: what they say, and what they refuse with which exit code."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from corpus.cli import app
from corpus.config import CorpusConfig
from corpus.schema import DropReason, read_corpus_manifest
from demo.kommuneby import Web
from foundation.errors import BrokenRunError, ConfigError, NeedsPersonError, TvaerkomError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def small(house: Any, response: Any, page_of: Callable[..., bytes]) -> Any:
    """A house with a snapshot 2020Q1 of two pages: a build of it takes no time."""
    pages = {
        "pladser": ["Kommunen har i år 12 ledige pladser til børn i daginstitutionerne.", "Her er kun seks ord i."],
        "ferie": ["Hvis du skal på ferie, må du selv sørge for at aflyse din hjemmehjælp.", "Vi har åbent i dag."],
    }
    root = "http://www.nordby.kommuneby.test/"
    answers = [response(url=root + path, body=page_of(*text)) for path, text in pages.items()]
    house.snapshot("2020Q1", answers)
    return house


def call(house: Any, *arguments: str, as_json: bool = False) -> str:
    """A command as tvaerkom runs it; errors meant for the user are raised."""
    command = replace(house.command, json=as_json)
    result = CliRunner().invoke(app, ["corpus", *arguments], obj=command)
    if isinstance(result.exception, TvaerkomError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def build(house: Any, *arguments: str) -> str:
    return call(house, "build", *arguments, "--workers", "1")


def test_build_says_what_was_made_and_what_comes_next(small: Any) -> None:
    said = build(small, "2020Q1")
    assert "2020Q1: 2 training and 0 validation sentences of 2 documents" in said
    assert "tvaerkom corpus stats 2020Q1" in said


def test_build_without_a_name_takes_the_newest_snapshot(small: Any) -> None:
    build(small)
    assert read_corpus_manifest(small.corpus("2020Q1")).name == "2020Q1"


def test_published_name_is_never_rebuilt_in_place(small: Any) -> None:
    build(small, "2020Q1")
    before = (small.corpus("2020Q1") / "manifest.json").read_bytes()
    with pytest.raises(ConfigError, match="never rebuilt in place; build a trial under a name such as 2020Q1-try"):
        build(small, "2020Q1")
    assert (small.corpus("2020Q1") / "manifest.json").read_bytes() == before


def test_folder_that_is_no_complete_corpus_is_not_built_over(small: Any) -> None:
    small.corpus("2020Q1").mkdir(parents=True)
    (small.corpus("2020Q1") / "noter.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is no complete corpus; move it away"):
        build(small, "2020Q1")
    assert (small.corpus("2020Q1") / "noter.txt").read_text() == "mine"


def test_trial_is_built_from_the_snapshot_of_its_quarter(small: Any) -> None:
    build(small, "2020Q1")
    build(small, "2020Q1-try", "--set", "min_words=6")
    trial, published = (read_corpus_manifest(small.corpus(name)) for name in ("2020Q1-try", "2020Q1"))
    assert trial.inputs["snapshot"] == published.inputs["snapshot"]
    assert trial.inputs["configuration"] != published.inputs["configuration"]
    assert trial.id != published.id
    assert trial.counts["train"] == published.counts["train"] + 1


def test_trial_of_a_snapshot_is_built_from_that_snapshot(small: Any, response: Any, page_of: Any) -> None:
    text = "Biblioteket har åbent hver dag fra klokken otte til klokken tyve."
    small.snapshot("2020Q1-try", [response(url="http://www.nordby.kommuneby.test/", body=page_of(text))])
    build(small, "2020Q1-try")
    assert [row["text"] for row in small.rows("2020Q1-try", "sentences")] == [text]


def test_other_thresholds_without_a_trials_name_are_refused(small: Any, tmp_path: Path) -> None:
    file = tmp_path / "corpus.yaml"
    file.write_text("min_words: 6\n")
    for arguments in (["--set", "min_words=6"], ["--config", str(file)]):
        with pytest.raises(ConfigError, match="give it a name such as 2020Q1-try"):
            build(small, "2020Q1", *arguments)


def test_configuration_file_and_set_are_both_obeyed(small: Any, tmp_path: Path) -> None:
    file = tmp_path / "corpus.yaml"
    file.write_text("min_words: 6\nvalidation_share: 0.1\n")
    build(small, "2020Q1-both", "--config", str(file), "--set", "min_words=5")
    configuration = json.loads((small.corpus("2020Q1-both") / "manifest.json").read_text())["configuration"]
    assert (configuration["min_words"], configuration["validation_share"]) == (5, 0.1)


def test_unknown_key_is_refused_with_the_known_ones(small: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        build(small, "2020Q1-try", "--set", "min_word=6")
    assert "there is no key min_word" in str(caught.value)
    assert all(name in str(caught.value) for name in CorpusConfig.model_fields)


@pytest.mark.parametrize("wrong", ["min_words=0", "min_words=otte", "languages=[xx]", "validation_share=2"])
def test_value_that_is_not_allowed_is_refused(small: Any, wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong.partition("=")[0]):
        build(small, "2020Q1-try", "--set", wrong)


def test_unknown_key_in_a_file_is_refused_with_its_place(small: Any, tmp_path: Path) -> None:
    file = tmp_path / "corpus.yaml"
    file.write_text("min_words: 6\nmin_word: 6\n")
    with pytest.raises(ConfigError, match=r"corpus\.yaml:2:"):
        build(small, "2020Q1-try", "--config", str(file))


def test_quarter_without_a_snapshot_is_refused(small: Any) -> None:
    with pytest.raises(ConfigError, match=r"there is no snapshot 2021Q1 .*run: tvaerkom crawl 2021Q1"):
        build(small, "2021Q1")


def test_snapshot_that_is_not_published_is_refused(small: Any) -> None:
    (small.command.places.snapshot("2020Q1") / "manifest.json").unlink()
    with pytest.raises(ConfigError, match="not published yet; run: tvaerkom snapshot publish 2020Q1"):
        build(small, "2020Q1")


def test_no_snapshot_at_all_says_where_to_start(house: Any) -> None:
    with pytest.raises(ConfigError, match="start with: tvaerkom crawl"):
        build(house)


def test_snapshot_without_a_sentence_makes_no_corpus(house: Any, response: Any, page_of: Any) -> None:
    house.snapshot("2020Q1", [response(url="http://www.nordby.kommuneby.test/", body=page_of("Kort tekst."))])
    with pytest.raises(NeedsPersonError, match=r"no sentence of .* was kept"):
        build(house, "2020Q1")
    assert not house.corpus("2020Q1").exists()


def test_archive_made_elsewhere_is_built_without_a_snapshot(
    house: Any, web: Web, answers: Any, archive: Any, response: Any, page_of: Any, tmp_path: Path
) -> None:
    text = "Foreningen låner gerne lokaler ud til alle byens voksne og børn."
    first = archive(tmp_path / "a.warc.gz", [response(url="http://www.nordby.kommuneby.test/", body=page_of(text))])
    second = archive(
        tmp_path / "b.warc.gz",
        [
            response(
                url="http://andre.test/", body=page_of("Klubben træner hver tirsdag aften i den nye hal ved skolen.")
            )
        ],
    )
    build(house, "2020Q1-arkiv", "--warc", str(first), "--warc", str(second))
    assert {row["site"] for row in house.rows("2020Q1-arkiv", "sentences")} == {"9001", "x-andre.test"}
    assert {row["kind"] for row in house.rows("2020Q1-arkiv", "sites")} == {"municipality", "archive"}


def test_archive_needs_a_name_and_a_file_that_is_there(house: Any, archive: Any, tmp_path: Path) -> None:
    missing = tmp_path / "ingen.warc.gz"
    with pytest.raises(ConfigError, match="--warc needs a name"):
        build(house, "--warc", str(missing))
    with pytest.raises(ConfigError, match=r"ingen\.warc\.gz: no such file"):
        build(house, "2020Q1-arkiv", "--warc", str(missing))


def test_archive_that_was_cut_off_is_refused_with_a_sentence(
    house: Any, archive: Any, response: Any, page_of: Any, tmp_path: Path
) -> None:
    path = archive(tmp_path / "a.warc.gz", [response(url="http://www.nordby.kommuneby.test/", body=page_of("Hej."))])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BrokenRunError, match=r"a\.warc\.gz: not a WARC file, or damaged"):
        build(house, "2020Q1-arkiv", "--warc", str(path))


def test_excluded_texts_are_kept_out_and_written_on_the_card(small: Any, tmp_path: Path) -> None:
    file = tmp_path / "evaluering.txt"
    file.write_text("Kommunen har i år 12 ledige pladser til børn i daginstitutionerne.\n")
    assert "2020Q1: 1 training" in build(small, "2020Q1", "--exclude", str(file))
    statistics = json.loads(call(small, "stats", "2020Q1", as_json=True))
    assert statistics["all"]["dropped"]["sentence"]["in_excluded_file"] == 1
    assert "nearly the same as one of 1 texts of evaluation sets" in (small.corpus("2020Q1") / "README.md").read_text()
    with pytest.raises(ConfigError, match=r"--exclude .*ingen\.txt: cannot be read"):
        build(small, "2020Q1-try", "--exclude", str(tmp_path / "ingen.txt"))


def test_list_shows_every_corpus_with_its_counts(small: Any) -> None:
    build(small, "2020Q1")
    build(small, "2020Q1-try", "--set", "min_words=5")
    lines = call(small, "list").splitlines()
    assert [line.split()[:2] for line in lines] == [["2020Q1", "2"], ["2020Q1-try", "4"]]


def test_config_shows_each_threshold_with_its_meaning(house: Any) -> None:
    said = call(house, "config")
    for name, field in CorpusConfig.model_fields.items():
        assert f"{name}: " in said
        assert str(field.description) in said


def test_config_shows_what_a_rule_removed(small: Any) -> None:
    build(small, "2020Q1")
    assert f"removed from 2020Q1: 4 ({DropReason.FEW_WORDS})" in call(small, "config")


def test_stats_shows_totals_reasons_and_sites(small: Any) -> None:
    build(small, "2020Q1")
    rows = [" ".join(line.split()) for line in call(small, "stats", "2020Q1").splitlines()]
    for row in ("pages 2", "documents 2", "sentences 2", "sentence few_words 4"):
        assert row in rows
    assert "site name region state boilerplate pages documents sentences words unique share" in rows
    assert "9001 Nordby Region Nordjylland complete 0 2 2 2 25 100.0%" in rows


def test_stats_of_kommuneby_agree_with_its_tables(kommuneby: Any) -> None:
    statistics = json.loads(call(kommuneby, "stats", "2020Q1", as_json=True))
    counted: dict[str, dict[str, int]] = {}
    for row in kommuneby.rows("2020Q1", "dropped"):
        reasons = counted.setdefault(row["level"], {})
        reasons[row["reason"]] = reasons.get(row["reason"], 0) + 1
    everything = statistics["all"]
    assert everything["dropped"] == counted
    assert everything["train"] == len(kommuneby.rows("2020Q1", "sentences/train"))
    assert everything["documents"] == len(kommuneby.rows("2020Q1", "documents"))
    assert everything["personal_data"] == {"cpr": 1}
    assert sum(site["sentences"] for site in statistics["sites"]) == everything["sentences"]


def test_verify_says_that_all_is_as_built(small: Any) -> None:
    build(small, "2020Q1")
    assert "2020Q1: every file is as built" in call(small, "verify")


def test_verify_refuses_a_changed_corpus(small: Any) -> None:
    build(small, "2020Q1")
    (small.corpus("2020Q1") / "README.md").write_text("andet")
    with pytest.raises(BrokenRunError, match=r"README\.md: 5 bytes"):
        call(small, "verify", "2020Q1")


@pytest.mark.parametrize("command", ["stats", "verify", "config"])
def test_corpus_that_is_not_there_is_refused_with_those_that_are(small: Any, command: str) -> None:
    build(small, "2020Q1")
    with pytest.raises(ConfigError, match=r"there is no corpus 2021Q1 in .* \(there: 2020Q1\)"):
        call(small, command, "2021Q1")


@pytest.mark.parametrize("command", ["stats", "verify"])
def test_no_corpus_at_all_is_refused(house: Any, command: str) -> None:
    with pytest.raises(ConfigError, match="there is no corpus in"):
        call(house, command)


def test_list_passes_over_an_unfinished_corpus(small: Any) -> None:
    build(small, "2020Q1")
    small.corpus("2020Q2").mkdir()
    assert [line.split()[0] for line in call(small, "list").splitlines()] == ["2020Q1"]


def test_real_command_ends_with_2_and_one_sentence(small: Any) -> None:
    build(small, "2020Q1")
    options = ["--data", str(small.data), "--register", str(small.data / "municipalities.yaml")]
    result = subprocess.run(
        [sys.executable, "-m", "tvaerkom", *options, "corpus", "build", "2020Q1"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert result.stderr.count("\n") == 1


def test_corpus_reads_the_same_after_it_is_moved(small: Any, tmp_path: Path) -> None:
    """Nothing in a corpus points out of its folder."""
    build(small, "2020Q1")
    moved = replace(small.command, places=type(small.command.places)(tmp_path / "elsewhere"))
    shutil.copytree(small.corpus("2020Q1"), moved.places.corpus("2020Q1"))
    result = CliRunner().invoke(app, ["corpus", "verify"], obj=moved)
    assert result.exit_code == 0
