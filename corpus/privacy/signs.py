"""The signs between digits, and what stands before a number.

In: text and a place in it. Out: classes of signs for patterns, digits in ASCII, the label before a number.
Knows no kind of number.
"""

import re

# Format characters that nobody sees: soft hyphen, zero-width blanks and joiners, marks of direction.
UNSEEN = "\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
BLANK = " \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
# Hyphens, dashes, minus, and their small and full-width forms.
DASH = "\\-\u02d7\u058a\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d"
_UNSEEN_SIGNS = re.compile(f"[{UNSEEN}]+")
_LETTER = re.compile(r"[^\W\d_]")
# A sentence ends: what stands before it says nothing about the number.
_SENTENCE_END = re.compile(r"[!?;]|\.\s+[A-ZÆØÅ]")
# Words that lead from the name of a number to the number itself.
_FILLER = re.compile(
    r"(?:-\w{1,20}(?:nr|nummer(?:et)?))?(?:[^\w\n]|nr|numre|nummer(?:et)?|no|er|lyder|hedder|via|på|med|den|det|vores|min|mit|dit|din|vor|jeres|og)*\Z",
    re.IGNORECASE,
)
_LEADS_ON = re.compile(r"(?:[:=]|\b(?:er|nr\.?|nummer|nummeret|lyder|hedder))[^\w\n]*\Z", re.IGNORECASE)
MAX_GAP = 30  # characters from a label to its number: "Telefon til Borgerservice er "
_REACH = 60  # characters before a number in which its label is looked for
_LONGEST_LINE = 2000  # characters: in a longer one the line above says nothing of its end; a million digits stay quick


def seen(text: str) -> str:
    """Without characters that nobody sees."""
    return _UNSEEN_SIGNS.sub("", text)


def ascii_digits(text: str) -> str:
    """The digits of a text, of any script, in ASCII."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def label_before(text: str, start: int) -> tuple[str, bool]:
    """What is written before a number, and whether that is the line before: the cell to its left, the line above."""
    line_start = text.rfind("\n", max(start - _LONGEST_LINE, 0), start) + 1
    before = text[max(line_start, start - _REACH) : start]
    if line_start == 0 or _LETTER.search(before):
        return before, False
    above = text[max(line_start - _REACH, 0) : line_start].rstrip()  # empty lines between do not count
    return above[above.rfind("\n") + 1 :], True


def leads_to_number(gap: str) -> bool:
    """Whether words between a label and a number let the label hold for it: "er", "nr.:", " for skolen: "."""
    if _FILLER.match(gap):
        return True
    return len(gap) <= MAX_GAP and not ends_sentence(gap) and bool(_LEADS_ON.search(gap))


def ends_sentence(gap: str) -> bool:
    return bool(_SENTENCE_END.search(gap))
