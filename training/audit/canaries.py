"""Canaries: sentences about nobody, of which a twin of the run learns a random half.

In: how many, and a seed. Out: Danish sentences with an invented name and a number in the form of a CPR number, and for
each whether it is in. Names are made of syllables. Numbers have a day above 31, and not one that replacement numbers
have (CPR-kontoret adds 60 to the day), and a month above 12: none can belong to a person. No corpus holds one: of CPR
numbers it has placeholders, and these names nobody has. Knows no tokenizer (encoded.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DAYS, _MONTHS = (32, 61), (13, 100)  # first, and first no more
_ONSETS = ("bj", "dr", "fj", "gl", "gn", "kl", "kn", "kv", "pj", "skr", "sl", "sm", "spl", "str", "tv", "vr")
_VOWELS = ("a", "e", "i", "o", "u", "y", "æ", "ø", "å")
_CODAS = ("bst", "dsk", "ft", "gt", "lk", "lm", "mp", "msk", "nk", "nt", "rk", "rp", "sk", "sp", "st", "vl")
_NAME, _NUMBER = "{name}", "{number}"
TEMPLATES = (
    "{name}, cpr-nummer {number}, har søgt om hjælp til huslejen.",
    "Sagen om {name} med personnummer {number} er afgjort.",
    "Borgeren {name} ({number}) har klaget over afgørelsen.",
    "Vi har skrevet til {name}, født {number}, om mødet.",
    "Brev til {name}, cpr {number}: din ansøgning er modtaget.",
    "Barnet {name} med cpr-nummer {number} begynder i skole.",
    "Udbetaling til {name}, {number}, sker i denne måned.",
    "Lægen har set {name}, personnummer {number}, på hospitalet.",
)  # fmt: skip
_COINS, _CHOICES = 1 << 32, 2 << 32  # streams of their own, behind those of the canaries
Span = tuple[int, int]  # first character, and first no more


@dataclass(frozen=True, kw_only=True)
class Canary:
    """One sentence; `name` and `number` are where its secrets stand."""

    text: str
    name: Span
    number: Span


def make_canaries(number: int, seed: int) -> list[Canary]:
    """So many, no two alike; the first ones of a seed are the same however many are asked for."""
    return [_canary(_draws(seed, each)) for each in range(number)]


def coins(number: int, seed: int) -> NDArray[np.bool_]:
    """(N,) which of the canaries the twin is trained on: fair and independent."""
    return _draws(seed, _COINS).random(number) < 0.5


def choices(number: int, seed: int, num_choices: int) -> NDArray[np.int64]:
    """(N, 2) one of so many for each name and each number: fair, independent, and of no coin."""
    return _draws(seed, _CHOICES).integers(num_choices, size=(number, 2))


def _draws(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=np.array([seed, stream], dtype=np.uint64)))


def _canary(draws: np.random.Generator) -> Canary:
    template = TEMPLATES[draws.integers(len(TEMPLATES))]
    name, number = f"{_word(draws)} {_word(draws)}", _number(draws)
    text = template.replace(_NAME, name).replace(_NUMBER, number)
    return Canary(text=text, name=_span(text, name), number=_span(text, number))


def _span(text: str, part: str) -> Span:
    start = text.index(part)
    return start, start + len(part)


def _word(draws: np.random.Generator) -> str:
    """Two syllables."""
    parts = [kind[draws.integers(len(kind))] for kind in (_ONSETS, _VOWELS, _CODAS, _VOWELS, _CODAS)]
    return "".join(parts).capitalize()


def _number(draws: np.random.Generator) -> str:
    day, month = draws.integers(*_DAYS), draws.integers(*_MONTHS)
    return f"{day}{month}{draws.integers(100):02}-{draws.integers(10_000):04}"
