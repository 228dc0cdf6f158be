"""One update is the same however its batch is divided: into pieces, among processes, after memory was short."""

import json
import logging
import os
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import transformers
from safetensors.torch import load_file

from foundation.errors import BrokenRunError
from training.bases.finding import find_base
from training.bases.loading import MaskedModel, load_masked_model
from training.config import OptimizerConfig
from training.feeding.batches import gather
from training.feeding.draws import Purpose, generator_for
from training.feeding.masking import MaskedSentences, mask_tokens
from training.feeding.tokens import TokenFile, prepare_tokens
from training.loop.optimizer import make_optimizer
from training.loop.processes import Group
from training.loop.updating import Updater, is_out_of_memory

CPU = torch.device("cpu")


def still(folder: Path, target: Path) -> Path:
    """The same base without dropout."""
    target.mkdir()
    for path in folder.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    config = json.loads((target / "config.json").read_text())
    dropouts = {name: 0.0 for name in config if "dropout" in name and isinstance(config[name], float)}
    (target / "config.json").write_text(json.dumps(config | dropouts))
    return target


@pytest.fixture(params=["bert", "distilbert", "xlm-roberta"])
def base(request: pytest.FixtureRequest, bases: dict[str, Path], tmp_path: Path) -> Path:
    return still(bases[request.param], tmp_path / "base")


@pytest.fixture
def bert(bases: dict[str, Path], tmp_path: Path) -> Path:
    return still(bases["bert"], tmp_path / "bert")


def updater_of(base: Path, limit: int | None = None) -> Updater:
    trainee = load_masked_model(find_base(str(base)), CPU)
    trainee.model.train()
    optimizer = make_optimizer(trainee.model, OptimizerConfig(learning_rate=1e-4))
    return Updater(
        trainee, optimizer, seed=1, precision="float32", max_grad_norm=1.0, physical_batch_tokens=limit, group=Group()
    )


def batches(corpus: Path, trainee: MaskedModel, cache: Path, number: int = 2) -> list[MaskedSentences]:
    tokens: TokenFile = prepare_tokens(corpus, "train", trainee.tokenizer, max_length=24, cache=cache)
    return [
        mask_tokens(
            gather(tokens.tokens, tokens.offsets, np.arange(step * 16, step * 16 + 16)), trainee.vocabulary,
            generator_for(1, Purpose.MASK, step), 0.15,
        )
        for step in range(number)
    ]  # fmt: skip


def weights_after(updater: Updater, masked: list[MaskedSentences]) -> dict[str, torch.Tensor]:
    for step, each in enumerate(masked):
        updater.update(each, step=step)
    return {name: value.detach().clone() for name, value in updater.trainee.model.named_parameters()}


def assert_same(expected: dict[str, torch.Tensor], got: dict[str, torch.Tensor]) -> None:
    assert expected.keys() == got.keys()
    for name, value in expected.items():
        assert (value - got[name]).abs().max() <= 1e-6, name


def test_an_update_is_that_of_the_padded_model(base: Path, corpus: Path, tmp_path: Path) -> None:
    """Against transformers alone: rows padded, mean over the hidden tokens, torch's own AdamW and clipping."""
    ours = updater_of(base)
    masked = batches(corpus, ours.trainee, tmp_path)
    got = weights_after(ours, masked)
    plain = transformers.AutoModelForMaskedLM.from_pretrained(str(base), attn_implementation="eager").train()
    optimizer = make_optimizer(plain, OptimizerConfig(learning_rate=1e-4))
    for each in masked:
        rows = np.split(np.arange(len(each.inputs)), np.cumsum(each.lengths)[:-1])
        longest = int(each.lengths.max())
        inputs = torch.full((len(rows), longest), ours.trainee.vocabulary.pad_id)
        labels, mask = torch.full(inputs.shape, -100), torch.zeros(inputs.shape, dtype=torch.long)
        answers = dict(zip(each.places.tolist(), each.answers.tolist(), strict=True))
        for row, places in enumerate(rows):
            for column, place in enumerate(places.tolist()):
                inputs[row, column], mask[row, column] = int(each.inputs[place]), 1
                labels[row, column] = answers.get(place, -100)
        logits = plain(input_ids=inputs, attention_mask=mask).logits
        F.cross_entropy(logits.flatten(0, 1), labels.flatten()).backward()
        torch.nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    assert_same(dict(plain.named_parameters()), got)


@pytest.mark.parametrize("limit", [16, 60, 120])
def test_pieces_add_up_to_the_whole_batch(base: Path, limit: int, corpus: Path, tmp_path: Path) -> None:
    whole, cut = updater_of(base), updater_of(base, limit)
    masked = batches(corpus, whole.trainee, tmp_path)
    assert masked[0].lengths.sum() > limit
    assert_same(weights_after(whole, masked), weights_after(cut, masked))


def test_four_pieces_of_equal_sentences_are_one_batch(bert: Path, corpus: Path, tmp_path: Path) -> None:
    one, four = updater_of(bert), updater_of(bert)
    masked = batches(corpus, one.trainee, tmp_path, number=1)
    four.physical_batch_tokens = int(np.ceil(masked[0].lengths.sum() / 4)) + 8
    assert len(four._parts(masked[0])) == 4
    assert_same(weights_after(one, masked), weights_after(four, masked))


