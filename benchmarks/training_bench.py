"""Training held against its rivals and against itself: `python -m benchmarks.gate --only training`.

In: a number of rounds. Out: figures. A step at the shape of NB-BERT-base beside the original's recipe and a loop as
run_mlm's, in turn, each a process of its own on one thread; the loader; and the loss of 50 steps of the published
recipe beside those of a plain padded loop in transformers.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import transformers

from benchmarks.figures import Figure, at_least, at_most
from benchmarks.rivals import ROOT
from benchmarks.served import say
from benchmarks.training_loader import random_tokens, sentences_per_second
from training.bases.finding import find_base
from training.bases.loading import MaskedModel, load_masked_model
from training.config import TrainingConfig, read_config
from training.feeding.batches import ID_BITS, IS_FIXED
from training.feeding.masking import MaskedSentences
from training.feeding.order import everything
from training.feeding.tokens import TokenFile
from training.loop.optimizer import learning_rate_share, make_optimizer
from training.loop.processes import Group
from training.loop.steps import Course
from training.loop.updating import Updater

NUM_STEPS, NUM_COMPARED = 4, 50  # steps of a recipe in one round, of which the fastest counts; steps of two loops
VOCABULARY, NUM_SENTENCES = 1000, 4000
CPU = torch.device("cpu")


def training_figures(folder: Path, num_rounds: int) -> Iterator[Figure]:
    yield from step_figures(num_rounds)
    for batch in (64, 256, 1024):
        yield at_least(f"loader, one core, batches of {batch}: sentences/s", 500_000, sentences_per_second(batch))
    yield at_most("published beside a plain padded loop, 50 steps, no dropout: largest relative difference of the loss",
                  1e-4, largest_difference(folder))  # fmt: skip


def step_figures(num_rounds: int) -> Iterator[Figure]:
    seconds: dict[str, list[float]] = {"ours": [], "ours-bfloat16": [], "original": [], "run_mlm": []}
    for number in range(num_rounds):
        for recipe, taken in seconds.items():
            taken.append(min(step_seconds(recipe)))
            say(f"round {number + 1} of {num_rounds}: {recipe}: {taken[-1]:.2f} s a step")
    for recipe, target in (("original", 9), ("run_mlm", 3)):
        ratios = [rival / ours for rival, ours in zip(seconds[recipe], seconds["ours"], strict=True)]
        told = f"step of NB-BERT's shape on a CPU, {recipe} / ours: median of {num_rounds} rounds"
        yield at_least(told, target, statistics.median(ratios))
    ratio = statistics.median(seconds["original"]) / statistics.median(seconds["ours-bfloat16"])
    yield at_least("the same with precision=bfloat16, original / ours", 9, ratio)


def step_seconds(recipe: str) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.training_step", recipe, str(NUM_STEPS)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return [float(line) for line in done.stdout.split()][1:]  # the first makes the moments


def largest_difference(folder: Path) -> float:
    """Over 50 steps with one order and one set of masks, of a small BERT without dropout."""
    torch.set_num_threads(1)
    base = folder / "base"
    config = transformers.BertConfig(
        vocab_size=VOCABULARY, hidden_size=128, num_hidden_layers=4, num_attention_heads=4, intermediate_size=512,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    torch.manual_seed(1)
    transformers.BertForMaskedLM(config).save_pretrained(base)
    vocabulary = {name: number for number, name in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])}
    vocabulary |= {f"w{number}": number for number in range(5, VOCABULARY)}
    transformers.BertTokenizer(vocab=vocabulary, do_lower_case=False).save_pretrained(base)
    trainee = load_masked_model(find_base(str(base)), CPU)
    course = Course(
        tokens=learnable_tokens(), mixture=everything(NUM_SENTENCES),
        config=read_config("published", [f"max_steps={NUM_COMPARED}"]),
    )  # fmt: skip
    plain = transformers.AutoModelForMaskedLM.from_pretrained(str(base), attn_implementation="sdpa").train()
    ours, theirs = our_losses(trainee, course), plain_losses(plain, trainee, course)
    say(f"losses of ours from {ours[0]:.5f} to {ours[-1]:.5f}, of the padded loop to {theirs[-1]:.5f}")
    return max(abs(one - other) / other for one, other in zip(ours, theirs, strict=True))


def our_losses(trainee: MaskedModel, course: Course) -> list[float]:
    trainee.model.train()
    updater = Updater(
        trainee, make_optimizer(trainee.model, course.config.optimizer),
        seed=1, precision="float32", max_grad_norm=None,
        physical_batch_tokens=None, group=Group(),
    )  # fmt: skip
    losses, order = [], course.order()
    for step in range(NUM_COMPARED):
        set_rate(updater.optimizer, course.config, step)
        masked = course.masked(trainee.vocabulary, order.sentences_of(step), step)
        losses.append(float(updater.update(masked, step=step).loss))
    return losses


def plain_losses(plain: transformers.PreTrainedModel, trainee: MaskedModel, course: Course) -> list[float]:
    """Rows padded, -100 where nothing is asked, the whole head, the mean that transformers calculates."""
    optimizer = make_optimizer(plain, course.config.optimizer)
    losses, order = [], course.order()
    for step in range(NUM_COMPARED):
        set_rate(optimizer, course.config, step)
        inputs, labels, mask = padded(course.masked(trainee.vocabulary, order.sentences_of(step), step))
        logits = plain(input_ids=inputs, attention_mask=mask).logits
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def set_rate(optimizer: torch.optim.Optimizer, config: TrainingConfig, step: int) -> None:
    for group in optimizer.param_groups:
        group["lr"] = config.optimizer.learning_rate * learning_rate_share(step, NUM_COMPARED, config.schedule)


def padded(masked: MaskedSentences) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    asked = np.full(len(masked.inputs), -100)
    asked[masked.places] = masked.answers
    cut = np.cumsum(masked.lengths)[:-1]

    def table(values: np.ndarray, filler: int) -> torch.Tensor:
        rows = [torch.from_numpy(row) for row in np.split(values, cut)]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=filler)

    return table(masked.inputs, 0), table(asked, -100), table(np.ones(len(masked.inputs), np.int64), 0)


def learnable_tokens() -> TokenFile:
    """Sentences of like lengths as a corpus's, in which a word tells much of the next."""
    whole = random_tokens()
    end = int(whole.offsets[NUM_SENTENCES])
    words = whole.tokens[:end]
    is_fixed = (words & IS_FIXED) != 0
    ids = np.where(is_fixed, words & ID_BITS, 5 + (np.arange(end) * 7) % (VOCABULARY - 5)).astype(np.uint32)
    marked = ids | np.where(is_fixed, IS_FIXED, 0).astype(np.uint32)
    return replace(whole, tokens=marked, offsets=whole.offsets[: NUM_SENTENCES + 1])
