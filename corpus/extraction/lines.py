"""A run of text to lines as a reader sees them.

In: text of a page, with marks for line breaks. Out: lines without mojibake, soft hyphens and needless blanks. Knows no
tags.
"""

import re
from collections.abc import Iterator

from ftfy import TextFixerConfig, fix_text

# Quotation marks and casing are kept: a corpus for language models wants what was written.
_FTFY = TextFixerConfig(uncurl_quotes=False, fix_character_width=False, explain=False)
LINE_BREAK = "\x1e"  # the record separator stands for <br> until blanks are joined; the parser lets none through
# Soft hyphens and marks without width part words that a reader sees whole.
_UNSEEN = re.compile("[\xad\u200b-\u200d\u2060\ufeff]")
# Danish as it should be written: nothing in it is mojibake, though "PÅ«" might be read as such. Most lines are so, and
# to look for mojibake in them took a tenth of the time of a page. An ampersand may begin an entity written twice.
_PLAIN = re.compile("[ -%'-~æøåÆØÅéÉäöü»«–—“”‘’…•·§°½²³€´×]*")


def clean(text: str) -> Iterator[str]:
    """Lines as a reader sees them: broken by <br> only, blanks joined, mojibake mended."""
    for line in (text if text.isascii() else _UNSEEN.sub("", text)).split(LINE_BREAK):
        joined = " ".join(line.split())
        if joined and not joined.isascii() and not _PLAIN.fullmatch(joined):
            joined = " ".join(fix_text(joined, _FTFY).split())
        if joined:
            yield joined
