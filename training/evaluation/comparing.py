"""Models side by side: runs and untrained bases, asked the same and measured alike.

In: candidates, a corpus and control sets. Out: a `Comparison`. Models are loaded one after another, never together. The
loss of two models can be compared under one tokenizer only: each is marked with its tokenizer, and for others there is
the pseudo-log-likelihood. Writes no tables (comparison_tables.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from foundation.errors import ConfigError
from training.evaluation.bench import Bench, Question
from training.evaluation.candidates import Candidate
from training.evaluation.evaluate import VALIDATION
from training.evaluation.groups import GroupScores, by_area, by_site
from training.evaluation.intervals import Difference, Scores, difference, summarise
from training.evaluation.pll import Pll
from training.evaluation.scoring import SentenceScores
from training.evaluation.speed import Speed, measure_speed


@dataclass(frozen=True, kw_only=True)
class ComparedModel:
    """One model; `sets` has the validation split and each control set.

    `tokenizer` is a letter: models with the same one have the same tokenizer. `pll` is None where no sentence of the
    sample fits all models.
    """

    name: str
    tokenizer: str
    sets: dict[str, Scores]
    pll: Pll | None
    speed: Speed


@dataclass(frozen=True, kw_only=True)
class Adaptation:
    """A run against the base it began from, on the same hidden tokens; `differences` has each set."""

    before: str
    after: str
    differences: dict[str, Difference]
    by_site: list[GroupScores]
    by_area: list[GroupScores]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Models in the order of their tokenizers, and how they were asked.

    Attributes:
        max_length: tokens after which sentences are cut, the same for all; not for the pseudo-log-likelihood.
        num_pll_skipped: sentences of the sample that one of the models could not read whole.
        warnings: sentences about single models.
    """

    corpus: str
    max_length: int
    device: str
    num_threads: int
    precision: str
    num_pll_skipped: int
    models: list[ComparedModel]
    adaptations: list[Adaptation]
    warnings: list[str]


def compare(candidates: Sequence[Candidate], question: Question) -> Comparison:
    """Measure models one after another.

    Raises:
        ConfigError: a model, a tokenizer or a control set that cannot be read, or a model named twice.
        BrokenRunError: a damaged corpus, or a model that does not fit into memory.
    """
    _check_names(candidates)
    bench = Bench(candidates, question)
    measured: list[tuple[Candidate, ComparedModel]] = []
    scores: dict[str, dict[str, SentenceScores]] = {}
    for candidate in bench.ordered():
        speed = measure_speed(candidate.base, bench.conditions)  # first, while this process holds no model
        scores[candidate.name], likelihood = bench.asked(candidate)
        measured.append((candidate, ComparedModel(
            name=candidate.name, tokenizer=bench.letters[candidate.name], pll=likelihood, speed=speed,
            sets={name: summarise(each) for name, each in scores[candidate.name].items()},
        )))  # fmt: skip
    return Comparison(
        corpus=question.corpus_folder.name, max_length=bench.max_length, device=_device_name(question.device),
        num_threads=torch.get_num_threads(), precision=bench.precision, num_pll_skipped=bench.num_skipped,
        models=[model for _, model in measured], adaptations=_adaptations(measured, scores), warnings=bench.warnings,
    )  # fmt: skip


def _check_names(candidates: Sequence[Candidate]) -> None:
    names = [each.name for each in candidates]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{name}: named twice; name each model once")


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


def _adaptations(
    measured: Sequence[tuple[Candidate, ComparedModel]], scores: Mapping[str, Mapping[str, SentenceScores]]
) -> list[Adaptation]:
    """Each run whose base is among the models, recognised by the hash of its weights."""
    found = []
    for after, model in measured:
        for before, other in measured:
            if after.base_sha256 == before.base.weights_sha256 and model.tokenizer == other.tokenizer:
                first, second = scores[before.name], scores[after.name]
                found.append(Adaptation(
                    before=before.name, after=after.name,
                    differences={key: difference(first[key], second[key]) for key in first},
                    by_site=by_site(first[VALIDATION], second[VALIDATION]),
                    by_area=by_area(first[VALIDATION], second[VALIDATION]),
                ))  # fmt: skip
    return found
