"""Lots are drawn unit by unit, and taking one unit away changes nothing of the others."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.config import TrainingConfig
from training.feeding.masking import vocabulary_of
from training.feeding.order import everything
from training.feeding.tokens import TokenFile
from training.packed.rows import MaskedUnits
from training.private.lots import PrivateCourse
from training.private.plan import Plan
from training.private.randomness import Secret
from training.private.units import Units

VOCABULARY = vocabulary_of(size=200, special_ids=[0, 1, 2, 3, 4], mask_id=4, pad_id=0)
PLAN = Plan(
    unit="document", num_units=60, lot=15, num_steps=40, noise_multiplier=1.0, clip_norm=1.0, delta=1e-3,
    sentences_per_unit=3, embeddings="frozen", epsilon=None,
)  # fmt: skip


def tokens_of(documents: np.ndarray, seed: int = 0) -> TokenFile:
    draw = np.random.default_rng(seed)
    lengths = draw.integers(3, 20, len(documents))
    return TokenFile(
        folder=Path(), tokens=draw.integers(5, 200, lengths.sum()).astype(np.uint32),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint64),
        sentence_ids=draw.integers(0, 2**63, len(documents)).astype(np.uint64), document_ids=documents,
        sites=np.zeros(len(documents), np.uint16), areas=np.zeros(len(documents), np.uint16),
        site_names=("0540",), area_names=("",), num_skipped=0,
    )  # fmt: skip


def course_of(tokens: TokenFile, names: np.ndarray, **changes: Any) -> PrivateCourse:
    keys, of_sentence = np.unique(names, return_inverse=True)
    units = Units(of_sentence=of_sentence, keys=keys)
    config = TrainingConfig.model_validate({"privacy": {"noise_multiplier": 1}, "mlm_probability": 0.15})
    return PrivateCourse(
        tokens=tokens, mixture=everything(len(names)), config=config, units=units, plan=replace(PLAN, **changes),
        secret=Secret(b"0" * 32),
    )  # fmt: skip


@pytest.fixture
def documents() -> np.ndarray:
    """200 sentences of 60 documents, those of a document not beside each other."""
    draw = np.random.default_rng(1)
    return np.concatenate([np.arange(60), draw.integers(0, 60, 140)]).astype(np.uint64)


def without(tokens: TokenFile, kept: np.ndarray) -> TokenFile:
    starts, ends = tokens.offsets[:-1][kept], tokens.offsets[1:][kept]
    parts = [tokens.tokens[start:end] for start, end in zip(starts, ends, strict=True)]
    return replace(
        tokens, tokens=np.concatenate(parts), sentence_ids=tokens.sentence_ids[kept],
        document_ids=tokens.document_ids[kept], sites=tokens.sites[kept], areas=tokens.areas[kept],
        offsets=np.concatenate([[0], np.cumsum(ends - starts)]).astype(np.uint64),
    )  # fmt: skip


def shown(course: PrivateCourse, step: int) -> dict[int, list[tuple[int, ...]]]:
    """Unit key -> what the model sees and has to guess of each of its sentences."""
    indexes = course.order().sentences_of(step)
    masked = course.masked(VOCABULARY, indexes, step)
    seen: dict[int, list[tuple[int, ...]]] = {}
    ends = np.cumsum(masked.lengths)
    for number, unit in enumerate(masked.unit):
        first, last = ends[number] - masked.lengths[number], ends[number]
        asked = masked.places[(masked.places >= first) & (masked.places < last)] - first
        key = int(course.units.keys[course.units.of_sentence[indexes[number]]])
        assert masked.unit[number] == unit
        seen.setdefault(key, []).append((*masked.inputs[first:last].tolist(), -1, *asked.tolist()))
    assert masked.num_units == len(seen)
    return seen


def test_each_unit_is_drawn_with_the_same_chance(documents: np.ndarray) -> None:
    lots = course_of(tokens_of(documents), documents).order()
    drawn = np.zeros((400, 60))
    for step in range(400):
        drawn[step, lots.units_of(step)] = 1
    assert abs(drawn.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / drawn.size)
    assert np.abs(drawn.mean(axis=0) - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 400)
    sizes = drawn.sum(axis=1)  # binomial: as spread out as chance makes it
    assert 0.6 < sizes.var() / (60 * 0.25 * 0.75) < 1.5


def test_a_lot_holds_whole_units_up_to_their_share(documents: np.ndarray) -> None:
    course = course_of(tokens_of(documents), documents)
    counts = np.bincount(documents.astype(np.int64))
    lots = course.order()
    for step in range(10):
        found = lots.sentences_of(step)
        units = course.units.of_sentence[found]
        assert (np.diff(units) >= 0).all() and len(set(found.tolist())) == len(found)
        assert sorted(set(units.tolist())) == lots.units_of(step).tolist()
        assert np.array_equal(np.bincount(units, minlength=60)[units], np.minimum(counts, 3)[units])


def test_of_a_large_unit_other_sentences_come_each_time(documents: np.ndarray) -> None:
    course = course_of(tokens_of(documents), np.zeros(200, np.uint64), lot=1, num_units=1)
    lots = course.order()
    found = {tuple(lots.sentences_of(step).tolist()) for step in range(20)}
    assert len(found) > 15 and all(len(each) == 3 for each in found)


@pytest.mark.parametrize("kind", ["sentence", "document"])
def test_taking_a_unit_away_changes_nothing_of_the_others(documents: np.ndarray, kind: str) -> None:
    tokens = tokens_of(documents)
    names = documents if kind == "document" else tokens.sentence_ids
    whole = course_of(tokens, names)
    for gone in names[:4]:
        kept = np.flatnonzero(names != gone)
        rest = course_of(without(tokens, kept), names[kept])
        for step in range(6):
            expected = shown(whole, step)
            expected.pop(int(gone), None)
            assert shown(rest, step) == expected


def test_an_empty_lot_is_a_lot(documents: np.ndarray) -> None:
    course = course_of(tokens_of(documents), documents, lot=1, num_units=10**9)
    masked = course.masked(VOCABULARY, course.order().sentences_of(0), 0)
    assert isinstance(masked, MaskedUnits) and (masked.num_units, len(masked.inputs)) == (0, 0)
