"""An audit from the run to audit.json: what it asks, keeps and takes up again, and what it refuses."""

import json
import shutil
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from foundation.command import Command
from foundation.errors import BrokenRunError, ConfigError, NeedsPersonError
from foundation.files import sha256_of_file
from foundation.manifests import MANIFEST_NAME
from foundation.places import Places
from foundation.user_settings import UserSettings
from training import extra
from training.audit import auditing
from training.audit.auditing import Audit, audit_run
from training.audit.canaries import make_canaries
from training.audit.subject import open_subject
from training.audit.twin import TWIN_FOLDER, how_long, remove_twin
from training.audit.wishes import AuditWishes
from training.audit_cli import app
from training.champions import gate
from training.config import TrainingConfig
from training.run import train
from training.run_folder import KEY_NAME

CANARIES, SEED = 100, 4
WISHES = AuditWishes(num_canaries=CANARIES, seed=SEED, device="cpu")
ALONE = AuditWishes(has_twin=False, device="cpu")


@dataclass(frozen=True)
class Done:
    """A data folder whose run `learnt` was audited with a twin, and that audit."""

    places: Places
    audit: Audit


@pytest.fixture(scope="session")
def done(audited: Places, tmp_path_factory: pytest.TempPathFactory) -> Done:
    data = tmp_path_factory.mktemp("done") / "data"
    shutil.copytree(audited.data, data)
    return Done(Places(data), audit_run(Places(data), "learnt", WISHES))


