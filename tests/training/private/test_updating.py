"""A private update: clipped, noisy, the same however it is divided, and refused where it would not be private."""

import copy
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from opacus.grad_sample import GradSampleModule
from safetensors.torch import load_file
from scipy import stats
from torch import nn

from foundation.errors import BrokenRunError, ConfigError
from training.bases.finding import find_base
from training.bases.loading import load_masked_model
from training.config import TrainingConfig
from training.feeding.order import everything
from training.feeding.tokens import prepare_tokens
from training.loop.processes import Group
from training.packed.rows import MaskedUnits, RowReader
from training.private.beginning import private_updater
from training.private.checks import check_clipping
from training.private.clipping import UnitGradients
from training.private.lots import PrivateCourse
from training.private.plan import Plan
from training.private.randomness import Secret
from training.private.units import Units
from training.private.updating import PrivateUpdater

CPU = torch.device("cpu")
PLAN = Plan(
    unit="sentence", num_units=400, lot=40, num_steps=4, noise_multiplier=1.0, clip_norm=0.5, delta=1e-3,
    sentences_per_unit=4, embeddings="frozen", epsilon=None,
)  # fmt: skip
Make = Callable[..., tuple[PrivateUpdater, PrivateCourse]]


@pytest.fixture
def make(bases: dict[str, Path], corpus: Path, tmp_path: Path) -> Make:
    """An updater and its course; each time a new model with the same weights."""

    def made(family: str = "bert", limit: int | None = None, **changes: Any) -> tuple[PrivateUpdater, PrivateCourse]:
        trainee = load_masked_model(find_base(str(bases[family])), CPU)
        tokens = prepare_tokens(corpus, "train", trainee.tokenizer, max_length=24, cache=tmp_path)
        plan = replace(PLAN, **changes)
        names = tokens.sentence_ids if plan.unit == "sentence" else tokens.sentence_ids % np.uint64(80)
        keys, of_sentence = np.unique(names, return_inverse=True)
        config = TrainingConfig.model_validate({
            "privacy": {"noise_multiplier": plan.noise_multiplier or 1}, "physical_batch_tokens": limit,
            "optimizer": {"learning_rate": 1e-3},
        })  # fmt: skip
        course = PrivateCourse(
            tokens=tokens, mixture=everything(tokens.num_sentences), config=config,
            units=Units(of_sentence=of_sentence, keys=keys), plan=plan, secret=Secret(b"s" * 32),
        )  # fmt: skip
        return private_updater(trainee, course, Group()), course

    return made


def lot(updater: PrivateUpdater, course: PrivateCourse, step: int) -> MaskedUnits:
    return course.masked(updater.trainee.vocabulary, course.order().sentences_of(step), step)


def weights_after(updater: PrivateUpdater, course: PrivateCourse, steps: int = 2) -> dict[str, torch.Tensor]:
    updater.trainee.model.train()
    for step in range(steps):
        updater.update(lot(updater, course, step), step)
    return {name: each.detach().clone() for name, each in updater.trainee.model.named_parameters()}


def assert_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert max(float((one[name] - other[name]).abs().max()) for name in one) <= 1e-6


@pytest.mark.parametrize("family", ["bert", "distilbert", "xlm-roberta"])
@pytest.mark.parametrize("unit", ["sentence", "document"])
def test_pieces_give_the_update_of_the_whole_lot(make: Make, family: str, unit: str) -> None:
    whole, pieces = make(family, 10**6, unit=unit), make(family, 60, unit=unit)
    assert len(whole[0].pieces_of(lot(*whole, 0))) == 1
    assert len(pieces[0].pieces_of(lot(*pieces, 0))) > 3
    assert_same(weights_after(*whole), weights_after(*pieces))


@pytest.mark.parametrize("embeddings", ["frozen", "trainable"])
def test_frozen_embeddings_stay_and_the_rest_moves(make: Make, embeddings: str) -> None:
    updater, course = make(embeddings=embeddings)
    before = {name: each.detach().clone() for name, each in updater.trainee.model.named_parameters()}
    after = weights_after(updater, course)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    resting = before.keys() - moved
    assert resting == ({name for name in before if ".embeddings." in name} if embeddings == "frozen" else set())


