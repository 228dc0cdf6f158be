"""The tokens that evaluation hides: the same ones each time, whoever asks.

In: sentences with their ids, and the tokenizer. Out: what the model sees and what it is to guess. Which tokens are
hidden, and by what, is a pure function of (sentence id, tokenizer, draw) and of a token's place in its sentence: not of
the seed of a run, nor of order, batch or company, so two models with one tokenizer are asked the same at any time.
Always single tokens, whatever a model was trained on. Knows no models.
"""

import numpy as np
from numpy.typing import NDArray

from foundation.files import sha256_of_text
from training.feeding.batches import Sentences
from training.feeding.draws import keyed_uniform
from training.feeding.masking import MaskedSentences, Vocabulary, hide

# Also where training hides more: Wettig et al. 2023 (arXiv 2202.08005) compare models at one share.
EVALUATION_SHARE = 0.15
_VERSION = "evaluation masks 1"  # another text gives other masks, and scores that cannot be compared with older ones


def masked_for_evaluation(
    sentences: Sentences, sentence_ids: NDArray[np.uint64], vocabulary: Vocabulary, tokenizer_sha256: str, draw: int
) -> MaskedSentences:
    """Hide 15 % of the tokens that are not fixed; in a short sentence that may be none.

    A sentence that is cut at another length has the same masks before the cut.

    Args:
        sentence_ids: (B,) id of each sentence.
        draw: 0, 1, ...: another draw hides other tokens.
    """
    lengths = sentences.lengths
    keys = np.repeat(sentence_ids, lengths)
    positions = np.arange(len(sentences.ids)) - np.repeat(sentences.starts, lengths)

    def luck(purpose: str, where: NDArray[np.int64]) -> NDArray[np.float64]:
        stream = int(sha256_of_text(_VERSION, tokenizer_sha256, str(draw), purpose)[:16], 16)
        return keyed_uniform(keys[where], positions[where], stream)

    candidates = np.flatnonzero(~sentences.is_fixed)
    places = candidates[luck("choice", candidates) < EVALUATION_SHARE]
    return hide(sentences, places, vocabulary, luck("fate", places), luck("stranger", places))