PROCESS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import numpy as np, torch
from safetensors.torch import save_file
torch.set_num_threads(1)
from training.bases.finding import find_base
from training.bases.loading import load_masked_model
from training.config import OptimizerConfig
from training.feeding.masking import MaskedSentences
from training.loop.optimizer import make_optimizer
from training.loop.processes import connected, group_of_environment
from training.loop.updating import Updater
cpu, group = torch.device("cpu"), group_of_environment()
with connected(group, cpu):
    trainee = load_masked_model(find_base(sys.argv[2]), cpu)
    trainee.model.train()
    optimizer = make_optimizer(trainee.model, OptimizerConfig(learning_rate=1e-4))
    trainee.reader.model = group.wrapped(trainee.model, cpu)
    updater = Updater(trainee, optimizer, seed=1, precision="float32", max_grad_norm=1.0,
                      physical_batch_tokens=int(sys.argv[4]) or None, group=group)
    arrays = np.load(sys.argv[3])
    losses = []
    for step in range(int(arrays["number"])):
        names = ("inputs", "lengths", "places", "answers")
        masked = MaskedSentences(**{name: arrays[f"{name}{step}"] for name in names})
        losses.append(float(group.summed(updater.update(masked, step=step).loss)))
    if group.is_first:
        weights = {name: value.detach().contiguous() for name, value in trainee.model.named_parameters()}
        save_file(weights | {"losses": torch.tensor(losses)}, sys.argv[5])
"""


def in_two_processes(base: Path, masked: list[MaskedSentences], limit: int, folder: Path) -> dict[str, torch.Tensor]:
    names = ("inputs", "lengths", "places", "answers")
    arrays = {f"{name}{step}": getattr(each, name) for step, each in enumerate(masked) for name in names}
    np.savez(folder / "masked.npz", number=np.array(len(masked)), **arrays)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    top = str(Path(__file__).parents[3])
    arguments = [top, str(base), str(folder / "masked.npz"), str(limit), str(folder / "weights.safetensors")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, *arguments],
            env=os.environ | {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1",
                              "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)},
        )
        for rank in range(2)
    ]  # fmt: skip
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    return load_file(folder / "weights.safetensors")


@pytest.mark.slow
def test_two_processes_make_the_update_of_one(bert: Path, corpus: Path, tmp_path: Path) -> None:
    one = updater_of(bert)
    masked = batches(corpus, one.trainee, tmp_path)
    single = MaskedSentences(  # fewer sentences than processes
        inputs=masked[0].inputs[: masked[0].lengths[0]], lengths=masked[0].lengths[:1],
        places=masked[0].places[masked[0].places < masked[0].lengths[0]],
        answers=masked[0].answers[masked[0].places < masked[0].lengths[0]],
    )  # fmt: skip
    masked = [*masked, single]
    losses = [float(one.update(each, step=step).loss) for step, each in enumerate(masked)]
    got = in_two_processes(bert, masked, 40, tmp_path)  # two or more pieces in each
    assert got.pop("losses").tolist() == pytest.approx(losses, rel=1e-5)
    assert_same({name: value.detach() for name, value in one.trainee.model.named_parameters()}, got)


def short_of_memory(updater: Updater, fits: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From now on at most so many tokens fit, as on a small GPU."""
    usual, tried = updater.trainee.reader.forward, []

    def forward(batch: Any) -> torch.Tensor:
        tried.append(batch.num_tokens)
        if batch.num_tokens > fits:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return usual(batch)

    monkeypatch.setattr(updater.trainee.reader, "forward", forward)
    return tried


def test_too_little_memory_halves_the_pieces_and_changes_nothing_else(
    bert: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plenty, short = updater_of(bert), updater_of(bert)
    masked = batches(corpus, plenty.trainee, tmp_path)
    tried = short_of_memory(short, 60, monkeypatch)
    with caplog.at_level(logging.WARNING, "training"):
        got = weights_after(short, masked)
    assert_same(weights_after(plenty, masked), got)
    assert tried[0] > 60
    assert short.forced_batch_tokens is not None and 30 <= short.forced_batch_tokens <= 60
    assert "from now on" in caplog.text


def test_no_memory_for_one_sentence_is_said(
    bert: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = updater_of(bert)
    short_of_memory(short, 3, monkeypatch)
    with pytest.raises(BrokenRunError, match=r"too little memory for a single sentence of \d+ tokens \(CUDA out of"):
        short.update(batches(corpus, short.trainee, tmp_path, number=1)[0], step=0)


def test_memory_of_the_machine_is_recognised_too() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
    assert not is_out_of_memory(RuntimeError("shape mismatch"))


def test_compiled_steps_give_the_same_weights_from_one_program(
    bert: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Traced whole, for all lengths at once; the compiler behind it is torch's own matter, and takes a minute."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager", fullgraph=True))
    torch._dynamo.utils.counters.clear()
    plain, compiled = updater_of(bert), updater_of(bert)
    compiled.trainee.reader.compile()
    masked = batches(corpus, plain.trainee, tmp_path, number=3)
    assert_same(weights_after(plain, masked), weights_after(compiled, masked))
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1


def test_where_nothing_can_be_compiled_it_goes_on_without(
    bert: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_compiler(*_: Any) -> None:
        raise RuntimeError("no working C++ compiler")

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=no_compiler))
    plain, failing = updater_of(bert), updater_of(bert)
    failing.trainee.reader.compile()
    masked = batches(corpus, plain.trainee, tmp_path, number=2)
    assert_same(weights_after(plain, masked), weights_after(failing, masked))
    assert "torch.compile failed" in caplog.text


def test_an_attempt_that_breaks_off_on_its_way_back_leaves_nothing(
    bert: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plenty, short = updater_of(bert), updater_of(bert)
    masked = batches(corpus, plenty.trainee, tmp_path)
    usual, calls = torch.Tensor.index_add_, []

    def full(self: torch.Tensor, *arguments: Any) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return usual(self, *arguments)

    expected = weights_after(plenty, masked)
    monkeypatch.setattr(torch.Tensor, "index_add_", full)
    assert_same(expected, weights_after(short, masked))
    assert len(calls) > 2
