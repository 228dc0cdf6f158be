"""What models are asked when they are compared: the same for each of them.

In: candidates and the question. Out: a `Bench`, with which one model after another is asked. Everything is read before
the first model is loaded, so that mistakes show at once. Compares nothing (comparing.py).
"""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np
import torch
import transformers

from foundation.errors import ConfigError
from training.bases.loading import load_masked_model, load_tokenizer
from training.bases.positions import longest_sentence
from training.config import TrainingConfig
from training.devices import precision_on
from training.evaluation.candidates import Candidate, run_config
from training.evaluation.controls import control_tokens
from training.evaluation.evaluate import VALIDATION, evaluate
from training.evaluation.pll import SAMPLE_SENTENCES, Pll, fitting, pll, sample
from training.evaluation.scoring import SentenceScores
from training.evaluation.speed import Conditions
from training.feeding.tokens import TokenFile, prepare_tokens, tokenizer_sha256

SPEED_SENTENCES = 1000  # of the sample: about ten seconds for NB-BERT-base on two processor cores


@dataclass(frozen=True, kw_only=True)
class Question:
    """What models are asked.

    Attributes:
        cache: where token files are kept.
        controls: name of each control set -> its source.
        num_sentences: of each set; None: all.
    """

    corpus_folder: Path
    cache: Path
    controls: Mapping[str, str]
    num_sentences: int | None
    device: torch.device


class Bench:
    """All that must be the same for each model.

    Attributes:
        letters: a model's name -> the letter of its tokenizer.
        max_length: tokens after which sentences are cut; not for the pseudo-log-likelihood.
        sets: a tokenizer's letter -> the validation split and the control sets.
        texts: the sample for the pseudo-log-likelihood, of which `num_skipped` could not be read whole by a model.
        warnings: sentences about single models.

    Raises:
        ConfigError: a tokenizer or a control set that cannot be read.
        BrokenRunError: a damaged corpus.
    """

    def __init__(self, candidates: Sequence[Candidate], question: Question) -> None:
        tokenizers = {each.name: load_tokenizer(each.base) for each in candidates}
        longest = {each.name: _longest(each) for each in candidates}
        self.candidates, self.question = candidates, question
        self.letters = _letters(tokenizers)
        self.max_length = _common_length(candidates, longest)
        self.precision = precision_on(question.device, "auto")
        self.sets = self._token_files(tokenizers)
        texts = sample(question.corpus_folder, min(question.num_sentences or SAMPLE_SENTENCES, SAMPLE_SENTENCES))
        fits = np.all([fitting(tokenizers[name], texts, longest[name]) for name in tokenizers], axis=0)
        self.texts = [text for text, does_fit in zip(texts, fits, strict=True) if does_fit]
        self.num_skipped = len(texts) - len(self.texts)
        self.conditions = Conditions(
            texts=texts[:SPEED_SENTENCES], device=question.device, num_threads=torch.get_num_threads(),
            precision=self.precision, max_length=self.max_length,
        )  # fmt: skip
        self.warnings = [each.warning for each in candidates if each.warning]
        self.warnings += [
            f"{name}: its tokenizer makes capital letters small or å to a, so it has less to guess than others"
            for name, tokenizer in tokenizers.items() if _folds_letters(tokenizer)
        ]  # fmt: skip

    def ordered(self) -> list[Candidate]:
        return sorted(self.candidates, key=lambda each: self.letters[each.name])

    def _token_files(self, tokenizers: Mapping[str, Any]) -> dict[str, dict[str, TokenFile]]:
        asked, found = self.question, {}
        for name, tokenizer in tokenizers.items():
            if self.letters[name] not in found:
                validation = prepare_tokens(
                    asked.corpus_folder, VALIDATION, tokenizer, max_length=self.max_length, cache=asked.cache
                )
                controls = {
                    key: control_tokens(key, source, tokenizer, max_length=self.max_length)
                    for key, source in asked.controls.items()
                }
                found[self.letters[name]] = {VALIDATION: validation, **controls}
        return found

    def asked(self, candidate: Candidate) -> tuple[dict[str, SentenceScores], Pll | None]:
        """Load a model, ask it, and let go of it."""
        model, name = load_masked_model(candidate.base, self.question.device), candidate.name
        number, precision = self.question.num_sentences, self.precision
        scores = {
            key: evaluate(model, tokens, num_sentences=number, precision=precision, name=f"{name}, {key}")
            for key, tokens in self.sets[self.letters[name]].items()
        }
        likelihood = None
        if self.texts:
            likelihood = pll(model, self.texts, precision=precision, name=f"{name}, pseudo-log-likelihood")
        del model
        gc.collect()  # a model and its reader hold each other
        if self.question.device.type == "cuda":
            torch.cuda.empty_cache()
        return scores, likelihood


def _letters(tokenizers: Mapping[str, Any]) -> dict[str, str]:
    """A letter for each different tokenizer, in the order in which they come."""
    hashes = {name: tokenizer_sha256(tokenizer) for name, tokenizer in tokenizers.items()}
    places = {each: place for place, each in enumerate(dict.fromkeys(hashes.values()))}
    if len(places) > len(ascii_uppercase):
        raise ConfigError(f"{len(places)} different tokenizers; at most {len(ascii_uppercase)} fit into one comparison")
    return {name: ascii_uppercase[places[each]] for name, each in hashes.items()}


def _longest(candidate: Candidate) -> int:
    config = transformers.AutoConfig.from_pretrained(str(candidate.base.folder), trust_remote_code=False)
    return longest_sentence(config)


def _common_length(candidates: Sequence[Candidate], longest: Mapping[str, int]) -> int:
    """The shortest cut of the runs, or where there is none that of the published recipe; no model is asked for more."""
    configs = [config for each in candidates if (config := run_config(each)) is not None]
    wanted = [config.max_length for config in configs] or [TrainingConfig().max_length]
    return min(*wanted, *longest.values())


def _folds_letters(tokenizer: Any) -> bool:
    normalizer = tokenizer.backend_tokenizer.normalizer
    return normalizer is not None and not {"a", "å"}.isdisjoint(normalizer.normalize_str("Å"))
