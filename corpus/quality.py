"""Rules a sentence must pass: those of ts1, with Danish letters and quotation marks right.

In: a sentence. Out: None, or the reason for which it is dropped. Language and personal data are judged elsewhere.
"""

import re

from corpus.config import CorpusConfig
from corpus.schema import DropReason

# Tags, entities and script that extraction left: ts1 looked for '<div ', 'endif' and '<class'.
_MARKUP = re.compile(
    r"</?[a-zA-Z][a-zA-Z0-9]*[\s/>]|&(?:nbsp|amp|quot|lt|gt|#\d+);|\bendif\b|\{\{|\}\}|function\s*\(|\[/?[a-z_]+[^\]]*=",
)
_JOINED = re.compile(r"[a-zæøåé][A-ZÆØÅ]")
# Names that are written so; ts1 knew the first four.
_WRITTEN_SO = re.compile(
    r"NemID|MitID|minSU|LinkedIn|YouTube|WhatsApp|iPhone|iPad|eBoks|NemKonto|NemLog-?in|SkoleIntra|BørneIntra|JobNet|"
    r"JobCenter|TikTok|PowerPoint|JavaScript|FirstAgenda|OpenStreetMap|MobilePay|PhD|\bMc[A-ZÆØÅ]\w+|kWh|mmHg|\bpH\b|dB|kHz"
)


def reason_to_drop(sentence: str, config: CorpusConfig) -> DropReason | None:
    """The first rule a sentence breaks, in the order of ts1."""
    if not any(character.isalpha() for character in sentence):
        return DropReason.NO_LETTERS
    if num_words(sentence) < config.min_words:
        return DropReason.FEW_WORDS
    if _MARKUP.search(sentence):
        return DropReason.MARKUP_LEFT
    if _JOINED.search(_WRITTEN_SO.sub("", sentence)):
        return DropReason.JOINED_CAMEL_CASE
    return None


def num_words(sentence: str) -> int:
    """Words between blanks that hold a letter or digit; a lone dash is none."""
    return sum(any(character.isalnum() for character in word) for word in sentence.split())
