"""Folders of bases with something particular about them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file

from training.bases.small import SPECIAL_TOKENS

SHAPE = {"num_hidden_layers": 1, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
WORDS = ["borgeren", "kan", "få", "hjælp", "sø", "a", "##a", "o", "##o"]


@pytest.fixture
def copy_of(bases: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    return lambda family: Path(shutil.copytree(bases[family], tmp_path / family))


@pytest.fixture
def change_json() -> Callable[..., None]:
    return lambda path, **values: path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.fixture
def make_base(tmp_path: Path) -> Callable[..., Path]:
    """A base of any type with a WordPiece vocabulary of its own."""

    def make(model_type: str, *, words: list[str] = WORDS, lower: bool = False, **config: Any) -> Path:
        folder = tmp_path / f"made-{model_type}"
        vocabulary = {word: number for number, word in enumerate([*SPECIAL_TOKENS, *words])}
        tokenizer = transformers.BertTokenizer(
            vocab=vocabulary, do_lower_case=lower, strip_accents=lower,
            model_input_names=["input_ids", "attention_mask"],
        )  # fmt: skip
        tokenizer.save_pretrained(folder)
        sizes = SHAPE | {"vocab_size": len(vocabulary), "max_position_embeddings": 20, "pad_token_id": 0} | config
        settings = transformers.AutoConfig.for_model(model_type, **sizes)
        torch.manual_seed(0)
        transformers.AutoModelForMaskedLM.from_config(settings).save_pretrained(folder)
        return folder

    return make


@pytest.fixture
def only_bin() -> Callable[..., dict[str, torch.Tensor]]:
    """Turn the weights of a folder into pytorch_model.bin, the head tied as torch.save keeps it; gives the tensors."""

    def turn(folder: Path, *, parts: int = 1, old_format: bool = False) -> dict[str, torch.Tensor]:
        tensors = load_file(folder / "model.safetensors")
        tensors["cls.predictions.decoder.weight"] = tensors["bert.embeddings.word_embeddings.weight"]
        (folder / "model.safetensors").unlink()
        names = sorted(tensors)
        if parts == 1:
            torch.save(tensors, folder / "pytorch_model.bin", _use_new_zipfile_serialization=not old_format)
            return tensors
        places = {name: f"pytorch_model-{1 + n % parts:05}-of-{parts:05}.bin" for n, name in enumerate(names)}
        for part in set(places.values()):
            torch.save({name: tensors[name] for name in names if places[name] == part}, folder / part)
        (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
        return tensors

    return turn
