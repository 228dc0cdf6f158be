"""Texts of others as they may be shown on a terminal.

In: a text of a page, a web server or a file. Out: one line of it that steers nothing. Escapes nothing for other uses.
"""


def printable(text: str) -> str:
    """Without control characters: blanks and line ends become a blank, others a question mark."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "?" for sign in text)
