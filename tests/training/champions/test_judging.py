"""Challenger against champion: what is compared, what is refused, what is kept."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch

from corpus.schema import shard_paths
from foundation.errors import BrokenRunError, ConfigError
from foundation.places import Places
from training.champions import frozen, gate, measuring
from training.champions.contenders import finished_run, opponent_of
from training.champions.gate import NOT_JUDGED, PASSED, REFUSED
from training.champions.judging import Judged, judge
from training.champions.lineage import weights_of
from training.champions.promoting import promote
from training.champions.tracks import track_folder
from training.config import TrainingConfig
from training.run import train

CPU = torch.device("cpu")
RunMaker = Callable[..., str]


def judged(places: Places, run: str, **controls: str) -> Judged:
    return judge(places, run, device=CPU, controls=controls)


def verdicts(found: Judged) -> dict[str, str]:
    return {each.name: each.verdict for each in found.judgement.criteria}


def reason(found: Judged, name: str) -> str:
    return next(each.reason for each in found.judgement.criteria if each.name == name)


def in_use(places: Places, run: str) -> None:
    assert promote(places, run, reason="test", device=CPU, controls={}).outcome == "promoted"


def test_first_one_is_judged_against_its_own_base(places: Places, make_run: RunMaker, general: Path) -> None:
    found = judged(places, make_run("first", "good"), general=str(general))
    assert found.judgement.against["kind"] == "base"
    assert found.judgement.against["note"] is None
    assert found.judgement.verdict == PASSED
    assert verdicts(found) == {
        "domain": PASSED, "forgetting": PASSED, "audit": NOT_JUDGED, "speed": PASSED, "data": PASSED
    }  # fmt: skip


def test_model_that_got_worse_is_refused(one: Places, make_run: RunMaker, general: Path) -> None:
    found = judged(one, make_run("second", "worse", base="first"), general=str(general))
    assert found.judgement.against["name"] == "first"
    assert found.judgement.verdict == REFUSED
    assert (verdicts(found)["domain"], verdicts(found)["forgetting"]) == (REFUSED, REFUSED)
    assert found.judgement.controls["general"]["difference"]["loss"] > 0


def test_model_that_got_better_passes_and_the_same_does_not(one: Places, make_run: RunMaker) -> None:
    assert judged(one, make_run("second", "better", corpus="2027Q1", base="first")).judgement.verdict == PASSED
    again = judged(one, make_run("twin", "good"))
    assert verdicts(again)["domain"] == REFUSED
    assert "not lower" in reason(again, "domain")


def test_frozen_sentences_are_new_to_both_and_kept_apart_in_both(one: Places, make_run: RunMaker) -> None:
    second = finished_run(one, make_run("second", "better", corpus="2027Q1", base="first"))
    found = frozen.frozen_sentences(one, second, opponent_of(one, second))

    def ids(corpus: str, split: str) -> set[str]:
        paths = shard_paths(one.corpus(corpus), split)
        return {each for path in paths for each in pq.read_table(path)["sentence_id"].to_pylist()}

    expected = ids("2027Q1", "validation") & ids("2026Q4", "validation")
    expected -= ids("2027Q1", "train") | ids("2026Q4", "train")
    chosen = found.tokens.sentence_ids[found.indexes]
    assert {f"{each:016x}" for each in chosen.tolist()} == expected
    assert found.about["number"] == len(expected) == 350


def test_few_common_sentences_are_not_judged_and_so_refused(
    places: Places, make_run: RunMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "MIN_SENTENCES", 401)
    found = judged(places, make_run("first", "good"))
    assert (verdicts(found)["domain"], found.judgement.verdict) == (NOT_JUDGED, REFUSED)
    assert "only 400 sentences" in reason(found, "domain")


def test_unknown_lineage_is_not_judged_and_so_refused(places: Places, make_run: RunMaker) -> None:
    make_run("first", "good")
    in_use(places, make_run("second", "better", corpus="2027Q1", base="first"))
    third = make_run("third", "better", corpus="2027Q1", base="second")
    shutil.rmtree(places.corpus("2026Q4"))
    found = judged(places, third)
    assert (verdicts(found)["domain"], verdicts(found)["data"]) == (NOT_JUDGED, NOT_JUDGED)
    assert "corpus 2026Q4, which run first was trained on, is gone" in reason(found, "domain")
    assert (found.judgement.verdict, found.judgement.sentences) == (REFUSED, None)


def test_audit_that_did_not_pass_refuses(places: Places, make_run: RunMaker) -> None:
    run = make_run("first", "good")
    assert judged(places, run).judgement.verdict == PASSED
    weights = weights_of(places.run(run))
    (places.run(run) / "audit.json").write_text(json.dumps({"passed": False, "weights_sha256": weights}))
    found = judged(places, run)
    assert (verdicts(found)["audit"], found.judgement.verdict, found.is_stored) == (REFUSED, REFUSED, False)


def test_slower_model_of_another_shape_is_refused(
    one: Places, make_run: RunMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run("second", "other", base="other")
    speeds = iter([100.0, 50.0])  # the clock
    monkeypatch.setattr(measuring, "measure_speed", lambda *_: SimpleNamespace(tokens_per_s=next(speeds)))
    found = judged(one, run)
    assert found.judgement.against["name"] == "first"
    assert verdicts(found)["speed"] == REFUSED
    assert "100 -> 50 tokens per second" in reason(found, "speed")


def test_erased_corpus_refuses(places: Places, make_run: RunMaker, erase: Callable[[str], None]) -> None:
    run = make_run("first", "good")
    erase("2026Q4")
    found = judged(places, run)
    assert (verdicts(found)["data"], found.judgement.verdict) == (REFUSED, REFUSED)
    assert "run first was trained on corpus 2026Q4 revision 1, from which pages were erased" in reason(found, "data")


def test_champion_that_lost_texts_is_not_compared_with(
    one: Places, make_run: RunMaker, erase: Callable[[str], None]
) -> None:
    run = make_run("second", "better", corpus="2027Q1")
    erase("2026Q4")
    found = judged(one, run).judgement
    assert (found.against["kind"], found.verdict) == ("base", PASSED)
    assert "erased" in found.against["note"]


def test_what_it_was_trained_on_shows_no_forgetting(places: Places, make_run: RunMaker, general: Path) -> None:
    run = make_run("first", "good", data={"general": str(general)})
    assert verdicts(judged(places, run, general=str(general)))["forgetting"] == NOT_JUDGED


def test_without_a_general_control_forgetting_is_not_judged(places: Places, make_run: RunMaker, general: Path) -> None:
    found = judged(places, make_run("first", "good"), domain=str(general))
    assert verdicts(found)["forgetting"] == NOT_JUDGED
    assert (list(found.judgement.controls), found.judgement.sentences["number"]) == (["domain"], 400)


def test_same_inputs_give_the_stored_judgement(places: Places, make_run: RunMaker, general: Path) -> None:
    run = make_run("first", "good")
    first, again = (judged(places, run, general=str(general)) for _ in range(2))
    assert (first.is_stored, again.is_stored) == (False, True)
    assert again.judgement == first.judgement
    general.write_text(general.read_text() + "\nBorgeren kan få noget helt andet i dag.")
    assert not judged(places, run, general=str(general)).is_stored


def test_judgement_that_cannot_be_read_is_made_anew(places: Places, make_run: RunMaker) -> None:
    first = judged(places, make_run("first", "good")).judgement
    path = track_folder(places, first.track) / first.file
    values = json.loads(path.read_text())
    assert (values["gate_version"], values["thresholds_sha256"]) == (gate.GATE_VERSION, gate.thresholds_sha256())
    assert values["sentences"]["number"] == 400
    path.write_text('{"criteria": 3}')
    assert not judged(places, "first").is_stored
    assert json.loads(path.read_text())["criteria"] == values["criteria"]


def test_base_that_is_gone_is_said_and_refuses(
    places: Places, make_run: RunMaker, tmp_path: Path, finish_again: Any
) -> None:
    run = make_run("first", "good")
    config = places.run(run) / "config.yaml"
    lines = [
        f"base: {tmp_path}/none" if line.startswith("base: ") else line for line in config.read_text().splitlines()
    ]
    config.write_text("\n".join(lines))
    finish_again(places.run(run))
    found = judged(places, run)
    assert (verdicts(found)["domain"], verdicts(found)["speed"]) == (NOT_JUDGED, NOT_JUDGED)
    assert "base bert is not at hand" in reason(found, "domain")


def test_unfinished_missing_and_damaged_runs_are_one_sentence(places: Places, make_run: RunMaker) -> None:
    run = make_run("first", "good")
    with pytest.raises(ConfigError, match=r"there is no run second .* finished are: first"):
        judged(places, "second")
    with pytest.raises(ConfigError, match="there is no run"):
        judged(places, "../runs/first")
    places.run("third").mkdir()
    with pytest.raises(ConfigError, match="run third is not finished"):
        judged(places, "third")
    with (places.run(run) / "model" / "model.safetensors").open("r+b") as file:
        file.seek(500)
        file.write(b"\xff" * 8)
    with pytest.raises(BrokenRunError, match=r"differs from its recorded sha256(.|\n)*run first is damaged"):
        judged(places, run)


def test_random_base_of_a_small_run_is_made_again(places: Places) -> None:
    sizes = {"num_layers": 1, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64, "vocabulary_size": 300}
    config = TrainingConfig.model_validate(
        {"base": "small", "small": sizes, "max_steps": 40, "train_batch_sentences": 32, "max_length": 24}
        | {"optimizer": {"learning_rate": 5e-3}}
    )
    train(places.corpus("2026Q4"), places.run("little"), config, cache=places.cache)
    found = judged(places, "little").judgement
    assert found.sentences is not None
    assert (found.against["name"], found.verdict, found.sentences["number"]) == ("small", PASSED, 400)
    assert found.track.startswith("small-")
