"""Rules that a sentence, and a document as a whole, must pass.

In: a sentence, or the blocks of a document. Out: None, or the reason for which it is dropped. The rules of ts1 with
Danish letters and quotation marks right, then those that other corpora proved (Gopher: Rae et al. 2021, table A1;
C4: Raffel et al. 2020, section 2.2; FineWeb-2's Danish settings), with thresholds measured on Danish public text
(docs/explanation/experiments.md). Language and personal data are judged elsewhere.
"""

import re
from collections.abc import Sequence

from corpus.config import CorpusConfig
from corpus.schema import DropReason

# Tags, entities and script that extraction left (ts1 looked for '<div ', 'endif' and '<class'), and filler text (C4).
_MARKUP = re.compile(
    r"</?[a-zA-Z][a-zA-Z0-9]*[\s/>]|&(?:nbsp|amp|quot|lt|gt|#\d+);|\bendif\b|\{\{|\}\}|function\s*\(|\[/?[a-z_][^\[\]]*="
    r"|[Ll]orem ipsum",
)
_JOINED = re.compile(r"[a-zæøåé][A-ZÆØÅ]")
# Names that are written so; ts1 knew the first four.
_WRITTEN_SO = re.compile(
    r"NemID|MitID|minSU|LinkedIn|YouTube|WhatsApp|iPhone|iPad|eBoks|NemKonto|NemLog-?in|SkoleIntra|BørneIntra|JobNet|"
    r"JobCenter|TikTok|PowerPoint|JavaScript|FirstAgenda|OpenStreetMap|MobilePay|PhD|\bMc[A-ZÆØÅ]\w+|mmHg|"
    r"\bpH\b|(?<![a-zæøåé])(?:dB|kHz|kWh)(?![A-ZÆØÅa-zæøåé])"
)
# Words without which hardly a Danish sentence of eight words is made; a row of menu items or names has none.
_FUNCTION_WORDS_TEXT = """
    af alle at blev bliver både da de dem den denne der deres det dette dig din disse du efter eller en end er et fik
    for fordi fra få får ham han hans har havde hende hendes her hos hun hvad hvem hver hvilke hvis hvor hvordan hvornår
    i ikke ind ingen jeg jer jeres kan kom kommer kun kunne lige man med meget mellem men mere mig mod må måtte ned ni
    nogen noget nogle nu når og også om op os over på samt sig sin sit skal skulle som så til ud under var ved vi vil
    ville vores være været
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS_TEXT.split())
_LETTER, _WORD = re.compile(r"[^\W\d_]"), re.compile(r"[^\W_]")
_CUT_OFF = ("…", "...")
_WORD_EDGES = ".,;:!?\"'()[]»«”“’‘–-"


def reason_to_drop(sentence: str, config: CorpusConfig, language: str = "da") -> DropReason | None:
    """The first rule a sentence breaks: those of ts1 in its order, then the others."""
    if not _LETTER.search(sentence):
        return DropReason.NO_LETTERS
    words = sentence.split()
    if len(words) >= config.min_words:  # most that go are short: nothing more need be known of them
        words = [word for word in words if _WORD.search(word)]
    if len(words) < config.min_words:
        return DropReason.FEW_WORDS
    if _MARKUP.search(sentence):
        return DropReason.MARKUP_LEFT
    if _JOINED.search(sentence) and _JOINED.search(_WRITTEN_SO.sub("", sentence)):
        return DropReason.JOINED_CAMEL_CASE
    if len(words) > config.max_words:
        return DropReason.MANY_WORDS
    if not config.keep_cut_off and sentence.endswith(_CUT_OFF):
        return DropReason.CUT_OFF
    num_letters, num_chars = sum(map(str.isalpha, sentence)), sum(map(len, words))
    if num_letters < config.min_letter_share * num_chars:
        return DropReason.FEW_LETTERS
    if sum(map(str.isupper, sentence)) > config.max_capital_share * num_letters:
        return DropReason.MANY_CAPITALS
    if not config.min_mean_word_chars <= num_chars / len(words) <= config.max_mean_word_chars:
        return DropReason.ODD_WORDS
    lowered = [word.strip(_WORD_EDGES).lower() for word in words]
    if len(set(lowered)) < config.min_different_share * len(lowered):
        return DropReason.REPEATED_WORDS
    if language == "da" and sum(map(FUNCTION_WORDS.__contains__, lowered)) < config.min_function_words:
        return DropReason.FEW_FUNCTION_WORDS
    return None


def document_reason_to_drop(texts: Sequence[str], config: CorpusConfig) -> DropReason | None:
    """Whether a document says the same block again and again (Gopher's and FineWeb-2's repeated lines)."""
    num_chars = sum(map(len, texts))
    num_repeated = num_chars - sum(map(len, set(texts)))
    return DropReason.REPEATED_BLOCKS if num_repeated > config.max_repeated_block_share * num_chars else None


def num_words(sentence: str) -> int:
    """Words between blanks that hold a letter or digit; a lone dash is none."""
    return sum(_WORD.search(word) is not None for word in sentence.split())
