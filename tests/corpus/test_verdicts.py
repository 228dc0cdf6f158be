"""Of near duplicates the best-ranked stays: on one side of the split, across it, and over the quarters."""

import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpus.dedup import sentence_id

NEAR = 0.8
ACROSS, SAME_SIDE = "near_duplicate_across_split", "near_duplicate_sentence"
PLACES = "Kommunen har i år ledige pladser til børn i alle byens daginstitutioner fra den første august."
MEDICINE = "Ansøgningen om tilskud til medicin skal underskrives af din egen læge inden årets udgang."
BUDGET = "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal på torvet."


def similarity(first: str, second: str) -> float:
    """Jaccard similarity of the sets of lower-cased character 3-grams."""
    one, other = ({text.lower()[i : i + 3] for i in range(len(text) - 2)} for text in (first, second))
    return len(one & other) / len(one | other)


def near(text: str, word: str, other: str) -> str:
    """The text with a word changed, still near to it."""
    changed = text.replace(word, other)
    assert NEAR <= similarity(text, changed) < 1
    return changed


@pytest.fixture
def state(house: Any, sentences: Callable[..., Any]) -> Callable[[str], dict[str, tuple[str, str]]]:
    """Side and first quarter of each sentence of a corpus."""
    return lambda quarter: {
        row["text"]: (row["split"], row["first_quarter"]) for row in sentences(house.corpus(quarter))
    }


def went(house: Any, quarter: str) -> dict[str, dict[str, Any]]:
    """What went as a near duplicate, by its text."""
    reasons = {ACROSS, SAME_SIDE, "in_excluded_file"}
    return {row["text"]: row for row in house.rows(quarter, "dropped") if row["reason"] in reasons}


def reasons_of(house: Any, quarter: str) -> dict[str, str]:
    return {text: row["reason"] for text, row in went(house, quarter).items()}


# on one side


def test_near_duplicate_goes_with_the_one_that_stays_named(house: Any, urls: dict[str, list[str]]) -> None:
    first, second = urls["train"][:2]
    longer = near(PLACES, "byens", "hele byens")
    house.build_pages("2020Q1", {first: [PLACES, BUDGET], second: [longer, MEDICINE]})
    (kept,) = [row for row in house.rows("2020Q1", "sentences") if row["text"] == longer]
    (gone,) = went(house, "2020Q1").values()
    assert (gone["level"], gone["reason"], gone["text"], gone["url"]) == ("sentence", SAME_SIDE, PLACES, first)
    assert (gone["kept_id"], gone["similarity"]) == (kept["sentence_id"], round(similarity(PLACES, longer), 3))
    assert (kept["num_near_duplicates"], kept["cluster_id"]) == (1, kept["sentence_id"])
    others = [row for row in house.rows("2020Q1", "sentences") if row is not kept and row["text"] != longer]
    assert {(row["num_near_duplicates"], row["cluster_id"]) for row in others} == {(0, None)}


def test_near_duplicate_met_more_often_stays_though_it_is_shorter(house: Any, urls: dict[str, list[str]]) -> None:
    longer = near(PLACES, "byens", "hele byens")
    first, second, third = urls["train"][:3]
    house.build_pages("2020Q1", {first: [PLACES, BUDGET], second: [longer], third: [PLACES, MEDICINE]})
    assert reasons_of(house, "2020Q1") == {longer: SAME_SIDE}


def test_near_duplicate_on_more_sites_stays_though_it_was_met_less(house: Any, urls: dict[str, list[str]]) -> None:
    often = near(PLACES, "byens", "hele byens")
    pages = {
        url: [often, other] for url, other in zip(urls["train"], (MEDICINE, BUDGET, "Her er åbent."), strict=False)
    }
    wide = {urls["train"][5]: [PLACES], "http://www.oerholm.kommuneby.test/": [PLACES]}
    house.build_pages("2020Q1", pages | wide)
    assert reasons_of(house, "2020Q1") == {often: SAME_SIDE}


# across the split


def test_carried_training_sentence_outlives_a_new_validation_one(
    house: Any, urls: dict[str, list[str]], state: Any
) -> None:
    edited = near(PLACES, "byens", "hele byens")
    house.build_pages("2020Q1", {urls["train"][0]: [PLACES]})
    house.build_pages("2020Q2", {urls["train"][0]: [PLACES], urls["validation"][0]: [edited]})
    assert reasons_of(house, "2020Q2") == {edited: ACROSS}
    assert state("2020Q2") == {PLACES: ("train", "2020Q1")}


def test_of_two_carried_ones_that_meet_the_validation_one_stays(
    house: Any, urls: dict[str, list[str]], state: Any
) -> None:
    """Each was alone in a quarter of its own."""
    other = near(PLACES, "byens", "hele byens")
    training, validation = urls["train"][0], urls["validation"][0]
    house.build_pages("2020Q1", {training: [other]})
    house.build_pages("2020Q2", {validation: [PLACES]})
    house.build_pages("2020Q3", {training: [other], validation: [PLACES]})
    assert state("2020Q3") == {PLACES: ("validation", "2020Q2")}
    assert reasons_of(house, "2020Q3") == {other: ACROSS}
    house.build_pages("2020Q4", {validation: [other]})
    assert state("2020Q4") == {other: ("train", "2020Q1")}


