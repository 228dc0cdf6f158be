"""How much the words of a text speak against each language: the cheap steps of language identification.

In: text. Out: weights of evidence, in decibans: 10 against a language make it ten times less likely. They are whole
numbers, so a sum of them is the same in any order and on any machine. A capitalised word that no list names is not
read: names and streets say nothing about the language around them. Does not decide: `corpus.language` does.
"""

import re
from functools import lru_cache

from corpus.danish.neighbours_spellings import GRAMMAR, SPELLINGS
from corpus.danish.neighbours_words import LEANINGS, WORDS

UNDETERMINED = "und"  # any other language; the code is that of ISO 639-2
LANGUAGES = ("da", "nb", "nn", "sv", "en", "de", UNDETERMINED)
# A word turns up in a language that it is not at home in (as a quotation, a loan, a misprint) about 30 times less often
# than at home; what a spelling, a leaning word or a rule of grammar says is wrong once in 3 to 5 times.
WORD_DECIBANS = 15
SPELLING_DECIBANS = 5
GRAMMAR_DECIBANS = 7
# About half the words of a text in one of the languages are listed, next to none of a text in any other: 10 log 2 is 3,
# and less than that is counted, because lists of terms have fewer.
UNLISTED_DECIBANS = 2
# One number holds the evidence against all languages, 32 bits each: a sum over words is then one sum of numbers.
_SHIFTS = tuple(range(0, 32 * len(LANGUAGES), 32))
_MASK = (1 << 32) - 1
_LETTERS = re.compile(r"[^\W\d_]+")


def words_against(text: str) -> tuple[int, ...]:
    """Decibans against each of LANGUAGES, from words and spellings."""
    return _unpacked(sum(map(_word_against, _LETTERS.findall(text))))


def grammar_against(text: str) -> tuple[int, ...]:
    """Decibans that grammar and punctuation add; slower than words, so asked where those leave it open."""
    return _unpacked(sum(against * len(rule.findall(text)) for rule, against in _GRAMMAR))


def likelihoods(against: tuple[int, ...]) -> list[float]:
    """How likely each language is, against the likeliest, which has 1."""
    least = min(against)
    return [10 ** ((least - decibans) / 10) for decibans in against]


def forget_words() -> None:
    """Start as a new process does: for measurements of time."""
    _word_against.cache_clear()


def _packed(languages: str, decibans: int) -> int:
    at_home = languages.split()
    return sum(decibans << shift for shift, each in zip(_SHIFTS, LANGUAGES, strict=True) if each not in at_home)


def _unpacked(packed: int) -> tuple[int, ...]:
    return tuple([packed >> shift & _MASK for shift in _SHIFTS])


def _as_letters(spelling: str) -> str:
    """`kj-` and `-hed` are " kj" and "hed ", to be found in " kjøkken "."""
    return " " * spelling.endswith("-") + spelling.strip("-") + " " * spelling.startswith("-")


_WORDS = {
    word: _packed(at_home, decibans)
    for table, decibans in ((WORDS, WORD_DECIBANS), (LEANINGS, SPELLING_DECIBANS))
    for at_home, words in table.items() for word in words.split()
}  # fmt: skip
_SPELLINGS = {
    _as_letters(spelling): _packed(f"{at_home} {UNDETERMINED}", SPELLING_DECIBANS)
    for at_home, spellings in SPELLINGS.items() for spelling in spellings.split()
}  # fmt: skip
_ANY_SPELLING = re.compile("|".join(sorted(_SPELLINGS, key=lambda each: (-len(each), each))))
_UNLISTED = _packed(UNDETERMINED, UNLISTED_DECIBANS)
_GRAMMAR = [
    (re.compile(rule), _packed(f"{at_home} {UNDETERMINED}", GRAMMAR_DECIBANS))
    for at_home, rules in GRAMMAR.items() for rule in rules
]  # fmt: skip


@lru_cache(maxsize=65_536)
def _word_against(word: str) -> int:
    """Of one word, packed. Most words of a text were met before, so the answers are kept."""
    lower = word.lower()
    listed = _WORDS.get(lower)
    if listed is not None:
        return listed
    if lower != word:
        return 0
    return _UNLISTED + sum(map(_SPELLINGS.__getitem__, _ANY_SPELLING.findall(f" {lower} ")))
