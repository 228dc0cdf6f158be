"""The texts of the large corpora: each a function of its number, so that none has to be kept.

In: a number. Out: a sentence that has no twin, made of the clauses of the parliament's and a compound word; short
lines; sentences that a build leaves out. How often a compound and a short line come follows Zipf's law.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import chain, islice

from benchmarks.danish_prose import clauses
from corpus.dedup import normalised
from corpus.schema import DropReason

_STEP = 2_654_435_761  # a prime: no two numbers get the same pair of clauses
_MIX = 0x9E3779B97F4A7C15  # of 64 bits: spreads neighbouring numbers
_WORD_LETTERS = range(4, 10)
_NUM_FUNCTION_WORDS, _NUM_PARTS, _NUM_NEW_PARTS = 150, 4000, 40
_NUM_SHORTS = 60_000
_COMPOUND_SHARE, _NEW_WORD_SHARE, MASKED_EVERY = 0.6, 0.1, 400
_FILLERS = ("også", "nok", "altid", "heller", "måske", "jo", "så", "netop", "dog", "igen", "snart", "allerede")
# Of a thousand sentences left out for their form, which reason how many have.
_OTHERS: Mapping[DropReason, int] = {
    DropReason.CUT_OFF: 230, DropReason.CONTACT_DATA: 150, DropReason.SENTENCE_OTHER_LANGUAGE: 140,
    DropReason.NO_LETTERS: 190, DropReason.FEW_FUNCTION_WORDS: 130, DropReason.MANY_WORDS: 50,
    DropReason.MANY_CAPITALS: 40, DropReason.FEW_LETTERS: 30, DropReason.ODD_WORDS: 20, DropReason.REPEATED_WORDS: 10,
    DropReason.JOINED_CAMEL_CASE: 6, DropReason.MARKUP_LEFT: 4,
}  # fmt: skip


class Texts:
    """Texts by number; `is_new` says of a sentence whether it may hold a word that no sentence before had."""

    def __init__(self) -> None:
        heads, tails = (list({normalised(each): each for each in some}.values()) for some in clauses())
        self._heads, self._tails = heads, tails
        words = Counter(chain.from_iterable(each.split() for each in heads + tails))
        parts = [word for word, _ in words.most_common() if len(word) in _WORD_LETTERS and word.isalpha()
                 and word.islower()][_NUM_FUNCTION_WORDS : _NUM_FUNCTION_WORDS + _NUM_PARTS]  # fmt: skip
        self._parts, self._new_parts = parts[:-_NUM_NEW_PARTS], parts[-_NUM_NEW_PARTS:]
        lines = (" ".join(head.split()[: 2 + place % 4]).rstrip(",.:;-–") for place, head in enumerate(heads))
        self._shorts = list(islice(dict.fromkeys(lines), _NUM_SHORTS))
        self._reasons = list(chain.from_iterable([reason] * number for reason, number in _OTHERS.items()))

    def sentence(self, number: int, is_new: bool = False) -> str:
        """Of about 15 words; one of MASKED_EVERY has something masked."""
        head, tail = self._pair(number)
        if number % MASKED_EVERY == 0:
            return f"{head}, skriv til [e-mail], {tail}"
        chance = _share(number)
        if is_new and chance < _NEW_WORD_SHARE:
            return f"{head} om {self._compound(number, self._new_parts)}, {tail}"
        if chance < _COMPOUND_SHARE:
            return f"{head} om {self._compound(number, self._parts)}, {tail}"
        return f"{head}, {tail}"

    def near(self, sentence: str, number: int) -> str:
        """The sentence with a word more."""
        return f"{sentence[:-1]} {_FILLERS[number % len(_FILLERS)]}{sentence[-1]}"

    def short(self, number: int) -> str:
        return _by_zipf(self._shorts, _share(number + 7))

    def other(self, number: int) -> tuple[DropReason, str]:
        """A sentence that is left out for its form, and why."""
        reason = self._reasons[int(_share(number + 11) * len(self._reasons))]
        return reason, _FORMS[reason](self, number)

    def _pair(self, number: int) -> tuple[str, str]:
        head, tail = divmod(number * _STEP % (len(self._heads) * len(self._tails)), len(self._tails))
        return self._heads[head], self._tails[tail]

    def _compound(self, number: int, firsts: list[str]) -> str:
        first, second = _by_zipf(firsts, _share(number + 1)), _by_zipf(self._parts, _share(number + 2))
        return first + ("s" if number % 3 == 0 else "") + second

    def _cut_off(self, number: int) -> str:
        return f"{self._pair(number)[0]} og det kan man læse mere om i ..."

    def _words(self, number: int) -> str:
        return " ".join(self._compound(number + place, self._parts) for place in range(9)).capitalize() + "."

    def _long(self, number: int) -> str:
        return ", ".join(self._pair(number + place)[1].rstrip(".?!") for place in range(20)).capitalize() + "."


_FORMS: Mapping[DropReason, Callable[[Texts, int], str]] = {
    DropReason.CUT_OFF: Texts._cut_off,
    DropReason.CONTACT_DATA: lambda texts, number: f"{texts.short(number)} telefon [telefon] eller [e-mail] hver dag",
    DropReason.SENTENCE_OTHER_LANGUAGE: lambda texts, number: (
        f"The municipality offers {number % 97} courses to all citizens who have moved to {texts.short(number)}."
    ),
    DropReason.NO_LETTERS: lambda _, number: f"{number % 28} / {number % 12} / {number % 9} / % / {number % 7} kr.",
    DropReason.FEW_FUNCTION_WORDS: Texts._words,
    DropReason.MANY_WORDS: Texts._long,
    DropReason.MANY_CAPITALS: lambda texts, number: texts.sentence(number + 1).upper(),
    DropReason.FEW_LETTERS: lambda _, number: f"§ {number % 90} % § * § {number % 80} % § * § § til",
    DropReason.ODD_WORDS: lambda texts, number: texts._words(number).replace(" ", "-", 7),
    DropReason.REPEATED_WORDS: lambda texts, number: f"{' og '.join([texts.short(number)] * 5)}.",
    DropReason.JOINED_CAMEL_CASE: lambda texts, number: texts._words(number).title().replace(" ", "", 3),
    DropReason.MARKUP_LEFT: lambda texts, number: f"<b>{texts.sentence(number + 1)}</b>",
}


def _share(number: int) -> float:
    """A number from 0 to 1 that looks drawn."""
    mixed = number * _MIX & 0xFFFFFFFFFFFFFFFF
    mixed ^= mixed >> 29
    return (mixed * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF) / 2**64


def _by_zipf(values: list[str], share: float) -> str:
    """The first is drawn twice as often as the second, and so on."""
    return values[int(len(values) ** share) - 1]
