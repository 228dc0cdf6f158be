"""Each rule drops what it names, and nothing a Danish municipality would write."""

import time
from typing import Any

import pytest

from corpus.config import CorpusConfig
from corpus.quality import document_reason_to_drop, num_words, reason_to_drop
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
        f"Sådan gør duÆldre borgere {REST}", f"Sortér dit affaldBestil en beholder og {REST}",
        f"Hent NemID på rådhusetBorgere {REST}",
    ),
    DropReason.MANY_WORDS: (f"Borgere {REST} " * 13, "Børn og unge, " * 50),
    DropReason.CUT_OFF: (f"Borgere {REST}…", f"Borgere {REST} ...", f"Borgere {REST} og så videre...",),
    DropReason.FEW_LETTERS: (
        "Mandag 10.00-15.00 Tirsdag 10.00-15.00 Onsdag 10.00-15.00 Torsdag 10.00-17.00 og så",
        "Regnskab for 2019: 1.234.567 2.345.678 3.456.789 4.567.890 5.678.901 kr.",
    ),
    DropReason.MANY_CAPITALS: (
        "HER KAN BORGERE SØGE OM HJÆLP TIL RENGØRING OG INDKØB", "VIGTIGT FRA OS TIL JER: HUSK AT SØGE om det nu",
    ),
    DropReason.ODD_WORDS: (
        "a b c d e f g h i j k l", "Børnehaveinstitutionsbestyrelser, specialpædagogikkonsulentopgaver, "
        "kommunalbestyrelsesmedlemmer, tilgængelighedserklæringer, arbejdsmarkedsuddannelser, "
        "ressourceforløbsydelser, samtykkeerklæringer, ejendomsskattelån",
    ),
    DropReason.REPEATED_WORDS: (
        "Læs mere og læs mere og læs mere og læs mere og", "Menu i menu, Menu i menu; menu i MENU i »menu« i menu",
    ),
    DropReason.FEW_FUNCTION_WORDS: (
        "Forside Borger Erhverv Politik Kommunen Job Kontakt Presse", "Anna Bent Carl Dorte Erik Freja Gert Hanne",
        "Lorem dolor amet consectetur adipiscing elit sed eiusmod",
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
    # near the other rules
    f"Borgere, der hører lyde over 65 dB eller 20 kHz, {REST}",
    f"Borgere {REST} m.v.",
    f"Borgere ... {REST}.",
    f"»Borgere {REST} …« siger borgmesteren.",
    "Fra den 1. januar 2024 er satsen 1.234 kr. om måneden for enlige efter servicelovens § 83, stk. 2.",
    "Kontoret har åbent for alle borgere mandag til onsdag kl. 10-15 og torsdag kl. 10-17.30 på rådhuset.",
    "SU, STU, FGU, HF, EUD og EUX er nogle af de uddannelser du kan søge ind på efter 9. klasse.",
    "KOMMUNALBESTYRELSEN har vedtaget det nye budget for 2025.",
    "Nu er vi i gang, og så er det op til os at få det på plads.",
    "Medlemmernes habilitetsforhold vurderes efter forvaltningslovens bestemmelser og offentliggøres straks.",
    "Jo mere du ved, jo mere kan du, og jo mere du kan, jo mere vil du.",
    "Skriv til [e-mail] eller ring til [telefon] hvis du har spørgsmål.",
    "Borgerservice, Rådhuspladsen 1, 9999 Nordby, er stedet for pas og kørekort.",
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


@pytest.mark.parametrize(
    ("thresholds", "sentence", "reason"),
    [
        ({"max_words": 9}, f"Borgere {REST}", DropReason.MANY_WORDS),
        ({"max_words": 11}, f"Borgere {REST}", None),
        ({"keep_cut_off": True}, f"Borgere {REST} …", None),
        ({"min_letter_share": 1.0}, f"Borgere {REST}.", DropReason.FEW_LETTERS),
        ({"min_letter_share": 0.0}, "1 2 3 4 5 6 7 og", DropReason.ODD_WORDS),
        ({"max_capital_share": 0.0}, f"Borgere {REST}", DropReason.MANY_CAPITALS),
        ({"max_capital_share": 1.0}, f"BORGERE {REST}".upper(), None),
        ({"min_mean_word_chars": 6.0}, f"Borgere {REST}", DropReason.ODD_WORDS),
        ({"max_mean_word_chars": 4.0}, f"Borgere {REST}", DropReason.ODD_WORDS),
        ({"min_different_share": 0.0}, "Læs mere og læs mere og læs mere og læs mere og", None),
        ({"min_different_share": 1.0}, f"Borgere og {REST}", DropReason.REPEATED_WORDS),
        ({"min_function_words": 0}, "Forside Borger Erhverv Politik Kommunen Job Kontakt Presse", None),
        ({"min_function_words": 7}, f"Borgere {REST}", DropReason.FEW_FUNCTION_WORDS),
    ],
)
def test_rule_has_its_threshold(thresholds: dict[str, Any], sentence: str, reason: DropReason | None) -> None:
    assert reason_to_drop(sentence, CorpusConfig(**thresholds)) is reason


def test_danish_function_words_are_asked_of_danish_documents_only() -> None:
    sentence = "Citizens apply every week without paying municipal offices anything"
    assert reason_to_drop(sentence, CONFIG) is DropReason.FEW_FUNCTION_WORDS
    assert reason_to_drop(sentence, CONFIG, "en") is None


@pytest.mark.parametrize(
    "start", ["[a " * 100_000, "[" + "a" * 300_000, "<a" * 150_000, "<" + "a" * 300_000, "&#1" * 100_000,
              "[a" * 150_000, "function " * 30_000, "Mc" * 150_000]
)  # fmt: skip
def test_hostile_sentence_is_judged_in_time(start: str) -> None:
    before = time.process_time()
    reason_to_drop(f"{start} a b c d e f g h", CONFIG)
    assert time.process_time() - before < 2


@pytest.mark.parametrize(
    ("texts", "is_dropped"),
    [([], False), (["a"], False), (["", ""], False), (["ab", "ab"], False), (["ab", "ab", "ab"], True),
     (["lang tekst", "a", "a", "a"], False), (["a", "b", "a", "b", "a"], True)],
)  # fmt: skip
def test_document_that_says_the_same_again_and_again_is_dropped(texts: list[str], is_dropped: bool) -> None:
    assert document_reason_to_drop(texts, CONFIG) == (DropReason.REPEATED_BLOCKS if is_dropped else None)


def test_share_of_repeated_blocks_is_a_threshold() -> None:
    texts = ["ab", "ab", "cd"]
    assert document_reason_to_drop(texts, CONFIG) is None
    assert document_reason_to_drop(texts, CorpusConfig(max_repeated_block_share=0.3)) is DropReason.REPEATED_BLOCKS
