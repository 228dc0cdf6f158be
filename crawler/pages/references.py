"""References in a page that lead nowhere we could go.

In: the href of a link. Out: the kind under which it is counted, or None where nothing is missed.
Which URLs belong to a site is no matter here; scope.py decides that.
"""

import enum
import re

_BEGINNING = 300  # characters of a reference that tell what it is
_JAVASCRIPT = "javascript:"
_MAIL_OR_PHONE = re.compile(r"(?:mailto|tel|sms|fax|callto|skype|sip):")
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:")
# Statements that open nothing: doing nothing, printing, going back, closing, scrolling.
_OPENS_NOTHING = re.compile(
    r"|void\(?(?:0|null|'')?\)?|(?:return)?(?:false|true|null|undefined)?|//.*"
    r"|(?:(?:window|self|document|parent)\.)?(?:(?:print|stop|close|focus|blur)\(\)|scroll(?:to)?\([^()]*\))"
    r"|(?:(?:window|self|parent)\.)?history\.(?:back|forward|go)\([-0-9]*\)"
)


class NotFollowed(enum.StrEnum):
    """Why a reference is no link."""

    NEEDS_JAVASCRIPT = "needs JavaScript"
    MAIL_OR_PHONE = "mail or phone"
    NOFOLLOW = "nofollow"
    TOO_MANY = "too many links on a page"
    OTHER_SCHEME = "other scheme"
    NO_URL = "not a URL"


def why_no_url(written: str) -> NotFollowed | None:
    """The kind of a reference that has no normal form; None for a button in the guise of a link."""
    bare = "".join(written[:_BEGINNING].split()).lower()
    if bare.startswith(_JAVASCRIPT):
        if "mailto" in bare:  # TYPO3 hides addresses from robots so
            return NotFollowed.MAIL_OR_PHONE
        statements = bare.removeprefix(_JAVASCRIPT).split(";")
        opens_nothing = all(_OPENS_NOTHING.fullmatch(statement) for statement in statements)
        return None if opens_nothing else NotFollowed.NEEDS_JAVASCRIPT
    if _MAIL_OR_PHONE.match(bare):
        return NotFollowed.MAIL_OR_PHONE
    return NotFollowed.OTHER_SCHEME if _OTHER_SCHEME.match(bare) else NotFollowed.NO_URL


def is_route(written: str) -> bool:
    """Whether the fragment names a page that only a script can show, as in `#!/borger` and `#/borger`."""
    return "#!" in written or "#/" in written
