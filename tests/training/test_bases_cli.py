import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from foundation.command import Command
from foundation.errors import ConfigError
from foundation.places import Places
from foundation.user_settings import UserSettings
from training.bases_cli import app


@pytest.fixture
def shown(tmp_path: Path):
    def run(*arguments: str, as_json: bool = False) -> str:
        command = Command(places=Places(tmp_path / "data"), settings=UserSettings(), register=None, json=as_json)
        return CliRunner().invoke(app, ("base", *arguments), obj=command, catch_exceptions=False).output

    return run


def test_a_base_is_shown(shown, bases: dict[str, Path]) -> None:
    lines = shown(str(bases["xlm-roberta"])).splitlines()
    assert lines[0] == "xlm-roberta"
    assert "  type        xlm-roberta (XLMRobertaForMaskedLM), sentences end to end" in lines
    assert "  sentences   of at most 40 tokens" in lines
    assert any(line.startswith("  note        Its positions begin at 2") for line in lines)


def test_json_holds_the_same(shown, bases: dict[str, Path]) -> None:
    for family, folder in bases.items():
        values = json.loads(shown(str(folder), as_json=True))
        tensors = load_file(folder / "model.safetensors")
        names = ("word_embeddings.weight", "tok_embeddings.weight")
        embeddings = next(tensor for name, tensor in tensors.items() if name.endswith(names))
        assert values["num_parameters"] == sum(tensor.numel() for tensor in tensors.values()), family
        assert (values["name"], values["model_type"], values["max_length"]) == (family, family, 40)
        assert (values["vocabulary_size"], values["num_embedding_parameters"]) == (len(embeddings), embeddings.numel())
        assert all(quirk.keys() == {"key", "sentence"} for quirk in values["quirks"])


def test_weights_without_a_head_are_refused(shown, bases: dict[str, Path], copy_without) -> None:
    with pytest.raises(ConfigError, match=r"not a masked language model \(its weights lack cls"):
        shown(str(copy_without("cls.")))


def test_old_names_of_weights_are_known(shown, copy_without, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copy_without("nothing", rename={"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"})
    monkeypatch.setattr("training.bases.describing.load_model", None)  # not needed: the heads of the files say it
    assert "BertForMaskedLM" in shown(str(folder))


def test_damaged_weights_are_one_sentence(shown, copy_without) -> None:
    folder = copy_without("nothing")
    (folder / "model.safetensors").write_bytes(b"\x10" * 40)
    with pytest.raises(ConfigError, match="its weights cannot be read"):
        shown(str(folder))


def test_convert_is_asked_for_and_then_done(shown, copy_without) -> None:
    folder = copy_without("nothing")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match=rf"convert it once with: tvaerkom base {folder} --convert"):
        shown(str(folder))
    assert "note        Its weights were converted from pytorch_model.bin" in shown(str(folder), "--convert")
    assert "BertForMaskedLM" in shown(str(folder))


def test_the_command_loads_nothing_heavy_before_it_is_used() -> None:
    heavy = {"torch", "transformers", "tokenizers", "numpy", "huggingface_hub"}
    program = f"import sys, training.bases_cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def copy_without(bases: dict[str, Path], tmp_path: Path):
    """The bert base less the weights whose names begin so, some under other names."""
    def copy(beginning: str, *, rename: dict[str, str] | None = None) -> Path:
        folder = Path(shutil.copytree(bases["bert"], tmp_path / "bert"))
        tensors = load_file(folder / "model.safetensors")
        kept = {}
        for name, tensor in tensors.items():
            for old, new in (rename or {}).items():
                name = name.replace(old, new)
            if not name.startswith(beginning):
                kept[name] = tensor
        save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    return copy
