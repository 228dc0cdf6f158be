import json
import shutil
import socket
import time
from pathlib import Path

import pytest
import transformers

from foundation.errors import ConfigError
from training.bases.finding import find_base, read_licence
from training.bases.loading import check_fit, load_model, load_tokenizer


def test_a_folder_is_a_base(bases: dict[str, Path]) -> None:
    base = find_base(str(bases["xlm-roberta"]))
    assert (
        base.name, base.model_type, base.revision, base.licence,
    ) == ("xlm-roberta", "xlm-roberta", None, "unknown")  # fmt: skip
    assert load_tokenizer(base).mask_token == "<mask>"


@pytest.mark.parametrize(("name", "expected"), [("./nowhere", "no such folder"), ("a b", "nor a name that")])
def test_what_cannot_be_a_base(name: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        find_base(name)


def test_no_network_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as closed:  # bound, not listening: a connection is refused at once
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        started = time.monotonic()
        with pytest.raises(ConfigError, match=r"NbAiLab/nb-bert-base: not on this machine and huggingface.co cannot"):
            find_base("NbAiLab/nb-bert-base")
    assert time.monotonic() - started < 20


def test_a_silent_network_is_given_up_soon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        monkeypatch.setattr("training.bases.hub.HUB_TIMEOUT_S", 0.5)
        with pytest.raises(ConfigError, match="cannot be reached"):
            find_base("NbAiLab/nb-bert-base")


def test_a_base_in_the_cache_needs_no_network(
    bases: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository = tmp_path / "models--some--bert"
    shutil.copytree(bases["bert"], repository / "snapshots" / ("a" * 40))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    base = find_base("some/bert")
    assert (base.name, base.revision, base.on_hub) == ("some/bert", "a" * 40, True)


def test_without_safetensors_the_command_that_converts_is_named(copy_of, only_bin) -> None:
    folder = copy_of("bert")
    only_bin(folder)
    with pytest.raises(ConfigError, match=rf"no safetensors in it.*run code.*tvaerkom base {folder} --convert"):
        find_base(str(folder))


def test_a_folder_without_weights_is_refused(copy_of) -> None:
    folder = copy_of("bert")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match=r"no weights in it \(model\.safetensors\)"):
        find_base(str(folder))


def test_weights_in_parts_must_all_be_there(copy_of) -> None:
    folder = copy_of("bert")
    transformers.BertForMaskedLM.from_pretrained(folder).save_pretrained(folder, max_shard_size="30KB")
    (folder / "model.safetensors").unlink()
    parts = sorted(folder.glob("model-*.safetensors"))
    assert len(parts) > 2
    before = find_base(str(folder))
    load_model(before)
    parts[1].unlink()
    with pytest.raises(ConfigError, match=rf"{parts[1].name} is not in it, which its index names"):
        find_base(str(folder))


def test_damaged_weights_are_one_sentence(copy_of) -> None:
    folder = copy_of("bert")
    (folder / "model.safetensors").write_bytes(b"12345678901234567890")
    with pytest.raises(ConfigError, match="its weights cannot be read"):
        load_model(find_base(str(folder)))


def test_weights_cut_short_are_one_sentence(copy_of) -> None:
    folder = copy_of("bert")
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(ConfigError, match="its weights cannot be read"):
        load_model(find_base(str(folder)))


def test_a_model_without_a_head_is_refused(copy_of) -> None:
    folder = copy_of("bert")
    transformers.BertModel(transformers.BertConfig.from_pretrained(folder)).save_pretrained(folder)
    with pytest.raises(ConfigError, match=r"not a masked language model \(its weights lack cls"):
        load_model(find_base(str(folder)))


def test_an_electra_discriminator_is_refused_and_its_generator_named(make_base) -> None:
    folder = make_base("electra")
    load_model(find_base(str(folder)))
    transformers.ElectraForPreTraining.from_pretrained(folder).save_pretrained(folder)
    with pytest.raises(ConfigError, match=r"not a masked language model \(its weights lack generator.*the generator"):
        load_model(find_base(str(folder)))


def test_a_tokenizer_without_mask_token_is_refused(copy_of, change_json) -> None:
    folder = copy_of("xlm-roberta")
    change_json(folder / "tokenizer_config.json", mask_token=None, tokenizer_class="PreTrainedTokenizerFast")
    change_json(folder / "config.json", model_type="bert")
    with pytest.raises(ConfigError, match="has no mask token"):
        load_tokenizer(find_base(str(folder)))


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused(copy_of, make_base) -> None:
    folder = copy_of("bert")
    base = find_base(str(make_base("bert")))
    with pytest.raises(ConfigError, match=r"its tokenizer has \d+ tokens, its model only 14"):
        check_fit(base, load_model(base), load_tokenizer(find_base(str(folder))))


def test_a_tokenizer_that_pads_with_another_token_than_positions_expect_is_refused(copy_of, change_json) -> None:
    folder = copy_of("xlm-roberta")
    change_json(folder / "config.json", pad_token_id=0)
    base = find_base(str(folder))
    with pytest.raises(ConfigError, match="pads with token 1, its model counts positions from behind token 0"):
        check_fit(base, load_model(base), load_tokenizer(base))


def test_a_tokenizer_that_leaves_out_numbers_is_refused(copy_of) -> None:
    folder = copy_of("bert")
    path = folder / "tokenizer.json"
    values = json.loads(path.read_text())
    vocabulary = values["model"]["vocab"]
    vocabulary[max(vocabulary, key=vocabulary.get)] += 5
    path.write_text(json.dumps(values))
    with pytest.raises(ConfigError, match="with some left out"):
        load_tokenizer(find_base(str(folder)))


def test_a_cased_tokenizer_is_not_taken_for_an_uncased_one(copy_of) -> None:
    # transformers follows tokenizer_config.json; where nothing is said there, it makes letters small
    folder = copy_of("bert")
    path = folder / "tokenizer_config.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in values.items() if key != "do_lower_case"}))
    with pytest.raises(ConfigError, match="capital letters and marks something else"):
        load_tokenizer(find_base(str(folder)))
    path.write_text(json.dumps({key: value for key, value in values.items() if key != "strip_accents"}))
    load_tokenizer(find_base(str(folder)))  # that follows do_lower_case


def test_a_tokenizer_that_would_run_code_is_refused(copy_of, change_json) -> None:
    folder = copy_of("bert")
    (folder / "own.py").write_text("raise SystemExit('ran')")
    change_json(
        folder / "tokenizer_config.json", tokenizer_class="OwnTokenizer",
        auto_map={"AutoTokenizer": [None, "own.OwnTokenizer"]},
    )  # fmt: skip
    with pytest.raises(ConfigError, match="its tokenizer would run code from the base"):
        load_tokenizer(find_base(str(folder)))


@pytest.mark.parametrize("family", ["bert", "distilbert", "xlm-roberta"])
def test_sentences_longer_than_the_positions_are_refused(bases: dict[str, Path], family: str) -> None:
    base = find_base(str(bases[family]))
    model, tokenizer = load_model(base), load_tokenizer(base)
    check_fit(base, model, tokenizer, max_length=40)
    with pytest.raises(ConfigError, match="at most 40 tokens"):
        check_fit(base, model, tokenizer, max_length=41)


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("---\nlicense: cc-by-4.0\n---\nText", "cc-by-4.0"),
        ("---\nlicense: other\nlicense_name: own\n---\n", "own"),
        ("---\nlicense: [broken\n---\n", "unknown"),
        ("No head", "unknown"),
    ],
)
def test_the_licence_comes_from_the_card(tmp_path: Path, card: str, expected: str) -> None:
    (tmp_path / "README.md").write_text(card)
    assert expected == read_licence(tmp_path / "README.md")
