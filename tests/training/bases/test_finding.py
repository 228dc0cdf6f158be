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


@pytest.fixture
def copy_of(bases: dict[str, Path], tmp_path: Path):
    return lambda family: Path(shutil.copytree(bases[family], tmp_path / family))


def change_json(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


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
        monkeypatch.setattr("training.bases.finding.HUB_TIMEOUT_S", 0.5)
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


def test_without_safetensors_a_base_is_refused(copy_of) -> None:
    folder = copy_of("bert")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="no safetensors in it"):
        find_base(str(folder))


def test_damaged_weights_are_one_sentence(copy_of) -> None:
    folder = copy_of("bert")
    (folder / "model.safetensors").write_bytes(b"12345678901234567890")
    with pytest.raises(ConfigError, match="its weights cannot be read"):
        load_model(find_base(str(folder)))


def test_an_unknown_model_type_is_refused(copy_of) -> None:
    folder = copy_of("bert")
    change_json(folder / "config.json", model_type="gpt2")
    with pytest.raises(ConfigError, match="model type 'gpt2' is not supported; use bert, distilbert"):
        find_base(str(folder))


def test_a_model_without_a_head_is_refused(copy_of) -> None:
    folder = copy_of("bert")
    transformers.BertModel(transformers.BertConfig.from_pretrained(folder)).save_pretrained(folder)
    with pytest.raises(ConfigError, match=r"not a masked language model \(its weights lack cls"):
        load_model(find_base(str(folder)))


def test_a_tokenizer_without_mask_token_is_refused(copy_of) -> None:
    folder = copy_of("xlm-roberta")
    change_json(folder / "tokenizer_config.json", mask_token=None, tokenizer_class="PreTrainedTokenizerFast")
    change_json(folder / "config.json", model_type="bert")
    with pytest.raises(ConfigError, match="has no mask token"):
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
