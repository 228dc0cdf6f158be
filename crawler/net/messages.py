"""An archived answer taken apart: the body as the crawl read it, from the bytes of the wire.

In: a whole answer, or its beginning where a limit cut it. Out: its body without transfer and content codings. WARC
readers fail at some of what the crawl read: a cut chunk, a coding under a wrong name, a bare newline.
Judges nothing: what reaches the archive was whole, or is marked as truncated there.
"""

import re

from crawler.net.bodies import MAX_DECODED_BYTES, DecodedBody, decoded_body

_HEAD_END = re.compile(rb"\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")


def body_of_answer(message: bytes, limit: int = MAX_DECODED_BYTES) -> DecodedBody:
    """The body of an answer that stands in a response record; empty where there is no end of a head."""
    end = _HEAD_END.search(message)
    if end is None:
        return DecodedBody(body=b"")
    head = message[: end.start()]
    payload = message[end.end() :]
    transfer_codings = _values(head, b"transfer-encoding")
    if transfer_codings and transfer_codings[0].lower() == b"chunked":
        payload = _without_chunks(payload)
    return decoded_body(b",".join(_values(head, b"content-encoding")).decode("latin-1"), payload, limit)


def _values(head: bytes, name: bytes) -> list[bytes]:
    fields = (line.partition(b":") for line in _FOLD.sub(b" ", head).split(b"\n")[1:])
    return [value.strip() for field, _, value in fields if field.strip().lower() == name]


def _without_chunks(payload: bytes) -> bytes:
    """As far as it goes (RFC 9112 section 7.1); trailers and chunk extensions are passed over."""
    parts = []
    position = 0
    while (line_end := payload.find(b"\r\n", position)) >= 0:
        written, _, _ = payload[position:line_end].partition(b";")
        start = line_end + 2
        end = start + int(written, 16)
        if end == start:
            break
        parts.append(payload[start:end])
        position = end + 2
    return b"".join(parts)
