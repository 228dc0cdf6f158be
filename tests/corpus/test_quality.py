"""Each rule drops what it names, and nothing a Danish municipality would write."""

import pytest

from corpus.config import CorpusConfig
from corpus.quality import num_words, reason_to_drop
from corpus.schema import DropReason

CONFIG = CorpusConfig()
REST = "kan søge om hjælp til rengøring og indkøb hver uge"

DROPPED = {
    DropReason.FEW_WORDS: (
        "Åbningstider", "Kontakt Borgerservice på rådhuset i dag.", "Vi har åbent – også i denne weekend.",
        "Læs mere om at søge her >> |",
    ),
    DropReason.NO_LETTERS: ("", "12 34 56 78", "1 2 3 4 5 6 7 8 9 10", "– – – – – – – – –", "10.00-15.00"),
    DropReason.MARKUP_LEFT: (
        f"<div class='x'>Borgere {REST}", f"Borgere {REST} </p>", f"Borgere {REST} <br/>", f"Borgere&nbsp;{REST}",
        f"Borgere &amp; gæster {REST}", f"Borgere &#8211; gæster {REST}", f"Borgere {{{{navn}}}} {REST}",
        f"[if lt IE 9] Borgere {REST} endif", f"$(function () Borgere {REST}",
        f"[caption id=5 align=left] Borgere {REST}",
    ),
    DropReason.JOINED_CAMEL_CASE: (
        f"BorgerePensionister {REST}", f"BorgereÆldre {REST}", f"ÆldreØkonomi og borgere {REST}",
        f"Læs mereÅbningstider og borgere {REST}", f"Se hjælpØkonomi og borgere {REST}",
        f"Sådan gør duÆldre borgere {REST}",
    ),
}  # fmt: skip

KEPT = (
    f"Borgere {REST}.",
    f"»Borgere {REST},« siger borgmesteren.",
    f'"Borgere {REST}", siger borgmesteren.',
    f"BORGERE {REST}",
    f"Borgere med NemID eller MitID {REST}",
    f"Brugere af YouTube, LinkedIn og WhatsApp {REST}",
    f"Borgere med et forbrug over 4000 kWh {REST}",
    f"Borgere med blodtryk over 140 mmHg og pH under 7 {REST}",
    f"Borgere med iPhone eller iPad {REST}",
    f"Borgere ved McDonald og andre steder {REST}",
    f"Borgere med indkomst < 100.000 kr. og > 0 kr. {REST}",
    f"Borgere hos Test & Søn A/S {REST}",
    f"Borgere i 3A, 4B og 5C {REST}",
    f"Borgere (se § 83, stk. 2) {REST}",
    f"Forældre til en skoleelev [se nedenfor] {REST}",
    f"Borgere med ph.d.-grad {REST}",
    f"Borgere med en BMI på 30 {REST}",
)


@pytest.mark.parametrize(
    ("reason", "sentence"), [(reason, sentence) for reason, sentences in DROPPED.items() for sentence in sentences]
)
def test_sentence_is_dropped_for_its_reason(reason: DropReason, sentence: str) -> None:
    assert reason_to_drop(sentence, CONFIG) is reason


@pytest.mark.parametrize("sentence", KEPT)
def test_danish_sentence_is_kept(sentence: str) -> None:
    assert reason_to_drop(sentence, CONFIG) is None


def test_least_number_of_words_is_a_threshold() -> None:
    sentence = "Vi har åbent i dag."
    assert reason_to_drop(sentence, CONFIG) is DropReason.FEW_WORDS
    assert reason_to_drop(sentence, CorpusConfig(min_words=5)) is None
    assert reason_to_drop(sentence, CorpusConfig(min_words=6)) is DropReason.FEW_WORDS


@pytest.mark.parametrize(
    ("sentence", "number"),
    [("", 0), ("– & |", 0), ("Vi har åbent – hver dag", 5), ("kl. 10-15", 2), ("§ 83, stk. 2", 3)],
)
def test_word_holds_a_letter_or_a_digit(sentence: str, number: int) -> None:
    assert num_words(sentence) == number
