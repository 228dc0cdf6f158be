"""What a model costs is measured in a process of its own, through transformers as it comes."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers

from foundation.errors import BrokenRunError, ConfigError
from training.bases.finding import find_base
from training.bases.loading import load_masked_model
from training.evaluation import speed as module
from training.evaluation.plain import load_plain, use_usual_attention
from training.evaluation.speed import Conditions, measure_speed, measured_here

CPU = torch.device("cpu")


@pytest.fixture
def conditions(sentences: Callable[..., list[str]]) -> Conditions:
    return Conditions(texts=sentences(20), device=CPU, num_threads=1, precision="float32", max_length=32)


def test_memory_is_that_of_the_model_and_not_of_who_asks(bases: dict[str, Path], conditions: Conditions) -> None:
    held = torch.ones(250 << 20)  # 1 GiB
    found = measure_speed(find_base(str(bases["bert"])), conditions)
    assert 100 < found.peak_memory_mb < held.numel() * 4 / 1e6


@pytest.mark.parametrize("family", ["bert", "distilbert", "xlm-roberta"])
def test_parameters_and_disk_are_those_of_the_model(
    bases: dict[str, Path], conditions: Conditions, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    monkeypatch.setattr(module, "MIN_S", 0.01)
    found = measured_here(find_base(str(bases[family])), conditions)
    model = transformers.AutoModelForMaskedLM.from_pretrained(bases[family])
    assert found.num_parameters == model.num_parameters()
    assert found.num_embedding_parameters == model.config.vocab_size * 32
    assert found.disk_mb == (bases[family] / "model.safetensors").stat().st_size / 1e6
    assert 0 < found.p50_ms <= found.p95_ms
    assert found.tokens_per_s > 0


def test_a_head_of_its_own_counts_as_embeddings_too(
    bases: dict[str, Path], conditions: Conditions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "MIN_S", 0.01)
    model = transformers.AutoModelForMaskedLM.from_pretrained(bases["bert"])
    model.config.tie_word_embeddings = False
    head = model.get_output_embeddings()
    head.weight = torch.nn.Parameter(head.weight.detach().clone() + 1)
    head.bias = torch.nn.Parameter(head.bias.detach().clone() + 1)
    model.save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(bases["bert"]).save_pretrained(tmp_path)
    found = measured_here(find_base(str(tmp_path)), conditions)
    assert found.num_embedding_parameters == 2 * model.config.vocab_size * 32


def test_whole_rounds_over_all_sentences_are_counted(
    bases: dict[str, Path], conditions: Conditions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that says one second for each round gives the number of tokens, however many pieces they are in."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(bases["bert"])
    num_tokens = sum(len(tokenizer(text)["input_ids"]) for text in conditions.texts)
    monkeypatch.setattr(module, "PIECE_TOKENS", 40)
    monkeypatch.setattr(module, "_seconds", lambda work, _: work() or 1.0)
    found = measured_here(find_base(str(bases["bert"])), conditions)
    assert found.tokens_per_s == num_tokens
    assert (found.p50_ms, found.p95_ms) == (1000.0, 1000.0)


@pytest.mark.slow
def test_a_base_that_does_not_load_is_said_by_the_other_process(
    bases: dict[str, Path], conditions: Conditions, tmp_path: Path
) -> None:
    for path in bases["bert"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="its weights cannot be read"):
        measure_speed(find_base(str(tmp_path)), conditions)


def test_a_process_that_is_ended_is_one_sentence(
    bases: dict[str, Path], conditions: Conditions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_answer", _not_there_in_a_new_process)
    with pytest.raises(BrokenRunError, match=r"bert: the process that measures its speed was ended, most often for"):
        measure_speed(find_base(str(bases["bert"])), conditions)


def _not_there_in_a_new_process(*_: object) -> None:
    """The new process cannot import a test file, and ends."""


@pytest.mark.parametrize("family", ["bert", "distilbert", "xlm-roberta"])
def test_with_the_usual_attention_it_is_the_model_of_transformers(bases: dict[str, Path], family: str) -> None:
    plain, tokenizer = load_plain(find_base(str(bases[family])), CPU)
    expected = transformers.AutoModelForMaskedLM.from_pretrained(bases[family]).eval()
    encoded = tokenizer(["Skolen kan få hjælp.", "Skolen"], padding=True, return_tensors="pt")
    packed = load_masked_model(find_base(str(bases[family])), CPU).model.eval()
    use_usual_attention(packed)
    with torch.no_grad():
        wanted = expected(**encoded).logits
        torch.testing.assert_close(plain(**encoded).logits, wanted)
        torch.testing.assert_close(packed(**encoded).logits, wanted)
