"""Token files that hold what must be forgotten go, and models that were trained on it are named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers

from corpus.schema import read_corpus_manifest
from foundation.erasures import Sought, Trace, text_words
from foundation.errors import ConfigError
from foundation.manifests import MANIFEST_NAME
from foundation.places import Places
from training.bases.finding import find_base
from training.bases.loading import load_tokenizer
from training.erasing import erase_from_training, find_in_training, superseded_runs
from training.feeding.tokens import prepare_tokens
from training.record import superseded_warning
from training.run import train

SECRET = "Borgeren kan søge om hjælp hele året hos Borgerservice."
NOTHING = Sought(urls=frozenset({"www.nordby.test/"}))
BY_TEXT = Sought(texts=text_words(["søge om HJÆLP hele året"]))


@pytest.fixture
def house(tmp_path: Path, make_corpus: Callable[..., Path], sentences: Callable[..., list[str]], bases: Any) -> Places:
    """A corpus, its token files, and a run with the tokenizer that made them."""
    places = Places(tmp_path / "data")
    corpus = make_corpus(places.corpus("2026Q4"), [*sentences(50), SECRET], sentences(20, seed=1))
    shutil.copytree(bases["bert"], places.run("r1") / "model")
    write_run(places, "r1", "2026Q4")
    for split in ("train", "validation"):
        prepare_tokens(corpus, split, tokenizer_of(places), max_length=32, cache=places.cache)
    return places


def tokenizer_of(places: Places) -> Any:
    return load_tokenizer(find_base(str(places.run("r1") / "model")))


def write_run(places: Places, name: str, corpus: str, base: str = "small") -> None:
    manifest = read_corpus_manifest(places.corpus(corpus))
    values = {"id": manifest.id, "name": manifest.name, "revision": 1, "content_sha256": manifest.content_sha256}
    places.run(name).mkdir(parents=True, exist_ok=True)
    (places.run(name) / "run.json").write_text(json.dumps({"corpus": values}))
    (places.run(name) / "config.yaml").write_text(f"base: {base}\n")


def supersede(places: Places, erasure: str, path: str = "sentences/train-00000-of-00002.parquet") -> None:
    """As an erasure changes a corpus's manifest."""
    file = places.corpus("2026Q4") / MANIFEST_NAME
    values = json.loads(file.read_text())
    old = {"revision": 1, "content_sha256": values["content_sha256"], "erasure": erasure, "files": {path: "0"}}
    file.write_text(json.dumps(values | {"revision": 2, "content_sha256": "new", "superseded": [old]}))


def split_of(places: Places, trace: Trace) -> str:
    return str(json.loads((places.data / trace.place / MANIFEST_NAME).read_text())["split"])


def token_folders(places: Places) -> list[Path]:
    return sorted((places.cache / "tokens").iterdir())


def test_text_is_found_in_decoded_tokens(house: Places) -> None:
    (trace,) = find_in_training(house, BY_TEXT)
    assert (trace.kind, trace.count, split_of(house, trace)) == ("token row", 1, "train")
    assert len(token_folders(house)) == 2
    assert erase_from_training(house, BY_TEXT, "e1") == [trace]
    assert len(token_folders(house)) == 1
    assert find_in_training(house, BY_TEXT) == []


def test_a_text_of_words_in_pieces_is_found(house: Places, make_corpus: Callable[..., Path]) -> None:
    """Its tokens carry marks: that they go on a word."""
    tokenizer = tokenizer_of(house)
    text = "Borgeren kan skolesøge kommunebolig."
    assert any(piece.startswith("##") for piece in tokenizer.tokenize(text))
    corpus = house.corpus("2026Q4")
    shutil.rmtree(corpus)
    shutil.rmtree(house.cache)
    make_corpus(corpus, ["Skolen kan.", text], ["Skolen."])
    prepare_tokens(corpus, "train", tokenizer, max_length=32, cache=house.cache)
    (trace,) = find_in_training(house, Sought(texts=text_words(["skolesøge kommunebolig"])))
    assert (trace.kind, trace.count) == ("token row", 1)


def test_nothing_is_found_of_what_was_never_there(house: Places) -> None:
    assert find_in_training(house, Sought(texts=text_words(["noget ganske andet om hegnet"]))) == []
    assert find_in_training(house, NOTHING) == []


