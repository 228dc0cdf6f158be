"""URLs changed part by part, as they are read and not as they are encoded.

In: a URL and a function from text to text. Out: the URL, with only those parts written anew that the function changed.
"""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

_PARTS = re.compile(r"([/?&#;]+)")
_WRITTEN_PLAIN = "[]=:,@!$'()*+-._~æøåÆØÅ"


def change_parts(url: str, change: Callable[[str], str]) -> str:
    """Each path segment and each parameter decoded and changed; then the URL as a whole, for what crosses parts."""
    if all(change(text) == text for text in {url, *_readings(url)}):
        return url
    changed = "".join(_part(part, change) for part in _PARTS.split(url))
    for plain in _readings(changed):
        if change(plain) != plain:
            changed = change(plain).replace(" ", "%20")
    return change(changed)


def _part(part: str, change: Callable[[str], str]) -> str:
    for plain in _readings(part):
        if (new := change(plain)) != plain:
            return quote(new, safe=_WRITTEN_PLAIN)
    return part


def _readings(url: str) -> tuple[str, str]:
    """Decoded, with "+" as itself and as the blank that it is in a query."""
    return unquote(url), unquote(url.replace("+", " "))
