"""What runs behind a base may be gone on from, and what they have spent."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import save_file

from corpus.schema import read_corpus_manifest, shard_paths
from foundation.errors import ConfigError
from foundation.files import sha256_of_text
from foundation.manifests import MANIFEST_NAME, file_entries, write_manifest
from foundation.places import Places
from training.bases.finding import Base
from training.champions.lineage import weights_of
from training.private.accounting import Mechanism
from training.private.chain import Earlier, as_record, earlier_from, earlier_privacy
from training.private.plan import Plan

PLAN = Plan(
    unit="sentence", num_units=100, lot=10, num_steps=50, noise_multiplier=1.5, clip_norm=1.0, delta=1e-3,
    sentences_per_unit=1, embeddings="frozen", epsilon=None,
)  # fmt: skip


def base_at(folder: Path, *, on_hub: bool = False) -> Base:
    weights = sha256_of_text(*(each.sha256 for each in file_entries(folder, [folder / "model.safetensors"])))
    return Base(
        name=folder.parent.name, folder=folder, on_hub=on_hub, revision=None, model_type="bert", licence="",
        weights_sha256=weights,
    )  # fmt: skip


@pytest.fixture
def places(tmp_path: Path, make_corpus: Callable[..., Path], sentences: Callable[..., list[str]]) -> Places:
    """`old` and `new` share some sentences, `other` shares none; all in one document each."""
    places = Places(tmp_path / "data")
    texts = list(dict.fromkeys(sentences(400, seed=3)))
    for name, part, document in (("old", texts[:60], "a"), ("new", texts[50:120], "b"), ("other", texts[150:], "c")):
        make_corpus(places.corpus(name), part, texts[140:145])
        for path in shard_paths(places.corpus(name), "train"):
            table = pq.read_table(path)
            ids = pa.array([document * 16] * len(table), pa.string())
            pq.write_table(table.set_column(table.schema.get_field_index("document_id"), "document_id", ids), path)
    return places


@pytest.fixture
def make_run(places: Places) -> Callable[..., Base]:
    """A finished run as publishing leaves it, with a model of one number; gives that model as a base."""

    def make(name: str, corpus: str, base: Base | None, plan: Plan | None, **changes: Any) -> Base:
        folder = places.run(name)
        (folder / "model").mkdir(parents=True)
        save_file({"weight": torch.tensor([float(sum(name.encode()))])}, folder / "model" / "model.safetensors")
        pinned = read_corpus_manifest(places.corpus(corpus))
        record = {
            "name": name, "num_steps": 40, "base": {"name": "", "weights_sha256": base.weights_sha256 if base else ""},
            "corpus": {"id": pinned.id, "name": corpus, "revision": 1, "content_sha256": pinned.content_sha256},
        } | ({} if plan is None else {"private": True, "privacy": asdict(plan)}) | changes  # fmt: skip
        (folder / "run.json").write_text(json.dumps(record))
        (folder / "config.yaml").write_text(f"base: {base.folder if base else 'somewhere'}\n")
        files = [path for path in folder.rglob("*") if path.is_file()]
        write_manifest(folder, {"kind": "run", "files": [vars(each) for each in file_entries(folder, files)]})
        made = base_at(folder / "model")
        assert made.weights_sha256 == weights_of(folder)
        return made

    return make


def check(places: Places, base: Base, corpus: str = "new", unit: str = "sentence") -> list[Earlier]:
    return earlier_privacy(places, base, places.corpus(corpus), unit)


def test_a_base_that_is_no_run_has_nothing_behind_it(places: Places, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    save_file({"weight": torch.zeros(1)}, tmp_path / "elsewhere" / "model.safetensors")
    assert check(places, base_at(tmp_path / "elsewhere")) == []
    assert check(places, base_at(tmp_path / "elsewhere", on_hub=True)) == []


def test_a_private_model_whose_run_is_not_here_is_no_base(places: Places, tmp_path: Path) -> None:
    """What it spent could not be added."""
    (tmp_path / "copy").mkdir()
    save_file({"weight": torch.zeros(1)}, tmp_path / "copy" / "model.safetensors")
    (tmp_path / "copy" / "privacy.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"privacy\.json beside its weights says .* put the run back there"):
        check(places, base_at(tmp_path / "copy"))


def test_a_base_made_for_the_run_itself_has_nothing_behind_it(places: Places) -> None:
    folder = places.run("mine") / "base"
    folder.mkdir(parents=True)
    save_file({"weight": torch.zeros(1)}, folder / "model.safetensors")
    assert check(places, base_at(folder)) == []


def test_private_runs_of_a_chain_are_told_newest_first(places: Places, make_run: Callable[..., Base]) -> None:
    first = make_run("first", "old", None, PLAN)
    second = make_run("second", "new", first, replace(PLAN, lot=20, delta=1e-4))
    found = check(places, second)
    assert found == [
        Earlier(
            run="second", unit="sentence", delta=1e-4,
            mechanism=Mechanism(noise_multiplier=1.5, sampling_rate=0.2, num_steps=40),
        ),
        Earlier(
            run="first", unit="sentence", delta=1e-3,
            mechanism=Mechanism(noise_multiplier=1.5, sampling_rate=0.1, num_steps=40),
        ),
    ]  # fmt: skip
    assert earlier_from(json.loads(json.dumps(as_record(found)))) == found


def test_a_copy_of_a_runs_weights_is_known(places: Places, make_run: Callable[..., Base], tmp_path: Path) -> None:
    made = make_run("first", "old", None, PLAN)
    copied = shutil.copytree(made.folder, tmp_path / "copies" / "of-it")
    assert [each.run for each in check(places, base_at(copied))] == ["first"]


def test_a_run_without_privacy_on_some_of_the_sentences_is_no_base(
    places: Places, make_run: Callable[..., Base]
) -> None:
    second = make_run("second", "other", make_run("first", "old", None, None), PLAN)
    expected = (
        "run first, behind the base, was trained without privacy on corpus old, which shares 10 sentences with new: "
        r".* begin with another base \(--base\)"
    )
    with pytest.raises(ConfigError, match=expected):
        check(places, second)


def test_a_run_without_privacy_on_other_sentences_is_a_base(places: Places, make_run: Callable[..., Base]) -> None:
    first = make_run("first", "other", None, None)
    assert check(places, first) == []
    assert [each.run for each in check(places, make_run("second", "old", first, PLAN))] == ["second"]


def test_for_units_of_many_sentences_a_shared_document_is_enough(
    places: Places, make_run: Callable[..., Base]
) -> None:  # fmt: skip
    first = make_run("first", "other", None, None)
    assert check(places, first, unit="document") == []
    for path in shard_paths(places.corpus("new"), "train"):
        table = pq.read_table(path)
        ids = pa.array(["c" * 16] * len(table), pa.string())
        pq.write_table(table.set_column(table.schema.get_field_index("document_id"), "document_id", ids), path)
    assert check(places, first) == []
    with pytest.raises(ConfigError, match="shares 1 documents with new"):
        check(places, first, unit="person")


def test_units_of_two_kinds_do_not_add_up(places: Places, make_run: Callable[..., Base]) -> None:
    first = make_run("first", "old", None, replace(PLAN, unit="document"))
    expected = "protects one document, and this one would protect one sentence: .* set privacy.unit=document"
    with pytest.raises(ConfigError, match=expected):
        check(places, first)


def test_a_private_run_that_does_not_say_how_is_no_base(places: Places, make_run: Callable[..., Base]) -> None:
    first = make_run("first", "old", None, None, private=True)
    with pytest.raises(ConfigError, match=r"run first, .* was private, but its run\.json does not say how"):
        check(places, first)


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ("corpora/other", r"nobody can say .* corpus other, which run first was trained on, is gone; begin with"),
        ("runs/first/run.json", r"nobody can say .*first: its run\.json cannot be read"),
        ("runs/first", "nobody can say .* run first, which run second began with, is gone"),
    ],
)
def test_where_nobody_can_say_it_is_no_base(
    gone: str, expected: str, places: Places, make_run: Callable[..., Base]
) -> None:
    second = make_run("second", "old", make_run("first", "other", None, None), PLAN)
    assert len(check(places, second)) == 1
    path = places.data / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(ConfigError, match=expected):
        check(places, second)


def test_a_model_in_a_run_that_is_not_its_finished_one_is_no_base(
    places: Places, make_run: Callable[..., Base]
) -> None:
    first = make_run("first", "other", None, None)
    (places.run("first") / MANIFEST_NAME).unlink()
    with pytest.raises(ConfigError, match="it lies in run first but is not its finished model"):
        check(places, first)
