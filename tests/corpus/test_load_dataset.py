"""A corpus folder is a data set as it lies: `datasets.load_dataset(folder)` needs nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from corpus.schema import DOCUMENT_SCHEMA, SENTENCE_SCHEMA, SITE_SCHEMA

datasets = pytest.importorskip("datasets")
# So long that no two sentences are near duplicates.
WHO = ("Kommunen", "Byrådet i Nordby", "Det nye jobcenter", "Børnehaven Solstrålen", "Formanden for ældrerådet",
       "Byens gamle bibliotek")  # fmt: skip
WHAT = (
    "holder åbent hus for alle borgere den første lørdag i maj.",
    "søger frivillige, som vil hjælpe med at plante træer langs stien.",
    "har fået et tilskud fra staten til en ny legeplads ved åen.",
    "svarer senest fire uger efter, at ansøgningen er modtaget digitalt.",
    "inviterer til et møde om trafikken omkring de tre største skoler.",
)
TEXTS = [f"{who} {what}" for who in WHO for what in WHAT]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Load a configuration offline, with a cache of the test's own."""
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    cache = str(tmp_path / "cache")
    return lambda folder, *names: datasets.load_dataset(str(folder), *names, cache_dir=cache)


@pytest.fixture
def two_sided(house: Any, response: Any, page_of: Callable[..., bytes]) -> Path:
    """A corpus with sentences on both sides."""
    url = "http://www.nordby.kommuneby.test/side-"
    house.snapshot("2020Q1", [response(url=f"{url}{n}", body=page_of(text)) for n, text in enumerate(TEXTS)])
    house.build_with("2020Q1", validation_share=0.4)
    return house.corpus("2020Q1")  # type: ignore[no-any-return]


def test_sentences_load_with_train_and_validation(two_sided: Path, load: Callable[..., Any]) -> None:
    loaded = load(two_sided)
    assert set(loaded) == {"train", "validation"}
    shards = {split: (two_sided / "sentences").glob(f"{split}-*.parquet") for split in loaded}
    written = {
        split: [text for path in paths for text in pq.read_table(path)["text"].to_pylist()]
        for split, paths in shards.items()
    }
    assert {split: list(loaded[split]["text"]) for split in loaded} == written
    assert min(map(len, written.values())) > 5
    assert loaded["train"].column_names == SENTENCE_SCHEMA.names


def test_documents_and_sites_load_by_name(kommuneby: Any, load: Callable[..., Any]) -> None:
    folder = kommuneby.corpus("2020Q1")
    documents, sites = load(folder, "documents")["train"], load(folder, "sites")["train"]
    assert documents.column_names == DOCUMENT_SCHEMA.names
    assert sites.column_names == SITE_SCHEMA.names
    assert len(documents) == len(kommuneby.rows("2020Q1", "documents"))
    assert documents[0]["blocks"][0].keys() == {"kind", "text"}
    assert "9001" in sites["site"]


def test_corpus_without_validation_sentences_loads(
    house: Any, response: Any, page_of: Callable[..., bytes], load: Callable[..., Any]
) -> None:
    house.snapshot("2020Q1", [response(url="http://www.nordby.kommuneby.test/", body=page_of(*TEXTS[:3]))])
    house.build_with("2020Q1", validation_share=0)
    assert set(load(house.corpus("2020Q1"))) == {"train"}
    assert load(house.corpus("2020Q1"), "sentences")["train"].num_rows == 3


def test_corpus_without_training_sentences_loads(
    house: Any, response: Any, page_of: Callable[..., bytes], load: Callable[..., Any]
) -> None:
    house.snapshot("2020Q1", [response(url="http://www.nordby.kommuneby.test/", body=page_of(*TEXTS[:3]))])
    house.build_with("2020Q1", validation_share=0.5)
    sides = {path.name.partition("-")[0] for path in (house.corpus("2020Q1") / "sentences").iterdir()}
    assert set(load(house.corpus("2020Q1"))) == sides
    assert len(sides) == 1


def test_site_code_is_a_string(two_sided: Path, load: Callable[..., Any]) -> None:
    assert set(load(two_sided)["train"]["site"]) == {"9001"}


def test_no_parquet_file_is_without_rows(kommuneby: Any, two_sided: Path) -> None:
    for folder in (kommuneby.corpus("2020Q1"), two_sided):
        for path in folder.rglob("*.parquet"):
            assert pq.read_metadata(path).num_rows > 0, path


def test_many_shards_load_as_one(
    house: Any, response: Any, page_of: Callable[..., bytes], load: Callable[..., Any]
) -> None:
    house.snapshot("2020Q1", [response(url="http://www.nordby.kommuneby.test/", body=page_of(*TEXTS))])
    house.build_with("2020Q1", validation_share=0, rows_per_shard=7, rows_per_group=3)
    names = sorted(path.name for path in (house.corpus("2020Q1") / "sentences").iterdir())
    assert names == [f"train-{number:05}-of-00005.parquet" for number in range(5)]
    loaded = load(house.corpus("2020Q1"))["train"]
    assert sorted(loaded["text"]) == sorted(TEXTS)
    assert loaded["sentence_id"] == sorted(loaded["sentence_id"])