def test_one_that_went_is_later_on_the_side_of_the_one_that_stayed(
    house: Any, urls: dict[str, list[str]], state: Any
) -> None:
    """The survivor may be gone from the web; a model has been trained on it all the same."""
    other = near(PLACES, "byens", "hele byens")
    training, validation = urls["train"][0], urls["validation"][0]
    house.build_pages("2020Q1", {training: [PLACES], validation: [other, BUDGET]})
    assert reasons_of(house, "2020Q1") == {other: ACROSS}
    house.build_pages("2020Q2", {validation: [other, BUDGET]})
    assert state("2020Q2") == {other: ("train", "2020Q1"), BUDGET: ("validation", "2020Q1")}


def test_one_that_went_for_a_validation_sentence_is_later_validation(
    house: Any, urls: dict[str, list[str]], state: Any
) -> None:
    other = near(PLACES, "byens", "hele byens")
    training, validation = urls["train"][0], urls["validation"][0]
    house.build_pages("2020Q1", {validation: [PLACES]})
    house.build_pages("2020Q2", {training: [other, BUDGET], validation: [PLACES]})
    assert reasons_of(house, "2020Q2") == {other: ACROSS}
    house.build_pages("2020Q3", {training: [other, BUDGET]})
    assert state("2020Q3") == {other: ("validation", "2020Q2"), BUDGET: ("train", "2020Q2")}


def test_relaunch_of_a_site_changes_no_side(house: Any, urls: dict[str, list[str]], state: Any) -> None:
    """All addresses are new, and every page is now in a document of the other side."""
    texts = {"train": [PLACES, MEDICINE], "validation": [BUDGET]}
    house.build_pages("2020Q1", {urls[side][0]: texts[side] for side in texts})
    house.build_pages("2020Q2", {urls["validation"][5]: texts["train"], urls["train"][5]: texts["validation"]})
    assert state("2020Q2") == state("2020Q1")
    assert state("2020Q1")[BUDGET] == ("validation", "2020Q1")


def test_bridge_between_two_carried_sentences_moves_neither(house: Any, urls: dict[str, list[str]], state: Any) -> None:
    """Judged pair by pair, never by cluster: the two are not near each other."""
    bridge = "Kommunen har i år ledige pladser til alle børn i byens nye daginstitutioner."
    training, validation = bridge.replace("i år", "nu"), bridge.replace("nye dag", "gamle dag")
    assert min(similarity(bridge, training), similarity(bridge, validation)) >= NEAR > similarity(training, validation)
    pages = {urls["train"][0]: [training], urls["validation"][0]: [validation]}
    house.build_pages("2020Q1", pages)
    before = state("2020Q1")
    assert before == {training: ("train", "2020Q1"), validation: ("validation", "2020Q1")}
    house.build_pages("2020Q2", pages | {urls["train"][1]: [bridge, MEDICINE]})
    assert state("2020Q2") == before | {MEDICINE: ("train", "2020Q2")}
    assert went(house, "2020Q2")[bridge]["kept_id"] == sentence_id(validation)
    house.build_pages("2020Q3", {urls["train"][1]: [bridge], urls["train"][0]: [training, MEDICINE]})
    assert state("2020Q3") == {bridge: ("validation", "2020Q2"), MEDICINE: ("train", "2020Q2")}
    assert reasons_of(house, "2020Q3") == {training: ACROSS}


# over five quarters

WHO = ("Kommunen", "Byrådet i Nordby", "Det nye jobcenter", "Børnehaven Solstrålen", "Det gamle bibliotek ved åen")
WHAT = (
    "holder åbent hus for %s borgere den første lørdag i maj måned.",
    "søger %s frivillige, som vil hjælpe med at plante træer langs stien.",
    "har fået %s tilskud fra staten til den nye legeplads ved åen.",
    "svarer senest %s uger efter, at ansøgningen er modtaget digitalt.",
    "inviterer til %s møde om trafikken omkring byens største skoler.",
)
HOW = ("tre", "fire", "nogle")  # near duplicates of each other, mostly


def changing_pages(draw: random.Random, addresses: list[str]) -> dict[str, list[str]]:
    texts = [f"{who} {what % how}" for who in WHO for what in WHAT for how in HOW]
    return {url: draw.sample(texts, draw.randint(1, 4)) for url in draw.sample(addresses, 22)}


