"""Reading a request from the wire, and an answer's bytes for it.

In: a stream. Out: a `Request`, or `BadRequestError` with the status to refuse it with. Answers nothing itself.
"""

import asyncio
import email.utils
from http import HTTPStatus

from demo.messages import Answer, Request

MAX_HEAD_BYTES = 64 * 1024  # four times what common servers allow
MAX_BODY_BYTES = 1024 * 1024
SCHEMES = ("http://", "https://")


class BadRequestError(Exception):
    """A request that cannot be read; answered with `status`, then the connection is closed."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


async def read_request(reader: asyncio.StreamReader) -> tuple[Request, str]:
    """The next request, without its body, and its version.

    Raises:
        BadRequestError: not a request of HTTP/1.0 or HTTP/1.1 with a host.
        IncompleteReadError: the client has gone.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from None
    request, version = _parsed(head)
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not (length.isascii() and length.isdigit()):
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    if int(length) > MAX_BODY_BYTES:
        raise BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    await reader.readexactly(int(length))
    return request, version


def _parsed(head: bytes) -> tuple[Request, str]:
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.0", "HTTP/1.1"):
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise BadRequestError(HTTPStatus.BAD_REQUEST)
        headers[name.lower()] = value.strip()
    method, target, version = parts
    host = headers.get("host", "")
    scheme = next((scheme for scheme in SCHEMES if target.startswith(scheme)), None)
    if scheme:  # absolute form (RFC 9112 §3.2.2) overrules the header
        host, slash, rest = target.removeprefix(scheme).partition("/")
        target = slash + rest or "/"
    if not host or not target.startswith("/"):
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    host = host.partition(":")[0].lower().rstrip(".")
    return Request(method=method, target=target, host=host, headers=headers), version


def wants_more(request: Request, version: str) -> bool:
    connection = request.headers.get("connection", "").lower()
    return connection == "keep-alive" if version == "HTTP/1.0" else connection != "close"


def wire_bytes(reply: Answer, *, is_head: bool, is_open: bool) -> bytes:
    """Status line, headers and body; a 304 has neither body nor length."""
    has_body = reply.status != HTTPStatus.NOT_MODIFIED
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    lines.append(f"Date: {email.utils.formatdate(usegmt=True)}")
    if has_body:
        lines.append(f"Content-Length: {len(reply.body)}")
    lines.append(f"Connection: {'keep-alive' if is_open else 'close'}")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return head + (reply.body if has_body and not is_head else b"")
