"""Telephone numbers: eight Danish digits in groups, or behind a cue, or with a country code.

In: text. Out: the places of numbers, the country code included. Numbers of companies (CVR), accounts, cases, times,
years and prices are none; short numbers such as 112 and 1813 are none.
"""

import re
from collections.abc import Iterator

from corpus.privacy.cues import CUE_OF_EIGHT_DIGITS, cues_in
from corpus.privacy.signs import BLANK, DASH, UNSEEN, ascii_digits, ends_sentence, label_before, leads_to_number, seen

PHONE = "[telefon]"
_GAP = rf"[{BLANK}{DASH}{UNSEEN}.]"
_EIGHT = rf"\d(?:{_GAP}{{0,3}}\d){{7}}(?!\d)"
_FORM = re.compile(rf"\d(?<!\d\d)(?:{_GAP}{{0,3}}\d){{7}}(?!\d)")
_WITH_DANISH_CODE = re.compile(rf"\(?(?:\+|(?<!\d)00){_GAP}{{0,2}}45\)?{_GAP}{{0,3}}{_EIGHT}")
# The neighbours, Germany, Britain, the Netherlands, Belgium, France, Faroes, Greenland, Iceland, Finland, Poland.
_FOREIGN = re.compile(
    rf"\(?\+(?:298|299|354|358|3[1-3]|4[4-9])\)?{_GAP}{{0,2}}(?:\(0\){_GAP}{{0,2}})?\d(?:{_GAP}{{0,2}}\d){{5,10}}(?!\d)"
)
_ANY_CODE = re.compile(rf"\+[1-9]\d{{0,2}}(?:{_GAP}{{0,2}}\d){{7,12}}(?!\d)")
_CODE_WITHOUT_PLUS = re.compile(rf"4(?<!\d4)5{_GAP}{{0,2}}{_EIGHT}")
_PAIRS, _FOURS = (2, 2, 2, 2), (4, 4)
_DATES = ((2, 2, 4), (4, 2, 2))
_NOT_BEFORE = re.compile(rf"(?:\d[.,/:{DASH}]|[_+#])\Z")
_NOT_BEHIND = re.compile(rf"[.,:]\d|[{DASH}]\w|_|/\d{{5}}")
_MORE_GROUPS = re.compile(rf"{_GAP}\d{{1,3}}(?!\d|{_GAP}\d)")  # "0012 3456 7": the end of a number in fours
_MONEY = re.compile(rf"[{BLANK}]?(?:kr|kroner|dkk|mio|mia|stk|tons|timer|borgere|indbyggere|m2|m²|%)|,-", re.IGNORECASE)
_NEXT_NUMBER = re.compile(
    rf"{re.escape(PHONE)}[{BLANK}{DASH},/;|&(]*(?:og|eller|samt|el\.?)?[{BLANK}{DASH}:)]*\Z", re.IGNORECASE
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2099  # "2025 2026" in a table's head
_MAX_PHONE_GAP = 40  # characters from "Ring til" to the number: " Borgerservice i Kommuneby på "


def find_phones(text: str) -> list[tuple[int, int]]:
    """Places of telephone numbers, in order; none overlap."""
    places = [match.span() for pattern in (_WITH_DANISH_CODE, _FOREIGN) for match in pattern.finditer(text)]
    behind_cue = (match for pattern in (_ANY_CODE, _CODE_WITHOUT_PLUS) for match in pattern.finditer(text))
    places += [match.span() for match in behind_cue if _cue(text, match.start()) == "phone"]
    with_code = _apart(sorted(places))
    taken = {sign for start, end in with_code for sign in range(start, end)}
    return sorted([*with_code, *(place for place in _danish(text) if taken.isdisjoint(range(*place)))])


def _apart(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for place in places:
        if not kept or place[0] >= kept[-1][1]:
            kept.append(place)
    return kept


def _danish(text: str) -> Iterator[tuple[int, int]]:
    place = 0
    while match := _FORM.search(text, place):
        is_phone = _is_phone(match, text)
        if is_phone:
            yield match.span()
        place = match.end() if is_phone else match.start() + 1  # a number may begin inside what is none


def _is_phone(match: re.Match[str], text: str) -> bool:
    groups = [len(ascii_digits(group)) for group in re.split(rf"(?:(?![{UNSEEN}]){_GAP})+", match[0])]
    gaps = [gap for gap in re.split(r"\d", seen(match[0])) if gap]
    shape = tuple(groups)
    if _is_time_or_date(match[0], shape, gaps):
        return False
    cue = _cue(text, match.start())
    if cue is not None:
        return cue == "phone"
    return _is_grouped(shape, gaps) and _stands_alone(match, text, shape)


def _is_time_or_date(number: str, shape: tuple[int, ...], gaps: list[str]) -> bool:
    """10.00-14.00, 24.12.2025, 2025-12-24."""
    if shape == _PAIRS:
        return gaps[0] == gaps[2] != gaps[1]
    digits = ascii_digits(number)
    return shape in _DATES and (digits[4:6] if shape == _DATES[0] else digits[:2]) in ("19", "20")


def _is_grouped(shape: tuple[int, ...], gaps: list[str]) -> bool:
    """12 34 56 78, 12-34-56-78, 1234 5678: written as only telephone numbers are."""
    if shape == _PAIRS:
        return len(set(gaps)) == 1 and "." not in gaps[0] and len(gaps[0]) <= 2
    return shape == _FOURS and not gaps[0].strip() and len(gaps[0]) <= 2


def _stands_alone(match: re.Match[str], text: str, shape: tuple[int, ...]) -> bool:
    """No part of a longer number or of a row of figures, no years, no amount."""
    before, behind = text[max(match.start() - 8, 0) : match.start()], text[match.end() : match.end() + 12]
    if _NOT_BEFORE.search(before) or _NOT_BEHIND.match(behind) or before[-1:].isalpha():
        return False
    group = rf"\d{{{shape[0]}}}"
    if re.search(rf"(?<!\d){group}{_GAP}\Z", before) or re.match(rf"{_GAP}{group}(?!\d)", behind):
        return False
    if shape == _FOURS and _MORE_GROUPS.match(behind):
        return False
    digits = ascii_digits(match[0])
    is_years = all(_FIRST_YEAR <= int(part) <= _LAST_YEAR for part in (digits[:4], digits[4:]))
    return shape == _PAIRS or not (is_years or _MONEY.match(behind))


def _cue(text: str, start: int) -> str | None:
    """ "phone", "other" or None: what the nearest cue says."""
    label, is_line_before = label_before(text, start)
    if _NEXT_NUMBER.search(label) and not is_line_before:
        return "phone"
    for nearest in reversed(cues_in(CUE_OF_EIGHT_DIGITS, label)):
        gap = label[nearest.end :].removeprefix(".")
        if is_line_before and not leads_to_number(gap):
            return None
        if nearest.kind == "phone" and len(gap) <= _MAX_PHONE_GAP and not (ends_sentence(gap) or re.search(r"\d", gap)):
            return "phone"
        if nearest.kind == "other" and leads_to_number(gap):
            return "other"
    return None
