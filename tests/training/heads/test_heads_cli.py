"""The command `tvaerkom finetune`, as it is typed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foundation.command import Command
from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import file_entries, write_manifest
from foundation.places import Places
from foundation.user_settings import UserSettings
from training.champions.contenders import finished_run
from training.erasing import superseded_runs
from training.heads_cli import app

QUICK = ("--set", "max_length=40", "--set", "max_steps=3", "--device", "cpu")


@pytest.fixture(scope="module")
def places(corpus_with_areas: Path, bases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Places:
    """A data folder with a corpus, and a finished run `lm` whose model is a base."""
    data = tmp_path_factory.mktemp("places")
    shutil.copytree(corpus_with_areas, data / "corpora" / "2026Q4")
    shutil.copytree(bases["bert"], data / "runs" / "lm" / "model")
    corpus = json.loads((data / "corpora" / "2026Q4" / "manifest.json").read_text())
    pinned = {key: corpus[key] for key in ("id", "name", "revision", "content_sha256")}
    base = {"name": "org/model", "on_hub": True, "revision": None, "licence": "mit"}
    (data / "runs" / "lm" / "run.json").write_text(json.dumps({"name": "lm", "corpus": pinned, "base": base}))
    files = [vars(entry) for entry in file_entries(data / "runs" / "lm", (data / "runs" / "lm").rglob("*.safetensors"))]
    write_manifest(data / "runs" / "lm", {"kind": "run", "files": files})
    (data / "runs" / "begun").mkdir()
    return Places(data)


@pytest.fixture
def finetune(places: Places) -> Callable[..., str]:
    def call(*arguments: str, as_json: bool = False) -> str:
        command = Command(places=places, settings=UserSettings(), register=None, json=as_json)
        result = CliRunner().invoke(app, ["finetune", *arguments], obj=command)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return call


def test_a_head_is_put_on_the_model_of_a_run(finetune, places: Places, entities: Path) -> None:
    arguments = (str(entities), "--task", "entities", "--base", "lm", *QUICK)
    assert "names-entities: trained; validation F1 0." in finetune(*arguments)
    assert "names-entities: already finished; validation F1" in finetune(*arguments)
    told = json.loads(finetune(*arguments, as_json=True))
    assert (told["base"], told["labels"][0], told["already_finished"]) == ("lm", "O", True)
    card = (places.run("names-entities") / "model" / "README.md").read_text()
    assert "base_model: org/model" in card
    assert "Before that the base was trained on: corpus 2026Q4" in card


def test_a_corpus_gives_the_subject_areas_and_its_erasures_name_the_head(finetune, places: Places) -> None:
    told = finetune("2026Q4", "--task", "classes", "--base", "lm", "--name", "areas", *QUICK)
    assert "areas: trained; validation accuracy" in told and "mean F1 of the classes" in told
    record = json.loads((places.run("areas") / "run.json").read_text())
    assert (record["corpus"]["name"], record["labels"][0]) == ("2026Q4", "kl-bolig")
    path = places.corpus("2026Q4") / "manifest.json"
    manifest = path.read_text()
    changed = json.loads(manifest)
    changed["superseded"] = [{"content_sha256": record["corpus"]["content_sha256"], "erasure": "e", "files": {}}]
    path.write_text(json.dumps(changed))
    assert "areas" in superseded_runs(places)
    path.write_text(manifest)


def test_a_private_head_of_a_corpus_protects_documents(finetune, places: Places, bases: dict[str, Path]) -> None:
    private = ("2026Q4", "--task", "classes", "--name", "quiet", "--private", *QUICK, "--set",
               "privacy.noise_multiplier=2", "--set", "privacy.epsilon=null", "--set", "unit=document",
               "--set", "privacy.delta=1e-3")  # fmt: skip
    finetune(*private, "--base", str(bases["distilbert"]))
    plan = json.loads((places.run("quiet") / "run.json").read_text())["privacy"]
    assert (plan["unit"], plan["noise_multiplier"], plan["sentences_per_unit"]) == ("document", 2, 1)
    with pytest.raises(ConfigError, match="run lm"):  # which saw these sentences without privacy
        finetune(*private, "--base", "lm", "--fresh")
    assert (places.run("quiet") / "manifest.json").is_file()


def test_a_head_is_never_judged_as_a_language_model(finetune, places: Places, entities: Path) -> None:
    finetune(str(entities), "--task", "entities", "--base", "lm", "--name", "judged", *QUICK)
    with pytest.raises((ConfigError, BrokenRunError), match="judged"):
        finished_run(places, "judged")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("2026Q4", "--task", "entities", "--base", "lm"), "a corpus has no named entities in it"),
        (("2025Q1", "--task", "classes", "--base", "lm"), "there is no such file or folder, and no corpus"),
        (("2026Q4", "--task", "classes", "--base", "begun"), "this run is not finished"),
        (("2026Q4", "--task", "classes", "--base", "lm", "--name", "a/b"), "not the name of a run"),
        (("2026Q4", "--task", "classes", "--base", "lm", "--set", "epochs=x"), "--set epochs=x"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(arguments: tuple[str, ...], told: str, finetune) -> None:
    with pytest.raises(ConfigError, match=told):
        finetune(*arguments)


def test_the_command_loads_nothing_heavy() -> None:
    heavy = {"torch", "transformers", "datasets", "pyarrow", "numpy"}
    program = f"import sys, training.heads_cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
