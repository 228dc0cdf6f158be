"""From blocks to sentences: nothing personal goes further, and what goes has its reason."""

import json
from typing import Any

import pytest

from corpus.config import CorpusConfig
from corpus.extract import Block
from corpus.personal_data import count_cpr, unmasked_kinds
from corpus.schema import DropReason
from corpus.text_steps import Loss, Outcome, work_out

CONFIG = CorpusConfig()
DANISH = (
    "Du kan søge om en plads i børnehaven tre måneder før du skal bruge den.",
    "Haveaffald bliver hentet hver anden mandag fra marts til november.",
    "Biblioteket har åbent for lånere med kort fra tidligt om morgenen.",
)
ENGLISH = (
    "You can apply for a place in the kindergarten three months before you need it.",
    "Garden waste is collected every second Monday from March until November.",
)
NUMBER, EMAIL, PHONE = "0101010000", "navn@nordby.kommuneby.test", "00 00 00 00"
WITH_NUMBER = f"Som eksempel på et nummer kan vi nævne {NUMBER} som ingen borger har."
WITH_CONTACT = f"Skriv til {EMAIL} eller ring på telefon {PHONE} hvis du har spørgsmål."


def worked_out(*texts: str, title: str | None = None, **thresholds: Any) -> Outcome:
    return work_out(title, [Block("paragraph", text) for text in texts], CorpusConfig(**thresholds))


def everything(outcome: Outcome) -> str:
    return json.dumps(outcome.as_value(), ensure_ascii=False)


def test_danish_sentences_come_out_with_their_place() -> None:
    outcome = work_out("Nordby", [Block("heading", "Nordby"), Block("list", " ".join(DANISH))], CONFIG)
    assert (outcome.reason, outcome.language, outcome.title) == (None, "da", "Nordby")
    assert [each.text for each in outcome.sentences] == list(DANISH)
    assert [(each.position, each.kind) for each in outcome.sentences] == [(2, "list"), (3, "list"), (4, "list")]
    assert {type(each.score) for each in outcome.sentences} == {int}
    assert all(500 < each.score <= 1000 and each.num_words > 7 for each in outcome.sentences)
    assert outcome.losses == [Loss("sentence", DropReason.FEW_WORDS, "Nordby")]


def test_bare_cpr_number_costs_its_block_and_no_other() -> None:
    outcome = worked_out(DANISH[0], f"{DANISH[1]} {WITH_NUMBER}", DANISH[2])
    assert [block.text for block in outcome.blocks] == [DANISH[0], DANISH[2]]
    assert Loss("block", DropReason.BARE_CPR_IN_BLOCK, None) in outcome.losses
    assert outcome.findings["bare_cpr"] == 1
    assert NUMBER not in everything(outcome)


def test_title_with_a_cpr_number_is_none() -> None:
    outcome = worked_out(*DANISH, title=f"Sag {NUMBER} om noget")
    assert outcome.title is None
    assert outcome.reason is None
    assert NUMBER not in everything(outcome)


def test_page_of_nothing_but_cpr_numbers_has_no_sentences() -> None:
    outcome = worked_out(WITH_NUMBER, NUMBER)
    assert (outcome.reason, outcome.blocks, outcome.sentences) == (DropReason.NO_SENTENCES, [], [])
    assert [loss.reason for loss in outcome.losses] == [DropReason.BARE_CPR_IN_BLOCK] * 2


def test_contact_data_are_masked_everywhere() -> None:
    outcome = worked_out(*DANISH, WITH_CONTACT, "Telefon", "00000000", EMAIL, title=f"Skriv til {EMAIL}")
    written = everything(outcome)
    assert EMAIL not in written
    assert PHONE not in written
    assert "00000000" not in written
    assert outcome.title == "Skriv til [e-mail]"
    (sentence,) = [each for each in outcome.sentences if "[" in each.text]
    assert sentence.text == "Skriv til [e-mail] eller ring på telefon [telefon] hvis du har spørgsmål."
    assert sentence.num_masked == 2
    assert outcome.findings["email"] >= 2
    assert outcome.findings["phone"] >= 2


