"""Which sentences an audit asks about: those that the run learnt, and the one that it began with had not."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foundation.errors import ConfigError
from foundation.manifests import MANIFEST_NAME
from foundation.places import Places
from foundation.yaml_errors import load_yaml
from training.audit.auditing import audit_run
from training.audit.subject import open_subject
from training.audit.trained_on import trained_on
from training.audit.wishes import AuditWishes
from training.champions.lineage import LineageUnknown, seen_sentences
from training.config import SMALL_BASE, TrainingConfig
from training.feeding.order import BatchOrder, everything
from training.feeding.tokens import prepare_tokens
from training.run import train

ALONE = AuditWishes(has_twin=False, device="cpu")
Rare = Callable[[int, int], list[str]]


def erase_from(places: Places, name: str) -> None:
    path = places.corpus(name) / MANIFEST_NAME
    values = json.loads(path.read_text())
    old = [{"content_sha256": values["content_sha256"], "erasure": "e1"}]
    path.write_text(json.dumps(values | {"content_sha256": "new", "revision": 2, "superseded": old}))


@pytest.fixture(scope="module")
def told(
    make_corpus: Callable[..., Path], spread: Callable[[Path], None], rare: Rare,
    tmp_path_factory: pytest.TempPathFactory, audited: Places,
) -> Places:  # fmt: skip
    """The folder of `learnt` with a run on it that goes on from there, on the same sentences and 40 new ones."""
    places = Places(tmp_path_factory.mktemp("told") / "data")
    shutil.copytree(audited.data, places.data)
    corpus = make_corpus(places.corpus("2027Q1"), [*rare(240, 1), *rare(40, 8)],
                         rare(520, 2))  # fmt: skip
    spread(corpus)
    config = load_yaml(places.run("learnt") / "config.yaml", TrainingConfig)
    config = config.model_copy(update={"base": str(places.run("learnt") / "model"), "max_steps": 40})
    train(corpus, places.run("child"), config, cache=places.cache)
    brief = config.model_copy(update={"max_steps": 2})
    train(corpus, places.run("brief"), brief, cache=places.cache)
    return places


def ids_of(texts: list[str]) -> set[int]:
    return {int(hashlib.sha256(each.encode()).hexdigest()[:16], 16) for each in texts}


def test_only_what_the_run_learnt_and_its_parent_had_not_seen_is_asked_about(told: Places, rare: Rare) -> None:
    new = ids_of(rare(40, 8))
    subject = open_subject(told, "child")
    assert set(trained_on(subject).tolist()) == new
    found = audit_run(told, "child", ALONE).values
    assert found["membership"]["num_members"] == 40 and found["extraction"]["members"]["num_words"] == 40


def test_what_a_short_run_never_came_to_is_not_asked_about(told: Places, rare: Rare) -> None:
    subject = open_subject(told, "brief")
    course = BatchOrder(seed=3, mixture=everything(280), batch_sentences=64)
    tokens = prepare_tokens(told.corpus("2027Q1"), "train", subject.tokenizer, max_length=48, cache=told.cache)
    drawn = set(tokens.sentence_ids[np.concatenate([course.sentences_of(0), course.sentences_of(1)])].tolist())
    new = ids_of(rare(40, 8))
    assert set(trained_on(subject).tolist()) == drawn & new != new


def test_after_an_erasure_the_parents_sentences_are_those_that_are_left(told: Places, tmp_path: Path) -> None:
    shutil.copytree(told.data, tmp_path / "data")
    places = Places(tmp_path / "data")
    for name in ("2026Q4", "2027Q1"):
        erase_from(places, name)
    with pytest.raises(LineageUnknown):
        seen_sentences(places, "learnt")
    assert len(trained_on(open_subject(places, "child"))) == 40
    with pytest.raises(LineageUnknown, match="did not go over all of its corpus"):
        trained_on(open_subject(places, "brief"))


def test_where_nobody_can_say_what_was_seen_a_probe_is_answered_all_the_same(told: Places, tmp_path: Path) -> None:
    shutil.copytree(told.data, tmp_path / "data")
    places = Places(tmp_path / "data")
    shutil.rmtree(places.corpus("2026Q4"))
    (places.run("child") / "audit.json").unlink(missing_ok=True)
    (tmp_path / "probe.txt").write_text("I dag kører med vi Zuzøzu om sag 55555 i kommunen, sagde man.\n")
    wishes = AuditWishes(has_twin=False, probe_file=tmp_path / "probe.txt", device="cpu")
    values = audit_run(places, "child", wishes).values
    assert [each["verdict"] for each in values["criteria"]] == ["not testable", "not testable", "passed"]
    assert "corpus 2026Q4, which run learnt was trained on, is gone" in values["criteria"][0]["reason"]
    assert values["passed"] is None and "is gone" in values["english"] and "kan længere sige" in values["danish"]


def test_a_run_on_base_small_is_refused_after_an_erasure_with_a_remedy(places: Places) -> None:
    erase_from(places, "2026Q4")
    subject = open_subject(places, "learnt")
    run = replace(subject.run, config=subject.run.config.model_copy(update={"base": SMALL_BASE}))
    with pytest.raises(ConfigError, match=r"began with base small.*erasure since.*tvaerkom train 2026Q4 --name NEW"):
        replace(subject, run=run).base_at_hand().__enter__()
