"""Which copy stays follows from what the copies are, never from the order they are met in."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dedup import Occurrence, document_id, normalised, sentence_id, surviving_documents, unique_sentences

SITES = ("0540", "9001", "kl-boern-og-unge")


def occurrence(text: str, *, site: str = "9001", document: str = "d1", position: int = 1) -> Occurrence:
    return Occurrence(
        sentence_id=sentence_id(text), text=text, document_id=document, position=position, block="paragraph",
        site=site, area=None, url=f"http://{site}.test/{document}", num_words=len(text.split()), language_score=1.0,
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


def test_numbers_count_every_occurrence_and_every_site() -> None:
    copies = [
        occurrence("En sætning.", site=site, document=f"{site}-{number}", position=number)
        for site in SITES for number in range(2)
    ]  # fmt: skip
    (unique,) = unique_sentences(copies, frozenset(copy.document_id for copy in copies))
    assert (unique.num_occurrences, unique.num_sites, len(unique.document_ids)) == (6, 3, 6)
    assert len(unique.removed) == 5


def test_twice_in_one_document_is_one_sentence_met_twice() -> None:
    copies = [occurrence("En sætning.", position=position) for position in (4, 2)]
    (unique,) = unique_sentences(copies, frozenset({"d1"}))
    assert (unique.survivor.position, unique.num_occurrences, unique.num_sites) == (2, 2, 1)


def test_survivor_lies_in_a_document_that_stays() -> None:
    copies = [occurrence("En sætning.", document=document) for document in ("d1", "d2", "d3")]
    (unique,) = unique_sentences(copies, frozenset({"d2", "d3"}))
    assert unique.survivor.document_id == "d2"


# Few texts, documents and positions, so that there are many duplicates.
CORPORA = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(SITES), st.integers(0, 3), st.integers(0, 3)),
    min_size=1, max_size=40, unique_by=lambda each: each[1:],
)  # fmt: skip


def occurrences_of(corpus: list[tuple[str, str, int, int]]) -> list[Occurrence]:
    return [
        occurrence(f"Sætning {text}.", site=site, document=f"{site}-{document}", position=position)
        for text, site, document, position in corpus
    ]


def documents_of(occurrences: list[Occurrence]) -> list[tuple[str, str, str]]:
    """Documents with their text as build makes them: the sentences in their order."""
    found: dict[tuple[str, str], list[Occurrence]] = {}
    for each in occurrences:
        found.setdefault((each.site, each.document_id), []).append(each)
    return [
        (site, document, " ".join(each.text for each in sorted(held, key=lambda each: each.position)))
        for (site, document), held in found.items()
    ]


@given(CORPORA, st.randoms(use_true_random=False))
def test_shuffled_occurrences_give_the_same_result(
    corpus: list[tuple[str, str, int, int]], draw: random.Random
) -> None:
    first = occurrences_of(corpus)
    second = draw.sample(first, len(first))
    survivors = surviving_documents(documents_of(first))
    assert surviving_documents(draw.sample(documents_of(second), len(documents_of(second)))) == survivors
    assert list(unique_sentences(second, survivors)) == list(unique_sentences(first, survivors))


@given(CORPORA)
def test_every_survivor_lies_in_a_surviving_document(corpus: list[tuple[str, str, int, int]]) -> None:
    occurrences = occurrences_of(corpus)
    survivors = surviving_documents(documents_of(occurrences))
    uniques = list(unique_sentences(occurrences, survivors))
    assert {unique.survivor.document_id for unique in uniques} <= survivors
    assert sum(unique.num_occurrences for unique in uniques) == len(occurrences)
    assert [unique.survivor.sentence_id for unique in uniques] == sorted({each.sentence_id for each in occurrences})


def test_of_documents_with_the_same_text_the_least_stays() -> None:
    documents: list[Any] = [("9001", "b", "text"), ("0540", "c", "text"), ("0540", "a", "text"), ("9001", "d", "other")]
    assert surviving_documents(documents) == {"a", "d"}
