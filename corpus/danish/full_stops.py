"""Whether a full stop after a Danish word ends a sentence.

In: the word before a full stop, a few words before that, what closes with it, and the next word, which must be one
that can begin a sentence. Out: yes or no, from the lists of abbreviations.py. Knows nothing of other marks and of
lists: sentences.py does.
"""

import re

from corpus.danish.abbreviations import (
    AFTER_ORDINAL,
    BEFORE_CARDINAL,
    BEFORE_LETTER,
    BEFORE_NAMES,
    BEFORE_NUMBERS,
    CLOSING,
    CURRENCIES,
    DEGREES,
    LEADING,
    MONTHS,
    NAMES,
    NOTES,
    NUMBER_WORDS,
    STARTERS,
    SUFFIXES_BEFORE_NAMES,
    TOWNS,
    UNITS,
    WHOLE_ENDINGS,
)  # fmt: skip

OPENING = "\"'”“„»«‘‚’‹›(["
_ABBREVIATIONS = LEADING | BEFORE_NAMES | BEFORE_NUMBERS | CLOSING | UNITS
_LARGEST_DAY = 31
_ORDINAL = re.compile(r"(?:\d{1,3}\.?[-–/])*(\d{1,3})")
_DAY_AND_MONTH = re.compile(r"\d{1,2}\.\d{1,2}")
# 1. 2. og 3. klasse; d. 1. 1. 2026; 8. 9.-10. klasse
_ANOTHER_ORDINAL = re.compile(r"\d{1,2}\.(?:[-–/]?\d{1,2}\.?)*[,)]?")
_YEAR = re.compile(r"[12]\d{3}\b")
_DOTTED = re.compile(r"[^\W\d_]{1,2}(?:\.[^\W\d_]{1,2})+")  # H.C., E.U., Th.A.
_TOP_LEVEL_DOMAIN = re.compile(r"\.(?:com|de|dk|eu|net|no|nu|org|se)\b|@")
_PART_ENDS = re.compile(r"[-–/.]")
_CLASS = re.compile(r"[A-HJ-Z][.,]?")  # 5. A; I is a word
_POSTAL_CODE = re.compile(r"[1-9]\d{3}")
_NUMBER_OR_ORDINAL = re.compile(r"\d{1,3}\.?")
_FILE_ENDINGS = ("com", "dk", "doc", "docx", "eu", "jpg", "net", "nu", "org", "pdf", "png", "xls", "xlsx", "zip")
_LEAST_WHOLE_WORD = 4  # letters; shorter words before a small letter are mostly abbreviations


def plain(word: str) -> str:
    """A word without the marks around it, in lower case."""
    return word.strip(OPENING + ".,:;!?…)]").lower()


def ends_sentence(word: str, before: list[str], following: str, closing: str, *, in_brackets: bool) -> bool:
    """Whether the full stop between `word` and `following`, before which the words `before` stand, ends a sentence.

    `following` can begin a sentence. `closing` are the quotation marks and brackets that close with the full stop;
    `in_brackets` says that the whole sentence stands in brackets.
    """
    next_word = following.lstrip(OPENING)
    ends = _abbreviation_ends(word, before, next_word)
    if ends is None:
        return bool(closing) or _number_ends(word, before, next_word)
    if ")" in closing:
        return ends and in_brackets  # the brackets hold an abbreviation, not the sentence's end: (dvs. 10 stk.)
    if following[0] in "([":
        return ends and _is_starter(next_word)
    return ends


def ends_before_small_letter(word: str, next_word: str) -> bool:
    """Whether a writer forgot the capital: `word` is a whole word, and no abbreviation that the lists lack."""
    return (
        len(word) >= _LEAST_WHOLE_WORD and word.isalpha() and word.islower() and word.endswith(WHOLE_ENDINGS)
        and word not in _ABBREVIATIONS and next_word[0].islower() and plain(next_word) not in _FILE_ENDINGS
    )  # fmt: skip


def _is_starter(next_word: str) -> bool:
    """Whether a word with a capital begins a sentence rather than being a name; I. is an initial."""
    return next_word.rstrip(",:;!?") in STARTERS or (len(next_word) > len("I.") and next_word.rstrip(".") in STARTERS)