def audit_file(places: Places, run: str = "learnt") -> dict[str, Any]:
    return dict(json.loads((places.run(run) / "audit.json").read_text()))


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256_of_file(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def test_an_audit_opens_with_two_paragraphs_and_says_what_it_stands_on(done: Done) -> None:
    values = audit_file(done.places)
    assert list(values)[:4] == ["danish", "english", "passed", "criteria"]
    assert values == done.audit.values and values["passed"] is done.audit.passed is True
    assert [each["name"] for each in values["criteria"]] == ["membership", "extraction", "bound"]
    assert values["membership"]["num_others"] == 520 and values["extraction"]["members"]["num_words"] == 240
    assert values["twin"]["seed"] == SEED and values["twin"]["bound"]["num_canaries"] == CANARIES
    assert 0.3 * CANARIES < values["twin"]["num_in"] < 0.7 * CANARIES
    assert values["private"] is False and values["claimed"] is None and values["probe"] is None
    assert {"weights_sha256", "thresholds_sha256", "versions", "hardware", "audited_at"} <= values.keys()


def test_a_twin_that_learnt_its_canaries_by_heart_shows_it(done: Done) -> None:
    bound = done.audit.values["twin"]["bound"]
    assert 0 < bound["epsilon"] < bound["largest"]
    assert bound["num_right"] > 0.7 * bound["num_guesses"]


def test_the_audited_model_is_left_as_it_was_and_nothing_of_the_twin_is_kept(audited: Places, done: Done) -> None:
    before, after = audited.run("learnt"), done.places.run("learnt")
    assert hashes(before / "model") == hashes(after / "model")
    assert {path.name for path in after.iterdir()} - {path.name for path in before.iterdir()} == {"audit.json"}


def test_no_text_is_in_the_file(done: Done) -> None:
    written = (done.places.run("learnt") / "audit.json").read_text()
    for canary in make_canaries(CANARIES, SEED):
        assert canary.text[slice(*canary.number)] not in written and canary.text[slice(*canary.name)] not in written


def test_the_gate_reads_the_verdict(done: Done) -> None:
    values = audit_file(done.places)

    def verdict(passed: bool | None) -> str:
        return gate.audit("learnt", values | {"passed": passed}, values["weights_sha256"], is_private=False).verdict

    assert [verdict(each) for each in (True, False, None)] == [gate.PASSED, gate.REFUSED, gate.NOT_JUDGED]


def test_what_a_kill_left_of_a_finished_twin_is_removed(copied: Places) -> None:
    left = copied.run("learnt") / TWIN_FOLDER / "checkpoints"
    left.mkdir(parents=True)
    assert audit_run(copied, "learnt", ALONE).is_stored and left.exists()  # it may be half of another
    assert audit_run(copied, "learnt", WISHES).is_stored and not left.exists()


def test_asked_again_nothing_is_measured_and_fewer_wishes_keep_what_there_is(done: Done) -> None:
    started = time.monotonic()
    again = [audit_run(done.places, "learnt", wishes) for wishes in (WISHES, ALONE)]
    assert time.monotonic() - started < 2
    assert all(each.is_stored and each.values == done.audit.values for each in again)
    same_number = audit_run(done.places, "learnt", AuditWishes(device="cpu", seed=SEED))
    assert same_number.is_stored  # as many canaries as there were


@pytest.fixture
def copied(done: Done, tmp_path: Path) -> Places:
    shutil.copytree(done.places.data, tmp_path / "data")
    return Places(tmp_path / "data")


def test_a_probe_of_a_text_never_seen_says_so_and_keeps_the_rest_of_the_audit(
    copied: Places, done: Done, tmp_path: Path
) -> None:
    probe = tmp_path / "probe.txt"
    never = "I dag kører med vi Zuzøzu om sag 55555 i kommunen, sagde man."
    probe.write_text(f"{never}\n\n")
    audit = audit_run(copied, "learnt", AuditWishes(has_twin=False, probe_file=probe, device="cpu"))
    (line,) = audit.values["probe"]["lines"]
    assert line["line"] == 1 and line["verdict"] == "as a text never seen" and line["num_compared"] > 100
    assert line["num_hidden"] > 0 and line["run_loss"] < line["base_loss"]
    assert audit.values["probe"]["keyed_hash"] is None
    for part in ("membership", "extraction", "twin"):
        assert audit.values[part] == done.audit.values[part]
    assert audit.values == audit_file(copied) and "Zuzøzu" not in json.dumps(audit.values, ensure_ascii=False)
    assert audit.passed is True


def test_stopped_while_the_twin_is_trained_it_goes_on_to_the_same_findings(
    places: Places, done: Done, stop_once_there: Callable[[Path], None]
) -> None:
    stop_once_there(places.run("learnt") / TWIN_FOLDER / "checkpoints" / "step-20")
    with pytest.raises(KeyboardInterrupt):
        audit_run(places, "learnt", WISHES)
    half = audit_file(places)
    assert half["twin"] is None and half["passed"] is True and half["membership"] == done.audit.values["membership"]
    audit = audit_run(places, "learnt", WISHES)
    assert audit.values["twin"] == done.audit.values["twin"]
    assert not (places.run("learnt") / TWIN_FOLDER).exists()


def test_a_private_run_is_audited_by_a_twin_under_its_own_plan(
    places: Places, learnt_config: TrainingConfig, stop_once_there: Callable[[Path], None]
) -> None:
    privacy = {"noise_multiplier": 3.0, "lot": 40, "clip_norm": 0.1, "embeddings": "trainable"}
    config = TrainingConfig.model_validate(learnt_config.model_dump() | {"max_steps": 12, "privacy": privacy})
    config = config.model_copy(update={"checkpoint_steps": 5})
    train(places.corpus("2026Q4"), places.run("promised"), config, cache=places.cache)
    twin = places.run("promised") / TWIN_FOLDER
    stop_once_there(twin / "checkpoints" / "step-5")
    with pytest.raises(KeyboardInterrupt):
        audit_run(places, "promised", WISHES)
    assert stat.S_IMODE((twin / KEY_NAME).stat().st_mode) == 0o600  # a key of its own: the run's is gone
    half = audit_file(places, "promised")
    assert half["passed"] is None and 0 < half["claimed"]["epsilon"] < 4.0
    audit = audit_run(places, "promised", WISHES)
    assert audit.values["criteria"][-1]["verdict"] == "passed" and audit.passed is True
    assert audit.values["twin"]["bound"]["epsilon"] <= audit.values["claimed"]["epsilon"]
    assert audit.values["twin"]["bound"]["delta"] == audit.values["claimed"]["delta"] == 1e-3
    assert not twin.exists()


def change_corpus(places: Places, **values: Any) -> None:
    path = places.corpus("2026Q4") / MANIFEST_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_corpus_from_which_was_erased_allows_all_but_a_twin(places: Places) -> None:
    old = json.loads((places.corpus("2026Q4") / MANIFEST_NAME).read_text())["content_sha256"]
    change_corpus(places, content_sha256="new", revision=2, superseded=[{"content_sha256": old, "erasure": "e1"}])
    with pytest.raises(ConfigError, match=r"changed by an erasure.*tvaerkom audit learnt --no-twin"):
        audit_run(places, "learnt", WISHES)
    audit = audit_run(places, "learnt", ALONE)
    assert audit.passed is True and audit.values["twin"] is None
    assert "no twin was trained" in audit.values["english"]


def test_what_is_gone_or_changed_is_said(places: Places, learnt_config: TrainingConfig) -> None:
    with pytest.raises(ConfigError, match="there is no run other"):
        audit_run(places, "other", WISHES)
    change_corpus(places, content_sha256="other")
    with pytest.raises(ConfigError, match=r"built anew since.*tvaerkom train 2026Q4"):
        audit_run(places, "learnt", WISHES)
    shutil.rmtree(places.corpus("2026Q4"))
    with pytest.raises(ConfigError, match=r"corpus 2026Q4, .* is gone"):
        audit_run(places, "learnt", WISHES)


def test_a_base_that_changed_is_refused(places: Places, tmp_path: Path) -> None:
    path = places.run("learnt") / "run.json"
    record = json.loads(path.read_text())
    record["base"]["weights_sha256"] = "0" * 64
    path.write_text(json.dumps(record))
    manifest = places.run("learnt") / MANIFEST_NAME
    values = json.loads(manifest.read_text())
    for each in values["files"]:
        if each["path"] == "run.json":
            each.update(size=path.stat().st_size, sha256=sha256_of_file(path))
    manifest.write_text(json.dumps(values))
    with pytest.raises(ConfigError, match="has other weights now"):
        audit_run(places, "learnt", ALONE)


def test_a_damaged_or_outdated_audit_file_is_not_taken_over(copied: Places) -> None:
    path = copied.run("learnt") / "audit.json"
    values = audit_file(copied)
    path.write_text(json.dumps(values | {"weights_sha256": "of other weights", "passed": False}))
    assert not audit_run(copied, "learnt", ALONE).is_stored
    assert audit_file(copied)["passed"] is True and audit_file(copied)["twin"] is None
    path.write_text("half of")
    with pytest.raises(BrokenRunError, match=r"audit\.json: not readable; remove it"):
        audit_run(copied, "learnt", ALONE)


def test_data_are_for_heads_only(places: Places, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--data: run learnt is a language model, and its corpus is found by itself"):
        audit_run(places, "learnt", AuditWishes(data=(tmp_path,)))


def test_too_few_canaries_are_refused(places: Places) -> None:
    with pytest.raises(ConfigError, match="--canaries 10: take at least 100"):
        audit_run(places, "learnt", AuditWishes(num_canaries=10))


def test_how_long_it_takes_is_said_from_the_runs_own_time() -> None:
    assert "250 steps: about 25 minutes" in how_long({"training_s": 600, "num_steps": 100}, 250)
    assert "1000 steps: about 27.8 hours" in how_long({"training_s": 100_000, "num_steps": 1000}, 1000)


@pytest.fixture
def tvaerkom(copied: Places) -> Callable[..., Any]:
    def call(*arguments: str, as_json: bool = False) -> Any:
        command = Command(places=copied, settings=UserSettings(), register=None, json=as_json)
        result = CliRunner().invoke(app, ["audit", "learnt", "--device", "cpu", *arguments], obj=command)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def test_the_command_prints_paragraphs_or_json(tvaerkom: Callable[..., Any], done: Done) -> None:
    shown = tvaerkom("--no-twin").stdout
    assert shown.splitlines()[0] == done.audit.values["danish"]
    assert "Result: passed." in shown and "no limit" in shown
    assert json.loads(tvaerkom("--no-twin", as_json=True).stdout) == done.audit.values


def test_an_audit_that_did_not_pass_needs_a_person(tvaerkom: Callable[..., Any], copied: Places) -> None:
    path = copied.run("learnt") / "audit.json"
    path.write_text(json.dumps(audit_file(copied) | {"passed": False}))
    with pytest.raises(NeedsPersonError, match="did not pass, and promote will refuse it"):
        tvaerkom("--no-twin")


def test_a_probe_file_that_is_not_there_is_wrong_use(tvaerkom: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--probe-file .*none\.txt: cannot be read"):
        tvaerkom("--no-twin", "--probe-file", str(tmp_path / "none.txt"))


@pytest.fixture
def by_heart(
    places: Places, make_corpus: Callable[..., Path], spread: Callable[[Path], None], learnt_config: TrainingConfig,
    rare: Callable[[int, int], list[str]],
) -> list[str]:  # fmt: skip
    """The six sentences that the run `heart` saw a hundred times each."""
    texts = rare(6, 7)
    spread(make_corpus(places.corpus("2026Q3"), texts, rare(520, 2)))
    config = learnt_config.model_copy(update={"max_steps": 100})
    train(places.corpus("2026Q3"), places.run("heart"), config, cache=places.cache)
    return texts


def test_a_text_learnt_by_heart_is_called_better_and_no_other_file_makes_that_forgotten(
    places: Places, by_heart: list[str], tmp_path: Path
) -> None:
    probe, wishes = tmp_path / "probe.txt", AuditWishes(has_twin=False, device="cpu")
    scores = audit_run(places, "heart", replace(wishes, probe_file=_written(probe, by_heart[:1]))).values
    assert [each["verdict"] for each in scores["probe"]["lines"]] == ["better than a text never seen"]
    assert scores["passed"] is False and scores["failed_before"] == []
    never = "I dag kører med vi Zuzøzu om sag 55555 i kommunen, sagde man."
    asked_otherwise = (
        replace(wishes, probe_file=_written(probe, [never])), replace(wishes, fresh=True), wishes
    )  # fmt: skip
    for each in asked_otherwise:
        later = audit_run(places, "heart", each)
        (kept,) = later.values["failed_before"]
        assert later.passed is False and kept["part"] == "probe" and "texts known better" in kept["reason"]
        assert "still stands: the texts that were asked about" in later.values["english"]


def _written(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{each}\n" for each in lines))
    return path


def test_a_failed_bound_is_not_undone_by_other_canaries(copied: Places) -> None:
    path, values = copied.run("learnt") / "audit.json", audit_file(copied)
    bound = values["criteria"][2]
    bound |= {"verdict": "failed", "numbers": bound["numbers"] | {"claimed": 0.1}}
    path.write_text(json.dumps(values | {"passed": False}))
    audit = audit_run(copied, "learnt", replace(WISHES, num_canaries=110))
    (kept,) = audit.values["failed_before"]
    assert audit.passed is False and (kept["part"], kept["num_canaries"]) == ("twin", 100)
    assert audit.values["twin"]["bound"]["num_canaries"] == 110
    path.write_text(json.dumps(audit.values | {"weights_sha256": "of an earlier run"}))  # trained anew
    assert audit_run(copied, "learnt", ALONE).passed is True


def test_a_line_longer_than_the_model_reads_is_refused(
    places: Places, rare: Callable[[int, int], list[str]], tmp_path: Path
) -> None:
    lines = ["Kort.", " ".join(rare(6, 3))]
    wishes = AuditWishes(has_twin=False, probe_file=_written(tmp_path / "probe.txt", lines), device="cpu")
    with pytest.raises(ConfigError, match=r"line 2 is longer than the model reads \(48 tokens\); write one sentence"):
        audit_run(places, "learnt", wishes)
    assert not (places.run("learnt") / "audit.json").exists()


def erase_from(places: Places, name: str) -> None:
    path = places.corpus(name) / MANIFEST_NAME
    values = json.loads(path.read_text())
    old = [{"content_sha256": values["content_sha256"], "erasure": "e1"}]
    path.write_text(json.dumps(values | {"content_sha256": "new", "revision": 2, "superseded": old}))


def half_trained(places: Places) -> Path:
    twin = places.run("learnt") / TWIN_FOLDER
    twin.mkdir()
    (twin / KEY_NAME).write_text("secret")
    return twin


def test_a_twin_that_nobody_goes_on_with_is_removed(copied: Places) -> None:
    twin = half_trained(copied)
    audit_run(copied, "learnt", replace(ALONE, fresh=True))
    assert not twin.exists()
    half_trained(copied)
    erase_from(copied, "2026Q4")
    with pytest.raises(ConfigError, match="changed by an erasure"):
        audit_run(copied, "learnt", replace(WISHES, fresh=True))
    assert not twin.exists()


def test_a_key_that_cannot_be_removed_is_not_passed_over(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_trained(places)

    def refused(path: Path, **_: Any) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(BrokenRunError, match=r"secret\.key.*cannot be removed \(Permission denied\)"):
        remove_twin(open_subject(places, "learnt"))


def test_without_the_private_extra_a_private_run_is_not_audited(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = open_subject(places, "learnt")
    private = replace(subject, run=replace(subject.run, is_private=True))
    monkeypatch.setattr(auditing, "open_run", lambda *_: private)
    monkeypatch.setattr(extra, "PRIVATE", ("no_such_library",))
    with pytest.raises(ConfigError, match=r"private training is an extra \(no_such_library"):
        audit_run(places, "learnt", ALONE)
