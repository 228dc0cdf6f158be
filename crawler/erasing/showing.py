"""Whether an archived answer shows what is sought: in its text, its bytes, or the address that it sends readers to.

In: the block of a WARC record. Out: its body, and yes or no. Reads no files.
"""

import hashlib
import html
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from crawler.net.messages import body_of_answer
from crawler.pages.links import read_page
from crawler.pages.page_encoding import in_utf8
from crawler.pages.parsing import is_suspicious
from crawler.pages.urls import normal_url, url_key
from crawler.warc.records import behind_head
from foundation.erasures import Matcher, Sought

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
URL_IN_TEXT = re.compile(r"https?://[^\s\"'<>\\^`{|}]+")
_TAG = re.compile(r"<[^>]*>")
_LOCATION = re.compile(rb"^(?:header: )?location[ \t]*:[ \t]*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)
_CONTENT_TYPE = re.compile(rb"^content-type[ \t]*:[ \t]*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)
_MAX_HEAD_BYTES = 1 << 17


class SiteMatcher:
    """What is sought, asked for one site; remembers what it said of the last addresses."""

    def __init__(self, matcher: Matcher, site: str) -> None:
        self.matcher, self.site = matcher, site
        self.covers_key = lru_cache(maxsize=4096)(self._covers_key)
        self.covers_url = lru_cache(maxsize=4096)(self._covers_url)

    def _covers_key(self, key: str) -> bool:
        return self.matcher.covers_url(self.site, key)

    def _covers_url(self, url: str) -> bool:
        """An address as it is written somewhere, normal or not; also one inside a longer text."""
        normal = normal_url(url)
        return normal is not None and self.covers_key(url_key(normal))

    def names_one(self, text: str) -> bool:
        """Whether an address that is sought stands in a text."""
        return "://" in text and any(self.covers_url(found.rstrip(".,;:)")) for found in URL_IN_TEXT.findall(text))


@dataclass(frozen=True)
class Body:
    """The decoded body of an answer, with the Content-Type it was sent with."""

    content: bytes
    content_type: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def body_of(block: bytes) -> Body:
    """The body in the block of a response record; as it was on the wire where its coding cannot be read."""
    try:
        content = body_of_answer(block).body
    except ValueError:  # a broken length of a chunk
        content = behind_head(block)
    found = _CONTENT_TYPE.search(block, 0, _MAX_HEAD_BYTES)
    return Body(content, found[1].decode("latin-1") if found else "")


def location_of(block: bytes, url: str) -> str | None:
    """The key of the address that an answer leads to, from the head of a response or the fields of a metadata record.

    None where it leads nowhere.
    """
    end = block.find(b"\r\n\r\n") if block.startswith(b"HTTP/") else -1
    head = block[: end if end >= 0 else _MAX_HEAD_BYTES]
    found = _LOCATION.search(head)
    target = normal_url(found[1].decode("utf-8", "replace").strip(), url) if found else None
    return url_key(target) if target else None


def shows_text(matcher: Matcher, body: Body, url: str) -> bool:
    """Whether a text that is sought stands on the page: as one sees it, across tags, or anywhere in its bytes."""
    if not matcher.has_texts or not body.content:
        return False
    page, _ = in_utf8(body.content, body.content_type)
    raw = html.unescape(page.decode("utf-8", "replace"))
    joined = _TAG.sub("", raw)
    if isinstance(matcher, Sought) and not (matcher.has_all_words(raw) or matcher.has_all_words(joined)):
        return False
    if matcher.covers_text(raw) or matcher.covers_text(joined):
        return True
    # tags between words, and texts that are too hostile to be parsed, which are read without their tags only
    if is_suspicious(body.content):
        return matcher.covers_text(_TAG.sub(" ", raw))
    return matcher.covers_text(" ".join(read_page(body.content, url, body.content_type).texts))


def count_links(matcher: SiteMatcher, body: Body, url: str) -> int:
    """How many distinct addresses that are sought the page links to."""
    if is_suspicious(body.content):
        return 0
    return sum(matcher.covers_key(url_key(link)) for link in read_page(body.content, url, body.content_type).links)


def needles_of(keys: list[str]) -> list[bytes] | None:
    """Short bytes of which one stands in every page that links to one of these; None where every page may."""
    needles: set[bytes] = set()
    for key in keys:
        parts = urlsplit(f"http://{key}")
        last = parts.query or next((each for each in reversed(parts.path.split("/")) if each), "") or parts.netloc
        words = re.findall(r"[A-Za-z0-9]{3,}", unquote(last))
        if not words:
            return None
        needles.add(max(words, key=len).encode())
    return sorted(needles)
