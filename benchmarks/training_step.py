"""One training step at the shape of NB-BERT-base on a CPU: ours, the original's recipe, and a loop as run_mlm's.

In: which recipe, and how many steps. Out: seconds of each step, one a line; each recipe is a process of its own, one
thread. Weights are random; lengths of the sentences and seed are those of the measurement behind the issue. The
original's recipe pads to 64 tokens, run_mlm's to the longest of the batch; both put every token through the head, in
float32, with torch's AdamW as it comes. Ours is the product's own update.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import transformers

from foundation.memory import keep_memory
from training.bases.finding import Base
from training.bases.loading import MaskedModel
from training.config import OptimizerConfig
from training.feeding.masking import MaskedSentences, vocabulary_of
from training.loop.optimizer import make_optimizer
from training.loop.processes import Group
from training.loop.updating import Updater
from training.packed.reading import Reader

VOCABULARY, BATCH, MAX_LENGTH, SHARE, SEED = 119_547, 16, 64, 0.15, 0
CPU = torch.device("cpu")
Step = Callable[[], None]


def batch() -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Sentences and their labels, -100 where nothing is asked."""
    draw = np.random.default_rng(SEED)
    torch.manual_seed(SEED)
    lengths = np.clip(draw.lognormal(np.log(17.5), 0.55, BATCH).astype(int) + 2, 4, MAX_LENGTH)
    sentences = [torch.randint(5, VOCABULARY, (int(length),)) for length in lengths]
    labels = []
    for sentence in sentences:
        is_asked = torch.rand(len(sentence)) < SHARE
        is_asked[0] = is_asked[-1] = False
        labels.append(torch.where(is_asked, sentence, torch.tensor(-100)))
    return sentences, labels


def model(attention: str) -> transformers.BertForMaskedLM:
    config = transformers.BertConfig(
        vocab_size=VOCABULARY, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    return transformers.BertForMaskedLM._from_config(config, attn_implementation=attention).train()


def ours(precision: str) -> Step:
    sentences, labels = batch()
    asked = torch.cat(labels)
    places = (asked != -100).nonzero().squeeze(1)
    masked = MaskedSentences(
        inputs=torch.cat(sentences).numpy(), lengths=np.array([len(each) for each in sentences]),
        places=places.numpy(), answers=asked[places].numpy(),
    )  # fmt: skip
    bert = model("packed")
    base = Base(name="random", folder=Path(), on_hub=False, revision=None, model_type="bert", licence="",
                weights_sha256="")  # fmt: skip
    trainee = MaskedModel(
        base=base, model=bert, tokenizer=None, reader=Reader(bert, pad_id=0, device=CPU), device=CPU, max_length=512,
        vocabulary=vocabulary_of(size=VOCABULARY, special_ids=[0, 1, 2, 3, 4], mask_id=4, pad_id=0),
    )  # fmt: skip
    keep_memory()
    updater = Updater(
        trainee, make_optimizer(bert, OptimizerConfig()), seed=1, precision=precision, max_grad_norm=None,
        physical_batch_tokens=None, group=Group(),
    )  # fmt: skip
    return lambda: updater.update(masked, step=0).loss.item() and None


def padded(length: int | None) -> Step:
    """Padded to a length, or to the longest; every token through the head."""
    sentences, labels = batch()
    columns = length or max(map(len, sentences))
    bert = model("sdpa")
    optimizer = torch.optim.AdamW(bert.parameters(), lr=1e-4, weight_decay=0.01)

    def table(rows: list[torch.Tensor], filler: int) -> torch.Tensor:
        filled = torch.full((len(rows), columns), filler)
        for row, values in zip(filled, rows, strict=True):
            row[: len(values)] = values
        return filled

    inputs, answers = table(sentences, 0), table(labels, -100)
    mask = table([torch.ones_like(each) for each in sentences], 0)

    def step() -> None:
        loss = bert(input_ids=inputs, attention_mask=mask, labels=answers).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss.item()

    return step


RECIPES: dict[str, Callable[[], Step]] = {
    "ours": lambda: ours("float32"), "ours-bfloat16": lambda: ours("bfloat16"),
    "original": lambda: padded(MAX_LENGTH), "run_mlm": lambda: padded(None),
}  # fmt: skip


def main() -> None:
    recipe, num_steps = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(1)
    step = RECIPES[recipe]()
    for _ in range(num_steps):
        started = time.perf_counter()
        step()
        sys.stdout.write(f"{time.perf_counter() - started:.3f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
