"""An answer as the crawl reads it: decoded, with the bytes of the wire beside it.

In: a Scrapy response that came over wire.py, and its exchange. Out: `Answer`. Judges nothing.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crawler.net.bodies import decoded_body
from crawler.warc.archive import Exchange

if TYPE_CHECKING:
    from scrapy.http import Response

REDIRECTS = (301, 302, 303, 307, 308)
HTML_TYPES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response: status, header fields in order, decoded body, the bytes of the wire, and the seconds it took.

    `problem` says what is wrong with the coding of the body, where it could be read in part only. `is_archived`: the
    server said that the page is as it was (304); status and body are those of the archive, the exchange has the 304.
    """

    status: int
    fields: Sequence[tuple[str, str]]
    body: bytes
    exchange: Exchange
    seconds: float = 0.0
    problem: str | None = None
    is_archived: bool = False

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The first value of each field, names in lower case."""
        return {name.lower(): value for name, value in reversed(self.fields)}

    @property
    def is_html(self) -> bool:
        return is_html(self.headers.get("content-type"))


def is_html(content_type: str | None) -> bool:
    return (content_type or "").partition(";")[0].strip().lower() in HTML_TYPES


def answer_of(response: "Response", exchange: Exchange) -> Answer:
    """Header fields in order, and the body without its codings."""
    fields = [
        (name.decode("latin-1"), _text(value))
        for name, values in response.headers.items() for value in values
    ]  # fmt: skip
    codings = ", ".join(value for name, value in fields if name.lower() == "content-encoding")
    decoded = decoded_body(codings, response.body)
    seconds = (datetime.datetime.now(datetime.UTC) - exchange.started_at).total_seconds()
    return Answer(
        status=response.status, fields=fields, body=decoded.body, exchange=exchange, seconds=max(seconds, 0.0),
        problem=decoded.problem,
    )  # fmt: skip


def _text(value: bytes) -> str:
    """A field's value: some servers write addresses in UTF-8, others in latin-1; neither is allowed."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
