"""The store of texts: what was appended is read back, by index and by range, also in another process."""

import pickle
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.near import text_store
from corpus.near.text_store import TextStore, TextWriter

TEXTS = ["", "Æblegrød", "a\0b", "\n", "", "🙂" * 50, "slut"]


def _written(path: Path, texts: list[str]) -> TextStore:
    with TextWriter(path) as writer:
        half = len(texts) // 2
        whole = pa.array(["foran", *texts, "bagved"], pa.string())  # a part of an array begins in the middle of it
        writer.extend(whole.slice(1, half))
        writer.extend(whole.slice(1 + half, len(texts) - half))
    return TextStore(path)


def test_texts_are_read_by_index_and_by_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_store, "BLOCK_TEXTS", 3)
    monkeypatch.setattr(text_store, "BLOCK_BYTES", 10)
    with _written(tmp_path / "texts", TEXTS) as store:
        assert len(store) == len(TEXTS)
        assert [store[index] for index in range(len(TEXTS))] == TEXTS
        assert store.at([6, 0, 2, 2]) == ["slut", "", "a\0b", "a\0b"]
        for first in range(len(TEXTS) + 1):
            for last in range(first, len(TEXTS) + 1):
                assert list(store.texts(first, last)) == TEXTS[first:last]


@pytest.mark.parametrize("num_bytes", [1, 9, 10, 100, 10_000])
def test_ranges_hold_every_text_once(num_bytes: int, tmp_path: Path) -> None:
    with _written(tmp_path / "texts", TEXTS) as store:
        ranges = store.ranges(num_bytes)
        assert [index for first, last in ranges for index in range(first, last)] == list(range(len(TEXTS)))
        sizes = [[len(text.encode()) for text in store.texts(first, last)] for first, last in ranges]
        assert all(sum(some[:-1]) < num_bytes + 200 for some in sizes)  # but for the last, which may be long
        assert len(ranges) <= sum(map(sum, sizes)) // num_bytes + 1
    with _written(tmp_path / "none", []) as store:
        assert store.ranges(num_bytes) == []


def test_an_index_outside_is_an_error(tmp_path: Path) -> None:
    with _written(tmp_path / "texts", TEXTS) as store:
        for index in (-1, len(TEXTS)):
            with pytest.raises(IndexError, match="has 7 texts"):
                store[index]


def test_a_store_without_texts(tmp_path: Path) -> None:
    with _written(tmp_path / "texts", []) as store:
        assert len(store) == 0
        assert list(store.texts(0, 0)) == []


def test_a_sent_store_reads_the_same(tmp_path: Path) -> None:
    with _written(tmp_path / "texts", TEXTS) as store, pickle.loads(pickle.dumps(store)) as sent:
        assert list(sent.texts(0, len(sent))) == TEXTS


@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=10))
def test_any_text_comes_back(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    with _written(tmp_path_factory.getbasetemp() / "any", texts) as store:
        assert list(store.texts(0, len(store))) == texts
