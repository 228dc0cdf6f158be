"""Danish stays, its neighbours and other languages go, also where sentences are short or full of names."""

import itertools
import os
import subprocess
import sys

import pytest

from corpus.config import CorpusConfig
from corpus.danish.neighbours import LANGUAGES, words_against
from corpus.danish.neighbours_spellings import GRAMMAR, SPELLINGS
from corpus.danish.neighbours_words import LEANINGS, WORDS
from corpus.language import (
    LanguageScore,
    identify,
    identify_document,
    is_danish,
    is_kept_document,
    judge_sentences,
    sentence_score,
)

CONFIG = CorpusConfig()
DANISH = LanguageScore("da", 0.9)

SENTENCES = """
Du kan søge om en plads i daginstitution på kommunens hjemmeside.
Borgerservice har åbent mandag til torsdag fra klokken ti til femten.
Kommunen yder tilskud til beboernes transport til og fra aktivitetscentret.
Er du fyldt 65 år, kan du få tilbudt et forebyggende hjemmebesøg.
Byrådet har godkendt lokalplan nr. 214 for området ved Havnegade.
Klagefristen er fire uger fra den dag, du har modtaget afgørelsen.
Affald skal sorteres i mad, papir, pap, metal, glas og plast.
Har du spørgsmål, er du velkommen til at kontakte os på telefon 00 00 00 00.
Vi behandler din ansøgning hurtigst muligt og senest inden otte uger.
Skolen ligger i landlige omgivelser tæt på skov og strand.
Du skal medbringe gyldig legitimation, for eksempel pas eller kørekort.
Hjemmeplejen kommer i tidsrummet mellem klokken syv og elleve om formiddagen.
Taksten for en fuldtidsplads i vuggestue er 4.125 kr. pr. måned.
Ansøgningsskemaet sendes til Center for Børn, Unge og Familier.
Læs mere om reglerne for kørekort, pas og folkeregister her.
Jobcentret hjælper ledige borgere og virksomheder i hele kommunen.
Biblioteket holder lukket juleaftensdag, nytårsaftensdag og grundlovsdag.
Vandværket er ansvarligt for kvaliteten af drikkevandet i området.
Sagen sendes i høring hos naboer og andre berørte parter.
Hunde skal føres i snor på kommunens strande hele sommeren.
Rådhuset, Jobcentret, Biblioteket, Musikskolen, Ungdomsskolen, Svømmehallen og Hallen.
Formand Anna Testesen, næstformand Bo Testesen, medlemmer Carl Testesen og Dorte Testesen.
Nordby Skole, Sandvig Skole, Ørholm Skole og Ålsund Skole deltager.
Mandag, tirsdag, onsdag, torsdag og fredag klokken 10.00-15.00.
Åbningstider i uge 42: mandag lukket, tirsdag åbent 10-14.
Rådhuspladsen 1, 9999 Kommuneby, tlf. 00 00 00 00, post@kommuneby.test.
Ældrerådet, Handicaprådet og Udsatterådet mødes hver anden måned.
Se servicelovens § 83, stk. 1, nr. 2, og § 95, stk. 2.
Tilmelding til kurset Digital Post og MitID senest fredag.
Vuggestue, børnehave, dagpleje, SFO, klub og ungdomsskole i området.
""".strip().splitlines()

# Names, addresses, lists, and Danish full of English: nothing or little in them is Danish.
HARD_DANISH = """
Formand Anna Testesen, næstformand Bo Testesen, sekretær Carl van der Test og kasserer Mary Testson.
Testgade 12, 9999 Kommuneby, Prøvevej 4, 9998 Sandby, tlf. 00 00 00 00.
Anna Testesen, Bo Testesen, Carl Testesen, Dorte Testesen, Erik Testesen, Freja Testesen.
Restaurant The Old Test, Café Le Test og Pizzeria Bella Test.
Pap, papir, plast, metal, glas, mad- og drikkekartoner, tekstiler, restaffald.
Mandag Tirsdag Onsdag Torsdag Fredag Lørdag Søndag Lukket.
Vi holder open house med start-up pitch, networking og get-together.
Projektet hedder From Waste to Resource og er støttet af EU.
Workshop: Design Thinking, Storytelling og Social Media for Business Managers.
Digital Post, MitID, Teams, OneDrive, SharePoint, Outlook, Windows Hello.
Spisesedlen: frikadeller, rødgrød, hakkebøf, stegt flæsk.
Skoler: Nordskolen, Sydskolen, Østskolen, Vestskolen, Byskolen.
""".strip().splitlines()

