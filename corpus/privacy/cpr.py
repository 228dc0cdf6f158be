"""CPR numbers: where they stand in a text, and how sure that is.

In: text. Out: places. A number counts by its form and a valid date; modulus 11 does not decide, numbers since 2007
fail it. Sure ones are written with hyphen, dash or blank, or stand behind a cue such as "cpr-nr."; ten bare digits
count without a cue too, but are less sure. Gives no number back and changes no text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum.dk import cpr
from stdnum.exceptions import ValidationError

from corpus.privacy.cpr_surroundings import is_bare_part, is_decimal_before, is_part_of_more, is_row_of_figures
from corpus.privacy.cues import CPR_CUE, CUE_OF_TEN_DIGITS, cues_in
from corpus.privacy.signs import (
    BLANK,
    DASH,
    MAX_GAP,
    UNSEEN,
    ascii_digits,
    ends_sentence,
    label_before,
    leads_to_number,
    seen,
)

_CUE_REACH = 40  # characters before a number in which a CPR cue counts: "CPR-nummeret på den, som søger, er "
_CUE_REACH_BEHIND = 15  # and behind it: "0101010000 (mit cpr-nr.)"
# Ten digits, each with little behind it: lets nearly every text without a long number pass at once.
_TEN_DIGITS = re.compile(r"[\W_]{0,5}".join([r"\d"] * 10))
_SPACED = rf"[{UNSEEN}{BLANK}]{{0,2}}"
_BETWEEN = rf"[{UNSEEN}{BLANK}{DASH}./_:]{{0,4}}"
_DIGIT_PAIR = rf"{_SPACED}\d"
# The lookbehind stands behind the first digit, because a pattern that begins with one is searched three times slower.
_FORM = re.compile(
    rf"\d(?<!\d\d){_DIGIT_PAIR}{_BETWEEN}\d{_DIGIT_PAIR}{_BETWEEN}\d{_DIGIT_PAIR}[{UNSEEN}{BLANK}{DASH}./_:\n]{{0,5}}"
    rf"\d{_DIGIT_PAIR}{_DIGIT_PAIR}{_DIGIT_PAIR}(?!\d)"
)
_DIGIT = re.compile(r"\d")
_DASHED = re.compile(rf"[{BLANK}]{{0,2}}[{DASH}]{{1,2}}[{BLANK}\n]{{0,2}}")  # a line may end behind the hyphen
_BLANKS = re.compile(rf"[{BLANK}]{{1,2}}")
_INNER = re.compile(rf"[{BLANK}{DASH}./]")
_REACH = 40  # characters on each side that tell what a number is part of
_REGISTRATION_NUMBER = re.compile(r"(?<!\d)\d{4}[\s/-]{1,3}\Z")  # a bank's, before the account number
_JOINS_CUES = re.compile(r"\A(?:\W{0,3}|\W*(?:eller|og|nr|nummer)\W*){1,3}\Z", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class CprNumber:
    """Where a CPR number stands; `is_sure` by its form or a cue."""

    start: int
    end: int
    is_sure: bool


def find_cpr(text: str) -> list[CprNumber]:
    """All CPR numbers of a text, in order; none overlap."""
    return list(_find(text)) if _TEN_DIGITS.search(text) else []


def _find(text: str) -> Iterator[CprNumber]:
    place = 0
    has_cpr_cue = bool(CPR_CUE.search(text))
    while match := _FORM.search(text, place):
        is_sure = _judge(match, text, has_cpr_cue=has_cpr_cue)
        if is_sure is None:
            place = match.start() + 1  # a true number may begin inside
            continue
        place = match.end()
        yield CprNumber(start=match.start(), end=match.end(), is_sure=is_sure)


def _judge(match: re.Match[str], text: str, *, has_cpr_cue: bool) -> bool | None:
    """Sure, not sure, or None: no CPR number."""
    gaps = _gaps(match[0])
    is_plain = not any(gaps[:5] + gaps[6:])
    if not (is_plain or has_cpr_cue or _is_dashed(gaps)) or not _has_birth_date(match[0]):
        return None
    before = text[max(match.start() - _REACH, 0) : match.start()]
    behind = text[match.end() : match.end() + _REACH]
    if _is_dashed(gaps) and not is_part_of_more(before, behind):
        return True
    cue = _cue(text, match.start(), behind, is_plain=is_plain)
    if cue == "cpr":
        return True
    if not is_plain or "\n" in match[0]:
        return None
    if _BLANKS.fullmatch(gaps[5]):  # whatever is named before it: a CPR number missed weighs more
        return None if is_decimal_before(before) or is_row_of_figures(before, text, match.end()) else True
    return False if not gaps[5] and cue is None and not is_bare_part(before, behind) else None


def _has_birth_date(number: str) -> bool:
    try:
        cpr.get_birth_date(ascii_digits(number))
    except ValidationError:
        return False
    return True


def _gaps(number: str) -> list[str]:
    """The nine gaps between ten digits, as seen; a soft hyphen alone in the middle counts as hyphen."""
    gaps = _DIGIT.split(number)[1:-1]
    middle = seen(gaps[5]) or ("-" if "\u00ad" in gaps[5] else "")
    return [*map(seen, gaps[:5]), middle, *map(seen, gaps[6:])]


def _is_dashed(gaps: list[str]) -> bool:
    """010101-0000, 01.01.01-0000, 01 01 01-0000."""
    first, second = gaps[1], gaps[3]
    if gaps[0] or gaps[2] or gaps[4] or any(gaps[6:]) or not _DASHED.fullmatch(gaps[5]):
        return False
    if first == second:
        return not first or bool(_INNER.fullmatch(first))
    return not (first + second).strip()  # 0101 01-0000


def _cue(text: str, start: int, behind: str, *, is_plain: bool) -> str | None:
    """ "cpr", "other" or None: what the nearest cue says. Forms with more than one gap need a cue right before."""
    label, is_line_before = label_before(text, start)
    cues = cues_in(CUE_OF_TEN_DIGITS, label)
    while cues:
        nearest = cues.pop()
        gap = label[nearest.end :]
        if nearest.kind == "cpr" and _cpr_cue_holds(gap, is_plain=is_plain):
            return "cpr"
        if nearest.kind == "other" and _other_cue_holds(gap, is_line_before=is_line_before):
            is_joined = cues and cues[-1].kind == "cpr" and _JOINS_CUES.match(label[cues[-1].end : nearest.start])
            return "cpr" if is_joined else "other"
    if _named_in_line_before(text, start):
        return "cpr"
    line_behind = behind.partition("\n")[0][:_CUE_REACH_BEHIND]
    found = CPR_CUE.search(line_behind)
    return "cpr" if is_plain and found and not _DIGIT.search(line_behind[: found.end()]) else None


def _named_in_line_before(text: str, start: int) -> bool:
    """The line before ends with a CPR cue: "CPR-nr.", and on the next line "Barn: 0101010000"."""
    line_start = text.rfind("\n", max(start - MAX_GAP - 1, 0), start) + 1
    if not 0 < line_start < start <= line_start + MAX_GAP:
        return False
    label, _ = label_before(text, line_start)
    cues = cues_in(CUE_OF_TEN_DIGITS, label)
    return bool(cues) and cues[-1].kind == "cpr" and leads_to_number(label[cues[-1].end :].lstrip("."))


def _cpr_cue_holds(gap: str, *, is_plain: bool) -> bool:
    if is_plain:
        return len(gap) <= _CUE_REACH
    return leads_to_number(gap.lstrip(".")) or (len(gap) <= _CUE_REACH / 2 and not ends_sentence(gap))


def _other_cue_holds(gap: str, *, is_line_before: bool) -> bool:
    """In the line before, the cue must be its last word."""
    gap = _REGISTRATION_NUMBER.sub("", gap.lstrip("."))
    return leads_to_number(gap) and not (is_line_before and re.search(r"\w{3}", gap.replace("nummer", "")))
