"""What a model costs to use: parameters, disk, memory, speed, and how long one sentence takes.

In: a base, sentences and a device. Out: a `Speed`. Each model is measured in a process of its own, so that none sees
the memory of another. Says nothing about how well it guesses.
"""

import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import torch

from foundation.errors import BrokenRunError, TvaerkomError
from training.bases.finding import Base
from training.bases.loading import MaskedModel, load_masked_model
from training.devices import calculating_on
from training.evaluation.fixed_masks import masked_for_evaluation
from training.evaluation.plain import use_usual_attention
from training.feeding.batches import gather, pieces
from training.feeding.encoding import Encoder
from training.packed.reading import Batch

PIECE_TOKENS = 8192  # through the model at once
MIN_S = 1.0  # shorter measurements are repeated: a GPU is through before its clock has risen
LATENCY_SENTENCES = 200  # the 95th percentile then rests on 10
WARM_UP_SENTENCES = 5
MB = 1e6


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Attributes:
    num_embedding_parameters: of word embeddings, those of the head counted where they are not the same.
    disk_mb: the weights as they lie there, in 10**6 bytes.
    tokens_per_s: sentences of the real lengths end to end, scores for the hidden tokens only.
    p50_ms, p95_ms: one sentence alone from text to all scores, through transformers as it comes.
    peak_memory_mb: on a GPU what torch had reserved at most, else all of a process that does only this.
    """

    num_parameters: int
    num_embedding_parameters: int
    disk_mb: float
    tokens_per_s: float
    p50_ms: float
    p95_ms: float
    peak_memory_mb: float


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a measurement depends on besides the model; `max_length` is in tokens."""

    texts: list[str]
    device: torch.device
    num_threads: int
    precision: str
    max_length: int


def measure_speed(base: Base, conditions: Conditions) -> Speed:
    """Measure in a new process.

    Raises:
        ConfigError: the base cannot be loaded.
        BrokenRunError: the process was ended, most often for want of memory.
    """
    context = get_context("spawn")  # a forked process would begin with the memory of this one, and cannot use a GPU
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, base, conditions), daemon=True)
    with _interrupts_held_back():
        process.start()
    sender.close()
    try:
        outcome: Speed | TvaerkomError = receiver.recv()
    except EOFError:
        raise BrokenRunError(
            f"{base.name}: the process that measures its speed was ended, most often for want of memory; "
            "end other programs, or compare without this model"
        ) from None
    finally:
        process.kill()
        process.join()
    if isinstance(outcome, TvaerkomError):
        raise outcome
    return outcome


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """A process begun in here never hears of Ctrl-C: the one that began it does, and ends it without a traceback."""
    held_back = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held_back)


def _answer(sender: Connection, base: Base, conditions: Conditions) -> None:
    """What the new process does; an error that is none of ours ends it."""
    logging.getLogger("training").setLevel(logging.ERROR)  # what is to be said of a model is said where it is scored
    try:
        sender.send(measured_here(base, conditions))
    except TvaerkomError as error:
        sender.send(error)


def measured_here(base: Base, conditions: Conditions) -> Speed:
    """Measure in this process, whose peak memory then holds whatever was done in it before."""
    torch.set_num_threads(conditions.num_threads)
    model = load_masked_model(base, conditions.device)
    model.model.eval()
    embeddings = {id(layer.weight): layer.weight.numel() for layer in _embeddings(model.model)}
    with torch.inference_mode():
        tokens_per_s = _tokens_per_s(model, conditions)
        milliseconds = _latencies_ms(model, conditions)
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return Speed(
        num_parameters=sum(weight.numel() for weight in model.model.parameters()),
        num_embedding_parameters=sum(embeddings.values()), disk_mb=_disk_bytes(base.folder) / MB,
        tokens_per_s=tokens_per_s, p50_ms=float(p50), p95_ms=float(p95),
        peak_memory_mb=_peak_bytes(conditions.device) / MB,
    )  # fmt: skip


def _embeddings(model: Any) -> list[Any]:
    layers = (model.get_input_embeddings(), model.get_output_embeddings())
    return [layer for layer in layers if layer is not None]


def _disk_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("model*.safetensors"))


def _tokens_per_s(model: MaskedModel, conditions: Conditions) -> float:
    """Whole rounds over all sentences, so that the lengths are the real ones; the largest piece once before."""
    batches = _batches(model, conditions)
    num_tokens = sum(batch.num_tokens for batch in batches)

    def read(some: list[Batch]) -> None:
        for batch in some:
            with calculating_on(model.device, conditions.precision):
                model.reader.scores(batch)

    read(batches[:1])
    num_rounds, seconds = 0, 0.0
    while seconds < MIN_S:
        seconds += _seconds(lambda: read(batches), model.device)
        num_rounds += 1
    return num_rounds * num_tokens / seconds


def _batches(model: MaskedModel, conditions: Conditions) -> list[Batch]:
    words, lengths = Encoder(model.tokenizer, conditions.max_length).encode(conditions.texts)
    lengths = lengths[lengths > 0]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint64)
    batches = []
    for piece in pieces(lengths, PIECE_TOKENS):
        sentences = gather(words, offsets, piece)
        masked = masked_for_evaluation(sentences, piece.astype(np.uint64), model.vocabulary, "", 0)
        batches.append(model.reader.batch(masked))
    return batches


def _latencies_ms(model: MaskedModel, conditions: Conditions) -> list[float]:
    use_usual_attention(model.model)
    texts = conditions.texts[:LATENCY_SENTENCES]

    def read(text: str) -> None:
        with calculating_on(model.device, conditions.precision):
            encoded = model.tokenizer(
                text, truncation=True, max_length=conditions.max_length, return_tensors="pt"
            )  # fmt: skip
            model.model(**encoded.to(model.device))

    for text in texts[:WARM_UP_SENTENCES]:
        read(text)
    return [_seconds(lambda text=text: read(text), model.device) * 1000 for text in texts]  # type: ignore[misc]


def _seconds(work: Callable[[], None], device: torch.device) -> float:
    """A GPU is asked to finish before either clock is read."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


def _peak_bytes(device: torch.device) -> int:
    """Not from getrusage: there a new process begins with the peak of the one that started it (seen on Linux 6)."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_reserved(device))
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise BrokenRunError("/proc/self/status: no VmHWM in it; peak memory is measured on Linux only")