# Sentences as they could be Danish but for a word or two.
NEAR_DANISH = {
    "nb": """
        Vi kan ikke si noe om denne saken før i morgen.
        Du kan søke om plass i barnehagen hele året.
        Kommunen gir deg svar innen tre uker etter møtet.
        Hun gikk hjem uten å si noe til foreldrene sine.
        Hva koster det å leie salen en hel dag?
    """,
    "nn": """
        Vi kan ikkje seie noko om denne saka før i morgon.
        Kommunen har ansvar for å gi innbyggjarane gode tenester.
        Du kan søkje om plass for borna heile året.
    """,
    "sv": """
        Du får gärna ringa oss om du har några frågor.
        Vi har ett möte om skolan på måndag i nästa vecka.
        Han kommer inte till skolan i dag för att han är sjuk.
    """,
    "en": """
        Opening hours: Monday to Friday from ten to three.
        The museum is in the old part of the town of Kommuneby.
    """,
    "de": """
        Das Museum ist von Montag bis Freitag für alle Gäste offen.
        Kommuneby liegt an der Ostsee und hat einen langen Strand.
    """,
}  # fmt: skip
NEAR_DANISH_CASES = [(code, line.strip()) for code, text in NEAR_DANISH.items() for line in text.strip().splitlines()]

FOREIGN = {
    "nb": """
        Kommunen har ansvaret for å gi innbyggerne gode helsetjenester, og du kan søke om hjelp hjemme dersom du
        har behov for det. Søknaden sendes til servicetorget, og vi behandler den så raskt vi kan. Hvis du er uenig i
        vedtaket, kan du klage innen tre uker. Barnehagen har åpent fra klokka sju om morgenen.
    """,
    "sv": """
        Kommunen ansvarar för att erbjuda förskola och skola för alla barn, och du kan ansöka om plats på vår
        webbplats. Om du inte är nöjd med beslutet kan du överklaga inom tre veckor. Biblioteket har öppet varje dag,
        och du är välkommen att ringa oss om du har några frågor.
    """,
    "en": """
        The municipality offers free language classes to all newcomers who have moved to the city within the last
        three years. Please bring your passport and your residence permit when you visit the citizen service centre.
        You may appeal against the decision within four weeks.
    """,
    "de": """
        Die Gemeinde bietet allen neuen Bürgerinnen und Bürgern kostenlose Sprachkurse an. Bitte bringen Sie Ihren
        Ausweis mit, wenn Sie das Bürgerbüro besuchen. Gegen den Bescheid können Sie innerhalb von vier Wochen
        Widerspruch einlegen.
    """,
}  # fmt: skip