def test_token_file_without_its_tokenizer_cannot_be_decoded_and_goes(house: Places) -> None:
    shutil.rmtree(house.run("r1") / "model")
    assert {trace.kind for trace in find_in_training(house, BY_TEXT)} == {"token file that cannot be decoded"}
    assert find_in_training(house, NOTHING) == []
    erase_from_training(house, BY_TEXT, "e1")
    assert token_folders(house) == []


def test_tokenizer_that_changes_letters_does_not_count(house: Places, tmp_path: Path) -> None:
    """What it decodes is without the rings and strokes of the words sought."""
    vocabulary = {word: number for number, word in enumerate(
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "pa", "dag", "hver", "sa", "aret", "1990"]
    )}  # fmt: skip
    tokenizer = transformers.BertTokenizer(vocab=vocabulary, do_lower_case=True, strip_accents=True)
    shutil.rmtree(house.run("r1") / "model")
    tokenizer.save_pretrained(house.run("r1") / "model")
    prepare_tokens(house.corpus("2026Q4"), "train", tokenizer_of_folder(house), max_length=32, cache=house.cache)
    assert {trace.kind for trace in find_in_training(house, BY_TEXT)} == {"token file that cannot be decoded"}


def tokenizer_of_folder(places: Places) -> Any:
    return transformers.AutoTokenizer.from_pretrained(str(places.run("r1") / "model"))


def test_token_files_of_a_corpus_that_held_it_go(house: Places) -> None:
    found = find_in_training(house, NOTHING, corpora={"2026Q4"})
    assert [trace.kind for trace in found] == ["token file", "token file", "model"]
    assert found[-1] == Trace(place="runs/r1", kind="model", count=1)


def test_after_the_corpus_was_changed_its_old_token_files_go_and_its_models_are_named(house: Places) -> None:
    supersede(house, "e1")
    found = erase_from_training(house, NOTHING, "e1")
    assert [trace.kind for trace in found] == ["token file", "token file", "model"]
    assert token_folders(house) == []
    again = erase_from_training(house, NOTHING, "e1")
    assert [trace.kind for trace in again] == ["model"]


def test_model_of_a_corpus_that_lost_no_sentence_is_not_named(house: Places) -> None:
    supersede(house, "e1", "dropped/dropped-00000-of-00001.parquet")
    assert "model" not in {trace.kind for trace in erase_from_training(house, NOTHING, "e1")}


def test_model_trained_further_from_one_that_is_named_is_named_too(house: Places, make_corpus: Any) -> None:
    make_corpus(house.corpus("2027Q1"), ["En anden sætning."], ["En tredje sætning."])
    write_run(house, "r2", "2027Q1", base=str(house.run("r1") / "model"))
    write_run(house, "r3", "2027Q1", base=str(house.run("r2") / "model"))
    write_run(house, "r4", "2027Q1")
    named = [trace.place for trace in find_in_training(house, NOTHING, corpora={"2026Q4"}) if trace.kind == "model"]
    assert named == ["runs/r1", "runs/r2", "runs/r3"]


def test_leavings_of_a_killed_process_go(house: Places) -> None:
    aside = house.cache / "tokens/abc.17.tmp"
    aside.mkdir()
    (aside / "tokens.u32").write_bytes(b"1234")
    assert [trace.place for trace in find_in_training(house, NOTHING)] == ["cache/tokens/abc.17.tmp"]
    erase_from_training(house, NOTHING, "e1")
    assert not aside.exists()


def test_data_folder_without_anything_is_searched(tmp_path: Path) -> None:
    assert find_in_training(Places(tmp_path), BY_TEXT) == []
    assert erase_from_training(Places(tmp_path), BY_TEXT, "e1") == []


def test_runs_on_a_superseded_revision_are_known(house: Places) -> None:
    assert superseded_runs(house) == []
    assert superseded_warning(house.run("r1"), house.corpora) is None
    supersede(house, "e1")
    assert superseded_runs(house) == ["r1"]
    warning = superseded_warning(house.run("r1"), house.corpora)
    assert warning is not None
    assert "r1: trained on corpus 2026Q4 revision 1, from which pages were erased since" in warning


def test_run_begun_before_an_erasure_does_not_go_on(
    make_corpus: Any, sentences: Any, tiny_config: Any, tmp_path: Path
) -> None:
    places = Places(tmp_path)
    corpus = make_corpus(places.corpus("2026Q4"), sentences(60), sentences(20, seed=1))
    train(corpus, places.run("r"), tiny_config, cache=places.cache)
    supersede(places, "e1")
    with pytest.raises(ConfigError, match=r"revision 1.*erased since.*revision 2"):
        train(corpus, places.run("r"), tiny_config, cache=places.cache)
