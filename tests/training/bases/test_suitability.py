import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from foundation.errors import ConfigError
from training.bases.finding import find_base
from training.bases.loading import load_masked_model, load_model
from training.bases.positions import first_position, longest_sentence
from training.bases.suitability import REFUSED_TYPES, check_settings
from training.feeding.batches import Sentences
from training.feeding.masking import mask_tokens

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"model_type": "gpt2"}, "model type 'gpt2' is not one that guesses hidden words; use a base of another type"),
        ({"model_type": "no-such"}, "is not one that guesses"),
        ({}, "states no model_type"),
        ({"model_type": 7}, "states no model_type"),
        ({"model_type": "norbert", "auto_map": {"AutoModelForMaskedLM": "own.Model"}}, "would run code from the base"),
        ({"auto_map": {"AutoModelForMaskedLM": "own.Model"}}, "would run code from the base"),
        ({"model_type": "xlm"}, "XLM without RoBERTa: .* told the language of each sentence.*; use xlm-roberta-base$"),
        ({"model_type": "flaubert"}, "for French.*; use xlm-roberta-base$"),
        ({"model_type": "fnet"}, "depends on the padding beside it.*; use a base of another type"),
        ({"model_type": "bert", "quantization_config": {}}, "quantised"),
        ({"model_type": "bert", "_attn_implementation": "kernels-community/own"}, "asks for the attention 'kernels-"),
        ({"model_type": "bert", "attn_implementation": {"": "x"}}, "asks for the attention"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_refused_with_a_reason(settings: dict[str, object], expected: str) -> None:
    with pytest.raises(ConfigError, match=rf"base some/name: .*{expected}"):
        check_settings(settings, "some/name")


def test_only_types_that_transformers_has_are_refused_by_name() -> None:
    known = transformers.models.auto.modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    assert set(REFUSED_TYPES) - set(known) == set()


def test_xlm_is_refused_before_its_weights_are_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "xlm"}))
    with pytest.raises(ConfigError, match="use xlm-roberta-base"):
        find_base(str(tmp_path))


def test_code_beside_a_known_type_is_never_run(copy_of, change_json) -> None:
    folder = copy_of("bert")
    (folder / "own.py").write_text("raise SystemExit('ran')")
    change_json(folder / "config.json", auto_map={"AutoModelForMaskedLM": "own.Own", "AutoConfig": "own.OwnConfig"})
    assert type(load_model(find_base(str(folder)))) is transformers.BertForMaskedLM


@pytest.mark.parametrize("model_type", ["electra", "roberta", "camembert", "megatron-bert", "albert", "mpnet", "ernie"])
def test_a_sentence_gives_the_same_alone_and_beside_a_longer_one(make_base, caplog, model_type: str) -> None:
    folder = make_base(model_type, pad_token_id=0)
    with caplog.at_level(logging.WARNING):
        masked = load_masked_model(find_base(str(folder)), CPU)
    is_known = model_type in ("electra", "roberta", "camembert")
    assert ("they are padded" in caplog.text) is not is_known
    masked.model.eval()
    ids = np.array([2, 5, 6, 7, 3, 2, 5, 6, 7, 8, 9, 10, 3])
    together = _scores(masked, ids, [5, 8])
    alone = _scores(masked, ids[:5], [5])
    assert torch.allclose(alone, together[: len(alone)], atol=1e-6)


def _scores(masked, ids: np.ndarray, lengths: list[int]) -> torch.Tensor:
    fixed = np.isin(ids, [2, 3])
    sentences = Sentences(ids=ids, lengths=np.array(lengths), is_fixed=fixed, continues_word=np.zeros(len(ids), bool))
    hidden = mask_tokens(sentences, masked.vocabulary, np.random.default_rng(0), 1.0)
    hidden.inputs[:] = ids  # which are shown does not matter here, and draws differ with the number of tokens
    with torch.no_grad():
        return masked.reader.scores(masked.reader.batch(hidden))


@pytest.mark.parametrize(
    "model_type",
    ["bert", "megatron-bert", "roberta", "data2vec-text", "ibert", "longformer", "mpnet", "roberta-prelayernorm",
     "xlm-roberta-xl"],
)  # fmt: skip
def test_the_longest_sentence_is_the_one_that_still_has_positions(model_type: str) -> None:
    config = transformers.AutoConfig.for_model(
        model_type, vocab_size=20, num_hidden_layers=1, hidden_size=16, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=13, pad_token_id=1,
    )  # fmt: skip
    model = transformers.AutoModelForMaskedLM.from_config(config).eval()
    longest = longest_sentence(config)
    assert longest == 13 - first_position(config)
    with torch.no_grad():
        model(input_ids=torch.full((1, longest), 5))
        with pytest.raises((IndexError, RuntimeError)):
            model(input_ids=torch.full((1, longest + 1), 5))
