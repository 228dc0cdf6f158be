"""IOB2, read strictly."""

import random

import pytest

from training.heads.iob2 import complaint_about, spans_of

TAGS = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG"]


def literal_spans(tags: list[str]) -> list[tuple[int, int, str]]:
    """Every stretch of words is looked at: B of a type, then I of that type, and no more of them behind it."""
    found = []
    for begin in range(len(tags)):
        for end in range(begin + 1, len(tags) + 1):
            kind = tags[begin][2:]
            is_one = tags[begin].startswith("B-") and all(tag == f"I-{kind}" for tag in tags[begin + 1 : end])
            goes_on = end < len(tags) and tags[end] == f"I-{kind}"
            if is_one and not goes_on:
                found.append((begin, end, kind))
    return found


def test_entities_are_those_of_a_literal_reading() -> None:
    draw = random.Random(0)
    for _ in range(2000):
        tags = [draw.choice(TAGS) for _ in range(draw.randrange(8))]
        assert literal_spans(tags) == list(spans_of(tags))


def test_an_inside_that_goes_on_with_nothing_is_no_entity() -> None:
    assert list(spans_of(["O", "I-PER", "I-PER"])) == []
    assert list(spans_of(["B-PER", "I-ORG"])) == [(0, 1, "PER")]


def test_types_may_have_hyphens() -> None:
    assert list(spans_of(["B-targ-Positive", "I-targ-Positive"])) == [(0, 2, "targ-Positive")]


@pytest.mark.parametrize(
    ("before", "tag", "told"),
    [
        ("O", "I-PER", "did not begin"),
        ("B-ORG", "I-PER", "did not begin"),
        ("O", "PER", "allowed are O, B-TYPE and I-TYPE"),
        ("O", "B-", "allowed are"),
        ("O", "", "allowed are"),
        ("O", "o", "allowed are"),
    ],
)
def test_a_tag_that_is_not_iob2_is_complained_about(before: str, tag: str, told: str) -> None:
    assert told in str(complaint_about(tag, before))


@pytest.mark.parametrize(("before", "tag"), [("O", "O"), ("O", "B-PER"), ("B-PER", "I-PER"), ("I-PER", "I-PER"),
                                             ("I-PER", "B-PER")])  # fmt: skip
def test_a_tag_of_iob2_is_not(before: str, tag: str) -> None:
    assert complaint_about(tag, before) is None
