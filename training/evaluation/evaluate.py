"""How well a model guesses hidden words of the validation split.

In: a model and a token file. Out: mean cross-entropy and top-1 accuracy over the hidden tokens. The masks
depend on the seed and the token file only: not on the batch size, nor on when or how often one evaluates,
so scores before and after training are of the same tokens. Scores under different tokenizers cannot be
compared.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from foundation.progress import progress
from training.config import TrainingConfig
from training.feeding.batches import gather
from training.feeding.draws import Purpose, generator_for
from training.feeding.masking import mask_tokens
from training.feeding.tokens import TokenFile
from training.loop.steps import Trainee, guess, padded_batch


@dataclass(frozen=True, kw_only=True)
class Scores:
    """`loss` in nats per hidden token; `accuracy` the share of hidden tokens guessed right at first try."""

    loss: float
    accuracy: float
    num_masked: int
    num_sentences: int


def evaluate(trainee: Trainee, tokens: TokenFile, config: TrainingConfig, *, name: str) -> Scores:
    """Score a model; `name` is shown with the progress bar."""
    num_sentences = min(tokens.num_sentences, config.eval_sentences or tokens.num_sentences)
    values, lengths = gather(tokens.tokens, tokens.offsets, np.arange(num_sentences))
    rng = generator_for(config.seed, Purpose.EVALUATION)
    inputs, labels = mask_tokens(values, lengths, trainee.vocabulary, rng, config.mlm_probability)
    ends = np.cumsum(lengths)
    loss, num_right, num_masked = 0.0, 0, 0
    trainee.model.eval()
    with torch.inference_mode(), progress(name, unit="sentences", total=num_sentences) as meter:
        for first in range(0, num_sentences, config.eval_batch_sentences):
            last = min(first + config.eval_batch_sentences, num_sentences)
            part = slice(ends[first] - lengths[first], ends[last - 1])
            logits, answers = guess(trainee, padded_batch(inputs[part], labels[part], lengths[first:last], trainee))
            loss += float(F.cross_entropy(logits, answers, reduction="sum"))
            num_right += int((logits.argmax(dim=-1) == answers).sum())
            num_masked += len(answers)
            meter.advance(last - first)
    return Scores(
        loss=loss / num_masked,
        accuracy=num_right / num_masked,
        num_masked=num_masked,
        num_sentences=num_sentences,
    )
