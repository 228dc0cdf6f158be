"""Danish stays, its neighbours and other languages go, also where sentences are short or full of names."""

import itertools

import pytest

from corpus.config import CorpusConfig
from corpus.language import LanguageScore, identify, identify_document, is_kept_document, sentence_score

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
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_danish_sentence_of_a_danish_page_stays(sentence: str) -> None:
    assert sentence_score(sentence, DANISH, CONFIG) is not None


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
