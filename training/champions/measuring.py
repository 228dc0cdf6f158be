"""Challenger and opponent measured under the same conditions: same sentences, same hidden tokens, same machine.

In: both models, the sentences and the control sets. Out: criteria of the gate. The models are loaded one after
another, never both at once. Has no thresholds (gate.py), writes nothing (judging.py).
"""

import gc
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from typing import Any

import numpy as np
import torch
import transformers

from foundation.places import Places
from training.bases.finding import Base
from training.bases.loading import load_masked_model, load_tokenizer
from training.champions import gate
from training.champions.contenders import Challenger, Opponent, OpponentGoneError, at_hand
from training.champions.frozen import Frozen, frozen_sentences
from training.champions.gate import DOMAIN, FORGETTING, GENERAL, MIN_SENTENCES, REFUSED, SPEED, Criterion, not_judged
from training.champions.lineage import LineageUnknown, corpus_as_used
from training.devices import precision_on
from training.evaluation.intervals import difference, summarise
from training.evaluation.scoring import SentenceScores, score
from training.evaluation.speed import Conditions, measure_speed
from training.feeding.batches import Tokens
from training.feeding.shards import read_sentences
from training.feeding.tokens import TokenFile

SPEED_SENTENCES = 1000  # a few seconds of NB-BERT-base on a CPU; lengths as the corpus has them
# What a configuration says of itself, not of the model's shape.
_NOT_SHAPE = ("transformers_version", "_name_or_path", "dtype", "torch_dtype", "architectures")
_FROZEN = "sentences new to both:"  # no control set can have this name
Sets = dict[str, tuple[TokenFile, Tokens]]
Answers = dict[str, SentenceScores]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Verdicts that need the models.

    Attributes:
        sentences: what the domain was judged on; None where nobody can say which sentences are new to both.
        controls: both models' scores on each control set; all but `general` decide nothing.
        is_lasting: false where the opponent was not at hand, or a speed measured once decides.
    """

    domain: Criterion
    forgetting: Criterion
    speed: Criterion
    sentences: dict[str, Any] | None
    controls: dict[str, Any]
    is_lasting: bool


def measure(
    places: Places, challenger: Challenger, opponent: Opponent, controls: Mapping[str, TokenFile], device: torch.device
) -> Measured:
    """Score both models and compare.

    Raises:
        ConfigError: a Hugging Face base that is needed cannot be downloaded now.
        BrokenRunError: a shard cannot be read, or a model gives no numbers.
    """
    try:
        frozen: Frozen | str = frozen_sentences(places, challenger, opponent)
    except LineageUnknown as error:
        frozen = str(error)
    sets, is_at_hand = _sets(frozen, controls), True
    try:
        with at_hand(places, opponent, challenger) as base:
            tokenizer = load_tokenizer(challenger.base)
            before, after = (_ask(each, sets, device, tokenizer) for each in (base, challenger.base))
            speed = _speed(places, challenger, base, device)
    except OpponentGoneError as error:
        frozen, before, after, speed = str(error), {}, {}, not_judged(SPEED, str(error))
        is_at_hand = False
    return Measured(
        domain=_domain(frozen, before, after), forgetting=_forgetting(before, after), speed=speed,
        sentences=frozen.about if isinstance(frozen, Frozen) else None,
        controls={name: _compared(before[name], after[name]) for name in controls if name in before},
        is_lasting=is_at_hand and speed.verdict != REFUSED,
    )  # fmt: skip


def _sets(frozen: Frozen | str, controls: Mapping[str, TokenFile]) -> Sets:
    """What both models are asked."""
    sets: Sets = {name: (tokens, np.arange(tokens.num_sentences)) for name, tokens in controls.items()}
    if isinstance(frozen, Frozen) and len(frozen.indexes) >= MIN_SENTENCES:
        sets[_FROZEN] = frozen.tokens, frozen.indexes
    return sets


def _ask(base: Base, sets: Sets, device: torch.device, tokenizer: Any) -> Answers:
    """Load a model, score it on each set, and let its memory go.

    Both have one tokenizer, written to two folders; one of the two decides for both what is hidden.
    """
    model = replace(load_masked_model(base, device), tokenizer=tokenizer)
    precision = precision_on(device, "auto")
    found = {
        name: score(model, tokens, indexes, precision=precision, name=f"{base.name}, {name}")
        for name, (tokens, indexes) in sets.items()
    }  # fmt: skip
    del model
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return found


def _domain(frozen: Frozen | str, before: Answers, after: Answers) -> Criterion:
    if isinstance(frozen, str):
        return not_judged(DOMAIN, frozen)
    if _FROZEN not in before:
        return not_judged(DOMAIN, (
            f"only {len(frozen.indexes)} sentences that neither model was trained on; {MIN_SENTENCES} are needed"
        ))  # fmt: skip
    old, new = before[_FROZEN], after[_FROZEN]
    return gate.domain(summarise(old), summarise(new), difference(old, new))


def _forgetting(before: Answers, after: Answers) -> Criterion:
    if GENERAL not in before:
        return not_judged(FORGETTING, f"no control set {GENERAL} (training: controls: in tvaerkom.yaml) was compared")
    old, new = before[GENERAL], after[GENERAL]
    return gate.forgetting(summarise(old), summarise(new), difference(old, new))


def _speed(places: Places, challenger: Challenger, base: Base, device: torch.device) -> Criterion:
    if _shape(base) == _shape(challenger.base):
        return gate.same_speed()
    try:
        folder = corpus_as_used(places, challenger.lineage.links[0])
    except LineageUnknown as error:
        return not_judged(SPEED, str(error))
    conditions = Conditions(
        texts=list(islice(chain.from_iterable(read_sentences(folder, "validation")), SPEED_SENTENCES)), device=device,
        num_threads=torch.get_num_threads(), precision=precision_on(device, "auto"),
        max_length=challenger.config.max_length,
    )  # fmt: skip
    before, after = (measure_speed(each, conditions).tokens_per_s for each in (base, challenger.base))
    return gate.speed(before, after)


def _shape(base: Base) -> dict[str, Any]:
    """All that a model's configuration says of layers and sizes, defaults included."""
    config = transformers.AutoConfig.from_pretrained(str(base.folder), trust_remote_code=False)
    return {key: value for key, value in config.to_dict().items() if key not in _NOT_SHAPE}


def _compared(before: SentenceScores, after: SentenceScores) -> dict[str, Any]:
    return {
        "before": asdict(summarise(before)), "after": asdict(summarise(after)),
        "difference": asdict(difference(before, after)),
    }  # fmt: skip
