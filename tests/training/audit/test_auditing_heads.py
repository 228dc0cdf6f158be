"""An audit of a head: what it is asked, the twin with its canaries, and what is refused."""

import json
import random
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from foundation.command import Command
from foundation.errors import ConfigError, NeedsPersonError
from foundation.files import sha256_of_file
from foundation.places import Places
from foundation.user_settings import UserSettings
from training.audit import twin as twin_module
from training.audit.auditing import Audit, audit_run
from training.audit.canaries import coins, make_canaries
from training.audit.head import open_head
from training.audit.twin import TWIN_FOLDER
from training.audit.wishes import AuditWishes
from training.audit_cli import app
from training.config import TrainingConfig
from training.heads.config import Task, head_config
from training.heads.data import read_areas, read_files
from training.heads.finetune import finetune
from training.heads.private_course import PrivateHeadCourse
from training.loop.driving import Drive
from training.private.plan import plan_from
from training.run_folder import KEY_NAME, MODEL_FOLDER

CANARIES, SEED = 100, 4
NAMES, CASES = "names", "cases"  # a head without privacy for entities, a private one for classes
SETTINGS = ("max_length=48", "optimizer.learning_rate=1e-2")
LETTERS = "bcdfghjklmnprstvxz"


def people(number: int, seed: int) -> list[tuple[list[str], list[str]]]:
    """Sentences with tags, no two about the same name."""
    draw = random.Random(seed)

    def name() -> str:
        return "".join(draw.choice(LETTERS) + draw.choice("aeiouyæøå") for _ in range(3)).capitalize()

    verbs = ("skrevet til", "talt med", "hørt fra", "ventet på")
    found = []
    for _ in range(number):
        words = ["Vi", "har", *draw.choice(verbs).split(), name(), name(), "om", "sag", str(draw.randint(10**4, 10**5))]
        found.append((words, ["O"] * 4 + ["B-PER", "I-PER", "O", "O", "B-SAG"]))
    return found


def write_data(folder: Path, task: Task) -> Path:
    folder.mkdir()
    draw = random.Random(7)
    for name, number, seed in (("train", 240, 1), ("validation", 400, 2), ("test", 120, 3)):
        rows: list[dict[str, Any]] = [{"tokens": words, "tags": tags} for words, tags in people(number, seed)]
        if task == "classes":
            rows = [
                {"text": " ".join(row["tokens"]), "label": draw.choice(["sag", "brev"]), "unit": f"case {place // 2}"}
                for place, row in enumerate(rows)
            ]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@dataclass(frozen=True)
class Heads:
    """A data folder with two finished heads, and the folders of their examples."""

    places: Places
    data: dict[str, Path]

    def audit(self, run: str, **wishes: Any) -> Audit:
        data = (self.data.get(run, self.data[NAMES]),)
        usual = {"device": "cpu", "num_canaries": CANARIES, "seed": SEED, "data": data}
        return audit_run(self.places, run, AuditWishes(**(usual | wishes)))

    def file(self, run: str) -> dict[str, Any]:
        return dict(json.loads((self.places.run(run) / "audit.json").read_text()))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, learnt_config: TrainingConfig) -> Heads:
    top = tmp_path_factory.mktemp("heads")
    places = Places(top / "data")
    data = {NAMES: write_data(top / NAMES, "entities"), CASES: write_data(top / CASES, "classes")}
    private = ("privacy.noise_multiplier=3", "privacy.lot=40", "privacy.embeddings=trainable", "unit=case")
    settings = {
        NAMES: (*SETTINGS, "max_steps=60", "train_batch_examples=64", "checkpoint_steps=20"),
        CASES: (*SETTINGS, "max_steps=12", "checkpoint_steps=5", *private),
    }
    for run, task in ((NAMES, "entities"), (CASES, "classes")):
        config = head_config(task, learnt_config.base, settings[run])
        finetune(read_files(task, [data[run]]), places.run(run), config, cache=places.cache)
    return Heads(places, data)


@dataclass(frozen=True)
class Done:
    """A copy in which both were audited, and the two audits."""

    heads: Heads
    audits: dict[str, Audit]


@pytest.fixture(scope="module")
def done(trained: Heads, tmp_path_factory: pytest.TempPathFactory) -> Done:
    heads = copy_of(trained, tmp_path_factory.mktemp("audited"))
    return Done(heads, {run: heads.audit(run) for run in (NAMES, CASES)})


def copy_of(heads: Heads, folder: Path) -> Heads:
    shutil.copytree(heads.places.data, folder / "data")
    return Heads(Places(folder / "data"), heads.data)


@pytest.fixture
def heads(trained: Heads, tmp_path: Path) -> Heads:
    return copy_of(trained, tmp_path)


def criteria(audit: Audit) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in audit.values["criteria"]}


def model_hashes(places: Places, run: str) -> dict[str, str]:
    return {path.name: sha256_of_file(path) for path in sorted((places.run(run) / MODEL_FOLDER).iterdir())}


