import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import transformers

from corpus.personal_data import BLOT
from corpus.privacy.masking import PLACEHOLDERS as MASKS
from corpus.schema import PLACEHOLDERS
from foundation.errors import BrokenRunError
from training.feeding.batches import gather
from training.feeding.encoding import Encoder
from training.feeding.tokens import prepare_tokens


@pytest.fixture
def tokenizer(bases: dict[str, Path]) -> transformers.PreTrainedTokenizerBase:
    return transformers.AutoTokenizer.from_pretrained(str(bases["bert"]))


def test_tokens_are_those_of_the_tokenizer(corpus: Path, tokenizer, sentences, tmp_path: Path) -> None:
    file = prepare_tokens(corpus, "train", tokenizer, max_length=8, cache=tmp_path)
    assert file.num_sentences == 400
    for index, text in list(enumerate(sentences(400)))[::57]:
        expected = tokenizer(text, truncation=True, max_length=8)["input_ids"]
        assert expected == gather(file.tokens, file.offsets, np.array([index])).ids.tolist()


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


def test_each_sentence_has_its_id_document_site_and_area(corpus: Path, tokenizer, sentences, tmp_path: Path) -> None:
    file = prepare_tokens(corpus, "train", tokenizer, max_length=8, cache=tmp_path)
    for index in (0, 17, 399):
        digest = hashlib.sha256(sentences(400)[index].encode()).hexdigest()
        assert int(digest[:16], 16) == file.sentence_ids[index]
    assert (file.site_names, file.area_names) == (("0540",), ("",))
    assert {0} == set(file.sites.tolist()) == set(file.areas.tolist()) == set(file.document_ids.tolist())


def test_special_tokens_and_placeholders_are_fixed(bases: dict[str, Path], sentences) -> None:
    """Told by a plain look at the text: what the tokenizer makes of the placeholder alone must not be guessed."""
    text = "Skolen kan [telefon] søge."
    for family in ("bert", "xlm-roberta"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(bases[family]))
        words, lengths = Encoder(tokenizer, 64).encode([text, "Borgeren kan."])
        read = gather(words, np.array([0, *np.cumsum(lengths)], dtype=np.uint64), np.arange(2))
        encoded = tokenizer(text, return_offsets_mapping=True)
        inside = [begin >= 11 and end <= 20 and end > begin for begin, end in encoded["offset_mapping"]]
        outside = [end <= 10 or begin >= 20 for begin, end in encoded["offset_mapping"]]
        is_special = np.isin(encoded["input_ids"], tokenizer.all_special_ids)
        fixed = read.is_fixed[: lengths[0]]
        assert fixed[inside].all()
        assert not fixed[np.array(outside) & ~is_special].any()
        assert fixed[is_special].all()
        assert sum(~fixed) >= 3


def test_a_word_goes_on_over_its_pieces(bases: dict[str, Path]) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(bases["bert"]))
    words, lengths = Encoder(tokenizer, 64).encode(["Kommunen skolesøge kan."])
    read = gather(words, np.array([0, lengths[0]], dtype=np.uint64), np.array([0]))
    pieces = tokenizer.convert_ids_to_tokens(read.ids)
    assert [piece.startswith("##") for piece in pieces] == read.continues_word.tolist()
    assert read.continues_word.any()


def test_a_sentence_of_nothing_but_a_placeholder_is_skipped(make_corpus, tokenizer, tmp_path: Path) -> None:
    folder = make_corpus(tmp_path / "2026Q4", ["Skolen kan.", "[telefon]"], ["Skolen."])
    assert prepare_tokens(folder, "train", tokenizer, max_length=8, cache=tmp_path).num_skipped == 1


def test_the_placeholders_are_those_of_the_corpus() -> None:
    assert set(PLACEHOLDERS) == {*MASKS.values(), BLOT}


def test_a_corpus_of_a_later_software_is_refused(make_corpus: Callable[..., Path], tokenizer, tmp_path: Path) -> None:
    folder = make_corpus(tmp_path / "2026Q4", ["Skolen kan."], ["Skolen."], shards=1)
    values = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(values | {"format_version": 3}))
    with pytest.raises(BrokenRunError, match="a corpus of format 3, and this software reads up to format 2; install"):
        prepare_tokens(folder, "train", tokenizer, max_length=8, cache=tmp_path)
