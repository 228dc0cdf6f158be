"""What a front page says at first sight.

In: a trail and the reading of the page at its end. Out: a `PageFinding`: wall, JavaScript, reservation, language.
The language is what the page says of itself and a count of common Danish words; the corpus decides it properly, for
each document. Asks nobody.
"""

import re
from collections.abc import Sequence

from crawler.contact.probe_asking import Trail
from crawler.contact.probe_findings import PageFinding
from crawler.net.answers import Answer
from crawler.pages.links import PageReading
from crawler.rules.challenges import looks_like_javascript_app, wall_of
from crawler.rules.reservations import Signals, header_signals, merged, page_signals

LANG_BYTES = 4096  # the opening tag stands at the beginning; a short search cannot be made slow
_LANG = re.compile(rb"<html\b[^>]*?\blang\s*=\s*[\"']?([A-Za-z-]{2,20})", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
# Among the commonest words of Danish, less most of those that English, German or Swedish have as well.
DANISH_WORDS = frozenset({
    "og", "af", "til", "på", "er", "det", "med", "ikke", "har", "som", "kan", "skal", "eller", "også", "du", "din",
    "dit", "dine", "hvordan", "hvis", "når", "fra", "efter", "ved", "vi",
})  # fmt: skip
# Of Danish prose a fifth are such words, of 200 real pages in other languages never more than 2.1 %. Norwegian has as
# many and Swedish half as many: this test does not tell Scandinavian languages apart.
MIN_DANISH_SHARE = 0.03
MIN_WORDS = 30  # fewer words tell nothing


def page_finding(trail: Trail, reading: PageReading | None, host_signals: Sequence[Signals]) -> PageFinding:
    """The finding on where a trail ends.

    Args:
        reading: None where there is no page, or one that was given up.
        host_signals: what the host's tdmrep.json and robots.txt reserve of it.
    """
    answer = trail.answer
    if answer is None:
        return PageFinding(
            trail=trail.urls, redirect_status=trail.redirect_status, problem=trail.problem, leaves=trail.leaves
        )
    words = [word.lower() for text in reading.texts for word in _WORD.findall(text)] if reading else []
    signals = merged(*host_signals, header_signals(answer.fields), page_signals(reading.metas if reading else ()))
    return PageFinding(
        trail=trail.urls, redirect_status=trail.redirect_status, status=answer.status,
        wall=wall_of(answer.status, answer.headers, answer.body), language=language_of(answer),
        needs_javascript=bool(reading and looks_like_javascript_app(answer.body, len(words), len(reading.links))),
        reservation=signals.reservation.source if signals.reservation else None, danish_share=danish_share(words),
        num_words=len(words), seconds=round(answer.seconds, 3),
    )  # fmt: skip


def language_of(answer: Answer) -> str | None:
    """What the page says of its language, else what the header says."""
    if found := _LANG.search(answer.body[:LANG_BYTES]):
        return found[1].decode("ascii").lower()
    return answer.headers.get("content-language", "").partition(",")[0].strip().lower() or None


def danish_share(words: Sequence[str]) -> float | None:
    """How many of the words, in lower case, are common Danish ones; None where there are too few to tell."""
    if len(words) < MIN_WORDS:
        return None
    return round(sum(word in DANISH_WORDS for word in words) / len(words), 3)