@pytest.mark.parametrize("kind", ["emails", "phones"])
def test_sentence_with_a_dropped_kind_goes_and_is_masked_in_what_is_left(kind: str) -> None:
    outcome = worked_out(*DANISH, WITH_CONTACT, **{kind: "drop"})
    assert [each.text for each in outcome.sentences] == list(DANISH)
    (loss,) = [loss for loss in outcome.losses if loss.reason == DropReason.CONTACT_DATA]
    assert loss.text == "Skriv til [e-mail] eller ring på telefon [telefon] hvis du har spørgsmål."
    assert EMAIL not in everything(outcome)


def test_kept_kind_is_kept() -> None:
    outcome = worked_out(*DANISH, WITH_CONTACT, emails="keep")
    assert EMAIL in outcome.sentences[-1].text
    assert PHONE not in everything(outcome)


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (ENGLISH, DropReason.DOCUMENT_OTHER_LANGUAGE),
        ([DANISH[0]] * 4, DropReason.REPEATED_BLOCKS),
        (["Åbningstider på rådhuset i dag", "Kontakt os her på siden"], DropReason.NO_SENTENCES),
        ([], DropReason.NO_SENTENCES),
    ],
)
def test_document_has_its_reason(texts: list[str], reason: DropReason) -> None:
    outcome = worked_out(*texts)
    assert (outcome.reason, outcome.sentences) == (reason, [])


def test_sentence_in_another_language_goes_from_a_danish_document() -> None:
    outcome = worked_out(*DANISH, ENGLISH[0])
    assert [each.text for each in outcome.sentences] == list(DANISH)
    assert Loss("sentence", DropReason.SENTENCE_OTHER_LANGUAGE, ENGLISH[0]) in outcome.losses


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(),
        Outcome(reason=DropReason.TOO_SLOW),
        worked_out(*DANISH, WITH_NUMBER, WITH_CONTACT, ENGLISH[0], "Nordby \x00 \U0010ffff", title="T"),
        worked_out(*ENGLISH),
    ],
)
def test_outcome_comes_back_through_json(outcome: Outcome) -> None:
    assert Outcome.from_value(json.loads(json.dumps(outcome.as_value()))) == outcome


def test_same_text_gives_the_same_outcome() -> None:
    texts = (*DANISH, WITH_NUMBER, WITH_CONTACT, *ENGLISH)
    assert everything(worked_out(*texts)) == everything(worked_out(*texts))


@pytest.mark.parametrize(
    "hostile",
    ["\x00", "\u202e" * 50, "Æ" * 100_000, "a. " * 200, "\n\n\n", "[e-mail]" * 500, "(" * 10_000, "@" * 10_000],
)
def test_hostile_block_costs_the_others_nothing(hostile: str) -> None:
    outcome = worked_out(*DANISH * 40, hostile, max_repeated_block_share=1.0)
    assert [each.text for each in outcome.sentences] == list(DANISH) * 40


@pytest.mark.parametrize("label", ["", "Nr. ", "Tlf. ", "Kontakt: "])
@pytest.mark.parametrize("number", [NUMBER, PHONE, EMAIL, "00000000"])
def test_nothing_personal_is_left_in_what_comes_out(number: str, label: str) -> None:
    outcome = worked_out(*DANISH, f"Her står {label}{number} i en sætning der er lang nok.", label, number)
    kept = [each.text for each in outcome.sentences] + [block.text for block in outcome.blocks]
    assert not any(unmasked_kinds(text, CONFIG) for text in kept)
    assert not any(map(count_cpr, kept))


def test_number_behind_a_label_from_which_a_block_is_gone_is_masked() -> None:
    blocks = [Block("paragraph", text) for text in (*DANISH, "Telefon", "Del denne side", "00000001")]
    outcome = work_out(None, blocks, CONFIG, boilerplate={4})
    assert outcome.text.endswith("Telefon\n[telefon]")
    assert outcome.findings == {"phone": 1}


def test_number_that_shows_itself_when_its_neighbours_are_masked_costs_its_block() -> None:
    outcome = worked_out(*DANISH, "Tlf.", "311299 0000 311299 0000 12 34 12345678")
    assert outcome.text == "\n".join((*DANISH, "Tlf."))
    assert (count_cpr(outcome.text), unmasked_kinds(outcome.text, CONFIG).total()) == (0, 0)
