"""How many sentences a second one core can choose, read, hide and hand over, without a model.

In: a number of sentences of lengths as a municipal corpus has them (lognormal, 20.8 tokens on average). Out: sentences
per second by batch; the product's own order, masks and batches, to tensors on the CPU.
"""

import time
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertForMaskedLM

from training.config import TrainingConfig
from training.feeding.batches import IS_FIXED
from training.feeding.masking import vocabulary_of
from training.feeding.order import everything
from training.feeding.tokens import TokenFile
from training.loop.steps import Course
from training.packed.reading import Reader

VOCABULARY, NUM_SENTENCES, MEAN_LOG, SIGMA, SEED = 119_547, 300_000, np.log(17.5), 0.55, 0
WARM_UP, SECONDS = 20, 3.0


def sentences_per_second(batch_sentences: int) -> float:
    """Median over three goes of a second each."""
    torch.set_num_threads(1)
    course = Course(
        tokens=random_tokens(), mixture=everything(NUM_SENTENCES),
        config=TrainingConfig(train_batch_sentences=batch_sentences, epochs=100),
    )  # fmt: skip
    tiny = BertConfig(vocab_size=10, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    model = BertForMaskedLM._from_config(tiny, attn_implementation="packed")
    reader = Reader(model, pad_id=0, device=torch.device("cpu"))
    vocabulary = vocabulary_of(size=VOCABULARY, special_ids=[0, 1, 2, 3, 4], mask_id=4, pad_id=0)
    order, step, rates = course.order(), 0, []
    for goal_s in (0.5, SECONDS / 3, SECONDS / 3, SECONDS / 3):
        started, done = time.perf_counter(), 0
        while time.perf_counter() - started < goal_s:
            indexes = order.sentences_of(step)
            done += reader.batch(course.masked(vocabulary, indexes, step)).num_sentences
            step += 1
        rates.append(done / (time.perf_counter() - started))
    return float(np.median(rates[1:]))


def random_tokens() -> TokenFile:
    draw = np.random.default_rng(SEED)
    lengths = np.clip(draw.lognormal(MEAN_LOG, SIGMA, NUM_SENTENCES).astype(int) + 2, 4, 64)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint64)
    tokens = draw.integers(5, VOCABULARY, int(lengths.sum())).astype(np.uint32)
    tokens[offsets[:-1].astype(int)] = 2 | IS_FIXED
    tokens[offsets[1:].astype(int) - 1] = 3 | IS_FIXED
    ids = draw.integers(0, 2**63, NUM_SENTENCES).astype(np.uint64)
    zeros = np.zeros(NUM_SENTENCES, np.uint16)
    return TokenFile(
        folder=Path(), tokens=tokens, offsets=offsets, sentence_ids=ids, document_ids=ids, sites=zeros, areas=zeros,
        site_names=("0540",), area_names=("",), num_skipped=0,
    )  # fmt: skip
