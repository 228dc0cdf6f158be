"""The training loop, in plain torch.

In: a model, its optimizer, a token file, the configuration and where to begin. Out: the trained model,
lines of metrics and calls to save. Order, masks and dropout depend on seed and step only, so a resumed run
does what an undisturbed one does: bit for bit on the CPU. Does not evaluate, write files or know corpora.

Not the HF Trainer: its gradients are wrong for these models under accumulation, and its resume is not exact.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from foundation.errors import BrokenRunError, ConfigError
from foundation.progress import progress
from training.config import OptimizerConfig, ScheduleConfig, TrainingConfig
from training.feeding.batches import IGNORED, BatchOrder, Tokens, gather, is_token, pad, steps_per_epoch
from training.feeding.draws import Purpose, generator_for, torch_seed
from training.feeding.masking import Vocabulary, mask_tokens
from training.feeding.tokens import TokenFile
from training.loop.interruption import interruption

log = logging.getLogger(__name__)
Batch = dict[str, torch.Tensor]


@dataclass(frozen=True, kw_only=True)
class Trainee:
    """What is trained, and what it is trained with and on."""

    model: Any
    tokenizer: Any
    vocabulary: Vocabulary
    optimizer: torch.optim.AdamW
    device: torch.device


@dataclass(frozen=True, kw_only=True)
class Position:
    """How far a run has come: optimizer steps done, tokens seen (without padding)."""

    step: int = 0
    num_tokens: int = 0


def choose_device(wanted: str) -> torch.device:
    """Read --device: auto takes the GPU where there is one. Raises ConfigError."""
    if wanted not in ("auto", "cpu", "cuda"):
        raise ConfigError(f"--device {wanted}: write auto, cpu or cuda")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda: torch finds no NVIDIA GPU on this machine; use --device cpu")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


def make_optimizer(model: torch.nn.Module, config: OptimizerConfig, device: torch.device) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices only; biases and layer norms have one dimension."""
    matrices = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups, lr=config.learning_rate, betas=(config.beta1, config.beta2), eps=config.epsilon,
        fused=device.type == "cuda",
    )  # fmt: skip


def count_steps(config: TrainingConfig, num_sentences: int) -> int:
    by_epochs = config.epochs * steps_per_epoch(num_sentences, config.train_batch_sentences)
    return by_epochs if config.max_steps is None else config.max_steps


def learning_rate_share(step: int, num_steps: int, schedule: ScheduleConfig) -> float:
    """Share of the highest learning rate at a step, counted from 0; the first and the last have some."""
    rising, falling_from = schedule.warmup * num_steps, schedule.constant_until * num_steps
    if step < rising:
        return min((step + 1) / rising, 1.0)
    if step < falling_from:
        return 1.0
    return (num_steps - step) / max(num_steps - falling_from, 1.0)


def make_batch(trainee: Trainee, tokens: TokenFile, sentences: Tokens, config: TrainingConfig, step: int) -> Batch:
    """The masked batch of a step: input_ids, attention_mask and labels, each (B, L) int64."""
    values, lengths = gather(tokens.tokens, tokens.offsets, sentences)
    rng = generator_for(config.seed, Purpose.MASK, step)
    inputs, labels = mask_tokens(values, lengths, trainee.vocabulary, rng, config.mlm_probability)
    return padded_batch(inputs, labels, lengths, trainee)


def padded_batch(inputs: Tokens, labels: Tokens, lengths: Tokens, trainee: Trainee) -> Batch:
    arrays = {
        "input_ids": pad(inputs, lengths, trainee.vocabulary.pad_id),
        "attention_mask": is_token(lengths).astype(np.int64),
        "labels": pad(labels, lengths, IGNORED),
    }
    return {name: torch.from_numpy(array).to(trainee.device) for name, array in arrays.items()}


