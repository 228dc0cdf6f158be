"""What a page states about itself: title, language, date.

In: the decoded page and its tree before anything is taken out. Out: `Metadata`. Guesses nothing: what is not stated is
None, and no date comes from the clock.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from lxml import html

from corpus.extraction.blocks import clean
from corpus.extraction.dates import first_date
from corpus.extraction.vocabulary import is_name_of_site

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
_TAG = re.compile(r"<[^>]*>?")
_TIME_NAMES = re.compile(r"updat|modif|opdater|publi|posted|udgiv|date|dato", re.I)


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """`language` is the attribute as it stands, such as `da` or `da-DK`."""

    title: str | None
    language: str | None
    date: str | None


def metadata_of(page: str, root: html.HtmlElement) -> Metadata:
    return Metadata(title=_title(root), language=_language(root), date=_date(page, root))


def _title(root: html.HtmlElement) -> str | None:
    """The first heading of the first rank that is not the site's name, else the title of the page."""
    headings = [node for node in root.iter("h1") if not is_name_of_site(node)]
    for element in (*headings, *root.iter("title")):
        if lines := list(clean(" ".join(element.itertext()))):
            return " ".join(lines)
    return None


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


def _date(page: str, root: html.HtmlElement) -> str | None:
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
    return next((date for node in root.iter("time") if (date := _marked_date(node))), None)


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
