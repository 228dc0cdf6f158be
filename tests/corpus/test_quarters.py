"""What one corpus hands to the next: no sentence changes sides, and its first quarter stays."""

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from corpus.carry import BOILERPLATE_FILE, CARRY_FILE, corpus_before
from corpus.dedup import document_id, sentence_id
from corpus.split import document_side
from corpus.verify import verify_corpus
from demo.kommuneby import make_web
from foundation.errors import BrokenRunError
from foundation.files import sha256_of_text
from foundation.quarters import parse_quarter

Sentences = Callable[[Path], list[dict[str, Any]]]
SHARE = 0.3  # of few documents some are on the validation side
ROOT = "http://www.nordby.kommuneby.test/"
URLS = [f"{ROOT}side-{number}" for number in range(40)]
TRAIN_URLS, VALIDATION_URLS = (
    [url for url in URLS if document_side(document_id("9001", url), SHARE) == side] for side in ("train", "validation")
)


# far from each other: near duplicates across the split are dropped
SENTENCES = (
    "Kommunen har i år ledige pladser til børn i alle byens daginstitutioner.",
    "Ansøgningen om tilskud til medicin skal underskrives af din egen læge.",
    "Genbrugspladsen ved havnen holder åbent hver dag undtagen nytårsdag og juleaften.",
    "Biblioteket udlåner også cykler, telte og symaskiner mod et lille depositum.",
    "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal.",
)


def sentence(number: int) -> str:
    return SENTENCES[number - 1]


