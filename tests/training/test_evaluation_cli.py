"""The commands `evaluate` and `fill` as a user types them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers
import yaml
from typer.testing import CliRunner

from foundation.command import Command
from foundation.errors import ConfigError
from foundation.places import Places
from foundation.user_settings import UserSettings
from training import extra
from training.bases.finding import find_base
from training.evaluation import comparing, speed
from training.evaluation_cli import app

TEXT = "Borgeren kan [MASK] om hjælp."
Called = Callable[..., Any]


@pytest.fixture(scope="module")
def places(corpus: Path, bases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Places:
    """A corpus, a run `r1` of the small BERT, and a revision of the corpus since."""
    places = Places(tmp_path_factory.mktemp("data"))
    shutil.copytree(corpus, places.corpus("2026Q4"))
    run = places.run("r1")
    model = transformers.AutoModelForMaskedLM.from_pretrained(bases["bert"])
    for weight in model.parameters():
        weight.data *= 1.5
    model.save_pretrained(run / "model")
    transformers.AutoTokenizer.from_pretrained(bases["bert"]).save_pretrained(run / "model")
    manifest_path = places.corpus("2026Q4") / "manifest.json"
    manifest = json.loads(manifest_path.read_text())
    trained_on = {"name": "2026Q4", "revision": 1, "content_sha256": "earlier"}
    manifest_path.write_text(json.dumps(manifest | {"revision": 2, "superseded": [{"content_sha256": "earlier"}]}))
    base = {
        "name": "bert", "on_hub": False, "revision": None,
        "weights_sha256": find_base(str(bases["bert"])).weights_sha256,
    }  # fmt: skip
    (run / "run.json").write_text(json.dumps({"base": base, "corpus": trained_on}))
    (run / "config.yaml").write_text(yaml.safe_dump({"base": str(bases["bert"]), "max_length": 24}))
    return places


@pytest.fixture
def tvaerkom(places: Places, monkeypatch: pytest.MonkeyPatch) -> Called:
    """Speed is measured in this process: a new one takes five seconds, and test_speed.py has it."""
    monkeypatch.setattr(comparing, "measure_speed", speed.measured_here)
    monkeypatch.setattr(speed, "MIN_S", 0.01)

    def call(*arguments: str, data: Places = places, as_json: bool = False, controls: Any = None) -> Any:
        settings = UserSettings.model_validate({"training": {"controls": controls or {}}})
        command = Command(places=data, settings=settings, register=None, json=as_json)
        result = CliRunner().invoke(app, list(arguments), obj=command)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def test_evaluate_puts_runs_and_bases_in_one_table(tvaerkom: Called, bases: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "general.txt").write_text("Skolen kan få hjælp online.\n" * 2)
    controls = {"general": str(tmp_path / "general.txt")}
    names = ("r1", str(bases["bert"]), str(bases["xlm-roberta"]))
    answer = tvaerkom("evaluate", *names, "--sentences", "30", as_json=True, controls=controls)
    found = json.loads(answer.stdout)
    assert [model["name"] for model in found["models"]] == list(names)
    assert [model["tokenizer"] for model in found["models"]] == ["A", "A", "B"]
    assert found["max_length"] == 24
    assert found["models"][0]["sets"]["validation"]["num_sentences"] == 30
    assert found["models"][0]["sets"].keys() == {"validation", "general"}
    assert {"per_word", "per_character"} < found["models"][0]["pll"].keys()
    assert [(each["before"], each["after"]) for each in found["adaptations"]] == [(names[1], "r1")]


def test_evaluate_says_what_was_erased_and_which_corpus_it_took(tvaerkom: Called) -> None:
    answer = tvaerkom("evaluate", "r1", "--sentences", "5")
    assert "evaluating on the newest corpus, 2026Q4" in answer.stderr
    assert "r1: trained on corpus 2026Q4 revision 1, from which pages were erased since" in answer.stderr
    assert "newest" not in tvaerkom("evaluate", "r1", "--on", "2026Q4", "--sentences", "5").stderr


@pytest.mark.parametrize(
    ("form", "sign"),
    [
        ("text", "PLL per character"),
        ("markdown", "| model | tokenizer |"),
        ("latex", r"\begin{tabular}"),
        ("json", '"tokenizer": "A"'),
    ],
)
def test_each_format(tvaerkom: Called, form: str, sign: str) -> None:
    output = tvaerkom("evaluate", "r1", "--sentences", "5", "--format", form).stdout
    assert sign in output
    assert "r1" in output


def test_fill_shows_the_run_beside_its_base(tvaerkom: Called, bases: dict[str, Path]) -> None:
    answer = tvaerkom("fill", "r1", TEXT, "--top", "3")
    head, *rows = answer.stdout.splitlines()
    assert head.split() == [str(bases["bert"]), "r1"]
    assert len(rows) == 3
    assert all(row.count("%") == 2 for row in rows)
    assert "from which pages were erased since" in answer.stderr
    found = json.loads(tvaerkom("fill", "r1", TEXT, "--top", "3", as_json=True).stdout)
    assert [each["model"] for each in found["models"]] == [str(bases["bert"]), "r1"]
    assert [len(each["fillings"]) for each in found["models"]] == [3, 3]


def test_fill_takes_a_folder_and_uses_its_mask_token(tvaerkom: Called, bases: dict[str, Path]) -> None:
    answer = tvaerkom("fill", str(bases["xlm-roberta"]), TEXT)
    assert len(answer.stdout.splitlines()) == 6
    assert answer.stderr == ""


def test_fill_says_why_a_run_stands_alone(tvaerkom: Called, places: Places, tmp_path: Path) -> None:
    data = Places(tmp_path)
    shutil.copytree(places.runs, data.runs)
    (data.run("r1") / "config.yaml").write_text("base: small\n")
    answer = tvaerkom("fill", "r1", TEXT, data=data)
    assert "without its base: base small: random weights, made for r1 and not kept" in answer.stderr
    assert answer.stdout.splitlines()[0] == "r1"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["fill", "r1", "Borgeren kan søge."], "write [MASK] once"),
        (["fill", "other", TEXT], "other: not a finished run (r1), and as a model: base other: not on this machine"),
        (["fill", "./none", TEXT], "./none: not a finished run (r1), and as a model: base ./none: there is no such"),
        (["evaluate", "r1", "r1"], "r1: named twice"),
        (["evaluate", "r1", "--on", "2025Q1"], "--on 2025Q1: there is no such corpus; run: tvaerkom corpus list"),
        (["evaluate", "r1", "--on", "autumn"], "'autumn' is not a quarter"),
        (["evaluate", "r1", "--device", "tpu"], "--device tpu: write auto, cpu or cuda"),
    ],
)
def test_wrong_use_is_one_sentence(tvaerkom: Called, arguments: list[str], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        tvaerkom(*arguments)
    assert expected in str(caught.value)


def test_a_tokenizer_that_does_not_load_is_one_sentence(
    tvaerkom: Called, bases: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(bases["bert"], folder)
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(ConfigError, match="base broken: its tokenizer cannot be read"):
        tvaerkom("evaluate", "r1", str(folder))


def test_no_corpus_says_what_to_run(tvaerkom: Called, places: Places, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no corpus to evaluate on; run: tvaerkom corpus build"):
        tvaerkom("evaluate", "r1", data=Places(tmp_path))


def test_without_the_extra_it_says_how_to_install_it(tvaerkom: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "TRAIN", ("torch", "no_such_library"))
    for command in (["evaluate", "r1"], ["fill", "r1", TEXT]):
        with pytest.raises(ConfigError, match=r"\(no_such_library not installed\): pip install"):
            tvaerkom(*command)