FOREIGN_SENTENCES = (
    "Please bring your passport and your residence permit when you visit us.",
    "Die Gemeinde bietet allen neuen Bürgerinnen und Bürgern kostenlose Sprachkurse an.",
    "Om du inte är nöjd med beslutet kan du överklaga inom tre veckor.",
    "The library is open every day and everybody is welcome to read the newspapers.",
    "Welkom in onze gemeente, wij helpen u graag met al uw vragen.",
    "Witamy w naszej gminie, chętnie odpowiemy na wszystkie pytania.",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_danish_sentence_of_a_danish_page_stays(sentence: str) -> None:
    assert sentence_score(sentence, DANISH, CONFIG) is not None


@pytest.mark.parametrize("sentence", HARD_DANISH)
def test_names_lists_and_english_terms_fool_nobody(sentence: str) -> None:
    assert sentence_score(sentence, DANISH, CONFIG) is not None


@pytest.mark.parametrize("sentence", SENTENCES[:20])
def test_danish_sentence_on_its_own(sentence: str) -> None:
    assert is_danish(sentence)


@pytest.mark.parametrize(("language", "sentence"), NEAR_DANISH_CASES)
def test_near_danish_sentence_is_told_apart(language: str, sentence: str) -> None:
    assert not is_danish(sentence)
    assert identify(sentence)[0].language == language
    assert sentence_score(sentence, DANISH, CONFIG) is None


def test_grammar_tells_apart_what_words_do_not() -> None:
    assert is_danish("Denne bil er ikke min, men den er god.")
    assert not is_danish("Denne bilen er ikke min, men den er god.")


def test_sentence_that_is_danish_and_norwegian_follows_its_document() -> None:
    sentence = "Jeg kan ikke komme i morgen."
    assert sentence_score(sentence, DANISH, CONFIG) is not None
    assert sentence_score(sentence, LanguageScore("nb", 0.9), CONFIG) is None


def test_score_says_how_much_speaks_for_the_language() -> None:
    clear, silent = judge_sentences([SENTENCES[0], "Anna Testesen, Bo Testesen"], DANISH, CONFIG)
    assert clear is not None
    assert silent is not None
    assert clear > silent == pytest.approx(0.8)


@pytest.mark.parametrize("size", [2, 3, 10])
def test_danish_document_stays(size: int) -> None:
    for start in range(0, len(SENTENCES), size):
        text = "\n".join(SENTENCES[start : start + size])
        assert is_kept_document(identify_document(text, CONFIG), CONFIG), text


@pytest.mark.parametrize("language", FOREIGN)
def test_document_of_another_language_goes(language: str) -> None:
    text = " ".join(FOREIGN[language].split())
    found = identify_document(text, CONFIG)
    assert found.language == language
    assert not is_kept_document(found, CONFIG)


@pytest.mark.parametrize("section", ["en", "de"])
def test_danish_page_with_a_section_in_another_language_stays_danish(section: str) -> None:
    danish = "\n".join(SENTENCES[:6])
    foreign = [f"{sentence}." for sentence in " ".join(FOREIGN[section].split()).rstrip(".").split(". ")]
    found = identify_document("\n".join([danish, *foreign]), CONFIG)
    assert found.language == "da"
    assert found.score < 0.9
    assert is_kept_document(found, CONFIG)
    assert judge_sentences(foreign, found, CONFIG) == [None] * len(foreign)
    assert None not in judge_sentences(SENTENCES[:6], found, CONFIG)


@pytest.mark.parametrize("language", FOREIGN)
def test_foreign_page_with_a_danish_menu_line_goes(language: str) -> None:
    text = "Læs mere om kommunen på dansk her\n" + " ".join(FOREIGN[language].split())
    assert not is_kept_document(identify_document(text, CONFIG), CONFIG)


@pytest.mark.parametrize(
    "text",
    [
        "Anna Testesen\nBo Testesen\nCarl Testesen",
        "Kontakt\nBorgerservice\nTestgade 1\n9999 Kommuneby\nTelefon: 00 00 00 00\nMail: post@kommuneby.test",
        "Anna Testesen, tlf. 00 00 00 00\nBo Testesen\nMary Testson, Head of Test\n" * 5,
        "\n".join(HARD_DANISH),
    ],
)
def test_page_of_names_and_addresses_stays(text: str) -> None:
    assert is_kept_document(identify_document(text, CONFIG), CONFIG)


@pytest.mark.parametrize(
    "text",
    [
        "Ліцензія видається муніципалітетом протягом чотирьох тижнів після подання заяви.",
        "مرحبا بكم في البلدية نحن هنا لمساعدتكم في كل شيء",
        "Belediye binası pazartesi günleri saat ondan üçe kadar açıktır ve herkes gelebilir.",
        "Witamy w naszej gminie, chętnie odpowiemy na wszystkie pytania mieszkańców.",
    ],
)
def test_page_in_a_language_we_do_not_know_goes(text: str) -> None:
    found = identify_document(text, CONFIG)
    assert found.language == "und"
    assert not is_kept_document(found, CONFIG)


@pytest.mark.parametrize("sentence", FOREIGN_SENTENCES)
def test_foreign_sentence_of_a_danish_page_goes(sentence: str) -> None:
    assert sentence_score(sentence, DANISH, CONFIG) is None


def test_languages_to_keep_are_a_threshold() -> None:
    english = identify_document(" ".join(FOREIGN["en"].split()), CONFIG)
    assert is_kept_document(english, CorpusConfig(languages=("da", "en")))
    assert is_kept_document(english, CorpusConfig(languages=()))
    assert sentence_score(FOREIGN_SENTENCES[0], english, CorpusConfig(languages=())) is not None


@pytest.mark.parametrize("text", ["", " ", "123", "!?", "中文", "x" * 20_000])
def test_text_of_no_language_is_no_stop(text: str) -> None:
    assert 0 <= identify_document(text, CONFIG).score <= 1
    sentence_score(text, DANISH, CONFIG)


def test_scores_are_rounded_so_that_processes_agree() -> None:
    scores = itertools.chain.from_iterable(identify(sentence) for sentence in SENTENCES)
    assert all(each.score == round(each.score, 3) for each in scores)


def test_only_the_beginning_of_a_long_document_is_read() -> None:
    config = CorpusConfig(max_language_chars=200)
    danish = " ".join(SENTENCES)[:200]
    assert identify_document(danish + FOREIGN["en"] * 100, config) == identify_document(danish, config)


LANGDETECT = CorpusConfig(language_identifier="langdetect")


def test_langdetect_alone_judges_documents_and_no_sentences() -> None:
    danish = identify_document("\n".join(SENTENCES), LANGDETECT)
    assert danish.language == "da"
    assert judge_sentences([SENTENCES[0], FOREIGN_SENTENCES[0]], danish, LANGDETECT) == [danish.score] * 2
    norwegian = identify_document(FOREIGN["nb"], LANGDETECT)
    assert norwegian.language == "nb"
    assert not is_kept_document(norwegian, LANGDETECT)
    assert identify_document("123", LANGDETECT) == LanguageScore("und", 0.0)


def test_langdetect_is_seeded() -> None:
    text = " ".join(HARD_DANISH)
    assert len({identify_document(text, LANGDETECT) for _ in range(5)}) == 1


def test_processes_agree() -> None:
    program = (
        "import sys; from corpus.config import CorpusConfig; from corpus.language import identify, judge_sentences\n"
        "from corpus.language import LanguageScore\n"
        "lines = sys.stdin.read().splitlines()\n"
        "print(judge_sentences(lines, LanguageScore('da', 0.9), CorpusConfig()), [identify(each) for each in lines])"
    )
    lines = [*SENTENCES[:5], *HARD_DANISH, *(line for _, line in NEAR_DANISH_CASES)]
    theirs = subprocess.run(
        [sys.executable, "-c", program], input="\n".join(lines), capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONHASHSEED": "7"},
    ).stdout  # fmt: skip
    assert theirs == f"{judge_sentences(lines, DANISH, CONFIG)} {[identify(each) for each in lines]}\n"


def test_order_of_sentences_changes_nothing() -> None:
    texts = [*SENTENCES, *HARD_DANISH, *FOREIGN_SENTENCES]
    assert judge_sentences(texts[::-1], DANISH, CONFIG)[::-1] == judge_sentences(texts, DANISH, CONFIG)


def test_each_word_is_listed_once() -> None:
    words = [word for table in (WORDS, LEANINGS) for listed in table.values() for word in listed.split()]
    assert sorted(set(words)) == sorted(words)
    assert all(word.isalpha() and word.islower() for word in words)


@pytest.mark.parametrize("table", [WORDS, LEANINGS, SPELLINGS, GRAMMAR])
def test_tables_name_languages_in_order(table: dict[str, object]) -> None:
    for at_home in table:
        assert at_home.split() == [each for each in LANGUAGES if each in at_home.split()]


@pytest.mark.parametrize(
    ("word", "not_at_home"),
    [
        ("af", {"nb", "nn", "sv", "en", "de", "und"}),
        ("HVAD", {"nb", "nn", "sv", "en", "de", "und"}),
        ("hva", {"da", "nn", "sv", "en", "de", "und"}),
        ("Testesen", set()),
    ],
)
def test_word_speaks_against_languages_it_is_not_at_home_in(word: str, not_at_home: set[str]) -> None:
    against = dict(zip(LANGUAGES, words_against(word), strict=True))
    assert {language for language, decibans in against.items() if decibans} == not_at_home