@pytest.fixture
def publish(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[..., Any]:
    """Publish a snapshot with pages (URL -> numbers of its sentences) and build its corpus."""

    def publish(quarter: str, pages: dict[str, Iterable[int]]) -> Any:
        answers = [response(url=url, body=page_of(*map(sentence, held))) for url, held in pages.items()]
        house.snapshot(quarter, answers)
        return house.build_with(quarter, validation_share=SHARE)

    return publish


@pytest.fixture
def state(house: Any, sentences: Sentences) -> Callable[[str, int], tuple[str, str] | None]:
    """Side and first quarter of a sentence in a corpus; None where it is not there."""

    def state(quarter: str, number: int) -> tuple[str, str] | None:
        rows = {row["sentence_id"]: row for row in sentences(house.corpus(quarter))}
        row = rows.get(sentence_id(sentence(number)))
        return None if row is None else (row["split"], row["first_quarter"])

    return state


def test_new_sentence_is_validation_only_where_every_document_is(publish: Any, state: Any) -> None:
    publish(
        "2020Q1", {TRAIN_URLS[0]: [1, 3], VALIDATION_URLS[0]: [2, 3, 4], VALIDATION_URLS[1]: [4], TRAIN_URLS[1]: [1]}
    )
    assert [state("2020Q1", number)[0] for number in (1, 2, 3, 4)] == ["train", "validation", "train", "validation"]


def test_duplicate_document_on_the_training_side_makes_its_sentences_training(publish: Any, state: Any) -> None:
    """The survivor of a duplicate decides provenance, never the side."""
    publish("2020Q1", {VALIDATION_URLS[0]: [1, 2], TRAIN_URLS[0]: [1, 2], VALIDATION_URLS[1]: [3]})
    assert [state("2020Q1", number)[0] for number in (1, 2, 3)] == ["train", "train", "validation"]


def test_sentence_that_moves_to_a_document_of_the_other_side_stays_where_it_was(publish: Any, state: Any) -> None:
    publish("2020Q1", {TRAIN_URLS[0]: [1], VALIDATION_URLS[0]: [2]})
    publish("2020Q2", {VALIDATION_URLS[1]: [1, 3], TRAIN_URLS[1]: [2, 4]})
    assert state("2020Q2", 1) == ("train", "2020Q1")
    assert state("2020Q2", 2) == ("validation", "2020Q1")
    assert state("2020Q2", 3) == ("validation", "2020Q2")
    assert state("2020Q2", 4) == ("train", "2020Q2")


def test_sentence_that_is_gone_and_returns_keeps_side_and_first_quarter(publish: Any, state: Any) -> None:
    publish("2020Q1", {TRAIN_URLS[0]: [1], VALIDATION_URLS[0]: [2]})
    publish("2020Q2", {TRAIN_URLS[0]: [5]})
    assert state("2020Q2", 1) is state("2020Q2", 2) is None
    publish("2020Q3", {VALIDATION_URLS[1]: [1], TRAIN_URLS[1]: [2]})
    assert state("2020Q3", 1) == ("train", "2020Q1")
    assert state("2020Q3", 2) == ("validation", "2020Q1")


def test_near_copy_of_a_training_sentence_does_not_validate(
    house: Any, response: Any, page_of: Any, state: Any
) -> None:
    """Of two new near duplicates the training one stays; a carried validation sentence outlives a new training one."""

    def publish(quarter: str, training: str, validation: str) -> list[dict[str, Any]]:
        pages = {TRAIN_URLS[0]: training, VALIDATION_URLS[0]: validation}
        house.snapshot(quarter, [response(url=url, body=page_of(text)) for url, text in pages.items()])
        house.build_with(quarter, validation_share=SHARE)
        dropped = house.rows(quarter, "dropped")
        return [row["text"] for row in dropped if row["reason"] == "near_duplicate_across_split"]

    near = sentence(1).replace("alle", "mange af")
    assert publish("2020Q1", sentence(1), near) == [near]
    assert publish("2020Q2", sentence(3), sentence(2)) == []
    edited = sentence(2).replace("egen", "nye")
    assert publish("2020Q3", edited, sentence(2)) == [edited]
    assert state("2020Q3", 2) == ("validation", "2020Q2")


def test_corpus_names_the_one_it_follows(publish: Any, house: Any) -> None:
    first = publish("2020Q1", {TRAIN_URLS[0]: [1]})
    second = publish("2020Q2", {TRAIN_URLS[0]: [1]})
    assert first.follows is None
    assert first.inputs["carry"] is None
    assert second.follows == first.id
    hashes = [entry.sha256 for entry in first.files if entry.path.startswith("carry/")]
    assert second.inputs["carry"] == sha256_of_text(*hashes)


def test_trial_and_later_quarter_are_never_followed(publish: Any, house: Any) -> None:
    first = publish("2020Q1", {TRAIN_URLS[0]: [1]})
    house.build("2020Q1-try", overrides=["min_words=5"])
    publish("2020Q4", {TRAIN_URLS[0]: [3]})
    third = publish("2020Q2", {TRAIN_URLS[0]: [1]})
    assert third.follows == first.id
    assert corpus_before(house.command.places.corpora, parse_quarter("2020Q1-try")) is None
    following = corpus_before(house.command.places.corpora, parse_quarter("2020Q4-try"))
    assert following == house.corpus("2020Q2")


def test_unfinished_corpus_is_never_followed(publish: Any, house: Any) -> None:
    publish("2020Q1", {TRAIN_URLS[0]: [1]})
    (house.corpus("2020Q1") / "manifest.json").unlink()
    assert publish("2020Q2", {TRAIN_URLS[0]: [1]}).follows is None


def damage_content(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [(damage_content, "content differs"), (Path.unlink, "missing"), (lambda path: path.write_bytes(b""), "0 bytes")],
)
def test_damaged_carry_is_refused(publish: Any, house: Any, damage: Callable[[Path], Any], message: str) -> None:
    publish("2020Q1", {TRAIN_URLS[0]: [1]})
    damage(house.corpus("2020Q1") / CARRY_FILE)
    with pytest.raises(BrokenRunError, match=rf"{message}.*a corpus cannot follow this one; restore its folder"):
        publish("2020Q2", {TRAIN_URLS[0]: [1]})
    assert not house.corpus("2020Q2").exists()


def test_damaged_boilerplate_of_the_carry_is_refused(publish: Any, house: Any) -> None:
    pages = dict(zip(URLS[:10], itertools.permutations(range(1, 6), 2), strict=False))
    publish("2020Q1", pages)  # the heading of every page is boilerplate
    damage_content(house.corpus("2020Q1") / BOILERPLATE_FILE)
    with pytest.raises(BrokenRunError, match=r"boilerplate\.parquet: content differs.*a corpus cannot follow this one"):
        publish("2020Q2", pages)


def test_damaged_shard_of_the_corpus_before_does_no_harm(publish: Any, house: Any, state: Any) -> None:
    """A build reads its carry only; the damage is found by verify."""
    publish("2020Q1", {TRAIN_URLS[0]: [1], VALIDATION_URLS[0]: [2]})
    for shard in (house.corpus("2020Q1") / "sentences").iterdir():
        damage_content(shard)
    publish("2020Q2", {TRAIN_URLS[0]: [1], VALIDATION_URLS[0]: [2]})
    assert (state("2020Q2", 1), state("2020Q2", 2)) == (("train", "2020Q1"), ("validation", "2020Q1"))
    assert len(verify_corpus(house.corpus("2020Q1"))) == 2


@pytest.mark.slow
def test_no_sentence_of_kommuneby_changes_sides_over_three_quarters(
    house: Any, answers: Callable[..., list[Any]], sentences: Sentences
) -> None:
    seen: dict[str, tuple[str, str]] = {}
    for index, quarter in enumerate(("2020Q1", "2020Q2", "2020Q3")):
        web = make_web(num_municipalities=2, pages_per_site=10, trap_months=1, quarter_index=index)
        house.snapshot(quarter, answers(web))
        house.build_with(quarter, validation_share=SHARE)
        now = {row["sentence_id"]: (row["split"], row["first_quarter"]) for row in sentences(house.corpus(quarter))}
        both = now.keys() & seen.keys()
        assert {identity: now[identity] for identity in both} == {identity: seen[identity] for identity in both}
        assert all(now[identity][1] == quarter for identity in now.keys() - seen.keys())
        assert now.keys() - seen.keys()
        # with those that were met and went as near duplicates
        seen |= {
            row["sentence_id"]: (row["split"], row["first_quarter"]) for row in house.rows(quarter, "carry/sentences")
        }
        assert now.items() <= seen.items()
        assert {split for split, _ in now.values()} == {"train", "validation"}
