"""Numbers of bank accounts: registration and account number, an account number behind its name, IBAN, giro cards.

In: text. Out: the places of account numbers, the registration number before included where it stands on the same line.
"""

import re
from collections.abc import Iterator

from stdnum import iban

from corpus.privacy.cues import CUE_OF_EIGHT_DIGITS
from corpus.privacy.signs import BLANK, DASH, UNSEEN, ends_sentence

_DIGITS = rf"\d(?:[{BLANK}{UNSEEN}]?\d){{5,9}}(?![\d])"  # 6 to 10 digits, as banks write account numbers
_NUMBER_WORD = rf"(?:[{BLANK}\-.]{{0,2}}(?:nr|nummer(?:et)?)\b)?"
# A bounded compound from the start of a word: else each sign of a long word would be tried as a start.
_COMPOUND = r"(?<![\w\[])\w{0,30}"
_NAME = (
    rf"(?:{_COMPOUND}konto(?:en|er)?|(?<!\w)kto|{_COMPOUND}giro)\b{_NUMBER_WORD}|"
    rf"{_COMPOUND}konto(?:nr|nummer|nummeret|numre)\b"
)
_JOINT = rf"[{BLANK}{DASH}.,:;/()=]"
_REGISTRATION = re.compile(
    rf"\breg(?:istrerings)?{_NUMBER_WORD}(?![^\W\d_]){_JOINT}{{0,6}}(?:er[{BLANK}])?"
    rf"(?P<number>\d{{4}}{_JOINT}{{1,6}}(?:og[{BLANK}]+)?(?:(?:{_NAME}){_JOINT}{{0,6}}(?:er[{BLANK}])?)?{_DIGITS})",
    re.IGNORECASE,
)
# 1234-1234567890 behind a word for paying.
_PAID = re.compile(
    rf"\b(?:indbetal\w*|overfør\w*|indsæt\w*|bank\w*)(?P<gap>[^\d\n]{{0,30}})(?P<number>\d{{4}}[{BLANK}{DASH}]{{1,3}}\d{{6,10}})(?!\d)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"(?:{_NAME})(?P<gap>[^\d\n]{{0,30}}(?:\n[^\w\n]{{0,3}})?)"
    rf"(?P<number>(?:\d{{4}}[{BLANK}{DASH}/]{{1,3}}(?={_DIGITS}))?{_DIGITS})",
    re.IGNORECASE,
)
_IBAN = re.compile(rf"(?<![^\W_])[A-Z]{{2}}\d{{2}}(?:[{BLANK}\-]?[A-Z0-9]){{11,30}}", re.IGNORECASE)
_GIRO_CARD = re.compile(
    rf"\+(?:01|04|15|71|73|75)[{BLANK}]?<[\d{BLANK}]*\+[{BLANK}]?(?P<number>\d{{7,8}})(?!\d)[{BLANK}]?<?"
)
# Characters of an IBAN by country (ISO 13616): Denmark, its neighbours, and where Danes most often have accounts.
_IBAN_CHARS = {
    "DK": 18, "FO": 18, "GL": 18, "NO": 15, "SE": 24, "FI": 18, "IS": 26, "DE": 22, "GB": 22, "IE": 22, "NL": 18,
    "BE": 16, "FR": 27, "LU": 20, "PL": 28, "ES": 24, "PT": 25, "IT": 27, "AT": 20, "CH": 21, "EE": 20, "LV": 21,
    "LT": 20, "CZ": 24, "RO": 24, "BG": 22, "HU": 28, "GR": 27, "HR": 21,
}  # fmt: skip
_MONEY = re.compile(rf"[,.]\d|,-|[{BLANK}]?(?:kr|kroner|dkk|mio|mia|%)\b|[{DASH}]\d", re.IGNORECASE)


def find_accounts(text: str) -> list[tuple[int, int]]:
    """Places of account numbers, in order; none overlap."""
    places: list[tuple[int, int]] = []
    for start, end in sorted({*_ibans(text), *_numbers(text)}):
        if not places or start >= places[-1][1]:
            places.append((start, end))
    return places


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_REGISTRATION, _GIRO_CARD):
        yield from (match.span("number") for match in pattern.finditer(text))
    for match in (*_NAMED.finditer(text), *_PAID.finditer(text)):
        if not _MONEY.match(text, match.end()) and _gap_leads_on(match["gap"]):
            yield match.span("number")


def _gap_leads_on(gap: str) -> bool:
    """No other kind of number is named between, and no sentence ends."""
    return not ends_sentence(gap) and not CUE_OF_EIGHT_DIGITS.search(gap)


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """With a right checksum; the country says how long the number is."""
    for match in _IBAN.finditer(text):
        wanted = _IBAN_CHARS.get(match[0][:2].upper(), 0)
        places = [place for place in range(match.start(), match.end()) if text[place].isalnum()][:wanted]
        if wanted and len(places) == wanted and iban.is_valid(number := text[match.start() : places[-1] + 1]):
            yield match.start(), match.start() + len(number)