def guess(trainee: Trainee, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Run the model. Returns float32 logits (M, V) and labels (M,) of the M tokens to be guessed."""
    with torch.autocast("cuda", dtype=torch.bfloat16, enabled=trainee.device.type == "cuda"):
        logits = trainee.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    is_asked = batch["labels"] != IGNORED
    return logits[is_asked].float(), batch["labels"][is_asked]


def run_steps(
    trainee: Trainee, tokens: TokenFile, config: TrainingConfig, *,
    start: Position, write_metrics: Callable[[dict[str, Any]], None], save: Callable[[Position], None],
) -> Position:  # fmt: skip
    """Train from `start` to the end. Straight-line on purpose: this is the whole of training.

    Raises:
        BrokenRunError: the loss is no longer a number.
        KeyboardInterrupt: the user stopped the run; it was saved first.
    """
    num_steps = count_steps(config, tokens.num_sentences)
    order = BatchOrder(
        seed=config.seed, num_sentences=tokens.num_sentences, batch_sentences=config.train_batch_sentences
    )
    trainee.model.train()
    step, num_tokens = start.step, start.num_tokens
    window_loss = torch.zeros((), device=trainee.device)
    window_start, window_step, window_tokens = time.monotonic(), step, num_tokens
    with progress("training", unit="steps", total=num_steps) as meter, interruption() as is_asked_to_stop:
        meter.show(step, num_steps)
        while step < num_steps:
            sentences = order.sentences_of(step)
            batch = make_batch(trainee, tokens, sentences, config, step)
            if step == start.step:
                log.info("what the model sees: %s", trainee.tokenizer.decode(batch["input_ids"][0]))
            rate = config.optimizer.learning_rate * learning_rate_share(step, num_steps, config.schedule)
            for group in trainee.optimizer.param_groups:
                group["lr"] = rate

            torch.manual_seed(torch_seed(config.seed, Purpose.DROPOUT, step))
            logits, labels = guess(trainee, batch)
            loss = F.cross_entropy(logits, labels, reduction="sum") / len(labels)
            loss.backward()  # type: ignore[no-untyped-call]  # torch ships this one without types
            trainee.optimizer.step()
            trainee.optimizer.zero_grad(set_to_none=True)

            step += 1
            num_tokens += int((tokens.offsets[sentences + 1] - tokens.offsets[sentences]).sum())
            window_loss += loss.detach()
            must_save = step % config.checkpoint_steps == 0 or step == num_steps or is_asked_to_stop()
            if must_save or step % config.log_steps == 0:
                mean_loss = window_loss.item() / (step - window_step)
                if not math.isfinite(mean_loss):
                    raise BrokenRunError(
                        f"the loss is {mean_loss} after step {step}: the learning rate "
                        f"{config.optimizer.learning_rate} is too high for this base; "
                        "start anew with a lower one: --fresh --set optimizer.learning_rate=..."
                    )
                elapsed = max(time.monotonic() - window_start, 1e-9)
                write_metrics({
                    "step": step, "epoch": round(step / order.steps_per_epoch, 3),
                    "loss": mean_loss, "lr": rate,
                    "tokens": num_tokens, "tokens_per_s": round((num_tokens - window_tokens) / elapsed),
                    "peak_gib": peak_gib(trainee.device),
                })  # fmt: skip
                window_loss.zero_()
                window_start, window_step, window_tokens = time.monotonic(), step, num_tokens
                meter.show(step, num_steps, f"loss {mean_loss:.3f}")
            else:
                meter.advance()
            if must_save:
                save(Position(step=step, num_tokens=num_tokens))
            if is_asked_to_stop():
                raise KeyboardInterrupt
    return Position(step=step, num_tokens=num_tokens)


def peak_gib(device: torch.device) -> float | None:
    """Most GPU memory used so far, in GiB; None on the CPU."""
    return round(torch.cuda.max_memory_allocated(device) / 2**30, 3) if device.type == "cuda" else None
