"""Digits that look like a CPR number and are part of something longer.

In: what stands before and behind ten digits. Out: whether they belong to a longer number, an amount, a hash, a UUID, a
file's name or a row of figures. Cues are judged elsewhere.
"""

import re

from corpus.privacy.signs import BLANK, DASH, ascii_digits

_PART_OF_MORE_BEFORE = re.compile(rf"\d[.{DASH}]\Z")
_PART_OF_MORE_BEHIND = re.compile(rf"[{DASH}]\d")
# Bare digits: a decimal, a number with country code, a hash or a file name.
_BARE_PART_BEFORE = re.compile(rf"(?:(?<![\d.,{DASH}])\d{{1,3}},|\d[.:]|\+\d{{1,3}}[{BLANK}]|[+#_{DASH}]|[^\W\d_])\Z")
_BARE_PART_BEHIND = re.compile(
    rf"[^\W\d]|_|[.,:]\d{{1,3}}(?!\d)|[.:]\d|[{DASH}]\d|[{BLANK}]?(?:kr|kroner|dkk)\b|,-", re.IGNORECASE
)
_FILE_NAME = re.compile(
    r"[\w./%()+-]*\.(?:jpe?g|png|gif|webp|svg|tiff?|pdf|docx?|xlsx?|pptx?|odt|rtf|txt|csv|xml|json|zip|mp[34]|html?|aspx?|js|css)\b",
    re.IGNORECASE,
)
_IMAGE_NAME = re.compile(r"[\w-]*\.(?:jpe?g|png|gif|webp|svg|tiff?|mp4|heic)\b", re.IGNORECASE)
_UUID_REST_BEFORE = re.compile(r"(?<![^\W_])[0-9a-f]{1,6}\Z|[0-9a-f]-\Z", re.IGNORECASE)
_UUID_REST_BEHIND = re.compile(r"-[0-9a-f]{4}", re.IGNORECASE)
_FIGURE = re.compile(rf"(?<=[{BLANK}])\d[\d.,]{{2,}}(?=[{BLANK}]|\Z)")  # whole: none that the reach cuts
_FIGURES_BEFORE = re.compile(rf"[\d{BLANK}.,]+\Z")
_FIGURES_BEHIND = re.compile(rf"(?:[{BLANK}]+[\d.,]+){{0,8}}")


def is_part_of_more(before: str, behind: str) -> bool:
    """Part of a longer number, of a UUID, or of an image's name."""
    if _PART_OF_MORE_BEFORE.search(before) or _PART_OF_MORE_BEHIND.match(behind):
        return True
    if _UUID_REST_BEFORE.search(before) and _UUID_REST_BEHIND.match(behind):
        return True
    return bool(re.search(r"[^\W\d][-_]?\Z", before)) and bool(_IMAGE_NAME.match(behind))


def is_bare_part(before: str, behind: str) -> bool:
    return bool(_BARE_PART_BEFORE.search(before) or _BARE_PART_BEHIND.match(behind) or _FILE_NAME.match(behind))


def is_decimal_before(before: str) -> bool:
    return bool(_PART_OF_MORE_BEFORE.search(before))


def is_row_of_figures(before: str, text: str, end: int) -> bool:
    """Two more figures of three digits or more beside it: a table row, a long number in groups."""
    sides = (_FIGURES_BEFORE.search(before), _FIGURES_BEHIND.match(text, end))
    lengths = [len(ascii_digits(each)) for side in sides if side for each in _FIGURE.findall(side[0])]
    is_row_of_cpr = 6 in lengths and set(lengths) <= {4, 6}
    return len(lengths) > 1 and not is_row_of_cpr
