"""The privacy statement, its paragraph, and the card that shows it."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from foundation.errors import BrokenRunError
from training.config import TrainingConfig
from training.private.accounting import PRV, RDP, Mechanism, epsilon_of
from training.private.chain import Earlier
from training.private.plan import Plan
from training.private.statement import paragraph, read_statement, rounded_up, statement, write_statement
from training.telling.card import write_card

PLAN = Plan(
    unit="sentence", num_units=4000, lot=200, num_steps=60, noise_multiplier=1.5, clip_norm=0.5, delta=1e-4,
    sentences_per_unit=1, embeddings="frozen", epsilon=4.0,
)  # fmt: skip
EARLIER = Earlier(
    run="2026Q3-private", unit="sentence", delta=1e-3,
    mechanism=Mechanism(noise_multiplier=2.0, sampling_rate=0.05, num_steps=80),
)  # fmt: skip
RECORD: dict[str, Any] = {
    "name": "2026Q4-private", "private": True, "precision": "float32", "num_steps": 50, "num_tokens": 123_457,
    "corpus": {"id": "c", "name": "2026Q4", "revision": 1, "content_sha256": "d" * 64}, "versions": {}, "hardware": {},
    "base": {"name": "nb", "on_hub": False, "revision": None, "model_type": "bert", "licence": "unknown",
             "weights_sha256": "e" * 64},
    "training_s": 1.0, "data": {"num_always": 4321},
}  # fmt: skip
SCORES = {"loss": 2.0, "top1": 0.5, "top5": 0.6, "num_masked": 30, "num_sentences": 10, "num_documents": 2}
EVALUATION = {"validation": {
    "before": SCORES, "after": SCORES, "difference": {"loss": 0.0, "low": None, "high": None},
}}  # fmt: skip


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    return statement(RECORD, PLAN, 50)


@pytest.fixture(scope="module")
def chained() -> dict[str, Any]:
    return statement(RECORD, PLAN, 50, [EARLIER])


def test_epsilon_is_that_of_the_steps_done(alone: dict[str, Any]) -> None:
    done = [PLAN.mechanism(50)]
    assert alone["epsilon"] == {name: epsilon_of(done, 1e-4, name) for name in (PRV, RDP)}
    assert alone["epsilon"][PRV] < epsilon_of([PLAN.mechanism()], 1e-4, PRV)
    assert (alone["total"]["epsilon"], alone["total"]["runs"]) == (alone["epsilon"], ["2026Q4-private"])


def test_earlier_runs_add_up_and_are_named(alone: dict[str, Any], chained: dict[str, Any]) -> None:
    both = [PLAN.mechanism(50), EARLIER.mechanism]
    assert chained["total"] == {
        "runs": ["2026Q3-private", "2026Q4-private"],
        "epsilon": {name: epsilon_of(both, 1e-4, name) for name in (PRV, RDP)},
    }
    (earlier,) = chained["earlier"]
    assert earlier["epsilon"][PRV] == epsilon_of([EARLIER.mechanism], 1e-4, PRV)
    parts = chained["epsilon"][PRV] + earlier["epsilon"][PRV]
    assert max(chained["epsilon"][PRV], earlier["epsilon"][PRV]) < chained["total"]["epsilon"][PRV] < parts
    assert chained["epsilon"] == alone["epsilon"]


def test_all_that_the_promise_rests_on_is_told(alone: dict[str, Any]) -> None:
    told = {key: alone[key] for key in ("format_version", "num_units", "clip_norm", "noise_multiplier", "num_steps",
                                        "delta", "epsilon_asked", "sentences_per_unit", "embeddings")}  # fmt: skip
    assert told == {
        "format_version": 1, "num_units": 4000, "clip_norm": 0.5, "noise_multiplier": 1.5, "num_steps": 50,
        "delta": 1e-4, "epsilon_asked": 4.0, "sentences_per_unit": 1, "embeddings": "frozen",
    }  # fmt: skip
    assert alone["sampling"] == {"kind": "Poisson", "rate": 0.05, "expected_lot": 200}
    outside = " ".join(alone["outside"])
    for word in ("vocabulary", "base", "tried settings", "duplicate", "number of units", "validation", "metrics.jsonl",
                 "k times epsilon", "Mironov 2012"):  # fmt: skip
        assert word in outside


@pytest.mark.parametrize(
    ("unit", "english", "danish"),
    [
        ("sentence", "one sentence", "én sætning"),
        ("document", "all sentences of one document (a web page)", "alle sætninger i ét dokument (en webside)"),
        ("case", "all sentences that belong to one case", "alle sætninger, der hører til én og samme case"),
    ],
)
def test_the_unit_is_told_in_words(unit: str, english: str, danish: str) -> None:
    told = statement(RECORD, replace(PLAN, unit=unit), 0)["unit"]
    assert told == {"name": unit, "english": english, "danish": danish}


def test_the_file_comes_back_and_a_lost_one_is_said(alone: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BrokenRunError, match=r"privacy\.json: cannot be read"):
        read_statement(tmp_path)
    write_statement(tmp_path, alone)
    assert read_statement(tmp_path) == alone == json.loads((tmp_path / "privacy.json").read_text())
    (tmp_path / "privacy.json").write_text(json.dumps(alone | {"format_version": 2}))
    with pytest.raises(BrokenRunError):
        read_statement(tmp_path)


def test_a_bound_is_never_told_smaller_than_it_is() -> None:
    assert [rounded_up(each) for each in (7.9941, 8.0, 0.0001)] == ["8.00", "8.00", "0.01"]


def test_the_paragraph_is_short_and_has_the_numbers(alone: dict[str, Any], chained: dict[str, Any]) -> None:
    text = paragraph(chained)
    total = math.ceil(100 * chained["total"]["epsilon"][PRV]) / 100
    assert f"epsilon {total:.2f} at delta 0.0001" in text
    assert "whether one sentence was among the 4,000 units" in text
    assert "run 2026Q3-private" in text
    assert [len(paragraph(each).splitlines()) for each in (alone, chained)] == [7, 8]


@pytest.fixture
def card(tmp_path: Path) -> Callable[..., str]:
    def write(record: dict[str, Any], told: dict[str, Any] | None, **privacy: Any) -> str:
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "run.svg").write_text("<svg/>")
        config = TrainingConfig.model_validate({"privacy": privacy})
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json")))
        if told is not None:
            write_statement(tmp_path, told)
        write_card(tmp_path / "model", tmp_path, record, EVALUATION)
        return (tmp_path / "model" / "README.md").read_text()

    return write


def test_the_card_of_a_private_run_shows_the_statement(card: Callable[..., str], chained: dict[str, Any]) -> None:
    text = card(RECORD, chained, epsilon=4.0)
    assert paragraph(chained) in text
    for epsilon, row in (
        (chained["epsilon"], "epsilon of this run"), (chained["total"]["epsilon"], "epsilon in all"),
        (chained["earlier"][0]["epsilon"], "epsilon of run 2026Q3-private before it"),
    ):  # fmt: skip
        assert f"| {row} | {rounded_up(epsilon[PRV])} by PRV, {rounded_up(epsilon[RDP])} by RDP |" in text
    assert all(f"- {each}" in text for each in chained["outside"])
    assert "én sætning" in text
    assert "| privacy.epsilon | 4.0 | null |" in text


def test_the_card_of_a_private_run_tells_nothing_else_of_its_data(
    card: Callable[..., str], alone: dict[str, Any]
) -> None:
    text = card(RECORD, alone, epsilon=4.0, unit="case", unit_file="/home/someone/cases.csv")
    for absent in (
        RECORD["corpus"]["content_sha256"], "123,457", "4,321", "![Loss", "without differential privacy",
        "can be repeated; that", "someone",
    ):  # fmt: skip
        assert absent not in text
    assert "| privacy.unit_file | cases.csv | null |" in text
    assert "train_batch_sentences" not in text


def test_the_card_of_another_run_has_no_word_of_it(card: Callable[..., str]) -> None:
    text = card(RECORD | {"private": False}, None)
    assert "## Privacy" not in text and "privacy." not in text
    assert "trained without differential privacy" in text and "123,457" in text


def test_a_private_run_without_its_statement_gets_no_card(card: Callable[..., str]) -> None:
    with pytest.raises(BrokenRunError, match=r"privacy\.json"):
        card(RECORD, None, epsilon=4.0)