def test_the_noise_is_what_was_promised(make: Make) -> None:
    """Noisy gradient times average lot, less the sum of the clipped gradients, is noise of noise_multiplier x C."""
    updater, course = make(noise_multiplier=0.8)
    updater.trainee.model.train()
    masked, drawn = lot(updater, course, 0), []
    clean = summed(updater, masked)
    step = updater._noisy.original_optimizer.step

    def watched(*arguments: Any, **named: Any) -> Any:
        drawn.append(torch.cat([each.grad.flatten() * 40 for each in updater.sums]) - clean)
        return step(*arguments, **named)

    updater._noisy.original_optimizer.step = watched
    updater.update(masked, 0)
    assert stats.kstest(drawn[0].numpy() / (0.8 * 0.5), "norm").pvalue > 1e-4


def test_an_empty_lot_is_noise_alone(make: Make) -> None:
    updater, course = make()
    updater.trainee.model.train()
    update = updater.update(course.masked(updater.trainee.vocabulary, np.empty(0, np.int64), 0), 0)
    numbers = sum(each.numel() for each in updater.sums)
    assert float(update.grad_norm) == pytest.approx(0.5 * np.sqrt(numbers) / 40, rel=0.05)


@pytest.mark.parametrize("unit", ["sentence", "document"])
@pytest.mark.parametrize("clip_norm", [0.05, 0.5, 5.0])
def test_a_sum_is_bounded_and_a_unit_changes_it_by_no_more_than_the_clipping_norm(
    make: Make, unit: str, clip_norm: float
) -> None:
    updater, course = make(unit=unit, clip_norm=clip_norm, embeddings="trainable")
    updater.trainee.model.train()
    masked = lot(updater, course, 0)
    whole = summed(updater, masked)
    assert float(whole.norm()) <= masked.num_units * clip_norm * (1 + 1e-5)
    for gone in range(0, masked.num_units, max(1, masked.num_units // 5)):
        rest = summed(updater, masked.take_units(np.delete(np.arange(masked.num_units), gone)))
        assert float((whole - rest).norm()) <= clip_norm * (1 + 1e-5)


def summed(updater: PrivateUpdater, masked: MaskedUnits) -> torch.Tensor:
    updater._attempt(masked)
    return torch.cat([each.flatten().clone() for each in updater.sums.values()])


def original_recipe(model: Any, masked: MaskedUnits, clip_norm: float) -> torch.Tensor:
    """opacus as the research model used it: the loss is transformers' own, a mean over the whole batch."""
    model = copy.deepcopy(model).train()
    model.cls.predictions._parameters.pop("bias")
    listening = GradSampleModule(model)
    labels = np.full(len(masked.inputs), -100)
    labels[masked.places] = masked.answers
    cut = np.cumsum(masked.lengths)[:-1]
    pad = nn.utils.rnn.pad_sequence
    ids, marks, asked = (
        pad([torch.from_numpy(row) for row in np.split(values, cut)], batch_first=True, padding_value=filler)
        for values, filler in ((masked.inputs, 0), (np.ones(len(labels), np.int64), 0), (labels, -100))
    )
    positions = torch.arange(ids.shape[1]).expand(ids.shape).contiguous()
    scores = listening(input_ids=ids, attention_mask=marks, position_ids=positions).logits
    F.cross_entropy(scores.flatten(0, 1), asked.flatten(), ignore_index=-100).backward()
    samples = [each.grad_sample for each in model.parameters()]
    lengths = torch.sqrt(sum(each.flatten(1).square().sum(1) for each in samples))
    shares = (clip_norm / (lengths + 1e-6)).clamp(max=1)
    return torch.cat([torch.einsum("b,b...->...", shares, each).flatten() for each in samples])


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
def test_the_original_recipe_lets_one_sentence_move_more_than_the_clipping_norm(make: Make, bases: Any) -> None:
    """One long sentence with much to guess sets the scale of all others: what was promised does not hold."""
    draw = np.random.default_rng(0)
    ids = np.concatenate([draw.integers(5, 100, 20), np.tile(draw.integers(5, 100, 4), 8)])
    asked = np.array([*range(1, 19), *range(21, 52, 4)])
    masked = MaskedUnits(
        inputs=ids, lengths=np.array([20] + [4] * 8), places=asked, answers=ids[asked], unit=np.arange(9)
    )
    rest = masked.take_units(np.arange(1, 9))
    updater, _ = make(embeddings="trainable")
    updater.trainee.model.train()
    batch = updater.reader.batch(rest)
    norms = updater.gradients.add_clipped(updater.reader.losses(batch), batch.unit_of_answer, updater.sums)
    clip_norm = 1.05 * float(norms.max())  # as short as each of the short ones is anyway
    plain = load_masked_model(find_base(str(bases["bert"])), CPU).model
    plain.set_attn_implementation("eager")
    for layer in plain.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    theirs = original_recipe(plain, masked, clip_norm) - original_recipe(plain, rest, clip_norm)
    assert float(theirs.norm()) > 2 * clip_norm
    updater.gradients.max_grad_norm = clip_norm
    ours = summed(updater, masked) - summed(updater, rest)
    assert float(ours.norm()) <= clip_norm * (1 + 1e-5)


def test_too_little_memory_changes_nothing_else(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    plenty, short = make(limit=10**6), make(limit=10**6)
    usual, tried = short[0].reader.losses, []

    def losses(batch: Any) -> torch.Tensor:
        tried.append(batch.inputs.numel())
        found = usual(batch)
        if batch.inputs.numel() > 100:  # in the middle of an attempt
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return found

    monkeypatch.setattr(short[0].reader, "losses", losses)
    assert_same(weights_after(*plenty), weights_after(*short))
    assert tried[0] > 100 and short[0].forced_batch_tokens is not None


def no_clipping(self: UnitGradients) -> torch.Tensor:
    return torch.full_like(self.get_norm_sample(), 1.0)


def test_clipping_that_fails_stops_the_run_before_the_weights_move(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    updater, course = make(clip_norm=0.01)
    before = {name: each.detach().clone() for name, each in updater.trainee.model.named_parameters()}
    monkeypatch.setattr(UnitGradients, "get_clipping_coef", no_clipping)
    updater.trainee.model.train()
    with pytest.raises(BrokenRunError, match="clipping failed, and the weights were left as they are"):
        updater.update(lot(updater, course, 0), 0)
    assert_same(before, {name: each.detach() for name, each in updater.trainee.model.named_parameters()})


def test_clipping_that_fails_is_found_before_the_first_step(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UnitGradients, "get_clipping_coef", no_clipping)
    with pytest.raises(ConfigError, match="clipping does not do here what it should"):
        make(clip_norm=0.01)


def test_a_layer_that_one_unit_shares_with_another_is_found(make: Make) -> None:
    """As batch normalisation does: what leaves a layer depends on all units of the batch."""
    updater, course = make()
    mixing = updater.trainee.model.base_model.encoder.layer[0].register_forward_hook(
        lambda _layer, _inputs, output: output + output.mean(dim=0, keepdim=True)
    )
    with pytest.raises(ConfigError, match="clipping does not do here what it should"):
        check_clipping(updater, lot(updater, course, 0), "float32")
    mixing.remove()


def test_a_layer_that_looks_at_padding_is_found(make: Make) -> None:
    """What leaves a layer depends on the longest unit of the batch; units alike would not tell."""
    updater, course = make(unit="document")
    course = replace(course, units=replace(course.units, of_sentence=np.sort(course.units.of_sentence)))
    mixing = updater.trainee.model.base_model.encoder.layer[0].register_forward_hook(
        lambda _layer, _inputs, output: output + output.mean(dim=1, keepdim=True)
    )
    few = course.order().drawn_of(course.units.unlike(course.tokens), 0)
    with pytest.raises(ConfigError, match="clipping does not do here what it should"):
        check_clipping(updater, course.masked(updater.trainee.vocabulary, few, 0), "float32")
    mixing.remove()


def test_a_single_unit_hides_nobody(make: Make) -> None:
    updater, course = make()
    masked = course.masked(updater.trainee.vocabulary, course.order().drawn_of(np.array([0]), 0), 0)
    with pytest.raises(ConfigError, match="there is only one unit"):
        check_clipping(updater, masked, "float32")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_gradient_that_is_no_number_stops_the_run_before_the_weights_move(
    make: Make, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    updater, course = make()
    before = {name: each.detach().clone() for name, each in updater.trainee.model.named_parameters()}
    usual = updater.gradients.add_clipped

    def broken(losses: torch.Tensor, unit_of_answer: torch.Tensor, sums: dict[Any, torch.Tensor]) -> torch.Tensor:
        lengths = usual(losses, unit_of_answer, sums)
        next(iter(sums.values())).view(-1)[0] = value
        return lengths

    monkeypatch.setattr(updater.gradients, "add_clipped", broken)
    updater.trainee.model.train()
    with pytest.raises(BrokenRunError, match="a gradient of this step is not a number, and the weights were left"):
        updater.update(lot(updater, course, 0), 0)
    assert_same(before, {name: each.detach() for name, each in updater.trainee.model.named_parameters()})


def test_an_unknown_layer_is_refused(bases: dict[str, Path]) -> None:
    model = load_masked_model(find_base(str(bases["bert"])), CPU).model
    model.base_model.extra = nn.Conv1d(4, 4, 1)
    with pytest.raises(ConfigError, match=r"weight bert\.extra\.weight belongs to a layer Conv1d"):
        UnitGradients(model, clip_norm=1.0)


def test_a_weight_of_no_layer_is_refused(bases: dict[str, Path]) -> None:
    model = load_masked_model(find_base(str(bases["bert"])), CPU).model
    model.base_model.scale = nn.Parameter(torch.ones(3))
    with pytest.raises(ConfigError, match=r"weight bert\.scale belongs to a layer BertModel"):
        UnitGradients(model, clip_norm=1.0)


def test_a_layer_used_twice_is_refused(make: Make) -> None:
    updater, course = make()
    layers = updater.trainee.model.base_model.encoder.layer
    layers.append(layers[0])
    updater.trainee.model.train()
    with pytest.raises(BrokenRunError, match="something would not be clipped"):
        updater.update(lot(updater, course, 0), 0)


def test_an_untested_family_is_refused(bases: dict[str, Path]) -> None:
    model = load_masked_model(find_base(str(bases["bert"])), CPU).model
    model.config.model_type = "roformer"
    with pytest.raises(ConfigError, match="model type roformer: nobody has tested"):
        RowReader(model, pad_id=0, device=CPU)


def test_the_usual_way_back_leaves_no_gradient_that_could_be_used(make: Make) -> None:
    """Who calls backward() on a loss by mistake moves nothing: the optimizer reads clipped sums alone."""
    updater, course = make()
    updater.trainee.model.train()
    updater.clear()
    batch = updater.reader.batch(lot(updater, course, 0))
    updater.gradients.disable_hooks()
    updater.reader.losses(batch).sum().backward()
    updater.gradients.enable_hooks()
    updater.gradients.forget()
    assert all(not each.any() for each in updater.sums.values())
    undisturbed = make()
    assert_same(weights_after(*undisturbed, steps=1), weights_after(updater, course, steps=1))


PROCESS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import torch
from safetensors.torch import save_file
torch.set_num_threads(1)
from training.bases.finding import find_base
from training.bases.loading import load_masked_model
from training.config import TrainingConfig
from training.feeding.order import everything
from training.feeding.tokens import prepare_tokens
from training.loop.processes import connected, group_of_environment
from training.private.beginning import private_updater
from training.private.lots import PrivateCourse
from training.private.plan import plan_from
from training.private.randomness import Secret
from training.private.units import units_of
import json
cpu, group = torch.device("cpu"), group_of_environment()
with connected(group, cpu):
    trainee = load_masked_model(find_base(sys.argv[2]), cpu)
    tokens = prepare_tokens(Path(sys.argv[3]), "train", trainee.tokenizer, max_length=24, cache=Path(sys.argv[4]))
    config = TrainingConfig.model_validate({
        "privacy": {"noise_multiplier": 1}, "physical_batch_tokens": 60, "optimizer": {"learning_rate": 1e-3}})
    course = PrivateCourse(
        tokens=tokens, mixture=everything(tokens.num_sentences), config=config,
        units=units_of(tokens, config.privacy, corpus_folder=Path(sys.argv[3])),
        plan=plan_from(json.loads(sys.argv[5])), secret=Secret(b"s" * 32))
    updater = private_updater(trainee, course, group)
    trainee.model.train()
    for step in range(2):
        indexes = course.order().sentences_of(step)
        updater.update(course.masked(trainee.vocabulary, indexes, step), step)
    weights = {name: value.detach().contiguous() for name, value in trainee.model.named_parameters()}
    save_file(weights, f"{sys.argv[6]}/{group.rank}.safetensors")
"""


@pytest.mark.slow
def test_two_processes_make_the_update_of_one(
    make: Make, bases: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:  # fmt: skip
    expected = weights_after(*make(limit=60))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    top = str(Path(__file__).parents[3])
    plan = json.dumps(asdict(PLAN))
    arguments = [top, str(bases["bert"]), str(corpus), str(tmp_path), plan, str(tmp_path)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, *arguments],
            env=os.environ | {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1",
                              "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)},
        )
        for rank in range(2)
    ]  # fmt: skip
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    first, second = (load_file(tmp_path / f"{rank}.safetensors") for rank in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert_same(expected, first)
