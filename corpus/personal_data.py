"""CPR numbers: a page that holds one is kept out whole.

In: text. Out: how many CPR numbers it holds; text and URLs with each one blotted out. Never gives a number back.
Modulus 11 does not decide: numbers since 2007 fail it. A look-alike without hyphen behind a cue (P-nr., konto,
sagsnr., EAN, telefon, CVR) is none. E-mail addresses, telephone numbers and names are not looked for yet.
"""

import re
from urllib.parse import unquote

from stdnum.dk import cpr
from stdnum.exceptions import ValidationError

BLOT = "[cpr]"
_BLANK = "[ \xa0\u2009\u202f]"
_DASH = "[-\u00ad\u2010-\u2015\u2212]"  # hyphens, soft and hard, dashes, minus
# ddmmyy and four digits, with hyphen, dash, blank or nothing between; not inside a longer number. Dots, blanks and
# hyphens inside the date only where a dash follows it.
_FORM = re.compile(
    rf"(?<!\d)(?<!\d[.,-])(?:(\d{{6}})({_BLANK}?{_DASH}{_BLANK}?|{_BLANK})?|(\d\d([ .-])\d\d\4\d\d){_DASH})"
    rf"(\d{{4}})(?![\d]|[.,-]\d)"
)
_CUE = re.compile(
    r"(?:p-?(?:nr|nummer)|produktionsenhed\w*|konto(?:nr|nummer)?|\breg\b|sags?-?(?:nr|nummer)|journal(?:nr|nummer)?|"
    r"ean\w*|tlf|telefon\w*|mobil|cvr\w*|faktura\w*|ordre\w*|løbenummer|matrikel\w*|isbn|\bid\b|dokument\w*)[^\d\n]{0,20}\Z",
    re.IGNORECASE,
)
_NOT_DIGITS = re.compile(r"\D")
_CPR_CUE = re.compile(r"cpr|personnummer|person-?nr", re.IGNORECASE)
_CUE_REACH = 40  # characters before a number in which a cue is looked for


def count_cpr(text: str) -> int:
    """How many CPR numbers a text holds."""
    return sum(1 for match in _FORM.finditer(text) if _is_cpr(match, text))


def blotted(text: str) -> str:
    """The text with each CPR number replaced."""
    return _FORM.sub(lambda match: BLOT if _is_cpr(match, text) else match[0], text)


def blotted_url(url: str) -> str:
    """A URL with CPR numbers replaced, also percent-encoded ones; unchanged where it has none."""
    plain = unquote(url)
    return blotted(plain).replace(" ", "%20") if count_cpr(plain) else url


def _is_cpr(match: re.Match[str], text: str) -> bool:
    before = text[max(match.start() - _CUE_REACH, 0) : match.start()]
    if match[1] and not match[2] and not _CPR_CUE.search(before):
        # a letter beside it: a hash, a file name
        in_a_word = before[-1:].isalpha() or before[-1:] in ("-", "_") or text[match.end() : match.end() + 1].isalpha()
        if in_a_word or _CUE.search(before):
            return False
    try:
        cpr.get_birth_date(_NOT_DIGITS.sub("", match[0]))
    except ValidationError:
        return False
    return True
