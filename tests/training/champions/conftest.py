"""A data folder with two corpora, models trained once, and runs made of them for the test that asks for them."""

import gc
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from corpus.schema import read_corpus_manifest, shard_paths
from foundation.manifests import MANIFEST_NAME, file_entries, write_manifest
from foundation.places import Places
from training.bases.finding import find_base
from training.champions.promoting import promote
from training.config import TrainingConfig
from training.run import train

NUM_DOCUMENTS = 40
LEARNING = {"train_batch_sentences": 32, "max_length": 24, "precision": "float32", "optimizer": {"learning_rate": 5e-3}}


def spread_over_documents(folder: Path) -> None:
    """Give a corpus of one document forty of them in each split, and its manifest the new hashes."""
    for split in ("train", "validation"):
        for path in shard_paths(folder, split):
            table = pq.read_table(path)
            documents = [f"{int(each, 16) % NUM_DOCUMENTS:016x}" for each in table["sentence_id"].to_pylist()]
            place = table.schema.get_field_index("document_id")
            field = table.schema.field(place)
            pq.write_table(table.set_column(place, field, pa.array(documents, field.type)), path)
    values = json.loads((folder / MANIFEST_NAME).read_text())
    values["files"] = [vars(each) for each in file_entries(folder, [folder / each["path"] for each in values["files"]])]
    values["content_sha256"] = hashlib.sha256(json.dumps(values["files"]).encode()).hexdigest()
    write_manifest(folder, values)


@pytest.fixture(autouse=True, scope="session")
def quick_collections(made: "Made") -> Iterator[None]:
    """After each model memory is collected, which looks at every object of torch and transformers: not at these."""
    gc.freeze()
    yield
    gc.unfreeze()


@dataclass(frozen=True, kw_only=True)
class Made:
    """What is made once: a data folder with corpora, and model folders by name."""

    data: Path
    models: dict[str, Path]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, make_corpus: Any, sentences: Any, bases: dict[str, Path]) -> Made:
    """`base` is untrained, `good` trained from it on 2026Q4, `better` further on 2027Q1, `worse` is `good` shaken."""
    top = tmp_path_factory.mktemp("champions")
    places = Places(top / "data")
    texts = list(dict.fromkeys(sentences(2500, seed=5)))
    make_corpus(places.corpus("2026Q4"), texts[:700], texts[700:1100])
    make_corpus(places.corpus("2027Q1"), [*texts[:600], *texts[1100:1500]], [*texts[700:1050], *texts[1500:1600]])
    for name in ("2026Q4", "2027Q1"):
        spread_over_documents(places.corpus(name))
    models = {"base": bases["bert"], "other": bases["distilbert"]}
    for name, corpus, base in (("good", "2026Q4", "base"), ("better", "2027Q1", "good")):
        config = TrainingConfig.model_validate(LEARNING | {"base": str(models[base]), "max_steps": 60})
        models[name] = train(places.corpus(corpus), top / "made" / name, config, cache=places.cache).model_folder
    models["worse"] = shaken(models["good"], top / "worse")
    return Made(data=places.data, models=models)


def shaken(model: Path, folder: Path) -> Path:
    shutil.copytree(model, folder)
    generator = torch.Generator().manual_seed(0)
    weights = load_file(folder / "model.safetensors")
    noisy = {name: each + 0.1 * torch.randn(each.shape, generator=generator) for name, each in weights.items()}
    save_file(noisy, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


@pytest.fixture
def places(made: Made, tmp_path: Path) -> Places:
    """Corpora, no runs."""
    data = tmp_path / "data"
    shutil.copytree(made.data, data)  # with the token files
    return Places(data)


@dataclass(frozen=True, kw_only=True)
class RunMaker:
    """Writes finished runs by hand, as publishing leaves them."""

    places: Places
    models: dict[str, Path]

    def __call__(self, name: str, model: str, *, corpus: str = "2026Q4", base: str = "base", **changes: Any) -> str:
        """`base` is a model made above, or a run made by this."""
        folder = self.places.run(name)
        shutil.copytree(self.models[model], folder / "model")
        base_folder = self.models.get(base, self.places.run(base) / "model")
        about = find_base(str(base_folder))
        pinned = read_corpus_manifest(self.places.corpus(corpus))
        config = TrainingConfig.model_validate(LEARNING | {"base": str(base_folder)} | changes)
        (folder / "config.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json")))
        (folder / "run.json").write_text(json.dumps({
            "name": name, "status": "finished", "corpus": {
                "id": pinned.id, "name": pinned.name, "revision": pinned.revision,
                "content_sha256": pinned.content_sha256,
            },
            "base": {"name": about.name, "on_hub": False, "revision": None, "weights_sha256": about.weights_sha256},
        }))  # fmt: skip
        finish(folder)
        return name


@pytest.fixture
def make_run(made: Made, places: Places) -> RunMaker:
    return RunMaker(places=places, models=made.models)


@pytest.fixture(scope="session")
def promoted(made: Made, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Data folders in which `first` is in use (`one`), and then `second`, trained further from it (`two`)."""
    top = tmp_path_factory.mktemp("promoted")
    places = Places(top / "two")
    shutil.copytree(made.data, places.data)
    make = RunMaker(places=places, models=made.models)
    make("first", "good")
    make("second", "better", corpus="2027Q1", base="first")
    for run, stage in (("first", "one"), ("second", "two")):
        assert promote(places, run, reason=None, device=torch.device("cpu"), controls={}).outcome == "promoted"
        if stage == "one":
            shutil.copytree(places.data, top / stage, ignore=shutil.ignore_patterns("second"))
    return {"one": top / "one", "two": top / "two"}


@pytest.fixture
def one(promoted: dict[str, Path], places: Places) -> Places:
    """`places` with `first` in use."""
    shutil.copytree(promoted["one"], places.data, dirs_exist_ok=True)
    return places


@pytest.fixture
def two(promoted: dict[str, Path], places: Places) -> Places:
    """`places` with `second` in use, and `first` before."""
    shutil.copytree(promoted["two"], places.data, dirs_exist_ok=True)
    return places


def finish(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST_NAME]
    write_manifest(folder, {"kind": "run", "files": [vars(each) for each in file_entries(folder, files)]})


@pytest.fixture
def finish_again() -> Callable[[Path], None]:
    """Measure a run's files anew after a change."""
    return finish


@pytest.fixture
def erase(places: Places) -> Callable[[str], None]:
    """Change a corpus's manifest as an erasure does."""

    def change(corpus: str) -> None:
        path = places.corpus(corpus) / MANIFEST_NAME
        values = json.loads(path.read_text())
        old = {"revision": 1, "content_sha256": values["content_sha256"], "erasure": "e1", "files": {}}
        path.write_text(json.dumps(values | {"revision": 2, "content_sha256": "new", "superseded": [old]}))

    return change


@pytest.fixture
def general(tmp_path: Path, sentences: Callable[..., list[str]]) -> Path:
    """A control set of other sentences of the same kind."""
    path = tmp_path / "general.txt"
    path.write_text("\n".join(dict.fromkeys(sentences(300, seed=77))))
    return path