def _abbreviation_ends(word: str, before: list[str], next_word: str) -> bool | None:
    """Whether an abbreviation ends its sentence; None where `word` is none."""
    lowered = word.lower()
    previous = before[-1].lower() if before else ""
    before_number = next_word[:1].isdigit() or next_word[:1] == "§"
    if lowered in UNITS and _is_number(previous):
        return _unit_ends(lowered, next_word)
    if previous[-1:] == "." and previous.lstrip(OPENING) + lowered in CLOSING:
        return not before_number  # m. v., o. l.
    if len(word) == 1 and word.isalpha():
        return _letter_ends(word, before, next_word)
    if word in NAMES:
        return False
    if word.isupper() and word.isalpha() and lowered not in NOTES and not (before_number or next_word.isupper()):
        return None  # letters of a name, not an abbreviation: OB, SA, IF
    if lowered in BEFORE_NAMES or lowered.endswith(SUFFIXES_BEFORE_NAMES):
        return _is_starter(next_word)
    if lowered.startswith(DEGREES) or (word.islower() and previous in DEGREES):  # also apart: cand. polit.
        return _is_starter(next_word)
    if lowered in LEADING:
        return False
    if lowered in BEFORE_NUMBERS or lowered in UNITS:
        return not before_number
    if lowered in CLOSING:
        return (next_word[:1] != "§" or lowered in ("osv", "etc")) and not _YEAR.match(next_word)  # lov om ... m.v. § 3
    if word.isalpha() or _TOP_LEVEL_DOMAIN.search(word):
        return None
    if _DOTTED.fullmatch(word):
        return _is_starter(next_word)
    last = _PART_ENDS.split(word)[-1]  # kr./md., man.-fre., soc.pæd.
    return _abbreviation_ends(last, before, next_word) if 1 < len(last) < len(word) else None


def _is_number(word: str) -> bool:
    """Whether a unit counts with this word before it; of an ordinal too, for 9. kl."""
    bare = word.strip(OPENING + ".")
    return bare[-1:].isdigit() or bare[-1:] in tuple("½¼¾") or bare in NUMBER_WORDS


def _unit_ends(unit: str, next_word: str) -> bool:
    """Whether a unit after its number ends a sentence: 500 kr. | Du; not § 12 stk. 2, den 3. kl. 10, 5 mio. DKK."""
    if next_word[:1].isdigit():
        return unit not in ("stk", "kl") and not _ANOTHER_ORDINAL.fullmatch(next_word)
    return plain(next_word) not in CURRENCIES


def _letter_ends(letter: str, before: list[str], next_word: str) -> bool:
    """Whether a single letter names a thing, as in bilag A., litra b. and København K., and is no initial."""
    if letter in ("i", "å"):
        return True  # words: finde sig i.
    previous, earlier = ([""] * 2 + [each.strip(OPENING + ".,;:)") for each in before])[:-3:-1]
    if letter.islower():
        of_number = bool(_NUMBER_OR_ORDINAL.fullmatch(previous)) and before[-1][-1] != ","
        return not next_word[:1].isdigit() and (of_number or previous.lower() == "litra")
    if previous in ("og", "eller", "til", "samt") and len(earlier) == 1:
        return _letter_ends(earlier, before[:-2], next_word)
    if before and len(before[-1]) == len("A,") and before[-1].isupper() and before[-1][1] == ",":
        return _letter_ends(previous, before[:-1], next_word)
    names_thing = previous.lower().endswith(BEFORE_LETTER) and (previous.islower() or not earlier)
    names_district = previous.lower() in TOWNS or bool(_POSTAL_CODE.fullmatch(earlier))
    names_class = bool(_NUMBER_OR_ORDINAL.fullmatch(previous))  # 9. B.
    names_stream = letter == "Å" and previous.istitle()  # Odense Å.
    return names_thing or names_district or names_class or names_stream or _is_starter(next_word)


def _number_ends(word: str, before: list[str], next_word: str) -> bool:
    """Whether a number with a full stop is no ordinal that the next word belongs to."""
    previous = before[-1] if before else ""
    if _DAY_AND_MONTH.fullmatch(word):
        return not _YEAR.match(next_word)
    ordinal = _ORDINAL.fullmatch(word)
    if ordinal and _CLASS.fullmatch(next_word):
        return False
    if not ordinal or plain(previous) in BEFORE_CARDINAL or plain(previous) in AFTER_ORDINAL:
        return True
    if plain(next_word) in MONTHS or plain(next_word) in AFTER_ORDINAL:
        return False
    if _YEAR.match(next_word) and _ANOTHER_ORDINAL.fullmatch(previous):
        return False
    return int(ordinal[1]) > _LARGEST_DAY or not _ANOTHER_ORDINAL.fullmatch(next_word)
