"""What a page states about itself: title, language, date.

In: the decoded page and its tree before anything is taken out. Out: `Metadata`. Guesses nothing: what is not stated is
None, and no date comes from the clock.
"""

import re
from dataclasses import dataclass

from lxml import html

from corpus.extraction.lines import clean
from corpus.extraction.stated_date import stated_date
from corpus.extraction.titles import inner_text, titles

_SEPARATOR = re.compile(r"\s[|–—·»-]\s|\s?\|\s?|:\s")
_MUNICIPALITY = re.compile(r"\s*[|–—·»-]\s*[\w. -]*\b[Kk]ommune\s*$")
_LONGEST_TITLE = 300  # characters with the blanks around them


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """`language` is the attribute as it stands, such as `da` or `da-DK`."""

    title: str | None
    language: str | None
    date: str | None


def metadata_of(page: str, root: html.HtmlElement) -> Metadata:
    return Metadata(title=_title(root), language=_language(root), date=stated_date(page, root))


def _title(root: html.HtmlElement) -> str | None:
    """The first heading of the first rank that is not the site's name, else the title of the page."""
    for element in (*titles(root), *root.iter("title")):
        if lines := list(clean(inner_text(element))):
            title = " ".join(lines)
            return _without_name_of_site(title, root) if element.tag == "title" else title
    return None


def _without_name_of_site(title: str, root: html.HtmlElement) -> str:
    """The longest part before a separator that is also a line of the page, else what stands before a municipality's
    name; the whole title where neither is so."""
    ends = [match.start() for match in _SEPARATOR.finditer(title)]
    if not ends:
        return title
    lines = {" ".join(text.split()) for text in root.itertext() if text and len(text) < _LONGEST_TITLE}
    for end in reversed(ends):
        if title[:end].strip() in lines:
            return title[:end].strip()
    name = _MUNICIPALITY.search(title)
    before = title[: name.start()].strip() if name is not None else ""
    return before or title


def _language(root: html.HtmlElement) -> str | None:
    for name in ("lang", "xml:lang", "{http://www.w3.org/XML/1998/namespace}lang"):
        if value := (root.get(name) or "").strip():
            return value
    for meta in root.iter("meta"):
        if (meta.get("http-equiv") or "").lower() == "content-language" and (
            value := (meta.get("content") or "").strip()
        ):
            return value
    return None
