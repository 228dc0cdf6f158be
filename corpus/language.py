"""Which language a text is written in, among Danish, its neighbours, English and German.

In: text. Out: a language code and a score from 0 to 1, rounded to 1/1000 because lingua's differ in the last bits
between processes. A cascade: words and spellings decide most sentences, grammar some more, and only what is still torn
is shown to lingua. The score is the probability of a language when all that was asked is taken together. With
`language_identifier: langdetect`, documents are judged by langdetect alone and sentences not at all, as ts1 did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from langdetect import DetectorFactory, LangDetectException, detect_langs
from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from corpus.config import CorpusConfig
from corpus.danish.neighbours import LANGUAGES, UNDETERMINED, grammar_against, likelihoods, words_against
from corpus.danish.neighbours_shares import shares_of_lines

_OF_LINGUA = {  # in the order of LANGUAGES, which has one more
    "da": Language.DANISH, "nb": Language.BOKMAL, "nn": Language.NYNORSK,
    "sv": Language.SWEDISH, "en": Language.ENGLISH, "de": Language.GERMAN,
}  # fmt: skip
_OF_LANGDETECT = {"no": "nb"}  # it knows one Norwegian
DetectorFactory.seed = 0
DECIDED = 0.95  # no further step is asked where a language is at least so likely, or all others are together
# How likely a sentence is in the language of its document before it is read: the document's share, at most this.
# At 0.96 a quarter of short Norwegian sentences on Danish pages stays, at 0.80 a seventh; Danish ones stay at either.
MAX_PRIOR = 0.80
# Danish and bokmål share whole sentences; a sentence that could be either is Danish from here on. Measured by
# benchmarks/language_gate.py: at 0.50 a fiftieth of short Danish sentences is lost.
MIN_DANISH_SCORE = 0.44
MAX_LINGUA_CHARS = 2_000  # its answer on more text is the same, and later
# lingua counts no more than a word: on Danish with English terms it is sure of English.
MIN_LINGUA_VALUE = 0.03
_EVEN = (1 / len(LANGUAGES),) * len(LANGUAGES)


@dataclass(frozen=True)
class LanguageScore:
    """A language and how sure it is, 0 to 1; of a document also the share of its words in that language."""

    language: str
    score: float


def identify(text: str) -> list[LanguageScore]:
    """All languages, the likeliest first; ties in alphabetical order."""
    return _ranked(_probabilities(text, _EVEN, (), DECIDED))


def is_danish(text: str) -> bool:
    """Of a sentence on its own, without the light of a document."""
    return round(_probabilities(text, _EVEN, _places(("da",)), DECIDED)[0], 3) >= MIN_DANISH_SCORE


def identify_document(text: str, config: CorpusConfig) -> LanguageScore:
    """The language of most words of a document, and their share; all others together have the rest.

    Each line counts for the languages it may be in, and one that says nothing for those of the other lines. A language
    to keep goes first where its share is enough: of a page in two languages, the Danish half is worth keeping.
    """
    text = text[: config.max_language_chars]
    if config.language_identifier == "langdetect":
        return _by_langdetect(text)
    ranked = _ranked(shares_of_lines(text, _expected(config.languages)))
    return next((each for each in ranked if is_kept_document(each, config)), ranked[0])


def is_kept_document(found: LanguageScore, config: CorpusConfig) -> bool:
    return not config.languages or (found.language in config.languages and found.score >= config.min_document_score)


def sentence_score(text: str, document: LanguageScore, config: CorpusConfig) -> float | None:
    """The score of the document's language in a sentence; None where it is clearly in a language that is not kept.

    A sentence is judged in the light of its document: names, addresses and lists tell nothing on their own.
    """
    return judge_sentences([text], document, config)[0]


def judge_sentences(texts: Sequence[str], document: LanguageScore, config: CorpusConfig) -> list[float | None]:
    """`sentence_score` of all sentences of a document."""
    if config.language_identifier == "langdetect":
        return [document.score] * len(texts)
    kept = _places(config.languages)
    prior = _expected((document.language,), min(document.score, MAX_PRIOR))
    own = LANGUAGES.index(document.language) if document.language in LANGUAGES else None
    # A sentence that says nothing, of names or addresses, stays as likely as before: lingua would only guess.
    enough = min(DECIDED, sum(prior[place] for place in kept) - 0.01) if kept else DECIDED
    scores: list[float | None] = []
    for text in texts:
        found = _probabilities(text, prior, kept, enough)
        is_other = kept and round(1 - sum(found[place] for place in kept), 3) > config.max_other_score
        scores.append(None if is_other else 0.0 if own is None else round(found[own], 3))
    return scores


def _expected(languages: Sequence[str], share: float = MAX_PRIOR) -> tuple[float, ...]:
    """Probabilities before anything is read: a share for these languages together, the rest for the others."""
    if not languages:
        return _EVEN
    num_others = len(LANGUAGES) - len(languages)
    return tuple([share / len(languages) if each in languages else (1 - share) / num_others for each in LANGUAGES])


def _places(languages: Sequence[str]) -> tuple[int, ...]:
    return tuple(LANGUAGES.index(each) for each in languages)


def _probabilities(text: str, prior: Sequence[float], kept: tuple[int, ...], enough: float) -> list[float]:
    """Of each of LANGUAGES. Where only some are kept it is enough to know whether it is one of those."""
    against = words_against(text)
    found = _times(prior, likelihoods(against))
    if _is_decided(found, kept, enough):
        return found
    against = tuple(map(int.__add__, against, grammar_against(text)))
    found = _times(prior, likelihoods(against))
    if _is_decided(found, kept, enough):
        return found
    return _with_lingua(found, text)


def _is_decided(probabilities: list[float], kept: tuple[int, ...], enough: float) -> bool:
    if not kept:
        return max(probabilities) >= enough
    return not 1 - DECIDED < sum([probabilities[place] for place in kept]) < enough


def _times(prior: Sequence[float], likelihood: Sequence[float]) -> list[float]:
    """Bayes' rule."""
    products = list(map(float.__mul__, prior, likelihood))
    total = sum(products)
    return [each / total for each in products] if total else list(prior)


def _ranked(probabilities: Sequence[float]) -> list[LanguageScore]:
    scores = [LanguageScore(*each) for each in zip(LANGUAGES, (round(each, 3) for each in probabilities), strict=True)]
    return sorted(scores, key=lambda each: (-each.score, each.language))


def _with_lingua(found: list[float], text: str) -> list[float]:
    """The probabilities of the six languages that lingua knows, divided anew among them."""
    known = found[: len(_OF_LINGUA)]
    values = [max(value, MIN_LINGUA_VALUE) for value in lingua_values(text)]
    total = sum(known)
    return [share * total for share in _times(known, values)] + found[len(_OF_LINGUA) :]


def lingua_values(text: str) -> list[float]:
    """lingua's opinion on each of the six languages, which add to 1."""
    found = _lingua().compute_language_confidence_values(text[:MAX_LINGUA_CHARS])
    values = {each.language: round(each.value, 3) for each in found}
    return [values[language] for language in _OF_LINGUA.values()]


def _by_langdetect(text: str) -> LanguageScore:
    try:
        found = detect_langs(text)[0]
    except LangDetectException:
        return LanguageScore(UNDETERMINED, 0.0)
    return LanguageScore(_OF_LANGDETECT.get(found.lang, found.lang), round(found.prob, 3))


@lru_cache(maxsize=1)
def _lingua() -> LanguageDetector:
    """Built once per process: the models take about two seconds to load."""
    return LanguageDetectorBuilder.from_languages(*_OF_LINGUA.values()).with_preloaded_language_models().build()
