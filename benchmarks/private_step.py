"""One recipe's steps at the shape of NB-BERT-base, in a process of its own: `python -m benchmarks.private_step NAME B`.

In: the name of a recipe and the number of sentences of 32 tokens, four of them hidden in each. Out: on standard output
the fastest of its steps in seconds, and the most memory that the process had, in bytes. All recipes but one calculate
products of matrices in the same way (training/packed/products.py), so that only what is calculated differs.

    ours          embeddings frozen, head at the hidden tokens, one way back
    ours-trainable    the same with trainable embeddings
    plain         not private: padded, the head at all tokens, all weights trainable
    plain-torch   the same with products of matrices as torch makes them by itself
    hooks         opacus as it is used most: each unit's gradient is made; embeddings frozen, whole head
    ghost         opacus's ghost clipping, two ways back; embeddings frozen, whole head
"""

import resource
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
import transformers
from opacus.grad_sample import GradSampleModule, GradSampleModuleFastGradientClipping
from opacus.optimizers import DPOptimizer, DPOptimizerFastGradientClipping
from opacus.utils.fast_gradient_clipping_utils import DPLossFastGradientClipping

from foundation.memory import keep_memory
from training.config import OptimizerConfig
from training.devices import calculating_on
from training.loop.optimizer import make_optimizer
from training.packed.attention import NAME as PACKED
from training.packed.rows import MaskedUnits, RowReader
from training.private.clipping import UnitGradients
from training.private.noise import NoisyOptimizer
from training.private.plan import Plan
from training.private.randomness import Secret
from training.private.updating import hold_still

VOCABULARY, LENGTH, HIDDEN, NUM_STEPS = 119_547, 32, 4, 4
CPU = torch.device("cpu")
Step = Callable[[], Any]


def bert(attention: str) -> Any:
    config = transformers.BertConfig(
        vocab_size=VOCABULARY, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )  # fmt: skip
    torch.manual_seed(0)
    return transformers.AutoModelForMaskedLM.from_config(config, attn_implementation=attention).train()


def sentences(number: int) -> MaskedUnits:
    draw = np.random.default_rng(0)
    ids = draw.integers(5, VOCABULARY, number * LENGTH)
    asked = [np.sort(draw.choice(np.arange(1, LENGTH - 1), HIDDEN, replace=False)) for _ in range(number)]
    places = np.concatenate([first * LENGTH + each for first, each in enumerate(asked)])
    return MaskedUnits(
        inputs=ids, lengths=np.full(number, LENGTH), places=places, answers=ids[places], unit=np.arange(number)
    )


def ours(masked: MaskedUnits, embeddings: str) -> Step:
    model = bert(PACKED)
    hold_still(model, embeddings=embeddings)
    reader = RowReader(model, pad_id=0, device=CPU)
    plan = Plan(
        unit="sentence", num_units=10**6, lot=masked.num_units, num_steps=10, noise_multiplier=0.5, clip_norm=1.0,
        delta=1e-6, sentences_per_unit=1, embeddings=embeddings, epsilon=None,
    )  # fmt: skip
    optimizer = NoisyOptimizer(make_optimizer(model, OptimizerConfig(learning_rate=1e-5)), plan, Secret.new())
    gradients = UnitGradients(model, clip_norm=1.0)
    sums = {each: torch.zeros_like(each) for each in optimizer.params}

    def step() -> None:
        for each in sums.values():
            each.zero_()
        batch = reader.batch(masked)
        with calculating_on(CPU, "float32", learns_weights=False):
            losses = reader.losses(batch)
        gradients.add_clipped(losses, batch.unit_of_answer, sums)
        optimizer.step_with(sums, 0)
        optimizer.zero_grad()

    return step


def padded(masked: MaskedUnits) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    labels = torch.full((len(masked.inputs),), -100)
    labels[masked.places] = torch.from_numpy(masked.answers)
    ids = torch.from_numpy(masked.inputs).view(-1, LENGTH)
    positions = torch.arange(LENGTH).expand(ids.shape).contiguous()
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "position_ids": positions}, labels


def plain(masked: MaskedUnits, products: Callable[..., AbstractContextManager[None]] = calculating_on) -> Step:
    model, (inputs, labels) = bert("sdpa"), padded(masked)
    optimizer = make_optimizer(model, OptimizerConfig(learning_rate=1e-5))

    def step() -> None:
        with products(CPU, "float32"):
            scores = model(**inputs).logits.flatten(0, 1)
        F.cross_entropy(scores, labels).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def of_opacus(masked: MaskedUnits, *, is_ghost: bool) -> Step:
    model, (inputs, labels) = bert("sdpa"), padded(masked)
    model.base_model.embeddings.requires_grad_(False)
    model.cls.predictions._parameters.pop("bias")  # else opacus fails: the head holds it twice
    optimizer = make_optimizer(model, OptimizerConfig(learning_rate=1e-5))
    settings = {"noise_multiplier": 0.5, "max_grad_norm": 1.0, "expected_batch_size": masked.num_units}
    if not is_ghost:
        made, noisy = GradSampleModule(model), DPOptimizer(optimizer, **settings)

        def step() -> None:
            with calculating_on(CPU, "float32"):
                scores = made(**inputs).logits
            each = F.cross_entropy(scores.flatten(0, 1), labels, reduction="none", ignore_index=-100)
            (each.view(-1, LENGTH).sum(dim=1) / HIDDEN).mean().backward()
            noisy.step()
            noisy.zero_grad()

        return step
    ghost = GradSampleModuleFastGradientClipping(model, max_grad_norm=1.0)
    behind = DPOptimizerFastGradientClipping(optimizer, **settings)
    loss_of = DPLossFastGradientClipping(ghost, behind, torch.nn.CrossEntropyLoss(ignore_index=-100))

    def ghost_step() -> None:
        with calculating_on(CPU, "float32"):
            scores = ghost(**inputs).logits
            loss_of(scores.flatten(0, 1), labels, shape=scores.shape).backward()
        behind.step()
        behind.zero_grad()

    return ghost_step


RECIPES: dict[str, Callable[[MaskedUnits], Step]] = {
    "ours": lambda masked: ours(masked, "frozen"),
    "ours-trainable": lambda masked: ours(masked, "trainable"),
    "plain": plain,
    "plain-torch": lambda masked: plain(masked, lambda *_: nullcontext()),
    "hooks": lambda masked: of_opacus(masked, is_ghost=False),
    "ghost": lambda masked: of_opacus(masked, is_ghost=True),
}


def main() -> None:
    name, number = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(1)
    keep_memory()
    step = RECIPES[name](sentences(number))
    seconds = []
    for _ in range(NUM_STEPS):
        started = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(f"{min(seconds[1:])} {peak}\n")  # the first makes the moments


if __name__ == "__main__":
    main()
