"""Which language a text is written in, among Danish, its neighbours, English and German.

In: text. Out: a language code and a score from 0 to 1, rounded to 1/1000 because lingua's differ in the last bits
between processes. lingua decides; langdetect, seeded, is asked on documents where lingua is torn.
"""

from dataclasses import dataclass
from functools import lru_cache

from langdetect import DetectorFactory, LangDetectException, detect_langs
from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from corpus.config import CorpusConfig

LANGUAGES = {
    Language.DANISH: "da", Language.BOKMAL: "nb", Language.NYNORSK: "nn",
    Language.SWEDISH: "sv", Language.ENGLISH: "en", Language.GERMAN: "de",
}  # fmt: skip
# langdetect knows one Norwegian.
_FROM_LANGDETECT = {"da": "da", "no": "nb", "sv": "sv", "en": "en", "de": "de"}
DetectorFactory.seed = 0


@dataclass(frozen=True)
class LanguageScore:
    """A language and how sure it is, 0 to 1."""

    language: str
    score: float


def identify(text: str) -> list[LanguageScore]:
    """All six languages, the likeliest first; ties in alphabetical order."""
    scores = [
        LanguageScore(LANGUAGES[found.language], round(found.value, 3))
        for found in _detector().compute_language_confidence_values(text)
    ]
    return sorted(scores, key=lambda each: (-each.score, each.language))


def identify_document(text: str, config: CorpusConfig) -> LanguageScore:
    """The language of a document; langdetect has the casting vote where lingua is torn."""
    ranked = identify(text[: config.max_language_chars])
    first, second = ranked[0], ranked[1]
    if first.score - second.score >= config.torn_margin:
        return first
    try:
        opinion = detect_langs(text[: config.max_language_chars])[0]
    except LangDetectException:
        return first
    voted = _FROM_LANGDETECT.get(opinion.lang)
    return next((each for each in ranked[:2] if each.language == voted), first)


def is_kept_document(found: LanguageScore, config: CorpusConfig) -> bool:
    return not config.languages or (found.language in config.languages and found.score >= config.min_document_score)


def sentence_score(text: str, document: LanguageScore, config: CorpusConfig) -> float | None:
    """The score of the document's language in a sentence; None where another language clearly has it.

    A sentence is judged with its document in mind: names, addresses and lists fool an identifier on their own.
    """
    ranked = identify(text)
    first = ranked[0]
    allowed = config.languages or (first.language,)
    if first.language not in allowed and first.score > config.max_other_score:
        return None
    return next(each.score for each in ranked if each.language == document.language)


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    """Built once per process: the models take about two seconds to load."""
    return LanguageDetectorBuilder.from_languages(*LANGUAGES).with_preloaded_language_models().build()