def test_a_head_without_privacy_is_judged_by_membership_alone(done: Done) -> None:
    heads, audits = done.heads, done.audits
    found = criteria(audits[NAMES])
    assert list(found) == ["membership", "extraction", "bound"]
    assert found["extraction"]["verdict"] == "not testable" and "labels and no words" in found["extraction"]["reason"]
    assert found["membership"]["verdict"] == "passed" and audits[NAMES].passed is True
    values = audits[NAMES].values
    assert values == heads.file(NAMES) and list(values)[:4] == ["danish", "english", "passed", "criteria"]
    assert values["membership"]["num_members"] == 240 and values["membership"]["num_others"] == 520
    assert values["private"] is False and values["claimed"] is None and values["corpus"] is None


def test_its_twin_learnt_the_labels_of_its_canaries_and_shows_it(done: Done) -> None:
    twin = done.audits[NAMES].values["twin"]
    assert twin["seed"] == SEED and twin["num_in"] == int(coins(CANARIES, SEED).sum())
    assert 0 < twin["bound"]["epsilon"] < twin["bound"]["largest"]
    of_in, of_out = (twin["control"]["labels"][each] for each in ("in", "out"))
    assert (of_in["num_words"], of_out["num_words"]) == (twin["num_in"], CANARIES - twin["num_in"])
    assert of_in["run"] > of_out["run"] + 0.2 and of_in["base"] < 0.3


def test_a_private_head_is_held_to_its_own_promise(done: Done) -> None:
    values, found = done.audits[CASES].values, criteria(done.audits[CASES])
    stated = json.loads((done.heads.places.run(CASES) / "privacy.json").read_text())
    assert values["claimed"] == {
        "epsilon": stated["epsilon"]["prv"], "delta": stated["delta"], "english_unit": stated["unit"]["english"],
        "danish_unit": stated["unit"]["danish"],
    }  # fmt: skip
    assert found["bound"]["verdict"] == "passed" and found["bound"]["numbers"]["claimed"] == stated["epsilon"]["prv"]
    assert values["twin"]["bound"]["delta"] == stated["delta"] and values["passed"] is True
    assert found["extraction"]["verdict"] == "not testable"


def test_the_paragraphs_speak_of_examples_and_labels(done: Done) -> None:
    for audit in done.audits.values():
        danish, english = audit.values["danish"], audit.values["english"]
        assert "which examples it was trained on" in english and "random labels" in english
        assert "hvilke eksempler den er trænet på" in danish and "tilfældige etiketter" in danish
        assert "a head gives labels and no words" in english and "et hoved giver etiketter og ingen ord" in danish
        unit = audit.values["claimed"] or {"english_unit": "", "danish_unit": ""}  # sentences of a case
        danish, english = danish.replace(unit["danish_unit"], ""), english.replace(unit["english_unit"], "")
        assert "sentence" not in english and "sætning" not in danish and "{" not in danish + english


def test_the_audited_head_is_left_as_it_was_and_no_canary_is_in_the_file(
    trained: Heads, done: Done
) -> None:
    for run in (NAMES, CASES):
        before, after = trained.places.run(run), done.heads.places.run(run)
        assert model_hashes(trained.places, run) == model_hashes(done.heads.places, run)
        assert {path.name for path in after.iterdir()} - {path.name for path in before.iterdir()} == {"audit.json"}
        written = (after / "audit.json").read_text()
        for canary in make_canaries(CANARIES, SEED):
            assert not any(canary.text[slice(*each)] in written for each in (canary.name, canary.number))


def test_asked_again_nothing_is_measured(done: Done) -> None:
    heads, audits = done.heads, done.audits
    again = heads.audit(NAMES)
    assert again.is_stored and again.values == audits[NAMES].values
    assert heads.audit(CASES, has_twin=False).is_stored


@pytest.fixture
def drives(monkeypatch: pytest.MonkeyPatch) -> list[Drive]:
    """How twins are trained in this test, as it happens."""
    seen: list[Drive] = []
    train_on = twin_module.train_on

    def noted(drive: Drive) -> Any:
        seen.append(drive)
        return train_on(drive)

    monkeypatch.setattr(twin_module, "train_on", noted)
    return seen


def test_a_stopped_twin_goes_on_to_the_same_findings(
    heads: Heads, done: Done, drives: list[Drive],
    stop_once_there: Callable[[Path], None],
) -> None:  # fmt: skip
    twin = heads.places.run(NAMES) / TWIN_FOLDER
    stop_once_there(twin / "checkpoints" / "step-20")
    with pytest.raises(KeyboardInterrupt):
        heads.audit(NAMES)
    half, number = heads.file(NAMES), int(coins(CANARIES, SEED).sum())
    assert half["twin"] is None and half["membership"] == done.audits[NAMES].values["membership"]
    assert drives[0].course.tokens.num_sentences == 240 + number
    assert heads.audit(NAMES).values["twin"] == done.audits[NAMES].values["twin"]
    assert drives[1].record["resumed_at"][0] >= 20 and not twin.exists()


