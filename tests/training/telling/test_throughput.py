"""Floating-point operations, against what torch counts while it calculates."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import transformers
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from training.feeding.masking import MaskedSentences
from training.packed.reading import Reader
from training.telling.throughput import (
    DATA_SHEET,
    MEASURED,
    known_peak,
    peak_flops,
    work_of,
)

V, D, INNER, LAYERS, HEADS = 301, 32, 80, 3, 4
SHAPE = {"vocab_size": V, "hidden_size": D, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
         "intermediate_size": INNER}  # fmt: skip
SPECIAL = {f"{name}_token_id": number for number, name in enumerate(("pad", "bos", "cls", "eos", "sep"))}
CONFIGS: dict[str, Any] = {
    "bert": transformers.BertConfig(**SHAPE),
    "roberta": transformers.RobertaConfig(**SHAPE, pad_token_id=1),
    "xlm-roberta": transformers.XLMRobertaConfig(**SHAPE, pad_token_id=1),
    "camembert": transformers.CamembertConfig(**SHAPE, pad_token_id=1),
    "distilbert": transformers.DistilBertConfig(vocab_size=V, dim=D, n_layers=LAYERS, n_heads=HEADS, hidden_dim=INNER),
    "electra": transformers.ElectraConfig(**SHAPE, embedding_size=24),
    "modernbert": transformers.ModernBertConfig(**SHAPE, **SPECIAL, local_attention=1024),
}


def brute_count(config: Any, lengths: list[int], *, backward: bool) -> int:
    """What torch counts for one sentence after the other, without padding, head at every token."""
    torch.manual_seed(0)
    model = transformers.AutoModelForMaskedLM.from_config(config, attn_implementation="eager")
    with FlopCounterMode(display=False) as counter:
        for length in lengths:
            ids = torch.randint(5, V, (1, length))
            loss = model(input_ids=ids, labels=ids).loss
            if backward:
                loss.backward()
    return int(counter.get_total_flops())


@pytest.mark.parametrize("family", sorted(CONFIGS))
def test_each_family_counts_as_torch_does(family: str) -> None:
    config, lengths = CONFIGS[family], [3, 17, 64]
    work = work_of(config)
    assert work is not None
    assert work.forward(np.array(lengths), sum(lengths)) == brute_count(config, lengths, backward=False)
    assert work.training(np.array(lengths), sum(lengths)) == brute_count(config, lengths, backward=True)


def test_a_packed_step_is_all_useful() -> None:
    """Sentences of one length end to end, the head at some tokens: torch counts nothing more than we do."""
    torch.manual_seed(0)
    model = transformers.AutoModelForMaskedLM.from_config(CONFIGS["bert"], attn_implementation="packed")
    reader = Reader(model, pad_id=0, device=torch.device("cpu"))
    places = np.array([1, 8, 9, 31])
    ids = np.arange(5, 45)
    masked = MaskedSentences(inputs=ids, lengths=np.array([10] * 4), places=places, answers=ids[places])
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        batch = reader.batch(masked)
        F.cross_entropy(reader.scores(batch), batch.answers).backward()
    work = work_of(CONFIGS["bert"])
    assert work is not None
    assert work.training(masked.lengths, len(places)) == counter.get_total_flops()


@pytest.mark.parametrize("window", [1, 2, 5, 9, 100])
def test_a_window_counts_the_pairs_within_it(window: int) -> None:
    config = transformers.ModernBertConfig(
        **SHAPE, **SPECIAL, layer_types=["sliding_attention", "full_attention", "sliding_attention"]
    )
    config.sliding_window = window
    work = work_of(config)
    assert work is not None
    lengths = np.array([1, 4, 9, 30])
    near = sum(abs(i - j) <= window for length in lengths for i in range(length) for j in range(length))
    every = int((lengths**2).sum())
    assert (2 * near + every) * 4 * D == work.forward(lengths, 0) - int(lengths.sum()) * work.per_token


def test_only_real_and_guessed_tokens_count() -> None:
    """NB-BERT-base: 169.9 million for a token in the encoder, 184.8 million for one in the head."""
    work = work_of(transformers.BertConfig(vocab_size=119_547))
    assert work is not None
    assert (work.per_token, work.per_guess) == (169_869_312, 184_803_840)
    assert work.forward(np.array([1]), 0) + work.per_guess == work.forward(np.array([1]), 1)
    together, alone = work.forward(np.array([20, 20]), 0), work.forward(np.array([40]), 0)
    assert alone - together == 12 * 4 * 768 * (40**2 - 2 * 20**2)


def test_an_unknown_family_is_not_counted() -> None:
    assert work_of(transformers.MegatronBertConfig()) is None


@pytest.mark.parametrize(
    ("name", "precision", "expected"),
    [
        ("NVIDIA H200", "bfloat16", 989.4e12),
        ("NVIDIA H200", "float32", 66.9e12),
        ("NVIDIA A100 80GB PCIe", "bfloat16", 312e12),
        ("Tesla T4", "bfloat16", None),
        ("NVIDIA H200 MIG 1g.18gb", "bfloat16", None),
        ("NVIDIA A10G", "bfloat16", None),
    ],
)
def test_figures_of_data_sheets_are_for_whole_gpus_of_that_very_name(
    name: str, precision: str, expected: float | None
) -> None:
    assert pytest.approx(expected) == known_peak(name, precision)


def test_a_processor_is_measured() -> None:
    peak = peak_flops(torch.device("cpu"), "float32")
    assert peak.source == MEASURED
    assert 1e8 < peak.flops_per_s < 1e14
    assert peak == peak_flops(torch.device("cpu"), "float32")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_a_product_on_the_gpu_does_not_beat_its_data_sheet() -> None:
    from training.telling import throughput

    device = torch.device("cuda", 0)
    peak = peak_flops(device, "bfloat16")
    if peak.source != DATA_SHEET:
        pytest.skip("its data sheet is not known here")
    assert 0.3 * peak.flops_per_s < throughput._measured(device, "bfloat16") < peak.flops_per_s
