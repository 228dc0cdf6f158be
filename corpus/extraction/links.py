"""Links that act or lead on, and are no part of a text.

In: an `a`. Out: whether it is a button, a link past the menu, or one that only a script answers. A link among words of
a line is never one.
"""

from lxml import html

from corpus.extraction.phrases import says_skip
from corpus.extraction.toggles import is_toggle
from corpus.extraction.vocabulary import INLINE_TAGS, says_button

_NO_PLACE = ("#", "#top", "#toppen")  # nowhere, or the page's own top
_LINE_ENDS = INLINE_TAGS | {"br", "img", "hr"}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt", "legend"})


def is_act(link: html.HtmlElement) -> bool:
    target = link.get("href")
    if target is None:
        return False
    acts = target in _NO_PLACE or target.startswith("javascript:") or says_button(link.get("class") or "")
    skips = target.startswith("#") and says_skip("".join(link.itertext()).strip())
    opens = target.startswith(("#", "javascript:")) and _stands_before_a_box(link)
    return skips or (acts and _is_alone(link) and not opens and not is_toggle(link))


def _is_alone(link: html.HtmlElement) -> bool:
    """No words before or after it in its line."""
    parent = link.getparent()
    if parent is None or parent.tag in _HEADINGS or _has_words(link.tail):
        return False
    before = link.getprevious()
    return not _has_words(parent.text if before is None else before.tail)


def _stands_before_a_box(link: html.HtmlElement) -> bool:
    """A script may open it."""
    after = link.getnext()
    return after is not None and after.tag not in _LINE_ENDS


def _has_words(text: str | None) -> bool:
    return text is not None and any(char.isalnum() for char in text)