def test_a_private_twin_has_the_runs_plan_and_a_unit_for_each_canary(
    heads: Heads, drives: list[Drive], stop_once_there: Callable[[Path], None]
) -> None:
    twin = heads.places.run(CASES) / TWIN_FOLDER
    stop_once_there(twin / "checkpoints" / "step-5")
    with pytest.raises(KeyboardInterrupt):
        heads.audit(CASES)
    assert stat.S_IMODE((twin / KEY_NAME).stat().st_mode) == 0o600  # a key of its own: the run's is gone
    assert heads.file(CASES)["passed"] is None
    assert heads.audit(CASES).passed is True and drives[1].record["resumed_at"][0] >= 5
    course = drives[0].course
    assert isinstance(course, PrivateHeadCourse)
    assert course.units.num_units == 120 + int(coins(CANARIES, SEED).sum())  # 240 texts of 120 cases
    assert course.plan == plan_from(json.loads((heads.places.run(CASES) / "run.json").read_text())["privacy"])
    assert not twin.exists()


def test_the_data_must_be_those_of_the_run(heads: Heads, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"files of your own \(train.jsonl, .*\), .*tvaerkom audit names --data PATH"):
        heads.audit(NAMES, data=())
    shutil.copytree(heads.data[NAMES], tmp_path / "other")
    lines = (tmp_path / "other" / "test.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "other" / "test.jsonl").write_text("".join(lines[1:]))
    with pytest.raises(ConfigError, match=r"--data .*other: not the files that run names was trained on, or they ch"):
        heads.audit(NAMES, data=(tmp_path / "other",))


def test_a_probe_file_is_refused(heads: Heads, tmp_path: Path) -> None:
    (tmp_path / "probe.txt").write_text("Vi har skrevet til nogen .\n")
    with pytest.raises(ConfigError, match="--probe-file: run names is a head, which gives labels and cannot fill in"):
        heads.audit(NAMES, probe_file=tmp_path / "probe.txt", has_twin=False)
    assert not (heads.places.run(NAMES) / "audit.json").exists()


def test_a_base_that_changed_is_refused(heads: Heads) -> None:
    subject = open_head(heads.places, NAMES, [heads.data[NAMES]])
    base = subject.record["base"] | {"weights_sha256": "0" * 64}
    changed = replace(subject, record=subject.record | {"base": base})
    with pytest.raises(ConfigError, match="has other weights now than it had when run names began"):
        changed.base_at_hand().__enter__()


def test_a_head_that_is_not_finished_is_refused(heads: Heads) -> None:
    (heads.places.run(NAMES) / "manifest.json").unlink()
    with pytest.raises(ConfigError, match=r"run names is not finished; type the command again .* tvaerkom finetune"):
        heads.audit(NAMES)


def test_a_head_on_a_corpus_finds_its_data_itself(
    heads: Heads, corpus_with_areas: Callable[[Path], Path], learnt_config: TrainingConfig
) -> None:
    corpus = corpus_with_areas(heads.places.corpus("2026Q4"))
    config = head_config("classes", learnt_config.base, (*SETTINGS, "max_steps=5"))
    finetune(read_areas(corpus), heads.places.run("areas"), config, cache=heads.places.cache)
    audit = heads.audit("areas", data=(), has_twin=False)
    assert audit.values["corpus"]["name"] == "2026Q4" and audit.values["membership"]["num_members"] == 60
    assert audit.values["twin"] is None and audit.passed is None  # too few others
    with pytest.raises(ConfigError, match="--data: run areas was trained on corpus 2026Q4, which is found by itself"):
        heads.audit("areas")
    path = corpus / "manifest.json"
    values = json.loads(path.read_text())
    erased = [{"content_sha256": values["content_sha256"], "erasure": "e1"}]
    path.write_text(json.dumps(values | {"content_sha256": "new", "superseded": erased}))
    with pytest.raises(ConfigError, match=r"changed by an erasure.*tvaerkom audit areas --no-twin"):
        heads.audit("areas", data=())


def test_a_head_that_did_not_pass_is_not_said_to_be_refused_by_promote(heads: Heads) -> None:
    heads.audit(NAMES, has_twin=False)
    path = heads.places.run(NAMES) / "audit.json"
    path.write_text(json.dumps(heads.file(NAMES) | {"passed": False}))
    command = Command(places=heads.places, settings=UserSettings(), register=None, json=False)
    result = CliRunner().invoke(app, ["audit", NAMES, "--no-twin", "--data", str(heads.data[NAMES])], obj=command)
    assert isinstance(result.exception, NeedsPersonError)
    assert "for you to decide" in str(result.exception) and "promote" not in str(result.exception)


def test_the_command_takes_folders_and_files(done: Done) -> None:
    heads, audits = done.heads, done.audits
    command = Command(places=heads.places, settings=UserSettings(), register=None, json=False)
    files = [word for path in sorted(heads.data[NAMES].iterdir()) for word in ("--data", str(path))]
    for data in (["--data", str(heads.data[NAMES])], files):
        result = CliRunner().invoke(app, ["audit", NAMES, "--no-twin", *data], obj=command)
        assert result.exception is None and result.stdout.splitlines()[0] == audits[NAMES].values["danish"]
