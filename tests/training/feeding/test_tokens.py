import json
from collections.abc import Callable
from pathlib import Path

import pytest
import transformers

from foundation.errors import BrokenRunError
from training.feeding.tokens import prepare_tokens


@pytest.fixture
def tokenizer(bases: dict[str, Path]) -> transformers.PreTrainedTokenizerBase:
    return transformers.AutoTokenizer.from_pretrained(str(bases["bert"]))


def test_tokens_are_those_of_the_tokenizer(corpus: Path, tokenizer, sentences, tmp_path: Path) -> None:
    file = prepare_tokens(corpus, "train", tokenizer, max_length=8, cache=tmp_path)
    assert file.num_sentences == 400
    for index, text in list(enumerate(sentences(400)))[::57]:
        expected = tokenizer(text, truncation=True, max_length=8)["input_ids"]
        assert expected == file.tokens[file.offsets[index] : file.offsets[index + 1]].tolist()


def test_a_whole_file_is_used_again_and_a_damaged_one_made_anew(corpus: Path, tokenizer, tmp_path: Path) -> None:
    first = prepare_tokens(corpus, "validation", tokenizer, max_length=8, cache=tmp_path)
    path = first.folder / "tokens.u32"
    content, made = path.read_bytes(), path.stat().st_mtime_ns
    prepare_tokens(corpus, "validation", tokenizer, max_length=8, cache=tmp_path)
    assert made == path.stat().st_mtime_ns
    path.write_bytes(content[:-4] + b"\0\0\0\0")
    prepare_tokens(corpus, "validation", tokenizer, max_length=8, cache=tmp_path)
    assert content == path.read_bytes()


def test_each_length_and_split_has_its_own_file(corpus: Path, tokenizer, tmp_path: Path) -> None:
    files = [
        prepare_tokens(corpus, split, tokenizer, max_length=length, cache=tmp_path)
        for split, length in [("train", 8), ("train", 9), ("validation", 8)]
    ]
    assert 3 == len({file.folder for file in files}) == len(list((tmp_path / "tokens").iterdir()))
    manifest = json.loads((files[0].folder / "manifest.json").read_text())
    assert {"sentences": 400, "tokens": len(files[0].tokens), "skipped": 0} == manifest["counts"]


def test_sentences_without_an_ordinary_token_are_skipped(
    make_corpus: Callable[..., Path], tokenizer, tmp_path: Path
) -> None:
    folder = make_corpus(tmp_path / "2026Q4", ["Skolen kan.", "", "漢字", "Borgeren skal."], ["Skolen."])
    file = prepare_tokens(folder, "train", tokenizer, max_length=8, cache=tmp_path)
    assert (file.num_sentences, file.num_skipped) == (2, 2)


def test_a_damaged_shard_stops_the_run(make_corpus: Callable[..., Path], tokenizer, tmp_path: Path) -> None:
    folder = make_corpus(tmp_path / "2026Q4", ["Skolen kan."] * 4, ["Skolen."])
    (folder / "sentences/train-00001-of-00002.parquet").write_bytes(b"PAR1")
    with pytest.raises(BrokenRunError, match=r"train-00001-of-00002.parquet: 4 bytes.*\n.*corpus verify 2026Q4"):
        prepare_tokens(folder, "train", tokenizer, max_length=8, cache=tmp_path)


def test_an_empty_split_stops_the_run(make_corpus: Callable[..., Path], tokenizer, tmp_path: Path) -> None:
    folder = make_corpus(tmp_path / "2026Q4", ["Skolen kan."], [], shards=1)
    with pytest.raises(BrokenRunError, match="no validation sentences in it; run: tvaerkom corpus stats 2026Q4"):
        prepare_tokens(folder, "validation", tokenizer, max_length=8, cache=tmp_path)


def test_no_copy_of_the_corpus_in_another_cache(
    corpus: Path, tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "hf"
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", elsewhere)
    prepare_tokens(corpus, "train", tokenizer, max_length=8, cache=tmp_path)
    assert not elsewhere.exists() or not list(elsewhere.rglob("*.arrow"))
