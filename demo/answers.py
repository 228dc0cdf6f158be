"""What the pretend web answers to one request: a `Request` in, an `Answer` out; no socket, no clock.

Conditional requests are answered by the page's validators (RFC 9110 §13); they are those of its bytes, but where a
page of `demo.changes` lies.
"""

import email.utils
from collections.abc import Mapping
from http import HTTPStatus

from demo.messages import Answer, Request
from demo.site_lives import Incident
from demo.truth import TruePage
from demo.web import Web

_PLAIN = ("Content-Type", "text/plain; charset=utf-8")
_HTML = ("Content-Type", "text/html; charset=utf-8")
METHODS = ("GET", "HEAD")
CHALLENGE = (  # the form of Cloudflare's
    '<!DOCTYPE html><html lang="da"><head><title>Et øjeblik …</title></head><body><h1>Vi tjekker din forbindelse</h1>'
    "<p>Slå JavaScript og cookies til for at fortsætte.</p>"
    "<script>window._cf_chl_opt={cType:'managed'};</script></body></html>\n"
).encode()


def answer(web: Web, request: Request, *, scheme: str = "http", number: int = 0) -> Answer:
    """The answer to the request of that number, which only fickle hosts mention."""
    incident = web.incidents.get(request.host)
    if incident is Incident.BUSY:
        return refusal(HTTPStatus.SERVICE_UNAVAILABLE)
    if incident is Incident.WALL and request.target != "/robots.txt":
        return Answer(status=HTTPStatus.FORBIDDEN, headers=(_HTML,), body=CHALLENGE)
    if request.method not in METHODS:
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", ", ".join(METHODS)))
    try:
        page = web.answer(request.host, request.target, scheme=scheme)
    except (KeyError, ValueError):  # no such host; a target that is no URL
        return refusal(HTTPStatus.NOT_FOUND)
    if page.status == HTTPStatus.OK and _is_fresh(page, request.headers):
        kept = tuple((name, value) for name, value in page.headers if name != "Content-Type")
        return Answer(status=HTTPStatus.NOT_MODIFIED, headers=kept)
    is_fickle = request.host in web.fickle_hosts and page.status == HTTPStatus.OK
    tag = (("ETag", f'"{number:x}"'),) if is_fickle else ()
    return Answer(status=page.status, headers=(*page.headers, *tag), body=page.body)


def refusal(status: HTTPStatus, *headers: tuple[str, str]) -> Answer:
    return Answer(status=status, headers=(_PLAIN, *headers), body=f"{status.phrase}\n".encode())


def _is_fresh(page: TruePage, headers: Mapping[str, str]) -> bool:
    """Whether the client holds this page: If-None-Match decides where it is sent (RFC 9110 §13.2.2)."""
    wanted = headers.get("if-none-match")
    if wanted is not None:
        tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
        return "*" in tags or (page.header("ETag") or "").removeprefix("W/") in tags
    changed, since = _moment(page.header("Last-Modified")), _moment(headers.get("if-modified-since"))
    return changed is not None and since is not None and changed <= since


def _moment(value: str | None) -> float | None:
    """Seconds since 1970 of an HTTP date; None for anything else, which is then ignored."""
    parts = email.utils.parsedate_tz(value) if value else None
    try:
        return email.utils.mktime_tz(parts) if parts else None
    except (ValueError, OverflowError):
        return None
