"""Texts of others as they may be shown on a terminal.

In: a text of a page, a web server or a file. Out: text that steers nothing. Escapes nothing for other uses.
"""

import re

# C1, and what turns the direction of a line: JSON leaves them as they are
_STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """One line without control characters: blanks and line ends become a blank, others a question mark."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "?" for sign in text)


def printable_json(text: str) -> str:
    """The same JSON with its control characters escaped."""
    return _STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
