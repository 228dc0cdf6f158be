"""The card as others read it: huggingface_hub gives it back as it was, and `datasets` loads every table it names."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
import yaml

from corpus.addresses import address_key
from corpus.erasing import erase_from_corpora
from corpus.stats import read_statistics
from foundation.erasures import Sought

datasets = pytest.importorskip("datasets")
huggingface_hub = pytest.importorskip("huggingface_hub")
ROOT = "http://www.nordby.kommuneby.test/"
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "use-a-corpus.md"
CODE = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), flags=re.DOTALL)
TEXTS = (
    "Kommunen har i år ledige pladser til børn i alle byens daginstitutioner.",
    "Ansøgningen om tilskud til medicin skal underskrives af din egen læge.",
    "Genbrugspladsen ved havnen holder åbent hver dag undtagen nytårsdag og juleaften.",
    "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal.",
    "Biblioteket udlåner også cykler, telte og symaskiner mod et lille depositum.",
    "Svømmehallen er lukket for rengøring i de to sidste uger af juli måned.",
)


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Load a configuration offline, with a cache of the test's own."""
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    return lambda folder, *names: datasets.load_dataset(str(folder), *names, cache_dir=str(tmp_path / "cache"))


@pytest.fixture
def small(house: Any, urls: dict[str, list[str]]) -> Any:
    """A corpus with both sides; each page has one sentence and one line that is too short."""
    pages = [*urls["train"][:4], *urls["validation"][:2]]
    house.build_pages("2020Q1", {url: [text, "For kort."] for url, text in zip(pages, TEXTS, strict=True)})
    return house


def erase(house: Any, sought: Sought) -> None:
    erase_from_corpora(house.command.places, sought, "e1")


def num_rows(loaded: Any) -> dict[str, int]:
    return {split: table.num_rows for split, table in loaded.items()}


def assert_as_it_was(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    card = huggingface_hub.DatasetCard.load(folder / "README.md")
    head = yaml.safe_load(text.split("---\n")[1])
    assert str(card) == text
    assert card.data.to_dict() == head
    again = huggingface_hub.DatasetCard(card.content)
    assert (str(again), again.data.to_dict()) == (text, head)


def assert_tables_load(folder: Path, load: Callable[..., Any]) -> None:
    """All that the card names, as many rows as the statistics count."""
    statistics = read_statistics(folder)
    expected = {
        "sentences": {split: number for split, number in statistics["num_sentences"].items() if number},
        "documents": {"train": statistics["num_documents"]},
        "sites": {"train": ds.dataset(folder / "sites.parquet").count_rows()},
        "dropped": {"train": sum(sum(reasons.values()) for reasons in statistics["dropped"].values())},
    }
    names = datasets.get_dataset_config_names(str(folder))
    assert {name: num_rows(load(folder, name)) for name in names} == expected
    assert num_rows(load(folder)) == expected["sentences"]


def test_card_and_tables_of_a_corpus(kommuneby: Any, load: Callable[..., Any]) -> None:
    assert_as_it_was(kommuneby.corpus("2020Q1"))
    assert_tables_load(kommuneby.corpus("2020Q1"), load)


def test_card_and_tables_after_an_erasure(small: Any, urls: dict[str, list[str]], load: Callable[..., Any]) -> None:
    folder = small.corpus("2020Q1")
    assert_tables_load(folder, load)
    erase(small, Sought(urls=frozenset({address_key(urls["train"][0])})))
    assert read_statistics(folder)["num_sentences"] == {"train": 3, "validation": 2}
    assert_as_it_was(folder)
    assert_tables_load(folder, load)
    card = (folder / "README.md").read_text()
    assert "| sentences | 3 | 2 |" in card
    assert "pages were erased from it once" in card
    assert re.search(r"cited as `tvaerkom-2020Q1\.1\+[0-9a-f]{12}`\.", card)


def test_corpora_of_one_name_are_not_taken_for_each_other(kommuneby: Any, small: Any, load: Callable[..., Any]) -> None:
    """The cache of `datasets` knows a folder by its last name and by the card."""
    for house in (kommuneby, small):
        expected = read_statistics(house.corpus("2020Q1"))["num_sentences"]
        assert num_rows(load(house.corpus("2020Q1"))) == {key: number for key, number in expected.items() if number}


def test_card_of_a_corpus_of_which_all_pages_were_erased(small: Any, load: Callable[..., Any]) -> None:
    folder = small.corpus("2020Q1")
    erase(small, Sought(sites=frozenset({"9001"})))
    assert_as_it_was(folder)
    assert datasets.get_dataset_config_names(str(folder)) == ["sites"]
    assert num_rows(load(folder, "sites")) == {"train": 1}
    assert "No sentence is left in it." in (folder / "README.md").read_text()


def test_card_of_a_corpus_that_lost_its_validation(
    small: Any, urls: dict[str, list[str]], load: Callable[..., Any]
) -> None:
    erase(small, Sought(urls=frozenset(map(address_key, urls["validation"][:2]))))
    assert_as_it_was(small.corpus("2020Q1"))
    assert num_rows(load(small.corpus("2020Q1"))) == {"train": 4}


def test_dropped_rows_of_all_levels_load_over_several_shards(
    house: Any, response: Any, page_of: Any, load: Callable[..., Any]
) -> None:
    """Of some shards whole columns are null."""
    pages = [response(url=f"{ROOT}{n}", body=page_of(text, "For kort.")) for n, text in enumerate(TEXTS)]
    pages += [response(url=f"{ROOT}borte/{n}", body=b"", status=404) for n in range(4)]
    house.snapshot("2020Q1", [*pages, response(url=f"{ROOT}igen", body=page_of(TEXTS[0], "For kort."))])
    house.build_with("2020Q1", rows_per_shard=2, rows_per_group=2)
    folder = house.corpus("2020Q1")
    assert len(list((folder / "dropped").iterdir())) > 3
    dropped = load(folder, "dropped")["train"]
    assert set(dropped["level"]) == {"page", "document", "sentence"}
    assert dropped.to_list() == house.rows("2020Q1", "dropped")


@pytest.mark.parametrize("code", CODE, ids=lambda code: re.findall(r"import (\w+)", code)[0])
def test_lines_of_the_how_to_run_as_they_stand(
    code: str, kommuneby: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(re.findall(r"import (\w+)", code)[0])
    (tmp_path / "data/corpora").mkdir(parents=True)
    (tmp_path / "data/corpora/2026Q4").symlink_to(kommuneby.corpus("2020Q1"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    names: dict[str, Any] = {}
    exec(code, names)
    counts = read_statistics(kommuneby.corpus("2020Q1"))
    assert len(names["train"]) == counts["num_sentences"]["train"]
    assert len(names["documents"]) == counts["num_documents"]
