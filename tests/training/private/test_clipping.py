"""The clipped sum is that of a loop over units with torch's own gradients, for each family and each kind of unit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import transformers

from training.feeding.batches import Sentences
from training.feeding.masking import mask_tokens, vocabulary_of
from training.packed.families import FAMILIES
from training.packed.reading import attention_for
from training.packed.rows import MaskedUnits, RowReader
from training.private.clipping import UnitGradients

SIZE, MASK = 300, 4
SHAPE = {
    "vocab_size": SIZE, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
}  # fmt: skip
STILL = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
PAD = {"roberta": 1, "xlm-roberta": 1, "camembert": 1}
SENTENCES, DOCUMENTS = [[5], [17], [9], [30], [2]], [[5, 17, 3], [9], [12, 12], [2, 2, 30, 4]]
CPU = torch.device("cpu")


def config_of(family: str) -> Any:
    kind = transformers.CONFIG_MAPPING[family]
    positions = {"max_position_embeddings": 80, "pad_token_id": PAD.get(family, 0)}
    if family == "distilbert":
        return kind(
            vocab_size=SIZE, dim=32, n_layers=2, n_heads=2, hidden_dim=64, dropout=0.0, attention_dropout=0.0,
            **positions,
        )  # fmt: skip
    if family == "modernbert":
        ids = {"bos_token_id": 2, "eos_token_id": 1, "cls_token_id": 2, "sep_token_id": 1}
        return kind(**SHAPE, **ids, local_attention=8, **positions)
    return kind(**SHAPE, **STILL, **positions)


def model_of(family: str, *, embeddings: str, attention: str | None = None) -> Any:
    torch.manual_seed(1)
    attention = attention or attention_for(family)
    model = transformers.AutoModelForMaskedLM.from_config(config_of(family), attn_implementation=attention)
    with torch.no_grad():  # gradients long enough to be shortened, each to another share
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(3)
    if embeddings == "frozen":
        model.base_model.embeddings.requires_grad_(False)
    return model.double().train()


def units_of(lengths: list[list[int]], seed: int = 0) -> MaskedUnits:
    draw = np.random.default_rng(seed)
    flat = np.array([length for unit in lengths for length in unit])
    total = int(flat.sum())
    sentences = Sentences(
        ids=draw.integers(5, SIZE, total), lengths=flat, is_fixed=np.isin(np.arange(total), np.cumsum(flat) - flat),
        continues_word=np.zeros(total, dtype=bool),
    )  # fmt: skip
    vocabulary = vocabulary_of(size=SIZE, special_ids=[0, 1, 2, 3, 4], mask_id=MASK, pad_id=0)
    masked = mask_tokens(sentences, vocabulary, draw, 0.3)
    unit = np.repeat(np.arange(len(lengths)), [len(each) for each in lengths])
    return MaskedUnits(
        inputs=masked.inputs, lengths=masked.lengths, places=masked.places, answers=masked.answers, unit=unit
    )


def sentences_of(masked: MaskedUnits) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Ids and labels of each sentence, -100 where nothing is asked."""
    labels = np.full(len(masked.inputs), -100)
    labels[masked.places] = masked.answers
    cut = np.cumsum(masked.lengths)[:-1]
    parts = zip(np.split(masked.inputs, cut), np.split(labels, cut), strict=True)
    return [(torch.from_numpy(ids)[None], torch.from_numpy(answers)[None]) for ids, answers in parts]


