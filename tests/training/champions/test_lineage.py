"""What a run was trained on, down to the base."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from corpus.schema import shard_paths
from foundation.errors import BrokenRunError
from foundation.manifests import MANIFEST_NAME
from foundation.places import Places
from training.bases.finding import find_base
from training.champions.lineage import LineageUnknown, lineage_of, seen_sentences, sentence_ids, weights_of


def plain_ids(folder: Path, split: str) -> set[int]:
    return {
        int(each, 16) for path in shard_paths(folder, split) for each in pq.read_table(path)["sentence_id"].to_pylist()
    }


@pytest.fixture
def chain(make_run: Callable[..., str]) -> None:
    make_run("first", "good")
    make_run("second", "better", corpus="2027Q1", base="first")


def test_weights_in_the_manifest_are_those_of_the_model(chain: None, places: Places) -> None:
    assert weights_of(places.run("first")) == find_base(str(places.run("first") / "model")).weights_sha256
    assert weights_of(places.run("none")) is None


def test_chain_goes_down_to_the_base(chain: None, places: Places) -> None:
    lineage = lineage_of(places, "second")
    assert [(link.run, link.corpus.name) for link in lineage.links] == [("second", "2027Q1"), ("first", "2026Q4")]
    assert (lineage.parent, lineage.base, lineage.gap) == ("first", "bert", None)
    assert lineage_of(places, "first").parent is None


def test_ids_are_those_of_the_shards_in_order(places: Places) -> None:
    ids = sentence_ids(places.corpus("2026Q4"), "validation")
    assert ids.dtype == np.uint64
    rows = pq.read_table(shard_paths(places.corpus("2026Q4"), "validation")[0])["sentence_id"].to_pylist()
    assert [f"{each:016x}" for each in ids.tolist()] == rows


def test_seen_are_the_training_sentences_of_all_corpora(chain: None, places: Places) -> None:
    first, second = (plain_ids(places.corpus(name), "train") for name in ("2026Q4", "2027Q1"))
    assert seen_sentences(places, "first").tolist() == sorted(first)
    assert seen_sentences(places, "second").tolist() == sorted(first | second)
    assert first - second and second - first


def test_model_that_was_copied_is_known_by_its_weights(
    chain: None, places: Places, tmp_path: Path, finish_again: Any
) -> None:
    config = places.run("second") / "config.yaml"
    config.write_text(config.read_text().replace(str(places.run("first") / "model"), str(tmp_path / "copy")))
    finish_again(places.run("second"))
    assert lineage_of(places, "second").parent == "first"


def test_run_that_is_gone_is_named(chain: None, places: Places) -> None:
    shutil.rmtree(places.run("first"))
    with pytest.raises(LineageUnknown, match="run first, which run second began with, is gone"):
        seen_sentences(places, "second")
    assert lineage_of(places, "second").links[0].run == "second"


def test_run_that_was_trained_anew_is_named(chain: None, places: Places, made: Any, finish_again: Any) -> None:
    shutil.copytree(made.models["worse"], places.run("first") / "model", dirs_exist_ok=True)
    finish_again(places.run("first"))
    with pytest.raises(LineageUnknown, match=r"run first, .* was trained anew since"):
        seen_sentences(places, "second")


def test_corpus_that_is_gone_or_changed_is_named(chain: None, places: Places, erase: Callable[[str], None]) -> None:
    erase("2026Q4")
    with pytest.raises(
        LineageUnknown, match="corpus 2026Q4, which run first was trained on, was changed by an erasure"
    ):
        seen_sentences(places, "second")
    path = places.corpus("2026Q4") / MANIFEST_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {"superseded": []}))
    with pytest.raises(LineageUnknown, match="was built anew since"):
        seen_sentences(places, "second")
    shutil.rmtree(places.corpus("2026Q4"))
    with pytest.raises(LineageUnknown, match=r"corpus 2026Q4, .* is gone"):
        seen_sentences(places, "second")


def test_record_that_cannot_be_read_is_named(chain: None, places: Places) -> None:
    (places.run("first") / "run.json").write_text("{")
    with pytest.raises(LineageUnknown, match=r"first: its run.json cannot be read"):
        lineage_of(places, "first")
    assert "run.json cannot be read" in str(lineage_of(places, "second").gap)


def test_damaged_shard_is_one_sentence(chain: None, places: Places) -> None:
    shard_paths(places.corpus("2026Q4"), "train")[0].write_bytes(b"PAR1 no")
    with pytest.raises(BrokenRunError, match="run: tvaerkom corpus verify 2026Q4"):
        seen_sentences(places, "first")
