"""Training at the shape of NB-BERT-base on a GPU: `python -m benchmarks.training_gpu > FILE`.

In: nothing but a GPU; random weights, sentences of lengths as a municipal corpus has them. Out: a table: for each batch
and way of attention tokens a second, MFU, seconds a step and peak memory, beside the original's recipe (padded to 64,
the whole head, float32) in the same run; and how long 2.67 million sentences would take ten times. `--tiny` runs the
same on any machine with a small model, to see that it works.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
import transformers

from benchmarks.training_loader import VOCABULARY, random_tokens
from training.bases.finding import Base
from training.bases.loading import MaskedModel
from training.config import OptimizerConfig, TrainingConfig
from training.devices import choose_device, peak_gib, precision_on
from training.feeding.masking import vocabulary_of
from training.feeding.order import everything
from training.loop.optimizer import make_optimizer
from training.loop.processes import Group
from training.loop.steps import Course
from training.loop.updating import Updater
from training.packed.reading import Reader
from training.telling.throughput import peak_flops, work_of

CORPUS_SENTENCES, EPOCHS, MAX_LENGTH = 2_672_566, 10, 64
WARM_UP = 20
TINY = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128}
Row = tuple[str, ...]


def main() -> None:
    arguments = _arguments().parse_args()
    for row in rows(arguments):
        sys.stdout.write("| " + " | ".join(row) + " |\n")
        sys.stdout.flush()


def rows(arguments: argparse.Namespace) -> Iterator[Row]:
    device = choose_device("auto")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    yield (f"{name}, torch {torch.__version__}", "batch", "tokens/s", "MFU", "s/step", "GiB", "hours for ts1's corpus")
    yield ("---",) * 7
    shape = TINY if arguments.tiny else {}
    original = padded_tokens_per_s(shape, device, arguments.rival_steps)
    yield ("original's recipe", "64", f"{original:,.0f}", "-", "-", str(peak_gib(device)), hours(original))
    for is_compiled in (False, True):
        for batch in (64, 256, 1024):
            yield packed_row(shape, device, batch, is_compiled, arguments.steps, original)


def packed_row(
    shape: dict[str, int], device: torch.device, batch: int, is_compiled: bool, num_steps: int, original: float
) -> Row:  # fmt: skip
    forget_peak(device)
    precision = precision_on(device, "auto")
    bert = model(shape, "packed").to(device).train()
    reader = Reader(bert, pad_id=0, device=device)
    if is_compiled:
        reader.compile()
    base = Base(name="random", folder=Path(), on_hub=False, revision=None, model_type="bert", licence="",
                weights_sha256="")  # fmt: skip
    vocabulary = vocabulary_of(size=VOCABULARY, special_ids=[0, 1, 2, 3, 4], mask_id=4, pad_id=0)
    trainee = MaskedModel(
        base=base, model=bert, tokenizer=None, reader=reader, device=device, max_length=512, vocabulary=vocabulary
    )
    updater = Updater(
        trainee, make_optimizer(bert, OptimizerConfig()), seed=1, precision=precision, max_grad_norm=None,
        physical_batch_tokens=None, group=Group(),
    )  # fmt: skip
    tokens = random_tokens()
    course = Course(
        tokens=tokens, mixture=everything(tokens.num_sentences), config=TrainingConfig(train_batch_sentences=batch)
    )
    order, work = course.order(), work_of(bert.config)
    num_tokens = flops = 0
    started = 0.0
    for step in range(WARM_UP + num_steps):
        if step == WARM_UP:
            started = now(device)
            num_tokens = flops = 0
        masked = course.masked(vocabulary, order.sentences_of(step), step)
        updater.update(masked, step=step)
        num_tokens += len(masked.inputs)
        flops += work.training(masked.lengths, len(masked.places)) if work else 0
    seconds = now(device) - started
    mfu = flops / seconds / peak_flops(device, precision).flops_per_s
    rate = num_tokens / seconds
    return (
        f"{precision}{', compiled' if is_compiled else ''}: {rate / original:.1f} times the original", str(batch),
        f"{rate:,.0f}", f"{mfu:.1%}", f"{seconds / num_steps:.4f}", str(peak_gib(device)), hours(rate),
    )  # fmt: skip


def padded_tokens_per_s(shape: dict[str, int], device: torch.device, num_steps: int) -> float:
    """Real tokens a second of the original's recipe: float32, 64 sentences padded to 64 tokens, the whole head."""
    forget_peak(device)
    bert = model(shape, "sdpa").to(device).train()
    optimizer = torch.optim.AdamW(bert.parameters(), lr=1e-4, weight_decay=0.01)
    tokens = random_tokens()
    lengths = np.diff(tokens.offsets).astype(np.int64)[:64]
    mask = torch.from_numpy((np.arange(MAX_LENGTH) < lengths[:, None]).astype(np.int64)).to(device)
    ids = torch.randint(5, VOCABULARY, (64, MAX_LENGTH), device=device)
    labels = torch.where((torch.rand(64, MAX_LENGTH, device=device) < 0.15) & (mask == 1), ids, -100)

    def step() -> None:
        bert(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return timed(step, device, num_steps) * int(lengths.sum())


def timed(step: Callable[[], None], device: torch.device, num_steps: int) -> float:
    """Steps a second."""
    for _ in range(3):
        step()
    started = now(device)
    for _ in range(num_steps):
        step()
    return num_steps / (now(device) - started)


def model(shape: dict[str, int], attention: str) -> transformers.BertForMaskedLM:
    torch.manual_seed(1)
    config = transformers.BertConfig(vocab_size=VOCABULARY, **shape)
    return transformers.BertForMaskedLM._from_config(config, attn_implementation=attention)


def now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def forget_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def hours(tokens_per_s: float) -> str:
    """For ten epochs of the published corpus at 20.8 tokens a sentence."""
    return f"{CORPUS_SENTENCES * EPOCHS * 20.8 / tokens_per_s / 3600:.2f}"


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--steps", type=int, default=2000, help="measured steps of each line")
    parser.add_argument("--rival-steps", type=int, default=50, help="measured steps of the original's recipe")
    parser.add_argument("--tiny", action="store_true", help="a small model, to see that it works")
    return parser


if __name__ == "__main__":
    main()