def looped(model: Any, masked: MaskedUnits, clip_norm: float) -> tuple[dict[str, torch.Tensor], list[float]]:
    """Plain transformers, one unit after another, one sentence after another: sum of shortened gradients, lengths."""
    named = {name: each for name, each in model.named_parameters() if each.requires_grad}
    sums = {name: torch.zeros_like(each) for name, each in named.items()}
    norms, sentences = [], sentences_of(masked)
    for unit in range(masked.num_units):
        total, asked = torch.zeros((), dtype=torch.float64), 0
        for number in np.flatnonzero(masked.unit == unit):
            ids, labels = sentences[number]
            scores = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
            total = total + F.cross_entropy(scores[0], labels[0], ignore_index=-100, reduction="sum")
            asked += int((labels != -100).sum())
        gradients = torch.autograd.grad(total / asked, list(named.values()), allow_unused=True)
        made = [torch.zeros_like(p) if g is None else g for p, g in zip(named.values(), gradients, strict=True)]
        norms.append(float(torch.sqrt(sum(each.square().sum() for each in made))))
        for name, each in zip(named, made, strict=True):
            sums[name] += min(1.0, clip_norm / (norms[-1] + 1e-6)) * each
    return sums, norms


def clipped(model: Any, masked: MaskedUnits, clip_norm: float) -> tuple[dict[str, torch.Tensor], list[float]]:
    reader = RowReader(model, pad_id=model.config.pad_token_id, device=CPU)
    gradients = UnitGradients(model, clip_norm=clip_norm)
    sums = {each: torch.zeros_like(each) for each in model.parameters() if each.requires_grad}
    batch = reader.batch(masked)
    norms = gradients.add_clipped(reader.losses(batch), batch.unit_of_answer, sums)
    assert all(each.grad is None for each in model.parameters())
    return {name: sums[each] for name, each in model.named_parameters() if each in sums}, norms.tolist()


@pytest.mark.parametrize("lengths", [SENTENCES, DOCUMENTS, [[7, 4]]], ids=["sentences", "documents", "one"])
@pytest.mark.parametrize("embeddings", ["frozen", "trainable"])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_clipped_sum_is_that_of_a_loop(family: str, embeddings: str, lengths: list[list[int]]) -> None:
    masked = units_of(lengths)
    expected, norms = looped(model_of(family, embeddings=embeddings, attention="sdpa"), masked, 1.0)
    found, lengths_found = clipped(model_of(family, embeddings=embeddings), masked, 1.0)
    assert found.keys() == expected.keys()
    assert np.allclose(lengths_found, norms, rtol=1e-9)
    assert max(float((found[name] - expected[name]).abs().max()) for name in expected) <= 1e-6
    assert min(norms) > 1.0 or len(norms) == 1  # something was shortened


@pytest.mark.parametrize("embeddings", ["frozen", "trainable"])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_in_bfloat16_a_unit_moves_the_sum_by_no_more_than_the_clipping_norm(family: str, embeddings: str) -> None:
    """As on a GPU; what is rounded is rounded before lengths are taken."""
    model, masked = model_of(family, embeddings=embeddings).float(), units_of(DOCUMENTS)
    reader = RowReader(model, pad_id=model.config.pad_token_id, device=CPU)
    gradients = UnitGradients(model, clip_norm=1.0)

    def summed(units: list[int]) -> torch.Tensor:
        sums = {each: torch.zeros_like(each) for each in model.parameters() if each.requires_grad}
        batch = reader.batch(masked.take_units(np.array(units)))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = reader.losses(batch)
        gradients.add_clipped(losses, batch.unit_of_answer, sums)
        return torch.cat([each.flatten() for each in sums.values()])

    whole = summed([0, 1, 2, 3])
    for unit in range(4):
        assert float(summed([unit]).norm()) <= 1 + 1e-4
        assert float((whole - summed([each for each in range(4) if each != unit])).norm()) <= 1 + 1e-4


@pytest.mark.parametrize("embeddings", ["frozen", "trainable"])
def test_units_that_ask_nothing_have_no_gradient(embeddings: str) -> None:
    nothing = np.empty(0, np.int64)
    masked = replace(units_of([[5], [7]]), places=nothing, answers=nothing)
    found, lengths = clipped(model_of("bert", embeddings=embeddings), masked, 1.0)
    assert lengths == [0, 0] and not any(each.any() for each in found.values())