def test_no_sentence_changes_sides_over_five_quarters(
    house: Any, urls: dict[str, list[str]], sentences: Callable[..., Any], rows: Callable[..., Any]
) -> None:
    """And no two sentences of a corpus are near each other, whatever their side: every pair is compared."""
    draw = random.Random(5)
    seen: dict[str, tuple[str, str]] = {}
    num_met_again = num_across = 0
    for quarter in ("2020Q1", "2020Q2", "2020Q3", "2020Q4", "2021Q1"):
        house.build_pages(quarter, changing_pages(draw, [*urls["train"][:20], *urls["validation"][:20]]))
        kept = sentences(house.corpus(quarter))
        for first, second in itertools.combinations(kept, 2):
            assert similarity(first["text"], second["text"]) < NEAR
        now = {row["sentence_id"]: (row["split"], row["first_quarter"]) for row in kept}
        assert {identity: seen.get(identity, now[identity]) for identity in now} == now
        assert {row["split"] for row in kept} == {"train", "validation"}
        carried = {
            row["sentence_id"]: (row["split"], row["first_quarter"])
            for row in rows(house.corpus(quarter), "carry/sentences")
        }
        assert carried.items() >= (seen | now).items()
        assert {first for identity, (_, first) in carried.items() if identity not in seen} <= {quarter}
        num_met_again += len(now.keys() & seen.keys())
        num_across += ACROSS in reasons_of(house, quarter).values()
        seen = carried
    assert num_met_again > 50
    assert num_across > 2


# texts that must not be in a corpus


@pytest.fixture
def excluding(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[..., dict[str, dict[str, Any]]]:
    """Build two pages of three sentences without what is near these lines; gives what went."""

    def excluding(*lines: str, name: str = "evaluering.txt", corpus: str = "2020Q1") -> dict[str, dict[str, Any]]:
        file = house.data / name
        file.write_text("".join(f"{line}\n" for line in lines))
        root, pages = "http://www.nordby.kommuneby.test/", {"a": [PLACES, MEDICINE], "b": [BUDGET]}
        if not house.command.places.snapshot("2020Q1").exists():
            house.snapshot("2020Q1", [response(url=root + path, body=page_of(*held)) for path, held in pages.items()])
        house.build(corpus, exclude=[file])
        return went(house, corpus)

    return excluding


@pytest.mark.parametrize(
    "line", [PLACES, PLACES.upper(), f"  {PLACES.lower()}  ", near(PLACES, "byens", "hele byens")],
    ids=["exact", "in capitals", "other blanks", "near"],
)  # fmt: skip
def test_nothing_near_an_excluded_text_is_taken_in(excluding: Any, house: Any, state: Any, line: str) -> None:
    (gone,) = excluding(line).values()
    assert (gone["text"], gone["level"], gone["reason"]) == (PLACES, "sentence", "in_excluded_file")
    assert gone["kept_id"] is None
    assert gone["similarity"] == round(similarity(PLACES, line.strip()), 3)
    assert state("2020Q1").keys() == {MEDICINE, BUDGET}


def test_sentence_within_an_excluded_paragraph_is_not_taken_in(excluding: Any) -> None:
    assert excluding(f"{MEDICINE} {BUDGET}").keys() == {MEDICINE, BUDGET}


def test_json_lines_are_read_by_their_text(excluding: Any) -> None:
    lines = [json.dumps({"text": text, "label": 1}) for text in (PLACES, BUDGET)]
    assert excluding(*lines, "", name="evaluering.jsonl").keys() == {PLACES, BUDGET}


def test_excluded_texts_near_each_other_both_exclude(excluding: Any) -> None:
    """A sentence that is near to one of them goes, though that one is near to another excluded text itself."""
    nearer = near(PLACES, "august", "april")
    further = near(nearer, "Kommunen har i år", "Byerne har")
    assert similarity(PLACES, further) < NEAR
    assert excluding(nearer, further).keys() == {PLACES}


def test_carried_sentence_goes_for_an_excluded_text_and_keeps_its_side(
    house: Any, urls: dict[str, list[str]], state: Any, tmp_path: Path
) -> None:
    file = tmp_path / "evaluering.txt"
    file.write_text(PLACES)
    pages = {urls["validation"][0]: [PLACES], urls["train"][0]: [BUDGET]}
    house.build_pages("2020Q1", pages)
    before = state("2020Q1")
    house.command.places.snapshot("2020Q2").symlink_to(house.command.places.snapshot("2020Q1"))
    house.build("2020Q2", exclude=[file])
    assert state("2020Q2").keys() == {BUDGET}
    house.build_pages("2020Q3", pages)
    assert state("2020Q3") == before


def test_excluded_texts_are_a_part_of_the_configuration(excluding: Any, house: Any) -> None:
    def manifest(corpus: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((house.corpus(corpus) / "manifest.json").read_text())
        return found

    excluding(PLACES, corpus="2020Q1")
    excluding(BUDGET, corpus="2020Q1-andre")
    house.build("2020Q1-alle")
    excluding(PLACES, PLACES.upper(), name="igen.txt", corpus="2020Q1-igen")
    found = {name: manifest(name) for name in ("2020Q1", "2020Q1-andre", "2020Q1-alle", "2020Q1-igen")}
    assert len({each["inputs"]["configuration"] for each in found.values()}) == 3
    assert found["2020Q1-igen"]["inputs"] == found["2020Q1"]["inputs"]
    assert found["2020Q1"]["excluded"]["num_texts"] == 1
    assert found["2020Q1-alle"]["excluded"] == {"sha256": None, "num_texts": 0}
    for name, content in found.items():
        assert "evaluering" not in str(content), name
