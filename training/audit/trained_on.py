"""Which sentences a run learnt that its base had not seen: those that an audit asks about.

In: an audited language model. Out: ids of sentences. Follows the run's own order over the steps that it did; of a
private run the lots are secret, and all of the corpus may have been in them. Asks no model.
"""

from typing import TYPE_CHECKING

import numpy as np

from training.champions.lineage import Ids, LineageUnknown, seen_sentences
from training.config import TrainingConfig
from training.feeding.order import BatchOrder, Mixture
from training.feeding.tokens import TokenFile, prepare_tokens
from training.preparing import sentences_of

if TYPE_CHECKING:
    from training.audit.subject import LanguageModelRun


def trained_on(subject: "LanguageModelRun") -> Ids:
    """(N,) sorted ids of sentences of the run's corpus, as it is now.

    Raises:
        LineageUnknown: nobody can say what the run or the one that it began with has seen.
    """
    lineage = subject.run.lineage
    if lineage.gap is not None:
        raise LineageUnknown(lineage.gap)
    ids = np.unique(_of_run(subject))
    if lineage.parent is None:
        return ids
    return np.setdiff1d(ids, seen_sentences(subject.places, lineage.parent, with_revised=True))


def _of_run(subject: "LanguageModelRun") -> Ids:
    """Those that came in its steps, whatever its base had seen."""
    config, cache = subject.run.config, subject.places.cache
    if config.privacy.is_on:
        return prepare_tokens(
            subject.corpus_folder, "train", subject.tokenizer, max_length=config.max_length, cache=cache
        ).sentence_ids
    tokens, mixture = sentences_of(subject.corpus_folder, subject.tokenizer, config, cache, with_revised=True)
    num_steps = int(subject.record["num_steps"])
    if num_steps * config.train_batch_sentences < mixture.num_sentences and subject.why_changed is not None:
        raise LineageUnknown(
            f"run {subject.name} did not go over all of its corpus, from which was erased since: which sentences it "
            "saw cannot be told any more"
        )
    return _drawn(tokens, mixture, config, num_steps)


def _drawn(tokens: TokenFile, mixture: Mixture, config: TrainingConfig, num_steps: int) -> Ids:
    """General texts have no ids and are none of them."""
    order = BatchOrder(seed=config.seed, mixture=mixture, batch_sentences=config.train_batch_sentences)
    if num_steps >= order.steps_per_epoch:  # all that may come besides was seen by the base before
        return tokens.sentence_ids[mixture.always]
    indexes = np.concatenate([order.sentences_of(step) for step in range(num_steps)])
    drawn: Ids = tokens.sentence_ids[np.setdiff1d(indexes, mixture.general)]
    return drawn
