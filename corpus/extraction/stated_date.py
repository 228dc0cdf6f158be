"""The date that a page states as that of its last update or publication.

In: the decoded page and its tree. Out: an ISO date, or None. Dates of meetings, events and deadlines do not count.
"""

import re
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import islice

from lxml import html

from corpus.extraction.dates import first_date
from corpus.extraction.titles import inner_text, titles
from corpus.extraction.vocabulary import names_of, words_of

_UPDATED_NAMES = frozenset({
    "article:modified_time", "og:updated_time", "dcterms.modified", "dc.date.modified", "last-modified", "revised",
    "datemodified", "updated", "lastmod", "modified",
})  # fmt: skip
_PUBLISHED_NAMES = frozenset({
    "article:published_time", "dcterms.issued", "dcterms.created", "dcterms.date", "dc.date", "dc.date.issued",
    "dc.date.created", "date", "pubdate", "publishdate", "publish-date", "datepublished", "published", "created",
})  # fmt: skip
_JSON_DATE = re.compile(r'"date(Modified|Published)"\s*:\s*"([^"]{8,40})"')
# Found by these parts of words, so that neither capitals nor entities matter; a search without case took 5 ms a page.
_UPDATED_PHRASES = ("pdateret", "ndret d", "ndret:", "edigeret", "evideret", "ast updated")
_PUBLISHED_PHRASES = ("ubliceret", "ffentliggjort", "dgivet", "prettet", "ublished")
_AFTER_PHRASE = 160  # characters of the source: tags may stand between the phrase and its date
_LONGEST_DATE = 42  # characters of text: "af webredaktionen den 1. september 2026"
_MOST_PLACES = 20  # a list of news says "publiceret" at each; the page's own date stands first
_BYLINE_NAMES = re.compile(
    r"(?<![a-zæøå])(?:date|dato|published|pubdate|byline|meta|timestamp|created|updated|opdateret|udgivet)(?![a-zæøå])"
)
# A date beside the heading of such a page is that of what will happen, not of the page.
_EVENT_NAMES = re.compile(
    r"event|arrangement|kalender|calendar|m(?:ø|oe)de|meeting|deadline|frist|h(?:ø|oe)ring|job|kursus"
)
_LONGEST_BYLINE = 80
_NEAR_TITLE = 3  # elements after the heading; a byline stands below it or below the introduction
_TIME_OF_DAY = re.compile(r"\bkl\b|\d[.:]\d\d\s*[-–]")
_TAG = re.compile(r"<[^>]*>?")
_TIME_NAMES = re.compile(r"updat|modif|opdater|publi|posted|udgiv|date|dato", re.I)


def stated_date(page: str, root: html.HtmlElement) -> str | None:
    """The last update where one is stated, else the publication."""
    metas = {(meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or "").lower():
             meta.get("content") or "" for meta in root.iter("meta")}  # fmt: skip
    json_dates = dict(reversed(_JSON_DATE.findall(page)))
    for names, json_name, phrases in (
        (_UPDATED_NAMES, "Modified", _UPDATED_PHRASES),
        (_PUBLISHED_NAMES, "Published", _PUBLISHED_PHRASES),
    ):
        stated = [metas[name] for name in metas if name in names]
        stated += [json_dates[json_name]] if json_name in json_dates else []
        for text in (*stated, *_after_phrases(page, phrases)):
            if date := first_date(text):
                return date
    return next((date for node in root.iter("time") if (date := _marked_date(node))), None) or _date_near_title(root)


def _date_near_title(root: html.HtmlElement) -> str | None:
    """Of a byline without a word of publication: a short line with a date, named so, next to the page's heading."""
    title = next(iter(titles(root)), None)
    if title is None or any(_EVENT_NAMES.search(words_of(names_of(each))) for each in title.iterancestors()):
        return None
    near = [*islice(title.itersiblings(), _NEAR_TITLE), *islice(title.itersiblings(preceding=True), 1)]
    for node in near:
        names = words_of(names_of(node))
        if _BYLINE_NAMES.search(names) and not _EVENT_NAMES.search(names):
            text = " ".join(inner_text(node).split())
            if len(text) <= _LONGEST_BYLINE and not _TIME_OF_DAY.search(text) and (date := first_date(text)):
                return date
    return None


def _after_phrases(page: str, phrases: Sequence[str]) -> Iterator[str]:
    """The text after each phrase, in the order of the phrases; only the first few of each are looked at."""
    for phrase in phrases:
        place = page.find(phrase)
        for _ in range(_MOST_PLACES):
            if place < 0:
                break
            end = place + len(phrase)
            after = " ".join(unescape(_TAG.sub(" ", page[end : end + _AFTER_PHRASE])).split())
            yield after[:_LONGEST_DATE]
            place = page.find(phrase, end)


def _marked_date(node: html.HtmlElement) -> str | None:
    """Of a <time> that is named for publication, by itself or by what it stands in."""
    parent = node.getparent()
    names = " ".join(filter(None, (each.get(name) for each in (node, parent) if each is not None
                                   for name in ("itemprop", "class", "pubdate"))))  # fmt: skip
    if "pubdate" not in node.attrib and not _TIME_NAMES.search(names):
        return None
    return first_date(node.get("datetime") or "".join(node.itertext()))
