"""E-mail addresses, plain and written so that machines should not see them.

In: text. Out: the places of addresses, `mailto:` included. Knows no other kind of contact data.
"""

import re

from corpus.privacy.signs import BLANK, UNSEEN

# What stands for "@": (at), [at], {at}, (a), [a], (snabel-a), snabel-a, snabela; the dot likewise.
_SNABEL_A = rf"snabel[-{BLANK}]?a"
_AT = re.compile(
    rf"[@＠﹫]|%40|[(\[{{<][{BLANK}]?(?:at|a|@|{_SNABEL_A}|alfa)[{BLANK}]?[)\]}}>]|\b{_SNABEL_A}\b", re.IGNORECASE
)
_SIGN = rf"[\w.+'{UNSEEN}\-]"
_BLANKS = rf"[{BLANK}]{{0,2}}"
_DOT = rf"(?:\.|[{BLANK}]?[(\[{{](?:dot|punktum|prik|\.)[)\]}}][{BLANK}]?|[{BLANK}](?:dot|punktum)[{BLANK}])"
# A top-level domain runs into the next word where the page left no blank: "kommuneby.dkTelefon".
_TOP = r"(?:(?:dk|com|org|net|eu)(?=[A-ZÆØÅ][a-zæøå])|(?:xn--[a-z0-9-]+|[^\W\d_]{2,24}))"
_LABEL = rf"[\w{UNSEEN}\-]+"
_ADDRESS = re.compile(
    rf"(?:mailto:{_BLANKS})?(?<!{_SIGN})(?P<local>{_SIGN}++){_BLANKS}(?:{_AT.pattern}){_BLANKS}"
    rf"(?:{_LABEL}{_DOT}){{1,8}}{_TOP}(?:\?(?:subject|cc|bcc|body)=[^\s\"<>]*)?",
    re.IGNORECASE,
)
# "navn at kommuneby dot dk": both words, because "at" alone is a Danish word.
_IN_WORDS = re.compile(
    rf"(?<!{_SIGN})(?P<local>{_SIGN}++)[{BLANK}]at[{BLANK}](?:{_LABEL}[{BLANK}](?:dot|punktum)[{BLANK}]){{1,4}}[a-z]{{2,4}}\b",
    re.IGNORECASE,
)
# Blanks on both sides are of an address only where the sign is no bare "@": "6 stk. @ 5.dk".
_BLANK_AT = re.compile(rf"[{BLANK}](?:[@＠﹫])|[@＠﹫][{BLANK}]")


def find_emails(text: str) -> list[tuple[int, int]]:
    """Places of addresses, in order. A lone handle ("@kommuneby") and a host without a domain are none."""
    places = [match.span() for match in _ADDRESS.finditer(text) if _is_address(match)] if _AT.search(text) else []
    return places or [match.span() for match in _IN_WORDS.finditer(text)]


def _is_address(match: re.Match[str]) -> bool:
    """Letters before the sign where blanks stand beside a bare "@"."""
    has_letter = any(sign.isalpha() for sign in match["local"])
    return has_letter or not _BLANK_AT.search(match[0])
