"""A data folder with a corpus of many documents, and a run on it that learnt its sentences by heart."""

import hashlib
import json
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.schema import SENTENCE_SCHEMA, shard_paths
from foundation.manifests import MANIFEST_NAME, file_entries, write_manifest
from foundation.places import Places
from training.audit.canaries import make_canaries
from training.bases.small import make_small_base
from training.config import SmallConfig, TrainingConfig
from training.run import train

NUM_DOCUMENTS = 60
LETTERS = "bcdfghjklmnprstvxz"


def rare_sentences(number: int, seed: int) -> list[str]:
    """Sentences each with a name and a number that stand in no other one."""
    draw = random.Random(seed)

    def name() -> str:
        return "".join(draw.choice(LETTERS) + draw.choice("aeiouyæøå") for _ in range(3)).capitalize()

    verbs = ("har skrevet til", "bor hos", "er kendt af", "venter på", "kører med", "glæder sig til")
    return [
        f"I dag {draw.choice(verbs)} vi {name()} om sag {draw.randint(10**4, 10**5)} i kommunen, sagde man."
        for _ in range(number)
    ]


def spread_over_documents(folder: Path) -> None:
    """Give a corpus of one document many of them in each split, and its manifest the new hashes."""
    for number, split in enumerate(("train", "validation")):
        for path in shard_paths(folder, split):
            table = pq.read_table(path)
            ids = (int(each, 16) % NUM_DOCUMENTS + number * NUM_DOCUMENTS for each in table["sentence_id"].to_pylist())
            place = table.schema.get_field_index("document_id")
            documents = pa.array([f"{each:016x}" for each in ids], table.schema.field(place).type)
            pq.write_table(table.set_column(place, table.schema.field(place), documents), path)
    values = json.loads((folder / MANIFEST_NAME).read_text())
    values["files"] = [vars(each) for each in file_entries(folder, [folder / each["path"] for each in values["files"]])]
    values["content_sha256"] = hashlib.sha256(json.dumps(values["files"]).encode()).hexdigest()
    write_manifest(folder, values)


@pytest.fixture(scope="session")
def spread() -> Callable[[Path], None]:
    return spread_over_documents


@pytest.fixture(scope="session")
def rare() -> Callable[[int, int], list[str]]:
    return rare_sentences


@pytest.fixture(scope="session")
def learnt_config(tmp_path_factory: pytest.TempPathFactory) -> TrainingConfig:
    """Enough of a model and of steps to learn a canary by heart, in seconds; its tokenizer knows their syllables."""
    base = tmp_path_factory.mktemp("base")
    sizes = SmallConfig(num_layers=1, hidden_size=32, num_heads=2, intermediate_size=64, vocabulary_size=1600)
    texts = [*rare_sentences(300, 9), *(each.text for each in make_canaries(2000, seed=9))]
    make_small_base(base, texts, sizes, seed=1)
    return TrainingConfig.model_validate({
        "base": str(base), "max_steps": 50, "train_batch_sentences": 64, "max_length": 48, "mlm_probability": 0.3,
        "optimizer": {"learning_rate": 3e-2}, "log_steps": 20, "checkpoint_steps": 20, "seed": 3,
    })  # fmt: skip


@pytest.fixture(scope="session")
def audited(
    tmp_path_factory: pytest.TempPathFactory, make_corpus: Callable[..., Path], learnt_config: TrainingConfig
) -> Places:
    """`places` with corpus 2026Q4 and the finished run `learnt`; not to be changed."""
    places = Places(tmp_path_factory.mktemp("audit") / "data")
    folder = make_corpus(places.corpus("2026Q4"), rare_sentences(240, 1), rare_sentences(520, 2))
    spread_over_documents(folder)
    train(folder, places.run("learnt"), learnt_config, cache=places.cache)
    return places


@pytest.fixture
def places(audited: Places, tmp_path: Path) -> Places:
    """A copy of it."""
    shutil.copytree(audited.data, tmp_path / "data")
    return Places(tmp_path / "data")


@pytest.fixture(scope="session")
def stop_once_there() -> Callable[[Path], None]:
    """Ends what goes on as Ctrl-C does, once there is such a path."""

    def stop(path: Path) -> None:
        def watch() -> None:
            deadline = time.monotonic() + 60
            while not path.exists() and time.monotonic() < deadline:
                time.sleep(0.005)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=watch, daemon=True).start()

    return stop


@pytest.fixture(scope="session")
def corpus_with_areas(make_corpus: Callable[..., Path]) -> Callable[[Path], Path]:
    """Makes a corpus all of whose sentences have one of two subject areas."""

    def make(folder: Path) -> Path:
        make_corpus(folder, rare_sentences(60, 5), rare_sentences(40, 6), shards=1)
        for path in (folder / "sentences").glob("*.parquet"):
            rows = pq.read_table(path).to_pylist()
            for number, row in enumerate(rows):
                row |= {"area": f"kl-{number % 2}"}
            pq.write_table(pa.Table.from_pylist(rows, schema=SENTENCE_SCHEMA), path)
        values = json.loads((folder / MANIFEST_NAME).read_text())
        paths = [folder / each["path"] for each in values["files"]]
        write_manifest(folder, values | {"files": [vars(each) for each in file_entries(folder, paths)]})
        return folder

    return make
