"""Sentences that stand end to end give the loss and the gradients of the padded model with its whole head."""

import copy
import logging
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import transformers

from training.feeding.batches import Sentences
from training.feeding.masking import MaskedSentences, mask_tokens, vocabulary_of
from training.packed.families import FAMILIES
from training.packed.reading import Reader, attention_for

SIZE, MASK = 300, 4
SHAPE = {
    "vocab_size": SIZE, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
}  # fmt: skip
STILL = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
PAD = {"roberta": 1, "xlm-roberta": 1, "camembert": 1}


def config_of(family: str, **changes: Any) -> Any:
    kind = transformers.CONFIG_MAPPING[family]
    pad = PAD.get(family, 0)
    positions = {"max_position_embeddings": 80, "pad_token_id": pad} | changes
    if family == "distilbert":
        return kind(
            vocab_size=SIZE, dim=32, n_layers=2, n_heads=2, hidden_dim=64, dropout=0.0, attention_dropout=0.0,
            **positions,
        )  # fmt: skip
    if family == "modernbert":
        ids = {"bos_token_id": 2, "eos_token_id": 1, "cls_token_id": 2, "sep_token_id": 1}
        return kind(**SHAPE, **ids, local_attention=8, **positions)
    return kind(**SHAPE, **STILL, **positions)


def model_of(config: Any, attention: str) -> Any:
    torch.manual_seed(1)
    config = copy.deepcopy(config)  # a model writes its attention into it
    return transformers.AutoModelForMaskedLM.from_config(config, attn_implementation=attention).double().train()


def masked_of(lengths: list[int], seed: int = 0) -> MaskedSentences:
    draw = np.random.default_rng(seed)
    total = sum(lengths)
    first = np.cumsum([0, *lengths[:-1]])
    sentences = Sentences(
        ids=draw.integers(5, SIZE, total), lengths=np.array(lengths), is_fixed=np.isin(np.arange(total), first),
        continues_word=np.zeros(total, dtype=bool),
    )  # fmt: skip
    vocabulary = vocabulary_of(size=SIZE, special_ids=[0, 1, 2, 3, 4], mask_id=MASK, pad_id=0)
    return mask_tokens(sentences, vocabulary, draw, 0.3)


def padded_full_loss(model: Any, masked: MaskedSentences, pad_id: int) -> torch.Tensor:
    """As transformers is used: padded to the longest, all positions through the head, -100 where nothing is asked."""
    labels = np.full(len(masked.inputs), -100)
    labels[masked.places] = masked.answers
    cut = np.cumsum(masked.lengths)[:-1]

    def table(values: np.ndarray, filler: int) -> torch.Tensor:
        rows = [torch.from_numpy(row) for row in np.split(values, cut)]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=filler)

    mask = table(np.ones(len(masked.inputs), dtype=np.int64), 0)
    return model(input_ids=table(masked.inputs, pad_id), attention_mask=mask, labels=table(labels, -100)).loss


@pytest.mark.parametrize("lengths", [[5, 17, 9, 30], [3], [64, 2, 2]], ids=["mixed", "one", "long"])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_packed_is_the_padded_model(family: str, lengths: list[int]) -> None:
    config = config_of(family)
    usual, packed = model_of(config, "sdpa"), model_of(config, attention_for(family))
    masked = masked_of(lengths)
    reader = Reader(packed, pad_id=PAD.get(family, 0), device=torch.device("cpu"))
    batch = reader.batch(masked)
    loss = F.cross_entropy(reader.scores(batch), batch.answers)
    expected = padded_full_loss(usual, masked, PAD.get(family, 0))
    loss.backward()
    expected.backward()
    assert reader.is_packed
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    gradients = {name: value.grad for name, value in usual.named_parameters() if value.grad is not None}
    for name, value in packed.named_parameters():
        if value.grad is not None:
            usual_gradient = gradients.pop(name)
            assert (value.grad - usual_gradient).abs().max() <= 1e-6 * usual_gradient.abs().max() + 1e-12
    assert gradients == {}


def test_more_tokens_than_positions_may_stand_end_to_end() -> None:
    config = config_of("bert")
    usual, packed = model_of(config, "sdpa"), model_of(config, "packed")
    masked = masked_of([30] * 40)
    reader = Reader(packed, pad_id=0, device=torch.device("cpu"))
    batch = reader.batch(masked)
    loss = F.cross_entropy(reader.scores(batch), batch.answers)
    assert loss.item() == pytest.approx(padded_full_loss(usual, masked, 0).item(), rel=1e-6)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_sentence_is_read_the_same_in_any_company(family: str) -> None:
    packed = model_of(config_of(family), attention_for(family)).eval()
    reader = Reader(packed, pad_id=PAD.get(family, 0), device=torch.device("cpu"))
    one = masked_of([12])
    others = masked_of([40, 7], seed=5)
    both = MaskedSentences(
        inputs=np.concatenate([others.inputs, one.inputs]), lengths=np.array([40, 7, 12]),
        places=one.places + 47, answers=one.answers,
    )  # fmt: skip
    alone, among = (reader.scores(reader.batch(each)) for each in (one, both))
    torch.testing.assert_close(alone, among, rtol=1e-9, atol=1e-9)


def test_an_unknown_family_is_padded_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    config = config_of("megatron-bert")
    model = model_of(config, attention_for("megatron-bert"))
    with caplog.at_level(logging.WARNING, "training"):
        reader = Reader(model, pad_id=0, device=torch.device("cpu"))
    assert "model type megatron-bert is not known to be exact" in caplog.text
    masked = masked_of([5, 17, 9])
    batch = reader.batch(masked)
    loss = F.cross_entropy(reader.scores(batch), batch.answers)
    assert loss.item() == pytest.approx(padded_full_loss(model, masked, 0).item(), rel=1e-6)


def test_nothing_of_it_stands_in_the_saved_configuration(tmp_path: Any) -> None:
    model = model_of(config_of("bert"), "packed")
    model.save_pretrained(tmp_path)
    assert "packed" not in (tmp_path / "config.json").read_text()
