"""What a statement about the use of content says of training: yes, no, or nothing.

In: the text of a Content-Usage field or robots.txt rule (draft-ietf-aipref-attach-05, draft-ietf-aipref-vocab-07), or
of a Content-Signal line (contentsignals.org). Out: True, False or None.

Content-Usage is a structured dictionary (RFC 9651 section 4.2.2): a key given twice counts with its last value, and a
dictionary with one error in it says nothing at all. Of its labels only `train-ai` is about us; the drafts want labels
that are not in their vocabulary ignored, those of their own first versions (`ai`, `genai`, `tdm`) among them.
"""

import re

MAX_STATEMENT_CHARS = 4096  # a statement of all labels is under 100

_ITEM = (
    r'(?:"(?:[^"\\\x00-\x1f\x7f-\U0010ffff]|\\["\\])*"'  # string
    r"|[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*"  # token
    r"|-?[0-9]{1,15}(?:\.[0-9]{1,3})?"  # integer or decimal
    r"|\?[01]"  # boolean
    r"|:[A-Za-z0-9+/=]*:"  # bytes
    r"|@-?[0-9]{1,15}"  # date
    r'|%"[^"\x00-\x1f\x7f-\U0010ffff]*")'  # display string
)
_KEY = r"[a-z*][a-z0-9_.*-]*"
_PARAMETERS = rf"(?:; *{_KEY}(?:={_ITEM})?)*"
_INNER_LIST = rf"\( *(?:{_ITEM}{_PARAMETERS}(?: +|(?=\))))*\)"
_MEMBER = re.compile(rf"(?P<key>{_KEY})(?:=(?P<value>{_ITEM}|{_INNER_LIST}))?{_PARAMETERS}")
_COMMA = re.compile(r"[ \t]*,[ \t]*")


def allows_training(content_usage: str) -> bool | None:
    """What a Content-Usage statement says of the label `train-ai`."""
    return {"y": True, "n": False}.get(_dictionary(content_usage).get("train-ai", ""))


def signals_training(content_signal: str) -> bool | None:
    """What a Content-Signal line says of the signal `ai-train`; of two that differ, the refusal."""
    told = {part.strip().lower() for part in content_signal[:MAX_STATEMENT_CHARS].split(",")}
    if "ai-train=no" in told:
        return False
    return True if "ai-train=yes" in told else None


def _dictionary(text: str) -> dict[str, str]:
    """Keys and the values as they were written, without parameters; empty after an error."""
    text = text.strip(" ")
    members: dict[str, str] = {}
    if len(text) > MAX_STATEMENT_CHARS:
        return members
    end = 0
    while member := _MEMBER.match(text, end):
        members[member["key"]] = member["value"] or "?1"  # a key alone is true
        if member.end() == len(text):
            return members
        comma = _COMMA.match(text, member.end())
        if comma is None:
            break
        end = comma.end()
    return {}
