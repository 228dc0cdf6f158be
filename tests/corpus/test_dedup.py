"""Which copy stays follows from what the copies are, never from the order they are met in."""

import random
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dedup import (
    Grouped,
    document_id,
    document_number,
    first_of_each,
    grouped,
    ids_of,
    normalised,
    numbers_of,
    sentence_id,
    sentence_number,
)  # fmt: skip


@pytest.mark.parametrize(
    "twin",
    [
        "Du kan søge om en friplads på skolen.",
        "DU KAN SØGE OM EN FRIPLADS PÅ SKOLEN.",
        "Du  kan\N{NO-BREAK SPACE}søge om\ten friplads på skolen.",
        "Du kan søge om en friplads pa\N{COMBINING RING ABOVE} skolen.",
    ],
)
def test_case_blanks_and_unicode_form_make_no_difference(twin: str) -> None:
    assert sentence_id(twin) == sentence_id("Du kan søge om en friplads på skolen.")


@pytest.mark.parametrize("other", ["Du kan søge om en friplads.", "Du kan søge om en friplads på skolen", "»Du«", ""])
def test_other_words_and_marks_make_another_sentence(other: str) -> None:
    assert sentence_id(other) != sentence_id("Du kan søge om en friplads på skolen.")


def test_ids_are_sixteen_hex_digits() -> None:
    for identity in (sentence_id("Æ"), document_id("9001", "http://www.nordby.kommuneby.test/")):
        assert len(identity) == 16
        assert set(identity) <= set("0123456789abcdef")


def test_site_and_url_do_not_run_together() -> None:
    assert document_id("1", "2/a") != document_id("12", "/a")


@given(st.text(max_size=40))
def test_normal_form_is_its_own_normal_form(text: str) -> None:
    assert " ".join(normalised(text).split()) == normalised(text)
    assert sentence_id(text) == sentence_id(f"  {text}\n")


@dataclass(frozen=True)
class Met:
    """One occurrence of a sentence: where it was met, and how its document stands."""

    sentence: int
    site: int
    document: int
    position: int
    standing: int
    is_validation: bool

    @property
    def rank(self) -> tuple[int, int, int, int]:
        return self.standing, self.site, self.document, self.position


@st.composite
def occurrences(draw: st.DrawFn) -> list[Met]:
    """Few sentences, sites and documents, so that there are many duplicates; a document has one site and one side."""
    documents = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans()), min_size=1, max_size=5))
    places = st.lists(st.tuples(st.integers(0, len(documents) - 1), st.integers(0, 5)), unique=True, max_size=30)
    found = []
    for document, position in draw(places):
        site, standing, is_validation = documents[document]
        sentence = draw(st.sampled_from([1, 2, 2**64 - 1]))
        found.append(Met(sentence, site, 2**63 + document, position, standing, is_validation))
    return found


def by_arrays(found: list[Met]) -> Grouped:
    def column(name: str, kind: type) -> np.ndarray:
        return np.array([getattr(each, name) for each in found], dtype=kind)

    return grouped(
        column("sentence", np.uint64), column("site", np.int32), column("document", np.uint64),
        column("position", np.int32), standing=column("standing", np.int8),
        is_validation=column("is_validation", np.bool_),
    )  # fmt: skip


@given(occurrences(), st.randoms(use_true_random=False))
def test_groups_are_those_of_a_naive_loop_in_any_order(found: list[Met], draw: random.Random) -> None:
    """The oracle goes through a dictionary of lists."""
    expected: dict[int, list[Met]] = {}
    for each in sorted(found, key=lambda each: each.rank):
        expected.setdefault(each.sentence, []).append(each)
    for order in (found, draw.sample(found, len(found))):
        groups = by_arrays(order)
        assert [order[row] for row in groups.survivors] == [expected[sentence][0] for sentence in sorted(expected)]
        assert [order[row] for row in groups.removed] == [
            each for sentence in sorted(expected) for each in expected[sentence][1:]
        ]
        for place, (_, copies) in enumerate(sorted(expected.items())):
            assert groups.num_occurrences[place] == len(copies)
            assert groups.num_sites[place] == len({each.site for each in copies})
            assert groups.is_all_validation[place] == all(each.is_validation for each in copies)


def test_no_occurrence_makes_no_group() -> None:
    groups = by_arrays([])
    for name in ("survivors", "removed", "num_occurrences", "num_sites", "is_all_validation"):
        assert len(getattr(groups, name)) == 0


def test_twice_in_one_document_is_one_sentence_met_twice() -> None:
    groups = by_arrays([Met(1, 0, 1, position, 0, False) for position in (4, 2)])
    assert (groups.survivors.tolist(), groups.removed.tolist()) == ([1], [0])
    assert (groups.num_occurrences.tolist(), groups.num_sites.tolist()) == ([2], [1])


def test_survivor_lies_in_a_document_that_stays() -> None:
    """Before all else, whatever the site: a sentence whose document is not there has no provenance."""
    groups = by_arrays([Met(1, 0, 1, 1, 2, False), Met(1, 1, 2, 1, 1, False), Met(1, 2, 3, 1, 0, False)])
    assert groups.survivors.tolist() == [2]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=20))
def test_first_of_each_key_is_that_of_a_naive_loop(rows: list[tuple[int, int, int]]) -> None:
    keys, less, more = (np.array([row[n] for row in rows], dtype=np.uint64) for n in range(3))
    expected = [
        min(
            (place for place, row in enumerate(rows) if row[0] == key),
            key=lambda place: (rows[place][2], rows[place][1], place),
        )
        for key, _, _ in rows
    ]
    assert first_of_each(keys, less, more).tolist() == expected


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20))
def test_numbers_become_ids_and_come_back(numbers: list[int]) -> None:
    array = np.array(numbers, dtype=np.uint64)
    ids = ids_of(array)
    assert ids.to_pylist() == [f"{number:016x}" for number in numbers]
    assert numbers_of(ids).tolist() == numbers
    assert numbers_of(pa.chunked_array([ids, ids])).tolist() == numbers * 2
    assert sorted(ids.to_pylist()) == ids_of(np.sort(array)).to_pylist()


def test_numbers_of_sentences_and_documents_are_their_ids() -> None:
    assert f"{sentence_number('Æ'):016x}" == sentence_id("Æ")
    assert f"{document_number('9001', 'http://a.test/'):016x}" == document_id("9001", "http://a.test/")
